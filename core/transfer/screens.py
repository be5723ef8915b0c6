"""What the pages of the wizard show, as plain values."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import BuildError

from core.auth.models import User
from core.db import system_session
from core.i18n import _, gettext, ngettext, within
from core.plugin import Resource
from core.transfer.forms import layout_choices
from core.transfer.importer import Importer, importer_of
from core.transfer.mapping import Target
from core.transfer.models import ImportBatch, ImportRow
from core.transfer.places import place_of
from core.transfer.reasons import say, say_all
from core.transfer.services.batches import targets_of
from core.transfer.services.reporting import cells_of, titles_of
from core.transfer.services.reviewing import OPEN
from core.transfer.tables import Layout

OUTCOMES: Mapping[str, tuple[Any, str]] = {
    "created": (_("New"), "ok"),
    "alike": (_("New, but probably there already"), "w"),
    "updated": (_("Updates an existing one"), "p"),
    "unchanged": (_("Already the same"), "o"),
    "duplicate": (_("There already, skipped"), "w"),
    "review": (_("Possible duplicate"), "w"),
    "skipped": (_("Not a record"), "o"),
    "error": (_("Error, not imported"), "bad"),
    "undone": (_("Taken back"), "o"),
    "kept": (_("Changed since, left"), "w"),
}
WRITING = ("created", "alike", "updated", "review")
"""The outcomes of a dry run after which something is left to be done."""
STATES: Mapping[str, tuple[Any, str]] = {
    "mapping": (_("Columns to be mapped"), "o"),
    "checking": (_("Being checked"), "p"),
    "checked": (_("Ready to import"), "te"),
    "importing": (_("Being imported"), "p"),
    "done": (_("Imported"), "ok"),
    "undoing": (_("Being taken back"), "p"),
    "undone": (_("Taken back"), "o"),
    "failed": (_("Stopped"), "bad"),
}
MESSAGES: Mapping[str, Any] = {
    "stopped": _("It was stopped. What was imported until then is there."),
    "broken": _("A fault of the program stopped it. What was imported until then is there."),
}
PREVIEWED = 50
CUT = 40


def home(resource: Resource) -> str:
    """Give the address of a resource's wizard."""
    plugin = {} if resource.plugin == "core" else {"plugin": resource.plugin}
    values: dict[str, Any] = {"plural": resource.plural, **plugin}
    return url_for("transfer.start", **values)


def cut(text: str) -> str:
    """Shorten a cell for the screen."""
    text = " ".join(text.split())
    return text if len(text) <= CUT else text[:CUT] + "…"


RUN = "import_batch_id"
"""The field of the run that made a record."""


