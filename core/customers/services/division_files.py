"""The table of places as a file, and additions and changes out of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from core import codelists
from core.customers.data.divisions import Division
from core.customers.services.divisions import keep_orders, present_table, write_divisions
from core.errors import Refused
from core.i18n import _

HEADS = ("code", "parent", "name", "short_name", "postcode", "area_code", "retired")
MOST_ROWS = 10_000
MOST_BYTES = 4_000_000


def as_csv(units: Sequence[Division], retired: set[str]) -> str:
    """Write the places as a file, each with what lies in it below; `retired` are those that are so by themselves."""
    rows = (
        (
            *(unit.code, unit.parent_code, unit.name, unit.short_name, unit.postcode, unit.area_code),
            "1" if unit.code in retired else "",
        )
        for unit in _tree(units)
    )
    return codelists.as_csv(HEADS, rows)


def _tree(units: Sequence[Division]) -> Iterator[Division]:
    below: dict[str, list[Division]] = {}
    for unit in units:
        below.setdefault(unit.parent_code, []).append(unit)

    def walk(code: str) -> Iterator[Division]:
        for unit in below.get(code, ()):
            yield unit
            yield from walk(unit.code)

    return walk("")


def from_csv(data: bytes) -> list[dict[str, Any]]:
    """Read a file as `as_csv` writes it; columns that are missing are left as they are. Raises Refused."""
    rows = codelists.from_csv(data, HEADS, title="name", most_bytes=MOST_BYTES, most_rows=MOST_ROWS)
    return [row for _line, row in rows]


def read_divisions(session: Session, data: bytes) -> int:
    """Add and change the places that a file names, in its order; tell how many are other now. Raises Refused."""
    entries = from_csv(data)
    known = {unit.code: unit for unit in present_table(session).units}
    for entry in entries:
        parent = entry.pop("parent", None)
        unit = known.get(entry["code"])
        if unit is None:
            entry["parent_code"] = parent or ""
        elif parent is not None and parent != unit.parent_code:
            raise Refused(_("%(name)s lies in another place than the file says; it cannot be moved.", name=unit.name))
    # what others lie in comes first, however a spreadsheet sorted it
    changed = write_divisions(session, sorted(entries, key=lambda one: _level(one["code"])))
    return len(changed | _put_in_order(session, [entry["code"] for entry in entries]))


def _level(code: str) -> int:
    return 0 if code.endswith("0000") else 1 if code.endswith("00") else 2


def _put_in_order(session: Session, codes: Sequence[str]) -> set[str]:
    """Let those that a file names stand in its order, all others where they are; give those that moved."""
    place = {code: number for number, code in enumerate(codes)}
    peers: dict[str, list[str]] = {}
    for unit in present_table(session).units:
        peers.setdefault(unit.parent_code, []).append(unit.code)
    orders: list[list[str]] = []
    moved: dict[str, int] = {}
    for present in peers.values():
        order = _ordered(present, place)
        if order != present:
            orders.append(order)
            moved |= {code: here for here, code in enumerate(present) if order[here] != code}
    keep_orders(session, orders, moved)
    return set(moved)


def _ordered(present: Sequence[str], place: Mapping[str, int]) -> list[str]:
    named = iter(sorted((code for code in present if code in place), key=lambda code: place[code]))
    return [next(named) if code in place else code for code in present]
