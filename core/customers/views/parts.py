"""One customer's page for one person, and what plugins add to it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import and_

from core.auth.access import Access
from core.auth.output import Shown, shown
from core.customers.lists import COMPANIES
from core.customers.models import Bar, Company, Contact, Need, OwnerChange
from core.customers.queries.barring import Barred, bars_on
from core.customers.queries.record import Hanging, Reachable, hanging_on
from core.db import session
from core.listing.step import came_from
from core.plugin import CustomerPanel, TimelineSource
from core.presence import NUMBER, Hung, are_known_absent
from core.registry import PluginFailed
from core.review.models import ReviewStep
from core.tags.models import Tagging
from core.tags.queries.tags import entity_of
from core.web import zhike

OWN_ROWS: Sequence[Hung] = (
    OwnerChange.company_id,
    (ReviewStep, and_(ReviewStep.entity == Company.__tablename__, ReviewStep.record_id == NUMBER)),
    (Tagging, and_(Tagging.entity == entity_of(COMPANIES), Tagging.record_id == NUMBER)),
)
"""What core itself tells of on every customer's page and few customers have."""


@dataclass
class Page:
    """One customer's page for one person."""

    company: Company
    classes: frozenset[str]
    access: Access
    tab: str

    @functools.cached_property
    def shown(self) -> Shown:
        """What the person sees of the customer."""
        return shown(self.company, COMPANIES, self.access)

    @functools.cached_property
    def hanging(self) -> Hanging:
        """What hangs on the customer and may be found by the person."""
        return hanging_on(session(), self.company)

    @property
    def reach(self) -> Reachable:
        """How the customer and its contacts are reached."""
        return self.hanging.reach

    @property
    def contacts(self) -> Sequence[Contact]:
        """The customer's contacts that the person may find."""
        return self.hanging.contacts

    @property
    def held(self) -> Sequence[Bar]:
        """The bars that hold for the customer and its contacts."""
        return self.hanging.bars

    @functools.cached_property
    def bars(self) -> dict[str, Barred]:
        """Why nobody at the customer must be reached, by channel."""
        return bars_on(self.held, None)

    @property
    def needs(self) -> Sequence[Need]:
        """The customer's needs, the newest first."""
        return self.hanging.needs

    @property
    def id(self) -> int:
        """The customer's number."""
        return self.company.id

    def href(self, tab: str = "", **more: Any) -> str:
        """Give the address of a tab."""
        if more:
            more = {**came_from(), **more}
            if tab in ("", "timeline"):
                return url_for("customers.company_detail", id=self.id, **more)
            return url_for("customers.company_tab", id=self.id, tab=tab, **more)
        before, after = self._ends
        return f"{before.removesuffix('/')}{after}" if tab in ("", "timeline") else f"{before}{tab}{after}"

    @functools.cached_property
    def _ends(self) -> tuple[str, str]:
        """What stands before and behind a tab's name in its address: a page has a dozen of them."""
        before, _name, after = url_for("customers.company_tab", id=self.id, tab="-tab-", **came_from()).partition(
            "-tab-"
        )
        return before, after


def _declared(access: Access, kind: type[Any]) -> list[tuple[str, Any]]:
    registry = zhike().registry
    return [
        (registry.owner_of("register_customer_panels", one), one)
        for one in registry.declared("register_customer_panels")
        if isinstance(one, kind) and (one.permission is None or access.may(one.permission))
    ]


def panels_of(access: Access) -> list[tuple[str, CustomerPanel]]:
    """List the tabs that plugins add for a person, with their owners."""
    return _declared(access, CustomerPanel)


def sources_of(access: Access) -> list[tuple[str, TimelineSource]]:
    """List what feeds the timeline for a person, with the owners."""
    return _declared(access, TimelineSource)


def hung_on_customers(access: Access) -> list[Hung]:
    """List the columns that name a customer in the rows of which the page tells, those of core and of plugins."""
    added = [*(one.of for _owner, one in panels_of(access)), *(one.of for _owner, one in sources_of(access))]
    return [*OWN_ROWS, *(column for of in added for column in of)]


def has_none(page: Page, of: Sequence[Hung]) -> bool:
    """Tell whether it is known that a customer has no rows of some kinds."""
    return are_known_absent(of, Company.__tablename__, page.id)


def call(owner: str, where: str, call: Callable[..., Any], *arguments: Any) -> Any:
    """Ask a plugin; nothing where it fails."""
    try:
        with zhike().registry.contained(owner, where):
            return call(session(), *arguments)
    except PluginFailed:
        return None
