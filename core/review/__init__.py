"""First and second review, change history and restore over any Resource."""

from core.review.queries.marks import Marks, record_marks

__all__ = ["Marks", "record_marks"]
