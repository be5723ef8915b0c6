"""What the filter forms offer: only operators that the field answers, places by province, people by pinyin."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from core.auth.access import current_access
from core.custom import fields_of
from core.customers.models import Company
from core.errors import Refused
from core.listing import filters
from core.listing.binding import Binding
from core.listing.filters import Control, named_by_rows, quick_controls
from core.listing.lists import look, views_of
from core.listing.state import Condition, ListState
from core.listing.values import OFFERED
from core.tags.models import Segment, Tag

VALUES = {"date": "2026-03-18", "datetime": "2026-03-18", "number": "3", "money": "3", "bool": "1", "tags": "酒"}


@pytest.fixture
def boss(people):
    return people.user("boss", ("decision_maker",))


def options(page: str, name: str) -> list[str]:
    found = re.search(rf'<select[^>]* name="{re.escape(name)}".*?</select>', page, re.DOTALL)
    assert found, name
    return re.findall(r"<option[^>]*>([^<]*)</option>", found.group())


def test_the_selects_of_a_list_are_made_once_for_all_who_see_them(app, people, boss, as_user, monkeypatch):
    made = []
    monkeypatch.setattr(filters, "_quick", lambda session, one, *more: made.append(one) or Control(one, "", ""))
    for person in (boss, people.user("zhou", ("decision_maker",))):
        made.clear()
        with as_user(person) as session:
            access = current_access()
            for resource in app.extensions["zhike"].registry.resources():
                seen = look(session, resource, access, ListState(), views_of(session, resource, access))
                quick_controls(session, resource, Binding(resource, access, session), seen)
        assert any(not named_by_rows(one) for one in made) == (person is boss)


def test_every_operator_that_the_form_offers_is_answered(app, people, boss, as_user, as_system):
    registry = app.extensions["zhike"].registry
    with as_system() as session:
        session.add(Tag(name="酒", name_key="酒", tone="p"))
        for key in ("companies", "contacts"):
            session.add(Segment(name="群", resource=key, query="", owner_id=boss.id, audience="everybody"))
    with as_user(people.user("root", ("system_administrator",))) as session:
        refused = []
        for resource in registry.resources():
            binding = Binding(resource, current_access(), session)
            for field in fields_of(resource):
                if not field.filterable or not binding.knows(field):
                    continue
                choices = field.choices(session) if field.choices is not None else ()
                value = str(choices[0][0]) if choices else VALUES.get(field.kind, "1")
                for offered in field.operators or OFFERED[field.kind]:
                    op, values = offered, (value,)
                    if offered in ("empty", "filled"):
                        op, values = "empty", ("1" if offered == "empty" else "0",)
                    elif offered == "between":
                        values = (value, value)
                    try:
                        binding.condition(Condition(field.name, op, values))
                    except Refused as why:
                        if "comparison" in str(why) or "operator" in str(why) or "比较" in str(why):
                            refused.append((resource.key, field.name, offered))
        assert not refused, "\n".join(map(str, refused))


def test_somebody_is_who_is_not_nobody(as_user, boss, firm):
    firm("有主", owner=boss, review_state="reviewed")
    firm("公海", owner=None, review_state="reviewed")
    from core.customers.lists import COMPANIES

    with as_user(boss) as session:
        binding = Binding(COMPANIES, current_access(), session)

        def found(*values: str) -> list[str]:
            condition = binding.condition(Condition("owner_id", "ne", values))
            return sorted(session.scalars(select(Company.name).where(condition)))

        assert found("none") == ["有主"]
        assert found(str(boss.id)) == ["公海"]
        assert found("none", str(boss.id)) == []


def test_the_region_offers_every_province_and_the_cities_of_the_chosen_one(browser_of, boss):
    browser = browser_of(boss)
    offered = options(browser.get("/companies").text, "division")
    assert {"北京", "四川", "新疆", "西藏"} <= set(offered)
    assert not [one for one in offered if one.startswith("四川 ")]
    offered = options(browser.get("/companies?division=510000").text, "division")
    assert "四川 成都市" in offered
    assert "云南 昆明市" not in offered
    assert "四川 成都市" in options(browser.get("/companies?division=510100").text, "division")


def test_people_are_offered_by_the_pinyin_of_their_names(browser_of, boss, people):
    for number, name in enumerate(("周岚", "单小平", "李敏", "何建国", "陈立")):
        people.user(f"u{number}", name=name)
    page = browser_of(boss).get("/companies/filter?all=1").text
    names = [one for one in options(page, "v.owner_id") if one in ("周岚", "单小平", "李敏", "何建国", "陈立")]
    assert names == ["陈立", "何建国", "李敏", "单小平", "周岚"]
    assert "无人（公海）" not in options(page, "v.entered_by_id")


def test_a_city_stands_for_its_counties_too_though_their_codes_begin_with_others(as_user, boss, firm):
    firm("万州的", owner=boss, division_code="500101")
    firm("城口的", owner=boss, division_code="500229")
    firm("成都的", owner=boss, division_code="510104")
    from core.customers.lists import COMPANIES

    with as_user(boss) as session:
        binding = Binding(COMPANIES, current_access(), session)

        def found(code: str) -> list[str]:
            condition = binding.condition(Condition("division", "eq", (code,)))
            return sorted(session.scalars(select(Company.name).where(condition)))

        assert found("500100") == ["万州的", "城口的"]
        assert found("500229") == ["城口的"]
        assert found("510100") == ["成都的"]
