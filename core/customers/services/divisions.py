"""Rules of the table of places: adding, renaming, ordering and retiring them, and merging one into another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth.audit import record
from core.auth.models import Audit, DivisionEntry, StateVersion
from core.bus import start_job
from core.clock import local_today
from core.customers.data.divisions import BELOW, Division, Level, Table, bare_name, changed_table, full_name
from core.customers.numbers import check_postcode
from core.customers.queries.divisions import COUNTER, division_entries
from core.errors import Conflict, Refused
from core.i18n import _
from core.listing.models import ListView
from core.listing.renaming import change_conditions
from core.state import bump
from core.tags.models import Segment
from core.tags.queries.tags import COUNTER as SEGMENTS

FOLLOW_JOB = "core.divisions_follow"
SEPARATE_JOB = "core.divisions_separate"
CODE = re.compile(r"[1-9][0-9]{5}")
BREAK = re.compile(r"[\s\d,，;；\x00-\x1f\x7f]")
AREA_CODE = re.compile(r"0[0-9]{2,4}")
NAME = 40
REGIONS = frozenset({("companies", "division")})
KEPT: tuple[tuple[Any, str], ...] = ((ListView, "lists"), (Segment, SEGMENTS))
"""What keeps conditions, and the counters by which processes learn that they are other."""
TEXTS = ("name", "short_name", "postcode", "area_code")


def begin_change(session: Session, seen: int | None = None) -> None:
    """Let nobody else change places until this transaction ends; `seen` is the counter as the form was made.

    Raises Conflict when somebody changed them since.
    """
    bump(session, COUNTER)
    now = session.scalar(select(StateVersion.version).where(StateVersion.name == COUNTER))
    if seen is not None and now != seen + 1:
        raise Conflict(_("Somebody changed the places meanwhile. Nothing was overwritten; look at them again."))


def present_table(session: Session) -> Table:
    """Give the table as this transaction sees it; what a process keeps in memory follows only what was committed."""
    return changed_table(division_entries(session))


def write_divisions(session: Session, entries: Sequence[Mapping[str, Any]]) -> set[str]:
    """Add and change places, each given by `code` with what is to be other; give the codes of those that are other.

    A new one gives `parent_code`, empty for a province. Records follow a new name by a job. Raises Refused, then
    nothing is changed.
    """
    present = present_table(session)
    known, merged = {unit.code: unit for unit in present.units}, present.merged
    rows = {row.code: row for row in session.scalars(select(DivisionEntry))}
    renamed: list[str] = []
    shortened: list[str] = []
    told: dict[str, dict[str, Any]] = {}
    for entry in entries:
        code = entry["code"]
        if code in merged:
            raise Refused(_("%(name)s was merged into another place.", name=merged[code].name))
        unit, row = known.get(code), rows.get(code)
        own_retired = row is not None and row.retired
        values = _checked(entry, unit, own_retired)
        if unit is None:
            known[code] = _new(session, entry, values, known)
            told[code] = {"code": [None, code], **{key: [None, value] for key, value in values.items() if value}}
            continue
        if not values:
            continue
        if row is None:
            row = rows[code] = DivisionEntry(code=code)
            session.add(row)
        if "name" in values:
            _keep_name(row, unit.name, values["name"])
            values.setdefault("short_name", bare_name(values["name"]))
            renamed.append(code)
        elif "short_name" in values:
            shortened.append(code)
        told[code] = {}
        for key, value in values.items():
            told[code][key] = [own_retired if key == "retired" else getattr(unit, key), value]
            setattr(row, key, value)
    session.flush()
    present = present_table(session)
    _alone(present.units, set(told))
    _tell(session, "edit", told)
    now = {unit.code: unit.name for unit in present.units}
    _ask_by_name(session, [(known[code], now[code]) for code in renamed], present.units)
    if codes := [*renamed, *shortened]:  # by the short name records are found too
        start_job(session, FOLLOW_JOB, {"codes": codes})
    return set(told)


def _tell(session: Session, kind: str, told: Mapping[str, Mapping[str, Any]]) -> None:
    """Put on record what is other with places, by code; the rows themselves hold only what differs from the table."""
    present = present_table(session)
    units = {**present.merged, **{unit.code: unit for unit in present.units}}
    ids = {row.code: row.id for row in session.execute(select(DivisionEntry.code, DivisionEntry.id))}
    for code, changes in told.items():
        made = "create" if changes.get("code", [code])[0] is None else kind
        record(session, made, entity="core_division", entity_id=ids[code], changes=changes, note=full_name(units[code]))


def _checked(entry: Mapping[str, Any], unit: Division | None, retired: bool) -> dict[str, Any]:
    """Give what is other than before. Raises Refused."""
    values = {key: str(entry[key] or "").strip() for key in TEXTS if key in entry}
    title = values.get("name") or (unit.name if unit is not None else entry["code"])
    if "name" in values and len(values["name"]) < 2:
        raise Refused(_("%(code)s: a place needs a name.", code=entry["code"]))
    if any(
        BREAK.search(values.get(key, "")) for key in ("name", "short_name")
    ):  # names stand side by side in conditions and addresses
        raise Refused(_("%(name)s: a name has no blanks, commas or figures.", name=title))
    if values.get("postcode"):
        try:
            values["postcode"] = check_postcode(values["postcode"])
        except ValueError:
            raise Refused(_("%(name)s: a postcode has six digits.", name=title)) from None
    if values.get("area_code") and not AREA_CODE.fullmatch(values["area_code"]):
        raise Refused(_("%(name)s: an area code begins with 0 and has three to five digits.", name=title))
    if any(len(values.get(key, "")) > NAME for key in ("name", "short_name")):
        raise Refused(_("%(name)s: at most %(n)s characters.", name=title, n=NAME))
    if not values.get("short_name"):
        values.pop("short_name", None)
    if unit is None:
        return values
    found: dict[str, Any] = {key: value for key, value in values.items() if getattr(unit, key) != value}
    if "retired" in entry and bool(entry["retired"]) != retired:
        found["retired"] = bool(entry["retired"])
    return found


def _new(
    session: Session, entry: Mapping[str, Any], values: Mapping[str, Any], known: Mapping[str, Division]
) -> Division:
    """Add a place. Raises Refused."""
    code, parent = entry["code"], str(entry.get("parent_code") or "")
    above = known.get(parent)
    if parent and (above is None or above.level not in BELOW):
        raise Refused(_("There is no place %(code)s that others lie in.", code=parent))
    peers = [unit.code for unit in known.values() if unit.parent_code == parent]
    if not CODE.fullmatch(code) or not fits(code, above, peers):
        begin = start_of(above)
        raise Refused(_("A code here has six digits and begins with %(start)s: %(code)s", start=begin, code=code))
    if not values.get("name"):
        raise Refused(_("%(code)s: a place needs a name.", code=code))
    row = DivisionEntry(
        code=code,
        parent_code=parent or None,
        name=values["name"],
        short_name=values.get("short_name") or bare_name(values["name"]),
        postcode=values.get("postcode") or None,
        area_code=values.get("area_code") or None,
        retired=bool(entry.get("retired")),
    )
    session.add(row)
    level: Level = "province" if above is None else BELOW[above.level]
    pattern = above or next(iter(known.values()))
    return replace(pattern, code=code, level=level, name=row.name or "", parent_code=parent, retired=row.retired)


def start_of(above: Division | None) -> str:
    """Give the digits with which the codes begin of what lies in a place."""
    return "" if above is None else above.code[:2] if above.level == "province" else above.code[:4]


def fits(code: str, above: Division | None, peers: Iterable[str]) -> bool:
    """Tell whether a code stands for a place that lies in `above`: lists ask for all in it by how codes begin."""
    if above is None:
        return code.endswith("0000")
    if above.level == "province":
        return code[:2] == above.code[:2] and code[2:] != "0000"
    starts = {above.code[:4], *(peer[:4] for peer in peers)}  # 城口县 of 重庆市 begins with 5002
    return above.code.endswith("00") and code[:4] in starts and code[4:] != "00"


def _keep_name(row: DivisionEntry, before: str, now: str) -> None:
    """Remember what a place was called, so that it is found by that too."""
    kept = [[day, name] for day, name in row.former or () if name not in (before, now)]
    row.former = [*kept, [local_today().isoformat(), before]]


def _ask_by_name(session: Session, renamed: Sequence[tuple[Division, str]], others: Iterable[Division]) -> None:
    """Let saved views and segments that ask for places by name ask by the present ones, unless others have the names.

    `renamed` are the places as they were, each with what it is called now.
    """
    taken = {(unit.name, unit.level) for unit in others}
    asked = [query for model, _counter in KEPT for query in session.scalars(select(model.query))]
    named = unquote_plus(" ".join(asked))  # a file may rename thousands, of which hardly one is asked for
    for before, now in renamed:
        if before.name in named and (before.name, before.level) not in taken:
            fields = {(resource, before.level) for resource in ("companies", "contacts")}
            for model, counter in KEPT:
                change_conditions(session, model, fields, before.name, now)
                bump(session, counter)


def _alone(units: Iterable[Division], changed: set[str]) -> None:
    """See that no changed place is offered under the name of another beside it. Raises Refused."""
    offered = Counter((unit.parent_code, unit.name) for unit in units if not unit.retired)
    for unit in units:
        if unit.code in changed and not unit.retired and offered[unit.parent_code, unit.name] > 1:
            raise Refused(_("There is a place %(name)s there already.", name=unit.name))


# --- order -----------------------------------------------------------------------------------------------------------


def move_division(session: Session, code: str, *, up: bool) -> None:
    """Move a place one up or down among those that lie in the same. Raises Refused."""
    peers = _peers(session, code)
    other = peers.index(code) + (-1 if up else 1)
    if 0 <= other < len(peers):
        here = peers.index(code)
        peers[here], peers[other] = peers[other], peers[here]
        keep_orders(session, [peers], {code: here})


def place_divisions(session: Session, places: Mapping[str, int]) -> None:
    """Put places that lie in the same one where their page counts them, from 1. Raises Refused."""
    wanted = sorted((place, code) for code, place in places.items())
    if not wanted:
        return
    order = _peers(session, wanted[0][1])
    before = {code: order.index(code) for _place, code in wanted if code in order}
    for code in before:
        order.remove(code)
    for place, code in wanted:
        if code in before:
            order.insert(max(place - 1, 0), code)
    keep_orders(session, [order], before)


def _peers(session: Session, code: str) -> list[str]:
    units = present_table(session).units
    parent = next((unit.parent_code for unit in units if unit.code == code), None)
    if parent is None:
        raise Refused(_("There is no place %(code)s.", code=code))
    return [unit.code for unit in units if unit.parent_code == parent]


def keep_orders(session: Session, orders: Iterable[Sequence[str]], before: Mapping[str, int]) -> None:
    """Let places stand in order, each time those that lie in the same one; `before` says where the moved ones stood."""
    now = {code: number for order in orders for number, code in enumerate(order)}
    rows = {row.code: row for row in session.scalars(select(DivisionEntry))}
    for code, number in now.items():
        row = rows.get(code)
        if row is None:
            row = DivisionEntry(code=code)
            session.add(row)
        row.position = number
    session.flush()
    moved = {code: [place + 1, now[code] + 1] for code, place in before.items()}
    _tell(session, "edit", {code: {"position": pair} for code, pair in moved.items() if pair[0] != pair[1]})


# --- merging ---------------------------------------------------------------------------------------------------------


def merge_division(session: Session, old: str, new: str, typed: str, *, elsewhere: bool = False) -> None:
    """Let one place stand for another of its level from now on; a job changes the records.

    Below provinces both lie in the same one, unless `elsewhere` says that another is meant. Raises Refused where
    something still lies in the place that goes, or its name was not typed.
    """
    units = {unit.code: unit for unit in present_table(session).units}
    gone, stays = units.get(old), units.get(new)
    if gone is None or stays is None or gone is stays or gone.level != stays.level or stays.retired:
        said = _("Choose a place of the same level that stays")
        raise Refused(said, fields={"into": said})
    if gone.level != "province" and gone.province != stays.province and not elsewhere:
        said = _("%(name)s lies in another province: %(place)s", name=stays.name, place=full_name(stays))
        raise Refused(said, fields={"into": said})
    within = [unit.name for unit in units.values() if unit.parent_code == old]
    if within:
        names = "、".join(within[:5]) + ("…" if len(within) > 5 else "")
        raise Refused(_("First merge what lies in it into places of the other one: %(names)s", names=names))
    if typed.strip() != gone.name:
        said = _("Type the name of the place as it stands above")
        raise Refused(said, fields={"typed": said})
    row = session.scalar(select(DivisionEntry).where(DivisionEntry.code == old))
    if row is None:
        row = DivisionEntry(code=old)
        session.add(row)
    row.merged_into = new
    session.flush()
    _tell(session, "merge", {old: {"code": [old, new], "merged_into": [full_name(gone), full_name(stays)]}})
    for model, counter in KEPT:
        change_conditions(session, model, REGIONS, old, new)
        bump(session, counter)
    _ask_by_name(session, [(gone, stays.name)], [unit for unit in units.values() if unit is not gone])
    start_job(session, FOLLOW_JOB, {"codes": [old]})


def separate_division(session: Session, code: str) -> None:
    """Take a merge back: the place stands for itself again, and a job gives it the records that nobody changed since.

    Saved views and segments go on asking for the other one. Raises Refused.
    """
    row = session.scalar(select(DivisionEntry).where(DivisionEntry.code == code))
    into = row.merged_into if row is not None else None
    if row is None or into is None:
        raise Refused(_("This place was not merged into another."))
    stood = full_name(_unit(session, into))
    row.merged_into = None
    session.flush()
    _alone(present_table(session).units, {code})
    merged = select(func.max(Audit.id)).where(
        Audit.entity == "core_division", Audit.entity_id == row.id, Audit.kind == "merge"
    )
    since = session.scalar(merged) or 0
    _tell(session, "edit", {code: {"merged_into": [stood, None]}})
    start_job(session, SEPARATE_JOB, {"code": code, "into": into, "since": since})


def _unit(session: Session, code: str) -> Division:
    present = present_table(session)
    return present.merged.get(code) or next(unit for unit in present.units if unit.code == code)
