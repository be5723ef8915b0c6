"""Forms of mail."""

from core.mail.forms.letters import FileForm, LetterForm, SmsForm, SmsToManyForm
from core.mail.forms.mailings import KINDS, DecideForm, MailingForm, StartForm, TemplateForm

__all__ = [
    "KINDS",
    "DecideForm",
    "FileForm",
    "LetterForm",
    "MailingForm",
    "SmsForm",
    "SmsToManyForm",
    "StartForm",
    "TemplateForm",
]
