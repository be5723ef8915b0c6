"""Merge policies: what happens to a row that refers to a company or contact when that one is merged into another."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Column, ForeignKey, Index, MetaData, Table, UniqueConstraint, column
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import BigId
from core.db import Base

Policy = Literal["move", "keep", "combine"]
"""`move` re-points the row; `keep` leaves it with the merged record; `combine` re-points it, and drops a row that the
target already has (by the table's unique constraints)."""

POLICIES = ("move", "keep", "combine")
MERGED_TABLES = ("core_company", "core_contact")


def company_key(
    policy: Policy = "move", *, ondelete: str | None = None, follows: str = "", **column: Any
) -> Mapped[Any]:
    """Make a foreign key column to a company with its merge policy.

    `follows` names the key to a contact beside it where the company is merely that contact's: when contacts of two
    companies are merged, it becomes the survivor's. Without it the row stays business of the company that it names.
    """
    return _key("core_company.id", policy, ondelete, column, {"follows": follows} if follows else {})


def contact_key(policy: Policy = "move", *, ondelete: str | None = None, **column: Any) -> Mapped[Any]:
    """Make a foreign key column to a contact with its merge policy."""
    return _key("core_contact.id", policy, ondelete, column, {})


def _key(
    target: str, policy: Policy, ondelete: str | None, column: dict[str, Any], more: dict[str, Any]
) -> Mapped[Any]:
    use_alter = column.pop("use_alter", False)
    foreign = ForeignKey(target, ondelete=ondelete, use_alter=use_alter)
    return mapped_column(BigId, foreign, info={"merge": policy, **more}, **column)


def where_set(name: str, key: str) -> Index:
    """Make an index of the rows in which a mostly empty key is set; a planner must not take it for `IS NULL`."""
    rows = column(key).is_not(None)
    return Index(name, key, sqlite_where=rows, postgresql_where=rows)


def keys_without_policy(metadata: MetaData) -> list[str]:
    """List the foreign keys to companies and contacts without a merge policy; there must be none."""
    return [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if any(f"{key.target_fullname}".split(".")[0] in MERGED_TABLES for key in column.foreign_keys)
        and column.info.get("merge") not in POLICIES
    ]


def references_to(target: str) -> list[Column[Any]]:
    """List the columns of all tables that refer to a table's id."""
    return [
        column
        for one in Base.metadata.sorted_tables
        for column in one.columns
        if any(key.target_fullname == f"{target}.id" for key in column.foreign_keys)
    ]


def company_column_following(contact: Column[Any]) -> Column[Any] | None:
    """Give the company's column of the same table that goes along with a key to a contact, if there is one."""
    return next((one for one in contact.table.columns if one.info.get("follows") == contact.name), None)


def loose_references() -> list[tuple[Column[Any], Column[Any]]]:
    """List the columns that hold ids of records of any resource, each with the column that names the resource.

    With `info={"merge": "combine"}` besides, a row that the target already has is dropped when records are merged.
    """
    return [
        (column, one.c[column.info["resource"]])
        for one in Base.metadata.sorted_tables
        for column in one.columns
        if "resource" in column.info
    ]


def unique_sets(table: Table) -> list[list[str]]:
    """List the sets of columns that may occur once only."""
    sets = [[c.name for c in one.columns] for one in table.constraints if isinstance(one, UniqueConstraint)]
    sets += [[c.name for c in one.columns] for one in table.indexes if isinstance(one, Index) and one.unique]
    return sets
