"""Letters, mailings and templates, and what came in."""

from core.mail.models.inmail import INMAIL_KINDS, InMail
from core.mail.models.letter import CHANNEL, STATES, Letter, MailChannel
from core.mail.models.mailing import MAILING_STATES, OPEN_STATES, Mailing, MailTemplate

__all__ = [
    "CHANNEL",
    "INMAIL_KINDS",
    "MAILING_STATES",
    "OPEN_STATES",
    "STATES",
    "InMail",
    "Letter",
    "MailChannel",
    "MailTemplate",
    "Mailing",
]
