"""Pages of mail."""

from core.mail.views import digest, inmails, letters, mailings, sms, sms_many, templates, unsubscribe
from core.mail.views.base import blueprint

__all__ = ["blueprint", "digest", "inmails", "letters", "mailings", "sms", "sms_many", "templates", "unsubscribe"]
