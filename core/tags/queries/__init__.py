"""Reads tags and segments; `segment_ids` is what mailings, prints and analysis ask."""

from core.tags.queries.segments import segment_ids, segment_select
from core.tags.queries.tags import tags_of

__all__ = ["segment_ids", "segment_select", "tags_of"]
