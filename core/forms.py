"""The base of every form and the fields that know our records."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Self

from flask import g, request
from werkzeug.datastructures import MultiDict
from wtforms import (
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, Optional, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget, TextArea

from core.clock import local_today
from core.custom import PREFIX, Own, own_fields, own_sections, to_store
from core.db import session
from core.errors import Refused
from core.i18n import _
from core.overlay import overlay
from core.transfer.values import read_date as read_written_date
from core.transfer.values import read_decimal
from core.web import RESTORED

FORMS = "forms"
"""Where a request keeps the kinds of forms that it made."""


class BaseForm(Form):
    """Carries the record's version and the one-time key; the browser's token is checked before any view (core.app)."""

    version = IntegerField(validators=[Optional()], widget=HiddenInput())
    idempotency_key = HiddenField()

    def __init__(self, formdata: Any = None, *args: Any, sent: bool = True, **kwargs: Any) -> None:
        if sent and formdata is None and request.method == "POST":
            formdata = request.form
        super().__init__(formdata, *args, **kwargs)
        if g:
            g.setdefault(FORMS, set()).add(type(self))

    def validate(self, extra_validators: Any = None) -> bool:
        """Check all fields. A draft that is only shown again is neither valid nor wrong: nothing is saved by it."""
        valid = super().validate(extra_validators)
        if g and RESTORED in g:
            self.form_errors = []
            _forget_errors(self._fields.values())
            return False
        return valid

    @classmethod
    def of_record(cls, record: Any) -> Self:
        """Make the form of a record, or of a new one for None, whatever this request sent."""
        return cls(obj=record, sent=False)

    def refuse(self, refused: Refused) -> None:
        """Show a rule's refusal at its fields, or on top of the form."""
        loose = True
        for name, message in refused.fields.items():
            if name in self._fields:
                self._fields[name].errors = [*self._fields[name].errors, message]
                loose = False
        if loose:
            self.form_errors = [*self.form_errors, refused.message]

    def read(self, texts: Mapping[str, str]) -> None:
        """Read some fields from texts, as if they were sent, and check those; the others stay as they are.

        Raises Refused, with what is wrong by field.
        """
        for name, text in texts.items():
            self._fields[name].process(MultiDict({name: text}))
        wrong: dict[str, Any] = {}
        for name in texts:
            rule = getattr(type(self), f"validate_{name}", None)
            if not self._fields[name].validate(self, [rule] if rule else []):
                wrong[name] = self._fields[name].errors[0]
        if wrong:
            raise Refused(next(iter(wrong.values())), fields=wrong)

    @property
    def all_errors(self) -> list[tuple[Field | None, Any]]:
        """List every error with its field, for the summary on top."""
        return [*((None, error) for error in self.form_errors), *_errors_below(self._fields.values())]


def _forget_errors(fields: Iterable[Any]) -> None:
    for field in fields:
        if isinstance(field, FormField):
            _forget_errors(field.form)
            continue
        field.errors = []
        if isinstance(field, FieldList):
            _forget_errors(field.entries)


def _errors_below(fields: Iterable[Any]) -> Iterator[tuple[Field | None, Any]]:
    """Walk fields, lines of fields and forms within a form down to each error."""
    for field in fields:
        for error in () if isinstance(field, FormField) else field.errors:  # its errors are those of the fields below
            if isinstance(error, str) or not isinstance(error, Mapping | Sequence):
                yield field, error
        if isinstance(field, FieldList):
            yield from _errors_below(field.entries)
        elif isinstance(field, FormField):
            yield from _errors_below(field.form)


def strip(value: Any) -> Any:
    """Take the blanks off both ends; an empty text is no value."""
    if isinstance(value, str):
        value = value.strip().replace("\x00", "").replace("\r\n", "\n")  # browsers send both signs of a break
    return value or None if isinstance(value, str) else value


class TextField(StringField):
    """A line of text, stripped, with its greatest length checked and told."""

    data: Any

    def __init__(self, label: Any = None, validators: Any = None, *, max_length: int = 200, **kwargs: Any) -> None:
        super().__init__(label, validators, filters=[strip], **kwargs)
        self.max_length = max_length

    def process(self, *given: Any, **more: Any) -> None:
        """Read what was sent; blanks alone are nothing, also to InputRequired."""
        super().process(*given, **more)
        if self.raw_data and isinstance(self.raw_data[0], str) and strip(self.raw_data[0]) is None:
            self.raw_data = [""]

    def pre_validate(self, form: Any) -> None:
        """Refuse what is too long, or holds half of a character pair (PostgreSQL and UTF-8 cannot)."""
        if self.data and len(self.data) > self.max_length:
            raise ValidationError(_("At most %(n)s characters", n=self.max_length))
        if self.data and any("\ud800" <= c <= "\udfff" for c in self.data):
            raise ValidationError(_("This text holds a broken character"))


