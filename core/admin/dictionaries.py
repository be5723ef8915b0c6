"""Rules of dictionaries: where their codes stand, adding, ordering and merging entries, and their files."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, String, Table, UniqueConstraint, and_, delete, func, inspect, select, type_coerce
from sqlalchemy.orm import Session

from core import codelists
from core.auth.audit import record, record_many
from core.auth.models import DictionaryEntry
from core.auth.words import ENTITIES
from core.bulk import update_rows
from core.bus import start_job
from core.columns import Codes
from core.custom import column_of, fields_of
from core.customers.text import sort_key
from core.db import Base, permitted
from core.errors import Conflict, Refused
from core.i18n import LOCALES, _, gettext, speaking
from core.listing.models import ListView
from core.listing.renaming import change_conditions
from core.overlay import Choice, overlay
from core.plugin import Dictionary, Field, Job, Text
from core.state import bump
from core.tags.models import Segment
from core.tags.queries.tags import COUNTER as SEGMENTS

CODE = re.compile(r"^[a-z][a-z0-9_.]{0,58}$")
MERGE_JOB = "core.dictionary_merge"
CHUNK = 2_000
MOST_ROWS = 5_000
MOST_BYTES = 2_000_000
LINE = "line"
"""Under this name an entry carries its line of a file."""
HEADS = ("code", "parent", "title", "title_en", "retired")
TITLE = 120


@dataclass(frozen=True)
class Use:
    """A column of a table, or an added field of its records, in which codes of a dictionary stand."""

    table: Table
    column: Column[Any] | None
    field: Field | None
    title: str
    keys: tuple[tuple[str, str], ...] = ()
    """The resources, and the fields by which their lists know it."""

    @property
    def several(self) -> bool:
        """Tell whether one record may hold several codes here."""
        if self.column is None:
            return self.field is not None and self.field.kind == "choices"
        return isinstance(self.column.type, Codes)

    @property
    def values(self) -> Any:
        """Give the SQL of what stands there."""
        if self.column is not None:
            return self.column
        assert self.field is not None
        return column_of(self.table.c, self.field)


def uses_of(registry: Any, name: str) -> list[Use]:
    """Find where a dictionary is used: by the fields of all installed resources, and by columns that say so.

    A column that no field shows says it by `info={"dictionary": name}`.
    """
    found: dict[str, Use] = {}
    for resource in registry.resources(everywhere=True):
        for field in fields_of(resource):
            if field.dictionary != name:
                continue
            column = None if field.custom else _column(resource.model, field.path or field.name)
            if column is None and not field.custom:
                continue  # worked out, not stored
            table = resource.model.__table__ if column is None else column.table
            key = f"{table.name}.{field.name if column is None else column.name}"
            known = found.get(key)
            keys = (*(known.keys if known else ()), (resource.key, field.name))
            title = known.title if known else f"{resource.title} · {field.title}"
            found[key] = Use(table, column, field if column is None else None, title, keys)
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if column.info.get("dictionary") == name and f"{table.name}.{column.name}" not in found:
                title = str(ENTITIES.get(table.name, table.name))
                found[f"{table.name}.{column.name}"] = Use(table, column, None, title)
    return list(found.values())


def offered_in(registry: Any, name: str) -> list[str]:
    """Name the fields in which the titles of a dictionary are offered while somebody types.

    Their columns say it by `info={"offers": name}`; records hold the words, and no code.
    """
    found = []
    for resource in registry.resources(everywhere=True):
        for field in resource.fields:
            column = _column(resource.model, field.path or field.name)
            if column is not None and column.info.get("offers") == name:
                found.append(f"{resource.title} · {field.title}")
    return found


def _column(model: Any, path: str) -> Column[Any] | None:
    """Follow a path to the column at its end."""
    *steps, last = path.split(".")
    mapper = inspect(model)
    for step in steps:
        if step not in mapper.relationships:
            return None
        mapper = mapper.relationships[step].mapper
    return mapper.columns.get(last) if last in mapper.column_attrs else None


def counts_of(session: Session, uses: Sequence[Use]) -> Counter[str]:
    """Count, over all uses, how often each code stands somewhere, whoever may see the records."""
    found: Counter[str] = Counter()
    with permitted():
        for use in uses:
            rows = select(use.values, func.count()).where(use.values.is_not(None)).group_by(use.values)
            for value, number in session.connection().execute(rows.select_from(use.table)):
                for code in value if isinstance(value, list) else [value]:
                    found[code] += number
    return found


# --- changing --------------------------------------------------------------------------------------------------------


def rows_of(session: Session, name: str) -> dict[str, DictionaryEntry]:
    """Give what was changed in a dictionary, by code."""
    rows = select(DictionaryEntry).where(DictionaryEntry.dictionary == name)
    return {row.code: row for row in session.scalars(rows)}


def titles_in(choices: Mapping[str, Choice]) -> dict[str, tuple[str, str]]:
    """Give the titles of entries in Chinese and in English."""
    both = []
    for locale in LOCALES:
        with speaking(locale):
            both.append({code: str(choice.title) for code, choice in choices.items()})
    return {code: (both[0][code], both[1][code]) for code in choices}


def state_of(session: Session, name: str) -> str:
    """Give the mark of a dictionary's present state: who shows it can tell whether somebody changed it since."""
    entries = overlay().dictionary(session, name)
    titles = titles_in(entries)
    said = [(*titles[code], one.code, one.parent, one.retired, one.merged_into) for code, one in entries.items()]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def begin_change(session: Session, dictionary: Dictionary, seen: str = "") -> None:
    """Let nobody else change dictionaries until this transaction ends; `seen` is the state as the form was made.

    Raises Conflict when somebody changed this one since.
    """
    bump(session, "dictionaries")
    if seen and seen != state_of(session, dictionary.name):
        raise Conflict(_("Somebody changed this dictionary meanwhile. Nothing was overwritten; look at it again."))


