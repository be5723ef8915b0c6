"""Text that a spreadsheet program would take for a formula: made harmless in every file that leaves, and back again."""

from __future__ import annotations

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MARK = "'"
SUSPECT = frozenset((*DANGEROUS, MARK, " ", "\u3000", "\xa0"))
"""What a text must begin with for a closer look to be worth it."""


def _looks_like_one(text: str) -> bool:
    return text.startswith(DANGEROUS) or text.lstrip().startswith(DANGEROUS)


def guarded(text: str) -> str:
    """Put an apostrophe before a text that would be a formula, and before one that would be taken for a guarded one."""
    return MARK + text if text and _looks_like_one(text.lstrip(MARK)) else text


def bare(text: str) -> str:
    """Take the apostrophe away that `guarded` put before a text; `bare(guarded(text))` is the text."""
    rest = text[1:]
    return rest if text.startswith(MARK) and rest and guarded(rest) != rest else text
