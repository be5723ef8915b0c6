"""The forms of the import wizard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from wtforms import FileField, RadioField, SelectField

from core.auth.access import Access
from core.auth.models import User
from core.auth.permissions import Perm
from core.db import session
from core.forms import BaseForm, TextField
from core.i18n import _
from core.plugin import Resource
from core.transfer.importer import importer_of
from core.transfer.models import ImportBatch
from core.transfer.tables import DELIMITERS, ENCODINGS

POLICIES: Mapping[str, Mapping[str, str]] = {
    "fill": {"duplicates": "update", "existing": "fill"},
    "overwrite": {"duplicates": "update", "existing": "overwrite"},
    "skip": {"duplicates": "skip", "existing": "fill"},
    "review": {"duplicates": "review", "existing": "fill"},
    "create": {"duplicates": "create", "existing": "fill"},
}
"""What the choice for existing records means in the options of a batch."""

ENCODING_NAMES = {
    "utf-8-sig": "UTF-8",
    "gb18030": "GB18030",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "big5": "Big5",
}
DELIMITER_NAMES = {
    ",": _("Comma"),
    "\t": _("Tabulator"),
    ";": _("Semicolon"),
    "|": _("Vertical bar"),
    "，": _("Chinese comma"),
}
DELIMITER_CODES = {"comma": ",", "tab": "\t", "semicolon": ";", "bar": "|", "wide": "，"}


def policy_of(options: Mapping[str, Any]) -> str:
    """Give the choice that stands for a batch's options."""
    wanted = {name: options.get(name) for name in ("duplicates", "existing")}
    exact = (name for name, meant in POLICIES.items() if meant == wanted)
    return next(exact, str(options.get("duplicates", "fill")))


UNKNOWN_WORDS: list[tuple[str, Any]] = [
    ("refuse", _("Refuse the row")),
    ("empty", _("Leave the cell empty and say so")),
    ("add", _("Add the word to the list")),
]


class UploadForm(BaseForm):
    """Takes the file."""

    file = FileField(_("File"))


class OptionsForm(BaseForm):
    """How rows are treated whose record is there, who owns new records, and what the ids of the file belong to."""

    policy = RadioField(
        _("When the record is there already"),
        choices=[
            ("fill", _("Fill blank fields only")),
            ("overwrite", _("Overwrite with the file")),
            ("skip", _("Skip the row")),
            ("review", _("Look at each one myself")),
            ("create", _("Make a new one all the same")),
        ],
        default="fill",
    )
    likely = RadioField(
        _("When it is only alike"),
        choices=[
            ("review", _("Make it and show the pair among the duplicates")),
            ("update", _("Write it into the one that is there")),
            ("skip", _("Skip the row")),
            ("create", _("Make a new one all the same")),
            ("off", _("Do not compare")),
        ],
        default="review",
    )
    missing = RadioField(
        _("When the customer is not there"),
        choices=[("refuse", _("Refuse the row")), ("create", _("Make the customer"))],
        default="refuse",
    )
    unknown = RadioField(
        _("When a list does not know a word"),
        choices=UNKNOWN_WORDS,
        default="refuse",
    )
    owner_id = SelectField(_("Owner"), coerce=lambda value: int(value) if value else None, validate_choice=True)
    source = TextField(_("Source of the ids"), max_length=60)

    def offer(self, resource: Resource, access: Access) -> None:
        """Offer the owners that this person may give new records to, and what makes sense for the resource."""
        importer = importer_of(resource)
        if not importer.compared:
            del self.likely
        if not importer.parent:
            del self.missing
        if not access.may(Perm.DICTIONARY_ADMIN):
            self.unknown.choices = UNKNOWN_WORDS[:-1]
        choices: list[tuple[Any, Any]] = [("", _("Public pool, to be claimed"))]
        if resource.owner is not None and access.user_id is not None:
            choices.append((access.user_id, access.name))
            if access.may(resource.code("assign")):
                people = session().execute(
                    select(User.id, User.name)
                    .where(User.active.is_(True), User.id != access.user_id)
                    .order_by(User.name)
                )
                choices.extend((user_id, name) for user_id, name in people)
        self.owner_id.choices = choices

    def options(self) -> dict[str, Any]:
        """Give the options as a batch stores them."""
        return {
            **POLICIES[self.policy.data],
            "likely": (self.likely.data if self.likely is not None else None) or "review",
            "missing": (self.missing.data if self.missing is not None else None) or "refuse",
            "unknown": self.unknown.data or "refuse",
            "owner_id": self.owner_id.data,
            "source": self.source.data,
            "review_state": "submitted",
        }


def options_form(batch: ImportBatch, resource: Resource, access: Access, formdata: Any = None) -> OptionsForm:
    """Make the options form of a batch."""
    given = batch.options
    form = OptionsForm(
        formdata,
        data={
            "policy": policy_of(given),
            "likely": given.get("likely") or "review",
            "missing": given.get("missing") or "refuse",
            "unknown": given.get("unknown") or "refuse",
            "owner_id": given.get("owner_id"),
            "source": given.get("source"),
        },
    )
    form.offer(resource, access)
    return form


def layout_choices(batch: ImportBatch) -> dict[str, Any]:
    """Give what can be changed of how a file is read."""
    layout = batch.layout
    if layout["kind"] == "book":
        return {
            "sheets": [(n, name or _("Table")) for n, name in enumerate(layout["sheets"])],
            "sheet": layout["sheet"],
        }
    codes = {mark: code for code, mark in DELIMITER_CODES.items()}
    return {
        "encodings": [(code, ENCODING_NAMES[code]) for code in ENCODINGS],
        "delimiters": [(codes[mark], DELIMITER_NAMES[mark]) for mark in DELIMITERS],
        "encoding": layout["encoding"],
        "delimiter": codes.get(layout["delimiter"], "comma"),
    }


def layout_changes(form: Mapping[str, str]) -> dict[str, Any]:
    """Read what a person changed of how the file is read."""
    found: dict[str, Any] = {}
    if "encoding" in form:
        found["encoding"] = form["encoding"]
    if form.get("delimiter") in DELIMITER_CODES:
        found["delimiter"] = DELIMITER_CODES[form["delimiter"]]
    for name in ("sheet", "header"):
        if form.get(name, "").isdigit() and len(form[name]) < 6:
            found[name] = int(form[name])
    return found
