"""The workbench's card of saved views: how many rows each has now."""

from __future__ import annotations

from flask import render_template, url_for
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.i18n import _
from core.listing.lists import View, field_names, views_of
from core.listing.page import tab_count
from core.listing.state import read_query
from core.plugin import DashboardCard, Resource
from core.web import zhike

MOST = 12
ROLES = ("staff", "supervisor", "decision_maker", "system_administrator", "finance")


def views_card(session: Session) -> str:
    """Draw the saved views of a person, his own first, then those shared with him; each figure opens its list."""
    access = current_access()
    own: list[tuple[Resource, View]] = []
    shared: list[tuple[Resource, View]] = []
    for resource in zhike().registry.resources():
        if resource.listing is None or not access.may(resource.code("query")):
            continue
        for view in views_of(session, resource, access):
            if view.saved:
                (own if view.owner_id == access.user_id else shared).append((resource, view))
    rows = [
        {
            "title": view.title,
            "of": resource.title_plural,
            "count": tab_count(session, resource, access, read_query(view.query, field_names(resource)), none="0"),
            "href": url_for(str(resource.listing), view=view.name),
        }
        for resource, view in [*own, *shared][:MOST]
    ]
    return render_template("listing/views_card.html", rows=rows, more=max(0, len(own) + len(shared) - MOST))


CARD = DashboardCard(
    name="core.views", title=_("Saved views"), render=views_card, size=4, icon="star", later=True,
    places=dict.fromkeys(ROLES), order=92,
)  # fmt: skip
"""Who saves views puts it on his workbench himself."""
