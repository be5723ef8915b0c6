"""Forms of tags and segments."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import DataRequired

from core.auth.access import Access, current_access
from core.db import session
from core.forms import BaseForm, TextField, strip
from core.i18n import _, p_
from core.listing.forms import ViewForm
from core.tags.queries.tags import all_tags
from core.tags.services.tags import LONGEST

TONES = (
    ("", p_("colour", "Grey")),
    ("p", p_("colour", "Blue")),
    ("ok", p_("colour", "Green")),
    ("w", p_("colour", "Amber")),
    ("bad", p_("colour", "Red")),
    ("v", p_("colour", "Violet")),
    ("te", p_("colour", "Teal")),
    ("i", p_("colour", "Slate")),
    ("o", p_("colour", "Outline")),
)


class AddForm(BaseForm):
    """Tags to put on records, in one line."""

    tags = TextField(
        _("Tags"),
        [DataRequired(_("Enter a tag"))],
        max_length=400,
        description=_("Several are parted by commas. A new one is made."),
        render_kw={"autocomplete": "off"},
    )
    private = BooleanField(_("Only for me"))


class RemoveForm(BaseForm):
    """Tags to take off records."""

    tag_ids = SelectMultipleField(_("Tags"), [DataRequired(_("Choose a tag"))], coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tag_ids.choices = [(one.id, one.name) for one in all_tags(session()).values()]


class TagForm(BaseForm):
    """A tag: what it is called, its colour, whether it may still be put on records."""

    name = TextField(_("Name"), [DataRequired(_("Enter a name"))], max_length=LONGEST)
    tone = RadioField(_("Colour"), choices=TONES, default="")
    retired = BooleanField(_("Retired: stays where it is, and is put on nothing new"))


class NewTagForm(BaseForm):
    """A new tag."""

    name = TextField(_("Name"), [DataRequired(_("Enter a name"))], max_length=LONGEST)
    tone = SelectField(_("Colour"), choices=TONES, default="")
    private = BooleanField(_("Only for me"))


class MergeForm(BaseForm):
    """Into which tag another is merged."""

    into = SelectField(_("Merge into"), [DataRequired(_("Choose another tag"))], coerce=str)

    def __init__(self, tag_id: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [one for one in all_tags(session()).values() if one.id != tag_id and not one.retired]
        self.into.choices = [("", "—"), *((str(one.id), one.name) for one in others)]


class SegmentForm(ViewForm):
    """A segment: its name, what it is for, who may use it, whether entries are told."""

    name = TextField(_("Name of the segment"), [DataRequired(_("Enter a name"))], max_length=60)
    description = TextAreaField(_("What it is for"), filters=[strip], render_kw={"rows": 3, "maxlength": 2000})
    shared = RadioField(_("Who may use it"), default="private")
    watched = BooleanField(_("Tell me when a record enters it"))

    def __init__(self, access: Access, obj: Any = None, *, frozen: bool = False, **kwargs: Any) -> None:
        super().__init__(access, obj, **kwargs)
        if frozen:
            del self.watched

    def values(self) -> dict[str, Any]:
        """Give what the service wants."""
        told = {"watched": self.watched.data} if self.watched else {}
        return {**super().values(), "description": self.description.data or "", **told}


class FreezeForm(BaseForm):
    """What today's members are kept as."""

    name = TextField(_("Name of the segment"), [DataRequired(_("Enter a name"))], max_length=60)


def frozen_form(noun: str) -> type[BaseForm]:
    """Make the form of the batch action: into which frozen segment, or the name of a new one."""
    from core.tags.queries.segments import own_frozen

    class IntoForm(BaseForm):
        """Into which segment the selected records go."""

        segment_id = SelectField(_("Segment"), coerce=str)
        name = TextField(_("Or a new segment of this name"), max_length=60)

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            choices = [(str(one.id), one.name) for one in own_frozen(session(), noun, current_access())]
            self.segment_id.choices = [("", "—"), *choices]

    return IntoForm
