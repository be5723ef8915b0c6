"""Forms of attachments."""

from __future__ import annotations

from wtforms import BooleanField, MultipleFileField

from core.forms import BaseForm, LongField, TextField
from core.i18n import _


class UploadForm(BaseForm):
    """Files for a record. They are taken from the request, not from here."""

    files = MultipleFileField(_("Files"))
    private = BooleanField(
        _("Private"), description=_("Only who may see what is private about the record finds these files.")
    )


class AttachmentForm(BaseForm):
    """What is said of a file."""

    title = TextField(_("File title"), max_length=100, description=_("Shown instead of the file's name"))
    note = LongField(_("Note"), max_length=2000)
    private = BooleanField(
        _("Private"), description=_("Only who may see what is private about the record finds this file.")
    )
