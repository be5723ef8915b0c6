"""What changes tasks. Nothing here commits."""

from core.tasks.services.heirs import count_given, heir_of, present_of
from core.tasks.services.making import (
    Wanted,
    change_task,
    end_of,
    follow_up,
    give_task,
    make_due_repetitions,
    people_meant,
)
from core.tasks.services.working import (
    accept_task,
    close_task,
    decline_task,
    finish_task,
    hand_over_task,
    leave_to_supervisors,
    note_on_task,
    pass_on_task,
    put_off_task,
    reopen_task,
    start_task,
)

__all__ = [
    "Wanted",
    "accept_task",
    "change_task",
    "close_task",
    "count_given",
    "decline_task",
    "end_of",
    "finish_task",
    "follow_up",
    "give_task",
    "hand_over_task",
    "heir_of",
    "leave_to_supervisors",
    "make_due_repetitions",
    "note_on_task",
    "pass_on_task",
    "people_meant",
    "present_of",
    "put_off_task",
    "reopen_task",
    "start_task",
]