class LongField(TextField):
    """Text of several lines."""

    widget = TextArea()


def read_amount(text: str) -> Decimal:
    """Read an amount in yuan as an import does: `1,286`, `¥1286.50`, `1.2万元`, `1.2亿`. Raises ValueError."""
    try:
        amount = read_decimal(text)
    except ValueError:
        raise ValueError(_("Enter an amount, for example 1286.50")) from None
    if abs(amount) > Decimal("9999999999999.99"):
        raise ValueError(_("This amount is out of range"))
    if amount != amount.quantize(Decimal("0.01")):
        raise ValueError(_("An amount has at most two decimal places"))
    return amount.quantize(Decimal("0.01"))


class MoneyField(TextField):
    """An amount in yuan, as `read_amount` reads it."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        text = (valuelist[0] if valuelist else "").strip()
        if text:
            self.data = read_amount(text)

    def pre_validate(self, form: Any) -> None:
        """Everything was checked on reading."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:.2f}"


SHORT_DATE = re.compile(r"^(?:(\d{4})[-./年])?(\d{1,2})[-./月](\d{1,2})日?$")


def read_date(text: str, today: dt.date | None = None) -> dt.date:
    """Read a date as clerks type it: `2026-03-18`, `20260318`, `3-18`, `318`, `明天`, `+3`; else as an import does.

    Raises ValueError.
    """
    today = today or local_today()
    text = text.strip()
    words = {"今天": 0, "明天": 1, "后天": 2, "昨天": -1, "today": 0, "tomorrow": 1}
    if text.lower() in words:
        return today + dt.timedelta(days=words[text.lower()])
    if re.fullmatch(r"[+-]\d{1,4}", text):
        return today + dt.timedelta(days=int(text))
    if found := SHORT_DATE.match(text):
        year, month, day = found.groups()
        return dt.date(int(year) if year else today.year, int(month), int(day))
    if re.fullmatch(r"\d{8}", text):
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    if re.fullmatch(r"\d{3,4}", text):
        return dt.date(today.year, int(text[:-2]), int(text[-2:]))
    return read_written_date(text)