def write_entries(session: Session, dictionary: Dictionary, entries: Sequence[Mapping[str, Any]]) -> set[str]:
    """Add and change entries, each given by `code` with what is to be other; give the codes of those that are other.

    Raises Refused, then nothing is changed; of an entry that has its line of a file, the refusal begins with it.
    """
    lines = {entry["code"]: entry[LINE] for entry in entries if LINE in entry}
    known = overlay().dictionary(session, dictionary.name)
    titles = titles_in(known)
    rows = rows_of(session, dictionary.name)
    codes = {*known, *(entry["code"] for entry in entries)}
    changed: set[str] = set()
    for entry in entries:
        code, present = entry["code"], known.get(entry["code"])
        with _told_of(lines.get(code)):
            values = _checked(dictionary, entry, present, codes)
        if present is not None:
            now: dict[str, Any] = {
                "title": titles[code][0],
                "title_en": titles[code][1],
                "parent": present.parent or "",
            }
            now |= {"retired": present.retired}
            values = {key: value for key, value in values.items() if key not in now or now[key] != value}
            if "title" in values and entry.get("title_en"):
                values["title_en"] = entry["title_en"]  # it was declared beside the other title, and stays
        if not values and present is not None:
            continue
        row = rows.get(code)
        if row is None:
            row = rows[code] = DictionaryEntry(dictionary=dictionary.name, code=code)
            session.add(row)
        for key, value in values.items():
            setattr(row, key, value if key in ("retired", "position") else value or None)
        if not row.retired:
            row.merged_into = None
        changed.add(code)
    session.flush()
    bump(session, "dictionaries")
    _alone(overlay().dictionary(session, dictionary.name), {code for code in changed if code in known}, lines)
    return changed


@contextmanager
def _told_of(line: int | None) -> Iterator[None]:
    """Begin a refusal with the line of the file that it is about."""
    try:
        yield
    except Refused as refused:
        if line is None:
            raise
        raise Refused(_("Line %(n)s: %(why)s", n=line, why=refused.message)) from None


