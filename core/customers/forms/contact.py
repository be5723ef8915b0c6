"""The form of a contact, with all that is kept of a person (B2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wtforms import BooleanField, HiddenField, IntegerField, RadioField
from wtforms.validators import DataRequired, NumberRange, Optional, ValidationError

from core.clock import local_today
from core.columns import LunarDay, read_day
from core.custom import fields_of, values_of
from core.customers.forms.company import long_text
from core.customers.forms.fields import PersonField
from core.customers.forms.lines import AddressLine, EmailLine, Lines, PhoneLine, checked_postcode
from core.customers.models import Contact
from core.customers.numbers import parse_phone
from core.db import session
from core.forms import DateField, DictionaryField, ExtensibleForm, MoneyField, TextField, of_dictionary, read_date
from core.i18n import _
from core.overlay import overlay

LINES = ("phones", "emails", "addresses")
QUALITIES = ("honesty", "credit", "ambition", "knowledge", "leadership", "ability", "health")
SCORES = [("", "—"), ("1", "1"), ("2", "2"), ("3", "3"), ("4", "4"), ("5", "5")]


class MobileLine(PhoneLine):
    """A number of a person: a mobile unless said otherwise."""

    kind = DictionaryField(_("Kind of phone"), dictionary="phone_kind", blank=False, default="mobile")


class HomeLine(AddressLine):
    """An address of a person: his home unless said otherwise."""

    kind = DictionaryField(_("Kind of address"), dictionary="address_kind", blank=False, default="home")


def read_birth_day(text: str) -> dt.date | LunarDay:
    """Read a date of birth as one types it, also one that only the lunar calendar has. Raises ValueError."""
    try:
        return read_date(text)
    except ValueError:
        return read_day(text.strip())


class ContactForm(ExtensibleForm):
    """A contact. Fields of classes that the person does not see are taken out by `keep_classes`."""

    extends = "contacts"

    original = HiddenField()

    name = PersonField(_("Full name"), [DataRequired(_("Enter the name"))], max_length=60)
    gender = RadioField(_("Gender"), [Optional(), of_dictionary("gender")], validate_choice=False)
    salutation = DictionaryField(_("Salutation"), dictionary="salutation")
    position = DictionaryField(_("Position"), dictionary="position")
    position_title = TextField(_("Title on the card"), max_length=60)
    department = TextField(_("Department"), max_length=60, render_kw={"list": "departments"})
    age = IntegerField(_("Age"), [Optional(), NumberRange(1, 120, _("Enter an age in years"))])
    primary = BooleanField(_("Primary contact of this customer"))

    phones = Lines(MobileLine, _("Phones"))
    emails = Lines(EmailLine, _("E-mails"))
    addresses = Lines(HomeLine, _("Addresses"))
    postcode = TextField(_("Postcode"), max_length=12, render_kw={"data-kind": "digits", "inputmode": "numeric"})
    do_not_contact = BooleanField(_("Do not contact"))

    introduction = long_text(_("About the person"))
    change_note = long_text(_("What changed"))
    invalid = BooleanField(_("No longer valid"))
    remark = long_text(_("Remark"))

    ethnicity = TextField(_("Ethnicity"), max_length=30)
    birth_date = DateField(
        _("Date of birth"), reads=read_birth_day, render_kw={"data-kind": "date", "placeholder": "1978-04-02"}
    )
    birth_lunar = BooleanField(_("Lunar date"))
    birth_leap = BooleanField(_("Leap month"))
    education = DictionaryField(_("Education"), dictionary="education")
    major = TextField(_("Major"), max_length=60)
    family = DictionaryField(_("Family"), dictionary="family")
    character = DictionaryField(_("Character"), dictionary="character")
    income = MoneyField(_("Income"), render_kw={"inputmode": "decimal"})
    income_note = TextField(_("Note on income"), max_length=200)
    habits = long_text(_("Habits"))
    hobbies = long_text(_("Hobbies"))
    social_relations = long_text(_("Social relations"))
    career = long_text(_("Career"))
    honesty = RadioField(_("Honesty"), [Optional()], choices=SCORES, validate_choice=False)
    credit = RadioField(_("Trustworthiness"), [Optional()], choices=SCORES, validate_choice=False)
    ambition = RadioField(_("Ambition"), [Optional()], choices=SCORES, validate_choice=False)
    knowledge = RadioField(_("Knowledge"), [Optional()], choices=SCORES, validate_choice=False)
    leadership = RadioField(_("Leadership"), [Optional()], choices=SCORES, validate_choice=False)
    ability = RadioField(_("Business ability"), [Optional()], choices=SCORES, validate_choice=False)
    health = RadioField(_("Health"), [Optional()], choices=SCORES, validate_choice=False)

    def __init__(
        self, formdata: Any = None, *, contact: Contact | None = None, sent: bool = True, **given: Any
    ) -> None:
        data = {**_record_data(contact), **given}
        super().__init__(formdata, data=data, sent=sent)
        self.gender.choices = [(c, str(t)) for c, t in overlay().choices(session(), "gender", keep=[self.gender.data])]

    def show_lines(self, contact: Contact | None, *, private: bool) -> None:
        """Fill in the rows of a record, private ones only for those who see them, and keep an empty line ready."""
        if contact is not None and not self.name.raw_data:
            for name in LINES:
                self.part(name).show(row for row in getattr(contact, name) if private or not row.is_private)
        for name in LINES:
            self.part(name).ready()

    def part(self, name: str) -> Any:
        """Give a field whose kind the caller knows."""
        return self._fields[name]

    def keep_classes(self, classes: frozenset[str], resource: Any) -> None:
        """Take out the fields that the person does not see of this record."""
        known = {one.name: one for one in fields_of(resource)}
        for name in list(self._fields):
            one = known.get("qualities" if name in QUALITIES else name)
            if one is not None and one.field_class not in classes:
                delattr(self, name)

    def validate_postcode(self, field: Any) -> None:
        """Refuse a postcode that is not of six digits."""
        checked_postcode(field)

    def validate_birth_date(self, field: Any) -> None:
        """Refuse a day that has not come, or lies more than 120 years back."""
        if not field.data:
            return
        if isinstance(field.data, LunarDay) and not self.birth_lunar.data:
            raise ValidationError(_("Only the lunar calendar has this day; say that it is a lunar date"))
        first, last = f"{local_today().year - 120}-01-01", local_today().isoformat()
        if not first <= field.data.isoformat() <= last:
            raise ValidationError(_("Enter a date of birth in the past"))

    def validate_birth_leap(self, field: Any) -> None:
        """Refuse a leap month that the year of birth did not have."""
        born = self.birth_date.data
        if not field.data or born is None:
            return
        if not self.birth_lunar.data:
            raise ValidationError(_("Only a lunar date can lie in a leap month"))
        from core.care.days import leap_month  # care stands on the register; only what days there are is asked

        if leap_month(born.year) != born.month:
            raise ValidationError(_("The year %(year)s had no leap month %(month)s", year=born.year, month=born.month))

    def validate(self, extra_validators: Any = None) -> bool:
        """Check all fields and lines."""
        valid = super().validate(extra_validators)
        return valid and not self.all_errors

    def values(self) -> dict[str, Any]:
        """Give what the services take."""
        skipped = {"version", "idempotency_key", "original", *LINES, *QUALITIES}
        found: dict[str, Any] = {name: field.data for name, field in self._fields.items() if name not in skipped}
        found["gender"] = found.get("gender") or None
        scores = {
            name: int(self[name].data) for name in QUALITIES if name in self and (self[name].data or "").isdigit()
        }
        if "honesty" in self:
            found["qualities"] = {name: score for name, score in scores.items() if 1 <= score <= 5}
        for name in LINES:
            found[name] = self.part(name).values()
        for line in found["phones"]:
            if line["number"]:
                line["number"] = parse_phone(line["number"]).shown
        found["known"] = {name: self.part(name).known for name in LINES}
        return found


def _record_data(contact: Contact | None) -> dict[str, Any]:
    """Give a contact's values by field name."""
    if contact is None:
        return {}
    skipped = {*LINES, "original", "idempotency_key"}
    names = [name for name in ContactForm.__dict__ if hasattr(Contact, name) and name not in skipped]
    found: dict[str, Any] = {name: getattr(contact, name) for name in names}
    found |= {"version": contact.version, **values_of("contacts", contact)}
    found["primary"] = contact.company.primary_contact_id == contact.id
    found.update({name: str(score) for name, score in contact.qualities.items()})
    return found
