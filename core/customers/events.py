"""Events of the register."""

from __future__ import annotations

import datetime as dt

from core.i18n import _
from core.plugin import EventType

EVENTS = (
    EventType(name="core.company_created", title=_("A customer was entered"), fields={"company_id": int}),
    EventType(
        name="core.company_changed", title=_("A customer was changed"), fields={"company_id": int, "fields": list}
    ),
    EventType(
        name="core.company_standing_changed",
        title=_("A customer's rating changed"),
        fields={"company_id": int, "before": str | None, "after": str},
    ),
    EventType(
        name="core.company_owner_changed",
        title=_("A customer changed owner"),
        fields={"company_id": int, "before_id": int | None, "after_id": int | None},
    ),
    EventType(name="core.company_removed", title=_("A customer went to the bin"), fields={"company_id": int}),
    EventType(
        name="core.companies_merged",
        title=_("Customers were merged"),
        fields={"company_id": int, "sources": list, "merge_id": int},
    ),
    EventType(
        name="core.contacts_merged",
        title=_("Contacts were merged"),
        fields={"contact_id": int, "company_id": int, "sources": list, "merge_id": int},
    ),
    EventType(
        name="core.merge_undone",
        title=_("A merge was taken back"),
        fields={"company_id": int, "merge_id": int},
    ),
    EventType(name="core.company_restored", title=_("A customer came back"), fields={"company_id": int}),
    EventType(
        name="core.company_contacted",
        title=_("A customer was contacted"),
        fields={"company_id": int, "contacted_on": dt.date},
    ),
    EventType(
        name="core.contact_created", title=_("A contact was entered"), fields={"contact_id": int, "company_id": int}
    ),
    EventType(
        name="core.contact_changed",
        title=_("A contact was changed"),
        fields={"contact_id": int, "company_id": int, "fields": list},
    ),
    EventType(
        name="core.contact_employer_changed",
        title=_("A contact went to another customer"),
        fields={
            "contact_id": int,
            "company_id": int,
            "former_contact_id": int,
            "former_company_id": int,
            "changed_on": dt.date,
            "take_over": bool,
        },
    ),
    EventType(
        name="core.reach_barred",
        title=_("Somebody must no longer be reached on a channel, or may again"),
        fields={"company_id": int, "contact_id": int | None, "channel": str, "barred": bool},
    ),
    EventType(
        name="core.consent_stated",
        title=_("A contact agreed, or took his agreement back"),
        fields={"company_id": int, "contact_id": int, "channel": str, "purpose": str, "given": bool},
    ),
    EventType(
        name="core.contact_erased",
        title=_("A person's data were erased"),
        fields={"contact_id": int, "company_id": int | None},
    ),
    EventType(
        name="core.contact_removed",
        title=_("A contact went to the bin"),
        fields={"contact_id": int, "company_id": int},
    ),
)