class Page:
    """What every page of the wizard knows."""

    def __init__(self, resource: Resource, batch: ImportBatch | None = None, *, mapping: bool = False) -> None:
        self.resource = resource
        self.mapping = mapping
        self.batch = batch
        self.noun = within(resource.title)
        self.nouns = resource.title_plural
        self.home = home(resource)
        self.here = f"{self.home}/{batch.id}" if batch is not None else self.home
        try:
            self.list = url_for(resource.listing) if resource.listing else ""
        except BuildError:
            self.list = ""
        self.made = self._made()
        self.title = gettext("Import %(nouns)s", nouns=within(self.nouns))

    def _made(self) -> str:
        """Give the address of the list of what the import made; the whole list where that cannot be told."""
        known = any(one.name == RUN for one in self.resource.fields)
        if self.list and known and self.batch is not None and self.batch.state == "done" and self.batch.made:
            found: dict[str, Any] = {RUN: self.batch.id}
            return str(url_for(self.resource.listing or "", **found))
        return self.list

    @property
    def crumbs(self) -> list[tuple[Any, str | None]]:
        """Give the way to this page."""
        last = [(gettext("Import"), self.home if self.batch is not None else None)]
        crumbs: list[tuple[Any, str | None]] = [(self.nouns, self.list or None), *last]
        return [*crumbs, (self.batch.filename, None)] if self.batch is not None else crumbs

    @property
    def small(self) -> str:
        """Name the file and its rows."""
        if self.batch is None:
            return ""
        rows = ngettext("%(num)s row", "%(num)s rows", self.batch.total)
        return f"{self.batch.filename} · {rows}"

    @property
    def step(self) -> int:
        """Give the number of the step that the page shows: the mapping also where the import could go on."""
        if self.batch is None:
            return 1
        if self.mapping:
            return 2
        state = self.batch.state if self.batch.state != "failed" else self.batch.phase
        return {"mapping": 2, "checking": 3, "checked": 3}.get(state, 4)

    @property
    def state(self) -> tuple[Any, str]:
        """Give the state in words and its tone."""
        assert self.batch is not None
        return STATES[self.batch.state]

    @property
    def percent(self) -> int:
        """Tell how far it is."""
        assert self.batch is not None
        if self.batch.state == "undoing":
            made = self.batch.made + self.batch.count("updated")
            back = self.batch.count("undone") + self.batch.count("kept")
            return min(100, back * 100 // max(1, made))
        return min(100, self.batch.done * 100 // max(1, self.batch.total))

    @property
    def how_far(self) -> str:
        """Tell in figures how far it is; at the end how many rows were written, where not all were."""
        assert self.batch is not None
        batch = self.batch
        if batch.state == "undoing":
            return f"{self.percent}%"
        written = batch.made + batch.count("updated")
        if batch.state == "done" and written < batch.total:
            rest = batch.total - written
            return gettext("%(written)s rows written, %(rest)s not", written=f"{written:,}", rest=f"{rest:,}")
        return f"{batch.done:,} / {batch.total:,}"

    @property
    def message(self) -> Any:
        """Say why it stopped."""
        assert self.batch is not None
        return MESSAGES.get(self.batch.message, self.batch.message)

    @property
    def counts(self) -> list[dict[str, Any]]:
        """List the outcomes that there are, with the address of their rows."""
        assert self.batch is not None
        found = []
        for name in OUTCOMES:
            number = self.batch.count(name)
            if number:
                title, tone = OUTCOMES[name]
                href = f"{self.here}/rows?outcome={name}"
                found.append({"name": name, "title": title, "tone": tone, "count": number, "href": href})
        return found

    @property
    def writes(self) -> int:
        """Tell how many rows the import would write, or leave to a person, as the dry run found."""
        assert self.batch is not None
        return sum(self.batch.count(name) for name in WRITING)

    @property
    def why_not(self) -> Any:
        """Say why there is nothing to import, empty where there is."""
        assert self.batch is not None
        if not self.batch.total:
            return gettext("The file has headings, but no rows below them. Nothing was imported; choose another file.")
        if self.writes:
            return ""
        return gettext("No row of this file would be written. See the results, or change the choices one step back.")

    @property
    def can_undo(self) -> bool:
        """Tell whether something was written that can be taken back."""
        assert self.batch is not None
        written = self.batch.made + self.batch.count("updated") > 0
        state = self.batch.state == "done" or (self.batch.state == "failed" and self.batch.phase == "importing")
        return written and state and self.batch.cleaned_at is None

    @property
    def layout(self) -> dict[str, Any]:
        """Give what can be changed of how the file is read."""
        assert self.batch is not None
        return layout_choices(self.batch)


def summary(resource: Resource, batch: ImportBatch) -> dict[str, Any]:
    """Show an import in the list of the last ones."""
    title, tone = STATES[batch.state]
    return {
        "id": batch.id,
        "file": batch.filename,
        "href": f"{home(resource)}/{batch.id}",
        "state": title,
        "tone": tone,
        "rows": batch.total,
        "created": batch.made,
        "updated": batch.count("updated"),
        "errors": batch.count("error"),
        "when": batch.created_at,
    }


@dataclass(frozen=True)
class Check:
    """What the dry run found out about a column: tone `ok`, `w` or `bad`, a sentence, where the rows are."""

    tone: str
    text: Any
    href: str = ""


def columns(
    session: Session, batch: ImportBatch, resource: Resource, chosen: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Show each column of the file: heading, first values, where it goes, what the check said."""
    stored = place_of(session).stored(batch.folder)
    first = [cells for _number, cells in itertools.islice(stored.records(Layout(**batch.layout)), 30)]
    targets = targets_of(session, resource)
    groups: dict[str, list[tuple[str, Any]]] = {}
    for target in targets:
        groups.setdefault(str(target.group), []).append((target.name, target.title))
    mapping = list(chosen) if chosen is not None else batch.mapping
    here = f"{home(resource)}/{batch.id}/rows"
    found = []
    for place, heading in enumerate(batch.headings):
        values = [cells[place] for cells in first if place < len(cells) and cells[place].strip()]
        name = mapping[place] if place < len(mapping) else ""
        found.append(
            {
                "place": place,
                "heading": heading,
                "values": "、".join(cut(value) for value in dict.fromkeys(values[:2])),
                "target": name,
                "groups": list(groups.items()),
                "checks": _checks(batch, place, name, here, targets) if chosen is None else [],
            }
        )
    return found


def _with(text: str, values: str) -> str:
    return gettext("%(field)s: %(value)s", field=text, value=values)


def _checks(batch: ImportBatch, place: int, name: str, here: str, targets: Sequence[Target]) -> list[Check]:
    checks = batch.checks
    if not name or not checks or batch.state == "mapping":
        return []
    found = checks["targets"].get(name, {})
    blank = checks["blank"][place] if place < len(checks["blank"]) else 0
    said: list[Check] = []
    if found.get("bad"):
        text = ngettext("%(num)s row is wrong", "%(num)s rows are wrong", found["bad"])
        said.append(Check("bad", text, f"{here}?outcome=error&column={name}"))
    if found.get("noted"):
        kinds = {target.name: target.kind for target in targets}
        if kinds.get(name) == "phone":
            text = ngettext("area code added in %(num)s row", "area code added in %(num)s rows", found["noted"])
            said.append(Check("ok", text, f"{here}?column={name}"))
        elif kinds.get(name) in ("company", "user"):
            text = ngettext("%(num)s name is not known here", "%(num)s names are not known here", found["kinds"])
            values = "、".join(cut(value) for value in found["values"][:3])
            said.append(Check("w", _with(text, values), f"{here}?column={name}"))
        else:
            text = ngettext("%(num)s word is in no list", "%(num)s words are in no list", found["kinds"])
            values = "、".join(cut(value) for value in found["values"][:3])
            said.append(Check("w", _with(text, values), f"{here}?column={name}"))
    missing = found.get("bad") and any(target.name == name and target.required for target in targets)
    if blank and not missing:  # a row without its name is wrong, which was said
        said.append(Check("w", ngettext("blank in %(num)s row", "blank in %(num)s rows", blank)))
    if not said:
        said.append(Check("ok", ngettext("in %(num)s row", "in all %(num)s rows", checks["rows"])))
    return said


def preview(session: Session, batch: ImportBatch, resource: Resource) -> list[dict[str, Any]]:
    """Show the first rows with what will become of each."""
    stored = place_of(session).stored(batch.folder)
    first = list(itertools.islice(stored.records(Layout(**batch.layout)), PREVIEWED))
    numbers = [number for number, _cells in first]
    lines = {
        line.number: line
        for line in session.scalars(
            select(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.number.in_(numbers))
        )
    }
    done = batch.state == "checked"
    titles = titles_of(batch)
    importer = importer_of(resource)
    shown = []
    for number, cells in first:
        line = lines.get(number)
        outcome = line.outcome if line is not None else "created"
        shown.append(
            {
                "number": number,
                "cells": [cut(cells[n]) if n < len(cells) else "" for n in _mapped(batch)],
                "outcome": OUTCOMES[outcome] if done else None,
                "reason": _reason(line, titles, importer),
            }
        )
    return shown


def _mapped(batch: ImportBatch) -> list[int]:
    """Give the columns that go somewhere, the first eight."""
    return [n for n, name in enumerate(batch.mapping) if name][:8]


def mapped_headings(batch: ImportBatch) -> list[str]:
    """Give the headings of the columns that are shown of a row."""
    return [batch.headings[n] for n in _mapped(batch)]


def _reason(line: ImportRow | None, titles: Mapping[str, str], importer: Importer) -> str:
    if line is None or not line.detail:
        return ""
    said = say_all([*line.detail.get("errors", ()), *line.detail.get("notes", ())], titles)
    why = line.detail.get("why")
    alike = _alike_words(line.detail.get("alike"), importer)
    return gettext("; ").join(part for part in (say({"code": why}, titles) if why else "", alike, said) if part)


def _alike_words(alike: Mapping[str, Any] | None, importer: Importer) -> str:
    """Say how alike a row is to what, and why."""
    if alike is None:
        return ""
    percent = round(alike["score"] * 100)
    where = gettext("row %(n)s", n=alike["row"]) if alike.get("row") else gettext("one in the register")
    why = gettext(", ").join(importer.words(alike["reasons"]))
    return gettext("Like %(what)s by %(n)s%%: %(why)s", what=where, n=percent, why=why)


def rows(
    session: Session, batch: ImportBatch, resource: Resource, *, outcome: str, column: str, after: int, limit: int
) -> dict[str, Any]:
    """Show rows of one outcome, or those in which something about one column was found."""
    statement = select(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.number > after)
    if outcome:
        statement = statement.where(ImportRow.outcome == outcome)
    titles = titles_of(batch)
    importer = importer_of(resource)
    before = batch.state == "checked"
    lines: list[ImportRow] = []
    for line in session.scalars(statement.order_by(ImportRow.number).execution_options(yield_per=500)):
        if column and not _about(line, column):
            continue
        lines.append(line)
        if len(lines) > limit:
            break
    more = len(lines) > limit
    lines = lines[:limit]
    cells = cells_of(session, batch, [line.number for line in lines])
    there = {line.id: line.record_id or ((line.detail or {}).get("alike") or {}).get("id") for line in lines}
    names = record_names(session, resource, [one for one in there.values() if one])
    hidden = owners_of(resource, [one for one in there.values() if one and one not in names])
    shown = []
    for line in lines:
        row = cells.get(line.number, [])
        shown.append(
            {
                "id": line.id,
                "number": line.number,
                "cells": [cut(row[n]) if n < len(row) else "" for n in _mapped(batch)],
                "outcome": OUTCOMES[line.outcome],
                "reason": _reason(line, titles, importer),
                "record": names.get(there[line.id] or 0) or hidden.get(there[line.id] or 0, ""),
                "href": record_address(resource, there[line.id]) if there[line.id] in names else "",
                "open": line.outcome == "review" if batch.state == "done" else before and line.outcome in OPEN,
                "decided": batch.decisions.get(str(line.number), ["", None, ""]),
            }
        )
    return {
        "rows": shown,
        "headings": mapped_headings(batch),
        "outcome": OUTCOMES.get(outcome),
        "column": titles.get(column, ""),
        "next": lines[-1].number if more else None,
        "name": outcome,
        "target": column,
        "open": any(row["open"] for row in shown),
        "before": before,
    }


def _about(line: ImportRow, column: str) -> bool:
    detail = line.detail or {}
    return any(one.get("column") == column for one in (*detail.get("errors", ()), *detail.get("notes", ())))


def record_names(session: Session, resource: Resource, ids: Sequence[int]) -> dict[int, str]:
    """Name the records that this person may find."""
    if not ids:
        return {}
    model = resource.model
    title = getattr(model, resource.title_path.split(".")[0])
    return dict(session.execute(select(model.id, title).where(model.id.in_(ids))).all())


def owners_of(resource: Resource, ids: Sequence[int]) -> dict[int, str]:
    """Say of records that this person may not find no more than that they are there, and whose they are."""
    if not ids or resource.owner is None:
        return dict.fromkeys(ids, gettext("one that you may not see"))
    model = resource.model
    with system_session("import preview") as reading:
        rows = reading.execute(
            select(model.id, User.name)
            .join(User, User.id == getattr(model, resource.owner), isouter=True)
            .where(model.id.in_(ids))
        ).all()
    return {id_: gettext("one that you may not see; owner: %(name)s", name=name or "—") for id_, name in rows}


def record_address(resource: Resource, record_id: int | None) -> str:
    """Give the address of a record's page, empty where it has none."""
    if resource.detail is None or record_id is None:
        return ""
    for name in ("id", f"{resource.name}_id"):
        try:
            values: dict[str, Any] = {name: record_id}
            return url_for(resource.detail, **values)
        except BuildError:
            continue
    return ""


def author(session: Session, batch: ImportBatch) -> str:
    """Name who imported it."""
    user = session.get(User, batch.user_id) if batch.user_id else None
    return user.name if user is not None else gettext("Command line")
