"""Finds plugins, checks that each owns what it declares, and answers what the enabled ones declare."""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy
import structlog
from sqlalchemy import inspect, select
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from core.auth.models import PluginState
from core.db import current_work, has_work
from core.errors import Misdeclared, Refused, ZhikeError
from core.i18n import _
from core.logs import brief_traceback
from core.plugin import (
    BEFORE_HOOKS,
    PROJECT,
    REGISTER_HOOKS,
    HookSpecs,
    Permission,
    PluginInfo,
    Resource,
)
from core.state import kept

log = structlog.get_logger(__name__)

ENTRY_POINTS = "zhike.plugins"
AREAS = (
    "auth", "bus", "customers", "standing", "ties", "desk", "listing", "review", "transfer", "printing", "attachments",
    "tags", "privacy", "calendar", "tasks", "messages", "allowances", "worklogs", "care", "mail", "api", "admin",
)  # fmt: skip
MAIL_STOP = 30
"""Characters of the name of a mail stop at most: it is kept with each letter that is left out."""
FAILURE_LIMIT = 50
FAILURE_WINDOW = 600.0
FROM_INPUT = (Refused, DataError, OverflowError, UnicodeEncodeError)
"""What somebody puts in brings about: a rule that says no, a number or sign that no database holds."""
REPEAT_WINDOW = 60.0
REPEATS_KEPT = 500
NAME = re.compile(r"^[a-z][a-z0-9]{1,19}$")


