"""A list over companies and contacts for the tests, mounted beside the product's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Blueprint

from core.customers.models import Company, Contact
from core.errors import Refused
from core.listing.views import resource_views
from core.plugin import BatchAction, Field, Resource, SystemView


def rename(session: Any, ids: Any, form: Any) -> str:
    """Give companies a short name."""
    for company in session.query(Company).where(Company.id.in_(ids)):
        company.short_name = form.get("short_name") or "short"
    return f"{len(ids)} renamed"


def refuse(session: Any, ids: Any, form: Any) -> str:
    """Change companies, then refuse."""
    rename(session, ids, form)
    raise Refused("One of them is locked")


COMPANY = Resource(
    name="company",
    plural="firms",
    title="Firm",
    title_plural="Firms",
    model=Company,
    owner="owner_id",
    reviewed=True,
    detail="firms.company_detail",
    unit="firms",
    only=Company.alive,
    quick_filters=("owner_id", "standing", "last_contact_on"),
    fields=(
        Field(name="name", title="Name", field_class="brief", default=True, sortable=True, sort_path="sort_key"),
        Field(name="code", title="Number", field_class="brief", default=True, sortable=True),
        Field(
            name="standing",
            title="Rating",
            kind="choice",
            field_class="brief",
            default=True,
            choices=lambda _s: [("prospect", "Prospect"), ("customer", "Customer"), ("key", "Key account")],
            tones={"prospect": "o", "key": "p"},
        ),
        Field(name="city", title="City", field_class="brief", default=True, sortable=True),
        Field(name="owner_id", title="Owner", kind="user", field_class="brief", default=True),
        Field(name="owner_name", title="Owner name", path="owner.name", field_class="brief", sortable=True),
        Field(
            name="last_contact_on", title="Last contact", kind="date", field_class="brief", default=True, sortable=True
        ),
        Field(name="updated_at", title="Changed", kind="datetime", field_class="brief", default=True, sortable=True),
        Field(name="headcount", title="Staff", kind="number", sortable=True, total=True, default=True),
        Field(
            name="credit_limit",
            title="Credit",
            kind="money",
            field_class="private",
            sortable=True,
            total=True,
            default=True,
        ),
        Field(name="legal_representative", title="Legal representative", field_class="private", sortable=True),
        Field(name="roles", title="Roles", kind="choices", field_class="brief"),
        Field(
            name="industries",
            title="Trades",
            kind="choices",
            path="industries.code",
            field_class="brief",
            load=lambda session, ids: {i: ["x"] for i in ids},
        ),
        Field(name="contact", title="Contact name", path="contacts.name", field_class="brief", listed=False),
        Field(name="remark", title="Secret", field_class="secret", path="remark"),
        Field(name="parent_id", title="Parent", kind="company", field_class="brief"),
    ),
    views=(
        SystemView(name="mine", title="Mine", query="owner_id=me", counted=True),
        SystemView(name="pool", title="Pool", query="owner_id=none", counted=True, hot=True),
    ),
    actions=(
        BatchAction(name="rename", title="Rename", permission="core:company:edit", run=rename),
        BatchAction(name="refuse", title="Refuse", permission="core:company:edit", run=refuse),
        BatchAction(name="lead", title="Lead on", permission="core:company:edit", page="firms.led"),
    ),
)

CONTACT = Resource(
    name="contact",
    plural="persons",
    title="Person",
    title_plural="Persons",
    model=Contact,
    customer="company_id",
    only=Contact.alive,
    fields=(
        Field(name="name", title="Name", field_class="brief", default=True, sortable=True, sort_path="sort_key"),
        Field(name="company_id", title="Firm", kind="company", field_class="brief", default=True),
        Field(name="company", title="Firm name", path="company.name", field_class="brief", sortable=True),
        Field(name="position_title", title="Position", default=True),
        Field(name="hobbies", title="Hobbies", field_class="private", default=True),
    ),
)


@pytest.fixture(scope="session")
def shared_app(test_database: Any) -> Any:
    """Make the application with the lists of the tests."""
    app = test_database.make_app()
    blueprint = Blueprint("firms", __name__)

    from core.auth.guard import require

    @blueprint.get("/firms/<int:id>")
    @require("core:company:query")
    def company_detail(id: int) -> str:
        return f"firm {id}"

    @blueprint.get("/firms/led")
    @require("core:company:assign")
    def led() -> str:
        return "led"

    resource_views(blueprint, COMPANY)
    resource_views(blueprint, CONTACT)
    app.register_blueprint(blueprint)
    return app


@pytest.fixture
def firm(as_system: Any) -> Iterator[Any]:
    """Make a company: `firm("川江源", owner=user, headcount=5)`."""

    def make(name: str, *, owner: Any = None, **values: Any) -> Company:
        with as_system() as session:
            values.setdefault("review_state", "submitted")
            made = Company(name=name, owner_id=owner.id if owner else None, **values)
            session.add(made)
        return made

    return make
