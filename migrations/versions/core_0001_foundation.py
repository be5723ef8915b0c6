"""Make the tables of accounts, rights, audit trail, settings and plugin switches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime, utcnow

revision = "core_0001_foundation"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_audit",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("happened_at", UTCDateTime(), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("entity_id", BigId, nullable=True),
        sa.Column("company_id", BigId, nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_audit")),
    )
    with op.batch_alter_table("core_audit", schema=None) as batch_op:
        batch_op.create_index("ix_core_audit_company", ["company_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_audit_happened_at"), ["happened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_audit_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_audit_user_id"), ["user_id"], unique=False)

    op.create_table(
        "core_department",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("parent_id", BigId, nullable=True),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["core_department.id"], name=op.f("fk_core_department_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_department")),
        sa.UniqueConstraint("name", name=op.f("uq_core_department_name")),
    )
    with op.batch_alter_table("core_department", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_department_path"), ["path"], unique=False)

    op.create_table(
        "core_dictionary_entry",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("dictionary", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=True),
        sa.Column("title_en", sa.String(length=120), nullable=True),
        sa.Column("parent", sa.String(length=60), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_dictionary_entry")),
        sa.UniqueConstraint("dictionary", "code", name=op.f("uq_core_dictionary_entry_dictionary_code")),
    )
    op.create_table(
        "core_group",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("builtin", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_group")),
        sa.UniqueConstraint("name", name=op.f("uq_core_group_name")),
    )
    op.create_table(
        "core_idempotency_key",
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("location", sa.String(length=300), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_core_idempotency_key")),
    )
    with op.batch_alter_table("core_idempotency_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_idempotency_key_created_at"), ["created_at"], unique=False)

    op.create_table(
        "core_plugin_state",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("broken", sa.Text(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_core_plugin_state")),
    )
    op.create_table(
        "core_setting",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_core_setting")),
    )
    op.create_table(
        "core_sign_in_attempt",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name_key", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("tried_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_sign_in_attempt")),
    )
    with op.batch_alter_table("core_sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_sign_in_attempt_address"), ["address"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_sign_in_attempt_name_key"), ["name_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_sign_in_attempt_tried_at"), ["tried_at"], unique=False)

    op.create_table(
        "core_state_version",
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_core_state_version")),
    )
    op.create_table(
        "core_user",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("department_id", BigId, nullable=True),
        sa.Column("supervisor_id", BigId, nullable=True),
        sa.Column("gender", sa.String(length=8), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("region", sa.String(length=100), nullable=True),
        sa.Column("position", sa.String(length=60), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=120), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("appraisal", sa.String(length=20), nullable=True),
        sa.Column("own_note", sa.Text(), nullable=True),
        sa.Column("supervisor_note", sa.Text(), nullable=True),
        sa.Column("locale", sa.String(length=10), nullable=True),
        sa.Column("theme", sa.String(length=10), nullable=False),
        sa.Column("density", sa.String(length=10), nullable=False),
        sa.Column("prefs", sa.JSON(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["core_department.id"], name=op.f("fk_core_user_department_id")),
        sa.ForeignKeyConstraint(["supervisor_id"], ["core_user.id"], name=op.f("fk_core_user_supervisor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_user")),
        sa.UniqueConstraint("username", name=op.f("uq_core_user_username")),
    )
    with op.batch_alter_table("core_user", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_user_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_user_supervisor_id"), ["supervisor_id"], unique=False)

    op.create_table(
        "core_grant",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("group_id", BigId, nullable=True),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.CheckConstraint("(group_id IS NULL) <> (user_id IS NULL)", name=op.f("ck_core_grant_one_holder")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["core_group.id"], name=op.f("fk_core_grant_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["core_user.id"], name=op.f("fk_core_grant_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_grant")),
        sa.UniqueConstraint("group_id", "code", name=op.f("uq_core_grant_group_id_code")),
        sa.UniqueConstraint("user_id", "code", name=op.f("uq_core_grant_user_id_code")),
    )
    op.create_table(
        "core_membership",
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("group_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["core_group.id"], name=op.f("fk_core_membership_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["core_user.id"], name=op.f("fk_core_membership_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "group_id", name=op.f("pk_core_membership")),
    )
    op.create_table(
        "core_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["core_user.id"], name=op.f("fk_core_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_core_session")),
    )
    with op.batch_alter_table("core_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_session_seen_at"), ["seen_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_session_user_id"), ["user_id"], unique=False)

    bind = op.get_bind()
    names = ("rights", "plugins", "settings", "dictionaries")
    state = sa.table("core_state_version", sa.column("name", sa.String), sa.column("version", sa.Integer))
    bind.execute(sa.insert(state), [{"name": name, "version": 1} for name in names])
    group = sa.table(
        "core_group",
        sa.column("name", sa.String),
        sa.column("title", sa.String),
        sa.column("builtin", sa.Boolean),
        sa.column("created_at", UTCDateTime),
        sa.column("updated_at", UTCDateTime),
    )
    builtin = ("staff", "supervisor", "decision_maker", "system_administrator", "finance")
    now = utcnow()
    bind.execute(
        sa.insert(group),
        [{"name": n, "title": "", "builtin": True, "created_at": now, "updated_at": now} for n in builtin],
    )


def downgrade() -> None:
    with op.batch_alter_table("core_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_session_user_id"))
        batch_op.drop_index(batch_op.f("ix_core_session_seen_at"))

    op.drop_table("core_session")
    op.drop_table("core_membership")
    op.drop_table("core_grant")
    with op.batch_alter_table("core_user", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_user_supervisor_id"))
        batch_op.drop_index(batch_op.f("ix_core_user_department_id"))

    op.drop_table("core_user")
    op.drop_table("core_state_version")
    with op.batch_alter_table("core_sign_in_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_sign_in_attempt_tried_at"))
        batch_op.drop_index(batch_op.f("ix_core_sign_in_attempt_name_key"))
        batch_op.drop_index(batch_op.f("ix_core_sign_in_attempt_address"))

    op.drop_table("core_sign_in_attempt")
    op.drop_table("core_setting")
    op.drop_table("core_plugin_state")
    with op.batch_alter_table("core_idempotency_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_idempotency_key_created_at"))

    op.drop_table("core_idempotency_key")
    op.drop_table("core_group")
    op.drop_table("core_dictionary_entry")
    with op.batch_alter_table("core_department", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_department_path"))

    op.drop_table("core_department")
    with op.batch_alter_table("core_audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_audit_user_id"))
        batch_op.drop_index(batch_op.f("ix_core_audit_kind"))
        batch_op.drop_index(batch_op.f("ix_core_audit_happened_at"))
        batch_op.drop_index("ix_core_audit_company")

    op.drop_table("core_audit")
