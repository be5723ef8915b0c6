"""Companies (客户基本表, 客户扩展表) and the rows that are part of one."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from core.columns import (
    BigId,
    Codes,
    Extensible,
    Keyed,
    Money,
    Owned,
    Reviewed,
    RowScope,
    Scoped,
    Timestamped,
    UTCDateTime,
    Versioned,
    key_text,
    yearly_index,
)
from core.customers.duplicates.subjects import place_key
from core.customers.models.policy import company_key, contact_key, where_set
from core.customers.models.search import keep_ids_apart, next_company_code
from core.customers.text import name_key, sort_key
from core.db import Base

if TYPE_CHECKING:
    from core.auth.models import User
    from core.customers.models.contact import Contact
    from core.customers.models.history import CreditRating, Need
    from core.customers.models.reach import Address, Email, Phone

PART = RowScope(via="company_id", parent="Company")
"""The scope of a row that is part of a company: as the company itself."""


def _place_key(context: Any) -> int | None:
    """Work the key out of the address of a row that is inserted past the model; an import gives it itself."""
    return None if context is None else place_key(context.get_current_parameters().get("address"))


class Company(Keyed, Owned, Reviewed, Extensible, Timestamped, Versioned, Base):
    """A customer of the house (客户): an enterprise, whatever it is to us. `standing` and `roles` say what."""

    __tablename__ = "core_company"
    __scope__: ClassVar[RowScope] = RowScope(resource="company", owner="owner_id", entered_by="entered_by_id")
    __table_args__ = (
        Index("ix_core_company_list_name", "sort_key", "id"),
        Index("ix_core_company_list_updated", "updated_at", "id"),
        Index("ix_core_company_list_contacted", "last_contact_on", "id"),
        Index("ix_core_company_list_owner", "owner_id", "updated_at", "id"),
        yearly_index("ix_core_company_anniversary", "founded_on"),
        where_set("ix_core_company_place_key", "place_key"),
        where_set("ix_core_company_parent", "parent_id"),
        where_set("ix_core_company_merged", "merged_into_id"),
    )

    code: Mapped[str] = mapped_column(String(20), unique=True, default=next_company_code)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(key_text(200), index=True)
    sort_key: Mapped[str] = mapped_column(key_text(80))
    short_name: Mapped[str | None] = mapped_column(String(100))
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    legal_representative: Mapped[str | None] = mapped_column(String(60))
    website: Mapped[str | None] = mapped_column(String(200))

    country: Mapped[str] = mapped_column(String(2), default="CN")
    division_code: Mapped[str | None] = mapped_column(String(6), index=True)
    province: Mapped[str | None] = mapped_column(String(40))
    city: Mapped[str | None] = mapped_column(String(40))
    district: Mapped[str | None] = mapped_column(String(40))
    address: Mapped[str | None] = mapped_column(String(300))
    place_key: Mapped[int | None] = mapped_column(BigInteger, default=_place_key, info={"derived": True})
    """By which a company is found by its address alone, see `core.customers.duplicates.subjects.place_key`."""
    postcode: Mapped[str | None] = mapped_column(String(12))
    area_code: Mapped[str | None] = mapped_column(String(8))

    ownership: Mapped[str | None] = mapped_column(String(30))
    company_type: Mapped[str | None] = mapped_column(String(30))
    scale: Mapped[str | None] = mapped_column(String(30))
    sales_channels: Mapped[list[str]] = mapped_column(Codes(300), default=list)
    target_regions: Mapped[list[str]] = mapped_column(Codes(300), default=list)
    industry_position: Mapped[str | None] = mapped_column(String(30))
    capital_band: Mapped[str | None] = mapped_column(String(30))
    registered_capital: Mapped[Decimal | None] = mapped_column(Money)
    headcount_band: Mapped[str | None] = mapped_column(String(30))
    headcount: Mapped[int | None] = mapped_column(Integer)
    founded_on: Mapped[dt.date | None]
    assets: Mapped[Decimal | None] = mapped_column(Money)
    debts: Mapped[Decimal | None] = mapped_column(Money)

    introduction: Mapped[str | None] = mapped_column(Text)
    agencies: Mapped[str | None] = mapped_column(Text)
    projects: Mapped[str | None] = mapped_column(Text)
    results: Mapped[str | None] = mapped_column(Text)
    honours: Mapped[str | None] = mapped_column(Text)

    standing: Mapped[str] = mapped_column(String(30), default="prospect", index=True)
    roles: Mapped[list[str]] = mapped_column(Codes(200), default=list)
    credit_rating: Mapped[str | None] = mapped_column(String(30))
    credit_limit: Mapped[Decimal | None] = mapped_column(Money)
    credit_valid_until: Mapped[dt.date | None]

    primary_contact_id: Mapped[int | None] = contact_key("move", use_alter=True)
    general_manager: Mapped[str | None] = mapped_column(String(60))
    general_manager_id: Mapped[int | None] = contact_key("move", use_alter=True)
    sales_head: Mapped[str | None] = mapped_column(String(60))
    sales_head_id: Mapped[int | None] = contact_key("move", use_alter=True)
    publicity_head: Mapped[str | None] = mapped_column(String(60))
    publicity_head_id: Mapped[int | None] = contact_key("move", use_alter=True)

    parent_id: Mapped[int | None] = company_key("move")
    branch_kind: Mapped[str | None] = mapped_column(String(30))
    merged_into_id: Mapped[int | None] = company_key("move")
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    deleted_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))

    collector: Mapped[str | None] = mapped_column(String(60))
    source: Mapped[str | None] = mapped_column(String(30))
    source_note: Mapped[str | None] = mapped_column(String(200))
    import_batch_id: Mapped[int | None] = mapped_column(BigId, index=True)
    claimed_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    last_contact_on: Mapped[dt.date | None]

    owner: Mapped[User | None] = relationship(foreign_keys="Company.owner_id", viewonly=True)
    parent: Mapped[Company | None] = relationship(
        foreign_keys="Company.parent_id", remote_side="Company.id", back_populates="branches"
    )
    branches: Mapped[list[Company]] = relationship(foreign_keys="Company.parent_id", back_populates="parent")
    primary_contact: Mapped[Contact | None] = relationship(foreign_keys="Company.primary_contact_id", post_update=True)
    contacts: Mapped[list[Contact]] = relationship(
        foreign_keys="Contact.company_id", back_populates="company", order_by="Contact.id"
    )
    phones: Mapped[list[Phone]] = relationship(back_populates="company", order_by="Phone.position, Phone.id")
    emails: Mapped[list[Email]] = relationship(back_populates="company", order_by="Email.position, Email.id")
    addresses: Mapped[list[Address]] = relationship(back_populates="company", order_by="Address.id")
    aliases: Mapped[list[Alias]] = relationship(
        back_populates="company", cascade="all, delete-orphan", order_by="Alias.id"
    )
    industries: Mapped[list[CompanyIndustry]] = relationship(
        back_populates="company", cascade="all, delete-orphan", order_by="CompanyIndustry.id"
    )
    categories: Mapped[list[CompanyCategory]] = relationship(
        back_populates="company", cascade="all, delete-orphan", order_by="CompanyCategory.id"
    )
    brands: Mapped[list[CompanyBrand]] = relationship(
        back_populates="company", cascade="all, delete-orphan", order_by="CompanyBrand.id"
    )
    needs: Mapped[list[Need]] = relationship(back_populates="company", order_by="Need.noted_on.desc(), Need.id.desc()")
    relations: Mapped[list[CompanyRelation]] = relationship(
        foreign_keys="CompanyRelation.company_id", back_populates="company", order_by="CompanyRelation.id"
    )
    ratings: Mapped[list[CreditRating]] = relationship(order_by="CreditRating.rated_at.desc()", viewonly=True)

    @validates("name")
    def _derive_keys(self, key: str, value: str) -> str:
        self.name_key = name_key(value)
        self.sort_key = sort_key(value)
        return value

    @validates("address")
    def _derive_place(self, key: str, value: str | None) -> str | None:
        self.place_key = place_key(value)
        return value

    @classmethod
    def alive(cls) -> ColumnElement[bool]:
        """Give the condition of companies that are not in the bin; one merged into another is there too."""
        return cls.deleted_at.is_(None)

    @property
    def is_alive(self) -> bool:
        """Tell whether the company is not in the bin."""
        return self.deleted_at is None


event.listen(Company, "before_insert", keep_ids_apart)


class Alias(Scoped, Keyed, Base):
    """Another name of a company: `short` 简称, `former` 曾用名, `alias` 别名."""

    __tablename__ = "core_company_alias"
    __scope__: ClassVar[RowScope] = PART
    __table_args__ = (UniqueConstraint("company_id", "kind", "name_key"),)

    company_id: Mapped[int] = company_key("combine", ondelete="CASCADE")
    kind: Mapped[str] = mapped_column(String(20), default="alias", info={"dictionary": "alias_kind"})
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(key_text(200), index=True)

    company: Mapped[Company] = relationship(back_populates="aliases")

    @validates("name")
    def _derive_key(self, key: str, value: str) -> str:
        self.name_key = name_key(value)
        return value


class CompanyIndustry(Scoped, Keyed, Base):
    """A trade of a company (行业), a code of the dictionary `industry`."""

    __tablename__ = "core_company_industry"
    __scope__: ClassVar[RowScope] = PART
    __table_args__ = (UniqueConstraint("company_id", "code"),)

    company_id: Mapped[int] = company_key("combine", ondelete="CASCADE")
    code: Mapped[str] = mapped_column(String(30), index=True)

    company: Mapped[Company] = relationship(back_populates="industries")


class CompanyCategory(Scoped, Keyed, Base):
    """A product or service that a company deals in (经营产品服务类别), a code of `product_category`."""

    __tablename__ = "core_company_category"
    __scope__: ClassVar[RowScope] = PART
    __table_args__ = (UniqueConstraint("company_id", "code"),)

    company_id: Mapped[int] = company_key("combine", ondelete="CASCADE")
    code: Mapped[str] = mapped_column(String(30), index=True)

    company: Mapped[Company] = relationship(back_populates="categories")


class CompanyBrand(Scoped, Keyed, Base):
    """A brand that a company makes or carries as an agent (经营、代理品牌)."""

    __tablename__ = "core_company_brand"
    __scope__: ClassVar[RowScope] = PART
    __table_args__ = (UniqueConstraint("company_id", "name_key"),)

    company_id: Mapped[int] = company_key("combine", ondelete="CASCADE")
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(key_text(100), index=True)
    agent: Mapped[bool] = mapped_column(Boolean, default=False)

    company: Mapped[Company] = relationship(back_populates="brands")

    @validates("name")
    def _derive_key(self, key: str, value: str) -> str:
        self.name_key = name_key(value)
        return value


class CompanyRelation(Scoped, Keyed, Timestamped, Base):
    """How one company stands to another (伙伴信息): supplier, agent, partner, competitor, seen from the first."""

    __tablename__ = "core_company_relation"
    __scope__: ClassVar[RowScope] = PART
    __table_args__ = (UniqueConstraint("company_id", "other_id", "kind"),)

    company_id: Mapped[int] = company_key("combine", ondelete="CASCADE")
    other_id: Mapped[int] = company_key("combine", ondelete="CASCADE", index=True)
    kind: Mapped[str] = mapped_column(String(30), info={"dictionary": "relation_kind"})
    note: Mapped[str | None] = mapped_column(String(200))

    company: Mapped[Company] = relationship(foreign_keys="CompanyRelation.company_id", back_populates="relations")
    other: Mapped[Company] = relationship(foreign_keys="CompanyRelation.other_id")
