"""The rules of tags and segments."""

from core.tags.services.tags import add_tags, forget_records, names_in, remove_tags, shared_tag

__all__ = ["add_tags", "forget_records", "names_in", "remove_tags", "shared_tag"]
