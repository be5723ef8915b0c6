"""Tables of tags and segments."""

from core.tags.models.segment import Segment, SegmentDay, SegmentMember
from core.tags.models.tag import Tag, Tagging

__all__ = ["Segment", "SegmentDay", "SegmentMember", "Tag", "Tagging"]
