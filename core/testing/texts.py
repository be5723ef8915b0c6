"""Finds the texts of an area or plugin and what its Chinese catalogue knows."""

from __future__ import annotations

from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

METHODS = [("**/tests/**", "ignore"), ("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "n_": (1, 2),
    "p_": ((1, "c"), 2),
    "pgettext": ((1, "c"), 2),
}
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}


def texts_of(folder: Path) -> set[str]:
    """List every text for people in the code and templates of a folder."""
    found: set[str] = set()
    for _file, _line, message, _comments, _context in extract_from_dir(
        str(folder), method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS
    ):
        texts = message if isinstance(message, tuple) else (message,)
        found.update(text for text in texts if text)
    return found


def catalogue(folder: Path, locale: str = "zh_CN") -> set[str]:
    """List the texts that the catalogue in a folder translates; fuzzy and empty ones do not count."""
    path = folder / "translations" / locale / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return set()
    with path.open("rb") as source:
        read = read_po(source, locale=locale)
    known: set[str] = set()
    for message in read:
        ids = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
        texts = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
        if message.id and not message.fuzzy and any(texts):
            known.update(ids)
    return known