def _alone(entries: Mapping[str, Choice], changed: Collection[str], lines: Mapping[str, int]) -> None:
    """See that no changed entry is offered under the title of another beside it. Raises Refused."""
    offered = Counter((str(one.title), one.parent or "") for one in entries.values() if not one.retired)
    for code in changed:
        one = entries[code]
        if not one.retired and offered[str(one.title), one.parent or ""] > 1:
            with _told_of(lines.get(code)):
                raise Refused(_("There is an entry %(title)s already.", title=str(one.title)))


def _checked(
    dictionary: Dictionary, entry: Mapping[str, Any], present: Choice | None, codes: set[str]
) -> dict[str, Any]:
    code = entry["code"]
    if present is None:
        if not dictionary.extensible:
            raise Refused(_("No entries can be added to this dictionary."))
        if not CODE.match(code) or not entry.get("title"):
            raise Refused(_("A new entry needs a code of small letters, digits and points, and a title."))
    if "title" in entry and not entry["title"]:
        raise Refused(_("An entry needs a title; retire it if it is not wanted any more."))
    if entry.get("parent") and (entry["parent"] not in codes or entry["parent"] == code):
        raise Refused(_("There is no entry %(code)s to stand under.", code=entry["parent"]))
    return {
        key: value[:TITLE] if key in ("title", "title_en") else value
        for key, value in entry.items()
        if key not in ("code", LINE)
    }


def move_entry(session: Session, dictionary: Dictionary, code: str, *, up: bool) -> None:
    """Move an entry one place up or down among those under the same upper entry."""
    known = overlay().dictionary(session, dictionary.name)
    if code not in known:
        raise Refused(_("There is no entry %(code)s.", code=code))
    order = list(known)
    peers = [one for one in order if known[one].parent == known[code].parent]
    other = peers.index(code) + (-1 if up else 1)
    if not 0 <= other < len(peers):
        return
    here, there = order.index(code), order.index(peers[other])
    order[here], order[there] = order[there], order[here]
    _keep_order(session, dictionary, order)


def place_entries(session: Session, dictionary: Dictionary, places: Mapping[str, int]) -> None:
    """Put entries where their page counts them, from 1, with those that stand under others below these."""
    known = overlay().dictionary(session, dictionary.name)
    order = [choice.code for choice, _depth in tree_of(known)]
    wanted = sorted((place, code) for code, place in places.items() if code in known)
    for _place, code in wanted:
        order.remove(code)
    for place, code in wanted:
        order.insert(max(place - 1, 0), code)
    if wanted:
        _keep_order(session, dictionary, order)


def _keep_order(session: Session, dictionary: Dictionary, order: Sequence[str]) -> None:
    rows = rows_of(session, dictionary.name)
    for number, one in enumerate(order):
        row = rows.get(one)
        if row is None:
            row = DictionaryEntry(dictionary=dictionary.name, code=one)
            session.add(row)
        row.position = number
    session.flush()
    bump(session, "dictionaries")


def tree_of(choices: Mapping[str, Choice]) -> list[tuple[Choice, int]]:
    """List entries with those that stand under them below, each with its depth."""
    below: dict[str | None, list[Choice]] = {}
    for choice in choices.values():
        below.setdefault(choice.parent if choice.parent in choices else None, []).append(choice)

    def walk(parent: str | None, depth: int) -> Iterator[tuple[Choice, int]]:
        for choice in below.get(parent, ()):
            yield choice, depth
            if depth < 8:  # whoever made a circle sees it end
                yield from walk(choice.code, depth + 1)

    return list(walk(None, 0))


# --- merging ---------------------------------------------------------------------------------------------------------


