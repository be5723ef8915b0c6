"""Pages of journals."""

from plugins.journals.views import desk, dispatch, publications, subscriptions
from plugins.journals.views.base import blueprint

__all__ = ["blueprint", "desk", "dispatch", "publications", "subscriptions"]
