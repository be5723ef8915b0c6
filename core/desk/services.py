"""Keeping what a person chose for himself."""

from __future__ import annotations

from collections.abc import Mapping
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
