"""Make the tables of journals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, Codes, Money, UTCDateTime

revision = "journals_0001_initial"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journals_day_number",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_journals_day_number"),
    )
    op.create_table(
        "journals_publication",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("frequency", sa.String(20), nullable=False),
        sa.Column("price", Money(), nullable=False),
        sa.Column("closing_days", sa.Integer(), nullable=False),
        sa.Column("dispatch_days", sa.Integer(), nullable=False),
        sa.Column("editions", Codes(300), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journals_publication"),
        sa.UniqueConstraint("code", name="uq_journals_publication_code"),
        sa.UniqueConstraint("title", name="uq_journals_publication_title"),
    )
    op.create_table(
        "journals_issue",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("publication_id", BigId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("cover_date", sa.Date(), nullable=False),
        sa.Column("closing_date", sa.Date(), nullable=False),
        sa.Column("dispatch_date", sa.Date(), nullable=False),
        sa.Column("theme", sa.String(200)),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["journals_publication.id"], name="fk_journals_issue_publication_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_journals_issue"),
        sa.UniqueConstraint("publication_id", "cover_date", name="uq_journals_issue_publication_id_cover_date"),
        sa.UniqueConstraint("publication_id", "number", name="uq_journals_issue_publication_id_number"),
    )
    op.create_index("ix_journals_issue_cover", "journals_issue", ["cover_date", "id"])
    op.create_table(
        "journals_dispatch_run",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("issue_id", BigId, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("made_by_id", BigId),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["journals_issue.id"], name="fk_journals_dispatch_run_issue_id"),
        sa.ForeignKeyConstraint(["made_by_id"], ["core_user.id"], name="fk_journals_dispatch_run_made_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_journals_dispatch_run"),
        sa.UniqueConstraint("issue_id", "sequence", name="uq_journals_dispatch_run_issue_id_sequence"),
    )
    op.create_index("ix_journals_dispatch_run_issue_id", "journals_dispatch_run", ["issue_id"])
    op.create_table(
        "journals_call",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("outcome", sa.String(30), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("next_call_on", sa.Date()),
        sa.Column("called_by_id", BigId),
        sa.Column("called_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["called_by_id"], ["core_user.id"], name="fk_journals_call_called_by_id"),
        sa.ForeignKeyConstraint(["company_id"], ["core_company.id"], name="fk_journals_call_company_id"),
        sa.PrimaryKeyConstraint("id", name="pk_journals_call"),
    )
    op.create_index("ix_journals_call_by_day", "journals_call", ["called_by_id", "called_at"])
    op.create_index("ix_journals_call_company_id", "journals_call", ["company_id"])
    op.create_index("ix_journals_call_next_call_on", "journals_call", ["next_call_on"])
    op.create_table(
        "journals_dispatch_line",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("issue_id", BigId, nullable=False),
        sa.Column("delivery_id", BigId, nullable=False),
        sa.Column("subscription_id", BigId, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("label_code", sa.String(20), nullable=False),
        sa.Column("recipient", sa.String(60), nullable=False),
        sa.Column("organisation", sa.String(200), nullable=False),
        sa.Column("province", sa.String(40), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("postcode", sa.String(12), nullable=False),
        sa.Column("nature", sa.String(30), nullable=False),
        sa.Column("edition", sa.String(30), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("link", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["core_company.id"], name="fk_journals_dispatch_line_company_id"),
        sa.ForeignKeyConstraint(["issue_id"], ["journals_issue.id"], name="fk_journals_dispatch_line_issue_id"),
        sa.ForeignKeyConstraint(["run_id"], ["journals_dispatch_run.id"], name="fk_journals_dispatch_line_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_journals_dispatch_line"),
        sa.UniqueConstraint("issue_id", "delivery_id", name="uq_journals_dispatch_line_issue_id_delivery_id"),
        sa.UniqueConstraint("label_code", name="uq_journals_dispatch_line_label_code"),
        sa.UniqueConstraint("run_id", "place", name="uq_journals_dispatch_line_run_id_place"),
    )
    op.create_index("ix_journals_dispatch_line_company_id", "journals_dispatch_line", ["company_id"])
    op.create_index("ix_journals_dispatch_line_subscription_id", "journals_dispatch_line", ["subscription_id"])
    op.create_table(
        "journals_held_line",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("subscription_id", BigId, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("recipient", sa.String(60), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(30), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["core_company.id"], name="fk_journals_held_line_company_id"),
        sa.ForeignKeyConstraint(["run_id"], ["journals_dispatch_run.id"], name="fk_journals_held_line_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_journals_held_line"),
    )
    op.create_index("ix_journals_held_line_run_id", "journals_held_line", ["run_id"])
    op.create_table(
        "journals_subscription",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("contact_id", BigId),
        sa.Column("publication_id", BigId, nullable=False),
        sa.Column("edition", sa.String(30)),
        sa.Column("nature", sa.String(30), nullable=False),
        sa.Column("channel", sa.String(30), nullable=False),
        sa.Column("first_issue_id", BigId, nullable=False),
        sa.Column("last_issue_id", BigId, nullable=False),
        sa.Column("issue_count", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("price", Money(), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("payment", sa.String(30), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("cancel_reason", sa.String(30)),
        sa.Column("cancelled_on", sa.Date()),
        sa.Column("last_served_number", sa.Integer()),
        sa.Column("note", sa.Text()),
        sa.Column("taken_by_id", BigId),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("review_state", sa.String(16), nullable=False),
        sa.Column("reviewed_by_id", BigId),
        sa.Column("reviewed_at", UTCDateTime()),
        sa.Column("confirmed_by_id", BigId),
        sa.Column("confirmed_at", UTCDateTime()),
        sa.Column("remark", sa.Text()),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["core_company.id"], name="fk_journals_subscription_company_id"),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["core_user.id"], name="fk_journals_subscription_confirmed_by_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["core_contact.id"], name="fk_journals_subscription_contact_id"),
        sa.ForeignKeyConstraint(
            ["first_issue_id"], ["journals_issue.id"], name="fk_journals_subscription_first_issue_id"
        ),
        sa.ForeignKeyConstraint(
            ["last_issue_id"], ["journals_issue.id"], name="fk_journals_subscription_last_issue_id"
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["journals_publication.id"], name="fk_journals_subscription_publication_id"
        ),
        sa.ForeignKeyConstraint(["reviewed_by_id"], ["core_user.id"], name="fk_journals_subscription_reviewed_by_id"),
        sa.ForeignKeyConstraint(["taken_by_id"], ["core_user.id"], name="fk_journals_subscription_taken_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_journals_subscription"),
        sa.UniqueConstraint("code", name="uq_journals_subscription_code"),
    )
    op.create_index("ix_journals_subscription_company_id", "journals_subscription", ["company_id"])
    op.create_index("ix_journals_subscription_ends", "journals_subscription", ["ends_on", "id"])
    op.create_index("ix_journals_subscription_publication_id", "journals_subscription", ["publication_id"])
    op.create_index("ix_journals_subscription_taken_on", "journals_subscription", ["taken_on"])
    op.create_index("ix_journals_subscription_updated", "journals_subscription", ["updated_at", "id"])
    op.create_table(
        "journals_delivery",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("subscription_id", BigId, nullable=False),
        sa.Column("contact_id", BigId),
        sa.Column("recipient", sa.String(60), nullable=False),
        sa.Column("organisation", sa.String(200), nullable=False),
        sa.Column("province", sa.String(40), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("postcode", sa.String(12), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["core_contact.id"], name="fk_journals_delivery_contact_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["journals_subscription.id"],
            name="fk_journals_delivery_subscription_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_journals_delivery"),
    )
    op.create_index("ix_journals_delivery_subscription_id", "journals_delivery", ["subscription_id"])


def downgrade() -> None:
    op.drop_table("journals_delivery")
    op.drop_table("journals_subscription")
    op.drop_table("journals_held_line")
    op.drop_table("journals_dispatch_line")
    op.drop_table("journals_call")
    op.drop_table("journals_dispatch_run")
    op.drop_table("journals_issue")
    op.drop_table("journals_publication")
    op.drop_table("journals_day_number")
