"""People, departments, groups, grants, sessions and the audit trail."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.columns import BigId, Keyed, Timestamped, UTCDateTime, Versioned, utcnow
from core.db import Base


class Department(Keyed, Timestamped, Versioned, Base):
    """A department (部门); `path` is `/1/4/`, so that everything below it is found by prefix."""

    __tablename__ = "core_department"

    name: Mapped[str] = mapped_column(String(60), unique=True)
    parent_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_department.id"))
    path: Mapped[str] = mapped_column(String(200), default="", index=True)
    profile: Mapped[str | None] = mapped_column(Text)
    retired: Mapped[bool] = mapped_column(Boolean, default=False)


class Group(Keyed, Timestamped, Base):
    """A group of accounts with one set of rights (用户组). Built-in groups take their default rights from the code."""

    __tablename__ = "core_group"

    name: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(60), default="")
    builtin: Mapped[bool] = mapped_column(Boolean, default=False)


class User(Keyed, Timestamped, Versioned, Base):
    """An account of a member of staff (用户, 业务人员)."""

    __tablename__ = "core_user"

    username: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=False)
    department_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_department.id"), index=True)
    supervisor_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"), index=True)
    gender: Mapped[str | None] = mapped_column(String(8))
    birth_date: Mapped[dt.date | None]
    region: Mapped[str | None] = mapped_column(String(100))
    position: Mapped[str | None] = mapped_column(String(60))
    phone: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(120))
    address: Mapped[str | None] = mapped_column(String(200))
    appraisal: Mapped[str | None] = mapped_column(String(20))
    own_note: Mapped[str | None] = mapped_column(Text)
    supervisor_note: Mapped[str | None] = mapped_column(Text)
    locale: Mapped[str | None] = mapped_column(String(10))
    theme: Mapped[str] = mapped_column(String(10), default="light")
    density: Mapped[str] = mapped_column(String(10), default="standard")
    prefs: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    department: Mapped[Department | None] = relationship(lazy="select")
    groups: Mapped[list[Group]] = relationship(secondary="core_membership", lazy="select")


class Membership(Base):
    """A user's place in a group."""

    __tablename__ = "core_membership"

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_group.id", ondelete="CASCADE"), primary_key=True)


class Grant(Keyed, Base):
    """A right given to, changed for or denied to a group or one user, over what the code declares.

    For a user the scope `none` is a denial and wins over every group.
    """

    __tablename__ = "core_grant"
    __table_args__ = (
        UniqueConstraint("group_id", "code"),
        UniqueConstraint("user_id", "code"),
        CheckConstraint("(group_id IS NULL) <> (user_id IS NULL)", name="one_holder"),
    )

    group_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_group.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(100))
    scope: Mapped[str] = mapped_column(String(16))


class WebSession(Base):
    """A sign-in on one browser. The cookie holds a random token; only its hash is kept here."""

    __tablename__ = "core_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id", ondelete="CASCADE"), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    seen_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")


class SignInAttempt(Keyed, Base):
    """A failed sign-in, counted by name and by address for the lock-out (promise S12)."""

    __tablename__ = "core_sign_in_attempt"

    name_key: Mapped[str] = mapped_column(String(64), index=True)
    address: Mapped[str] = mapped_column(String(64), index=True)
    tried_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)


class Audit(Keyed, Base):
    """One line of the audit trail (日志监察): who did what to which record, with before and after.

    `kind` is create, edit, delete, sign_in, sign_in_failed, sign_out, export, print, mail, import, rights, view, ...
    `mac` seals the line with the deployment's key, so that a change made past the application is found.
    """

    __tablename__ = "core_audit"
    __table_args__ = (
        Index("ix_core_audit_company", "company_id", "id"),
        Index("ix_core_audit_record", "entity", "entity_id", "id"),
    )

    happened_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    user_id: Mapped[int | None] = mapped_column(BigId, index=True)
    kind: Mapped[str] = mapped_column(String(30), index=True)
    entity: Mapped[str] = mapped_column(String(60), default="")
    entity_id: Mapped[int | None] = mapped_column(BigId)
    company_id: Mapped[int | None] = mapped_column(BigId)
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(Text, default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    request_id: Mapped[str] = mapped_column(String(32), default="")
    mac: Mapped[str] = mapped_column(String(64), default="")


class IdempotencyKey(Base):
    """The answer to a creating form or API call, kept 24 hours, so that a repeat gets it again (promise R10)."""

    __tablename__ = "core_idempotency_key"

    user_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    location: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)


