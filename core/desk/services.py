"""Keeping what a person chose for himself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from core.auth.models import User
from core.auth.services.accounts import keep_choices

COLUMNS = ("locale", "theme", "density")


def choose(session: Session, user_id: int, changes: Mapping[str, Any]) -> User:
    """Store choices of a user about his own screen; names that are no column go into `prefs`.

    The version is left alone: a choice of theme must not spoil an administrator's open form.
    """
    user = session.get_one(User, user_id)
    values = {name: value for name, value in changes.items() if name in COLUMNS}
    values["prefs"] = {**user.prefs, **{name: value for name, value in changes.items() if name not in COLUMNS}}
    keep_choices(session, user_id, values)
    session.refresh(user)
    return user


def move_card(names: Sequence[str], name: str, step: int) -> list[str]:
    """Give the order of cards with one moved by `step` places."""
    order = list(names)
    if name in order:
        at = order.index(name)
        order.insert(max(0, at + step), order.pop(at))
    return order