class DateField(TextField):
    """A date as people type it; `reads` turns the text into one."""

    def __init__(
        self, label: Any = None, validators: Any = None, *, reads: Callable[[str], Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.reads = reads or read_date

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        text = (valuelist[0] if valuelist else "").strip()
        if text:
            try:
                self.data = self.reads(text)
            except (ValueError, OverflowError):
                raise ValueError(_("Enter a date, for example 2026-03-18")) from None

    def pre_validate(self, form: Any) -> None:
        """Everything was checked on reading."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.data.isoformat()


def of_dictionary(dictionary: str) -> Callable[[Any, Any], None]:
    """Make a validator that refuses a code which the dictionary does not hold."""

    def check(_form: Any, field: Any) -> None:
        if field.data and field.data not in overlay().dictionary(session(), dictionary):
            raise ValidationError(_("Choose one of the list"))

    return check


class DictionaryField(SelectField):
    """A choice from a dictionary; retired entries only where the record has one. Without `blank` it is never empty:
    what says nothing is the default.
    """

    def __init__(
        self, label: Any = None, validators: Any = None, *, dictionary: str, blank: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(label, validators, coerce=lambda v: v or None, validate_choice=False, **kwargs)
        self.dictionary = dictionary
        self.blank = blank

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(formdata, **({} if data is None else {"data": data}))
        if not (self.blank or self.data):
            self.data = self.default
        keep = [overlay().present(session(), self.dictionary, v) for v in (self.data, self.object_data) if v]
        if self.data:
            self.data = keep[0]
        self.choices = [*([("", "—")] if self.blank else []), *overlay().choices(session(), self.dictionary, keep=keep)]

    def pre_validate(self, form: Any) -> None:
        """Refuse a code that the dictionary does not hold."""
        of_dictionary(self.dictionary)(form, self)


class DictionariesField(SelectMultipleField):
    """Several choices from a dictionary."""

    def __init__(self, label: Any = None, validators: Any = None, *, dictionary: str, **kwargs: Any) -> None:
        super().__init__(label, validators, coerce=str, validate_choice=False, **kwargs)
        self.dictionary = dictionary

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(formdata, **({} if data is None else {"data": data}))
        if self.data:
            self.data = list(dict.fromkeys(overlay().present(session(), self.dictionary, code) for code in self.data))
        self.choices = overlay().choices(session(), self.dictionary, keep=self.data or ())

    def pre_validate(self, form: Any) -> None:
        """Refuse codes that the dictionary does not hold."""
        known = overlay().dictionary(session(), self.dictionary)
        if any(code not in known for code in self.data or ()):
            raise ValidationError(_("Choose from the list"))


class NumberField(TextField):
    """A number, whole or not: accepts `1,286`, `12.5` and `1.2万`."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        text = (valuelist[0] if valuelist else "").strip()
        if text:
            try:
                self.data = to_store("number", read_decimal(text))
            except ValueError:
                raise ValueError(_("Enter a number")) from None

    def pre_validate(self, form: Any) -> None:
        """Everything was checked on reading."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


class YesNoField(SelectField):
    """Yes, no, or not said."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        choices: list[Any] = [("", "—"), ("1", _("Yes")), ("0", _("No"))]
        super().__init__(label, validators, choices=choices, coerce=_yes_or_no, **kwargs)


def _yes_or_no(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value or "")


class ExtensibleForm(BaseForm):
    """A form that ends with the fields that administrators added to the resource whose key is `extends`.

    Templates draw them with `own_fields` of `core/fields.html`; their values go by name, as those of columns do.
    """

    extends: ClassVar[str]

    def process(
        self, formdata: Any = None, obj: Any = None, data: Any = None, extra_filters: Any = None, **kwargs: Any
    ) -> None:
        """Add the fields, then read."""
        for one in own_fields(self.extends):
            if not one.retired and one.field.name not in self._fields:
                super(Form, self).__setitem__(one.field.name, _own_field(one))
        super().process(formdata, obj, data=data, extra_filters=extra_filters, **kwargs)

    def own_sections(self) -> list[tuple[Any, list[Field]]]:
        """Give the added fields that this form has, under their headings."""
        found = [
            (title, [self._fields[name] for name in names if name in self._fields])
            for title, names in own_sections(self.extends)
        ]
        return [(title, fields) for title, fields in found if fields]

    def keep_own(self, classes: frozenset[str]) -> None:
        """Take out the added fields that the person does not see of this record."""
        for one in own_fields(self.extends):
            if one.field.name in self._fields and one.field.field_class not in classes:
                delattr(self, one.field.name)

    def own_values(self) -> dict[str, Any]:
        """Give the values of the added fields by name."""
        return {name: field.data for name, field in self._fields.items() if name.startswith(PREFIX)}


def _own_field(one: Own) -> Any:
    field = one.field
    needed = DataRequired(_("This field is required")) if field.required else Optional()
    given: dict[str, Any] = {"description": field.hint}
    if field.kind in ("choice", "choices"):
        given["dictionary"] = field.dictionary
    elif field.kind in ("text", "long"):
        given["max_length"] = field.max_length
    if field.kind in ("number", "money"):
        given["render_kw"] = {"inputmode": "decimal"}
    elif field.kind == "date":
        given["render_kw"] = {"data-kind": "date", "placeholder": "2026-03-18"}
    return OWN_FIELDS[field.kind](field.title, [needed], **given)


class CustomerField(IntegerField):
    """A company, chosen in the combobox by name or initials; carries its id. `title` is what the box shows."""

    title = ""

    def pre_validate(self, form: Any) -> None:
        """Refuse an id that is no company, or none this person may find."""
        if self.data is None:
            return
        from core.customers.models import Company

        found = session().get(Company, self.data) if 0 < self.data < 2**53 else None
        if found is None:
            raise ValidationError(_("There is no such customer"))
        self.title = found.name


class ChoicesField(DictionariesField):
    """Several choices from a short dictionary, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


OWN_FIELDS: Mapping[str, type[Any]] = {
    "text": TextField,
    "long": LongField,
    "number": NumberField,
    "money": MoneyField,
    "date": DateField,
    "bool": YesNoField,
    "choice": DictionaryField,
    "choices": ChoicesField,
}
