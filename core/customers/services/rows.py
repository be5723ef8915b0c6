"""Brings the rows of a company or contact (phones, brands, …) in step with what a form or file says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session, object_session

from core.customers.addresses import parse_address
from core.customers.models import (
    Address,
    Alias,
    Company,
    CompanyBrand,
    CompanyCategory,
    CompanyIndustry,
    CompanyRelation,
    Contact,
    Email,
    Need,
    Phone,
)
from core.customers.services.barring import stamp
from core.customers.text import name_key
from core.errors import Refused
from core.i18n import _

Line = Mapping[str, Any]
"""One row as typed: the columns, and `id` where it is an existing one."""

CHIEF: Mapping[type[Any], str] = {
    Phone: "number", Email: "address", Address: "text", Alias: "name", Need: "kind",
    CompanyRelation: "other_id",
}  # fmt: skip
"""The column without which a line is empty; a known line that lost it is removed."""


def sync_lines(
    session: Session,
    parent: Company | Contact,
    rows: list[Any],
    model: type[Any],
    lines: Iterable[Line],
    known: set[int],
    by: int | None,
) -> bool:
    """Make rows out of the lines, change those with an id, remove the `known` ones that are not there. Tell if any did.

    Rows that the person was not shown are not `known`, and stay as they are. Raises Refused on an id of another record.
    """
    chief = CHIEF[model]
    by_id = {row.id: row for row in rows}
    kept: set[int] = set()
    changed = False
    for position, line in enumerate(lines):
        values = {key: value for key, value in line.items() if key != "id"}
        number = line.get("id")
        if number is not None and number not in by_id:
            raise Refused(_("One of the lines belongs to another record. Reload the page."))
        if not values.get(chief):
            continue
        if model is Address:
            _place(by_id.get(number) if number is not None else None, values)
        if hasattr(model, "position"):
            values["position"] = position
        if number is None:
            made = model(**values)
            _attach(parent, made)
            if isinstance(made, Phone | Email | Address):
                stamp(made, by)
            rows.append(made)
            session.add(made)
            changed = True
        else:
            kept.add(number)
            row = by_id[number]
            changed |= _assign(row, values)
            if "do_not_use" in values:
                stamp(row, by)
    for number in known - kept:
        if number in by_id:
            rows.remove(by_id[number])
            session.delete(by_id[number])
            changed = True
    return changed


def _place(row: Any, values: dict[str, Any]) -> None:
    """Work out the place of an address that is new or was written anew; a postcode that was typed stays."""
    text = values.get("text")
    if row is not None and row.text == text:
        return
    found = parse_address(text or "", postcode=values.get("postcode") or "")
    for key, value in (("division_code", found.code), ("province", found.province), ("city", found.city)):
        values[key] = value or None
    values["district"] = found.district or None
    if not values.get("postcode"):
        values["postcode"] = found.postcode or None


def _attach(parent: Company | Contact, row: Any) -> None:
    if isinstance(parent, Contact):
        row.contact = parent
        row.company = parent.company
    else:
        row.company = parent


def _assign(row: Any, values: Mapping[str, Any]) -> bool:
    changed = False
    for key, value in values.items():
        before = getattr(row, key)
        if before != value:
            setattr(row, key, value)
            changed = True
    return changed


def _remove(rows: list[Any], row: Any) -> None:
    """Take a row away by name: one that is merely left as an orphan gets no line in the audit trail."""
    rows.remove(row)
    holder = object_session(row)
    if holder is not None and inspect(row).persistent:
        holder.delete(row)


def sync_codes(rows: list[Any], model: type[CompanyIndustry] | type[CompanyCategory], codes: Sequence[str]) -> bool:
    """Hold exactly these codes."""
    wanted = list(dict.fromkeys(codes))
    held = {row.code for row in rows}
    for row in [row for row in rows if row.code not in wanted]:
        _remove(rows, row)
    rows.extend(model(code=code) for code in wanted if code not in held)
    return held != set(wanted)


def sync_brands(company: Company, names: Sequence[str], *, agent: bool) -> bool:
    """Hold exactly these brands among those made (`agent` false) or carried as an agent."""
    wanted = {name_key(name): name.strip() for name in names if name.strip()}
    mine = [row for row in company.brands if row.agent is agent]
    held = {row.name_key for row in company.brands}
    changed = False
    for row in mine:
        if row.name_key not in wanted:
            _remove(company.brands, row)
            changed = True
    for key, name in wanted.items():
        if key not in held:
            company.brands.append(CompanyBrand(name=name[:100], agent=agent))
            changed = True
    return changed


CODED: Mapping[str, type[Any]] = {"industries": CompanyIndustry, "categories": CompanyCategory}
SERVICE_NAMES: Mapping[str, str] = {"needs": "need_lines"}
Wanted = Mapping[str, Mapping[int, Mapping[str, Any] | None]]


def part_values(record: Company | Contact, wanted: Wanted) -> dict[str, Any]:
    """Make of rows that are to be changed, brought back or removed what the services of companies and contacts take.

    `wanted` gives by relation and row either the columns that the row is to have, or None for one that is to go.
    """
    found: dict[str, Any] = {}
    known: dict[str, set[int]] = {}
    for relation, rows in wanted.items():
        held = list(getattr(record, relation))
        if relation in CODED:
            found[relation] = _kept(held, rows, "code")
        elif relation == "brands":
            for name, agent in (("brands", False), ("agent_brands", True)):
                mine = [row for row in held if row.agent is agent]
                more = {n: v for n, v in rows.items() if v is None or bool(v.get("agent")) is agent}
                found[name] = _kept(mine, more, "name")
        else:
            name = SERVICE_NAMES.get(relation, relation)
            known[name] = {number for number, columns in rows.items() if columns is None}
            found[name] = [line for row in held if (line := _line(row, rows)) is not None]
            there = {row.id for row in held}
            found[name] += [dict(columns) for number, columns in rows.items() if columns and number not in there]
    return {**found, "known": known} if known else found


def _kept(held: Iterable[Any], rows: Mapping[int, Mapping[str, Any] | None], column: str) -> list[str]:
    """Give the values of the rows that stay, changed ones as they are to be, and of those that come back."""
    rows = dict(rows)
    kept = []
    for row in held:
        columns = rows.pop(row.id, {})
        if columns is not None:
            kept.append(columns.get(column) or getattr(row, column))
    return [*kept, *(columns[column] for columns in rows.values() if columns)]


def _line(row: Any, rows: Mapping[int, Mapping[str, Any] | None]) -> dict[str, Any] | None:
    """Give the line of a row that is there: the mere id where it stays as it is, nothing where it is to go."""
    if row.id not in rows:
        return {"id": row.id}
    columns = rows[row.id]
    chief = CHIEF[type(row)]
    return {"id": row.id, chief: getattr(row, chief), **columns} if columns is not None else None
