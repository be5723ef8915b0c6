"""Which tokens there are, whose they are and what they may read."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.api.models import ApiToken
from core.auth.access import Access
from core.auth.guard import READING_ACTIONS
from core.plugin import Resource

WRITING_ACTIONS = frozenset({"create", "edit", "delete", "duplicate"})
"""What a token that writes may do: enter, change, put into the bin; also where a record seems to be there already."""


def hash_of(token: str) -> str:
    """Give what the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def live_token(session: Session, sent: str, today: dt.date) -> ApiToken | None:
    """Find the token that a program sent, while it works."""
    statement = select(ApiToken).where(
        ApiToken.token_hash == hash_of(sent), ApiToken.ended_at.is_(None), ApiToken.expires_on >= today
    )
    found: ApiToken | None = session.scalar(statement)
    return found


def prefix_of(session: Session, token_id: int) -> str:
    """Give the beginning of a token, by which people know it."""
    return session.scalar(select(ApiToken.prefix).where(ApiToken.id == token_id)) or ""


def tokens_of(session: Session, user_id: int) -> Sequence[ApiToken]:
    """List a person's tokens, the newest first."""
    return list(session.scalars(select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.id.desc())))


def count_live(session: Session, user_id: int, today: dt.date) -> int:
    """Count a person's tokens that work."""
    mine = (ApiToken.user_id == user_id, ApiToken.ended_at.is_(None), ApiToken.expires_on >= today)
    return session.scalar(select(func.count(ApiToken.id)).where(*mine)) or 0


def rows_today(session: Session, user_id: int, today: dt.date) -> int:
    """Count the records that all programs of a person were given today, ended tokens included."""
    mine = (ApiToken.user_id == user_id, ApiToken.day == today)
    return session.scalar(select(func.sum(ApiToken.rows)).where(*mine)) or 0


def noun_of(resource: Resource) -> str:
    """Give what rights call a resource: `core:company`."""
    return f"{resource.plugin}:{resource.name}"


def narrowed(
    access: Access, resources: Iterable[Resource], nouns: Sequence[str], *, private: bool, writes: Sequence[str] = ()
) -> Access:
    """Give the part of a person's rights that his token has: what was chosen for it, never more than he has.

    What belongs to no resource, as tags do, is read as he reads it: the chosen records are shown with it.
    """
    resources = list(resources)
    closed = {noun_of(one) for one in resources} - set(nouns)
    shown_by = {one.code(action) for one in resources for action in one.inner_with}

    def stays(code: str) -> bool:
        noun, action = code.rsplit(":", 1)
        if noun in closed or (action == "private" and not private):
            return False
        if action in WRITING_ACTIONS:
            return noun in writes
        return action in READING_ACTIONS or code in shown_by

    return replace(
        access,
        scopes={code: scope for code, scope in access.scopes.items() if stays(code)},
        sources={},
        only_reads=not writes,
        narrowed_statements={},
    )
