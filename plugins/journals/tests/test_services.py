"""The rules of the issue calendar, subscriptions and dispatch."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from core.clock import local_today
from core.customers.models import Address, Contact
from core.customers.services import bar, bar_method, lift
from core.db import transaction
from core.errors import Refused
from core.privacy.queries.subject import subject_of
from core.privacy.services import erase
from plugins.journals.models import DeliveryPoint, DispatchLine, DispatchRun, Issue, Subscription
from plugins.journals.plugin import before_contact_erase
from plugins.journals.services.calendar import change_issue, cover_dates, extend_calendars, generate_issues
from plugins.journals.services.dispatch import broken_at, check_seals, label_code, make_dispatch_run, unserved
from plugins.journals.services.orders import OrderLine, quote, read_month
from plugins.journals.services.subscriptions import Recipient, cancel_subscription, change_recipients, phase
from plugins.journals.tests import factories

EDITIONS = [("liquor", "白酒版"), ("food", "副食版"), ("wine", "葡萄酒版")]


# --- calendar


@pytest.mark.parametrize(
    ("frequency", "number"),
    [("half_monthly", 24), ("monthly", 12), ("quarterly", 4), ("half_yearly", 2), ("yearly", 1)],
)
def test_a_year_has_as_many_issues_as_its_frequency_says(frequency, number):
    days = list(cover_dates(frequency, 2027))
    assert len(days) == number
    assert days == sorted(set(days))


def test_a_weekly_appears_every_monday_of_the_year():
    days = list(cover_dates("weekly", 2027))
    assert {day.weekday() for day in days} == {0}
    assert all(day.year == 2027 for day in days)
    assert len(days) == 52


def test_issues_are_made_once_and_numbered_through_the_years(as_system):
    with as_system() as session:
        made = factories.publication(session)
        assert generate_issues(session, made, local_today().year + 1) == []
        session.refresh(made, ["issues"])
        assert [issue.number for issue in made.issues] == list(range(1, 49))
        with pytest.raises(Refused):
            generate_issues(session, made, local_today().year - 1)


def test_a_calendar_is_extended_two_years_ahead_once(as_system):
    with as_system() as session:
        made = factories.publication(session)
        assert extend_calendars(session, local_today()) == 24
        assert extend_calendars(session, local_today(), made) == 0
        made.active = False
        session.flush()
        assert extend_calendars(session, dt.date(local_today().year + 5, 1, 1)) == 0


def test_an_issue_can_be_moved_between_its_neighbours_until_it_is_dispatched(as_system):
    with as_system() as session:
        first, second, *_ = factories.issues(session, factories.publication(session))
        values = {
            "label": second.label,
            "cover_date": second.cover_date + dt.timedelta(days=3),
            "closing_date": second.closing_date,
            "dispatch_date": second.dispatch_date,
            "theme": "春交会专刊",
        }
        change_issue(session, second, values)
        assert second.theme == "春交会专刊"
        with pytest.raises(Refused):
            change_issue(session, second, {**values, "cover_date": first.cover_date})
        with pytest.raises(Refused):
            change_issue(session, second, {**values, "closing_date": second.cover_date + dt.timedelta(days=1)})
        factories.subscription(session, factories.company(session), second)
        make_dispatch_run(session, second.id, by=None)
        with pytest.raises(Refused):
            change_issue(session, second, values)


# --- subscriptions


def test_the_end_and_the_amount_follow_from_the_calendar(as_system):
    with as_system() as session:
        first, *rest = factories.issues(session, factories.publication(session))
        made = factories.subscription(
            session, factories.company(session), first, count=6, recipients=[factories.recipient(3)]
        )
        assert made.last_issue_id == rest[4].id
        assert made.ends_on == rest[4].cover_date
        assert made.amount == Decimal(180)
        assert phase(made, made.starts_on - dt.timedelta(days=1)) == "future"
        assert phase(made, made.ends_on) == "active"
        assert phase(made, made.ends_on + dt.timedelta(days=1)) == "expired"


def test_a_complimentary_subscription_costs_nothing(as_system):
    with as_system() as session:
        first, *_ = factories.issues(session, factories.publication(session))
        made = factories.subscription(session, factories.company(session), first, nature="gift")
        assert (made.price, made.amount) == (Decimal(0), Decimal(0))


def test_recipients_must_make_up_the_copies_and_the_calendar_must_reach(as_system):
    with as_system() as session:
        first, *_ = factories.issues(session, factories.publication(session))
        customer = factories.company(session)
        with pytest.raises(Refused):
            factories.subscription(session, customer, first, count=25)
        made = factories.subscription(session, customer, first, recipients=[factories.recipient(2)])
        with pytest.raises(Refused):
            change_recipients(session, made, [factories.recipient(3)])


def test_subscriptions_are_numbered_by_day(as_system):
    with as_system() as session:
        first, *_ = factories.issues(session, factories.publication(session))
        customer = factories.company(session)
        codes = [factories.subscription(session, customer, first).code for _ in range(3)]
        assert codes == [f"ZD-{local_today():%y%m%d}-{n:03d}" for n in (1, 2, 3)]


def test_taking_an_order_from_the_pool_claims_the_customer(as_system, as_user, people):
    clerk, other = people.user("clerk"), people.user("other")
    with as_system() as session:
        first, *_ = factories.issues(session, factories.publication(session))
        free = factories.company(session)
        theirs = factories.company(session, "眉州腌渍食品厂", owner_id=other.id)
    with as_user(clerk):
        with transaction() as session:
            assert factories.subscription(session, free, first).company.owner_id == clerk.id
        with pytest.raises(Refused), transaction() as session:
            factories.subscription(session, theirs, first)


def test_an_order_line_is_read_by_initials_and_month(as_system):
    with as_system() as session:
        made = factories.publication(session)
        factories.publication(session, "参展指南", frequency="yearly", editions=[])
        year = local_today().year + 1
        line = OrderLine(publication="tj", edition="bjb", copies="12", first=f"{year}-05", last="12期")
        found = quote(session, line, None, [("liquor", "白酒版")])
        assert (found.order.publication_id, found.order.edition, found.order.issue_count) == (made.id, "liquor", 12)
        assert (found.first.cover_date, found.amount) == (dt.date(year, 5, 1), Decimal(1440))
        upto = quote(session, OrderLine(publication="糖酒半月刊", first=f"{year}-05", last=f"{year}-06"), None, [])
        assert upto.order.issue_count == 4
        for wrong, cell in (
            (OrderLine(publication="没有"), "publication"),
            (OrderLine(publication="tj", edition="ptj"), "edition"),
            (OrderLine(publication="tj", nature="zz"), "nature"),
            (OrderLine(publication="tj", copies="0"), "copies"),
            (OrderLine(publication="tj", first="1999-01"), "first"),
            (OrderLine(publication="tj", first=f"{year}-05", last=f"{year}-03"), "last"),
            (OrderLine(publication="tj", price="x"), "price"),
        ):
            with pytest.raises(Refused) as refused:
                quote(session, wrong, None, EDITIONS)
            assert cell in refused.value.fields


def test_a_renewal_begins_with_the_issue_after_the_running_one(as_system):
    with as_system() as session:
        made = factories.publication(session)
        customer = factories.company(session)
        first, *rest = factories.issues(session, made)
        factories.subscription(session, customer, first, count=4)
        renewed = quote(session, OrderLine(publication="tjbyk", last="2期"), customer.id, [])
        assert renewed.first.id == rest[3].id


@pytest.mark.parametrize(
    ("typed", "month"),
    [
        ("2027-05", dt.date(2027, 5, 1)),
        ("27-5", dt.date(2027, 5, 1)),
        ("202705", dt.date(2027, 5, 1)),
        ("12", dt.date(2026, 12, 1)),
        ("3月", dt.date(2027, 3, 1)),
        ("13", None),
        ("soon", None),
    ],
)
def test_months_are_read_as_people_type_them(typed, month):
    assert read_month(typed, dt.date(2026, 11, 21)) == month


# --- dispatch


def test_a_run_is_sorted_by_postcode_and_freezes_the_address(as_system):
    with as_system() as session:
        first, *_ = factories.issues(session, factories.publication(session))
        customer = factories.company(session)
        shares = [
            factories.recipient(2, postcode="644000"),
            factories.recipient(5, recipient="何苗", postcode="400020"),
        ]
        made = factories.subscription(session, customer, first, recipients=shares)
        run = make_dispatch_run(session, first.id, by=None)
        lines = session.scalars(select(DispatchLine).order_by(DispatchLine.place)).all()
        assert [line.postcode for line in lines] == ["400020", "644000"]
        assert (run.line_count, run.copies) == (2, 7)
        assert run.totals == {"nature": {"paid": 7}, "province": {"四川省": 7}}
        changed = [
            factories.recipient(2, address="别处 1 号"),
            factories.recipient(5, recipient="何苗", address="别处 2 号"),
        ]
        change_recipients(session, made, changed)
        session.expire_all()
        assert all("糖坊街" in line.address for line in session.scalars(select(DispatchLine)))
        with pytest.raises(Refused):
            make_dispatch_run(session, first.id, by=None)


@pytest.mark.parametrize(("since", "street"), [(0, "新桥路9号"), (1, "糖坊街")])
def test_a_run_goes_to_the_address_that_counts_on_its_day(as_system, since, street):
    with as_system() as session:
        first, *_ = factories.issues(session, factories.publication(session))
        customer = factories.company(session)
        customer.address = factories.recipient(1).address
        begins = local_today() + dt.timedelta(days=since)
        session.add(Address(company=customer, kind="office", text="新桥路9号", postcode="644000", valid_from=begins))
        elsewhere = factories.recipient(1, recipient="何苗", address="别处 2 号")
        factories.subscription(session, customer, first, recipients=[factories.recipient(2), elsewhere])
        make_dispatch_run(session, first.id, by=None)
        sent = {line.recipient: line for line in session.scalars(select(DispatchLine))}
        own = next(line for name, line in sent.items() if name != "何苗")
        assert street in own.address
        assert (own.postcode == "644000") is (since == 0)
        assert sent["何苗"].address == "别处 2 号"


def test_incomplete_addresses_are_held_and_served_by_the_supplement(as_system):
    with as_system() as session:
        first, *_ = factories.issues(session, factories.publication(session))
        shares = [factories.recipient(2), factories.recipient(3, recipient="何苗", postcode="")]
        made = factories.subscription(session, factories.company(session), first, recipients=shares)
        run = make_dispatch_run(session, first.id, by=None)
        assert [(one.recipient, one.reason, one.copies) for one in run.held] == [("何苗", "postcode", 3)]
        change_recipients(session, made, [shares[0], factories.recipient(3, recipient="何苗", postcode="400020")])
        second = make_dispatch_run(session, first.id, by=None)
        assert (second.sequence, second.copies, second.held) == (2, 3, [])


@pytest.mark.parametrize("level", ["company", "contact", "address"])
def test_who_asked_for_no_post_is_held_and_named_until_he_may_be_written_to_again(as_system, level):
    with as_system() as session:
        first, *_ = factories.issues(session, factories.publication(session))
        customer = factories.company(session)
        wang = Contact(company=customer, name="王建平")
        session.add(wang)
        session.flush()
        no_post = factories.recipient(2, recipient="王建平", contact_id=wang.id, address="糖坊街 66 号")
        others = factories.company(session, "眉州腌渍食品厂")
        factories.subscription(session, customer, first, recipients=[no_post])
        factories.subscription(session, others, first, recipients=[factories.recipient(1, recipient="何苗")])
        place = Address(company=customer, kind="delivery", text="糖坊街66号", do_not_use=level == "address")
        session.add(place)
        if level != "address":
            held = bar(session, customer, wang if level == "contact" else None, "post", "不收纸质刊物", by=None)
        run = make_dispatch_run(session, first.id, by=None)
        assert [(one.recipient, one.reason) for one in run.held] == [("王建平", "barred")]
        assert [line.recipient for line in session.scalars(select(DispatchLine))] == ["何苗"]
        if level == "address":
            bar_method(session, place, (), "", by=None)
        else:
            lift(session, held, "本人要求恢复", by=None)
        assert make_dispatch_run(session, first.id, by=None).held == []


def test_a_sent_line_cannot_be_changed_and_a_change_past_the_program_shows(as_system):
    with as_system() as session:
        first, *_ = factories.issues(session, factories.publication(session))
        factories.subscription(session, factories.company(session), first)
        run_id = make_dispatch_run(session, first.id, by=None).id
    with pytest.raises(Refused), as_system() as session:
        session.scalars(select(DispatchLine)).one().copies = 9
    with pytest.raises(Refused), as_system() as session:
        session.delete(session.get(DispatchRun, run_id))
    with as_system() as session:
        run = session.get(DispatchRun, run_id)
        assert broken_at(session, run) is None
        session.execute(text("UPDATE journals_dispatch_line SET copies = 9"))
        session.expire_all()
        assert broken_at(session, run) == 1
        assert check_seals(session) == [run_id]


def test_an_erased_recipient_leaves_the_runs_that_served_him_and_their_seals_hold(as_system):
    with as_system() as session:
        first, *_ = factories.issues(session, factories.publication(session))
        customer = factories.company(session)
        wang = Contact(company=customer, name="王建平")
        session.add(wang)
        session.flush()
        shares = [
            factories.recipient(2, recipient="王建平", contact_id=wang.id, phone="13800000142", address="糖坊街 9 号"),
            factories.recipient(1, recipient="何苗"),
        ]
        factories.subscription(session, customer, first, recipients=shares)
        run_id = make_dispatch_run(session, first.id, by=None).id
        wang_id = wang.id
    with as_system() as session:
        hooks = [before_contact_erase]
        erase(session, subject_of(session, "contact", wang_id), by=None, reason="", contact_hooks=hooks)
    with as_system() as session:
        lines = session.scalars(select(DispatchLine).order_by(DispatchLine.id)).all()
        told = {(line.recipient, line.address, line.copies) for line in lines}
        assert told == {(f"已删除的联系人 #{wang_id}", "", 2), ("何苗", factories.recipient(1).address, 1)}
        assert broken_at(session, session.get(DispatchRun, run_id)) is None
        point = session.scalars(select(DeliveryPoint).where(DeliveryPoint.contact_id == wang_id)).one()
        assert (point.phone, point.address) == ("", "")


def test_the_database_itself_refuses_a_second_line_for_a_recipient(as_system):
    with as_system() as session:
        first, *_ = factories.issues(session, factories.publication(session))
        factories.subscription(session, factories.company(session), first)
        make_dispatch_run(session, first.id, by=None)
    with pytest.raises(IntegrityError), as_system() as session:
        line = session.scalars(select(DispatchLine)).one()
        names = [c.key for c in DispatchLine.__table__.columns if c.key not in ("id", "place", "label_code")]
        session.add(DispatchLine(**{n: getattr(line, n) for n in names}, place=2, label_code="other"))


def test_a_cancelled_subscription_is_served_up_to_its_last_issue(as_system):
    with as_system() as session:
        made = factories.publication(session)
        first, second, third, *_ = factories.issues(session, made)
        one = factories.subscription(session, factories.company(session), first)
        with pytest.raises(Refused):
            cancel_subscription(session, one, "", None)
        cancel_subscription(session, one, "budget", second)
        assert [len(unserved(session, issue)) for issue in (first, second, third)] == [1, 1, 0]
        with pytest.raises(Refused):
            cancel_subscription(session, one, "budget", None)


def test_a_mistyped_label_code_is_noticed():
    code = label_code(12, 345)
    issue, delivery, check = code.split("-")
    assert int(issue + delivery + check) % 97 == 1
    assert int(issue + delivery[::-1] + check) % 97 != 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_nobody_gets_an_issue_twice_and_nobody_is_missed(as_system, test_database, app, seed):
    test_database.reset(app)
    rng = Random(seed)
    with as_system() as session:
        _play(session, rng)


def _play(session, rng: Random) -> None:
    """Take, change and cancel subscriptions between runs; then everybody entitled got his copies exactly."""
    made = factories.publication(session)
    issues = factories.issues(session, made)[:4]
    customer = factories.company(session)
    taken: list[Subscription] = []
    entitled: dict[tuple[int, int], int] = {}
    for issue in issues:
        for _step in range(rng.randrange(2, 7)):
            what = rng.choice(("take", "take", "change", "cancel", "run"))
            if what == "take":
                taken.append(
                    factories.subscription(session, customer, rng.choice(issues), count=3, recipients=_shares(rng))
                )
            elif what == "change" and taken:
                one = rng.choice(taken)
                change_recipients(session, one, _split(rng, one.copies))
            elif what == "cancel" and taken:
                one = rng.choice(taken)
                if one.state == "active":
                    cancel_subscription(session, one, "other", rng.choice([None, *issues]))
            elif what == "run":
                _run(session, issue)
        for one in taken:  # at the close of an issue every address is mended, and a supplement sends what lacks
            change_recipients(session, one, [_mended(share) for share in one.deliveries])
        _run(session, issue)
        for one in taken:
            first, last = session.get(Issue, one.first_issue_id).number, session.get(Issue, one.last_issue_id).number
            alive = one.state == "active" or (one.last_served_number or 0) >= issue.number
            if first <= issue.number <= last and alive:
                entitled[one.id, issue.id] = one.copies
    sent: Counter[tuple[int, int]] = Counter()
    for line in session.scalars(select(DispatchLine)):
        sent[line.subscription_id, line.issue_id] += line.copies
    copies = {one.id: one.copies for one in taken}
    assert all(sent[key] == number for key, number in entitled.items()), "somebody was missed"
    assert all(number <= copies[key[0]] for key, number in sent.items()), "somebody got more than he ordered"
    assert check_seals(session) == []


def _shares(rng: Random):
    return _split(rng, rng.randrange(1, 9))


def _split(rng: Random, copies: int):
    """Share copies among one to three recipients, some of them without a postcode."""
    parts: list[Recipient] = []
    while copies:
        part = copies if len(parts) == 2 else rng.randrange(1, copies + 1)
        copies -= part
        code = rng.choice(("610021", "400020", "", "644000"))
        parts.append(factories.recipient(part, recipient=rng.choice(("甲", "乙", "丙", "丁")), postcode=code))
    return parts


def _mended(delivery):
    return factories.recipient(delivery.copies, recipient=delivery.recipient, postcode=delivery.postcode or "100000")


def _run(session, issue: Issue) -> None:
    if any(s.delivery.postcode for s in unserved(session, issue)):
        make_dispatch_run(session, issue.id, by=None)
