"""The mark that every view carries: which right it asks for, or that it asks for none (lock L1)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from core.auth.access import Access, current_access
from core.db import current_work
from core.errors import Forbidden, ZhikeError
from core.i18n import _

P = ParamSpec("P")
R = TypeVar("R")

READING_ACTIONS = frozenset({"query", "read", "read_reviewed", "private"})


class SignInNeeded(ZhikeError):
    """Nobody is signed in, and the page is not public."""


@dataclass(frozen=True)
class Guard:
    """What a view asks for: its kind is require, signed_in, token, token_writes or public.

    `codes` are alternatives: one of them must be held.
    """

    kind: str
    codes: tuple[str, ...] = ()
    own: bool = False

    def admits(self, access: Access) -> bool:
        """Tell whether whoever is signed in gets past the mark."""
        return not self.codes or any(access.may(code) for code in self.codes)

    @property
    def writes(self) -> bool:
        """Tell whether the decision allows the unit of work to write (lock L6)."""
        return (
            self.own
            or self.kind == "token_writes"
            or self.kind == "signed_in"
            or any(code.rsplit(":", 1)[-1] not in READING_ACTIONS for code in self.codes)
        )


def _guarded(view: Callable[P, R], guard: Guard) -> Callable[P, R]:
    @functools.wraps(view)
    def judged(*args: P.args, **kwargs: P.kwargs) -> R:
        if guard.kind != "public":
            access = current_access()
            if access.user_id is None:
                raise SignInNeeded
            if not guard.admits(access):
                raise Forbidden(_("You do not have the right to open this page."), permission=guard.codes[0])
            if guard.writes:
                current_work().info["may_write"] = True
        return view(*args, **kwargs)

    judged.zhike_guard = guard  # type: ignore[attr-defined]
    return judged


def require(*codes: str, own: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Open a view to those who hold one of the rights for any row; the record is judged in the view or by the locks.

    `own` lets a view behind a reading right write what is the person's own, such as the columns of his list.
    """
    if not codes:
        raise TypeError("require() needs a permission code")
    guard = Guard("require", tuple(str(code) for code in codes), own)
    return lambda view: _guarded(view, guard)


def signed_in(view: Callable[P, R]) -> Callable[P, R]:
    """Open a view to everybody who is signed in: for what is his own."""
    return _guarded(view, Guard("signed_in"))


def token_needed(view: Callable[P, R]) -> Callable[P, R]:
    """Open a view to programs that send a person's token, for reading; the view asks for the right itself."""
    return _guarded(view, Guard("token"))


def token_writes(view: Callable[P, R]) -> Callable[P, R]:
    """Open a view to programs that write with a person's token; the view asks for the right itself."""
    return _guarded(view, Guard("token_writes"))


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Open a view to everybody. It cannot write but through a system transaction."""
    return _guarded(view, Guard("public"))


def guard_of(view: Any) -> Guard | None:
    """Give the mark of a view function or view class, None where it was forgotten."""
    return getattr(view, "zhike_guard", None)
