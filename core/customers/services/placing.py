"""Brings records in line with the table of places after places were renamed, merged or separated, some at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from core.auth.audit import record_many
from core.auth.models import Audit
from core.bulk import update_rows
from core.customers.data.divisions import division, table
from core.customers.duplicates.subjects import place_key
from core.customers.models import Address, Company
from core.customers.services.index import index_rows, named

CHUNK = 100
"""So many are indexed anew in half a second on SQLite, where nobody else writes meanwhile."""
NAMES = ("division_code", "province", "city", "district")


def codes_within(codes: Collection[str]) -> list[str]:
    """Give the codes of places and of all that lies in them, those too that were merged since."""
    found = set(codes)
    every = [*table().units, *table().merged.values()]
    for _level in range(2):
        found |= {unit.code for unit in every if unit.parent_code in found}
    return sorted(found)


def place_companies(session: Session, codes: Sequence[str], after: int) -> tuple[int, int | None]:
    """Write the present names into the next companies in some places, and index them anew.

    Gives how many are other now, and the last id looked at; None where there are no more.
    """
    rows = select(Company).where(Company.division_code.in_(codes), Company.id > after).order_by(Company.id).limit(CHUNK)
    found = _companies(session, rows)
    changed = _write(session, Company, found, "address")
    last = found[-1].id if len(found) == CHUNK else None
    return changed, last


def _companies(session: Session, rows: Any) -> list[Company]:
    lines = (selectinload(Company.aliases), selectinload(Company.brands))
    return list(session.scalars(rows.options(*lines).execution_options(populate_existing=True)))


def place_addresses(session: Session, codes: Sequence[str], after: int) -> tuple[int, int | None]:
    """Do the same with further addresses."""
    rows = select(Address).where(Address.division_code.in_(codes), Address.id > after).order_by(Address.id).limit(CHUNK)
    found = list(session.scalars(rows.execution_options(populate_existing=True)))
    changed = _write(session, Address, found, "text")
    last = found[-1].id if len(found) == CHUNK else None
    return changed, last


def give_back(session: Session, code: str, into: str, since: int, after: int) -> tuple[int, int | None]:
    """Give a place the next records that its merge into another took from it, unless they hold a third one by now.

    `since` and `after` are ids of lines of the audit trail: that of the merge, and the last one looked at. Gives how
    many records are other now, and the last line looked at; None where there are no more.
    """
    held = (Audit.changes[("division_code", place)].as_string() for place in (0, 1))
    rows = (
        select(Audit.id, Audit.entity, Audit.entity_id)
        .where(Audit.id > max(since, after), Audit.kind == "edit")
        .where(Audit.entity.in_([Company.__tablename__, Address.__tablename__]))
        .where(*(one == wanted for one, wanted in zip(held, (code, into), strict=True)))
        .order_by(Audit.id)
        .limit(CHUNK)
    )
    told = session.execute(rows).all()
    now = division(into)
    if not told or now is None:
        return 0, None
    changed = 0
    for model, address in ((Company, "address"), (Address, "text")):
        ids = [line.entity_id for line in told if line.entity == model.__tablename__]
        of_it: Any = select(model).where(model.id.in_(ids), model.division_code == now.code)
        found: Any = _companies(session, of_it) if model is Company else session.scalars(of_it).all()
        changed += _write(session, model, found, address, code)
    return changed, told[-1].id if len(told) == CHUNK else None


def _write(session: Session, model: Any, rows: Sequence[Any], address: str, code: str = "") -> int:
    """Write places and the keys by which records are found by address; each that is other gets a line of history.

    Records stay in their places unless a `code` is given. Companies are indexed anew.
    """
    updates, lines = [], []
    for row in rows:
        unit = division(code or row.division_code)
        if unit is None:
            continue
        now = dict(zip(NAMES, (unit.code, unit.province, unit.city or None, unit.district or None), strict=True))
        values: dict[str, Any] = {key: value for key, value in now.items() if getattr(row, key) != value}
        if values:
            told = {key: [getattr(row, key), value] for key, value in values.items()}
            company = row.id if model is Company else row.company_id
            lines.append({"entity": model.__tablename__, "entity_id": row.id, "company_id": company, "changes": told})
            if model is Company:
                values["version"] = row.version + 1
        key = place_key(getattr(row, address)) if row.place_key is not None or model is Company else None
        if key != row.place_key:
            values["place_key"] = key
        for name, value in now.items():
            set_committed_value(row, name, value)  # written below, past the model
        if values:
            updates.append((row.id, values))
    update_rows(session, model.__table__, updates)
    record_many(session, "edit", lines)
    if model is Company:
        index_rows(session, [named(one) for one in rows if one.is_alive])
    return len(lines)
