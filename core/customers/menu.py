"""Entries of the main menu 客户档案."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.customers.models import Company, Contact
from core.customers.permissions import Perm
from core.customers.queries.merging import count_pairs
from core.i18n import _
from core.plugin import MenuItem

COUNTED = 100_000
"""Above so many rows no figure is shown: counting them would slow every page."""


def _count(model: Any, *conditions: Any) -> Any:
    def count(session: Session) -> int | None:
        rows = select(model.id).where(model.alive(), *conditions).limit(COUNTED + 1).subquery()
        found = session.scalar(select(func.count()).select_from(rows)) or 0
        return found if found <= COUNTED else None

    return count


TYPES = (
    ("regular", _("Regular customer"), "star"),
    ("target", _("Target"), "target"),
    ("key", _("Key account"), "flag"),
    ("lost", _("Lost"), "out"),
    ("partner", _("Partner"), "link"),
    ("competitor", _("Competitor"), "shield"),
    ("blacklist", _("Blacklist"), "lock"),
)

MENU = (
    MenuItem(
        title=_("Customers"), endpoint="customers.company_list", permission=Perm.COMPANY_QUERY, menu="records",
        section=_("Customer library"), icon="book", count=_count(Company), keys="G C", order=10,
    ),
    MenuItem(
        title=_("Contacts"), endpoint="customers.contact_list", permission=Perm.CONTACT_QUERY, menu="records",
        section=_("Customer library"), icon="user", count=_count(Contact), order=20,
    ),
    MenuItem(
        title=_("Public pool"), endpoint="customers.company_list", permission=Perm.COMPANY_QUERY, menu="records",
        section=_("Customer library"), args={"view": "free"}, icon="users",
        count=_count(Company, Company.owner_id.is_(None)), order=25,
    ),
    MenuItem(
        title=_("Duplicates"), endpoint="customers.duplicate_list", permission=Perm.COMPANY_EDIT, menu="records",
        section=_("Customer library"), icon="swap", count=count_pairs, order=30,
    ),
    MenuItem(
        title=_("Places and area codes"), endpoint="customers.place_list", permission=Perm.COMPANY_QUERY,
        menu="settings", icon="pin", order=60,
    ),
    *(
        MenuItem(
            title=title, endpoint="customers.company_list", permission=Perm.COMPANY_QUERY, menu="records",
            section=_("Customer types"), args={"standing": code}, icon=icon,
            count=_count(Company, Company.standing == code), order=100 + number,
        )
        for number, (code, title, icon) in enumerate(TYPES)
    ),
)  # fmt: skip
