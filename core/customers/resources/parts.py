"""The rows that are part of a company or contact, as their history shows and restores them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.i18n import _
from core.plugin import Field

PHONE = (
    Field(name="kind", title=_("Kind of phone"), kind="choice", dictionary="phone_kind"),
    Field(name="number", title=_("Phone number")),
    Field(name="note", title=_("Note")),
    Field(name="invalid", title=_("No longer valid"), kind="bool"),
    Field(name="do_not_use", title=_("Do not call"), kind="bool"),
    Field(name="do_not_sms", title=_("Do not text"), kind="bool"),
)
EMAIL = (
    Field(name="kind", title=_("Kind of e-mail"), kind="choice", dictionary="email_kind"),
    Field(name="address", title=_("E-mail"), kind="email"),
    Field(name="note", title=_("Note")),
    Field(name="invalid", title=_("No longer valid"), kind="bool"),
    Field(name="do_not_use", title=_("Do not write"), kind="bool"),
)
ADDRESS = (
    Field(name="kind", title=_("Kind of address"), kind="choice", dictionary="address_kind"),
    Field(name="recipient", title=_("Addressee")),
    Field(name="text", title=_("Address")),
    Field(name="postcode", title=_("Postcode")),
    Field(name="valid_from", title=_("Valid from"), kind="date"),
    Field(name="valid_to", title=_("Valid until"), kind="date"),
    Field(name="note", title=_("Note")),
    Field(name="invalid", title=_("No longer valid"), kind="bool"),
    Field(name="do_not_use", title=_("Do not post"), kind="bool"),
)
OF_CONTACT: Mapping[str, Sequence[Field]] = {"phones": PHONE, "emails": EMAIL, "addresses": ADDRESS}
OF_COMPANY: Mapping[str, Sequence[Field]] = {
    **OF_CONTACT,
    "aliases": (
        Field(name="kind", title=_("Kind of name"), kind="choice", dictionary="alias_kind"),
        Field(name="name", title=_("Other name")),
    ),
    "brands": (
        Field(name="name", title=_("Brand")),
        Field(name="agent", title=_("Carried as an agent"), kind="bool"),
    ),
    "industries": (Field(name="code", title=_("Industry"), kind="choice", dictionary="industry"),),
    "categories": (Field(name="code", title=_("Products and services"), kind="choice", dictionary="product_category"),),
    "needs": (
        Field(name="kind", title=_("Need"), kind="choice", dictionary="need"),
        Field(name="text", title=_("What is needed"), kind="long"),
        Field(name="noted_on", title=_("Noted on"), kind="date"),
        Field(name="valid_until", title=_("Valid until"), kind="date"),
    ),
    "relations": (
        Field(name="kind", title=_("Relation"), kind="choice", dictionary="relation_kind"),
        Field(name="other_id", title=_("The other company"), kind="company"),
        Field(name="note", title=_("Remark")),
    ),
}
