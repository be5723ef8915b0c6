"""Festivals on which customers are greeted, and the words for it, with what is usual."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0015_care"
down_revision = "core_0014_tasks"
branch_labels = None
depends_on = None

FESTIVALS = (
    ("元旦", False, 1, 1), ("春节", True, 1, 1), ("元宵节", True, 1, 15), ("劳动节", False, 5, 1),
    ("端午节", True, 5, 5), ("中秋节", True, 8, 15), ("国庆节", False, 10, 1),
)  # fmt: skip
KEPT = ("春节", "端午节", "中秋节", "国庆节")
GREETINGS = (
    (
        "birthday",
        "{称谓}，您好！值此您生日之际，谨代表全体同仁祝您生日快乐、身体健康、万事顺意！感谢您和{单位}一直以来的支持。",
    ),
    ("festival", "{称谓}，您好！{节日}将至，祝您和家人节日快乐、阖家幸福！感谢{单位}一直以来的支持。"),
    ("anniversary", "欣逢{单位}成立 {节日} 周年，谨致热烈祝贺，祝贵公司事业兴旺、再创佳绩！"),
    ("care", "请致电或拜访{单位}，了解近况与新的需求，并把结果记入事务日志。"),
)


def upgrade() -> None:
    """Make the tables and fill them."""
    festival = op.create_table(
        "core_festival",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("lunar", sa.Boolean(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_festival"),
        sa.UniqueConstraint("name", name="uq_core_festival_name"),
    )
    greeting = op.create_table(
        "core_greeting",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("occasion", sa.String(12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_greeting"),
        sa.UniqueConstraint("occasion", name="uq_core_greeting_occasion"),
    )
    now = dt.datetime.now(dt.UTC)
    made = {"created_at": now, "updated_at": now, "version": 1}
    op.bulk_insert(
        festival,
        [
            {"name": name, "lunar": lunar, "month": month, "day": day, "active": name in KEPT, **made}
            for name, lunar, month, day in FESTIVALS
        ],
    )
    op.bulk_insert(greeting, [{"occasion": occasion, "text": text, **made} for occasion, text in GREETINGS])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("core_greeting")
    op.drop_table("core_festival")
