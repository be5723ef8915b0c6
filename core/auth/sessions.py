"""Sign-ins kept on the server: the cookie holds a random token, the database its hash (promise S10)."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import JSON, bindparam, delete, func, literal_column, select
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.datastructures import CallbackDict

from core.auth.access import ANONYMOUS, Access, access_of
from core.auth.models import StateVersion, User, WebSession
from core.columns import utcnow
from core.db import Database, permitted, prepared, transaction, work
from core.overlay import overlay
from core.reading import run_prepared
from core.registry import Registry
from core.state import follow

COOKIE = "zhike_session"
TOUCH = dt.timedelta(seconds=60)
IDLE_SETTING = "core.session_idle_minutes"
LONGEST_SETTING = "core.session_longest_hours"
PROGRAMS = "/api/v1/"
"""Below it no cookie counts: programs send a token with every request."""
DESCRIPTION = f"{PROGRAMS}openapi.json"
"""But for the description, which the page about it reads for whoever is signed in."""
LOCALES_BY_TAG = {"zh-CN": "zh_CN", "zh": "zh_CN", "en": "en"}
"""The languages of answers by what a program says that it accepts."""


class Program(NamedTuple):
    """A program that asks: the number of its token, and how many times it was used within which minute since 1970."""

    token_id: int
    minute: int
    calls: int


Bearer = Callable[[Session, str, frozenset[str]], tuple[Program, Access] | None]
"""Gives the program and the rights of a token that was sent, None where it does not work."""


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """What Flask calls the session. Only a signed-in one has a row; a visitor's is a bare token for the form guard."""

    def __init__(self, token: str, data: dict[str, Any] | None = None, *, user_id: int | None = None) -> None:
        def changed(_: Any) -> None:
            self.modified = True

        super().__init__(data or {}, changed)
        self.token = token
        self.user_id = user_id
        self.access: Access = ANONYMOUS
        self.program: Program | None = None
        self.counters: dict[str, int] = {}
        self.enabled: frozenset[str] = frozenset()
        self.riding: tuple[Any, ...] = ()
        self.told: tuple[Any, ...] = ()
        """What the columns of the rider held, of the person of this session."""
        self.fresh_cookie = False
        self.failure: Exception | None = None
        self.touch = False
        self.ended = False
        self.old_token: str | None = None
        self.modified = False

    def sign_in(self, user_id: int, **data: Any) -> None:
        """Bind to a user under a new token, so that a token planted before is worth nothing."""
        self.old_token, self.token = self.token, new_token()
        self.clear()
        self.update(data)
        self.user_id = user_id
        self.fresh_cookie = self.modified = True

    def sign_out(self) -> None:
        """Forget the user and end the row."""
        self.clear()
        self.old_token, self.token = self.token, new_token()
        self.user_id = None
        self.fresh_cookie = self.modified = True


def is_for_programs(request: Request) -> bool:
    """Tell whether a token decides about a request, and no cookie."""
    if request.path == DESCRIPTION and "Authorization" not in request.headers:
        return False
    return request.path.startswith(PROGRAMS)


def new_token() -> str:
    """Make a token of 256 random bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Give what the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def form_token(secret_key: str, session: ServerSession) -> str:
    """Give the token that this browser's forms must carry."""
    return hmac.new(secret_key.encode(), f"form:{session.token}".encode(), hashlib.sha256).hexdigest()


class Rider(Protocol):
    """Has something told of whoever asks in the statement that finds him: it costs less than a statement of its own."""

    def columns(self) -> tuple[Any, ...]:
        """Give what is to be told: scalar subqueries that hang on `User.id`."""
        ...

    def fell(self, columns: tuple[Any, ...]) -> None:
        """Learn that the statement failed with these columns; it is sent again without any."""
        ...


@functools.lru_cache(maxsize=20)
def _look(columns: tuple[Any, ...], dialect: str) -> Any:
    """Make the one statement that tells all a request needs first: what memory is stale, who asks, what rides along."""
    together = func.json_group_object if dialect == "sqlite" else func.json_object_agg
    counters = select(together(StateVersion.name, StateVersion.version, type_=JSON)).scalar_subquery()
    seen = (WebSession.user_id, WebSession.data, WebSession.created_at, WebSession.seen_at)
    sent = select(literal_column("1").label("one")).subquery("sent")
    found = sent.outerjoin(WebSession.__table__, WebSession.token_hash == bindparam("token"))
    if columns:
        found = found.outerjoin(User.__table__, User.id == WebSession.user_id)
    return prepared(select(counters.label("counters"), *seen, *columns).select_from(found))


