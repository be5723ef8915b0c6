"""What can go wrong for a person, as exceptions with a message for the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ZhikeError(Exception):
    """Base of the errors that a page or a command turns into words."""


class Refused(ZhikeError):
    """A business rule said no. The message is shown to the user; nothing was saved.

    `fields` maps form field names to messages where the refusal belongs to a field.
    """

    status = 422
    more: Mapping[str, Any] = {}
    """What programs are told besides."""

    def __init__(self, message: Any, *, fields: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})

    def __str__(self) -> str:
        return str(self.message)


class NotFound(Refused):
    """There is no such record, or the user may not know that there is one."""

    status = 404


class Forbidden(Refused):
    """The user lacks a right. `permission` is its code, so that the page can name it."""

    status = 403

    def __init__(self, message: Any, *, permission: str | None = None) -> None:
        super().__init__(message)
        self.permission = permission


class Conflict(Refused):
    """Somebody changed the record meanwhile; nothing was overwritten."""

    status = 409


class Duplicate(Refused):
    """What was entered seems to be there already. `candidates` are the records that it may be, as JSON holds them."""

    status = 409

    def __init__(self, message: Any, candidates: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(message)
        self.more = {"candidates": list(candidates)}


class Beyond(Refused):
    """More rows than a limit of a day leaves; the page offers to ask for the `rows` that are too many, of `what`."""

    def __init__(self, message: Any, *, quota: str, rows: int, what: str = "") -> None:
        super().__init__(message)
        self.quota, self.rows, self.what = quota, rows, what


class Misdeclared(ZhikeError):
    """A plugin or core area declared something that cannot stand; the start names it."""


class GuardBreach(ZhikeError):
    """Code tried to get round a lock (architecture section 8, rule 10). A programming error, never shown in detail."""
