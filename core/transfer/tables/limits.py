"""What a file may be at most, and how it is refused."""

from __future__ import annotations

from typing import Any

from core.errors import Refused
from core.i18n import _

MAX_BYTES = 64 * 1024 * 1024
MAX_UNPACKED = 512 * 1024 * 1024
MAX_RATIO = 40
RATIO_FROM = 48 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_COLUMNS = 500
MAX_CELL = 100_000
MAX_PARTS = 2_000
MAX_SHEETS = 50

CHILD_MEMORY = 330 * 1024 * 1024
CHILD_SECONDS = 9


class Unreadable(Refused):
    """A file that is no table, or more than may be read at once."""


def too_large(what: Any = None) -> Unreadable:
    """Refuse a file by its size."""
    return Unreadable(what or _("This file is too large. Split it, or save it as CSV, and try again."))


def too_many_rows() -> Unreadable:
    """Refuse a file by its rows."""
    return Unreadable(_("This file has more than %(n)s rows. Split it and try again.", n=f"{MAX_ROWS:,}"))


def too_many_columns() -> Unreadable:
    """Refuse a file by its columns."""
    return Unreadable(
        _("This file has more than %(n)s columns. Delete the columns that are not needed.", n=MAX_COLUMNS)
    )


def not_a_table() -> Unreadable:
    """Refuse a file that holds no table."""
    return Unreadable(_("No table was found in this file. XLSX, XLS, CSV, TXT and vCard can be read."))
