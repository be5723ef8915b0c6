"""What the worker does for the register."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core.customers.queries.contact_pairs import contact_pairs
from core.customers.queries.duplicates import duplicate_pairs
from core.customers.services import forget_merges, keep_contact_pairs, keep_pairs, release_due
from core.customers.services.divisions import FOLLOW_JOB, SEPARATE_JOB
from core.customers.services.placing import codes_within, give_back, place_addresses, place_companies
from core.i18n import _, gettext, ngettext
from core.plugin import Job

LEAST = 0.6
CHUNK = 200


def find_duplicates(turn: Any) -> str:
    """Compare all companies and all contacts, and keep the pairs that are probably one."""

    def tell(step: str, done: int, total: int) -> None:
        if total and done < total:
            with turn.transaction() as session:
                turn.note(session, gettext("%(done)s of %(total)s compared", done=f"{done:,}", total=f"{total:,}"))

    with turn.reading() as reading:
        pairs = list(duplicate_pairs(reading, LEAST, tell))
        people = list(contact_pairs(reading))
    with turn.transaction() as session:
        found = keep_pairs(session, pairs) + keep_contact_pairs(session, people)
        text = str(ngettext("%(num)d pair found", "%(num)d pairs found", found))
        turn.note(session, text)
    return text


def release_to_pool(turn: Any) -> str:
    """Put the customers into the pool that its rules send there, some at a time; without rules none."""
    count, last = 0, 0
    while True:
        with turn.transaction() as session:
            some, upto = release_due(session, last, CHUNK)
            count += some
            text = str(ngettext("%(num)d customer put into the pool", "%(num)d customers put into the pool", count))
            turn.note(session, text)
            if upto is None:
                return text
        last = upto


def follow_places(turn: Any, codes: list[str]) -> str:
    """Write what places are called now into the records that lie in them, some at a time."""
    with turn.reading():
        within = codes_within(codes)
    count = 0
    for some_of in (place_companies, place_addresses):
        last: int | None = 0
        while last is not None:
            with turn.transaction() as session:
                changed, last = some_of(session, within, last)
                count += changed
                text = str(ngettext("%(num)d record changed", "%(num)d records changed", count))
                turn.note(session, text)
    return text


def give_back_places(turn: Any, code: str, into: str, since: int) -> str:
    """Give a place that was taken out of another the records that it had, some at a time."""
    with turn.reading():
        pass  # by which this process takes notice that the place stands for itself again
    count, text = 0, ""
    last: int | None = 0
    while last is not None:
        with turn.transaction() as session:
            changed, last = give_back(session, code, into, since, last)
            count += changed
            text = str(ngettext("%(num)d record changed", "%(num)d records changed", count))
            turn.note(session, text)
    return text


def throw_away(session: Session) -> str:
    """Throw away the ledgers of merges that can no longer be taken back."""
    return str(forget_merges(session))


JOBS = (
    Job(
        name="core.find_duplicates", title=_("Search for customers that are in twice"), run=find_duplicates,
        schedule="30 2 * * 0", chunked=True,
    ),
    Job(
        name="core.release_to_pool", title=_("Put customers whom nobody looks after into the public pool"),
        run=release_to_pool, schedule="20 3 * * *", chunked=True,
    ),
    Job(
        name=FOLLOW_JOB, title=_("Change places that were renamed or merged in the records"), run=follow_places,
        chunked=True,
    ),
    Job(
        name=SEPARATE_JOB, title=_("Give a place that was taken out of another its records"), run=give_back_places,
        chunked=True,
    ),
    Job(
        name="core.forget_merges", title=_("Throw away what undoing old merges would need"), run=throw_away,
        schedule="10 4 * * *",
    ),
)  # fmt: skip
