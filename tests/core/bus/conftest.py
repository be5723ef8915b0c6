"""A plugin made on the spot, whose handlers and jobs do what a test tells them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from core.auth.models import Department
from core.plugin import EventType, Job, PluginInfo, Subscriber, hookimpl


@dataclass
class Probe:
    """What the plugin declares, and what its handlers do."""

    name: str
    hears: list[Callable[..., Any]] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    event: str = "probe.thing_happened"


def write(session: Any, event: Any) -> None:
    """Leave a trace of the event: a department named after it; the table refuses a second one."""
    session.add(Department(name=f"event {event['number']}"))


def traces(session: Any) -> list[str]:
    """List the traces."""
    return sorted(session.scalars(select(Department.name)))


def module_of(probe: Probe) -> ModuleType:
    """Make the plugin's module."""
    module = ModuleType(f"{probe.name}_plugin")

    @hookimpl
    def register_events() -> list[EventType]:
        if probe.name != "probe":
            return []
        fields = {"number": int, "name": str | None}
        return [EventType(name="probe.thing_happened", title="A thing happened", fields=fields)]

    @hookimpl
    def register_subscribers() -> list[Subscriber]:
        return [Subscriber(event=probe.event, handler=handler) for handler in probe.hears]

    @hookimpl
    def register_jobs() -> list[Job]:
        return probe.jobs

    module.__dict__.update(
        info=PluginInfo(name=probe.name, title=probe.name),
        register_events=register_events,
        register_subscribers=register_subscribers,
        register_jobs=register_jobs,
        __file__=__file__,
    )
    return module


@pytest.fixture
def install(app) -> Iterator[Callable[..., None]]:
    """Install plugins for the length of a test: `install(Probe("probe", hears=[handler]))`."""
    registry = app.extensions["zhike"].registry
    names: list[str] = []

    def add(*probes: Probe) -> None:
        for probe in probes:
            module = module_of(probe)
            sys.modules[module.__name__] = module
            registry.add(probe.name, module)
            names.append(probe.name)

    yield add
    for name in names:
        registry.manager.unregister(name=name)
        for kept in (registry.plugins, registry.modules, registry._declared, registry.broken):
            kept.pop(name, None)
        sys.modules.pop(f"{name}_plugin")


@pytest.fixture
def spare_url(test_database, tmp_path) -> Iterator[str]:
    """Give the address of an empty database beside the one of the other tests."""
    if not test_database.url.startswith("postgresql"):
        yield f"sqlite:///{tmp_path / 'spare.db'}"
        return
    url = make_url(test_database.url)
    name = f"{url.database}_spare"
    test_database._server(f'CREATE DATABASE "{name}"')
    yield url.set(database=name).render_as_string(hide_password=False)
    test_database._server(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def bus(app) -> Iterator[Any]:
    """Give the bus; what it would tell the queue is kept in `bus.told`."""
    bus = app.extensions["zhike"].bus
    bus.told = []
    bus.queue.tell = lambda *words: bus.told.append(words)
    bus._known = None
    yield bus
    del bus.queue.tell
    bus._known = None
