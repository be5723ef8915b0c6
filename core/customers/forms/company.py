"""The form of a company, with all that is kept of one (B1)."""

from __future__ import annotations

from typing import Any

from flask import url_for
from wtforms import HiddenField, IntegerField, RadioField, SelectField
from wtforms.validators import DataRequired, NumberRange, Optional

from core.clock import local_today
from core.custom import fields_of, values_of
from core.customers.addresses import parse_address
from core.customers.data.divisions import division
from core.customers.forms.fields import CompanyField, CountryField, DivisionField, PersonField, SelectsField
from core.customers.forms.lines import (
    AddressLine,
    AliasLine,
    EmailLine,
    Lines,
    NeedLine,
    PhoneLine,
    checked_postcode,
    checked_uscc,
)
from core.customers.forms.small import number_or_none, owner_choices
from core.customers.models import Company
from core.customers.numbers import parse_phone
from core.db import session
from core.forms import (
    ChoicesField,
    DateField,
    DictionaryField,
    ExtensibleForm,
    LongField,
    MoneyField,
    TextField,
    of_dictionary,
)
from core.i18n import _
from core.overlay import overlay
from core.transfer.values import read_since

LINES = ("phones", "emails", "addresses", "aliases", "need_lines")
SEPARATORS = str.maketrans("，,；;\n\t/", "、、、、、、、")
MARKS = frozenset({"version", "idempotency_key", "original"})
NEW_ONLY = frozenset({"standing", "owner_id"})
EDIT_ONLY = frozenset({"primary_contact_id", "general_manager_id", "sales_head_id", "publicity_head_id"})
MONEY = {"inputmode": "decimal", "placeholder": "500万"}


def long_text(label: Any) -> LongField:
    """Make a field of several lines."""
    return LongField(label, [Optional()], max_length=10_000, render_kw={"rows": 3})


def contact_field(label: Any) -> SelectField:
    """Make a choice among the company's contacts."""
    return SelectField(label, coerce=number_or_none, validate_choice=False)


