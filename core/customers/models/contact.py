"""Contacts of companies (客户联系人基本表, 扩展表)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import JSON, Boolean, ColumnElement, ForeignKey, Index, Integer, String, Text, event
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from core.columns import (
    BigId,
    CalendarDay,
    Extensible,
    Keyed,
    LunarDay,
    Money,
    Reviewed,
    RowScope,
    Scoped,
    Timestamped,
    UTCDateTime,
    Versioned,
    key_text,
    yearly_index,
)
from core.customers.models.policy import company_key, contact_key, where_set
from core.customers.models.search import keep_ids_apart
from core.customers.text import name_key, person_sort_key
from core.db import Base

if TYPE_CHECKING:
    from core.customers.models.company import Company
    from core.customers.models.reach import Address, Email, Phone


CODE = re.compile(r"LX-?0*(\d{1,15})", re.IGNORECASE)


def contact_code(number: int) -> str:
    """Write a contact's number as people read it: LX-000286."""
    return f"LX-{number:06d}"


def contact_number(code: str) -> int | None:
    """Read a contact's number; None where it is none."""
    found = CODE.fullmatch(code)
    return int(found[1]) if found else None


class Contact(Scoped, Keyed, Reviewed, Extensible, Timestamped, Versioned, Base):
    """A person at a company (联系人). What follows `ethnicity` is sensitive and of the class private."""

    __tablename__ = "core_contact"
    __scope__: ClassVar[RowScope] = RowScope(resource="contact", via="company_id", parent="Company", as_parent=True)
    __table_args__ = (
        Index("ix_core_contact_list_name", "sort_key", "id"),
        Index("ix_core_contact_list_updated", "updated_at", "id"),
        yearly_index("ix_core_contact_birthday", "birth_date", CalendarDay(10)),
        where_set("ix_core_contact_merged", "merged_into_id"),
        where_set("ix_core_contact_former", "former_id"),
    )

    company_id: Mapped[int] = company_key("move", index=True)
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(key_text(60), index=True)
    sort_key: Mapped[str] = mapped_column(key_text(80))
    gender: Mapped[str | None] = mapped_column(String(30))
    age: Mapped[int | None] = mapped_column(Integer)
    age_noted_on: Mapped[dt.date | None]
    position: Mapped[str | None] = mapped_column(String(30))
    position_title: Mapped[str | None] = mapped_column(String(60))
    department: Mapped[str | None] = mapped_column(String(60), info={"offers": "department"})
    salutation: Mapped[str | None] = mapped_column(String(30))
    postcode: Mapped[str | None] = mapped_column(String(12))
    introduction: Mapped[str | None] = mapped_column(Text)
    change_note: Mapped[str | None] = mapped_column(Text)
    change_noted_on: Mapped[dt.date | None]
    change_noted_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    invalid: Mapped[bool] = mapped_column(Boolean, default=False)
    invalid_on: Mapped[dt.date | None]
    do_not_contact: Mapped[bool] = mapped_column(Boolean, default=False)

    ethnicity: Mapped[str | None] = mapped_column(String(30))
    birth_date: Mapped[dt.date | LunarDay | None] = mapped_column(CalendarDay(10))
    birth_lunar: Mapped[bool] = mapped_column(Boolean, default=False)
    """Tells that `birth_date` holds a lunar year, month and day; `birth_leap` that the month is a leap one."""

    birth_leap: Mapped[bool] = mapped_column(Boolean, default=False)
    education: Mapped[str | None] = mapped_column(String(30))
    major: Mapped[str | None] = mapped_column(String(60))
    habits: Mapped[str | None] = mapped_column(Text)
    hobbies: Mapped[str | None] = mapped_column(Text)
    income: Mapped[Decimal | None] = mapped_column(Money)
    income_note: Mapped[str | None] = mapped_column(String(200))
    social_relations: Mapped[str | None] = mapped_column(Text)
    career: Mapped[str | None] = mapped_column(Text)
    family: Mapped[str | None] = mapped_column(String(30))
    character: Mapped[str | None] = mapped_column(String(30))
    qualities: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Scores from 1 to 5 by code of the dictionary `quality`."""

    entered_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    import_batch_id: Mapped[int | None] = mapped_column(BigId, index=True)
    merged_into_id: Mapped[int | None] = contact_key("move")
    former_id: Mapped[int | None] = contact_key("move")
    """The same person at the customer where he was before."""

    erased_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    held_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    """Since when what is held of the person is hidden from everybody (core.privacy)."""

    deleted_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    deleted_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))

    company: Mapped[Company] = relationship(foreign_keys="Contact.company_id", back_populates="contacts")
    phones: Mapped[list[Phone]] = relationship(back_populates="contact", order_by="Phone.position, Phone.id")
    emails: Mapped[list[Email]] = relationship(back_populates="contact", order_by="Email.position, Email.id")
    addresses: Mapped[list[Address]] = relationship(back_populates="contact", order_by="Address.id")

    @validates("name")
    def _derive_keys(self, key: str, value: str) -> str:
        self.name_key = name_key(value)
        self.sort_key = person_sort_key(value)
        return value

    @classmethod
    def alive(cls) -> ColumnElement[bool]:
        """Give the condition of contacts that are not in the bin; one merged into another is there too."""
        return cls.deleted_at.is_(None)

    @property
    def code(self) -> str:
        """The contact's number, which stays: an import finds him by it, whatever he is called by then."""
        return contact_code(self.id)

    @property
    def is_closed(self) -> bool:
        """Tell whether the person was erased or is held: nothing is entered or brought back then."""
        return self.erased_at is not None or self.held_at is not None

    @property
    def is_alive(self) -> bool:
        """Tell whether the contact is not in the bin."""
        return self.deleted_at is None


event.listen(Contact, "before_insert", keep_ids_apart)
