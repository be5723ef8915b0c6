"""Brings the rows of a company or contact (phones, brands, …) in step with what a form or file says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from core.customers.addresses import parse_address
from core.customers.models import (
    Address,
    Alias,
    Company,
    CompanyBrand,
    CompanyCategory,
    CompanyIndustry,
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

CHIEF: Mapping[type[Any], str] = {Phone: "number", Email: "address", Address: "text", Alias: "name", Need: "kind"}
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


def sync_codes(rows: list[Any], model: type[CompanyIndustry] | type[CompanyCategory], codes: Sequence[str]) -> bool:
    """Hold exactly these codes."""
    wanted = list(dict.fromkeys(codes))
    held = {row.code for row in rows}
    for row in [row for row in rows if row.code not in wanted]:
        rows.remove(row)
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
            company.brands.remove(row)
            changed = True
    for key, name in wanted.items():
        if key not in held:
            company.brands.append(CompanyBrand(name=name[:100], agent=agent))
            changed = True
    return changed
