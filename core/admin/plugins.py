"""Switches plugins on and off, tells beforehand what that hides, and purges for good."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.audit import plain, record
from core.auth.models import PluginState
from core.columns import utcnow
from core.db import Base, make_engine
from core.errors import Refused
from core.i18n import _
from core.migrate import Migrations, belongs
from core.plugin import REGISTER_HOOKS
from core.registry import Registry
from core.state import bump


@dataclass(frozen=True)
class PluginStatus:
    """One installed plugin as the plugins page shows it: state is enabled, disabled, broken or overridden."""

    name: str
    title: Any
    summary: Any
    version: str
    requires: tuple[str, ...]
    state: str
    reason: str = ""
    needed_by: tuple[str, ...] = ()
    hides: Mapping[str, int] = field(default_factory=dict)


def plugin_states(session: Session, registry: Registry) -> list[PluginStatus]:
    """List every installed plugin with its state and what a switch would hide; broken ones that never loaded too."""
    rows = {row.name: row for row in session.scalars(select(PluginState))}
    on = registry.switched_on({name: (row.enabled, row.broken) for name, row in rows.items()})
    found = []
    for name in sorted({*registry.installed, *registry.broken}):
        info = registry.plugins.get(name)
        broken = registry.broken.get(name) or (rows[name].broken if name in rows else "")
        if broken:
            state = "broken"
        elif name in registry.disable:
            state = "overridden"
        else:
            state = "enabled" if name in on else "disabled"
        found.append(
            PluginStatus(
                name=name,
                title=info.title if info else name,
                summary=info.summary if info else "",
                version=info.version if info else "",
                requires=info.requires if info else (),
                state=state,
                reason=broken,
                needed_by=tuple(n for n in sorted(on) if name in registry.plugins[n].requires),
                hides=hidden_by(registry, name),
            )
        )
    return found


def hidden_by(registry: Registry, name: str) -> dict[str, int]:
    """Count what a plugin declares: what disappears while it is off. Keys are hook names without `register_`."""
    counts = {hook.removeprefix("register_"): len(registry.declared_by(name, hook)) for hook in REGISTER_HOOKS}
    return {hook: number for hook, number in counts.items() if number}


def switch_plugin(session: Session, registry: Registry, migrations: Migrations, name: str, *, on: bool) -> PluginState:
    """Enable or disable a plugin; every process follows at its next request. Raises Refused with the reason."""
    if name not in registry.plugins or name.startswith("core."):
        raise Refused(_("There is no plugin called %(name)s.", name=name))
    rows = {row.name: row for row in session.scalars(select(PluginState))}
    states = {n: (row.enabled, row.broken) for n, row in rows.items()}
    enabled = registry.switched_on(states)
    if on:
        if reason := registry.broken.get(name):
            raise Refused(_("%(name)s is broken: %(reason)s", name=name, reason=reason))
        if missing := [needed for needed in registry.plugins[name].requires if needed not in enabled]:
            raise Refused(_("%(name)s needs %(other)s, which is not enabled.", name=name, other=", ".join(missing)))
        if name in migrations.pending():
            raise Refused(_("The tables of %(name)s are not up to date: run `zhike db upgrade` first.", name=name))
    elif users := [n for n in sorted(enabled) if name in registry.plugins[n].requires]:
        raise Refused(_("%(other)s needs %(name)s: disable it first.", name=name, other=", ".join(users)))
    row = rows.get(name)
    if row is None:
        row = PluginState(name=name)
        session.add(row)
    row.enabled, row.broken, row.changed_at = on, "", utcnow()
    session.flush()
    record(session, "plugin", entity="plugin", note=f"{name}: {'enabled' if on else 'disabled'}")
    bump(session, "plugins")
    bump(session, "rights")
    return row


def export_tables(url: str, owner: str, target: Path) -> dict[str, int]:
    """Write every row of an owner's tables into a zip of CSV files; return the rows of each."""
    counts: dict[str, int] = {}
    engine = make_engine(url)
    try:
        with engine.connect() as connection, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for table in Base.metadata.sorted_tables:
                if not belongs(table.name, owner):
                    continue
                out = io.StringIO(newline="")
                writer = csv.writer(out)
                writer.writerow(column.name for column in table.columns)
                counts[table.name] = 0
                for row in connection.execute(select(table)):
                    writer.writerow(_cell(value) for value in row)
                    counts[table.name] += 1
                archive.writestr(f"{table.name}.csv", out.getvalue())
    finally:
        engine.dispose()
    return counts


def _cell(value: Any) -> Any:
    value = plain(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def purge_plugin(
    registry: Registry, migrations: Migrations, session: Session, name: str, export: Path
) -> dict[str, int]:
    """Export and then drop a disabled plugin's tables. Raises Refused while it is enabled or nobody knows it."""
    if name not in migrations.owners or name == "core":
        raise Refused(_("There is no plugin called %(name)s with tables.", name=name))
    rows = {row.name: (row.enabled, row.broken) for row in session.scalars(select(PluginState))}
    if name in registry.switched_on(rows):
        raise Refused(_("%(name)s is enabled: disable it before purging.", name=name))
    counts = export_tables(migrations.url, name, export)
    migrations.downgrade_to_base(name)
    return counts
