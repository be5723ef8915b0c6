"""Make the tables of customers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, Codes, Money, Tokens, UTCDateTime, key_text

revision = "core_0003_customers"
down_revision = "core_0002_bus"
branch_labels = None
depends_on = None

HEADS = ("primary_contact_id", "general_manager_id", "sales_head_id", "publicity_head_id")
TABLES = (
    "core_phone",
    "core_email",
    "core_address",
    "core_standing_change",
    "core_owner_change",
    "core_need",
    "core_credit_rating",
    "core_contact",
    "core_company_relation",
    "core_company_industry",
    "core_company_category",
    "core_company_brand",
    "core_company_alias",
    "core_company",
    "core_search_doc",
    "core_number",
    "core_external_reference",
)

PARTIAL = (
    ("ix_core_company_parent", "core_company", "parent_id"),
    ("ix_core_company_merged", "core_company", "merged_into_id"),
    ("ix_core_contact_merged", "core_contact", "merged_into_id"),
    ("ix_core_address_contact_id", "core_address", "contact_id"),
    ("ix_core_email_contact_id", "core_email", "contact_id"),
    ("ix_core_phone_contact_id", "core_phone", "contact_id"),
)

FULL_TEXT = (
    """
    CREATE VIRTUAL TABLE core_search_fts USING fts5(
        tokens, content='core_search_doc', content_rowid='id', detail=none, columnsize=0,
        tokenize="ascii tokenchars '~^@=#'"
    )
    """,
    """
    CREATE TRIGGER core_search_doc_added AFTER INSERT ON core_search_doc BEGIN
        INSERT INTO core_search_fts(rowid, tokens) VALUES (new.id, new.tokens);
    END
    """,
    """
    CREATE TRIGGER core_search_doc_removed AFTER DELETE ON core_search_doc BEGIN
        INSERT INTO core_search_fts(core_search_fts, rowid, tokens) VALUES ('delete', old.id, old.tokens);
    END
    """,
    """
    CREATE TRIGGER core_search_doc_changed AFTER UPDATE OF tokens ON core_search_doc WHEN old.tokens <> new.tokens BEGIN
        INSERT INTO core_search_fts(core_search_fts, rowid, tokens) VALUES ('delete', old.id, old.tokens);
        INSERT INTO core_search_fts(rowid, tokens) VALUES (new.id, new.tokens);
    END
    """,
)


def upgrade() -> None:
    op.create_table(
        "core_external_reference",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("resource", sa.String(length=60), nullable=False),
        sa.Column("source", key_text(60), nullable=False),
        sa.Column("external_id", key_text(120), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_external_reference")),
        sa.UniqueConstraint(
            "resource", "source", "external_id", name=op.f("uq_core_external_reference_resource_source_external_id")
        ),
    )
    with op.batch_alter_table("core_external_reference", schema=None) as batch_op:
        batch_op.create_index("ix_core_external_reference_record", ["resource", "record_id"], unique=False)

    op.create_table(
        "core_number",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_core_number")),
    )
    op.create_table(
        "core_search_doc",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("resource", sa.String(length=60), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("common", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("initials", sa.Text(), nullable=False),
        sa.Column("pinyin", sa.Text(), nullable=False),
        sa.Column("tokens", Tokens(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_search_doc")),
        sa.UniqueConstraint("resource", "record_id", name=op.f("uq_core_search_doc_resource_record_id")),
    )
    op.create_table(
        "core_company",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", key_text(200), nullable=False),
        sa.Column("sort_key", key_text(80), nullable=False),
        sa.Column("short_name", sa.String(length=100), nullable=True),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("legal_representative", sa.String(length=60), nullable=True),
        sa.Column("website", sa.String(length=200), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("division_code", sa.String(length=6), nullable=True),
        sa.Column("province", sa.String(length=40), nullable=True),
        sa.Column("city", sa.String(length=40), nullable=True),
        sa.Column("district", sa.String(length=40), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.Column("postcode", sa.String(length=12), nullable=True),
        sa.Column("area_code", sa.String(length=8), nullable=True),
        sa.Column("ownership", sa.String(length=30), nullable=True),
        sa.Column("company_type", sa.String(length=30), nullable=True),
        sa.Column("scale", sa.String(length=30), nullable=True),
        sa.Column("sales_channels", Codes(300), nullable=False),
        sa.Column("target_regions", Codes(300), nullable=False),
        sa.Column("industry_position", sa.String(length=30), nullable=True),
        sa.Column("capital_band", sa.String(length=30), nullable=True),
        sa.Column("registered_capital", Money(), nullable=True),
        sa.Column("headcount_band", sa.String(length=30), nullable=True),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("founded_on", sa.Date(), nullable=True),
        sa.Column("assets", Money(), nullable=True),
        sa.Column("debts", Money(), nullable=True),
        sa.Column("introduction", sa.Text(), nullable=True),
        sa.Column("agencies", sa.Text(), nullable=True),
        sa.Column("projects", sa.Text(), nullable=True),
        sa.Column("results", sa.Text(), nullable=True),
        sa.Column("honours", sa.Text(), nullable=True),
        sa.Column("standing", sa.String(length=30), nullable=False),
        sa.Column("roles", Codes(200), nullable=False),
        sa.Column("credit_rating", sa.String(length=30), nullable=True),
        sa.Column("credit_limit", Money(), nullable=True),
        sa.Column("primary_contact_id", BigId, nullable=True),
        sa.Column("general_manager", sa.String(length=60), nullable=True),
        sa.Column("general_manager_id", BigId, nullable=True),
        sa.Column("sales_head", sa.String(length=60), nullable=True),
        sa.Column("sales_head_id", BigId, nullable=True),
        sa.Column("publicity_head", sa.String(length=60), nullable=True),
        sa.Column("publicity_head_id", BigId, nullable=True),
        sa.Column("parent_id", BigId, nullable=True),
        sa.Column("branch_kind", sa.String(length=30), nullable=True),
        sa.Column("merged_into_id", BigId, nullable=True),
        sa.Column("deleted_at", UTCDateTime(), nullable=True),
        sa.Column("deleted_by_id", BigId, nullable=True),
        sa.Column("collector", sa.String(length=60), nullable=True),
        sa.Column("source", sa.String(length=30), nullable=True),
        sa.Column("source_note", sa.String(length=200), nullable=True),
        sa.Column("import_batch_id", BigId, nullable=True),
        sa.Column("claimed_at", UTCDateTime(), nullable=True),
        sa.Column("last_contact_on", sa.Date(), nullable=True),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("entered_by_id", BigId, nullable=True),
        sa.Column("review_state", sa.String(length=16), nullable=False),
        sa.Column("reviewed_by_id", BigId, nullable=True),
        sa.Column("reviewed_at", UTCDateTime(), nullable=True),
        sa.Column("confirmed_by_id", BigId, nullable=True),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["core_user.id"], name=op.f("fk_core_company_confirmed_by_id")),
        sa.ForeignKeyConstraint(["deleted_by_id"], ["core_user.id"], name=op.f("fk_core_company_deleted_by_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["core_user.id"], name=op.f("fk_core_company_entered_by_id")),
        sa.ForeignKeyConstraint(
            ["general_manager_id"], ["core_contact.id"], name=op.f("fk_core_company_general_manager_id"), use_alter=True
        ),
        sa.ForeignKeyConstraint(["merged_into_id"], ["core_company.id"], name=op.f("fk_core_company_merged_into_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["core_user.id"], name=op.f("fk_core_company_owner_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["core_company.id"], name=op.f("fk_core_company_parent_id")),
        sa.ForeignKeyConstraint(
            ["primary_contact_id"], ["core_contact.id"], name=op.f("fk_core_company_primary_contact_id"), use_alter=True
        ),
        sa.ForeignKeyConstraint(
            ["publicity_head_id"], ["core_contact.id"], name=op.f("fk_core_company_publicity_head_id"), use_alter=True
        ),
        sa.ForeignKeyConstraint(["reviewed_by_id"], ["core_user.id"], name=op.f("fk_core_company_reviewed_by_id")),
        sa.ForeignKeyConstraint(
            ["sales_head_id"], ["core_contact.id"], name=op.f("fk_core_company_sales_head_id"), use_alter=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_company")),
        sa.UniqueConstraint("code", name=op.f("uq_core_company_code")),
        sa.UniqueConstraint("uscc", name=op.f("uq_core_company_uscc")),
    )
    with op.batch_alter_table("core_company", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_company_division_code"), ["division_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_company_import_batch_id"), ["import_batch_id"], unique=False)
        batch_op.create_index("ix_core_company_list_contacted", ["last_contact_on", "id"], unique=False)
        batch_op.create_index("ix_core_company_list_name", ["sort_key", "id"], unique=False)
        batch_op.create_index("ix_core_company_list_owner", ["owner_id", "updated_at", "id"], unique=False)
        batch_op.create_index("ix_core_company_list_updated", ["updated_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_company_name_key"), ["name_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_company_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_company_standing"), ["standing"], unique=False)

    op.create_table(
        "core_company_alias",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", key_text(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_company_alias_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_company_alias")),
        sa.UniqueConstraint(
            "company_id", "kind", "name_key", name=op.f("uq_core_company_alias_company_id_kind_name_key")
        ),
    )
    with op.batch_alter_table("core_company_alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_company_alias_name_key"), ["name_key"], unique=False)

    op.create_table(
        "core_company_brand",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", key_text(100), nullable=False),
        sa.Column("agent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_company_brand_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_company_brand")),
        sa.UniqueConstraint("company_id", "name_key", name=op.f("uq_core_company_brand_company_id_name_key")),
    )
    with op.batch_alter_table("core_company_brand", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_company_brand_name_key"), ["name_key"], unique=False)

    op.create_table(
        "core_company_category",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_company_category_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_company_category")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_core_company_category_company_id_code")),
    )
    with op.batch_alter_table("core_company_category", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_company_category_code"), ["code"], unique=False)

    op.create_table(
        "core_company_industry",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_company_industry_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_company_industry")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_core_company_industry_company_id_code")),
    )
    with op.batch_alter_table("core_company_industry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_company_industry_code"), ["code"], unique=False)

    op.create_table(
        "core_company_relation",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("other_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_company_relation_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["core_company.id"], name=op.f("fk_core_company_relation_other_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_company_relation")),
        sa.UniqueConstraint(
            "company_id", "other_id", "kind", name=op.f("uq_core_company_relation_company_id_other_id_kind")
        ),
    )
    with op.batch_alter_table("core_company_relation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_company_relation_other_id"), ["other_id"], unique=False)

    op.create_table(
        "core_contact",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("name_key", key_text(60), nullable=False),
        sa.Column("sort_key", key_text(80), nullable=False),
        sa.Column("gender", sa.String(length=30), nullable=True),
        sa.Column("age", sa.Integer(), nullable=True),
        sa.Column("age_noted_on", sa.Date(), nullable=True),
        sa.Column("position", sa.String(length=30), nullable=True),
        sa.Column("position_title", sa.String(length=60), nullable=True),
        sa.Column("department", sa.String(length=60), nullable=True),
        sa.Column("salutation", sa.String(length=30), nullable=True),
        sa.Column("postcode", sa.String(length=12), nullable=True),
        sa.Column("introduction", sa.Text(), nullable=True),
        sa.Column("change_note", sa.Text(), nullable=True),
        sa.Column("change_noted_on", sa.Date(), nullable=True),
        sa.Column("change_noted_by_id", BigId, nullable=True),
        sa.Column("invalid", sa.Boolean(), nullable=False),
        sa.Column("invalid_on", sa.Date(), nullable=True),
        sa.Column("do_not_contact", sa.Boolean(), nullable=False),
        sa.Column("ethnicity", sa.String(length=30), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_lunar", sa.Boolean(), nullable=False),
        sa.Column("education", sa.String(length=30), nullable=True),
        sa.Column("major", sa.String(length=60), nullable=True),
        sa.Column("habits", sa.Text(), nullable=True),
        sa.Column("hobbies", sa.Text(), nullable=True),
        sa.Column("income", Money(), nullable=True),
        sa.Column("income_note", sa.String(length=200), nullable=True),
        sa.Column("social_relations", sa.Text(), nullable=True),
        sa.Column("career", sa.Text(), nullable=True),
        sa.Column("family", sa.String(length=30), nullable=True),
        sa.Column("character", sa.String(length=30), nullable=True),
        sa.Column("qualities", sa.JSON(), nullable=False),
        sa.Column("entered_by_id", BigId, nullable=True),
        sa.Column("import_batch_id", BigId, nullable=True),
        sa.Column("merged_into_id", BigId, nullable=True),
        sa.Column("deleted_at", UTCDateTime(), nullable=True),
        sa.Column("deleted_by_id", BigId, nullable=True),
        sa.Column("review_state", sa.String(length=16), nullable=False),
        sa.Column("reviewed_by_id", BigId, nullable=True),
        sa.Column("reviewed_at", UTCDateTime(), nullable=True),
        sa.Column("confirmed_by_id", BigId, nullable=True),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_noted_by_id"], ["core_user.id"], name=op.f("fk_core_contact_change_noted_by_id")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["core_company.id"], name=op.f("fk_core_contact_company_id")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["core_user.id"], name=op.f("fk_core_contact_confirmed_by_id")),
        sa.ForeignKeyConstraint(["deleted_by_id"], ["core_user.id"], name=op.f("fk_core_contact_deleted_by_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["core_user.id"], name=op.f("fk_core_contact_entered_by_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["core_contact.id"], name=op.f("fk_core_contact_merged_into_id")),
        sa.ForeignKeyConstraint(["reviewed_by_id"], ["core_user.id"], name=op.f("fk_core_contact_reviewed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_contact")),
    )
    with op.batch_alter_table("core_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_contact_company_id"), ["company_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_contact_import_batch_id"), ["import_batch_id"], unique=False)
        batch_op.create_index("ix_core_contact_list_name", ["sort_key", "id"], unique=False)
        batch_op.create_index("ix_core_contact_list_updated", ["updated_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_contact_name_key"), ["name_key"], unique=False)

    op.create_table(
        "core_credit_rating",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("rating", sa.String(length=30), nullable=True),
        sa.Column("limit", Money(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rated_by_id", BigId, nullable=True),
        sa.Column("rated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_credit_rating_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["rated_by_id"], ["core_user.id"], name=op.f("fk_core_credit_rating_rated_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_credit_rating")),
    )
    with op.batch_alter_table("core_credit_rating", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_credit_rating_company_id"), ["company_id"], unique=False)

    op.create_table(
        "core_need",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("entered_by_id", BigId, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_need_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["entered_by_id"], ["core_user.id"], name=op.f("fk_core_need_entered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_need")),
    )
    with op.batch_alter_table("core_need", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_need_company_id"), ["company_id"], unique=False)
        batch_op.create_index("ix_core_need_valid", ["kind", "valid_until"], unique=False)

    op.create_table(
        "core_owner_change",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("before_id", BigId, nullable=True),
        sa.Column("after_id", BigId, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["after_id"], ["core_user.id"], name=op.f("fk_core_owner_change_after_id")),
        sa.ForeignKeyConstraint(["before_id"], ["core_user.id"], name=op.f("fk_core_owner_change_before_id")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["core_user.id"], name=op.f("fk_core_owner_change_changed_by_id")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_owner_change_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_owner_change")),
    )
    with op.batch_alter_table("core_owner_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_owner_change_company_id"), ["company_id"], unique=False)

    op.create_table(
        "core_standing_change",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("before", sa.String(length=30), nullable=True),
        sa.Column("after", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["core_user.id"], name=op.f("fk_core_standing_change_changed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_standing_change_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_standing_change")),
    )
    with op.batch_alter_table("core_standing_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_standing_change_company_id"), ["company_id"], unique=False)

    op.create_table(
        "core_address",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("contact_id", BigId, nullable=True),
        sa.Column("recipient", sa.String(length=100), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("division_code", sa.String(length=6), nullable=True),
        sa.Column("province", sa.String(length=40), nullable=True),
        sa.Column("city", sa.String(length=40), nullable=True),
        sa.Column("district", sa.String(length=40), nullable=True),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("postcode", sa.String(length=12), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("invalid", sa.Boolean(), nullable=False),
        sa.Column("do_not_use", sa.Boolean(), nullable=False),
        sa.Column("do_not_use_reason", sa.String(length=200), nullable=True),
        sa.Column("do_not_use_on", sa.Date(), nullable=True),
        sa.Column("do_not_use_by_id", BigId, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_address_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["core_contact.id"], name=op.f("fk_core_address_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["do_not_use_by_id"], ["core_user.id"], name=op.f("fk_core_address_do_not_use_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_address")),
    )
    with op.batch_alter_table("core_address", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_address_company_id"), ["company_id"], unique=False)

    op.create_table(
        "core_email",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("contact_id", BigId, nullable=True),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("address_key", key_text(200), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("invalid", sa.Boolean(), nullable=False),
        sa.Column("do_not_use", sa.Boolean(), nullable=False),
        sa.Column("do_not_use_reason", sa.String(length=200), nullable=True),
        sa.Column("do_not_use_on", sa.Date(), nullable=True),
        sa.Column("do_not_use_by_id", BigId, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_email_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["core_contact.id"], name=op.f("fk_core_email_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["do_not_use_by_id"], ["core_user.id"], name=op.f("fk_core_email_do_not_use_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_email")),
    )
    with op.batch_alter_table("core_email", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_email_address_key"), ["address_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_email_company_id"), ["company_id"], unique=False)

    op.create_table(
        "core_phone",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("contact_id", BigId, nullable=True),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("digits", key_text(20), nullable=False),
        sa.Column("tail", key_text(20), nullable=False),
        sa.Column("extension", sa.String(length=10), nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("invalid", sa.Boolean(), nullable=False),
        sa.Column("do_not_use", sa.Boolean(), nullable=False),
        sa.Column("do_not_use_reason", sa.String(length=200), nullable=True),
        sa.Column("do_not_use_on", sa.Date(), nullable=True),
        sa.Column("do_not_use_by_id", BigId, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_phone_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["core_contact.id"], name=op.f("fk_core_phone_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["do_not_use_by_id"], ["core_user.id"], name=op.f("fk_core_phone_do_not_use_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_phone")),
    )
    with op.batch_alter_table("core_phone", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_phone_company_id"), ["company_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_phone_digits"), ["digits"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_phone_tail"), ["tail"], unique=False)

    for name, table, key in PARTIAL:
        rows = sa.text(f"{key} IS NOT NULL")
        op.create_index(name, table, [key], sqlite_where=rows, postgresql_where=rows)
    if op.get_bind().dialect.name == "sqlite":
        for statement in FULL_TEXT:
            op.execute(statement)
        return
    for column in HEADS:
        op.create_foreign_key(f"fk_core_company_{column}", "core_company", "core_contact", [column], ["id"])
    op.execute("CREATE SEQUENCE core_company_code_seq")
    op.create_index("ix_core_search_doc_tokens", "core_search_doc", ["tokens"], postgresql_using="gin")
    op.execute("ALTER TABLE core_search_doc ALTER COLUMN tokens SET STATISTICS 1000")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE core_search_fts")
    else:
        for column in HEADS:
            op.drop_constraint(f"fk_core_company_{column}", "core_company", type_="foreignkey")
        op.execute("DROP SEQUENCE core_company_code_seq")
    for table in TABLES:
        op.drop_table(table)