def merge_entries(session: Session, registry: Any, dictionary: Dictionary, old: str, new: str, typed: str) -> int:
    """Let one entry stand for another from now on; a job changes the records. Give how often the old one stood.

    What stands under the old one goes under the new one, and into what has the same title there.
    Raises Refused where the program itself counts on the old one, or its title was not typed.
    """
    known = overlay().dictionary(session, dictionary.name)
    if old not in known or new not in known or old == new or known[new].retired:
        raise Refused(_("Choose the entry that stays"), fields={"into": _("Choose the entry that stays")})
    if not dictionary.mergeable:
        raise Refused(_("What people agreed to under one of these entries holds for no other: rename or retire it."))
    if not dictionary.extensible or old in dictionary.fixed:
        raise Refused(_("The program counts on this entry: rename or retire it, it cannot be merged."))
    above = known[new].parent
    while above is not None and above in known:
        if above == old:
            raise Refused(_("An entry cannot be merged into one that stands under it."))
        above = known[above].parent
    if typed.strip() != str(known[old].title):
        said = _("Type the title of the entry as it stands above")
        raise Refused(said, fields={"typed": said})
    counted = counts_of(session, uses_of(registry, dictionary.name))[old]
    there = {str(one.title): one.code for one in known.values() if one.parent == new and not one.retired}
    below: list[dict[str, Any]] = []
    for one in [one for one in known.values() if one.parent == old]:
        twin = there.get(str(one.title)) if not one.retired else None
        if twin is None:
            below.append({"code": one.code, "parent": new})
        else:
            counted += merge_entries(session, registry, dictionary, one.code, twin, str(one.title))
    write_entries(session, dictionary, [*below, {"code": old, "retired": True}])
    _row_of(session, dictionary.name, old).merged_into = new
    _change_settings(session, registry, dictionary.name, old, new)
    _change_views(session, uses_of(registry, dictionary.name), old, new)
    record(
        session,
        "merge",
        entity="core_dictionary_entry",
        changes={"dictionary": [None, dictionary.name], "code": [old, new], "records": [None, counted]},
    )
    start_job(session, MERGE_JOB, {"dictionary": dictionary.name, "old": old, "new": new})
    return counted


def _row_of(session: Session, name: str, code: str) -> DictionaryEntry:
    rows = select(DictionaryEntry).where(DictionaryEntry.dictionary == name, DictionaryEntry.code == code)
    return session.scalars(rows).one()


def _change_settings(session: Session, registry: Any, name: str, old: str, new: str) -> None:
    """Let settings that name the old code name the new one."""
    changed = {}
    for one in registry.declared("register_settings", everywhere=True):
        if one.dictionary == name and one.kind == "codes":
            codes = [code for code in str(overlay().setting(session, one.key)).split(",") if code]
            if old in codes:
                changed[one.key] = ",".join(dict.fromkeys(new if code == old else code for code in codes))
    overlay().change_settings(session, changed)


def _change_views(session: Session, uses: Sequence[Use], old: str, new: str) -> None:
    """Let saved views and segments that ask for the old code ask for the new one."""
    fields = {(key, name) for use in uses for key, name in use.keys}
    change_conditions(session, ListView, fields, old, new)
    change_conditions(session, Segment, fields, old, new)
    bump(session, "lists")
    bump(session, SEGMENTS)


def run_merge(turn: Any, dictionary: str, old: str, new: str) -> str:
    """Change a code in all records that hold it, some at a time."""
    done = 0
    with turn.reading():
        uses = uses_of(turn.bus.registry, dictionary)
    for use in uses:
        while True:
            with turn.transaction() as session:
                changed = recode(session, use, old, new, note=f"dictionary {dictionary}")
                done += changed
                said = str(gettext("%(n)s records changed", n=f"{done:,}"))
                turn.note(session, said)
            if not changed:
                break
    return str(gettext("%(n)s records changed", n=f"{done:,}"))


def recode(session: Session, use: Use, old: str, new: str, *, note: str = "") -> int:
    """Change a code in the first so many records that hold it; give how many they were. Each gets a line of history."""
    connection, table = session.connection(), use.table
    found = select(table).where(_holds(use, old)).order_by(table.c.id).limit(CHUNK)
    rows = [dict(row) for row in connection.execute(found).mappings()]
    twice = _twice(session, use, [row["id"] for row in rows], new)
    if twice:
        connection.execute(delete(table).where(table.c.id.in_(twice)))
    lines, updates = [], []
    for row in rows:
        if row["id"] in twice:
            continue
        name, before = ("custom", row["custom"]) if use.column is None else (use.column.name, row[use.column.name])
        after = _recoded(use, before, old, new)
        values = {name: after}
        if "version" in row:
            values["version"] = row["version"] + 1
        updates.append((row["id"], values))
        lines.append(
            {
                "entity": table.name,
                "entity_id": row["id"],
                "company_id": row["id"] if table.name == "core_company" else row.get("company_id"),
                "changes": {name: [before, after]},
                "note": note,
            }
        )
    update_rows(session, table, updates)
    record_many(session, "edit", lines)
    return len(rows)


