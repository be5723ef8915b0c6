"""Settings of mail."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.i18n import _
from core.overlay import overlay
from core.plugin import Setting

FROM = "core.mail_from"
FROM_NAME = "core.mail_from_name"
STOPPED = "core.mail_stopped"
RATE = "core.mail_rate"
SITE = "core.mail_site"
A_DAY = "core.mail_recipients_a_day"
ALONE = "core.mail_recipients_alone"
FILES = "core.mail_files_mb"
FROM_HOUR = "core.mail_from_hour"
UNTIL_HOUR = "core.mail_until_hour"
BOUNCE_TASK = "core.mail_bounce_task"

SETTINGS = (
    Setting(
        key=FROM,
        title=_("E-mails are sent from this address"),
        default="",
        hint=_("Without it nothing is sent"),
        order=80,
    ),
    Setting(
        key=FROM_NAME,
        title=_("E-mails are sent under this name"),
        default="",
        hint=_("Empty: the name of our company"),
        order=81,
    ),
    Setting(
        key=STOPPED,
        title=_("No e-mail leaves"),
        default=False,
        kind="bool",
        hint=_("Everything waits in the outbox until this is switched off"),
        order=82,
    ),
    Setting(
        key=RATE,
        title=_("E-mails that leave in a minute at most"),
        default=0,
        kind="number",
        hint=_("0 is without limit"),
        order=83,
    ),
    Setting(
        key=SITE,
        title=_("Address under which recipients of e-mails reach this deployment"),
        default="",
        hint=_("https://…; the page on which they say no is below it"),
        order=84,
    ),
    Setting(
        key=A_DAY,
        title=_("People that one person may write to a day without saying why"),
        default=100,
        kind="number",
        hint=_("0 is without limit"),
        order=85,
    ),
    Setting(
        key=ALONE,
        title=_("Above so many people a day a second person has to agree"),
        default=1000,
        kind="number",
        hint=_("0: never"),
        order=86,
    ),
    Setting(key=FILES, title=_("Files of one e-mail together in MB"), default=10, kind="number", order=87),
    Setting(
        key=FROM_HOUR,
        title=_("Mailings leave on working days from this hour"),
        default=0,
        kind="number",
        hint=_("From 0 until 24 is at any time, on any day"),
        order=88,
    ),
    Setting(
        key=UNTIL_HOUR,
        title=_("Mailings leave on working days until this hour"),
        default=24,
        kind="number",
        hint=_("What is left then goes on with the next working day"),
        order=89,
    ),
    Setting(
        key=BOUNCE_TASK,
        title=_("A letter that comes back makes a task for whoever looks after the customer"),
        default=True,
        kind="bool",
        order=90,
    ),
)


def text(session: Session, key: str) -> str:
    """Give a setting that is a text, without what surrounds it."""
    return str(overlay().setting(session, key) or "").strip()


def number(session: Session, key: str) -> int:
    """Give a setting that is a number, never below 0."""
    return max(0, int(overlay().setting(session, key) or 0))
