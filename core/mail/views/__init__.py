"""Pages of mail."""

from core.mail.views import letters, mailings, templates, unsubscribe
from core.mail.views.base import blueprint

__all__ = ["blueprint", "letters", "mailings", "templates", "unsubscribe"]
