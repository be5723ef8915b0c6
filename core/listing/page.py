"""Puts a list page together: tabs, chips, heads, rows and cards, as the template wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.auth.access import Access, current_access
from core.auth.permissions import Perm
from core.db import session
from core.errors import Refused
from core.i18n import gettext, n_, unit_of
from core.listing import cells, filters
from core.listing.binding import Binding, find_field
from core.listing.figures import COUNT_LIMIT, count_rows
from core.listing.groups import Heading, groupable, headings
from core.listing.lists import Look, View, field_names, look, views_of
from core.listing.queries import ListPage, effective_sort, list_page
from core.listing.state import SIZES, ListState, read_query
from core.listing.table import actions_of, card_fields, draw
from core.listing.words import chips, sort_words
from core.plugin import BatchAction, Resource
from core.web import is_fragment, render, zhike

TAB_SECONDS = 30
MAX_TABS = 12


@dataclass(frozen=True)
class Place:
    """Where a list is mounted: the beginning of its endpoints, `customers.company_`."""

    prefix: str

    def url(self, what: str, query: str = "", **values: Any) -> str:
        """Give the address of one of its pages."""
        known: dict[str, str] = g.setdefault("list_addresses", {})
        address = url_for(self.prefix + what, **values) if values else known.get(what, "")
        if not address:
            address = known[what] = url_for(self.prefix + what)
        return f"{address}?{query}" if query else address


def compose(
    session: Session, resource: Resource, access: Access, place: Place, state: ListState, chosen: Sequence[str] = ()
) -> dict[str, Any]:
    """Make the context of the list page; `chosen` rows are ticked.

    From `spot` follows, with what the counters of `core.state` watch, all that does not depend on what was found.
    """
    views = views_of(session, resource, access)
    seen = look(session, resource, access, state, views)
    binding = Binding(resource, access, session)
    names = [f.name for f in seen.columns]
    names += [seen.state.grouped] if seen.state.grouped else []
    problems = [p.text for p in seen.state.problems]
    page = ListPage()
    if not problems:
        wanted = list(dict.fromkeys([*names, *card_fields(resource, seen.columns)]))
        try:
            page = list_page(session, resource, seen.state, access, wanted)
        except Refused as refused:
            problems.append(refused.message)
    headed: Mapping[int, Heading] = {}
    if seen.state.grouped and page.rows:
        headed = headings(session, resource, access, seen, page.rows, lambda query: place.url("list", query))
    actions = actions_of(resource, access)
    printable = any(
        one.resource == resource.key and access.may(one.permission or resource.code("print"))
        for one in zhike().registry.declared("register_prints")
    )
    quick = filters.quick_controls(session, resource, binding, seen)
    form = form_of(session, resource, binding, seen, place)
    drawn = draw(session, resource, access, seen, page, place.prefix + "preview", chosen, headed)
    return {
        "spot": (resource.key, place.prefix, seen.state.with_()),
        "resource": resource,
        "unit": unit(resource, page.count),
        "place": place,
        "title": resource.title_plural,
        "shape": look_marks(resource, seen),
        "state": seen.state,
        "problems": problems,
        "page": page,
        "print_address": url_for("printing.wizard", resource=resource.key, query=seen.query(seen.state))
        if printable
        else None,
        "found": found_words(resource, page) if not problems else "",
        "tabs": tabs(session, resource, access, place, seen, views, page if not problems else None),
        "chips": [
            {"title": c.title, "words": c.words, "href": place.url("list", seen.query(c.state))}
            for c in (chips(session, resource, binding, seen.state) if not problems else [])
        ],
        "quick": quick,
        "offered": tuple((c.name, tuple(c.values), tuple(c.choices)) for c in quick if filters.named_by_rows(c.field)),
        "form": form,
        "carried": filters.carried(seen.state, [*quick, *form], seen),
        "heads": lambda: heads(resource, seen, binding, place),
        "rows": drawn.rows,
        "cards": drawn.cards,
        "totals": foot(seen, page),
        "pager": pager(seen, page, place),
        "sizes": lambda: sizes(seen, place),
        "groupings": lambda: groupings(resource, seen, binding, place),
        "sorted": sort_words(resource, effective_sort(resource, seen.state)),
        "actions": actions,
        "may_export": access.may(resource.code("export")),
        "segment": segment_address(resource, seen.state),
        "mailing": mailing_address(resource, access, seen.state),
        "new": url_for(resource.new) if resource.new and access.may(resource.code("create")) else None,
        "way_out": way_out(session, resource, access, place, seen) if not page.rows and not problems else None,
        "query": seen.query(seen.state),
        "address": place.url("list", seen.query(seen.state, paging=True)),
    }


def show(
    resource: Resource, place: Place, state: ListState, *, refused: Any = None, chosen: Sequence[str] = ()
) -> Response:
    """Answer with the list in a state; what was not understood or refused is told above it, with status 422.

    `chosen` are rows that stay chosen because what was to be done with them was refused.
    """
    access = current_access()
    context = compose(session(), resource, access, place, state, chosen)
    view = context["shape"]["view"]
    mine = view is not None and view.saved
    context["may_change_view"] = mine and (view.owner_id == access.user_id or access.may(str(Perm.VIEW_SHARE)))
    told = [*context["problems"], *([refused] if refused else [])]
    template = "listing/part.html" if is_fragment() else "listing/list.html"
    response = render(template, 422 if told else 200, **{**context, "problems": told, "chosen": ",".join(chosen)})
    if is_fragment():
        response.headers["HX-Push-Url"] = context["address"]
    return response


def segment_address(resource: Resource, state: ListState) -> str | None:
    """Give the page that keeps the conditions as a segment; None where there is none, or nothing is narrowed."""
    if find_field(resource, "segment") is None or not (state.conditions or state.q):
        return None
    return f"{url_for('tags.segment_new', of=resource.key)}&{state.with_(view='', edited=False, sort=()).query()}"


def mailing_address(resource: Resource, access: Access, state: ListState) -> str | None:
    """Give the page that writes to all that are found; None for who may not, and where there is nobody to write to."""
    if resource.key not in ("companies", "contacts") or not access.may("core:mailing:create"):
        return None
    return f"{url_for('mail.mailing_new', of=resource.key)}&{state.with_(view='', edited=False, sort=()).query()}"


def look_marks(resource: Resource, seen: Look) -> dict[str, Any]:
    """Say what the page tells of its view: changed, whose, the full form open."""
    return {
        "view": seen.view,
        "changed": seen.changed,
        "more": seen.preference.get("more", ""),
        "narrowed": bool(seen.state.conditions or seen.state.q),
    }


def unit(resource: Resource, number: int) -> str:
    """Give the word that so many are counted with: 家, customer, customers."""
    return unit_of(resource.unit or n_("record", "records"), number).strip()


def found_words(resource: Resource, page: ListPage) -> str:
    """Say how many were found and how long it took."""
    values = {"n": f"{page.count:,}", "unit": unit(resource, page.count), "ms": max(1, round(page.took * 1000))}
    if page.over:
        return str(gettext("Over %(n)s %(unit)s found in %(ms)s ms", **values))
    return str(gettext("%(n)s %(unit)s found in %(ms)s ms", **values))


def form_of(session: Session, resource: Resource, binding: Binding, seen: Look, place: Place) -> list[filters.Control]:
    """Make the full form where the person keeps it open."""
    more = seen.preference.get("more")
    if not more:
        return []
    return filters.form_controls(session, resource, binding, seen, place.prefix + "options", everything=more == "all")


# --- views -----------------------------------------------------------------------------------------------------------


def tabs(
    session: Session,
    resource: Resource,
    access: Access,
    place: Place,
    seen: Look,
    views: Sequence[View],
    page: ListPage | None,
) -> list[dict[str, Any]]:
    """Make the view tabs; counts are those of half a minute ago, that of the open view is of now."""
    names = field_names(resource)
    made = []
    for view in views:
        current = seen.view is not None and view.name == seen.view.name
        tab = {
            "label": str(view.title),
            "href": place.url("list", f"view={view.name}" if view.name else ""),
            "current": current,
            "hot": view.hot,
            "icon": "star" if view.saved else None,
        }
        if view.counted:
            tab["count"] = tab_count(session, resource, access, read_query(view.query, names))
        made.append(tab)
    return made


def tab_count(session: Session, resource: Resource, access: Access, state: ListState, *, none: str = "") -> str:
    """Count a view's rows, for its tab: `none` where there are none, nothing where its conditions are refused."""
    try:
        count, over = count_rows(session, resource, state, access, fresh=False, seconds=TAB_SECONDS)
    except Refused:
        return ""
    return f"{COUNT_LIMIT:,}+" if over else f"{count:,}" if count else none


