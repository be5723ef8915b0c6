"""Runs the revisions of one owner on the connection that `core.migrate` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from core.columns import BigId
from core.db import Base
from core.migrate import include_name, include_object, version_table

config = context.config
owner: str = config.attributes["owner"]
connection = config.attributes["connection"]


def render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Write our own column types by their short names."""
    if kind == "type" and item is BigId:
        autogen.imports.add("from core.columns import BigId")
        return "BigId"
    if kind == "type" and type(item).__module__ == "core.columns":
        autogen.imports.add(f"from core.columns import {type(item).__name__}")
        return f"{type(item).__name__}()"
    return False


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    version_table=version_table(owner),
    include_name=include_name(owner),
    include_object=include_object(owner),
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
