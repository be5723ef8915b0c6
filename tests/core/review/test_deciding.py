"""Who passes what: first and second review, return, proposals, and what a change of a reviewed record does."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.auth.access import current_access
from core.customers.models import Company, Contact, Phone, SearchDoc
from core.customers.services import update_company, update_contact
from core.db import transaction
from core.errors import Conflict, Forbidden, Refused
from core.listing.state import ListState
from core.overlay import overlay
from core.review.models import ReviewStep
from core.review.queries.marks import record_marks
from core.review.queries.queue import Queues, waiting
from core.review.rules import rules
from core.review.services import answer, approve, give_back, propose, submit


def rule_of(session):
    return rules(session).rule("companies")


def decide(as_user, user, company_id, call, **more):
    with as_user(user), transaction() as session:
        return call(session, rule_of(session), session.get(Company, company_id), current_access(), **more)


def state_of(as_system, company_id):
    with as_system() as session:
        company = session.get(Company, company_id)
        common = session.scalar(
            select(SearchDoc.common).where(SearchDoc.resource == "company", SearchDoc.record_id == company_id)
        )
        return company.review_state, common


def change(as_user, user, company_id, **values):
    with as_user(user), transaction() as session:
        update_company(session, session.get(Company, company_id), values, by=user.id)


def queue(as_user, user, name):
    with as_user(user) as session:
        queues = Queues(session, rule_of(session), current_access())
        return queues.ids(name, ListState())


def test_two_reviewers_pass_an_entry_and_only_then_others_find_it(as_user, as_system, house, firm):
    key = firm("成都锦城糖酒有限公司")
    assert state_of(as_system, key) == ("submitted", False)
    assert decide(as_user, house.chief, key, approve) == "reviewed"
    assert state_of(as_system, key) == ("reviewed", True)
    with pytest.raises(Refused):
        decide(as_user, house.chief, key, approve)
    assert decide(as_user, house.deputy, key, approve) == "confirmed"
    with as_user(house.zhou) as session:
        marks = record_marks(session, rule_of(session).resource, session.get(Company, key))
    assert (marks.first_by, marks.second_by, marks.author) == ("陈主管", "何主管", "周岚")


def test_nobody_passes_his_own_entry_nor_anothers_department(as_user, house, firm):
    own = firm("主管自录公司", entered_by_id=house.chief.id, owner_id=house.chief.id)
    theirs = firm("成都锦城糖酒有限公司")
    for user, key in ((house.chief, own), (house.stranger, theirs), (house.zhou, theirs), (house.li, theirs)):
        with pytest.raises(Forbidden):
            decide(as_user, user, key, approve)
        with pytest.raises(Forbidden):
            decide(as_user, user, key, give_back, opinion="不对")


def test_the_queue_holds_what_its_reviewer_may_pass_the_oldest_first(as_user, house, firm):
    first, second = firm("甲公司"), firm("乙公司")
    firm("主管自录公司", entered_by_id=house.chief.id)
    firm("已审公司", state="reviewed")
    assert queue(as_user, house.chief, "first") == [first, second]
    assert queue(as_user, house.stranger, "first") == []
    assert queue(as_user, house.zhou, "first") == []
    assert len(queue(as_user, house.boss, "first")) == 3


def test_the_figure_of_the_menu_counts_second_reviews_too(as_user, house, firm):
    firm("甲公司", state="reviewed", reviewed_by_id=house.deputy.id)
    firm("乙公司")
    with as_user(house.chief) as session:
        queues = Queues(session, rule_of(session), current_access())
        assert queues.count("second") == queues.count("first") == 1
        assert waiting(session, rules(session).queues(), current_access()) == 2


def test_a_return_needs_an_opinion_and_reaches_the_author(as_user, as_system, house, firm):
    key = firm("成都锦城糖酒有限公司")
    with pytest.raises(Refused):
        decide(as_user, house.chief, key, give_back, opinion=" ")
    decide(as_user, house.chief, key, give_back, opinion="地址不全")
    assert state_of(as_system, key) == ("returned", False)
    assert queue(as_user, house.zhou, "returned") == [key]
    assert queue(as_user, house.li, "returned") == []
    with as_user(house.zhou) as session:
        marks = record_marks(session, rule_of(session).resource, session.get(Company, key))
        assert waiting(session, rules(session).queues(), current_access()) == 1
    assert (marks.opinion, marks.opinion_by) == ("地址不全", "陈主管")
    change(as_user, house.zhou, key, address="二环路北一段8号")
    assert state_of(as_system, key)[0] == "returned"
    decide(as_user, house.zhou, key, submit)
    assert queue(as_user, house.chief, "first") == [key]
    with pytest.raises(Refused):
        decide(as_user, house.zhou, key, submit)


def test_a_decision_about_an_older_version_is_refused(as_user, house, firm):
    key = firm("成都锦城糖酒有限公司")
    change(as_user, house.zhou, key, address="二环路北一段8号")
    with pytest.raises(Conflict):
        decide(as_user, house.chief, key, approve, version=1)


def test_a_change_of_a_reviewed_record_waits_again_with_its_differences(as_user, as_system, house, firm):
    key = firm("成都锦城糖酒有限公司", website="http://a.example")
    decide(as_user, house.chief, key, approve)
    change(as_user, house.zhou, key, website="http://b.example", short_name="锦城")
    assert state_of(as_system, key) == ("submitted", False)
    assert queue(as_user, house.chief, "first") == []
    assert queue(as_user, house.chief, "changed") == [key]
    with as_user(house.chief) as session:
        marks = record_marks(session, rule_of(session).resource, session.get(Company, key))
    assert {(one.name, one.before, one.after) for one in marks.changed} == {
        ("website", "http://a.example", "http://b.example"),
        ("short_name", None, "锦城"),
    }
    decide(as_user, house.chief, key, approve)
    assert state_of(as_system, key) == ("reviewed", True)
    assert queue(as_user, house.chief, "changed") == []


def test_a_changed_number_is_a_change_and_a_mark_not_to_call_is_none(as_user, as_system, house, firm):
    key = firm("成都锦城糖酒有限公司", phone="028-85550142", reviewed_by_id=house.chief.id)
    decide(as_user, house.chief, key, approve)
    with as_user(house.zhou), transaction() as session:
        session.scalars(select(Phone)).one().do_not_use = True
        session.get(Company, key).standing = "key"
    assert state_of(as_system, key)[0] == "reviewed"
    with as_user(house.zhou), transaction() as session:
        session.scalars(select(Phone)).one().number = "028-85550199"
    assert state_of(as_system, key) == ("submitted", False)
    with as_user(house.chief) as session:
        marks = record_marks(session, rule_of(session).resource, session.get(Company, key))
    assert [(one.before, one.after) for one in marks.changed] == [("028-85550142", "028-85550199")]


def test_what_became_of_a_number_since_the_review_is_added_up(as_user, as_system, house, firm):
    key = firm("成都锦城糖酒有限公司", phone="028-85550142", reviewed_by_id=house.chief.id)
    decide(as_user, house.chief, key, approve)

    def numbers(*wanted):
        """Save the form with these numbers, of rows that are there by their id."""
        with as_user(house.zhou), transaction() as session:
            company = session.get(Company, key)
            known = sorted(one.id for one in company.phones)
            rows = [{"kind": "office", "number": one, **({"id": known[n]} if n < len(known) else {})}
                    for n, one in enumerate(wanted)]  # fmt: skip
            update_company(session, company, {"phones": rows, "known": {"phones": set(known)}}, by=house.zhou.id)

    def told():
        with as_user(house.chief) as session:
            marks = record_marks(session, rule_of(session).resource, session.get(Company, key))
        return [(one.before, one.after) for one in marks.changed]

    numbers("028-85550142", "028-85550150")
    numbers("028-85550143", "028-85550151")
    assert told() == [(None, "办公电话 · 028-85550151"), ("028-85550142", "028-85550143")]
    numbers("028-85550144")
    assert told() == [("028-85550142", "028-85550144")]
    numbers("028-85550142")
    assert told() == []
    numbers()
    assert told() == [("办公电话 · 028-85550142", None)]


def test_a_contacts_number_is_the_contacts_and_not_the_firms(as_user, as_system, house, firm):
    key = firm("成都锦城糖酒有限公司", state="reviewed", contact="王敏")
    with as_user(house.zhou), transaction() as session:
        contact = session.scalars(select(Contact)).one()
        update_contact(session, contact, {"phones": [{"kind": "mobile", "number": "13800000142"}]}, by=house.zhou.id)
    with as_system() as session:
        assert session.scalars(select(Contact.review_state)).one() == "submitted"
    assert state_of(as_system, key)[0] == "reviewed"


def test_a_reviewers_change_leaves_the_record_reviewed(as_user, as_system, house, firm):
    key = firm("成都锦城糖酒有限公司", state="reviewed")
    change(as_user, house.chief, key, short_name="锦城")
    assert state_of(as_system, key) == ("reviewed", True)


def test_who_changed_a_record_does_not_pass_his_change(as_user, people, house, firm):
    key = firm("成都锦城糖酒有限公司", state="reviewed")
    people.grant(house.li, "core:company:edit", "all")
    change(as_user, house.li, key, short_name="锦城")
    people.grant(house.li, "core:company:review", "all")
    with pytest.raises(Forbidden):
        decide(as_user, house.li, key, approve)
    assert queue(as_user, house.li, "changed") == []
    assert decide(as_user, house.chief, key, approve) == "reviewed"


def test_where_the_setting_says_so_a_changed_record_stays_reviewed(as_user, as_system, house, firm):
    key = firm("成都锦城糖酒有限公司", state="reviewed")
    with as_system() as session:
        overlay().change_setting(session, "core.review_changes", "marked")
    change(as_user, house.zhou, key, short_name="锦城")
    change(as_user, house.zhou, key, short_name="锦城酒业")
    assert state_of(as_system, key) == ("reviewed", True)
    assert queue(as_user, house.chief, "changed") == [key]
    assert queue(as_user, house.chief, "second") == []
    decide(as_user, house.chief, key, approve)
    assert queue(as_user, house.chief, "changed") == []
    assert queue(as_user, house.deputy, "second") == [key]


def test_a_proposal_is_taken_over_by_the_author_or_declined(as_user, as_system, house, firm):
    key = firm("成都锦城糖酒有限公司", website="http://a.example")
    with pytest.raises(Refused):
        decide(as_user, house.chief, key, propose, values={"website": "http://a.example", "owner_id": house.chief.id})
    decide(as_user, house.chief, key, propose, values={"website": "http://b.example"}, opinion="网址有误")
    with as_user(house.zhou) as session:
        marks = record_marks(session, rule_of(session).resource, session.get(Company, key))
    [proposal] = marks.proposals
    assert [(one.before, one.after) for one in proposal.values] == [("http://a.example", "http://b.example")]
    with pytest.raises(Forbidden):
        decide(as_user, house.li, key, answer, take=True)
    decide(as_user, house.zhou, key, answer, take=True)
    with as_system() as session:
        company = session.get(Company, key)
        assert (company.website, company.review_state) == ("http://b.example", "submitted")
    with pytest.raises(Refused):
        decide(as_user, house.zhou, key, answer, take=True)
    decide(as_user, house.chief, key, propose, values={"website": "http://c.example"})
    decide(as_user, house.zhou, key, answer, take=False)
    with as_system() as session:
        assert session.get(Company, key).website == "http://b.example"
        kinds = list(session.scalars(select(ReviewStep.kind).order_by(ReviewStep.id)))
    assert kinds == ["returned", "proposed", "taken", "submitted", "returned", "proposed", "declined"]


def test_a_reviewer_without_the_right_to_change_decides_all_the_same(as_user, as_system, people, house, firm):
    key = firm("成都锦城糖酒有限公司")
    people.grant(house.chief, "core:company:edit", "none")
    decide(as_user, house.chief, key, give_back, opinion="地址不全")
    decide(as_user, house.zhou, key, submit)
    assert decide(as_user, house.chief, key, approve) == "reviewed"
