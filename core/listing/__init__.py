"""Lists, composite query, saved views and export over any Resource."""

from core.listing.step import steps
from core.listing.views import resource_views

__all__ = ["resource_views", "steps"]
