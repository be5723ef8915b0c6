"""What the bus of one application knows: who publishes and hears what, which jobs there are, and the queue."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from core.bus.schedule import parse
from core.db import Database, Work
from core.errors import Misdeclared
from core.plugin import EventType, Job, Subscriber
from core.registry import Registry

if TYPE_CHECKING:
    from core.bus.queue import Queue


@dataclass(frozen=True)
class Listener:
    """A subscriber with the plugin that owns it and the name that its deliveries carry."""

    plugin: str
    key: str
    subscriber: Subscriber


@dataclass
class Known:
    """What the loaded plugins declare about events and jobs."""

    events: dict[str, EventType] = field(default_factory=dict)
    publishers: dict[str, str] = field(default_factory=dict)
    listeners: dict[str, list[Listener]] = field(default_factory=dict)
    jobs: dict[str, tuple[str, Job]] = field(default_factory=dict)


class Bus:
    """The bus of one application."""

    def __init__(self, database: Database, registry: Registry, queue: Queue) -> None:
        self.database = database
        self.registry = registry
        self.queue = queue
        self._known: tuple[tuple[str, ...], Known] | None = None

    @property
    def known(self) -> Known:
        """Collect the declarations of all loaded plugins, once."""
        names = tuple(self.registry.plugins)
        if self._known is None or self._known[0] != names:
            self._known = names, self._collect(names)
        return self._known[1]

    def _collect(self, names: tuple[str, ...]) -> Known:
        known = Known()
        for plugin in names:
            for event in self.registry.declared_by(plugin, "register_events"):
                known.events[event.name] = event
                known.publishers[event.name] = plugin
            for subscriber in self.registry.declared_by(plugin, "register_subscribers"):
                listener = Listener(plugin, key_of(plugin, subscriber), subscriber)
                known.listeners.setdefault(subscriber.event, []).append(listener)
            for job in self.registry.declared_by(plugin, "register_jobs"):
                known.jobs[job.name] = (plugin, job)
        for heard in known.listeners.values():
            heard.sort(key=lambda one: one.subscriber.order)
        return known

    def check(self) -> None:
        """Break plugins whose handlers share a name or whose schedules are none. Raises Misdeclared for core's."""
        for plugin in list(self.registry.plugins):
            names = [
                (subscriber.event, key_of(plugin, subscriber))
                for subscriber in self.registry.declared_by(plugin, "register_subscribers")
            ]
            wrong = [f"two handlers of {e} are called {k}" for e, k in set(names) if names.count((e, k)) > 1]
            for job in self.registry.declared_by(plugin, "register_jobs"):
                try:
                    _ = job.schedule and parse(job.schedule)
                except ValueError as error:
                    wrong.append(f"schedule of {job.name}: {error}")
            if wrong and plugin.startswith("core."):
                raise Misdeclared("; ".join(wrong))
            if wrong:
                self.registry.broken[plugin] = "; ".join(wrong)

    def listener(self, event: str, key: str) -> Listener | None:
        """Find the subscriber that a delivery is for; None when its plugin no longer has it."""
        return next((one for one in self.known.listeners.get(event, ()) if one.key == key), None)

    def working(self, session: Session) -> frozenset[str]:
        """Name the plugins whose handlers and jobs run now: core's areas and what is switched on."""
        return frozenset(n for n in self.registry.plugins if n.startswith("core.")) | self.registry.enabled(session)


def key_of(plugin: str, subscriber: Subscriber) -> str:
    """Name a subscriber for ever: its plugin and its handler."""
    return f"{plugin}.{subscriber.name or getattr(subscriber.handler, '__name__', 'handler')}"


_buses: weakref.WeakKeyDictionary[Database, Bus] = weakref.WeakKeyDictionary()


def attach(bus: Bus) -> None:
    """Let everything that works on this application's database find its bus; once, at start. Raises Misdeclared."""
    bus.check()
    _buses[bus.database] = bus


def bus_of(session: Session) -> Bus:
    """Give the bus of the application that a session belongs to."""
    unit: Work = session.info["work"]
    return _buses[unit.database]
