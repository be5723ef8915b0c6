"""Letters, mailings and templates, what came in, and short messages."""

from core.mail.models.digest import DIGEST, MailDigest
from core.mail.models.inmail import INMAIL_KINDS, InMail
from core.mail.models.letter import CHANNEL, STATES, Letter, MailChannel
from core.mail.models.mailing import MAILING_STATES, OPEN_STATES, Mailing, MailTemplate
from core.mail.models.sms import SMS_STATES, TextMessage

__all__ = [
    "CHANNEL",
    "DIGEST",
    "INMAIL_KINDS",
    "MAILING_STATES",
    "OPEN_STATES",
    "SMS_STATES",
    "STATES",
    "InMail",
    "Letter",
    "MailChannel",
    "MailDigest",
    "MailTemplate",
    "Mailing",
    "TextMessage",
]
