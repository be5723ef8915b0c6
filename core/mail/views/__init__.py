"""Pages of mail."""

from core.mail.views import letters
from core.mail.views.base import blueprint

__all__ = ["blueprint", "letters"]
