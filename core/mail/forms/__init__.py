"""Forms of mail."""

from core.mail.forms.letters import LetterForm
from core.mail.forms.mailings import KINDS, DecideForm, MailingForm, StartForm, TemplateForm

__all__ = ["KINDS", "DecideForm", "LetterForm", "MailingForm", "StartForm", "TemplateForm"]
