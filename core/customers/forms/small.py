"""Short forms: rating, owner, credit, a reason."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import select
from wtforms import SelectField, TextAreaField
from wtforms.validators import DataRequired

from core.auth.access import current_access
from core.auth.models import User
from core.customers.forms.fields import CompanyField, DivisionField
from core.db import session
from core.forms import BaseForm, DictionaryField, MoneyField, TextField, strip
from core.i18n import _

REASON = {"rows": 3, "maxlength": 1000}


class StandingForm(BaseForm):
    """Another rating."""

    standing = DictionaryField(_("Rating"), [DataRequired(_("Choose one of the list"))], dictionary="standing")
    reason = TextAreaField(_("Reason given"), filters=[strip], render_kw=REASON)


def colleagues(keep: int | None = None) -> list[tuple[str, Any]]:
    """List the active colleagues to choose an owner from."""
    rows = select(User.id, User.name).where(User.active | (User.id == (keep or 0))).order_by(User.name)
    return [(str(key), name) for key, name in session().execute(rows)]


def number_or_none(value: Any) -> int | None:
    """Read an id; an empty text is none."""
    return int(value) if value not in (None, "", "None") else None


class OwnerForm(BaseForm):
    """Another owner, or none."""

    owner_id = SelectField(_("Owner"), coerce=number_or_none, validate_choice=False)
    reason = TextAreaField(_("Reason given"), filters=[strip], render_kw=REASON)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner_id.choices = [("", _("Nobody (public pool)")), *colleagues(self.owner_id.data)]


class CreditForm(BaseForm):
    """A rating of a company's credit."""

    rating = DictionaryField(_("Credit rating"), dictionary="credit_rating")
    limit = MoneyField(_("Credit limit"), render_kw={"inputmode": "decimal"})
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


class ContactCompanyForm(BaseForm):
    """To which customer a new contact belongs."""

    company_id = CompanyField(
        _("Customer"), [DataRequired(_("Choose a customer"))], address=lambda: url_for("customers.company_lookup")
    )
