"""The page of a record says in which queue it waits by the same rule by which the queue finds it."""

from __future__ import annotations

import itertools

from core.auth.access import current_access
from core.columns import utcnow
from core.customers.models import Company
from core.listing.state import ListState
from core.review import record_marks
from core.review.models import ReviewStep
from core.review.queries.queue import QUEUES, Queues
from core.review.rules import rules

STATES = ("draft", "submitted", "returned", "reviewed", "confirmed")


def test_a_record_says_that_it_waits_where_the_queue_lists_it(as_system, as_user, house, firm):
    made = []
    by = (None, house.zhou.id, house.chief.id)
    for number, (state, author, reviewer, step) in enumerate(
        itertools.product(STATES, by, (None, house.chief.id), (None, "submitted", "changed", "proposed"))
    ):
        key = firm(
            f"{number}号试验公司",
            state,
            entered_by_id=author,
            owner_id=house.zhou.id if number % 3 else house.chief.id,
            reviewed_by_id=reviewer,
            reviewed_at=utcnow() if reviewer else None,
            deleted_at=utcnow() if number % 7 == 0 else None,
        )
        made.append(key)
        if step is not None:
            with as_system() as session:
                one = ReviewStep(entity="core_company", record_id=key, company_id=key, kind=step)
                one.by_id = by[number % 3]
                one.settled_at = utcnow() if number % 5 == 0 else None
                session.add(one)
    seen = set()
    for user in vars(house).values():
        with as_user(user) as session:
            rule, access = rules(session).rule("companies"), current_access()
            queues = Queues(session, rule, access)
            listed = {key: name for name in reversed(QUEUES) for key in queues.ids(name, ListState(), size=500)}
            records = [session.get(Company, key) for key in made]
            said = {
                record.id: queue
                for record in records
                if record is not None and (queue := record_marks(session, rule.resource, record).queue)
            }
        assert said == listed, user.username
        seen |= set(said.values())
    assert seen == set(QUEUES)
