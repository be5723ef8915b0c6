"""One customer's page for one person, and what plugins add to it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from core.auth.access import Access
from core.auth.output import Shown, shown
from core.customers.lists import COMPANIES
from core.customers.models import Bar, Company, Contact, Need
from core.customers.queries.barring import Barred, bars_on
from core.customers.queries.record import Hanging, Reachable, hanging_on
from core.db import session
from core.listing.step import came_from
from core.plugin import CustomerPanel, TimelineSource
from core.registry import PluginFailed
from core.web import zhike


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
        more = {**came_from(), **more}
        if tab in ("", "timeline"):
            return url_for("customers.company_detail", id=self.id, **more)
        return url_for("customers.company_tab", id=self.id, tab=tab, **more)


def _declared(page: Page, kind: type[Any]) -> list[tuple[str, Any]]:
    registry = zhike().registry
    return [
        (registry.owner_of("register_customer_panels", one), one)
        for one in registry.declared("register_customer_panels")
        if isinstance(one, kind) and (one.permission is None or page.access.may(one.permission))
    ]


def panels_of(page: Page) -> list[tuple[str, CustomerPanel]]:
    return _declared(page, CustomerPanel)


def sources_of(page: Page) -> list[tuple[str, TimelineSource]]:
    return _declared(page, TimelineSource)


def call(owner: str, where: str, call: Callable[..., Any], *arguments: Any) -> Any:
    """Ask a plugin; nothing where it fails."""
    try:
        with zhike().registry.contained(owner, where):
            return call(session(), *arguments)
    except PluginFailed:
        return None