def _holds(use: Use, code: str) -> Any:
    if not use.several:
        return use.values == code
    if use.column is not None:
        return use.column.contains(f",{code},", autoescape=True)
    return type_coerce(use.values, String).contains(f'"{code}"', autoescape=True)


def _recoded(use: Use, before: Any, old: str, new: str) -> Any:
    if use.column is None:
        assert use.field is not None
        held = before[use.field.name]
        return {**before, use.field.name: _in_list(held, old, new) if use.several else new}
    return _in_list(before, old, new) if use.several else new


def _in_list(codes: Sequence[str], old: str, new: str) -> list[str]:
    return list(dict.fromkeys(new if code == old else code for code in codes))


def _twice(session: Session, use: Use, ids: Sequence[int], new: str) -> set[int]:
    """Find rows that would stand twice: their like with the new code is there already."""
    column = use.column
    if column is None or use.several or not ids:
        return set()
    found: set[int] = set()
    other = use.table.alias()
    for rule in use.table.constraints:
        if isinstance(rule, UniqueConstraint) and column.name in rule.columns:
            same = [use.table.c[one.name] == other.c[one.name] for one in rule.columns if one.name != column.name]
            like = and_(*same, other.c[column.name] == new)
            statement = select(use.table.c.id).join(other, like).where(use.table.c.id.in_(ids))
            found.update(session.connection().scalars(statement))
    return found


JOBS = (Job(name=MERGE_JOB, title=_("Change a merged dictionary entry in the records"), run=run_merge, chunked=True),)


# --- files -----------------------------------------------------------------------------------------------------------


def as_csv(choices: Mapping[str, Choice]) -> str:
    """Write a dictionary as a file, in its order."""
    titles = titles_in(choices)
    rows = (
        (choice.code, choice.parent or "", *titles[choice.code], "1" if choice.retired else "")
        for choice, _depth in tree_of(choices)
    )
    return codelists.as_csv(HEADS, rows)


def from_csv(data: bytes) -> list[dict[str, Any]]:
    """Read a file as `as_csv` writes it; columns that are missing are left as they are. Raises Refused."""
    rows = codelists.from_csv(data, HEADS, title="title", most_bytes=MOST_BYTES, most_rows=MOST_ROWS)
    return [{**row, "position": number, LINE: at} for number, (at, row) in enumerate(rows, 2)]


def read_entries(session: Session, dictionary: Dictionary, data: bytes) -> int:
    """Add and change the entries that a file names; tell how many are other now. Raises Refused."""
    entries = from_csv(data)
    present = list(overlay().dictionary(session, dictionary.name))
    named = [entry["code"] for entry in entries if entry["code"] in present]
    if named == [code for code in present if code in named]:  # the order is as it was
        entries = [
            {key: value for key, value in entry.items() if key != "position" or entry["code"] not in named}
            for entry in entries
        ]
    return len(write_entries(session, dictionary, entries))


def dictionaries_of(registry: Any) -> list[tuple[Dictionary, Text]]:
    """List the dictionaries of core and the enabled plugins with the module's title, and those of added fields."""
    found: list[tuple[Dictionary, Text]] = []
    for name, info in registry.plugins.items():
        if name.startswith("core.") or name in registry.active():
            found += [(one, info.title) for one in registry.declared_by(name, "register_dictionaries")]
    for resource in registry.resources():
        found += [
            (Dictionary(name=field.dictionary, title=field.title), resource.title_plural)
            for field in fields_of(resource)
            if field.custom and field.dictionary is not None
        ]
    return sorted(found, key=lambda pair: (pair[0].order, sort_key(str(pair[0].title))))