class Registry:
    """All plugins of one application, loaded once; what they declare is asked for the enabled ones."""

    def __init__(self, *, disable: frozenset[str] = frozenset(), safe_mode: bool = False) -> None:
        self.manager = pluggy.PluginManager(PROJECT)
        self.manager.add_hookspecs(HookSpecs)
        self.disable = disable
        self.safe_mode = safe_mode
        self.plugins: dict[str, PluginInfo] = {}
        self.modules: dict[str, ModuleType] = {}
        self.broken: dict[str, str] = {}
        self._declared: dict[str, dict[str, tuple[Any, ...]]] = {}
        self._ordered: dict[tuple[str, frozenset[str] | None], tuple[list[Any], list[Any]]] = {}
        self._owners: dict[tuple[str, int], tuple[Any, str]] = {}
        self._failures: dict[str, list[float]] = {}
        self._told: dict[tuple[str, str, str, str], list[float]] = {}

    # --- loading

    def load(self) -> None:
        """Load core's areas, then every plugin found; a plugin that fails is broken, and the rest goes on."""
        for area in AREAS:
            try:
                module = importlib.import_module(f"core.{area}.plugin")
            except ModuleNotFoundError as error:
                if error.name not in (f"core.{area}", f"core.{area}.plugin"):
                    raise
                continue
            self._add(f"core.{area}", module)
        if self.safe_mode:
            return
        for name, target in find_plugins():
            try:
                module = importlib.import_module(target)
                self._add(name, module)
            except Exception as error:
                self._break(name, f"{type(error).__name__}: {error}")
                log.exception("plugin cannot be loaded", plugin=name)
        for name, info in list(self.plugins.items()):
            missing = [r for r in info.requires if r not in self.plugins]
            if missing:
                self._break(name, f"requires {', '.join(missing)}, which is not installed")

    def add(self, name: str, module: ModuleType) -> None:
        """Load one plugin by hand, for tests. Raises Misdeclared."""
        self._add(name, module)

    def _add(self, name: str, module: ModuleType) -> None:
        core = name.startswith("core.")
        info: PluginInfo | None = getattr(module, "info", None)
        if not isinstance(info, PluginInfo):
            raise Misdeclared(f"{module.__name__} has no `info = PluginInfo(...)`")
        if info.name != name or not (core or NAME.match(name)):
            raise Misdeclared(f"{module.__name__} calls itself {info.name!r}, but its name is {name!r}")
        if name in self.plugins:
            raise Misdeclared(f"two plugins are called {name!r}")
        self.manager.register(module, name=name)
        try:
            self.manager.check_pending()
            declared = {hook: self._ask(name, hook) for hook in REGISTER_HOOKS}
            check_ownership(info, declared)
        except Exception:
            self.manager.unregister(name=name)
            raise
        self.plugins[name] = info
        self.modules[name] = module
        self._declared[name] = declared

    def _ask(self, name: str, hook: str) -> tuple[Any, ...]:
        for implementation in getattr(self.manager.hook, hook).get_hookimpls():
            if implementation.plugin_name == name:
                return tuple(implementation.function() or ())
        return ()

    def _break(self, name: str, reason: str) -> None:
        self.broken[name] = reason

    # --- taking part

    def takers(self, hook: str, session: Session) -> list[Any]:
        """Give the implementations of a `before_*` hook of all installed plugins, enabled or not.

        Raises Refused while a plugin that cannot be loaded has tables: nobody could speak for its rows.
        """
        tables = inspect(session.connection()).get_table_names() if self.broken else []
        for name in self.broken:
            if name not in self.modules and any(table.startswith(f"{name}_") for table in tables):
                text = _("The module %(name)s cannot be loaded, but holds records of customers. Repair it.", name=name)
                raise Refused(text)
        return [one.function for one in getattr(self.manager.hook, hook).get_hookimpls()]

    # --- asking

    @property
    def installed(self) -> list[str]:
        """Names of the loaded plugins without core's areas, in `requires` order."""
        ordered: list[str] = []

        def place(name: str) -> None:
            if name in ordered or name not in self.plugins:
                return
            for needed in self.plugins[name].requires:
                place(needed)
            ordered.append(name)

        for name in sorted(self.plugins):
            if not name.startswith("core."):
                place(name)
        return ordered

    def enabled(self, session: Session) -> frozenset[str]:
        """Give the plugins that are on, whole and not overridden by ZHIKE_DISABLE; asked once per unit of work."""
        info = current_work().info
        found: frozenset[str] | None = info.get("enabled")
        if found is None:
            rows = kept(
                session,
                "plugins",
                "states",
                lambda: {r.name: (r.enabled, r.broken) for r in session.scalars(select(PluginState))},
            )
            found = self.switched_on(rows)
            info["enabled"] = found
        return found

    def switched_on(self, rows: dict[str, tuple[bool, str]]) -> frozenset[str]:
        """Work out the enabled plugins from the rows of the switch table; no row means on."""
        on = {
            name
            for name in self.installed
            if name not in self.broken and name not in self.disable and rows.get(name, (True, "")) == (True, "")
        }
        while lame := {name for name in on if any(r not in on for r in self.plugins[name].requires)}:
            on -= lame
        return frozenset(on)

    def active(self) -> frozenset[str]:
        """Give the enabled plugins of this unit of work."""
        if not has_work():
            return frozenset(self.installed) - frozenset(self.broken) - self.disable
        return self.enabled(current_work().session)

    def declared(self, hook: str, *, everywhere: bool = False) -> list[Any]:
        """List what core and the enabled plugins declare through a `register_*` hook, in order.

        `everywhere` takes the disabled ones too: for migrations, the contract suite and the rights matrix.
        """
        on = None if everywhere else self.active()
        said = [declared.get(hook, ()) for declared in self._declared.values()]
        known = self._ordered.get((hook, on))
        if known is None or known[0] != said:
            names = [n for n in self.plugins if on is None or n.startswith("core.") or n in on]
            found = [one for n in names for one in self._declared[n].get(hook, ())]
            known = (said, sorted(found, key=lambda one: getattr(one, "order", 100)))
            self._ordered[hook, on] = known
        return list(known[1])

    def declared_by(self, name: str, hook: str) -> tuple[Any, ...]:
        """List what one plugin declares, whether it is on or not."""
        return self._declared.get(name, {}).get(hook, ())

    def owner_of(self, hook: str, declaration: Any) -> str:
        """Tell which plugin made a declaration."""
        known = self._owners.get((hook, id(declaration)))
        if known is not None and known[0] is declaration:
            return known[1]
        for name, declared in self._declared.items():
            if any(one is declaration for one in declared.get(hook, ())):
                self._owners[hook, id(declaration)] = (declaration, name)
                return name
        raise KeyError(declaration)

    def permissions(self, *, everywhere: bool = False) -> list[Permission]:
        """List the permissions of core and the enabled plugins."""
        return self.declared("register_permissions", everywhere=everywhere)

    def resources(self, *, everywhere: bool = False) -> list[Resource]:
        """List the resources of core and the enabled plugins."""
        return self.declared("register_resources", everywhere=everywhere)

    def resource(self, key: str, *, everywhere: bool = False) -> Resource:
        """Find a resource by its key (`companies`, `journals/subscriptions`; a dot does as well). Raises KeyError."""
        for one in self.resources(everywhere=everywhere):
            if key.replace(".", "/") == one.key:
                return one
        raise KeyError(key)

    def before(self, hook: str, **arguments: Any) -> None:
        """Call a `before_*` hook of every installed plugin, enabled or not. A Refused passes through to the caller."""
        if hook not in BEFORE_HOOKS:
            raise KeyError(hook)
        for name, reason in self.broken.items():
            raise ZhikeError(f"plugin {name} is broken ({reason}): what touches its rows must wait")
        getattr(self.manager.hook, hook)(**arguments)

    # --- containing what fails

    @contextmanager
    def contained(self, name: str, where: str) -> Iterator[None]:
        """Run what a plugin gave; log what it raises. Too often, and the plugin is broken in this process.

        What a person's input brings about is not counted: whoever types it again and again would switch plugins off.
        """
        try:
            yield
        except Exception as error:
            self._tell(name, where, error)
            if not isinstance(error, FROM_INPUT):
                self._count(name, where, error)
            raise PluginFailed(name, where) from error

    def _count(self, name: str, where: str, error: Exception) -> None:
        now = time.monotonic()
        recent = [t for t in self._failures.get(name, []) if now - t < FAILURE_WINDOW] + [now]
        self._failures[name] = recent
        if len(recent) >= FAILURE_LIMIT and not name.startswith("core."):
            self._break(
                name,
                f"raised {len(recent)} times within {FAILURE_WINDOW / 60:.0f} minutes, last in {where}: {error}",
            )

    def _tell(self, name: str, where: str, error: Exception) -> None:
        """Log a contained failure with a short traceback; the same again within a minute is counted, not written."""
        now, message = time.monotonic(), str(error)[:500]
        key = (name, where, type(error).__name__, message)
        since, repeats = self._told.get(key, (-REPEAT_WINDOW, 0.0))
        if now - since < REPEAT_WINDOW:
            self._told[key] = [since, repeats + 1]
            return
        if len(self._told) >= REPEATS_KEPT:
            self._told.clear()
        self._told[key] = [now, 0.0]
        again = {"repeated": int(repeats)} if repeats else {}
        what = f"{type(error).__name__}: {message}"
        log.error("plugin failed", plugin=name, where=where, error=what, traceback=brief_traceback(error), **again)

    def folder(self, name: str) -> Path:
        """Give the folder of a plugin or core area."""
        file = self.modules[name].__file__
        assert file is not None
        return Path(file).parent


