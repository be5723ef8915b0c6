"""Sending: to whom, by whose right, in how many statements, and who sees what afterwards."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import event, func, select

from core.auth.models import Group
from core.columns import utcnow
from core.db import transaction
from core.desk.badges import figures_of
from core.errors import Forbidden, Refused
from core.messages.audience import Audience, Conditions
from core.messages.models import Message, MessageCopy
from core.messages.queries import count_folders, receipts_of, thread_of
from core.messages.services import (
    acknowledge,
    file_away,
    finish,
    give_feedback,
    mark_read,
    notify,
    put_off,
    settle,
    take_back,
)


def copies(session, user, side="in"):
    return session.scalars(select(MessageCopy).where(MessageCopy.user_id == user.id, MessageCopy.side == side)).all()


def receivers(as_system):
    with as_system() as session:
        rows = session.execute(select(MessageCopy.user_id).where(MessageCopy.side == "in"))
        return sorted(row[0] for row in rows)


def test_sender_and_receiver_find_a_message_and_nobody_else_does(house, sent, as_user, people):
    people.user("admin", groups=("system_administrator",), name="陈学敏")
    message_id = sent(house["chief"], [house["sales"]])
    for name in ("chief", "sales"):
        with as_user(house[name]) as session:
            assert session.get(Message, message_id).title == "请看合同"
            assert len(session.scalars(select(MessageCopy)).all()) == 1
    for name in ("boss", "sales2", "fair"):
        with as_user(house[name]) as session:
            assert session.get(Message, message_id) is None
            assert session.scalars(select(Message)).all() == []
            assert session.scalars(select(MessageCopy)).all() == []


def test_a_department_counts_with_what_lies_below_it_and_without_the_sender(house, sent, as_system):
    market = house["chief"].department_id
    sent(house["chief"], Audience(departments=(market,)))
    assert receivers(as_system) == sorted([house["sales"].id, house["sales2"].id])


def test_a_group_everybody_and_conditions_reach_whom_they_name(house, sent, as_system, people):
    with as_system() as session:
        staff = session.scalar(select(Group.id).where(Group.name == "staff"))
        session.get(type(house["fair"]), house["fair"].id).position = "会展专员"
    sent(house["boss"], Audience(groups=(staff,)))
    assert receivers(as_system) == sorted(house[n].id for n in ("sales", "sales2", "fair"))
    sent(house["boss"], Audience(everybody=True))
    assert len(receivers(as_system)) == 3 + 4
    sent(house["boss"], Audience(conditions=Conditions(position="会展")))
    assert receivers(as_system).count(house["fair"].id) == 3


def test_only_who_holds_the_right_writes_to_many(house, sent):
    with pytest.raises(Forbidden):
        sent(house["sales"], Audience(everybody=True))
    assert sent(house["sales"], [house["boss"]])


def test_a_closed_account_gets_nothing_and_a_message_to_nobody_is_refused(house, sent, as_system):
    with as_system() as session:
        session.get(type(house["fair"]), house["fair"].id).active = False
    with pytest.raises(Refused):
        sent(house["boss"], [house["fair"]])
    with as_system() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_three_hundred_people_are_reached_with_as_many_statements_as_one(house, sent, people, app):
    engine = app.extensions["zhike"].database.engine
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda c, cur, statement, *more: seen.append(statement))
    sent(house["boss"], [house["chief"]])
    one = sum("core_message" in s and s.lstrip().startswith(("INSERT", "UPDATE")) for s in seen)
    for number in range(300):
        people.user(f"p{number}")
    seen.clear()
    sent(house["boss"], Audience(everybody=True))
    assert sum("core_message" in s and s.lstrip().startswith(("INSERT", "UPDATE")) for s in seen) == one
    with app.extensions["zhike"].database.single.connect() as connection:
        assert connection.scalar(select(func.max(Message.receivers))) == 304


def test_the_sender_sees_who_read_and_answered_but_not_their_notes(house, sent, as_user):
    message_id = sent(house["chief"], [house["sales"], house["sales2"]], needs_receipt=True)
    with as_user(house["sales"]), transaction() as session:
        (copy,) = copies(session, house["sales"])
        copy.note = "先问财务"
        mark_read(session, [copy])
        give_feedback(session, copy, "已安排")
    with as_user(house["chief"]):
        found = receipts_of(message_id)
    assert (found.read, found.receipts) == (1, 1)
    assert [(one.name, one.feedback) for one in found.people] == [("李放", ""), ("周岚", "已安排")]
    assert "先问财务" not in repr(found)


def test_an_answer_stays_in_the_thread_that_each_sees_as_far_as_it_is_his(house, sent, as_user):
    first = sent(house["chief"], [house["sales"], house["sales2"]])
    second = sent(house["sales"], [house["chief"]], "回复", parent_id=first, in_thread=True)
    with as_user(house["chief"]) as session:
        assert [one.id for one in thread_of(session, session.get(Message, second))] == [first, second]
    with as_user(house["sales2"]) as session:
        assert [one.id for one in thread_of(session, session.get(Message, first))] == [first]


def test_nobody_answers_what_is_not_his(house, sent):
    first = sent(house["chief"], [house["sales"]])
    with pytest.raises(Forbidden):
        sent(house["fair"], [house["chief"]], parent_id=first)


def test_nobody_changes_the_copy_of_another(house, sent, as_user, as_system):
    sent(house["chief"], [house["sales"]])
    with as_system() as session:
        copy_id = copies(session, house["sales"])[0].id
    with as_user(house["chief"]), transaction() as session:
        assert session.get(MessageCopy, copy_id) is None


def test_what_asks_for_something_stands_among_what_is_to_do_until_it_is_done(house, sent, as_user):
    sent(house["chief"], [house["sales"]], "只是告知")
    sent(house["chief"], [house["sales"]], "要回执", needs_receipt=True)
    sent(house["chief"], [house["sales"]], "急事", priority="high")
    user = house["sales"]
    with as_user(user) as session:
        assert count_folders(session, user.id)[:2] == (2, 3)
    with as_user(user), transaction() as session:
        by_title = {one.message.title: one for one in copies(session, user)}
        acknowledge(session, by_title["要回执"])
        put_off(session, by_title["急事"], utcnow() + dt.timedelta(days=1))
    with as_user(user) as session:
        assert count_folders(session, user.id)[:2] == (0, 1)


def test_a_system_reminder_is_not_dismissed_only_put_off_or_settled_by_its_cause(house, as_system, as_user):
    user = house["sales"]
    with as_system() as session:
        assert notify(session, [user.id], "续订到期", module="core.tasks", key="renew-7", sticky=True)
        assert notify(session, [user.id], "续订到期", module="core.tasks", key="renew-7", sticky=True) is None
    with as_user(user), transaction() as session:
        (copy,) = copies(session, user)
        assert (copy.folder, copy.sender_id) == ("system", None)
        with pytest.raises(Refused):
            finish(session, copy)
        put_off(session, copy, utcnow() + dt.timedelta(days=2))
    with as_system() as session:
        settle(session, ["renew-7"])
    with as_user(user) as session:
        (copy,) = copies(session, user)
        assert copy.due_at is None
        assert copy.done_at is not None


def test_a_filed_message_goes_back_where_it_came_from(house, sent, as_user):
    sent(house["chief"], [house["sales"]])
    for user, side, home in ((house["sales"], "in", "inbox"), (house["chief"], "out", "sent")):
        with as_user(user), transaction() as session:
            (copy,) = copies(session, user, side)
            file_away(session, copy, "合同")
            assert (copy.folder, copy.filed_under) == ("filed", "合同")
            take_back(session, copy)
            assert (copy.folder, copy.filed_under) == (home, "")


def test_the_trail_tells_that_somebody_wrote_but_not_what(house, sent, as_system):
    from core.auth.models import Audit

    sent(house["chief"], [house["sales"]], "机密标题", content="机密内容")
    with as_system() as session:
        lines = session.scalars(select(Audit).where(Audit.entity.like("core_message%"))).all()
        assert [(one.kind, one.user_id, one.changes) for one in lines] == [
            ("create", house["chief"].id, {"receivers": 1})
        ]
        assert "机密" not in repr([(one.note, one.changes) for one in session.scalars(select(Audit))])


def test_counts_of_many_people_come_in_one_statement_and_stop_at_a_hundred(app, house, sent, as_system):
    for number in range(102):
        sent(house["chief"], [house["sales"]], f"第 {number} 条")
    sent(house["chief"], [house["fair"]])
    ids = [house["sales"].id, house["fair"].id, house["boss"].id]
    with as_system() as session:
        found = figures_of(session, app.extensions["zhike"].registry, ids)
        assert [found[user].count for user in ids] == [100, 1, 0]


def test_the_sender_hears_of_feedback_once_for_what_it_says(house, sent, as_user, as_system):
    sent(house["chief"], [house["sales"]], "看合同")
    for words in ("已安排", "已安排", "明天送到"):
        with as_user(house["sales"]), transaction() as session:
            give_feedback(session, copies(session, house["sales"])[0], words)
    with as_system() as session:
        told = session.execute(select(Message.title, Message.content).where(Message.kind == "core.feedback"))
        assert [tuple(row) for row in told] == [("周岚 反馈：看合同", "已安排"), ("周岚 反馈：看合同", "明天送到")]
        assert count_folders(session, house["chief"].id).system == 2
        assert count_folders(session, house["sales"].id).inbox == 0, "what is answered is read"


def test_one_who_writes_to_himself_is_not_told_of_his_own_feedback(house, sent, as_user, as_system):
    sent(house["chief"], [house["chief"]], "备忘")
    with as_user(house["chief"]), transaction() as session:
        give_feedback(session, copies(session, house["chief"])[0], "办了")
    with as_system() as session:
        assert session.scalar(select(func.count(Message.id))) == 1
