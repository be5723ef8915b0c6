"""Which days are worked: weekends, the official days off, made-up days, and what the house enters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendar.official import official_days
from core.calendar.queries import add_working_days, is_known, is_working_day, next_working_day, working_days_between
from core.calendar.services import forget_day, set_days
from core.errors import Refused
from core.testing.harness import Browser, People


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_spring_festival_of_2026_is_off_and_its_made_up_days_are_worked(as_system: Any) -> None:
    with as_system() as session:
        off = [f"2026-02-{n}" for n in range(15, 24)]
        assert [one for one in off if is_working_day(session, day(one))] == []
        assert is_working_day(session, day("2026-02-14"))  # a Saturday
        assert is_working_day(session, day("2026-02-28"))  # a Saturday
        assert not is_working_day(session, day("2026-02-07"))  # a plain Saturday
        assert is_working_day(session, day("2026-02-13"))


def test_the_published_tables_of_two_sources_say_the_same() -> None:
    import holidays

    for year in range(2019, 2027):
        other = holidays.country_holidays("CN", years=[year])
        for number in range(366):
            one = dt.date(year, 1, 1) + dt.timedelta(days=number)
            if one.year != year:
                continue
            ours = official_days(year).get(one)
            worked = ours[0] if ours is not None else one.weekday() < 5
            assert worked == other.is_working_day(one), one


def test_counting_skips_what_is_not_worked_in_both_directions(as_system: Any) -> None:
    with as_system() as session:
        assert add_working_days(session, day("2026-02-13"), 1) == day("2026-02-14")
        assert add_working_days(session, day("2026-02-13"), 2) == day("2026-02-24")
        assert add_working_days(session, day("2026-02-24"), -2) == day("2026-02-13")
        assert add_working_days(session, day("2026-10-01"), 0) == day("2026-10-08")
        assert next_working_day(session, day("2026-09-20")) == day("2026-09-20")  # a Sunday that is made up
        assert working_days_between(session, day("2026-02-13"), day("2026-02-24")) == 2
        assert working_days_between(session, day("2026-02-24"), day("2026-02-13")) == -2


def test_what_the_house_enters_counts_before_the_official_calendar(as_system: Any) -> None:
    with as_system() as session:
        set_days(session, day("2026-03-18"), day("2026-03-20"), working=False, name="司庆")
        set_days(session, day("2026-02-23"), day("2026-02-23"), working=True)
    with as_system() as session:
        assert add_working_days(session, day("2026-03-17"), 1) == day("2026-03-23")
        assert is_working_day(session, day("2026-02-23"))
        forget_day(session, day("2026-03-18"))
    with as_system() as session:
        assert is_working_day(session, day("2026-03-18"))
        with pytest.raises(Refused, match="早于"):
            set_days(session, day("2026-03-18"), day("2026-03-17"), working=False)


def test_a_year_without_announcement_has_only_weekends_and_says_so(
    people: People, browser_of: Callable[..., Browser], as_system: Any
) -> None:
    admin = browser_of(people.user("root", groups=("system_administrator",)))
    assert "放假安排尚未公布" in admin.get("/admin/calendar?year=2031").text
    assert "放假安排尚未公布" not in admin.get("/admin/calendar?year=2026").text
    with as_system() as session:
        assert not is_known(session, 2031)
        assert is_working_day(session, day("2031-10-01"))
    sent = {"first": "2031-10-01", "last": "2031-10-07", "kind": "off", "name": "国庆节"}
    assert admin.post("/admin/calendar?year=2031", sent).status_code == 303
    with as_system() as session:
        assert is_known(session, 2031)
        assert not is_working_day(session, day("2031-10-01"))
    page = admin.get("/admin/calendar?year=2031").text
    assert "国庆节" in page
    assert admin.post("/admin/calendar/2031-10-07/forget").status_code == 303
    with as_system() as session:
        assert is_working_day(session, day("2031-10-07"))
    assert (
        admin.post("/admin/calendar", {"first": "2031-10-05", "last": "2031-10-01", "kind": "off"}).status_code == 422
    )
    assert admin.get("/admin/calendar?year=1999").status_code == 404


@pytest.mark.usefixtures("app")
def test_going_on_and_back_by_working_days_ends_on_worked_days_in_order(as_system: Any) -> None:
    with as_system() as session:

        @given(st.dates(dt.date(2024, 1, 1), dt.date(2027, 12, 31)), st.integers(1, 40))
        @settings(max_examples=60, deadline=None)
        def holds(start: dt.date, count: int) -> None:
            there = add_working_days(session, start, count)
            assert there > start
            assert is_working_day(session, there)
            assert working_days_between(session, start, there) == count
            back = add_working_days(session, there, -count)
            assert back <= start
            assert is_working_day(session, back)

        holds()
