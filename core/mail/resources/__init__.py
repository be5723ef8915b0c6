"""What staff list of mail."""

from core.mail.resources.inmails import INMAIL, INMAIL_KIND_TITLES, INMAIL_STATES, INMAIL_TONES
from core.mail.resources.letters import LETTER, STATE_TITLES, STATE_TONES, reason_titles
from core.mail.resources.mailings import KIND_TITLES, MAILING, MAILING_STATES, MAILING_TONES, TEMPLATE
from core.mail.resources.sms import SMS

__all__ = [
    "INMAIL",
    "INMAIL_KIND_TITLES",
    "INMAIL_STATES",
    "INMAIL_TONES",
    "KIND_TITLES",
    "LETTER",
    "MAILING",
    "MAILING_STATES",
    "MAILING_TONES",
    "SMS",
    "STATE_TITLES",
    "STATE_TONES",
    "TEMPLATE",
    "reason_titles",
]
