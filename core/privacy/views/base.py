"""The blueprint of personal data, and what its pages have in common."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint

from core.auth.access import current_access
from core.auth.words import ENTITIES
from core.clock import local_today
from core.customers.models import Company, Contact
from core.customers.services import find_company, find_contact
from core.db import session
from core.listing.views import resource_views
from core.privacy.queries.tables import table_of
from core.privacy.resources import REQUEST
from core.privacy.words import TABLES
from core.registry import Registry
from core.web import zhike

blueprint = Blueprint("privacy", __name__, url_prefix="/privacy", template_folder="../templates")
resource_views(blueprint, REQUEST)


@blueprint.app_template_global("days_late")
def days_late(due: dt.date) -> int:
    """Tell by how many days what is due on a day is late; negative while there is time."""
    return (local_today() - due).days


def contact_for(code: str, contact_id: int) -> Contact:
    """Find a contact for which the right is held. Raises NotFound and Forbidden."""
    contact = find_contact(session(), contact_id)
    current_access().demand(code, contact)
    return contact


def company_for(code: str, company_id: int) -> Company:
    """Find a company for which the right is held. Raises NotFound and Forbidden."""
    company = find_company(session(), company_id)
    current_access().demand(code, company)
    return company


def by() -> int | None:
    """Give the id of the person who is signed in."""
    return current_access().user_id


def modules_of(counts: dict[str, int]) -> list[dict[str, Any]]:
    """Shape counts of rows by table for the page: under the module that each belongs to, in words."""
    registry = zhike().registry
    found: dict[str, list[dict[str, Any]]] = {}
    for name, number in counts.items():
        owner = name.split("_", 1)[0]
        found.setdefault(owner, []).append({"title": title_of(registry, name), "rows": number})
    titles = {key: str(one.title) for key, one in registry.plugins.items()}
    return [{"title": titles.get(owner, "Zhike 知客"), "tables": tables} for owner, tables in found.items()]


def title_of(registry: Registry, table: str) -> str:
    """Name a table for people: as its resource, as the trail calls it, else by the first words of what it is for."""
    for resource in registry.resources(everywhere=True):
        if resource.model.__tablename__ == table:
            return str(resource.title_plural)
    return str(ENTITIES.get(table) or TABLES.get(table) or table_of(table).name)
