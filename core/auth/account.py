"""Who is signed in, as Flask-Login's `current_user`: a thin face of the sign-in kept on the server."""

from __future__ import annotations

from typing import Any, NoReturn

from flask import Request
from flask import session as flask_session
from flask_login import LoginManager, UserMixin

from core.auth.access import Access
from core.auth.guard import SignInNeeded


class Account(UserMixin):  # type: ignore[misc]
    """The signed-in person: identity and rights."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.id = access.user_id
        self.username = access.username
        self.name = access.name
        self.groups = access.groups

    def may(self, code: str, record: Any = None) -> bool:
        """Tell whether a right is held: at all, or for one record."""
        return self.access.may(code, record)


def login_manager() -> LoginManager:
    """Make the manager: it finds the person in our own session and keeps nothing itself."""
    manager = LoginManager()
    manager.session_protection = None

    @manager.request_loader  # type: ignore[untyped-decorator]
    def account(request: Request) -> Account | None:
        access: Access = getattr(flask_session, "access")  # noqa: B009
        return Account(access) if access.user_id is not None else None

    @manager.unauthorized_handler  # type: ignore[untyped-decorator]
    def unauthorized() -> NoReturn:
        raise SignInNeeded

    return manager