class CompanyForm(ExtensibleForm):
    """A company. Fields of classes that the person does not see are taken out by `keep_classes`."""

    extends = "companies"

    original = HiddenField()

    name = TextField(_("Company name"), [DataRequired(_("Enter the name"))], max_length=200)
    short_name = TextField(_("Short name"), max_length=100)
    legal_representative = PersonField(_("Legal representative"), max_length=60)
    uscc = TextField(_("Unified social credit code"), max_length=30)
    ownership = DictionaryField(_("Ownership"), dictionary="ownership")
    scale = DictionaryField(_("Company size"), dictionary="scale")
    company_type = RadioField(_("Company type"), [Optional(), of_dictionary("company_type")], validate_choice=False)
    industries = SelectsField(_("Industry"), dictionary="industry")
    brands = TextField(_("Own brands"), max_length=1000)
    agent_brands = TextField(_("Brands carried as an agent"), max_length=1000)
    aliases = Lines(AliasLine, _("Other names"))

    division_code = DivisionField(_("Province, city"), address=lambda: url_for("customers.division_lookup"))
    address = TextField(_("Address"), max_length=300)
    postcode = TextField(_("Postcode"), max_length=12)
    country = CountryField(_("Country"), address=lambda: url_for("customers.country_lookup"), default="CN")
    area_code = TextField(_("Area code"), max_length=8)
    website = TextField(_("Web address"), max_length=200)
    phones = Lines(PhoneLine, _("Phones and faxes"))
    emails = Lines(EmailLine, _("E-mails"))
    addresses = Lines(AddressLine, _("Further addresses"))

    need_lines = Lines(NeedLine, _("Needs"))
    standing = DictionaryField(_("Rating"), dictionary="standing", blank=False, default="prospect")
    owner_id = SelectField(_("Owner"), coerce=number_or_none, validate_choice=False)
    source = DictionaryField(_("Information source"), dictionary="source")
    source_note = TextField(_("Where it comes from"), max_length=200)
    collector = PersonField(_("Collected by"), max_length=60)
    roles = ChoicesField(_("Roles"), dictionary="company_role")

    categories = SelectsField(_("Products and services"), dictionary="product_category")
    sales_channels = ChoicesField(_("Sales channels"), dictionary="sales_channel")
    target_regions = ChoicesField(_("Target regions"), dictionary="target_region")
    industry_position = DictionaryField(_("Place in the industry"), dictionary="industry_position")
    capital_band = DictionaryField(_("Registered capital"), dictionary="capital_band")
    registered_capital = MoneyField(_("Registered capital, amount"), render_kw=MONEY)
    headcount_band = DictionaryField(_("Headcount"), dictionary="headcount_band")
    headcount = IntegerField(
        _("Headcount, number"),
        [Optional(), NumberRange(0, 10_000_000, _("Enter a number of people"))],
        render_kw={"inputmode": "numeric"},
    )
    founded_on = DateField(
        _("Founded on"), reads=read_since, render_kw={"data-kind": "date", "placeholder": "2008-06-25"}
    )

    primary_contact_id = contact_field(_("Primary contact"))
    general_manager = PersonField(_("General manager"), max_length=60)
    general_manager_id = contact_field(_("General manager, as a contact"))
    sales_head = PersonField(_("Sales contact"), max_length=60)
    sales_head_id = contact_field(_("Sales contact, as a contact"))
    publicity_head = PersonField(_("Publicity contact"), max_length=60)
    publicity_head_id = contact_field(_("Publicity contact, as a contact"))
    parent_id = CompanyField(_("Parent company"), address=lambda: url_for("customers.company_lookup"))
    branch_kind = DictionaryField(_("Kind of branch"), dictionary="branch_kind")

    introduction = long_text(_("Introduction"))
    agencies = long_text(_("Agencies held"))
    projects = long_text(_("Business scope"))
    results = long_text(_("Business results"))
    honours = long_text(_("Honours"))
    assets = MoneyField(_("Assets"), render_kw=MONEY)
    debts = MoneyField(_("Debts"), render_kw=MONEY)
    remark = long_text(_("Remark"))

    new_only = NEW_ONLY

    def __init__(
        self, formdata: Any = None, *, company: Company | None = None, sent: bool = True, **given: Any
    ) -> None:
        data = {**_record_data(company), **given}
        super().__init__(formdata, data=data, sent=sent)
        self.company_type.choices = [
            (code, str(title))
            for code, title in overlay().choices(session(), "company_type", keep=[self.company_type.data])
        ]
        for name in EDIT_ONLY if company is None else NEW_ONLY:
            delattr(self, name)
        if company is None:
            self.owner_id.choices = owner_choices(self.owner_id.data)
        else:
            people = [(str(c.id), c.name) for c in company.contacts if c.is_alive]
            for name in EDIT_ONLY:
                self.part(name).choices = [("", "—"), *people]

    def show_lines(self, company: Company | None, *, private: bool) -> None:
        """Fill in the rows of a record, private ones only for those who see them, and keep an empty line ready."""
        if company is not None and not self.is_sent:
            for name in ("phones", "emails", "addresses"):
                rows = [row for row in getattr(company, name) if row.contact_id is None]
                self.part(name).show(row for row in rows if private or not row.is_private)
            self.aliases.show(company.aliases)
            self.need_lines.show(company.needs)
        for name in LINES:
            self.part(name).ready()

    def part(self, name: str) -> Any:
        """Give a field whose kind the caller knows."""
        return self._fields[name]

    @property
    def is_sent(self) -> bool:
        """Tell whether the fields hold what was sent."""
        return self.name.raw_data is not None and bool(self.name.raw_data)

    def keep_classes(self, classes: frozenset[str], resource: Any) -> None:
        """Take out the fields that the person does not see of this record."""
        known = {one.name: one for one in fields_of(resource)}
        for name in list(self._fields):
            one = known.get(name)
            if one is not None and one.field_class not in classes:
                delattr(self, name)

    def validate_postcode(self, field: Any) -> None:
        """Refuse a Chinese postcode that is not of six digits."""
        if (self.country.data or "CN") == "CN":
            checked_postcode(field)

    def validate_uscc(self, field: Any) -> None:
        """Refuse a code with a wrong check digit."""
        checked_uscc(field)

    def validate_phones(self, field: Any) -> None:
        """Refuse a number that lacks the area code, unless the place of the company tells it."""
        for entry in field.entries:
            number = entry.form.number
            if number.data and parse_phone(number.data).kind == "local" and not self._area():
                number.errors = [*number.errors, _("Write the area code, for example 028-8555 0142")]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check all fields and lines."""
        valid = super().validate(extra_validators)
        return valid and not self.all_errors

    def _area(self) -> str:
        if self.area_code.data:
            return str(self.area_code.data)
        unit = division(self.division_code.data)
        return unit.area_code if unit else parse_address(self.address.data or "").area_code

    def values(self) -> dict[str, Any]:
        """Give what the services take."""
        skipped = MARKS | set(LINES) | {"brands", "agent_brands"}
        found: dict[str, Any] = {
            name: field.data for name, field in self._fields.items() if name not in skipped and name not in NEW_ONLY
        }
        found["company_type"] = found.get("company_type") or None
        found["country"] = found.get("country") or "CN"
        for name in ("brands", "agent_brands"):
            text = (self[name].data or "").translate(SEPARATORS)
            found[name] = [part for part in (piece.strip() for piece in text.split("、")) if part]
        for name in LINES:
            found[name] = self.part(name).values()
        for line in found["phones"]:
            if line["number"]:
                line["number"] = parse_phone(line["number"], self._area()).shown
        for line in found["need_lines"]:
            line["noted_on"] = line["noted_on"] or local_today()
        found["known"] = {name: self.part(name).known for name in LINES}
        return found


def _record_data(company: Company | None) -> dict[str, Any]:
    """Give a company's values by field name."""
    if company is None:
        return {}
    skipped = {*LINES, "industries", "categories", "brands", "agent_brands", "original", "idempotency_key"}
    names = [name for name in CompanyForm.__dict__ if hasattr(Company, name) and name not in skipped]
    found = {name: getattr(company, name) for name in names}
    found |= {"version": company.version, **values_of("companies", company)}
    found["industries"] = [row.code for row in company.industries]
    found["categories"] = [row.code for row in company.categories]
    found["brands"] = "、".join(row.name for row in company.brands if not row.agent)
    found["agent_brands"] = "、".join(row.name for row in company.brands if row.agent)
    return found
