"""An application with a sample plugin that puts an entry, a card and a broken card on the screen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from flask import Blueprint, Flask
from sqlalchemy.orm import Session

from core.app import create_app
from core.auth.guard import require
from core.plugin import Counted, DashboardCard, MenuItem, Metric, Permission, PluginInfo, Urgent, hookimpl
from core.registry import Registry
from core.testing.harness import Browser, People, TestDatabase

READ = "sample:thing:read"


def broken(session: Session) -> str:
    """Fail as a faulty plugin would."""
    raise ValueError("no figures today")


def days(session: Session, since: dt.date, until: dt.date) -> int:
    """Count the days of a span."""
    return (until - since).days


def sample_plugin() -> ModuleType:
    """Make a plugin as a module, the way it lies in a folder."""
    module = ModuleType("plugins.sample.plugin")
    module.__file__ = __file__
    blueprint = Blueprint("sample", __name__, url_prefix="/sample")

    @blueprint.get("/things")
    @require(READ)
    def things() -> str:
        return "things"

    menu = [
        MenuItem(
            title="Things", endpoint="sample.things", permission=READ, menu="work", count=lambda _: 12480, keys="G X"
        ),
        MenuItem(
            title="All things", endpoint="sample.things", permission=READ, menu="work", count=lambda _: Urgent(3),
            counted=Counted(title="Late", args={"view": "late"}),
        ),
        MenuItem(title="Nowhere", endpoint="sample.gone", menu="work"),
        MenuItem(title="Faulty", endpoint="sample.things", permission=READ, menu="work", count=broken),  # type: ignore[arg-type]
    ]  # fmt: skip
    cards = [
        DashboardCard(name="sample.good", title="Good card", render=lambda _: "<p>fine</p>"),
        DashboardCard(name="sample.bad", title="Bad card", render=broken),
        DashboardCard(name="sample.secret", title="Secret card", render=lambda _: "", permission=READ),
    ]
    metrics = [
        Metric(
            name="sample.signed",
            order=1,
            title="Signed",
            unit="orders",
            measure=lambda s, since, until: (until - since).days,
            endpoint="sample.things",
        ),
        Metric(name="sample.faulty", order=2, title="Faulty", unit="", measure=broken),  # type: ignore[arg-type]
        Metric(
            name="sample.secret", order=3, title="Secret", unit="", measure=lambda s, since, until: 7, permission=READ
        ),
    ]
    hooks: dict[str, Callable[[], Any]] = {
        "register_blueprints": lambda: [blueprint],
        "register_menu": lambda: menu,
        "register_dashboard_cards": lambda: cards,
        "register_metrics": lambda: metrics,
        "register_permissions": lambda: [
            Permission(code=READ, title="Things", scoped=False, defaults={"supervisor": "all"})
        ],
    }
    vars(module)["info"] = PluginInfo(name="sample", title="Sample")
    for name, give in hooks.items():
        vars(module)[name] = hookimpl(specname=name)(give)
    return module


@pytest.fixture(scope="session")
def sample_app(test_database: TestDatabase) -> Flask:
    """Make the application with the sample plugin once per test process."""
    registry = Registry()
    registry.load()
    registry.add("sample", sample_plugin())
    return create_app(test_database.config(), registry)


@pytest.fixture
def desk(sample_app: Flask, test_database: TestDatabase) -> Iterator[Flask]:
    """Give the application with the sample plugin on a fresh database."""
    test_database.reset(sample_app)
    with sample_app.app_context():
        yield sample_app


@pytest.fixture
def clerk(desk: Flask) -> Browser:
    """Open a browser in which a clerk has signed in."""
    return Browser(desk, People(desk).user("li", ("staff",), name="Li Min"))


@pytest.fixture
def supervisor(desk: Flask) -> Browser:
    """Open a browser in which a supervisor has signed in."""
    return Browser(desk, People(desk).user("zhao", ("supervisor",), name="Zhao Qiming"))
