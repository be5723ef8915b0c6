"""Column types and mixins that every model is built from."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    cast,
    column,
    extract,
    func,
    literal_column,
    type_coerce,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

FEN = Decimal("0.01")
FEBRUARY = 2
MAX_FEN = 10**15  # ten thousand billion yuan: far below BIGINT, so sums of many rows still fit

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every model; its metadata names every constraint, which batch migrations need."""

    metadata = MetaData(naming_convention=NAMING)


BigId = BigInteger().with_variant(Integer, "sqlite")
"""Primary and foreign keys: BIGINT, and INTEGER on SQLite so that it is the rowid."""


def utcnow() -> dt.datetime:
    """Tell the time in UTC, aware, in whole microseconds."""
    return dt.datetime.now(dt.UTC)


class Money(TypeDecorator[Decimal]):
    """An amount in yuan: `Decimal` with two places in Python, whole fen in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | str | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        amount = Decimal(value).quantize(FEN, rounding=ROUND_HALF_UP)
        if amount != Decimal(value):
            raise ValueError(f"{value} has parts of a fen")
        fen = int(amount * 100)
        if abs(fen) > MAX_FEN:
            raise ValueError(f"{value} is out of range")
        return fen

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-2)


class UTCDateTime(TypeDecorator[dt.datetime]):
    """A moment: aware in Python, UTC in the database. A naive value is refused."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        utc = value.astimezone(dt.UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def token_number(token: str) -> int:
    """Give the number that stands for a search token on PostgreSQL: its CRC-32 as a signed integer."""
    number = zlib.crc32(token.encode())
    return number - (1 << 32) if number >= 1 << 31 else number


def blank_joined(tokens: Iterable[str]) -> str:
    """Write search tokens as SQLite's FTS5 table takes them."""
    return " ".join(tokens)


def numbered(tokens: Iterable[str]) -> str:
    """Write search tokens as PostgreSQL's COPY takes an array of numbers."""
    return "{" + ",".join([str(token_number(one)) for one in tokens]) + "}"


def token_text(dialect_name: str) -> Callable[[Iterable[str]], str]:
    """Give the function that writes tokens for rows inserted in bulk; another process may call it."""
    return numbered if dialect_name == "postgresql" else blank_joined


class Numbers(UserDefinedType[str]):
    """Numbers, thousands perhaps, written as one text: `{1,2}`. A list would be written item by item."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **_options: Any) -> str:
        """Name the type."""
        return "BIGINT[]"


class Tokens(TypeDecorator[Sequence[str]]):
    """Search tokens: their numbers on PostgreSQL, blank-separated text on SQLite (the input of its FTS5 table).

    Numbers make the rows and the index half as large. Two of a million tokens may share one; what is longer than a
    pair is looked at again in the text.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(Text())
        from sqlalchemy.dialects.postgresql import ARRAY

        return dialect.type_descriptor(ARRAY(Integer()))

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if dialect.name != "postgresql":
            return value if isinstance(value, str) else blank_joined(value)  # a text is written already
        return [token_number(token) for token in value]

    def process_result_value(self, value: Any, dialect: Dialect) -> Sequence[Any] | None:
        if value is None:
            return None
        return value if isinstance(value, list) else str(value).split()


class Codes(TypeDecorator[Sequence[str]]):
    """Several codes of one dictionary in one column, stored as `,a,b,` so that `LIKE '%,a,%'` finds one of them."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | str | None, dialect: Dialect) -> str | None:
        if value is None or isinstance(value, str):  # a pattern of a comparison comes as text
            return value
        return f",{','.join(value)}," if value else ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str]:
        return [code for code in (value or "").split(",") if code]


class PlainNumber(TypeDecorator[float]):
    """A number out of JSON: whole where it is whole, else a float."""

    impl = Float
    cache_ok = True

    def process_result_value(self, value: float | None, dialect: Dialect) -> float | None:
        return int(value) if value is not None and value == int(value) else value


class IsoDate(TypeDecorator[dt.date]):
    """A date kept as text in JSON, `2026-03-18`: it is compared and ordered as it is written."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: dt.date | str | None, dialect: Dialect) -> str | None:
        return value.isoformat() if isinstance(value, dt.date) else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> dt.date | None:
        return None if value is None else dt.date.fromisoformat(value)


@dataclass(frozen=True, order=True)
class LunarDay:
    """A day of the lunar calendar that the solar one cannot write: the 30th of the second month, or its 29th."""

    year: int
    month: int
    day: int

    def isoformat(self) -> str:
        """Write it as dates are written: `1990-02-30`."""
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"

    __str__ = isoformat


def read_day(text: str) -> dt.date | LunarDay:
    """Read `1990-02-28`, and `1990-02-30` as a day of the lunar calendar. Raises ValueError."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        year, month, day = (int(part) for part in text.split("-"))
        return day_of(year, month, day)


def day_of(year: int, month: int, day: int) -> dt.date | LunarDay:
    """Give a date, or the day of the lunar calendar where the solar one has none such. Raises ValueError."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        if month != FEBRUARY or not dt.MINYEAR <= year <= dt.MAXYEAR or day not in (29, 30):
            raise
        return LunarDay(year, month, day)


class CalendarDay(IsoDate):
    """A day of either calendar, kept as text: `1990-02-28` or, of the lunar one, `1990-02-30`."""

    cache_ok = True

    @property
    def python_type(self) -> type[Any]:
        """Most of its values are dates."""
        return dt.date

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return value.isoformat() if isinstance(value, dt.date | LunarDay) else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else read_day(value)


