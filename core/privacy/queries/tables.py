"""Which columns of which tables can say something personal: worked out from the models, bettered by what they declare.

A column says `info={"erase": "keep"}` where its text is never personal, or `info={"erase": "blank"}` where it is though
it is short.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, Column, String, Table, select
from sqlalchemy.orm import Session

from core.columns import Codes, Tokens
from core.customers.models import Address, Bar, Company, Consent, Contact, Email, Phone
from core.customers.models.policy import loose_references, references_to, unique_sets
from core.db import Base

LONG = 40
"""Texts shorter than this are codes, unless a column says otherwise."""

CONTACT = Contact.__tablename__
COMPANY = Company.__tablename__
REACHES = tuple(model.__tablename__ for model in (Phone, Email, Address))
WISHES = (Bar.__tablename__, Consent.__tablename__)
TRAILS = (
    "core_audit", "core_review_step", "core_merge_entry", "core_merge", "core_import_row", "core_event", "core_job_run",
    "core_delivery", "core_session", "core_list_view", "core_print_run",
)  # fmt: skip
"""Tables that quote records though no key leads to them."""

OURS = ("core_privacy_erasure", "core_privacy_erased_key", "core_search_doc")
CONTACT_KEPT = frozenset({
    "id", "company_id", "merged_into_id", "former_id", "version", "created_at", "updated_at", "review_state",
    "reviewed_at", "reviewed_by_id", "confirmed_at", "confirmed_by_id", "entered_by_id", "import_batch_id",
    "deleted_at", "deleted_by_id", "erased_at", "held_at", "do_not_contact", "invalid", "invalid_on",
    "change_noted_by_id",
})  # fmt: skip
COMPANY_PERSONS: Mapping[str, str] = {
    "general_manager_id": "general_manager", "sales_head_id": "sales_head", "publicity_head_id": "publicity_head",
}  # fmt: skip
COMPANY_PERSONAL = (
    "legal_representative", "general_manager", "sales_head", "publicity_head", "collector", "source_note", "remark",
    "custom",
)  # fmt: skip
"""Columns of a company that name or describe its people."""


@functools.cache
def text_columns(table: Table) -> tuple[Column[Any], ...]:
    """List the columns of a table that hold free text."""
    return tuple(column for column in table.columns if _is_text(column))


def _is_text(column: Column[Any]) -> bool:
    if any(column is noun for _id, noun in loose_references()):
        return False
    rule = column.info.get("erase")
    if rule is not None:
        return bool(rule == "blank")
    if column.primary_key or column.foreign_keys or isinstance(column.type, Codes | Tokens):
        return False
    if isinstance(column.type, JSON):
        return True
    return isinstance(column.type, String) and (column.type.length is None or column.type.length >= LONG)


def blank_of(column: Column[Any], neutral: str, row_id: Any) -> Any:
    """Give what an erased column says: nothing where it may, else the neutral text."""
    if isinstance(column.type, JSON):
        made = default_of(column)
        return {} if made is None and not column.nullable else made
    if column.nullable:
        return None
    if any(column.name in names for names in unique_sets(column.table)) or column.unique:
        neutral = f"{neutral}-{row_id}"
    length = getattr(column.type, "length", None)
    return neutral[-length:] if length else neutral


@functools.cache
def contact_columns() -> tuple[Column[Any], ...]:
    """List the keys to contacts that rows of other tables hold; of contacts and companies themselves none."""
    return tuple(c for c in references_to(CONTACT) if c.table.name not in (CONTACT, COMPANY))


@functools.cache
def parts_of(name: str) -> tuple[Column[Any], ...]:
    """List the keys by which rows are parts of a table's rows and go with them: remarks, copies, steps.

    Rows with a key of their own to a contact or a company speak for themselves and are no parts.
    """
    own = {column.table.name for column in (*contact_columns(), *company_columns())}
    return tuple(
        key.parent
        for table in Base.metadata.sorted_tables
        if table.name not in own and table.name not in TRAILS and "id" in table.c
        for key in table.foreign_keys
        if key.ondelete == "CASCADE" and key.column.table.name == name and text_columns(table)
    )


@functools.cache
def company_columns() -> tuple[Column[Any], ...]:
    """List the keys to companies that rows of other tables hold."""
    return tuple(c for c in references_to(COMPANY) if c.table.name not in (CONTACT, COMPANY))


def rows_of(session: Session, statement: Any) -> list[dict[str, Any]]:
    """Read rows past their models, each by column name."""
    return [dict(row) for row in session.connection().execute(statement).mappings()]


def default_of(column: Column[Any]) -> Any:
    """Give what the model fills in by itself; None where it fills in nothing."""
    made: Any = getattr(column.default, "arg", None)
    return made(None) if callable(made) else made


def rows_about(session: Session, contacts: Any) -> list[tuple[Table, dict[str, Any]]]:
    """Find the rows of all tables that belong to contacts: by key, or as a record of any resource, with their parts."""
    found: dict[tuple[str, Any], tuple[Table, dict[str, Any]]] = {}
    conditions: list[tuple[Any, Any]] = [(c.table, c.in_(contacts)) for c in contact_columns()]
    conditions += [(c.table, (noun == "contact") & c.in_(contacts)) for c, noun in loose_references()]
    for table, condition in conditions:
        if "id" not in table.c:
            continue
        for row in rows_of(session, table.select().where(condition).order_by(table.c.id)):
            found.setdefault((table.name, row["id"]), (table, row))
    for name, row_id in list(found):
        for key in parts_of(name):
            for row in rows_of(session, key.table.select().where(key == row_id).order_by(key.table.c.id)):
                found.setdefault((key.table.name, row["id"]), (key.table, row))
    return list(found.values())


def rows_of_company(session: Session, company_id: int) -> list[tuple[Table, dict[str, Any]]]:
    """Find the rows of all tables that belong to a company by key."""
    return [
        (column.table, row)
        for column in company_columns()
        if "id" in column.table.c
        for row in rows_of(session, select(column.table).where(column == company_id))
    ]


def table_of(name: str) -> Table:
    """Give a table by name."""
    return Base.metadata.tables[name]
