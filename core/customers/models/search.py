"""The search index, external references and running numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Connection, Index, Integer, Select, String, Text, UniqueConstraint, func, select, update
from sqlalchemy import Sequence as DatabaseSequence
from sqlalchemy.orm import Mapped, mapped_column

from core.auth.audit import silent
from core.columns import BigId, Keyed, Tokens, key_text
from core.db import Base

CODE_SEQUENCE = DatabaseSequence("core_company_code_seq", metadata=Base.metadata)
"""Where PostgreSQL takes customer numbers from; SQLite, with one writer, counts in `core_number`."""


@silent
class Number(Base):
    """A running number on SQLite."""

    __tablename__ = "core_number"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(Integer, default=0)


@silent
class SearchDoc(Keyed, Base):
    """What the search knows of one record of a resource; private fields are never in it.

    `text` holds the normalised names, one per line; `initials` and `pinyin` the readings of the name, blank-separated.
    `tokens` are all of these in pieces, held by the FTS5 table `core_search_fts` on SQLite, a GIN index on PostgreSQL.
    `common` tells whether everybody may find it (reviewed), or only its author, owner and reviewers.
    """

    __tablename__ = "core_search_doc"
    __table_args__ = (
        UniqueConstraint("resource", "record_id"),
        Index(
            "ix_core_search_doc_tokens",
            "tokens",
            postgresql_using="gin",
            info={"derived": True},
        ),
    )

    resource: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int] = mapped_column(BigId)
    common: Mapped[bool] = mapped_column(Boolean, default=True)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    initials: Mapped[str] = mapped_column(Text, default="")
    pinyin: Mapped[str] = mapped_column(Text, default="")
    tokens: Mapped[Sequence[str]] = mapped_column(Tokens)


class ExternalReference(Keyed, Base):
    """The id that a record had in an imported file or another system; a second import updates by it."""

    __tablename__ = "core_external_reference"
    __table_args__ = (
        UniqueConstraint("resource", "source", "external_id"),
        Index("ix_core_external_reference_record", "resource", "record_id"),
    )

    resource: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(key_text(60))
    external_id: Mapped[str] = mapped_column(key_text(120))
    record_id: Mapped[int] = mapped_column(BigId, info={"resource": "resource"})


def reserve_numbers(connection: Connection, count: int = 1) -> list[int]:
    """Take the next `count` customer numbers. Numbers of a rolled-back transaction may stay unused on PostgreSQL."""
    if connection.dialect.name == "postgresql":
        series = func.generate_series(1, count).table_valued("n")
        taken: Select[Any] = select(CODE_SEQUENCE.next_value()).select_from(series)
        return sorted(connection.scalars(taken))
    last = connection.scalar(
        update(Number).where(Number.name == "company").values(value=Number.value + count).returning(Number.value)
    )
    if last is None:
        connection.execute(Number.__table__.insert().values(name="company", value=count))  # type: ignore[attr-defined]
        last = count
    return list(range(last - count + 1, last + 1))


def keep_ids_apart(mapper: Any, connection: Connection, row: Any) -> None:
    """Give a new row no id that was retired (`core.bulk.retire_ids`): a listener of what is numbered by its id."""
    if connection.dialect.name == "postgresql" or row.id is not None:
        return
    table = row.__table__
    retired = connection.scalar(select(Number.value).where(Number.name == table.name))
    if retired is None:
        return
    last = connection.scalar(select(func.max(table.c.id))) or 0
    row.id = max(retired, last) + 1
    connection.execute(update(Number).where(Number.name == table.name).values(value=row.id))


def company_code(number: int) -> str:
    """Write a customer number as people read it: KH-000286."""
    return f"KH-{number:06d}"


def next_company_code(context: Any) -> str:
    """Give a new company its code; the column default."""
    return company_code(reserve_numbers(context.connection)[0])
