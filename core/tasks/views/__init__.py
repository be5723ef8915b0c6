"""Pages of tasks."""

from core.tasks.views import quick, record, schedule, steps
from core.tasks.views.base import blueprint

__all__ = ["blueprint", "quick", "record", "schedule", "steps"]
