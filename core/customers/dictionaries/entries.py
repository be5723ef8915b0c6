"""Writes the entries of a dictionary shortly."""

from __future__ import annotations

from typing import Any

from core.plugin import Entry


def entries(*pairs: tuple[str, Any]) -> tuple[Entry, ...]:
    """Make entries of `(code, title)`; the part of a code before its dot names the entry above."""
    return tuple(Entry(code=code, title=title, parent=code.rpartition(".")[0] or None) for code, title in pairs)
