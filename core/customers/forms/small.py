"""Short forms: rating, owner, credit, a reason."""

from __future__ import annotations

from typing import Any

from flask import url_for
from wtforms import BooleanField, SelectField, TextAreaField
from wtforms.validators import DataRequired, ValidationError

from core.auth.access import current_access
from core.auth.queries.names import people
from core.clock import local_today
from core.customers.forms.fields import CompanyField, DivisionField
from core.db import session
from core.forms import BaseForm, DateField, DictionaryField, MoneyField, TextField, strip
from core.i18n import _

REASON = {"rows": 3, "maxlength": 1000}


class StandingForm(BaseForm):
    """Another rating."""

    standing = DictionaryField(_("Rating"), [DataRequired(_("Choose one of the list"))], dictionary="standing")
    reason = TextAreaField(_("Reason given"), filters=[strip], render_kw=REASON)


def colleagues(keep: int | None = None) -> list[tuple[str, Any]]:
    """List the active colleagues to choose an owner from."""
    found = [(one.name, key) for key, one in people(session()).items() if one.active or key == keep]
    return [(str(key), name) for name, key in sorted(found)]


def number_or_none(value: Any) -> int | None:
    """Read an id; an empty text is none."""
    return int(value) if value not in (None, "", "None") else None


class OwnerForm(BaseForm):
    """Another owner. Nobody is none to hand over to: putting into the pool is asked for by name, with a reason."""

    owner_id = SelectField(
        _("Owner"), [DataRequired(_("Choose one of the list"))], coerce=number_or_none, validate_choice=False
    )
    reason = TextAreaField(_("Reason given"), filters=[strip], render_kw=REASON)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner_id.choices = [("", "—"), *colleagues(self.owner_id.data)]


class ReleaseForm(BaseForm):
    """Why a customer goes into the pool."""

    reason = TextAreaField(_("Reason given"), [DataRequired(_("Say why"))], filters=[strip], render_kw=REASON)


class ClaimForm(BaseForm):
    """For whom customers are claimed: oneself, or one of those to whom one may give customers."""

    owner_id = SelectField(_("Claim for"), coerce=number_or_none, validate_choice=False)
    reason = TextAreaField(_("Reason given"), filters=[strip], render_kw=REASON)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        access = current_access()
        others = [one for one in assignable() if one[0] != str(access.user_id)]
        self.offered = [(str(access.user_id), access.name), *others]
        self.owner_id.choices = self.offered

    def validate_owner_id(self, field: Any) -> None:
        """Only those who are offered."""
        if str(field.data) not in [key for key, _name in self.offered]:
            raise ValidationError(_("Choose one of the list"))


def assignable() -> list[tuple[str, Any]]:
    """List the colleagues to whom this person may give a customer of the pool."""
    access = current_access()
    scope = access.scope("core:company:assign")
    if scope == "all":
        return colleagues()
    people = {str(one) for one in access.people.get(scope, ())}
    return [one for one in colleagues() if one[0] in people]


def claim_form() -> ClaimForm | None:
    """Ask for whom, where there is somebody else to claim for."""
    return ClaimForm() if len(assignable()) > 1 else None


class CreditForm(BaseForm):
    """A rating of a company's credit."""

    rating = DictionaryField(_("Credit rating"), dictionary="credit_rating")
    limit = MoneyField(_("Credit limit"), render_kw={"inputmode": "decimal"})
    valid_until = DateField(
        _("Rating holds until"), description=_("Empty: without end"), render_kw={"data-kind": "date"}
    )
    reason = TextAreaField(_("Reason given"), [DataRequired(_("Say why"))], filters=[strip], render_kw=REASON)


class ReasonForm(BaseForm):
    """A question that only needs its answer."""


def owner_choices(current: int | None) -> list[tuple[str, Any]]:
    """List the owners that this person may give a new customer to: anybody, or himself and nobody."""
    access = current_access()
    if access.may("core:company:assign"):
        return [("", _("Nobody (public pool)")), *colleagues(current)]
    return [(str(access.user_id), access.name), ("", _("Nobody (public pool)"))]


class PlaceForm(BaseForm):
    """The fields that follow from an address, as the form of a customer has them."""

    division_code = DivisionField(_("Province, city"), address=lambda: url_for("customers.division_lookup"))
    postcode = TextField(_("Postcode"), max_length=12)
    area_code = TextField(_("Area code"), max_length=8)


class EmployerForm(BaseForm):
    """Where a contact went: a customer of the register, or the name of a new one."""

    company_id = CompanyField(_("New employer"), address=lambda: url_for("customers.company_lookup"))
    company_name = TextField(_("Or a new customer of this name"), max_length=200)
    on = DateField(_("Changed on"), [DataRequired(_("Enter the day"))], render_kw={"data-kind": "date"})
    position = DictionaryField(_("Position"), dictionary="position")
    position_title = TextField(_("Title on the card"), max_length=60)
    department = TextField(_("Department"), max_length=60)
    own_numbers = BooleanField(_("Mobile, private numbers and private e-mails go along"))
    take_over = BooleanField(_("Subscriptions and the like are to follow"))
    note = TextAreaField(_("What changed"), filters=[strip], render_kw=REASON)

    def validate_on(self, field: Any) -> None:
        """Refuse a day to come."""
        if field.data and field.data > local_today():
            raise ValidationError(_("This day has not come yet"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for exactly one: a customer, or the name of a new one."""
        valid = super().validate(extra_validators)
        if not self.company_id.errors and bool(self.company_id.data) == bool(self.company_name.data):
            self.company_id.errors = [_("Choose a customer, or enter the name of a new one")]
        return valid and not self.all_errors


class ContactCompanyForm(BaseForm):
    """To which customer a new contact belongs."""

    company_id = CompanyField(
        _("Customer"), [DataRequired(_("Choose a customer"))], address=lambda: url_for("customers.company_lookup")
    )
