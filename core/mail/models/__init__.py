"""Letters, mailings and templates."""

from core.mail.models.letter import CHANNEL, STATES, Letter, MailChannel
from core.mail.models.mailing import MAILING_STATES, OPEN_STATES, Mailing, MailTemplate

__all__ = ["CHANNEL", "MAILING_STATES", "OPEN_STATES", "STATES", "Letter", "MailChannel", "MailTemplate", "Mailing"]
