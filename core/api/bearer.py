"""Whom a program reads for: the token of a request, as the rights that it carries."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.api.permissions import Perm
from core.api.queries import live_token, narrowed
from core.auth.access import Access, access_of, duties_are_apart
from core.auth.sessions import Bearer, Program
from core.clock import local_today
from core.registry import Registry
from core.state import kept

LONGEST_TOKEN = 100


def bearer_of(registry: Registry) -> Bearer:
    """Make what finds the program and the rights of a token; None for one that does not work, or no longer.

    His rights are looked up with every request: what is taken from a person is taken from his tokens.
    """

    def find(session: Session, sent: str, enabled: frozenset[str]) -> tuple[Program, Access] | None:
        token = live_token(session, sent, local_today()) if len(sent) <= LONGEST_TOKEN else None
        if token is None:
            return None
        whole = access_of(session, token.user_id, registry.permissions, enabled)
        if whole is None or not whole.may(Perm.CREATE):
            return None
        key = ("token", token.id, enabled, duties_are_apart(session))

        def narrow() -> Access:
            return narrowed(
                whole, registry.resources(everywhere=True), token.nouns, private=token.private, writes=token.writes
            )

        return Program(token.id, token.minute, token.calls), kept(session, "rights", key, narrow)

    return find
