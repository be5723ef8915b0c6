"""The Resource of contacts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from core.customers.models import Contact, Email, Phone
from core.customers.numbers import masked_phone, masked_phones
from core.customers.queries import search_contacts
from core.customers.queries.barring import bars_where, consent_where, load_bars, load_consents
from core.customers.resources import loads, wishes
from core.customers.resources.ages import age_where, load_ages
from core.customers.resources.customer import customer_fields
from core.customers.resources.parts import OF_CONTACT
from core.customers.services import index_contact, update_contact
from core.customers.services.rows import part_values
from core.i18n import _, gettext, n_
from core.overlay import overlay
from core.plugin import Field, Resource, SystemView
from core.review.fields import review_field
from core.tags.fields import tag_fields


def _resource() -> Resource:
    return CONTACT


def consent_choices(session: Session) -> Sequence[tuple[str, str]]:
    """List what can be stated: each purpose on each channel, agreed or taken back."""
    states = (("yes", gettext("agreed")), ("no", gettext("taken back")))
    purposes, channels = (overlay().choices(session, name) for name in ("consent_purpose", "contact_channel"))
    return [
        (f"{purpose}.{channel}.{state}", f"{title} · {by} · {word}")
        for purpose, title in purposes
        for channel, by in channels
        for state, word in states
    ]


FIELDS = (
    Field(
        name="name", title=_("Full name"), field_class="brief", required=True, default=True, sortable=True,
        sort_path="sort_key", importable=True, editable=True, max_length=60, order=1,
        aliases=("姓名", "联系人", "name"),
    ),
    Field(
        name="code", title=_("Contact number"), field_class="brief", load=loads.contact_codes,
        where=loads.contact_code_where, operators=("eq", "ne"), order=1,
    ),
    Field(
        name="company_id", title=_("Customer"), kind="company", field_class="brief", required=True, default=True,
        importable=True, order=2, aliases=("企业名称", "客户名称", "公司", "company"),
    ),
    Field(name="company_code", title=_("Customer number"), path="company.code", field_class="brief", order=2),
    Field(
        name="position", title=_("Position"), kind="choice", dictionary="position", field_class="brief", default=True,
        importable=True, editable=True, order=3, aliases=("职位", "职务", "title"),
    ),
    Field(
        name="position_title", title=_("Title on the card"), importable=True, editable=True, max_length=60, order=4,
        aliases=("头衔", "名片职务"),
    ),
    Field(
        name="department", title=_("Department"), importable=True, editable=True, max_length=60, order=5,
        aliases=("部门",),
    ),
    Field(
        name="salutation", title=_("Salutation"), kind="choice", dictionary="salutation", importable=True,
        editable=True, order=6, aliases=("称谓",),
    ),
    Field(
        name="gender", title=_("Gender"), kind="choice", dictionary="gender", importable=True, editable=True, order=7,
        aliases=("性别",),
    ),
    Field(
        name="mobile", title=_("Mobile"), kind="phone", path="phones.number", default=True, importable=True,
        load=loads.first(Phone, "number", "contact", ("mobile",)), where=loads.phone_where("contact"),
        render="customers/cells.html#phone", masked=masked_phone, order=8,
        aliases=("手机", "手机号", "移动电话", "mobile"),
    ),
    Field(
        name="phone", title=_("Office phone"), kind="phone", default=True, importable=True, filterable=False,
        load=loads.first(Phone, "number", "contact", ("office", "hotline", "other")), order=9,
        aliases=("电话", "办公电话", "phone", "tel"),
    ),
    Field(
        name="email", title=_("E-mail"), kind="email", path="emails.address", importable=True,
        load=loads.first(Email, "address", "contact", ("office",)), where=loads.email_where("contact"), order=10,
        aliases=("电子邮件", "邮箱", "email"),
    ),
    Field(
        name="all_phones", title=_("All numbers"), load=loads.every(Phone, "number", "contact", "phone_kind"),
        filterable=False, render="customers/cells.html#phones", masked=masked_phones, order=10,
    ),
    Field(
        name="all_emails", title=_("All e-mail addresses"), filterable=False, order=10,
        load=loads.every(Email, "address", "contact", "email_kind"),
    ),
    Field(
        name="all_addresses", title=_("All addresses"), kind="long", filterable=False, order=10,
        load=loads.addresses("contact"),
    ),
    Field(
        name="city", title=_("City"), path="company.city", field_class="brief", default=True, order=11,
    ),
    Field(name="postcode", title=_("Postcode"), importable=True, editable=True, max_length=12, order=12),
    Field(
        name="age", title=_("Age"), kind="number", importable=True, editable=True, load=load_ages, where=age_where,
        order=13, aliases=("年龄",),
    ),
    Field(
        name="introduction", title=_("About the person"), kind="long", importable=True, editable=True, order=14,
        aliases=("个人简介",),
    ),
    Field(name="change_note", title=_("What changed"), kind="long", editable=True, order=15, aliases=("变更信息",)),
    Field(name="change_noted_on", title=_("Change noted on"), kind="date", order=16),
    Field(name="change_noted_by_id", title=_("Change noted by"), kind="user", order=17),
    Field(name="invalid", title=_("No longer valid"), kind="bool", field_class="brief", editable=True, order=18),
    Field(name="do_not_contact", title=_("Do not contact"), kind="bool", field_class="brief", editable=True, order=19),
    Field(
        name="bars", title=_("Must not be reached by"), kind="choices", dictionary="contact_channel",
        field_class="brief", default=True, load=load_bars, where=bars_where,
        render="customers/cells.html#bars", order=19,
    ),
    Field(
        name="own_bars", title=_("Must not be reached, with reason and day"), kind="long", filterable=False, order=19,
        load=wishes.own_bars,
    ),
    Field(
        name="method_bars", title=_("Numbers and addresses not to be used"), kind="long", filterable=False, order=19,
        load=wishes.method_bars, masked=wishes.masked_methods,
    ),
    Field(
        name="statements", title=_("Consents, word by word"), kind="long", filterable=False, order=19,
        load=wishes.statements,
    ),
    Field(
        name="consent", title=_("Consent"), kind="choices", choices=consent_choices, load=load_consents,
        where=consent_where, order=19,
    ),
    review_field(20),
    Field(name="updated_at", title=_("Last change"), kind="datetime", field_class="brief", sortable=True, order=21),
    Field(name="created_at", title=_("Entered at"), kind="datetime", field_class="brief", order=22),
    Field(name="entered_by_id", title=_("Entered by"), kind="user", field_class="brief", order=23),
    Field(name="remark", title=_("Remark"), kind="long", importable=True, editable=True, order=24, aliases=("备注",)),
    Field(
        name="private_phone", title=_("Private phone"), field_class="private", filterable=False, order=29,
        load=loads.every(Phone, "number", "contact"),
    ),
    Field(
        name="private_email", title=_("Private e-mail"), field_class="private", filterable=False, order=29,
        load=loads.every(Email, "address", "contact"),
    ),
    Field(
        name="home_address", title=_("Home address"), kind="long", field_class="private", filterable=False, order=29,
        load=loads.addresses("contact", private=True),
    ),
    Field(
        name="ethnicity", title=_("Ethnicity"), field_class="private", importable=True, editable=True, max_length=30,
        order=30, aliases=("民族",),
    ),
    Field(
        name="birth_date", title=_("Date of birth"), kind="date", field_class="private", importable=True,
        editable=True, order=31, aliases=("出生日期", "生日"),
    ),
    Field(
        name="birth_lunar", title=_("Lunar date"), kind="bool", field_class="private", editable=True, order=32,
    ),
    Field(
        name="birth_leap", title=_("Leap month"), kind="bool", field_class="private", editable=True, order=32,
    ),
    Field(
        name="education", title=_("Education"), kind="choice", dictionary="education", field_class="private",
        importable=True, editable=True, order=33, aliases=("学历",),
    ),
    Field(
        name="major", title=_("Major"), field_class="private", importable=True, editable=True, max_length=60, order=34,
        aliases=("专业",),
    ),
    Field(name="habits", title=_("Habits"), kind="long", field_class="private", editable=True, order=35),
    Field(name="hobbies", title=_("Hobbies"), kind="long", field_class="private", editable=True, order=36),
    Field(name="income", title=_("Income"), kind="money", field_class="private", editable=True, order=37),
    Field(
        name="income_note", title=_("Note on income"), field_class="private", editable=True, max_length=200, order=38
    ),
    Field(
        name="social_relations", title=_("Social relations"), kind="long", field_class="private", editable=True,
        order=39,
    ),
    Field(name="career", title=_("Career"), kind="long", field_class="private", editable=True, order=40),
    Field(
        name="family", title=_("Family"), kind="choice", dictionary="family", field_class="private", editable=True,
        order=41,
    ),
    Field(
        name="character", title=_("Character"), kind="choice", dictionary="character", field_class="private",
        editable=True, order=42,
    ),
    Field(
        name="qualities", title=_("Qualities"), kind="tags", field_class="private", listed=False, filterable=False,
        exportable=False, editable=True, order=43,
    ),
    Field(
        name="scores", title=_("Qualities"), field_class="private", filterable=False, load=loads.scores, order=43,
    ),
    *tag_fields(_resource, "contact", order=60),
    *customer_fields(Contact.company_id, order=62, needs_order=2),
    Field(name="import_batch_id", title=_("Import run"), kind="number", listed=False, exportable=False, order=62),
)  # fmt: skip

UNCHECKED = (
    "change_noted_on", "change_noted_by_id", "invalid", "invalid_on", "do_not_contact", "import_batch_id",
    "age_noted_on", "do_not_use", "do_not_sms", "do_not_use_reason", "do_not_use_on", "do_not_use_by_id",
)  # fmt: skip
"""That somebody left, or must not be called, counts at once, reviewed or not."""


def _importer(resource: Resource) -> Any:
    """Load what imports contacts when somebody imports."""
    from core.customers.imports.contacts import ContactImporter

    return ContactImporter(resource)


CONTACT = Resource(
    name="contact",
    plural="contacts",
    title=_("Contact"),
    title_plural=_("Contacts"),
    model=Contact,
    fields=FIELDS,
    customer="company_id",
    reviewed=True,
    parts={"phones": ("numbers", "number"), "emails": ("email", "address"), "addresses": ("address", "text")},
    part_fields=OF_CONTACT,
    part_values=part_values,
    unchecked=UNCHECKED,
    change=update_contact,
    after_review=index_contact,
    extensible=True,
    importer=_importer,
    detail="customers.contact_detail",
    new="customers.contact_new",
    edit="customers.contact_edit",
    listing="customers.contact_list",
    search=search_contacts,
    search_hint=_("Name, initials, phone, customer"),
    only=Contact.alive,
    quick_filters=("position", "review_state", "invalid", "bars"),
    views=(
        SystemView(name="valid", title=_("Valid"), query="invalid=0", order=10),
        SystemView(name="left", title=_("No longer valid"), query="invalid=1", order=20),
    ),
    card=(("position",), ("company_id",), ("customer_needs", "mobile")),
    unit=n_(" contact", " contacts"),
    icon="user",
    order=20,
)
