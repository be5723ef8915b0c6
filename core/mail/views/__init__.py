"""Pages of mail."""

from core.mail.views import inmails, letters, mailings, sms, templates, unsubscribe
from core.mail.views.base import blueprint

__all__ = ["blueprint", "inmails", "letters", "mailings", "sms", "templates", "unsubscribe"]
