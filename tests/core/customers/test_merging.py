"""Merging customers and taking a merge back."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from core.attachments.models import Attachment
from core.auth.models import Audit
from core.columns import utcnow
from core.customers.models import (
    Alias,
    Company,
    CompanyIndustry,
    CompanyRelation,
    Contact,
    ExternalReference,
    Merge,
    OwnerChange,
    Phone,
    SearchDoc,
)
from core.customers.models.policy import loose_references, references_to
from core.customers.queries.merging import rows_concerned, same_people
from core.customers.services import (
    Wish,
    forget_merges,
    merge_companies,
    merge_contacts,
    say_distinct,
    undo_merge,
)
from core.customers.services.pairs import distinct_pairs, keep_pairs
from core.db import Base
from core.errors import Conflict, Refused
from core.testing.rows import Rows, contents

ALIVE = {"deleted_at": None, "merged_into_id": None}
OPEN = {**ALIVE, "erased_at": None, "held_at": None}
APART = {"core_company": ("version", "updated_at"), "core_search_doc": ("id",)}


def companies_with_everything(session: Any, seed: int, count: int = 4) -> list[int]:
    """Make companies with rows in every table that refers to companies or contacts, of all plugins."""
    random = Random(seed)
    rows = Rows(session.connection(), random)
    company = Base.metadata.tables["core_company"]
    ids = [
        rows.make(company, name=f"客户{seed}-{n}", name_key=f"k{seed}{n}", sort_key=f"s{n}", **ALIVE)
        for n in range(count)
    ]
    contact = Base.metadata.tables["core_contact"]
    people = [
        rows.make(contact, company_id=one, name=f"人{n % 2}", name_key=f"r{n % 2}", **OPEN)
        for one in ids
        for n in range(2)
    ]

    for target, keys in (("core_company", ids), ("core_contact", people)):
        for column in references_to(target):
            table: Any = column.table
            if table.name in ("core_company", "core_contact", "core_merge"):
                continue
            for _ in range(random.randrange(1, 4)):
                try:
                    with rows.connection.begin_nested():
                        rows.make(table, **{column.name: random.choice(keys)})
                except IntegrityError:  # two made-up rows that say the same
                    continue
    for one in ids:
        session.add(ExternalReference(resource="company", source="file", external_id=f"x{one}", record_id=one))
    session.flush()
    return ids


def strangers(session: Any, ids: list[int], target: str = "core_company") -> list[str]:
    """List what still refers to merged records although its policy says that it moves."""
    return [
        f"{column.table.name}.{column.name}"
        for column in references_to(target)
        if column.info["merge"] != "keep"
        and column.name != "merged_into_id"
        and session.connection().scalar(select(func.count()).select_from(column.table).where(column.in_(ids)))
    ]


@pytest.mark.parametrize("seed", range(6))
def test_after_merge_and_undo_the_database_is_as_before(as_system: Any, seed: int) -> None:
    with as_system() as session:
        ids = companies_with_everything(session, seed)
        target, *sources = Random(seed).sample(ids, 3)
        pairs = {one.old: one.new for one in same_people(session, target, sources)}
    with as_system() as session:
        before = contents(session.connection(), without=APART)
        merge = merge_companies(session, Wish(target, sources, people=pairs), by=None)
        assert strangers(session, sources) == []
    with as_system() as session:
        left = undo_merge(session, session.get_one(Merge, merge.id), by=None)
        assert left == []
        after = contents(session.connection(), without=APART)
    changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    changed.pop("core_search_doc", None)  # the made-up companies were in no index before
    assert changed == {}


@pytest.mark.parametrize("seed", range(6))
def test_after_a_merge_of_contacts_and_its_undo_the_database_is_as_before(as_system: Any, seed: int) -> None:
    random = Random(seed)
    with as_system() as session:
        companies = companies_with_everything(session, seed)
        table: Any = Base.metadata.tables["core_contact"]
        mine = select(table.c.id).where(table.c.company_id.in_(companies)).order_by(table.c.id)
        target, *sources = random.sample(session.connection().scalars(mine).all(), 3)
        hang_on_contacts(session, [target, *sources])
    with as_system() as session:
        before = contents(session.connection(), without={**APART, "core_contact": ("version", "updated_at")})
        merge = merge_contacts(session, Wish(target, sources), by=None)
        assert strangers(session, sources, "core_contact") == []
    with as_system() as session:
        assert undo_merge(session, session.get_one(Merge, merge.id), by=None) == []
        after = contents(session.connection(), without={**APART, "core_contact": ("version", "updated_at")})
    changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    changed.pop("core_search_doc", None)
    assert changed == {}


def hang_on_contacts(session: Any, contacts: list[int]) -> None:
    """Hang rows of every table that may hang on any record on contacts."""
    rows = Rows(session.connection(), Random(7))
    for column, noun in loose_references():
        table: Any = column.table
        for one in contacts:
            with contextlib.suppress(IntegrityError), rows.connection.begin_nested():
                rows.make(table, **{noun.name: "contact", column.name: one})
    session.flush()


def test_the_survivor_takes_what_was_chosen_and_what_it_lacks(
    as_system: Any, company_of: Callable[..., Company]
) -> None:
    one = company_of("成都锦城糖酒有限公司", city="成都市", address="人民路1号", sales_channels=["city"])
    other = company_of(
        "锦城糖酒", website="www.example.cn", address="解放路2号", province="四川省", sales_channels=["mall"]
    )
    with as_system() as session:
        merge_companies(session, Wish(one.id, [other.id], values={"country": other.id}), by=None)
    with as_system() as session:
        kept = session.get_one(Company, one.id)
        assert (kept.address, kept.province, kept.city) == ("解放路2号", "四川省", None)
        assert kept.website == "www.example.cn"
        assert kept.sales_channels == ["city", "mall"]
        assert [alias.name for alias in kept.aliases] == ["锦城糖酒"]
        gone = session.get_one(Company, other.id)
        assert gone.merged_into_id == one.id
        assert not gone.is_alive
        assert (
            session.scalar(select(SearchDoc.id).where(SearchDoc.resource == "company", SearchDoc.record_id == other.id))
            is None
        )


def test_the_last_contact_is_that_of_all_and_the_claim_is_that_of_its_owner(
    as_system: Any, company_of: Callable[..., Company], people: Any
) -> None:
    owner, colleague = people.user("owner"), people.user("colleague")
    claims = [dt.datetime(2026, month, 1, tzinfo=dt.UTC) for month in (1, 2)]
    one = company_of("甲", owner_id=owner.id, claimed_at=claims[0], last_contact_on=dt.date(2026, 5, 1))
    other = company_of("乙", owner_id=colleague.id, claimed_at=claims[1], last_contact_on=dt.date(2026, 6, 1))
    third = company_of("丙", owner_id=owner.id)
    with as_system() as session:
        merge_companies(session, Wish(one.id, [third.id, other.id], values={"owner_id": other.id}), by=None)
    with as_system() as session:
        kept = session.get_one(Company, one.id)
        assert kept.last_contact_on == dt.date(2026, 6, 1)
        assert (kept.owner_id, kept.claimed_at) == (colleague.id, claims[1])
        given = session.scalars(select(OwnerChange).where(OwnerChange.company_id == one.id)).one()
        assert (given.before_id, given.after_id) == (owner.id, colleague.id)
    with as_system() as session:
        undo_merge(session, session.scalars(select(Merge)).one(), by=None)
        assert session.scalar(select(func.count(OwnerChange.id))) == 0
        made, gone = session.scalars(select(Audit).where(Audit.entity == "core_owner_change").order_by(Audit.id))
        assert (made.kind, gone.kind) == ("create", "delete")
        assert gone.changes == {name: pair[::-1] for name, pair in made.changes.items()}


def test_a_code_that_may_occur_once_goes_over_and_comes_back(
    as_system: Any, company_of: Callable[..., Company]
) -> None:
    one, other = company_of("甲酒业"), company_of("乙酒业", uscc="91510100MA61RKR98E")
    with as_system() as session:
        merge = merge_companies(session, Wish(one.id, [other.id]), by=None)
    with as_system() as session:
        assert session.get_one(Company, one.id).uscc == "91510100MA61RKR98E"
        assert undo_merge(session, session.get_one(Merge, merge.id), by=None) == []
    with as_system() as session:
        assert session.get_one(Company, one.id).uscc is None
        assert session.get_one(Company, other.id).uscc == "91510100MA61RKR98E"
        assert session.get_one(Company, other.id).is_alive


def test_rows_that_say_the_same_are_kept_once_and_come_back(as_system: Any, company_of: Callable[..., Company]) -> None:
    one, other = (
        company_of("甲酒业", phones=["028-85552290"]),
        company_of("乙酒业", phones=["02885552290", "010-65551234"]),
    )
    with as_system() as session:
        session.add_all([CompanyIndustry(company_id=n, code="drink") for n in (one.id, other.id)])
        session.add(CompanyRelation(company_id=one.id, other_id=other.id, kind="supplier"))
        session.flush()
        merge = merge_companies(session, Wish(one.id, [other.id]), by=None)
        assert merge.counts["core_company_industry"] == {"drop": 1}
        assert merge.counts["core_company_relation"] == {"drop": 1}
    with as_system() as session:
        digits = session.scalars(select(Phone.digits).where(Phone.company_id == one.id).order_by(Phone.id)).all()
        assert digits == ["02885552290", "01065551234"]
        undo_merge(session, session.get_one(Merge, merge.id), by=None)
        assert session.scalar(select(func.count(Phone.id)).where(Phone.company_id == other.id)) == 2
        assert session.scalar(select(func.count(CompanyRelation.id))) == 1


def test_ids_that_were_given_again_meanwhile_are_no_hindrance(
    as_system: Any, company_of: Callable[..., Company]
) -> None:
    one, third = company_of("甲酒业", phones=["028-85552290"]), company_of("丙酒业")
    other = company_of("乙酒业", phones=["028-85552290"])
    with as_system() as session:
        merge = merge_companies(session, Wish(one.id, [other.id]), by=None)
        session.delete(session.scalars(select(Alias)).one())
    with as_system() as session:  # SQLite gives the ids of the number that was dropped and of the name again
        session.add(Phone(company_id=third.id, kind="office", number="010-65551234"))
        session.add(Alias(company_id=third.id, kind="alias", name="丙"))
    with as_system() as session:
        left = undo_merge(session, session.get_one(Merge, merge.id), by=None)
        assert [entry.action for entry in left] == ["add"]
        numbers = session.execute(select(Phone.company_id, Phone.digits).order_by(Phone.company_id)).all()
        assert sorted(map(tuple, numbers)) == sorted(
            [(one.id, "02885552290"), (third.id, "01065551234"), (other.id, "02885552290")]
        )
        assert session.scalars(select(Alias.name)).all() == ["丙"]


def test_names_that_an_undone_merge_gave_are_told_as_gone(as_system: Any, company_of: Callable[..., Company]) -> None:
    one, other = company_of("甲酒业"), company_of("乙酒业")
    with as_system() as session:
        merge = merge_companies(session, Wish(one.id, [other.id]), by=None)
    with as_system() as session:
        undo_merge(session, session.get_one(Merge, merge.id), by=None)
        lines = session.scalars(select(Audit).where(Audit.entity == "core_company_alias").order_by(Audit.id)).all()
        assert [(line.kind, line.company_id) for line in lines] == [("create", one.id), ("delete", one.id)]
        assert lines[1].changes["name"] == ["乙酒业", None]


def test_branches_follow_and_nobody_belongs_to_himself(as_system: Any, company_of: Callable[..., Company]) -> None:
    top = company_of("总公司")
    old = company_of("老总公司")
    middle = company_of("分公司", parent_id=old.id)
    with as_system() as session:
        session.get_one(Company, top.id).parent_id = middle.id
        session.flush()
        merge_companies(session, Wish(top.id, [old.id]), by=None)
    with as_system() as session:
        assert session.get_one(Company, middle.id).parent_id == top.id
        assert session.get_one(Company, top.id).parent_id is None


def test_contacts_of_one_name_become_one(as_system: Any, company_of: Callable[..., Company]) -> None:
    one, other = company_of("甲酒业", contacts=["王强"]), company_of("乙酒业", contacts=["王强", "李丽"])
    with as_system() as session:
        found = same_people(session, one.id, [other.id])
        assert [(person.name, person.sure) for person in found] == [("王强", True)]
        session.get_one(Contact, found[0].old).department = "市场部"
        session.flush()
        merge_companies(session, Wish(one.id, [other.id], people={found[0].old: found[0].new}), by=None)
    with as_system() as session:
        alive = session.scalars(select(Contact).where(Contact.company_id == one.id, Contact.alive())).all()
        assert sorted((c.name, c.department) for c in alive) == [("李丽", None), ("王强", "市场部")]


def test_what_somebody_changed_since_stays_changed(as_system: Any, company_of: Callable[..., Company]) -> None:
    one, other = company_of("甲酒业"), company_of("乙酒业", website="www.example.cn")
    with as_system() as session:
        merge = merge_companies(session, Wish(one.id, [other.id]), by=None)
    with as_system() as session:
        session.get_one(Company, one.id).website = "www.example.com"
    with as_system() as session:
        left = undo_merge(session, session.get_one(Merge, merge.id), by=None)
        assert [(entry.table_name, entry.row_id) for entry in left] == [("core_company", one.id)]
    with as_system() as session:
        assert session.get_one(Company, one.id).website == "www.example.com"
        assert session.get_one(Company, other.id).is_alive


def test_a_merge_is_refused_where_it_cannot_be(as_system: Any, company_of: Callable[..., Company]) -> None:
    one, other = company_of("甲酒业"), company_of("乙酒业")
    with pytest.raises(Refused), as_system() as session:
        merge_companies(session, Wish(one.id, [one.id]), by=None)
    with pytest.raises(Conflict), as_system() as session:
        merge_companies(session, Wish(one.id, [other.id], versions={one.id: 99}), by=None)

    def no(**_: Any) -> None:
        raise Refused("an order is open")

    with pytest.raises(Refused, match="an order is open"), as_system() as session:
        merge_companies(session, Wish(one.id, [other.id]), by=None, hooks=[no])
    with as_system() as session:
        merge_companies(session, Wish(one.id, [other.id]), by=None)
    with pytest.raises(Refused), as_system() as session:
        merge_companies(session, Wish(one.id, [other.id]), by=None)


def test_merges_are_taken_back_in_turn_and_not_for_ever(as_system: Any, company_of: Callable[..., Company]) -> None:
    one, two, three = company_of("甲酒业"), company_of("乙酒业"), company_of("丙酒业")
    with as_system() as session:
        first = merge_companies(session, Wish(one.id, [two.id]), by=None).id
        second = merge_companies(session, Wish(one.id, [three.id]), by=None).id
    with pytest.raises(Refused), as_system() as session:
        undo_merge(session, session.get_one(Merge, first), by=None)
    with as_system() as session:
        undo_merge(session, session.get_one(Merge, second), by=None)
        session.get_one(Merge, first).merged_at -= dt.timedelta(days=31)
        session.flush()
        assert forget_merges(session) == 1
    with pytest.raises(Refused), as_system() as session:
        undo_merge(session, session.get_one(Merge, first), by=None)


def test_what_is_no_duplicate_is_not_suggested_again(as_system: Any, company_of: Callable[..., Company]) -> None:
    one, two, three = company_of("甲酒业"), company_of("甲酒业公司"), company_of("甲酒")
    pairs = [(two.id, one.id, 0.9, ["same_core"]), (one.id, three.id, 0.8, ["shortened"])]
    with as_system() as session:
        assert keep_pairs(session, pairs) == 2
        say_distinct(session, two.id, one.id, by=None, reason="两家")
        assert distinct_pairs(session) == {(one.id, two.id)}
        assert keep_pairs(session, pairs) == 1


def test_the_preview_counts_what_hangs_on_the_others(as_system: Any, company_of: Callable[..., Company]) -> None:
    one, other = company_of("甲酒业"), company_of("乙酒业", phones=["028-85552290"], contacts=["王强"])
    with as_system() as session:
        session.add(Alias(company_id=other.id, kind="alias", name="乙"))
        session.flush()
        counts = {moving.table: (moving.policy, moving.count) for moving in rows_concerned(session, [other.id])}
    assert counts["core_phone"] == ("move", 1)
    assert counts["core_contact"] == ("move", 1)
    assert counts["core_company_alias"] == ("combine", 1)
    assert one.id != other.id


def test_the_preview_counts_what_hangs_on_them_twice_once(as_system: Any, company_of: Callable[..., Company]) -> None:
    one, other = company_of("甲酒业"), company_of("乙酒业")
    with as_system() as session:
        kept = {"resource": "company", "record_id": other.id, "company_id": other.id, "kind": "document", "size": 1}
        session.add(Attachment(**kept, name="报价.txt", sha256="0" * 64))
        merged = Company(name="丙酒业", merged_into_id=other.id, deleted_at=utcnow())
        session.add(merged)
        session.flush()
        counts = {moving.table: moving.count for moving in rows_concerned(session, [other.id])}
    assert counts == {"core_attachment": 1}
    assert one.id != other.id
