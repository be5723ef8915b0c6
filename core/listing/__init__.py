"""Lists, composite query, saved views and export over any Resource."""

from core.listing.own import own_groups
from core.listing.step import steps
from core.listing.views import resource_views

__all__ = ["own_groups", "resource_views", "steps"]
