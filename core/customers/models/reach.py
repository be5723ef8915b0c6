"""How a company or contact is reached: phones, emails, addresses, each a row of its own."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, String, event
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship, validates

from core.columns import BigId, Keyed, RowScope, Scoped, Timestamped, key_text
from core.customers.duplicates.subjects import place_key
from core.customers.models.policy import company_key, contact_key, where_set
from core.customers.numbers import email_key, parse_phone
from core.db import Base

if TYPE_CHECKING:
    from core.customers.models.company import Company
    from core.customers.models.contact import Contact

PRIVATE_KINDS = frozenset({"private", "home"})
"""Kinds of phones, emails and addresses that belong to the class private and never enter the search index."""


class Reach(Scoped, Keyed, Timestamped):
    """What phones, emails and addresses have in common: whose they are, and whether they may be used (R-14)."""

    __scope__: ClassVar[RowScope] = RowScope(via="company_id", parent="Company")

    kind: Mapped[str] = mapped_column(String(30))
    position: Mapped[int] = mapped_column(Integer, default=0)
    note: Mapped[str | None] = mapped_column(String(200))
    invalid: Mapped[bool] = mapped_column(Boolean, default=False)
    do_not_use: Mapped[bool] = mapped_column(Boolean, default=False)
    do_not_use_reason: Mapped[str | None] = mapped_column(String(200))
    do_not_use_on: Mapped[dt.date | None]

    @declared_attr
    def do_not_use_by_id(cls) -> Mapped[int | None]:
        return mapped_column(BigId, ForeignKey("core_user.id"))

    @declared_attr
    def company_id(cls) -> Mapped[int]:
        return company_key("move", ondelete="CASCADE", index=True, sort_order=-50, follows="contact_id")

    @declared_attr
    def contact_id(cls) -> Mapped[int | None]:
        return contact_key("move", ondelete="CASCADE", sort_order=-49)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (where_set(f"ix_{cls.__tablename__}_contact_id", "contact_id"),)  # type: ignore[attr-defined]

    @property
    def is_private(self) -> bool:
        """Tell whether it belongs to the class private."""
        return self.kind in PRIVATE_KINDS

    @property
    def is_masked(self) -> bool:
        """Tell whether it is whole only for those who see what is private: private ones, and a person's mobile."""
        return self.is_private or (self.kind == "mobile" and self.contact_id is not None)

    @property
    def usable(self) -> bool:
        """Tell whether the house may and can use it."""
        return not (self.invalid or self.do_not_use)


class Phone(Reach, Base):
    """A telephone or fax number.

    `digits` is the national number with its area code; `tail` the same backwards, for search by its end. `do_not_use`
    is about calls, `do_not_sms` about short messages; the reason, day and author are those of both.
    """

    __tablename__ = "core_phone"

    number: Mapped[str] = mapped_column(String(60))
    digits: Mapped[str] = mapped_column(key_text(20), index=True)
    tail: Mapped[str] = mapped_column(key_text(20), index=True)
    extension: Mapped[str | None] = mapped_column(String(10))
    do_not_sms: Mapped[bool] = mapped_column(Boolean, default=False)

    company: Mapped[Company] = relationship(back_populates="phones")
    contact: Mapped[Contact | None] = relationship(back_populates="phones")

    @validates("number")
    def _derive_digits(self, key: str, value: str) -> str:
        parsed = parse_phone(value)
        self.digits = parsed.digits[:20]
        self.tail = self.digits[::-1]
        self.extension = parsed.extension or None
        return parsed.shown[:60]


class Email(Reach, Base):
    """An e-mail address. `address_key` is its lower-case form, for search and duplicates."""

    __tablename__ = "core_email"

    address: Mapped[str] = mapped_column(String(200))
    address_key: Mapped[str] = mapped_column(key_text(200), index=True)

    company: Mapped[Company] = relationship(back_populates="emails")
    contact: Mapped[Contact | None] = relationship(back_populates="emails")

    @validates("address")
    def _derive_key(self, key: str, value: str) -> str:
        self.address_key = email_key(value)
        return value.strip()


class Address(Reach, Base):
    """An address beside the company's own: delivery, warehouse, former, a contact's home. Valid between its dates."""

    __tablename__ = "core_address"

    recipient: Mapped[str | None] = mapped_column(String(100))
    country: Mapped[str] = mapped_column(String(2), default="CN")
    division_code: Mapped[str | None] = mapped_column(String(6))
    province: Mapped[str | None] = mapped_column(String(40))
    city: Mapped[str | None] = mapped_column(String(40))
    district: Mapped[str | None] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(String(300))
    postcode: Mapped[str | None] = mapped_column(String(12))
    place_key: Mapped[int | None] = mapped_column(BigInteger, info={"derived": True})
    """By which a company is found by a further address; where people live has none."""

    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]
    verified_on: Mapped[dt.date | None]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (*super().__table_args__, where_set("ix_core_address_place_key", "place_key"))

    company: Mapped[Company] = relationship(back_populates="addresses")
    contact: Mapped[Contact | None] = relationship(back_populates="addresses")

    def valid_on(self, day: dt.date) -> bool:
        """Tell whether the address counts on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@event.listens_for(Address, "before_insert")
@event.listens_for(Address, "before_update")
def _derive_place(mapper: Any, connection: Any, row: Address) -> None:
    of_company = row.contact_id is None and row.contact is None and not row.is_private
    row.place_key = place_key(row.text) if of_company else None
