"""The history of a record, and bringing back what it once said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.audit import plain
from core.auth.audit import record as note
from core.auth.guard import signed_in
from core.auth.queries.names import names_of
from core.clock import to_local
from core.db import session, system_transaction, transaction
from core.errors import Conflict, Forbidden, NotFound, Refused
from core.i18n import _, gettext
from core.review.queries.history import DUPLICATE, KINDS, MERGE, UNMERGE, Entry, History, restored_from
from core.review.queries.trail import private_fields
from core.review.queries.wording import words_of
from core.review.rules import Rule
from core.review.services import restore
from core.review.services.restoring import Wish, differing, differing_rows
from core.review.views.base import asked_record, asked_rule, blueprint, page_of, sent_version, title_of
from core.web import go_to, render, toast

PAGE = 30
NUMBERED = re.compile(r"(import|merge|erasure) (\d+)( taken back)?")
SOURCES = {
    "merge": _("Merge"),
    "demo load": _("Demo data"),
    "privacy": _("Personal data"),
    "import": _("Import"),
    "view": "",  # that somebody looked is what the line says
    "sign-in": "",
    "number": _("a number was shown"),
    "everywhere else": _("at all other devices"),
}
"""What the program was doing, by the reasons of its transactions."""
ICONS = {"create": "plus", MERGE: "swap", UNMERGE: "undo", DUPLICATE: "copy"}


@blueprint.get("/review/history/<int:id>")
@signed_in
def history(id: int) -> Response:
    """Show what was changed of a record, by whom and when."""
    rule = asked_rule()
    record = asked_record(session(), rule, id)
    before = request.args.get("before", type=int)
    found = History(session(), rule, record, current_access()).newest(PAGE + 1, before)
    if any(private_fields(rule, one) for one in found[:PAGE]):
        with system_transaction("view") as writing:
            company_id = getattr(record, rule.resource.customer) if rule.resource.customer else None
            note(writing, "view", entity=rule.entity, entity_id=id, company_id=company_id)
    return render(
        "review/history.html",
        resource=rule.resource,
        name=title_of(rule, record),
        href=page_of(rule, id),
        lines=lines_of(rule, id, found[:PAGE], current_access().may(rule.resource.code("edit"), record)),
        earlier=url_for("review.history", id=id, of=rule.resource.key, before=found[PAGE - 1].id)
        if len(found) > PAGE
        else None,
    )


def lines_of(rule: Rule, record_id: int, found: Sequence[Entry], may_edit: bool) -> list[dict[str, Any]]:
    """Shape entries for the page; with the addresses that restore, for those who may change the record."""
    people = names_of(session(), [one.user_id for one in found])
    return [
        {
            "moment": entry.moment,
            "who": people.get(entry.user_id, gettext("System")) if entry.user_id else gettext("System"),
            "what": _what(entry),
            "icon": ICONS.get(entry.kind, "pen") if not entry.part else "pen",
            "source": source_words(entry.note),
            **ways_back(rule, record_id, entry, may_edit),
        }
        for entry in found
    ]


def ways_back(rule: Rule, record_id: int, entry: Entry, may_edit: bool = True) -> dict[str, Any]:
    """Give the values of an entry; for who may edit with the addresses that bring old ones, or the version, back."""

    def back(**more: Any) -> str | None:
        if rule.resource.change is None or not may_edit:
            return None
        return url_for("review.restore_value", line=entry.id, of=rule.resource.key, id=record_id, **more)

    values = [
        {"title": one.title, "before": one.before, "after": one.after,
         "back": back(field=one.column) if one.column else None}
        for one in entry.values
    ]  # fmt: skip
    if entry.undoable and values:
        values[-1]["back"] = back(undo=1)
    return {"values": values, "version": back() if entry.kind in KINDS else None}


def _what(entry: Entry) -> Any:
    if entry.kind in (MERGE, UNMERGE):
        return gettext("merged others into it") if entry.kind == MERGE else gettext("took a merge back")
    if entry.kind == DUPLICATE:
        return gettext("kept it as a duplicate")
    if entry.kind == "create" and not entry.part:
        return gettext("entered it")
    if entry.part:
        return {"create": gettext("added"), "delete": gettext("removed it")}.get(entry.kind, gettext("changed it"))
    return gettext("changed it")


def source_words(note: str, *, exact: bool = False) -> Any:
    """Say by what way a change came: an import, a job, a restore; empty for a person at the screen.

    Which job or event it was is only told `exact`.
    """
    moment = restored_from(session(), note)
    if moment is not None:
        return gettext("restored from the change of %(moment)s", moment=to_local(moment).strftime("%Y-%m-%d %H:%M"))
    if found := NUMBERED.fullmatch(note):
        what, number, back = found.groups()
        titles = {
            "import": gettext("Import no. %(number)s", number=number),
            "merge": gettext("Merge no. %(number)s", number=number),
            "erasure": gettext("Erasure no. %(number)s", number=number),
        }
        return gettext("%(what)s, taken back", what=titles[what]) if back else titles[what]
    if note.startswith(("event ", "job ")) and not exact:
        return gettext("automatic")
    return SOURCES.get(note, note)


@blueprint.route("/review/restore/<int:line>", methods=["GET", "POST"])
@signed_in
def restore_value(line: int) -> Response:
    """Show what a restore would change, and do it."""
    rule = asked_rule()
    record = asked_record(session(), rule)
    access = current_access()
    access.demand(rule.resource.code("edit"), record)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            with transaction() as writing:
                again = asked_record(writing, rule)
                wish = _wish(History(writing, rule, again, access), line)
                restore(writing, rule, again, access, wish, line=line, version=sent_version())
        except Forbidden:
            raise
        except Refused as found:
            refused = found
            session().expire_all()
            record = asked_record(session(), rule)
        else:
            toast(_("The old values are back"))
            return go_to(page_of(rule, record.id))
    history = History(session(), rule, record, access)
    return render(
        "review/restore.html",
        (409 if isinstance(refused, Conflict) else 422) if refused is not None else 200,
        resource=rule.resource,
        record_id=record.id,
        version=record.version,
        name=title_of(rule, record),
        line=line,
        field=request.values.get("field", ""),
        undo=request.values.get("undo", ""),
        refused=refused.message if refused is not None else None,
        values=in_words(history, _wish(history, line)),
        back=url_for("review.history", id=record.id, of=rule.resource.key),
    )


def _wish(history: History, line: int) -> Wish:
    """Give what is to be restored: one field as it was before a line, one row, or all as it was after the save.

    Raises NotFound.
    """
    found = history.line(line)
    if found is None:
        raise NotFound(_("There is no such change of this record."))
    if field := request.values.get("field", ""):
        return Wish(history.before(found, field))
    if request.values.get("undo"):
        return Wish({}, history.parts_before(found))
    return Wish(history.as_of(found), history.parts_as_of(found))


def in_words(history: History, wish: Wish) -> list[dict[str, Any]]:
    """Say of each field and row that a restore would change how it is and how it was."""
    rule, record = history.rule, history.record
    values = [
        {"title": rule.fields[name].title, "now": words_of(session(), rule.fields[name], pair[0]) or "—",
         "then": words_of(session(), rule.fields[name], pair[1]) or "—"}
        for name, pair in differing(rule, record, wish.values).items()
        if name in rule.fields
    ]  # fmt: skip
    for entity, rows in differing_rows(history, wish.rows).items():
        part = rule.parts[entity]
        for number, columns in rows.items():
            row = history.rows(entity, part).get(number)
            present = {name: plain(getattr(row, name)) for name in part.fields} if row is not None else {}
            now = history.row_words(part, present)
            then = history.row_words(part, {**present, **columns}) if columns is not None else ""
            values.append({"title": history.part_title(part), "now": now or "—", "then": then or "—"})
    return values
