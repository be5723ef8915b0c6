"""Signing in: who it is, how often it was tried, and what the trail keeps of it (A-01, promise S12)."""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from dataclasses import dataclass

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from core.auth.audit import record
from core.auth.models import Audit, SignInAttempt, User
from core.auth.passwords import hash_password, is_outdated
from core.columns import utcnow

FREE_TRIES = 5
"""So many wrong passwords cost nothing; each further one doubles the wait."""
FIRST_WAIT = 30
LONGEST_WAIT = 900
MEMORY = dt.timedelta(minutes=30)
STRANGERS_PER_ADDRESS = 60
"""Failures a minute from one address, after which only those who have signed in from it before may try."""
STRANGERS_PER_NAME = 30
"""Failures in `MEMORY` on one name, after which it may only be tried from addresses where it has signed in before."""


@dataclass(frozen=True)
class Candidate:
    """What a try stands on: the seconds to wait before it is heard, else the account and the hash to compare with."""

    wait: int = 0
    user_id: int | None = None
    stored: str = ""


def username_key(typed: str) -> str:
    """Give a user name as it is stored and compared: full-width letters narrowed, no case, no blanks around."""
    return unicodedata.normalize("NFKC", typed).strip().casefold()


def attempt_key(username: str) -> str:
    """Give what is kept of a tried name: people type their password there by mistake."""
    return hashlib.sha256(username.encode(errors="replace")).hexdigest()


def admit(session: Session, username: str, address: str) -> Candidate:
    """Count a try and give what to compare with, or the seconds to wait.

    It is counted before it is judged, so that many at once do not slip by.
    """
    _one_at_a_time(session)
    user = session.scalar(select(User).where(User.username == username))
    key, now = attempt_key(username), utcnow()
    wait = _own_wait(session, key, address, now) or _strangers_wait(session, key, address, now, user)
    if wait:
        return Candidate(wait=wait)
    session.add(SignInAttempt(name_key=key, address=address, tried_at=now))
    if user is None or not user.active:
        return Candidate()
    return Candidate(user_id=user.id, stored=user.password_hash)


def admit_again(session: Session, user_id: int) -> Candidate:
    """Count a try of somebody signed in to give his password once more; give what to compare with, or the wait."""
    _one_at_a_time(session)
    key, now = _again_key(user_id), utcnow()
    wait = _own_wait(session, key, "", now)
    if wait:
        return Candidate(wait=wait)
    session.add(SignInAttempt(name_key=key, address="", tried_at=now))
    return Candidate(user_id=user_id, stored=session.get_one(User, user_id).password_hash)


def forget_again(session: Session, user_id: int) -> None:
    """Forget the wrong passwords before the right one."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.name_key == _again_key(user_id)))


def _again_key(user_id: int) -> str:
    return attempt_key(f"\n{user_id}")  # no user name holds a line break


def _one_at_a_time(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer anyway
        session.execute(text("SELECT pg_advisory_xact_lock(718281828)"))


def _own_wait(session: Session, key: str, address: str, now: dt.datetime) -> int:
    """A name at an address: nobody elsewhere is hindered by it."""
    mine = select(func.count(), func.max(SignInAttempt.tried_at)).where(
        SignInAttempt.name_key == key, SignInAttempt.address == address, SignInAttempt.tried_at > now - MEMORY
    )
    failures, last = session.execute(mine).one()
    if failures < FREE_TRIES:
        return 0
    wait: int = min(FIRST_WAIT * 2 ** (failures - FREE_TRIES), LONGEST_WAIT)
    return max(0, round(wait - (now - last).total_seconds()))


def _strangers_wait(session: Session, key: str, address: str, now: dt.datetime, user: User | None) -> int:
    """Many names from one address, or one name from many: those who are at home there are not hindered."""
    minute = now - dt.timedelta(minutes=1)
    counted = select(func.count()).select_from(SignInAttempt)
    at_address = session.scalar(counted.where(SignInAttempt.address == address, SignInAttempt.tried_at > minute)) or 0
    on_name = session.scalar(counted.where(SignInAttempt.name_key == key, SignInAttempt.tried_at > now - MEMORY)) or 0
    if at_address < STRANGERS_PER_ADDRESS and on_name < STRANGERS_PER_NAME:
        return 0
    at_home = user is not None and session.scalar(
        select(Audit.id).where(Audit.user_id == user.id, Audit.kind == "sign_in", Audit.address == address).limit(1)
    )
    return 0 if at_home else FIRST_WAIT * 2


def succeed(session: Session, user_id: int, username: str, address: str, password: str) -> User:
    """Note a sign-in and forget the failures before it; a hash of an older strength is renewed."""
    user = session.get_one(User, user_id)
    session.execute(
        delete(SignInAttempt).where(SignInAttempt.name_key == attempt_key(username), SignInAttempt.address == address)
    )
    if is_outdated(user.password_hash):
        user.password_hash = hash_password(password)
    record(session, "sign_in", entity="core_user", entity_id=user.id, user_id=user.id)
    return user


def fail(session: Session, user_id: int | None) -> None:
    """Note a refused sign-in. What was typed as a name is not kept."""
    record(session, "sign_in_failed", entity="core_user", entity_id=user_id)
