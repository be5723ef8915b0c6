"""Tags and segments: free words on records, and named sets of records that every other part can use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.plugin import Resource


def record_tags(resource: Resource, record: Any) -> dict[str, Any]:
    """Give what the card of tags on a record's page shows; see `tags/marks.html`."""
    from core.tags.views.records import record_tags  # the pages come after the lists that ask for fields of tags

    return record_tags(resource, record)
