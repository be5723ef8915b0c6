"""Pages of the work log."""

from core.worklogs.views import board, logs, reports
from core.worklogs.views.base import blueprint

__all__ = ["blueprint", "board", "logs", "reports"]