# --- the table -------------------------------------------------------------------------------------------------------


def heads(resource: Resource, seen: Look, binding: Binding, place: Place) -> list[dict[str, Any]]:
    """Make the column heads. A sortable one leads to the list sorted by it; `also` sorts by it besides."""
    sort = effective_sort(resource, seen.state)
    made = []
    for number, field in enumerate(seen.columns):
        classes = " ".join(filter(None, ["st st2" if number == 0 else "", cells.css_class(field)]))
        head: dict[str, Any] = {
            "title": str(field.title),
            "class": classes,
            "href": None,
            "sort": None,
            "hint": field.hint,
        }
        if field.sortable and binding.knows(field):
            now = next((s for s in sort if s.removeprefix("-") == field.name), None)
            first_down = field.kind in ("number", "money", "date", "datetime")
            turned = _turned(now, field.name, first_down)
            head["sort"] = None if now is None else "descending" if now.startswith("-") else "ascending"
            head["href"] = place.url("list", seen.query(seen.state.with_(sort=(turned,))))
            others = [s for s in sort if s.removeprefix("-") != field.name]
            both = (*others, turned) if now is None else tuple(turned if s == now else s for s in sort)
            head["also"] = place.url("list", seen.query(seen.state.with_(sort=both[-3:])))
        made.append(head)
    return made