class PluginFailed(ZhikeError):
    """A plugin raised; what it was asked for is shown as unavailable."""

    def __init__(self, plugin: str, where: str) -> None:
        super().__init__(f"plugin {plugin} failed in {where}")
        self.plugin = plugin


def find_plugins() -> list[tuple[str, str]]:
    """List `(name, module)` of the folders of `plugins/` and of the entry points of other distributions."""
    import plugins

    found = {name: f"plugins.{name}.plugin" for _, name, package in pkgutil.iter_modules(plugins.__path__) if package}
    for point in importlib.metadata.entry_points(group=ENTRY_POINTS):
        found.setdefault(point.name, point.value)
    return sorted(found.items())


def check_ownership(info: PluginInfo, declared: Mapping[str, Sequence[Any]]) -> None:
    """Refuse declarations under a name that the plugin does not own. Raises Misdeclared naming each."""
    core = info.name.startswith("core.")
    prefix = "core" if core else info.name
    wrong: list[str] = []

    def owned(kind: str, names: Iterable[str], separator: str) -> None:
        wrong.extend(f"{kind} {n!r}" for n in names if not str(n).startswith(prefix + separator))

    owned("permission", (p.code for p in declared["register_permissions"]), ":")
    owned("event", (e.name for e in declared["register_events"]), ".")
    for hook in (
        "register_jobs",
        "register_metrics",
        "register_calendars",
        "register_dashboard_cards",
        "register_reminders",
        "register_prints",
        "register_import_columns",
        "register_customer_figures",
        "register_mail_stops",
    ):
        owned(hook.removeprefix("register_").rstrip("s"), (d.name for d in declared[hook]), ".")
    wrong.extend(f"mail_stop {one.name!r}" for one in declared["register_mail_stops"] if len(one.name) > MAIL_STOP)
    owned("setting", (s.key for s in declared["register_settings"]), ".")
    wrong.extend(f"resource {r.name!r}" for r in declared["register_resources"] if r.plugin != prefix)
    for blueprint in declared["register_blueprints"]:
        if not core and (blueprint.name != info.name or blueprint.url_prefix != f"/{info.name}"):
            wrong.append(f"blueprint {blueprint.name!r} under {blueprint.url_prefix!r}")
    for resource in declared["register_resources"]:
        table = resource.model.__tablename__
        if not table.startswith(f"{prefix}_"):
            wrong.append(f"table {table!r}")
    if wrong:
        raise Misdeclared(f"plugin {info.name} declares what it does not own: {', '.join(wrong)}")
