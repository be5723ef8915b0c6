"""A file of customers names their parents, owners, needs and credit as a person would write them."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.auth.models import User
from core.clock import local_today
from core.customers.lines import NeedLine, read_needs, write_need
from core.customers.models import Alias, Company, CreditRating, Need, OwnerChange
from core.transfer.models import ImportRow


def table(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    return path


def said(imports, batch):
    """Give what was said of each row: outcome and codes."""

    def look(session):
        rows = session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id).order_by(ImportRow.number))
        found = [(row.outcome, row.detail or {}) for row in rows]
        return [
            (outcome, *(one["code"] for part in ("errors", "notes") for one in detail.get(part, ())))
            for outcome, detail in found
        ]

    return imports.ask(look)


def parents(imports):
    rows = imports.ask(lambda s: s.scalars(select(Company).order_by(Company.id)).all() and [
        (one.name[:2], one.parent.name[:2] if one.parent else "") for one in s.scalars(select(Company))])  # fmt: skip
    return dict(rows)


def test_parents_are_found_by_number_name_and_other_names_wherever_the_file_brings_them(imports, as_system, tmp_path):
    with as_system() as session:
        session.add(Company(name="甲集团有限公司"))
        session.add_all(Company(name="丁酒业有限公司", city=city) for city in ("成都市", "北京市"))
        session.flush()
        number = session.scalar(select(Company.code).where(Company.name.startswith("甲")))
        session.add(Alias(company_id=session.scalar(select(Company.id).where(Company.code == number)), kind="former",
                          name="甲糖厂"))  # fmt: skip
    path = table(
        tmp_path / "firms.csv",
        ("企业名称", "上级公司"),
        ("乙酒业有限公司", number), ("丙酒业有限公司", "甲糖厂"), ("戊酒业有限公司", "丁酒业有限公司"),
        ("己酒业有限公司", "庚集团有限公司"), ("庚集团有限公司", ""), ("辛酒业有限公司", "没有的公司"),
        ("壬酒业有限公司", "壬酒业有限公司"),
    )  # fmt: skip
    foretold = imports.check(path)
    told = foretold.checks["targets"]["parent_id"]
    assert (told["bad"], told["noted"], sorted(told["values"])) == (
        0, 2, ["丁酒业有限公司", "没有的公司"],
    )  # fmt: skip
    batch = imports.run(path)
    assert said(imports, batch) == [
        ("created",), ("created",), ("created", "parent_several"), ("created",), ("created",),
        ("created", "no_parent"), ("created", "no_parent"),
    ]  # fmt: skip
    held = parents(imports)
    assert {one: held[one] for one in ("乙酒", "丙酒", "戊酒", "己酒", "庚集", "辛酒")} == {
        "乙酒": "甲集", "丙酒": "甲集", "戊酒": "", "己酒": "庚集", "庚集": "", "辛酒": "",
    }  # fmt: skip
    imports.undo(batch)
    assert imports.ask(lambda s: sorted(s.scalars(select(Company.name)))) == ["丁酒业有限公司"] * 2 + ["甲集团有限公司"]


def test_a_circle_of_parents_is_refused_and_links_to_later_rows_are_taken_back(imports, as_system, tmp_path):
    with as_system() as session:
        above = Company(name="甲集团有限公司")
        session.add(above)
        session.flush()
        session.add_all([Company(name="乙酒业有限公司", parent_id=above.id), Company(name="丙酒业有限公司")])
    path = table(
        tmp_path / "firms.csv",
        ("企业名称", "上级公司"),
        ("甲集团有限公司", "乙酒业有限公司"), ("丙酒业有限公司", "丁集团有限公司"), ("丁集团有限公司", ""),
    )  # fmt: skip
    batch = imports.run(path)
    assert said(imports, batch) == [("unchanged", "parent_loop"), ("updated",), ("created",)]
    assert (batch.count("updated"), batch.count("unchanged")) == (1, 1)
    assert parents(imports) == {"甲集": "", "乙酒": "甲集", "丙酒": "丁集", "丁集": ""}
    imports.undo(batch)
    assert parents(imports) == {"甲集": "", "乙酒": "甲集", "丙酒": ""}


@pytest.fixture
def colleagues(people, as_system):
    clerk, other = people.user("clerk"), people.user("other")
    with as_system() as session:
        session.get(User, other.id).name = "李敏"
        session.add_all([User(username="wang", name="王建平"), User(username="wang2", name="王建平"),
                         User(username="gone", name="赵启明", active=False)])  # fmt: skip
    return clerk, other


def test_owners_are_found_by_user_name_and_full_name(imports, colleagues, tmp_path):
    path = table(
        tmp_path / "firms.csv",
        ("企业名称", "业务员"),
        ("甲酒业有限公司", "李敏"), ("乙酒业有限公司", "WANG2"), ("丙酒业有限公司", "王建平"),
        ("丁酒业有限公司", "赵启明"), ("戊酒业有限公司", "无此人"), ("己酒业有限公司", ""),
    )  # fmt: skip
    batch = imports.run(path)
    assert said(imports, batch) == [
        ("created",), ("created",), ("created", "user_several"), ("created", "no_user"), ("created", "no_user"),
        ("created",),
    ]  # fmt: skip
    look = lambda s: [  # noqa: E731
        (one.owner.username if one.owner else "", one.claimed_at is not None)
        for one in s.scalars(select(Company).order_by(Company.id))
    ]
    assert imports.ask(look) == [("other", True), ("wang2", True), *[("", False)] * 4]
    path = table(path, ("企业名称", "业务员"), ("甲酒业有限公司", "wang"))
    imports.run(path, existing="fill")
    assert imports.ask(look)[0] == ("other", True)
    changed = imports.run(path)
    assert imports.ask(look)[0] == ("wang", True)
    assert len(imports.ask(lambda s: s.scalars(select(OwnerChange)).all())) == 3
    imports.undo(changed)
    assert imports.ask(look)[0] == ("other", True)
    assert len(imports.ask(lambda s: s.scalars(select(OwnerChange)).all())) == 2


def test_only_a_supervisor_gives_customers_to_others_by_a_file(imports, colleagues, people, as_system, tmp_path):
    clerk, _other = colleagues
    with as_system() as session:
        session.add(Company(name="甲酒业有限公司", owner_id=clerk.id, entered_by_id=clerk.id))
    path = table(
        tmp_path / "firms.csv",
        ("企业名称", "业务员", "备注"),
        ("甲酒业有限公司", "clerk", "新"), ("乙酒业有限公司", "clerk", ""), ("丙酒业有限公司", "李敏", ""),
    )  # fmt: skip
    foretold = imports.check(path, user_id=clerk.id)
    assert foretold.count("error") == 1
    batch = imports.run(path, user_id=clerk.id)
    assert said(imports, batch) == [("updated",), ("created",), ("error", "no_assign")]
    table(path, ("企业名称", "业务员"), ("甲酒业有限公司", "李敏"))
    assert said(imports, imports.run(path, user_id=clerk.id)) == [("error", "no_assign")]
    people.grant(clerk, "core:company:assign", "all")
    assert said(imports, imports.run(path, user_id=clerk.id)) == [("updated",)]


def test_credit_is_taken_from_whom_it_is_open_to_and_every_rating_is_kept(
    imports, colleagues, people, as_system, tmp_path
):
    clerk, _other = colleagues
    with as_system() as session:
        session.add(Company(name="甲酒业有限公司", owner_id=clerk.id, entered_by_id=clerk.id, credit_rating="b"))
    path = table(
        tmp_path / "firms.csv",
        ("企业名称", "信用等级", "信用额度", "评级理由"),
        ("甲酒业有限公司", "AA", "5万", "两年无拖欠"), ("乙酒业有限公司", "A", "-1", ""),
        ("丙酒业有限公司", "A", "", ""),
    )  # fmt: skip
    people.grant(clerk, "core:company:private", "none")
    assert said(imports, imports.run(path, user_id=clerk.id)) == [
        ("error", "private"), ("error", "negative"), ("error", "private"),
    ]  # fmt: skip
    people.grant(clerk, "core:company:private", "own")
    batch = imports.run(path, user_id=clerk.id, owner_id=clerk.id)
    assert said(imports, batch) == [("updated",), ("error", "negative"), ("created",)]
    look = lambda s: [  # noqa: E731
        (one.rating, one.limit, one.reason, one.rated_by_id)
        for one in s.scalars(select(CreditRating).order_by(CreditRating.rating.desc()))
    ]
    first = ("aa", Decimal("50000.00"), "两年无拖欠", clerk.id)
    assert imports.ask(look)[0] == first
    assert imports.ask(look)[1][:2] == ("a", None)
    assert said(imports, imports.run(path, user_id=clerk.id))[0] == ("unchanged",)
    imports.undo(batch)
    assert imports.ask(look) == []
    assert imports.ask(lambda s: [one.credit_rating for one in s.scalars(select(Company))]) == ["b"]


def test_needs_come_bare_or_with_their_validity_and_are_changed_and_taken_back(imports, tmp_path):
    day = dt.date(2026, 1, 2)
    path = table(tmp_path / "firms.csv", ("企业名称", "客户需求"), ("甲酒业有限公司", "媒体广告、糖酒交易会"))
    made = imports.run(path)
    assert said(imports, made) == [("created",)], made.mapping
    look = lambda s: sorted(  # noqa: E731
        (one.kind, one.text or "", one.noted_on, str(one.valid_until)) for one in s.scalars(select(Need))
    )
    bare = [("advertising", "", local_today(), "None"), ("fair", "", local_today(), "None")]
    assert imports.ask(look) == bare
    assert imports.run(path).count("unchanged") == 1
    table(path, ("企业名称", "客户需求"), ("甲酒业有限公司", "媒体广告：整版（2026-01-02～2099-06-30）"))
    imports.run(path)
    assert ("advertising", "整版", day, "2099-06-30") in imports.ask(look)
    table(path, ("企业名称", "客户需求"), ("甲酒业有限公司", "媒体广告：半版（2026年1月2日至2098-06-30）"))
    assert imports.run(path, existing="fill").count("unchanged") == 1
    second = imports.run(path)
    assert ("advertising", "半版", day, "2098-06-30") in imports.ask(look)
    imports.undo(second)
    assert ("advertising", "整版", day, "2099-06-30") in imports.ask(look)
    table(path, ("企业名称", "客户需求"), ("甲酒业有限公司", "想上电视"))
    assert said(imports, imports.run(path)) == [("error", "choice")]


def test_a_need_is_read_as_it_is_written():
    words = {"媒体广告": "advertising"}
    day = dt.date(2026, 1, 2)
    for text, until in (("", None), ("一：二（三）", day), ("第一行\n第二行（2020-01-01～）", None)):
        line = write_need("媒体广告", text, day, until)
        assert list(read_needs(line, words)) == [NeedLine("advertising", text, day, until)]
    with pytest.raises(ValueError, match="没有"):
        list(read_needs("没有", words))
