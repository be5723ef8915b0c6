"""Subscriptions on the review desk: their author, what of them is reviewed, their history."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.auth.access import current_access
from core.db import transaction
from core.errors import Forbidden
from core.listing.state import ListState
from core.review.queries.history import History
from core.review.queries.queue import Queues
from core.review.rules import rules
from core.review.services import approve
from plugins.journals.models import Subscription
from plugins.journals.services.subscriptions import change_subscription
from plugins.journals.tests import factories


@pytest.fixture
def taken(people, as_system, as_user):
    """Take a subscription as a clerk of a supervised department."""
    market = people.department("发行部")
    clerk = people.user("zhou", department=market, name="周岚")
    chief = people.user("chief", ("supervisor",), department=market, name="陈主管")
    with as_system() as session:
        issue = factories.issues(session, factories.publication(session))[0]
        customer = factories.company(session, owner_id=clerk.id)
        session.expunge_all()
    with as_user(clerk), transaction() as session:
        factories.subscription(session, customer, session.get(type(issue), issue.id))
    return clerk, chief


def only(session):
    return session.scalars(select(Subscription)).one()


def rule_of(session):
    return rules(session).rule("journals/subscriptions")


def test_a_subscription_is_reviewed_by_another_than_who_took_it(taken, as_user, people):
    clerk, chief = taken
    people.grant(clerk, "journals:subscription:review", "all")
    with as_user(clerk), transaction() as session, pytest.raises(Forbidden):
        approve(session, rule_of(session), only(session), current_access())
    with as_user(chief), transaction() as session:
        assert approve(session, rule_of(session), only(session), current_access()) == "reviewed"


def test_another_recipient_is_a_change_and_a_payment_is_none(taken, as_user):
    clerk, chief = taken
    with as_user(chief), transaction() as session:
        approve(session, rule_of(session), only(session), current_access())
    with as_user(clerk), transaction() as session:
        change_subscription(session, only(session), {"payment": "full"}, [factories.recipient()])
    with as_user(clerk) as session:
        assert only(session).review_state == "reviewed"
    with as_user(clerk), transaction() as session:
        change_subscription(session, only(session), {}, [factories.recipient(recipient="何苗")])
    with as_user(chief) as session:
        record = only(session)
        queues = Queues(session, rule_of(session), current_access())
        assert queues.ids("changed", ListState()) == [record.id]
        changed = History(session, rule_of(session), record, current_access()).since(record.reviewed_at)
    assert [(one.before, one.after) for one in changed] == [("邓晓梅", "何苗")]


def test_the_page_of_a_subscription_shows_its_marks(taken, as_user, browser_of):
    _clerk, chief = taken
    with as_user(chief) as session:
        key = only(session).id
    page = browser_of(chief).get(f"/journals/subscriptions/{key}").get_data(as_text=True)
    assert 'data-review="submitted"' in page
    assert "of=journals/subscriptions" in page
    assert browser_of(chief).get(f"/review/history/{key}?of=journals/subscriptions").status_code == 200
    assert browser_of(chief).get("/review?of=journals/subscriptions").status_code == 200
