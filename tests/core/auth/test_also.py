"""A row may be more than one person's: `also` of a row scope names further users."""

from __future__ import annotations

from core.auth.access import holders
from core.columns import RowScope
from core.customers.models import Company


class Task:
    """A row with two people."""

    __scope__ = RowScope(resource="task", owner="assignee_id", also=("giver_id",))

    def __init__(self, assignee_id: int | None, giver_id: int | None) -> None:
        self.assignee_id, self.giver_id = assignee_id, giver_id


def test_a_row_is_its_owners_and_those_whom_also_names():
    assert holders(Task(1, 2)) == {1, 2}
    assert holders(Task(None, 2)) == {2}
    assert holders(Task(None, None)) == frozenset()


def test_an_entry_is_its_authors_only_while_nobody_owns_it():
    assert holders(Company(name="甲", owner_id=3, entered_by_id=4)) == {3}
    assert holders(Company(name="甲", owner_id=None, entered_by_id=4)) == {4}
