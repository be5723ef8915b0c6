"""The page of a customer: head, key facts, tabs, right rail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from core.auth.access import Access, current_access
from core.auth.guard import require
from core.auth.output import Shown
from core.clock import local_today, to_local
from core.custom import own_sections
from core.customers.lists import COMPANIES
from core.customers.permissions import Perm
from core.customers.queries import record as queries
from core.customers.queries.pool import fall_of, falling
from core.customers.resources.company import STANDING_TONES
from core.customers.views import shapes
from core.customers.views.barring import bar_rows
from core.customers.views.base import actions_on, blueprint, company_or_404, note_look
from core.customers.views.credit import credit_of
from core.customers.views.parts import Page, call, has_none, hung_on_customers, panels_of, sources_of
from core.customers.views.timeline import history, timeline
from core.db import session
from core.errors import NotFound
from core.i18n import _, gettext, ngettext
from core.listing import steps
from core.plugin import CustomerPanel
from core.review import record_marks
from core.tags import record_tags
from core.ties.queries import ties_of
from core.web import is_fragment, render, zhike

MAX_FACTS = 6
GROUPS: Sequence[tuple[Any, Sequence[str]]] = (
    (
        _("Enterprise"),
        (
            "name", "short_name", "code", "uscc", "legal_representative", "ownership", "company_type", "scale",
            "founded_on", "industries", "brands", "categories", "roles", "parent_id", "branch_kind",
        ),
    ),
    (
        _("Where it is"),
        ("country", "province", "city", "district", "address", "postcode", "area_code", "website"),
    ),
    (
        _("Business"),
        (
            "sales_channels", "target_regions", "industry_position", "capital_band", "registered_capital",
            "headcount_band", "headcount", "assets", "debts",
        ),
    ),
    (_("People in charge"), ("general_manager", "sales_head", "publicity_head")),
    (_("Texts"), ("introduction", "agencies", "projects", "results", "honours", "remark")),
    (
        _("On file"),
        (
            "standing", "owner_id", "last_contact_on", "source", "source_note", "collector", "entered_by_id",
            "created_at", "updated_at", "review_state",
        ),
    ),
)  # fmt: skip
"""The fields of the tab 基本档案, under their headings."""

PRIVATE = ("credit_rating", "credit_limit", "credit_valid_until", "assets", "debts")
"""Fields of the class private: that somebody opened a record that has them is put on record."""


@blueprint.get("/companies/<int:id>")
@require(Perm.COMPANY_QUERY)
def company_detail(id: int) -> Response:
    """Show a customer, first the timeline."""
    return _tab(id, "timeline")


@blueprint.get("/companies/<int:id>/<tab>")
@require(Perm.COMPANY_QUERY)
def company_tab(id: int, tab: str) -> Response:
    """Show one tab of a customer."""
    return _tab(id, tab)


def _tab(company_id: int, tab: str) -> Response:
    company, classes = company_or_404(company_id, hung_on_customers(current_access()))
    page = Page(company, classes, current_access(), tab)
    panels = panels_of(page.access)
    body = OWN_TABS.get(tab)
    if body is None and tab not in {panel.name for _owner, panel in panels}:
        raise NotFound(_("This page of the customer does not exist."))
    contacts, needs = page.contacts, page.needs
    context = body(page) if body is not None else _panel(page, panels)
    body_template = context.pop("template")
    values = {
        **_head(page, contacts, needs),
        "body": body_template,
        "current_tab": page.tab,
        "tabs": _tabs(page, panels, len(contacts)),
        "facts": _facts(page, panels, len(contacts), needs),
        "rail": _rail(page, contacts),
        **context,
    }
    return render("customers/company_body.html" if is_fragment() else "customers/company_detail.html", **values)


# --- head ------------------------------------------------------------------------------------------------------------


def _head(page: Page, contacts: Sequence[Any], needs: Sequence[Any]) -> dict[str, Any]:
    company = page.company
    view = page.shown
    owner = queries.owner_of(session(), company)
    may = {
        **actions_on(company, "company"),
        "contact": page.access.may(Perm.CONTACT_CREATE),
        "claim": company.owner_id is None and company.is_alive and page.access.may(Perm.COMPANY_CLAIM),
        "release": company.owner_id is not None and page.access.may(Perm.COMPANY_ASSIGN, company),
    }
    trades = [shapes.title(session(), "industry", row.code) for row in company.industries[:2]]
    trades.append(shapes.title(session(), "company_type", view.get("company_type")))
    phones = [v for one in page.reach.own("phones") if (v := _number(one, page))]
    return {
        "title": company.name,
        "company": view,
        "company_id": page.id,
        "standing": shapes.title(session(), "standing", company.standing),
        "standing_tone": STANDING_TONES.get(company.standing, ""),
        "credit": shapes.title(session(), "credit_rating", view.get("credit_rating")),
        "needs": queries.need_marks(needs),
        "meta": [
            (_("Customer number"), company.code),
            (_("Owner"), _owner(page, owner)),
            (_("Supervisor"), owner.supervisor if owner else ""),
            (_("Industry"), " · ".join(one for one in trades if one)),
            *_fall(page),
        ],
        "marks_of_review": record_marks(session(), COMPANIES, company),
        "record_tags": record_tags(COMPANIES, company),
        "in_bin": not company.is_alive,
        "bars": [shapes.bar_words(channel, why) for channel, why in page.bars.items()],
        "step": steps("customers.company_", page.id),
        "may": may,
        "allowed": frozenset(name for name, is_so in may.items() if is_so),
        "call": next((one.href for one in phones if one.href and not one.blocked), None),
        "new_entries": lambda number: _new_entries(page.access, number),
        "writes": lambda number: _writing(page.access, number),
    }


def _owner(page: Page, owner: Any) -> str:
    """Say whose a customer is and since when; of one in the pool, since when it is there."""
    if owner is not None:
        since = page.company.claimed_at
        if since is None:
            return str(owner.name)
        return gettext("%(name)s since %(day)s", name=owner.name, day=to_local(since).date().isoformat())
    fall = fall_of(session(), page.company)
    return gettext("public pool since %(day)s", day=to_local(fall.at).date().isoformat())


def _fall(page: Page) -> list[tuple[Any, str]]:
    """Say why a customer is in the pool, or when it falls into it."""
    if page.company.owner_id is None:
        fall = fall_of(session(), page.company)
        return [(_("Why it is in the pool"), fall.reason)] if fall.reason else []
    day = falling(session(), [page.id]).get(page.id)
    return [(_("Falls into the pool on"), day.isoformat())] if day is not None else []


def _number(phone: Any, page: Page) -> Any:
    return shapes.number_view(session(), phone, page.classes, page.bars)


def _writing(access: Access, company_id: int) -> str | None:
    """Give the page on which something is noted of a customer, where a source of the timeline has one."""
    endpoint = next((source.write for _owner, source in sources_of(access) if source.write), None)
    return url_for(endpoint, company=company_id) if endpoint else None


def _new_entries(access: Access, company_id: int) -> list[dict[str, Any]]:
    """List what can be entered for a customer: a contact, and records of the plugins that hang on customers."""
    entries: list[dict[str, Any]] = []
    for resource in zhike().registry.resources():
        if resource.new is None or resource.customer is None or resource.name == "company":
            continue
        if access.may(resource.code("create")):
            href = url_for(resource.new, company=company_id)
            entries.append({"label": str(resource.title), "href": href, "icon": resource.icon})
    if access.may("core:message:create"):
        href = url_for("messages.compose", company=company_id)
        entries.append({"label": gettext("Message to colleagues"), "href": href, "icon": "bell"})
    return entries


def _tabs(page: Page, panels: Sequence[tuple[str, CustomerPanel]], contacts: int) -> list[dict[str, Any]]:
    labels: list[tuple[str, Any, int | None]] = [
        ("timeline", _("Timeline"), None),
        ("profile", _("Profile"), None),
        ("contacts", _("Contacts"), contacts),
    ]
    made = [
        {"label": str(label), "href": page.href(name), "current": page.tab == name, "count": count}
        for name, label, count in labels
    ]
    for owner, panel in panels:
        count = None
        if panel.count is not None and not has_none(page, panel.of):
            count = call(owner, f"tab {panel.name}", panel.count, page.id)
        made.append(
            {
                "label": str(panel.title),
                "href": page.href(panel.name),
                "current": page.tab == panel.name,
                "count": count,
            }
        )
    made.append({"label": gettext("History"), "href": page.href("history"), "current": page.tab == "history"})
    return made


def _facts(
    page: Page, panels: Sequence[tuple[str, CustomerPanel]], contacts: int, needs: Sequence[Any]
) -> list[dict[str, Any]]:
    """Make the key facts, six at most: those of plugins first."""
    facts: list[dict[str, Any]] = []
    for owner, panel in panels:
        if panel.fact is None or has_none(page, panel.of):
            continue
        found = call(owner, f"fact of {panel.name}", panel.fact, page.id)
        if found is not None:
            label, value, note, tone = found
            facts.append(
                {"label": label, "value": value, "sub": note, "href": page.href(panel.name), "bad": tone == "bad"}
            )
    facts += [_contact_fact(page), _needs_fact(page, needs), _people_fact(page, contacts), _since_fact(page)]
    return facts[:MAX_FACTS]


def _contact_fact(page: Page) -> dict[str, Any]:
    last = page.company.last_contact_on
    if last is None:
        return {"label": _("Last contact"), "value": "—", "sub": gettext("nothing on record"), "href": page.href()}
    days = (local_today() - last).days
    sub = gettext("today") if days <= 0 else ngettext("%(num)d day ago", "%(num)d days ago", days)
    return {"label": _("Last contact"), "value": last.isoformat(), "sub": sub, "href": page.href()}


def _needs_fact(page: Page, needs: Sequence[Any]) -> dict[str, Any]:
    today = local_today()
    valid = [need for need in needs if need.valid_on(today)]
    names = [shapes.title(session(), "need", need.kind) for need in valid]
    return {
        "label": _("Needs now"),
        "value": len(valid),
        "sub": "、".join(dict.fromkeys(names)),
        "href": page.href("profile"),
    }


def _people_fact(page: Page, contacts: int) -> dict[str, Any]:
    return {"label": _("Contacts"), "value": contacts, "sub": "", "href": page.href("contacts")}


def _since_fact(page: Page) -> dict[str, Any]:
    day = to_local(page.company.created_at).date()
    return {"label": _("On record since"), "value": day.isoformat(), "sub": "", "href": page.href("history")}


def _rail(page: Page, contacts: Sequence[Any]) -> dict[str, Any]:
    """Make the right rail: the primary contact and the main points of the profile."""
    company = page.company
    primary = next((one for one in contacts if one.id == company.primary_contact_id), None)
    view = None
    if primary is not None:
        view = shapes.contact_view(session(), primary, shapes.contact_classes(primary, page.access), page.held)
    record = page.shown
    names = ("legal_representative", "address", "scale", "capital_band", "headcount_band", "sales_channels")
    points = shapes.rows_of(session(), record, COMPANIES, names)
    if "inner" in page.classes and company.brands:
        points.insert(1, (gettext("Brands"), "、".join(row.name for row in company.brands)))
    rivals = [tie for tie in ties_of(session(), page.id) if tie.kind == "competitor"]
    return {"primary": view, "total": len(contacts), "points": points, "rivals": rivals, "cards": _rail_cards(page)}


def _rail_cards(page: Page) -> list[Markup]:
    """Draw the cards that panels add to the right rail."""
    drawn = [
        call(owner, f"rail of {panel.name}", panel.rail, page.id)
        for owner, panel in panels_of(page.access)
        if panel.rail is not None
    ]
    return [Markup(body) for body in drawn if body]  # noqa: S704  (rendered by the panel's own template)


# --- tabs ------------------------------------------------------------------------------------------------------------


def _profile(page: Page) -> dict[str, Any]:
    """Show all fields that the person sees, and the rows of the record."""
    company = page.company
    record = page.shown
    if any(record.get(name) for name in PRIVATE):
        note_look("core_company", page.id, page.id)
    values = dict(record)
    if "brief" in page.classes:
        values["industries"] = [row.code for row in company.industries]
    if "inner" in page.classes:
        values["categories"] = [row.code for row in company.categories]
        values["brands"] = [row.name for row in company.brands]
    if company.parent is not None:
        values["parent_id"] = company.parent.name
    whole = Shown(company.id, values, record.classes)
    reach = page.reach
    phones = [v for one in reach.own("phones") if (v := _number(one, page))]
    emails = [v for one in reach.own("emails") if (v := shapes.mail_view(session(), one, page.classes, page.bars))]
    addresses = [shapes.address_view(session(), one, page.classes, page.bars) for one in reach.own("addresses")]
    return {
        "template": "customers/tab_profile.html",
        "wide": [gettext("Texts")],
        "credit_card": credit_of(page),
        "groups": [
            (str(title), shapes.rows_of(session(), whole, COMPANIES, names))
            for title, names in (*GROUPS, *own_sections(COMPANIES.key))
        ],
        "phones": phones,
        "emails": emails,
        "addresses": [one for one in addresses if one],
        "bar_rows": bar_rows(page) if "inner" in page.classes else [],
        "aliases": [(shapes.title(session(), "alias_kind", row.kind), row.name) for row in company.aliases],
        "need_rows": [shapes.need_view(session(), one) for one in page.needs] if "inner" in page.classes else [],
        "parent": {"id": company.parent.id, "name": company.parent.name} if company.parent is not None else None,
        "branches": [
            {
                "id": row.id,
                "name": row.name,
                "city": row.city or "",
                "kind": shapes.title(session(), "branch_kind", row.branch_kind),
            }
            for row in queries.branches_of(session(), page.id)
        ],
    }


def _contacts(page: Page) -> dict[str, Any]:
    """List the contacts with their numbers."""
    return {
        "template": "customers/tab_contacts.html",
        "contacts": [
            shapes.contact_view(session(), one, shapes.contact_classes(one, page.access), page.held)
            for one in page.contacts
            if page.access.may(Perm.CONTACT_QUERY, one)
        ],
        "primary_id": page.company.primary_contact_id,
    }


OWN_TABS: dict[str, Callable[[Page], dict[str, Any]]] = {
    "timeline": timeline,
    "profile": _profile,
    "contacts": _contacts,
    "history": history,
}


# --- panels of plugins ------------------------------------------------------------------------------------------------


def _panel(page: Page, panels: Sequence[tuple[str, CustomerPanel]]) -> dict[str, Any]:
    owner, panel = next(pair for pair in panels if pair[1].name == page.tab)
    body = call(owner, f"panel {panel.name}", panel.render, page.id)
    return {
        "template": "customers/tab_panel.html",
        "panel_title": str(panel.title),
        "panel": Markup(body) if body is not None else None,  # noqa: S704  (rendered by the plugin's own template)
    }
