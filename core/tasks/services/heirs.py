"""Who stands in for a person who left: nothing that he had to do, or waited for, is lost."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from core.auth.access import ADMINISTRATORS
from core.auth.models import Department, Group, User
from core.tasks.models import OPEN, Task

SUPERVISORS = "supervisor"


def _supervisor_of(session: Session, user_id: int | None) -> int | None:
    """Give the nearest supervisor whose account is open; None where there is none."""
    seen: set[int] = set()
    while user_id is not None and user_id not in seen:
        seen.add(user_id)
        person = session.get(User, user_id)
        user_id = person.supervisor_id if person is not None else None
        above = session.get(User, user_id) if user_id is not None else None
        if above is not None and above.active:
            return above.id
    return None


def heir_of(session: Session, user_id: int | None) -> int | None:
    """Give who stands in for somebody who left; None only for nobody and where no administrator's account is open.

    It is his nearest supervisor, else one of the supervisors of his department or of those above it, else whoever has
    been an administrator longest.
    """
    person = session.get(User, user_id) if user_id is not None else None
    if person is None:
        return None
    return _supervisor_of(session, person.id) or _head_for(session, person) or _one_of(session, ADMINISTRATORS, person)


def present_of(session: Session, user_id: int | None) -> int | None:
    """Give who does what falls to somebody: he himself while his account is open, else who stands in for him."""
    person = session.get(User, user_id) if user_id is not None else None
    return user_id if person is None or person.active else heir_of(session, user_id)


def _head_for(session: Session, person: User) -> int | None:
    home = session.get(Department, person.department_id) if person.department_id is not None else None
    for key in reversed((home.path if home is not None else "").strip("/").split("/")):
        found = _one_of(session, SUPERVISORS, person, User.department_id == int(key)) if key else None
        if found is not None:
            return found
    return None


def _one_of(session: Session, group: str, besides: User, *conditions: ColumnElement[bool]) -> int | None:
    rows = select(func.min(User.id)).where(User.active, User.id != besides.id, User.groups.any(Group.name == group))
    return session.scalar(rows.where(*conditions))


def waits_for_giver() -> ColumnElement[bool]:
    """Give the condition of tasks for others that their giver has not closed."""
    return Task.state.in_((*OPEN, "done", "declined")) & Task.giver_id.is_distinct_from(Task.assignee_id)


def count_given(session: Session, user_id: int) -> int:
    """Count what somebody gave to others and has not closed."""
    return session.scalar(select(func.count(Task.id)).where(waits_for_giver(), Task.giver_id == user_id)) or 0