def _turned(now: str | None, name: str, first_down: bool) -> str:
    if now is None:
        return f"-{name}" if first_down else name
    return name if now.startswith("-") else f"-{name}"


def groupings(resource: Resource, seen: Look, binding: Binding, place: Place) -> list[dict[str, Any]]:
    """List by what the rows can be grouped, and how to undo it; nothing where there is no such field."""
    fields = groupable(resource, binding)
    if not fields:
        return []
    none = {"label": gettext("Not grouped"), "href": place.url("list", seen.query(seen.state.with_(grouped="")))}
    return [
        *(
            {
                "label": str(one.title),
                "href": place.url("list", seen.query(seen.state.with_(grouped=one.name))),
                "icon": "check" if one.name == seen.state.grouped else "rows",
            }
            for one in fields
        ),
        *([none] if seen.state.grouped else []),
    ]


def sizes(seen: Look, place: Place) -> list[dict[str, Any]]:
    """List how many rows a page may have."""
    return [
        {
            "label": str(n),
            "href": place.url("list", seen.query(seen.state.with_(size=n))),
            "current": n == seen.state.size,
        }
        for n in SIZES
    ]


def foot(seen: Look, page: ListPage) -> list[tuple[str, str]]:
    """Make the totals row: class and words for each column but the first; empty where nothing is summed."""
    if not page.totals:
        return []
    return [
        (cells.css_class(f), cells.total(f, page.totals[f.name]) if f.name in page.totals else "")
        for f in seen.columns[1:]
    ]


def pager(seen: Look, page: ListPage, place: Place) -> dict[str, Any]:
    """Say which part is shown and where the pages beside it are."""
    text = gettext("%(first)s–%(last)s", first=f"{page.first:,}", last=f"{page.last:,}") if page.rows else ""
    previous = seen.state.with_(before=page.previous) if page.previous else None
    following = seen.state.with_(after=page.following) if page.following else None
    return {
        "text": text,
        "prev": place.url("list", seen.query(previous, paging=True)) if previous else None,
        "next": place.url("list", seen.query(following, paging=True)) if following else None,
    }


def way_out(session: Session, resource: Resource, access: Access, place: Place, seen: Look) -> dict[str, Any] | None:
    """Say which condition to drop where nothing was found: the one without which most are left."""
    binding = Binding(resource, access, session)
    found = chips(session, resource, binding, seen.state)
    best: dict[str, Any] | None = None
    most = 0
    for chip in found if len(found) > 1 else []:
        count, over = count_rows(session, resource, chip.state, access, fresh=False)
        if count + over > most:
            most = count + over
            best = {
                "title": chip.title,
                "count": f"{count:,}+" if over else f"{count:,}",
                "href": place.url("list", seen.query(chip.state)),
            }
    return {
        "conditions": len(found),
        "best": best,
        "clear": place.url("list", f"view={seen.view.name}" if seen.view and seen.view.name and not found else ""),
    }


def action_named(resource: Resource, access: Access, name: str) -> BatchAction | None:
    """Find a batch action that the person may use."""
    return next((a for a in actions_of(resource, access) if a.name == name), None)
