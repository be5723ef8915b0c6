"""Hands short messages to a gateway: an interface that plugins fill, and one that only writes a line into the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import structlog
from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from core.bus.jobs import Turn
from core.columns import utcnow
from core.customers.queries import Barred, barred_companies, barred_contacts, barred_values
from core.errors import ZhikeError
from core.i18n import _, gettext
from core.mail.models import TextMessage
from core.mail.queries.audience import Recipient
from core.mail.queries.numbers import suppress
from core.mail.settings import STOPPED, text
from core.overlay import overlay
from core.plugin import Job, Setting
from core.registry import PluginFailed

log = structlog.get_logger(__name__)

GATEWAY = "core.sms_gateway"
SMS_JOB = "core.sms_send"
LOG = "log"
LOST = dt.timedelta(minutes=10)
"""A message that has been on its way for so long without an answer is in doubt."""
_QUIET = {"synchronize_session": False}


class GatewayRefused(ZhikeError):
    """The gateway does not take this message."""


class SmsGateway(Protocol):
    """What a provider's adapter does."""

    def send(self, number: str, words: str) -> str:
        """Hand one message over; return the provider's receipt. Raises GatewayRefused; all else puts it in doubt."""


class LogGateway:
    """Sends nothing: a line in the log tells that it would have, without number and words."""

    def send(self, number: str, words: str) -> str:
        """Write the line."""
        log.info("short message", ending=number[-2:], characters=len(words))
        return "log"


_gateways: dict[str, Callable[[], SmsGateway]] = {LOG: LogGateway}


def register_gateway(name: str, factory: Callable[[], SmsGateway]) -> None:
    """Make a provider's gateway known; a plugin calls it when it is loaded. `core.sms_gateway` chooses one by name."""
    _gateways[name] = factory


SMS_SETTINGS = (
    Setting(
        key=GATEWAY,
        title=_("Gateway of short messages"),
        default=LOG,
        hint=_("log writes a line into the log and sends nothing; plugins bring others"),
        order=90,
    ),
)


def send_messages(turn: Turn) -> str:
    """Send the short messages that wait, each claimed before it is handed over; give the result in words."""
    with turn.transaction() as session:
        late = TextMessage.claimed_at < utcnow() - LOST
        doubt = update(TextMessage).where(TextMessage.state == "sending", late).values(state="doubtful")
        session.execute(doubt, execution_options=_QUIET)
        name = text(session, GATEWAY) or LOG
        stopped = bool(overlay().setting(session, STOPPED))
    if stopped or name not in _gateways:
        return str(gettext("Nothing is sent: it is switched off, or the gateway is unknown"))
    gateway, sent = _gateways[name](), 0
    while (claimed := _claim(turn, name)) is not None:
        message_id, number, words = claimed
        if not number:
            continue
        try:
            said, state = gateway.send(number, words), "sent"
        except GatewayRefused as refused:
            said, state = str(refused), "refused"
        except Exception as error:
            log.warning("gateway failed", gateway=name, exc_info=True)
            said, state = f"{type(error).__name__}: {error}", "doubtful"
        with turn.transaction() as session:
            values: dict[str, Any] = {"state": state, "answer": said[:1000]}
            if state == "sent":
                values["sent_at"] = utcnow()
                sent += 1
            mine = update(TextMessage).where(TextMessage.id == message_id).values(**values)
            session.execute(mine, execution_options=_QUIET)
    return str(gettext("%(count)s sent", count=sent))


def _claim(turn: Turn, gateway: str) -> tuple[int, str, str] | None:
    """Take the next message; one to somebody who must not be written to is refused, and its number is empty.

    Whoever took his agreement back while it waited gets none either. Where a module cannot say, it waits.
    """
    with turn.transaction() as session:
        rows = select(TextMessage).where(TextMessage.state == "waiting").order_by(TextMessage.id).limit(1)
        message = session.scalars(rows).first()
        if message is None:
            return None
        try:
            reason = _against(session, message)
        except PluginFailed:
            return None
        state = "refused" if reason else "sending"
        mine = update(TextMessage).where(TextMessage.id == message.id, TextMessage.state == "waiting")
        done: CursorResult[Any] = session.execute(  # type: ignore[assignment]
            mine.values(state=state, reason=reason, claimed_at=utcnow(), gateway=gateway), execution_options=_QUIET
        )
        taken = bool(done.rowcount) and not reason
        return message.id, message.number if taken else "", message.text


def _against(session: Session, message: TextMessage) -> str:
    """Tell why a message must not leave any more, by its code; one to many is asked about as when it was written."""
    if message.purpose:
        one = Recipient(message.company_id or 0, message.contact_id, message.name, message.number)
        suppress(session, [one], kind=message.kind, purpose=message.purpose)
        return one.reason
    barred: Mapping[Any, Barred] = barred_values(session, "sms", [message.number])
    if not barred and message.contact_id is not None:
        barred = barred_contacts(session, "sms", [message.contact_id])
    elif not barred and message.company_id is not None:  # a number that was typed may be on no file
        barred = barred_companies(session, "sms", [message.company_id])
    return "barred" if barred else ""


SMS_JOBS = [
    Job(
        name=SMS_JOB,
        title=_("Send the short messages that wait"),
        run=send_messages,
        schedule="* * * * *",
        chunked=True,
        order=220,
    )
]
