"""Reading tasks."""

from core.tasks.queries.board import Load, board
from core.tasks.queries.lists import (
    Line,
    Tab,
    count_due,
    count_of_company,
    due_words,
    lines_of_company,
    lines_of_tab,
    moments,
    next_of_company,
    search_tasks,
    sources,
    tab_counts,
    when_where,
)
from core.tasks.queries.record import Bundle, bundle_of, steps_of, tasks_on_timeline

__all__ = [
    "Bundle",
    "Line",
    "Load",
    "Tab",
    "board",
    "bundle_of",
    "count_due",
    "count_of_company",
    "due_words",
    "lines_of_company",
    "lines_of_tab",
    "moments",
    "next_of_company",
    "search_tasks",
    "sources",
    "steps_of",
    "tab_counts",
    "tasks_on_timeline",
    "when_where",
]
