"""Making and ending tokens; counting what programs ask for."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from core.api.models import ApiToken
from core.api.queries import count_live, hash_of
from core.auth.again import Confirmed
from core.auth.audit import record
from core.auth.models import User
from core.auth.permissions import Perm as Auth
from core.auth.sessions import Program
from core.columns import utcnow
from core.db import permitted
from core.errors import NotFound, Refused
from core.i18n import LOCALES, _, gettext, speaking
from core.messages.audience import who_may
from core.messages.models import Message
from core.messages.services import notify

BEGINS = "zhk_"
"""What every token begins with, so that a program that looks for lost keys knows one."""
SHOWN = 12
LONGEST = dt.timedelta(days=366)
MOST = 20


@dataclass(frozen=True)
class Rate:
    """How many requests a minute there may be, how many are left of this one, and in how many seconds it ends."""

    limit: int
    left: int
    reset: int
    over: bool = False


def make_token(
    session: Session,
    confirmed: Confirmed,
    *,
    title: str,
    nouns: Sequence[str],
    writes: Sequence[str] = (),
    private: bool,
    expires_on: dt.date,
    today: dt.date,
) -> str:
    """Make a token of somebody who has just given his password, and give it; it is told this once. Raises Refused."""
    user_id = confirmed.user_id
    if not today <= expires_on <= today + LONGEST:
        problem = _("Choose a day within the next 366 days")
        raise Refused(problem, fields={"expires_on": problem})
    if count_live(session, user_id, today) >= MOST:
        raise Refused(_("At most %(n)s tokens work at once. Revoke one that is no longer needed.", n=MOST))
    token = BEGINS + secrets.token_urlsafe(32)
    made = ApiToken(
        user_id=user_id, title=title, nouns=list(nouns), writes=list(writes), private=private, expires_on=expires_on
    )
    made.prefix, made.token_hash = token[:SHOWN], hash_of(token)
    session.add(made)
    session.flush()
    return token


def revoke_token(session: Session, user_id: int, token_id: int) -> ApiToken:
    """End one of a person's own tokens. Raises NotFound."""
    found = session.get(ApiToken, token_id)
    if found is None or found.user_id != user_id:
        raise NotFound(_("There is no such token."))
    if found.ended_at is None:
        found.ended_at, found.end_reason = utcnow(), "revoked"
        session.flush()
    return found


def end_tokens(session: Session, user_id: int, why: str) -> None:
    """End all tokens of a person: his account was closed, or his password changed."""
    live = (ApiToken.user_id == user_id, ApiToken.ended_at.is_(None))
    ended = list(session.scalars(select(ApiToken.id).where(*live)))
    if not ended:
        return
    now = utcnow()
    with permitted():
        session.execute(update(ApiToken).where(*live).values(ended_at=now, end_reason=why))
    for token_id in ended:
        changes = {"ended_at": [None, now], "end_reason": [None, why]}
        record(session, "edit", entity="core_api_token", entity_id=token_id, changes=changes)


def used_up(program: Program, limit: int) -> Rate | None:
    """Tell that a program had all of this minute already, as far as known when it asked: nothing need be counted."""
    minute, second = divmod(int(utcnow().timestamp()), 60)
    over = program.minute == minute and program.calls > limit
    return Rate(limit, 0, 60 - second, over=True) if over else None


def count_call(session: Session, token_id: int, address: str, limit: int) -> Rate:
    """Count a request before it is judged, so that many at once do not slip by; note when and whence it came."""
    now = utcnow()
    minute, second = divmod(int(now.timestamp()), 60)
    counted = (
        update(ApiToken)
        .where(ApiToken.id == token_id)
        .values(
            minute=minute,
            calls=case((ApiToken.minute == minute, ApiToken.calls + 1), else_=1),
            last_used_at=now,
            last_address=address[:64],
        )
        .returning(ApiToken.calls)
        .execution_options(synchronize_session=False)
    )
    calls = session.execute(counted).scalar() or 0
    return Rate(limit, max(0, limit - calls), 60 - second, over=calls > limit)


def count_rows_given(session: Session, token_id: int, rows: int, today: dt.date) -> str:
    """Count the records that a program was given; give the beginning of its token, for the trail."""
    counted = (
        update(ApiToken)
        .where(ApiToken.id == token_id)
        .values(day=today, rows=case((ApiToken.day == today, ApiToken.rows + rows), else_=rows))
        .returning(ApiToken.prefix)
        .execution_options(synchronize_session=False)
    )
    return session.execute(counted).scalar() or ""


def limit_told(session: Session, user_id: int, today: dt.date) -> bool:
    """Tell whether a person heard today that his programs came to the limit of a day."""
    return session.scalar(select(Message.id).where(Message.key == _limit_key(user_id, today))) is not None


def _limit_key(user_id: int, today: dt.date) -> str:
    return f"api-rows-{user_id}-{today}"


def tell_limit(session: Session, user_id: int, limit: int, today: dt.date) -> None:
    """Tell a person whose programs came to the limit of a day, and who may change it; once a day."""
    if limit_told(session, user_id, today):
        return
    name = session.scalar(select(User.name).where(User.id == user_id)) or ""
    with speaking(LOCALES[0]):  # not in the language that a program asks for
        title = gettext("The programs of %(name)s came to the limit of a day: %(n)s records", name=name, n=f"{limit:,}")
        words = gettext("They are given none until tomorrow. An administrator can raise the limit in the settings.")
    notify(
        session,
        [user_id, *who_may(str(Auth.SETTING_ADMIN), None, besides=user_id)],
        title,
        words,
        module="core.api",
        kind="core.api_limit",
        key=_limit_key(user_id, today),
    )
