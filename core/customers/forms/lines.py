"""Lines of a form: phones, e-mails, addresses, names, needs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, FieldList, Form, FormField, HiddenField
from wtforms.validators import ValidationError

from core.customers.numbers import check_email, check_postcode, check_uscc, is_fax, parse_phone, split_phones
from core.forms import DateField, DictionaryField, TextField
from core.i18n import _

SEPARATORS = re.compile(r"[\s,，、;；|]+")
HAN = re.compile(r"[\u3400-\u9fff]")
LONGEST_PASTED = 1000
"""What is longer than that is no line of numbers: it is refused as too long, not taken apart."""


class Line(Form):
    """One row. `chief` names the field without which the line is empty."""

    chief = ""
    id = HiddenField()

    def values(self) -> dict[str, Any]:
        """Give the line's columns, with `id` where it is an existing row."""
        found = {name: value for name, value in self.data.items() if name != "id"}
        number = str(self.id.data or "")
        return {**found, "id": int(number)} if number.isdigit() and len(number) < 16 else found

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was entered."""
        return not self[self.chief].data

    def pieces(self, text: str) -> list[str]:
        """Cut what was typed into a new line where it names several, as a cell of a spreadsheet does."""
        return [text]

    def kind_of(self, piece: str, chosen: str | None) -> str | None:
        """Give the kind of a piece, which was chosen for all of them."""
        return chosen


class PhoneLine(Line):
    """A telephone or fax number."""

    chief = "number"
    kind = DictionaryField(_("Kind of phone"), dictionary="phone_kind", blank=False, default="office")
    number = TextField(_("Phone number"), max_length=40, render_kw={"data-kind": "phone", "inputmode": "tel"})
    note = TextField(_("Note"), max_length=200)
    do_not_use = BooleanField(_("Do not call"))

    def pieces(self, text: str) -> list[str]:
        """Cut at what stands between numbers, if all of them are some."""
        found = split_phones(text)
        return found if all(parse_phone(one).kind != "unknown" for one in found) else [text]

    def kind_of(self, piece: str, chosen: str | None) -> str | None:
        """A mobile or a hotline among office numbers is one, and a number of a house among mobiles is none."""
        found = "fax" if is_fax(piece) else parse_phone(piece).kind
        if chosen == "office":
            return found if found in ("fax", "mobile", "hotline") else chosen
        if chosen == "mobile":
            return {"fax": "fax", "hotline": "hotline", "landline": "office"}.get(found, chosen)
        return chosen

    def validate_number(self, field: Any) -> None:
        """Refuse what cannot be a number."""
        if field.data and parse_phone(field.data).kind == "unknown":
            raise ValidationError(_("Enter a number with its area code, for example 028-8555 0142"))


class EmailLine(Line):
    """An e-mail address."""

    chief = "address"
    kind = DictionaryField(_("Kind of e-mail"), dictionary="email_kind", blank=False, default="office")
    address = TextField(_("E-mail"), max_length=200, render_kw={"inputmode": "email"})
    note = TextField(_("Note"), max_length=200)
    do_not_use = BooleanField(_("Do not write"))

    def pieces(self, text: str) -> list[str]:
        """Cut at what stands between addresses."""
        return [one for one in SEPARATORS.split(text) if one]

    def validate_address(self, field: Any) -> None:
        """Refuse what cannot be an address."""
        if field.data:
            try:
                field.data = check_email(field.data)
            except ValueError:
                raise ValidationError(_("This is no e-mail address; for example wang@example.com")) from None


class AddressLine(Line):
    """A further address, with the time for which it counts."""

    chief = "text"
    kind = DictionaryField(_("Kind of address"), dictionary="address_kind", blank=False, default="delivery")
    recipient = TextField(_("Addressee"), max_length=100, render_kw={"size": 6})
    text = TextField(_("Address"), max_length=300, render_kw={"size": 22})
    postcode = TextField(
        _("Postcode"), max_length=12, render_kw={"data-kind": "digits", "inputmode": "numeric", "size": 6}
    )
    valid_from = DateField(_("Valid from"), render_kw={"data-kind": "date", "size": 10})
    valid_to = DateField(_("Valid until"), render_kw={"data-kind": "date", "size": 10})
    do_not_use = BooleanField(_("Do not post"))

    def validate_postcode(self, field: Any) -> None:
        """Refuse a Chinese postcode that is not of six digits; an address without Chinese signs lies elsewhere."""
        if not self.text.data or HAN.search(self.text.data):
            checked_postcode(field)

    def validate_valid_to(self, field: Any) -> None:
        """Refuse a time that ends before it begins."""
        if field.data and self.valid_from.data and field.data < self.valid_from.data:
            raise ValidationError(_("The last day must not be before the first"))


class AliasLine(Line):
    """Another name."""

    chief = "name"
    kind = DictionaryField(_("Kind of name"), dictionary="alias_kind", blank=False, default="alias")
    name = TextField(_("Other name"), max_length=200)


class NeedLine(Line):
    """A need with the time for which it stands."""

    chief = "kind"
    kind = DictionaryField(_("Need"), dictionary="need")
    text = TextField(_("What is needed"), max_length=2000, render_kw={"size": 40})
    noted_on = DateField(_("Noted on"), render_kw={"data-kind": "date", "size": 9})
    valid_until = DateField(_("Valid until"), render_kw={"data-kind": "date", "size": 9})


def checked_postcode(field: Any) -> None:
    """Check and complete a postcode. Raises ValidationError."""
    if field.data:
        try:
            field.data = check_postcode(field.data)
        except ValueError:
            raise ValidationError(_("A postcode has 6 digits")) from None


def checked_uscc(field: Any) -> None:
    """Check a credit code. Raises ValidationError."""
    if field.data:
        try:
            field.data = check_uscc(field.data)
        except ValueError:
            raise ValidationError(_("This is no valid code: a sign or the check digit is wrong")) from None


class Lines(FieldList):  # type: ignore[type-arg]
    """Lines with an empty one always ready; works without scripts."""

    def __init__(self, line: type[Line], label: Any, **kwargs: Any) -> None:
        super().__init__(FormField(line), label, **kwargs)
        self.sent: Any = None

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Keep what was sent, for `known`; a record's rows are filled in by `show`."""
        self.sent = formdata
        super().process(formdata)
        for entry in list(self.entries):
            self._spread(entry.form)

    def _spread(self, line: Line) -> None:
        """Make a new line of its own for each of several numbers or addresses that were pasted into one.

        What a new line shows by its form to be of another kind is of that one, as in an import.
        """
        chief: Any = line[line.chief]
        text = chief.data or ""
        pieces = line.pieces(text) if text and len(text) <= LONGEST_PASTED and not line.id.data else []
        if not pieces:
            return
        chosen = line.data.get("kind")
        for piece in pieces[1:]:
            self.append_entry({**line.data, "id": "", line.chief: piece, "kind": line.kind_of(piece, chosen)})
        if len(pieces) > 1:
            chief.data = pieces[0]
        line["kind"].data = line.kind_of(pieces[0], chosen)

    def show(self, rows: Iterable[Any]) -> None:
        """Fill in the rows of a record."""
        for row in rows:
            self.append_entry(row)

    def ready(self) -> None:
        """Add an empty line unless the last one is."""
        if not self.entries or not self.entries[-1].form.is_empty:
            self.append_entry()

    def values(self) -> list[dict[str, Any]]:
        """Give the lines that hold something, and existing ones that were emptied."""
        lines = [(entry.form, entry.form.values()) for entry in self.entries]
        return [values for form, values in lines if "id" in values or not form.is_empty]

    @property
    def known(self) -> set[int]:
        """Give the ids of the rows that the sent page showed."""
        sent = self.sent.getlist(f"{self.name}-known") if self.sent else []
        return {int(number) for number in sent if number.isdigit() and len(number) < 16}

    @property
    def shown_ids(self) -> list[str]:
        """Give the ids of the rows that this page shows."""
        return [str(entry.form.id.data) for entry in self.entries if entry.form.id.data]

    @property
    def blank(self) -> Any:
        """Give an empty line numbered `__n__`, which scripts copy."""
        unbound: Any = self.unbound_field
        made = unbound.bind(form=None, name=f"{self.name}-__n__", _meta=self.meta)
        made.process(None)
        return made
