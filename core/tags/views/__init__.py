"""The pages of tags and segments."""

from core.tags.views import records, segments, tags
from core.tags.views.base import blueprint

__all__ = ["blueprint", "records", "segments", "tags"]