class JsonCodes(TypeDecorator[Sequence[str]]):
    """Several codes kept as a list in JSON; its text is searched for one of them."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str] | None:
        return json.loads(value) if value else None


def month_and_day(day: Any) -> ColumnElement[int]:
    """Give the month and day of a column of dates as one number: 1231 for New Year's Eve.

    It is written out whole, so that `yearly_index` serves it: a planner compares no parameters.
    """
    if isinstance(day.type, CalendarDay):
        month, number = (_piece(day, start) for start in ("6", "9"))
    else:
        month, number = extract("month", day), extract("day", day)
    found: ColumnElement[int] = month * literal_column("100", Integer) + number
    return found


def _piece(day: Any, start: str) -> ColumnElement[int]:
    piece = func.substr(type_coerce(day, String), literal_column(start, Integer), literal_column("2", Integer))
    return cast(piece, Integer)


def yearly_index(name: str, key: str, kind: TypeEngine[Any] | type[TypeEngine[Any]] = Date) -> Index:
    """Make an index of the days of every year: of the month and day of those dates that are set."""
    day = column(key, kind)
    rows = day.is_not(None)
    return Index(name, month_and_day(day), sqlite_where=rows, postgresql_where=rows)


def key_text(length: int) -> String:
    """Make a text type for keys that are sorted and searched by prefix: compared byte by byte on both dialects."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


@dataclass(frozen=True, kw_only=True)
class RowScope:
    """How the rows of a model are tied to people (architecture 8.10).

    Either `owner` names the column with the owning user's id, or `via` names the foreign key column to `parent` (a
    model's class name) whose scope counts: a row is never visible wider than its parent. `resource` is the noun of the
    permission codes, `core:company:query` and so on; a row without a resource of its own is judged as its parent.
    `entered_by` names a column with the author, who finds his own entries as long as nobody owns them. `also` names
    columns with further users whose row it is as well, whoever owns it or its parent: who gave a task, who wrote an
    entry. `through` names a scoped model and its foreign key to this one: the row is of everybody who has one
    there, as a message is of those who hold a copy. Whatever is granted on it, a row is never found or read wider
    than its parent; with `as_parent` it is not written wider either. `until` names a column of a row with an `owner`:
    while it is empty the row is its owner's draft, and nobody else's whatever he holds.

    Or `hung_on` names the columns with the kind and the id of a record of any Resource (`core.auth.hosts`): who reads
    that record finds the row, who changes it writes the row. `hidden` names a flag; rows that carry it are found by
    those alone who see what is private about the record.
    """

    resource: str | None = None
    owner: str | None = None
    via: str | None = None
    parent: str | None = None
    entered_by: str | None = None
    also: tuple[str, ...] = ()
    through: tuple[str, str] | None = None
    as_parent: bool = False
    until: str | None = None
    hung_on: tuple[str, str] | None = None
    hidden: str | None = None


class Scoped:
    """Marks a model whose rows not everybody may see; the locks of `core.auth.locks` act on it."""

    __scope__: ClassVar[RowScope]


class Keyed:
    """Gives a surrogate key."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True, sort_order=-100)


class Timestamped:
    """Keeps when a row was made and last changed, in UTC."""

    created_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow, sort_order=900)
    updated_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow, onupdate=utcnow, sort_order=901)


class Versioned:
    """Counts changes, so that a stale save is noticed (architecture 8.5)."""

    version: Mapped[int] = mapped_column(Integer, default=1, nullable=False, sort_order=902)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class Owned(Scoped):
    """Has an owner (挂牌业务员) and the person who entered it (信息录入人)."""

    @declared_attr
    def owner_id(cls) -> Mapped[int | None]:
        return mapped_column(BigId, ForeignKey("core_user.id"), index=True, sort_order=800)

    @declared_attr
    def entered_by_id(cls) -> Mapped[int | None]:
        return mapped_column(BigId, ForeignKey("core_user.id"), sort_order=801)


class Reviewed:
    """Carries the review marks of B-04: `draft`, `submitted`, `reviewed` (first), `confirmed` (second), `returned`.

    `__author__` names the column with the person who entered the record: he does not review it.
    """

    __author__: ClassVar[str] = "entered_by_id"

    review_state: Mapped[str] = mapped_column(String(16), default="submitted", nullable=False, sort_order=850)
    reviewed_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime, sort_order=852)
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime, sort_order=854)
    remark: Mapped[str | None] = mapped_column(Text, sort_order=855)

    @declared_attr
    def reviewed_by_id(cls) -> Mapped[int | None]:
        return mapped_column(BigId, ForeignKey("core_user.id"), sort_order=851)

    @declared_attr
    def confirmed_by_id(cls) -> Mapped[int | None]:
        return mapped_column(BigId, ForeignKey("core_user.id"), sort_order=853)

    @property
    def is_reviewed(self) -> bool:
        """Tell whether the record has passed at least the first review."""
        return self.review_state in ("reviewed", "confirmed")


class Extensible:
    """Holds the values of an administrator's own fields (自定义字段), by field name."""

    custom: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, nullable=False, sort_order=890)


__all__ = [
    "BigId",
    "Codes",
    "Date",
    "Extensible",
    "IsoDate",
    "JsonCodes",
    "Keyed",
    "Money",
    "Owned",
    "PlainNumber",
    "Reviewed",
    "RowScope",
    "Scoped",
    "Timestamped",
    "Tokens",
    "UTCDateTime",
    "Versioned",
    "key_text",
    "utcnow",
]
