"""Pages of the review desk and of histories."""

from core.review.views import desk, history, proposals
from core.review.views.base import blueprint

__all__ = ["blueprint", "desk", "history", "proposals"]