class DatabaseSessions(SessionInterface):
    """Loads and stores the sign-in of each request."""

    def __init__(
        self, database: Database, registry: Registry, *, secure: bool, bearer: Bearer, rider: Rider | None = None
    ) -> None:
        self.database = database
        self.registry = registry
        self.secure = secure
        self.bearer = bearer
        self.rider = rider

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        """Find the sign-in that the cookie names, with its rights; an unknown, idle or too old one is nobody's."""
        if request.path.startswith("/static/") or request.path == "/healthz":  # answer without the database
            return ServerSession(new_token())
        if is_for_programs(request):
            return self._open_for_program(request)
        token = request.cookies.get(COOKIE, "")
        session = ServerSession(token)
        if not 40 <= len(token) <= 64:
            session.token = new_token()
            session.fresh_cookie = True
        elif request.method == "GET" and self.rider is not None:
            session.riding = self.rider.columns()
        return self._looked(session)

    def _open_for_program(self, request: Request) -> ServerSession:
        """Find whom a program reads for. There is no cookie, neither read nor set, and nothing is kept."""
        spoken = LOCALES_BY_TAG.get(request.accept_languages.best_match(LOCALES_BY_TAG) or "")
        session = ServerSession(new_token(), {"locale": spoken} if spoken else {})
        sent = request.authorization
        return self._looked(session, sent.token or "" if sent is not None and sent.type == "bearer" else "")

    def _looked(self, session: ServerSession, sent: str | None = None) -> ServerSession:
        try:
            self._look(session, sent)
        except OperationalError as error:  # told as a page by the first step of the request
            session.failure, session.fresh_cookie = error, False
        return session

    def _look(self, session: ServerSession, sent: str | None) -> None:
        row = self._row(session)
        session.counters = row.counters
        with work(self.database, reason="rights") as unit:
            unit.info["versions"] = session.counters
            follow(unit.session)
            session.enabled = self.registry.enabled(unit.session)
            found = self.bearer(unit.session, sent, session.enabled) if sent else None
            if found is not None:
                session.program, session.access = found
            elif row.user_id is not None:
                self._admit(unit.session, session, row)

    def _row(self, session: ServerSession) -> Any:
        try:
            with self.database.single.connect() as connection:
                statement = _look(session.riding, connection.dialect.name)
                told = {"token": token_hash(session.token)}
                return run_prepared(connection, statement, told, {}).one()
        except SQLAlchemyError as error:
            if not session.riding or self.rider is None:
                raise
            columns, session.riding = session.riding, ()
            row = self._row(session)
            if not (
                isinstance(error, DBAPIError) and error.connection_invalidated
            ):  # as with one that fails twice the columns are not to blame
                self.rider.fell(columns)
            return row

    def _admit(self, reading: Session, session: ServerSession, row: Any) -> None:
        if is_over(reading, row.created_at, row.seen_at):
            return
        access = access_of(reading, row.user_id, self.registry.permissions, session.enabled)
        if access is None:
            return
        session.user_id, session.access = row.user_id, access
        session.told = tuple(row[-len(session.riding) :]) if session.riding else ()
        session.update(row.data)
        session.modified = False
        session.touch = utcnow() - row.seen_at > TOUCH

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Store what changed; at most once a minute note that the user is there."""
        assert isinstance(session, ServerSession)
        if (session.modified and (session.user_id or session.old_token)) or session.touch:
            with work(self.database, reason="session"), transaction() as writing:
                self._store(writing, session)
        if session.fresh_cookie:
            response.set_cookie(COOKIE, session.token, httponly=True, secure=self.secure, samesite="Lax", path="/")
            response.headers.add("Vary", "Cookie")

    def _store(self, writing: Session, session: ServerSession) -> None:
        from flask import request

        if session.old_token is not None:
            writing.execute(delete(WebSession).where(WebSession.token_hash == token_hash(session.old_token)))
        if session.user_id is None:
            return
        row = writing.get(WebSession, token_hash(session.token))
        if row is None:
            if not session.fresh_cookie:
                return  # ended elsewhere meanwhile: not to be revived
            row = WebSession(token_hash=token_hash(session.token), user_id=session.user_id)
            row.address = (request.remote_addr or "")[:64]
            row.agent = (request.user_agent.string or "")[:200]
            writing.add(row)
        row.data = dict(session)
        row.seen_at = utcnow()


def is_over(session: Session, created_at: dt.datetime, seen_at: dt.datetime) -> bool:
    """Tell whether a sign-in has ended by itself: idle for too long, or too old."""
    now, settings = utcnow(), overlay()
    idle = dt.timedelta(minutes=settings.setting(session, IDLE_SETTING))
    longest = dt.timedelta(hours=settings.setting(session, LONGEST_SETTING))
    return now - seen_at > idle or now - created_at > longest


def end_sessions(session: Session, user_id: int, *, but: str | None = None) -> None:
    """End every sign-in of a user, `but` the one with this token."""
    statement = delete(WebSession).where(WebSession.user_id == user_id)
    if but is not None:
        statement = statement.where(WebSession.token_hash != token_hash(but))
    with permitted():
        session.execute(statement)