class StateVersion(Base):
    """Counts the changes of what processes keep in memory (rights, plugins, settings, dictionaries)."""

    __tablename__ = "core_state_version"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=0)


class PluginState(Base):
    """Whether a plugin is switched on here, or was found broken. No row: as the deployment's default."""

    __tablename__ = "core_plugin_state"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    broken: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)


class SettingValue(Base):
    """A setting that somebody changed from its declared default; `core.overlay` puts its changes on record."""

    __tablename__ = "core_setting"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class CustomField(Keyed, Timestamped, Versioned, Base):
    """A field that an administrator added to a resource (自定义字段); the values lie in the records, by `name`.

    A name is never given again: of a deleted field the row stays, so that no old value comes back under another sense.
    """

    __tablename__ = "core_custom_field"
    __table_args__ = (UniqueConstraint("resource", "name"),)

    resource: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(60))
    title_en: Mapped[str | None] = mapped_column(String(60))
    hint: Mapped[str | None] = mapped_column(String(200))
    hint_en: Mapped[str | None] = mapped_column(String(200))
    section: Mapped[str | None] = mapped_column(String(60))
    section_en: Mapped[str | None] = mapped_column(String(60))
    field_class: Mapped[str] = mapped_column(String(10), default="inner")
    position: Mapped[int] = mapped_column(Integer, default=0)
    required: Mapped[bool] = mapped_column(Boolean, default=False)
    default_column: Mapped[bool] = mapped_column(Boolean, default=False)
    only_once: Mapped[bool] = mapped_column(Boolean, default=False)
    checked: Mapped[bool] = mapped_column(Boolean, default=True)
    sortable: Mapped[bool] = mapped_column(Boolean, default=False)
    indexed: Mapped[bool] = mapped_column(Boolean, default=False)
    retired: Mapped[bool] = mapped_column(Boolean, default=False)
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)


class DictionaryEntry(Keyed, Base):
    """What an administrator changed in a dictionary: his own entries, or a declared one renamed, moved or retired."""

    __tablename__ = "core_dictionary_entry"
    __table_args__ = (UniqueConstraint("dictionary", "code"),)

    dictionary: Mapped[str] = mapped_column(String(60))
    code: Mapped[str] = mapped_column(String(60))
    title: Mapped[str | None] = mapped_column(String(120))
    title_en: Mapped[str | None] = mapped_column(String(120))
    parent: Mapped[str | None] = mapped_column(String(60))
    position: Mapped[int | None] = mapped_column(Integer)
    retired: Mapped[bool] = mapped_column(Boolean, default=False)
    merged_into: Mapped[str | None] = mapped_column(String(60))


class DivisionEntry(Keyed, Base):
    """What an administrator changed of a province, city or district, or one that he added; None is as it ships."""

    __tablename__ = "core_division"

    code: Mapped[str] = mapped_column(String(6), unique=True)
    parent_code: Mapped[str | None] = mapped_column(String(6))
    name: Mapped[str | None] = mapped_column(String(40))
    short_name: Mapped[str | None] = mapped_column(String(40))
    postcode: Mapped[str | None] = mapped_column(String(6))
    area_code: Mapped[str | None] = mapped_column(String(8))
    position: Mapped[int | None] = mapped_column(Integer)
    retired: Mapped[bool] = mapped_column(Boolean, default=False)
    merged_into: Mapped[str | None] = mapped_column(String(6))
    former: Mapped[list[list[str]]] = mapped_column(JSON, default=list, info={"derived": True})
    """What it was called before: the day on which that ended, and the name."""
