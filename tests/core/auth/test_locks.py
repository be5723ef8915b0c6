"""The locks: L2 and L3 on every form of statement, L4 on every kind of write, L5 in templates, L6 at the commit."""

from __future__ import annotations

import pytest
from sqlalchemy import (
    column,
    delete,
    event,
    exists,
    func,
    insert,
    literal_column,
    select,
    table,
    text,
    union_all,
    update,
)
from sqlalchemy.orm import (
    Bundle,
    Session,
    aliased,
    defer,
    joinedload,
    make_transient_to_detached,
    object_session,
    selectinload,
    subqueryload,
    undefer,
)

from core.auth.models import Audit, Department, Grant, Group, Membership, SettingValue, StateVersion, User, WebSession
from core.customers.models import Company, Contact, Phone
from core.db import current_work, transaction
from core.errors import Forbidden, GuardBreach

other = aliased(Company)
nested = select(Company.id, Company.name).subquery()
common = select(Company.id).where(Company.name.like("%糖酒%")).cte("common")
renamed = aliased(Company, select(Company).subquery())

READING = {
    "entity": lambda s: s.scalars(select(Company)).all(),
    "columns": lambda s: s.execute(select(Company.id, Company.name)).all(),
    "bundle": lambda s: s.execute(select(Bundle("b", Company.id))).all(),
    "aliased": lambda s: s.scalars(select(other)).all(),
    "aliased over a subquery": lambda s: s.scalars(select(renamed)).all(),
    "join to a part": lambda s: s.execute(select(Company.id).join(Company.contacts)).all(),
    "join from a part": lambda s: s.execute(select(Contact.id).join(Contact.company)).all(),
    "join by condition": lambda s: s.execute(select(Phone.id).join(Company, Company.id == Phone.company_id)).all(),
    "self join": lambda s: s.execute(select(Company.id).join(other, other.id == Company.id)).all(),
    "outer join from an open table": lambda s: [
        row
        for row in s.execute(select(Company.id).select_from(User).outerjoin(Company, Company.owner_id == User.id))
        if row.id is not None
    ],
    "subquery": lambda s: s.execute(select(nested.c.id)).all(),
    "scalar subquery": lambda s: range(s.scalar(select(select(func.count(Company.id)).scalar_subquery()))),
    "in": lambda s: s.execute(select(User.id).where(User.id.in_(select(Company.owner_id)))).all(),
    "exists": lambda s: s.execute(select(User.id).where(exists().where(Company.owner_id == User.id))).all(),
    "correlated exists": lambda s: s.execute(
        select(Company.id).where(select(other.id).where(other.id == Company.id).exists())
    ).all(),
    "union": lambda s: s.execute(union_all(select(Company.id), select(Company.id).where(Company.id < 0))).all(),
    "entities from a union": lambda s: s.scalars(
        select(aliased(Company, union_all(select(Company), select(Company).where(Company.id < 0)).subquery()))
    ).all(),
    "cte": lambda s: s.execute(select(common.c.id)).all(),
    "count": lambda s: range(s.scalar(select(func.count()).select_from(Company))),
    "window": lambda s: s.execute(select(Company.id, func.count().over())).all(),
    "distinct": lambda s: s.execute(select(Company.name).distinct()).all(),
    "group": lambda s: s.execute(select(Company.name, func.count()).group_by(Company.name)).all(),
    "legacy query": lambda s: s.query(Company).all(),
    "legacy count": lambda s: range(s.query(Company).count()),
    "joined load": lambda s: [
        c.company for c in s.scalars(select(Contact).options(joinedload(Contact.company))) if c.company is not None
    ],
    "select-in load": lambda s: [
        c for one in s.scalars(select(Company).options(selectinload(Company.contacts))) for c in one.contacts
    ],
    "subquery load": lambda s: [
        c for one in s.scalars(select(Company).options(subqueryload(Company.contacts))) for c in one.contacts
    ],
    "lazy load": lambda s: [c for one in s.scalars(select(Company)).all() for c in one.contacts],
    "deferred column": lambda s: [
        one.introduction for one in s.scalars(select(Company).options(defer(Company.introduction)))
    ],
    "undeferred": lambda s: s.scalars(select(Company).options(undefer("*"))).all(),
    "execution options": lambda s: s.scalars(select(Company).execution_options(populate_existing=True)).all(),
    "stream": lambda s: list(s.scalars(select(Company).execution_options(yield_per=1))),
    "text in a condition": lambda s: s.scalars(select(Company).where(text("1 = 1"))).all(),
    "part alone": lambda s: s.scalars(select(Phone)).all(),
}


@pytest.mark.parametrize("form", READING)
def test_every_form_of_select_finds_only_ones_own(house, as_user, form):
    with as_user(house.narrow("zhou")) as current:
        if form in ("in", "exists"):
            assert READING[form](current) == [(house.users["zhou"].id,)]
        else:
            own = 1 if form == "outer join from an open table" else 2  # the second is his entry, owned by nobody
            assert len(READING[form](current)) == own


@pytest.mark.parametrize("form", READING)
def test_every_form_of_select_finds_all_where_the_scope_is_all(house, as_user, form):
    with as_user(house.users["boss"]) as current:
        found = READING[form](current)
        if form in ("in", "exists"):
            assert len(found) == 2
        else:
            assert len(found) == (2 if form == "outer join from an open table" else 4)


def test_a_record_that_may_not_be_found_is_not_there_by_its_key(house, as_user):
    with as_user(house.narrow("zhou")) as current:
        assert current.get(Company, house.companies["li"]) is None
        assert current.get(Contact, house.contacts["li"]) is None
        assert current.get(Company, house.companies["zhou"]) is not None


def test_a_many_to_one_that_may_not_be_followed_is_empty(house, as_user, as_system):
    with as_system() as current:
        current.get(Company, house.companies["zhou"]).parent_id = house.companies["li"]
    with as_user(house.narrow("zhou")) as current:
        mine = current.get(Company, house.companies["zhou"])
        assert mine.parent is None
        loaded = current.scalars(
            select(Company).where(Company.id == mine.id).options(joinedload(Company.parent))
        ).unique()
        assert [one.parent for one in loaded] == [None]


def test_scopes_reach_as_far_as_they_say(house, as_user, people):
    def found(name, scope):
        with as_user(house.narrow(name, scope)) as current:
            return set(current.scalars(select(Company.id)))

    ids = house.companies
    assert found("chief", "own") == set()
    assert found("chief", "subordinates") == {ids["zhou"], ids["mine"]}
    assert found("chief", "department") == {ids["zhou"], ids["mine"]}
    assert found("li", "department") == {ids["li"], ids["free"]}
    assert found("li", "none") == set()
    assert found("li", "all") == set(ids.values())


def test_a_contact_is_never_found_wider_than_its_company(house, as_user, people):
    zhou = house.narrow("zhou")
    house.narrow("zhou", "all", "contact")
    with as_user(zhou) as current:
        assert set(current.scalars(select(Contact.id))) == {house.contacts["zhou"], house.contacts["mine"]}
    house.narrow("zhou", "all")
    house.narrow("zhou", "own", "contact")
    with as_user(zhou) as current:
        assert set(current.scalars(select(Contact.id))) == {house.contacts["zhou"], house.contacts["mine"]}


NAMED = table("core_company", column("owner_id"))
PAST_THE_MODEL = {
    "text": lambda s: s.execute(text("SELECT name FROM core_company")),
    "quoted text": lambda s: s.execute(text('SELECT name FROM "core_company"')),
    "text in capitals": lambda s: s.execute(text("SELECT name FROM CORE_COMPANY")),
    "from_statement": lambda s: s.scalars(select(Company).from_statement(text("SELECT * FROM core_company"))).all(),
    "columns of a text": lambda s: s.execute(select(text("name")).select_from(text("core_company"))),
    "text inside an ORM select": lambda s: s.execute(
        select(User.id).where(text("EXISTS (SELECT 1 FROM core_company)"))
    ),
    "literal column": lambda s: s.execute(select(User.id, literal_column("(SELECT max(name) FROM core_company)"))),
    "Core select": lambda s: s.execute(select(Company.__table__)),
    "Core columns": lambda s: s.execute(select(Company.__table__.c.name)),
    "Core count": lambda s: s.scalar(select(func.count()).select_from(Company.__table__)),
    "Core table joined to a model": lambda s: s.execute(
        select(User.id).join(Company.__table__, Company.__table__.c.owner_id == User.id)
    ),
    "Core table in a subquery": lambda s: s.execute(
        select(User.id).where(User.id.in_(select(Company.__table__.c.owner_id)))
    ),
    "Core alias": lambda s: s.execute(select(Company.__table__.alias("c").c.name)),
    "table by name": lambda s: s.execute(
        select(User.id).join(NAMED, NAMED.c.owner_id == User.id),
    ),
    "Core insert": lambda s: s.execute(insert(Company.__table__).values(name="x")),
    "Core update": lambda s: s.execute(update(Company.__table__).values(name="x")),
    "Core delete": lambda s: s.execute(delete(Company.__table__)),
    "bulk insert": lambda s: s.execute(insert(Company), [{"name": "x"}]),
    "bulk update": lambda s: s.execute(update(Company).values(name="x")),
    "bulk update by key": lambda s: s.execute(update(Company), [{"id": 1, "name": "x"}]),
    "bulk delete": lambda s: s.execute(delete(Company)),
    "bulk mappings": lambda s: s.bulk_insert_mappings(Company, [{"name": "x"}]),
    "bulk objects": lambda s: s.bulk_save_objects([Company(name="x")]),
    "legacy update": lambda s: s.query(Company).update({"name": "x"}),
    "legacy delete": lambda s: s.query(Company).delete(),
    "connection": lambda s: s.connection().execute(select(Company.__table__)),
    "connection text": lambda s: s.connection().execute(text("SELECT 1 FROM core_contact")),
    "driver": lambda s: s.connection().exec_driver_sql("DELETE FROM core_company"),
    "text update of a right": lambda s: s.execute(text("UPDATE core_grant SET scope = 'all'")),
    "text update of a password": lambda s: s.execute(text("UPDATE core_user SET password_hash = 'x'")),
    "Core insert of a membership": lambda s: s.execute(insert(Membership).values(user_id=1, group_id=1)),
    "Core insert past the model": lambda s: s.connection().execute(
        insert(Membership.__table__).values(user_id=1, group_id=1)
    ),
    "text delete of the trail": lambda s: s.execute(text("DELETE FROM core_audit")),
    "bulk delete of the trail": lambda s: s.execute(delete(Audit)),
    "bulk update of the trail": lambda s: s.execute(update(Audit).values(note="")),
    "bulk delete of sign-ins": lambda s: s.execute(delete(WebSession)),
}


@pytest.mark.parametrize("form", PAST_THE_MODEL)
def test_every_statement_that_goes_past_the_model_is_refused(house, as_user, form):
    with as_user(house.narrow("zhou")), pytest.raises(GuardBreach), transaction() as current:
        PAST_THE_MODEL[form](current)


MEANWHILE = {form: PAST_THE_MODEL[form] for form in ("text", "Core select", "connection text", "driver", "bulk update")}


@pytest.mark.parametrize("form", MEANWHILE)
@pytest.mark.parametrize(
    ("target", "moment"),
    [(Session, "before_flush"), (Session, "after_flush"), (Company, "before_update"), (Company, "after_update")],
)
def test_a_statement_of_a_listener_is_no_part_of_the_flush(house, as_user, form, target, moment):
    zhou = house.narrow("zhou")

    def listen(*given):
        MEANWHILE[form](object_session(given[2]) if target is Company else given[0])

    event.listen(target, moment, listen)
    try:
        with as_user(zhou), pytest.raises(GuardBreach), transaction() as current:
            change(current, house, "zhou", name="改名")
    finally:
        event.remove(target, moment, listen)


@pytest.mark.parametrize("name", ["query_to_xml", "QUERY_TO_XML_and_xmlschema", "table_to_xml", "ts_stat", "dblink"])
def test_a_text_that_the_database_would_run_is_refused(house, as_user, name):
    function = getattr(func, name)("SELECT name FROM core_" + "company")
    with as_user(house.narrow("zhou")) as current:
        for statement in (select(function), select(User.id, function), text(f"SELECT {name}('SELECT 1')")):
            with pytest.raises(GuardBreach):
                current.execute(statement)


@pytest.mark.parametrize(
    "form", [f for f in PAST_THE_MODEL if f.startswith(("Core", "text", "bulk")) and " " not in f[5:]]
)
def test_plain_statements_are_refused_to_those_too_who_find_everything(house, as_user, form):
    with as_user(house.users["root"]), pytest.raises(GuardBreach), transaction() as current:
        PAST_THE_MODEL[form](current)


def by_hand(house):
    record = Company(id=house.companies["li"])
    make_transient_to_detached(record)
    return record


@pytest.mark.parametrize(
    "adding",
    [
        lambda s, record: s.add(record),
        lambda s, record: s.add_all([record]),
        lambda s, record: s.merge(record, load=False),
        lambda s, record: s.delete(record),
    ],
)
def test_a_record_that_the_session_did_not_find_is_not_added_to_it(house, as_user, adding):
    record = by_hand(house)
    with as_user(house.narrow("zhou")) as current, pytest.raises(GuardBreach):
        adding(current, record)


def test_a_record_is_merged_where_it_is_found(house, as_user):
    with as_user(house.narrow("zhou")) as current:
        mine = current.get(Company, house.companies["zhou"])
        assert current.merge(mine) is mine


def test_the_program_itself_may_use_plain_statements(house, as_system):
    with as_system() as current:
        assert current.scalar(text("SELECT count(*) FROM core_company")) == 4


# --- L4


def change(current, house, which, **values):
    company = current.get(Company, house.companies[which])
    for key, value in values.items():
        setattr(company, key, value)
    current.flush()


def new_company(current, **values):
    current.add(Company(name="新公司", **values))
    current.flush()


WRITES = {
    "edit his own": (None, lambda s, h: change(s, h, "zhou", name="改名")),
    "edit his entry that nobody owns": (None, lambda s, h: change(s, h, "mine", name="改名")),
    "edit another's": ("edit", lambda s, h: change(s, h, "li", name="改名")),
    "edit one that nobody owns": ("edit", lambda s, h: change(s, h, "free", name="改名")),
    "make his own": (None, lambda s, h: new_company(s, owner_id=h.users["zhou"].id)),
    "make one that nobody owns": (None, lambda s, h: new_company(s)),
    "make one for another": ("create", lambda s, h: new_company(s, owner_id=h.users["li"].id)),
    "make one in another's name": ("create", lambda s, h: new_company(s, entered_by_id=h.users["li"].id)),
    "make one that is reviewed already": ("review", lambda s, h: new_company(s, review_state="reviewed")),
    "delete his own": ("delete", lambda s, h: s.delete(s.get(Company, h.companies["zhou"])) or s.flush()),
    "delete another's": ("delete", lambda s, h: s.delete(s.get(Company, h.companies["li"])) or s.flush()),
    "put his own into the bin": ("delete", lambda s, h: change(s, h, "zhou", deleted_at=h.now)),
    "give his own away": ("assign", lambda s, h: change(s, h, "zhou", owner_id=h.users["li"].id)),
    "take another's": ("assign", lambda s, h: change(s, h, "li", owner_id=h.users["zhou"].id)),
    "release his own": ("assign", lambda s, h: change(s, h, "zhou", owner_id=None)),
    "claim one that nobody owns": (None, lambda s, h: change(s, h, "free", owner_id=h.users["zhou"].id)),
    "claim one for another": ("assign", lambda s, h: change(s, h, "free", owner_id=h.users["li"].id)),
    "review his own": ("review", lambda s, h: change(s, h, "zhou", review_state="reviewed")),
    "review another's": ("review", lambda s, h: change(s, h, "li", review_state="reviewed")),
    "add a contact to his own": (
        None,
        lambda s, h: s.add(Contact(name="王", company_id=h.companies["zhou"])) or s.flush(),
    ),
    "add a contact to another's": (
        "create",
        lambda s, h: s.add(Contact(name="王", company_id=h.companies["li"])) or s.flush(),
    ),
    "add a contact to one that nobody owns": (
        "create",
        lambda s, h: s.add(Contact(name="王", company_id=h.companies["free"])) or s.flush(),
    ),
    "edit a contact of another's": (
        "edit",
        lambda s, h: setattr(s.get(Contact, h.contacts["li"]), "name", "改名") or s.flush(),
    ),
    "move another's contact to his own": (
        "edit",
        lambda s, h: setattr(s.get(Contact, h.contacts["li"]), "company_id", h.companies["zhou"]) or s.flush(),
    ),
    "move another's contact to his own by the relation": (
        "edit",
        lambda s, h: (
            setattr(s.get(Contact, h.contacts["li"]), "company", s.get(Company, h.companies["zhou"])) or s.flush()
        ),
    ),
    "move another's contact after looking at its company": (
        "edit",
        lambda s, h: (
            s.get(Contact, h.contacts["li"]).company,
            setattr(s.get(Contact, h.contacts["li"]), "company_id", h.companies["zhou"]),
            s.flush(),
        ),
    ),
    "move his own contact to another's": (
        "edit",
        lambda s, h: setattr(s.get(Contact, h.contacts["zhou"]), "company_id", h.companies["li"]) or s.flush(),
    ),
    "move his own contact to his other one": (
        None,
        lambda s, h: setattr(s.get(Contact, h.contacts["zhou"]), "company_id", h.companies["mine"]) or s.flush(),
    ),
    "add a telephone to his own": (
        None,
        lambda s, h: s.add(Phone(kind="main", number="1", company_id=h.companies["zhou"])) or s.flush(),
    ),
    "add a telephone to another's": (
        "edit",
        lambda s, h: s.add(Phone(kind="main", number="1", company_id=h.companies["li"])) or s.flush(),
    ),
    "take a telephone from another's": (
        "edit",
        lambda s, h: (
            setattr(
                s.scalars(select(Phone).where(Phone.company_id == h.companies["li"])).one(),
                "company_id",
                h.companies["zhou"],
            )
            or s.flush()
        ),
    ),
    "delete a telephone of another's": (
        "edit",
        lambda s, h: s.delete(s.scalars(select(Phone).where(Phone.company_id == h.companies["li"])).one()) or s.flush(),
    ),
    "change the telephone of his own": (
        None,
        lambda s, h: (
            setattr(s.scalars(select(Phone).where(Phone.company_id == h.companies["zhou"])).one(), "number", "2")
            or s.flush()
        ),
    ),
}


@pytest.mark.parametrize("what", WRITES)
def test_ordinary_staff_change_only_what_is_theirs(house, as_user, as_system, what):
    from core.columns import utcnow

    house.now = utcnow()
    asked, write = WRITES[what]
    with as_user(house.users["zhou"]):
        if asked is None:
            with transaction() as current:
                write(current, house)
            return
        with pytest.raises(Forbidden) as refused, transaction() as current:
            write(current, house)
        assert refused.value.permission.endswith(f":{asked}")
    with as_system() as current:
        assert current.scalar(select(func.count()).select_from(Company)) == 4
        assert current.scalar(select(func.count()).select_from(Company).where(Company.name == "改名")) == 0


def test_drafts_of_ones_own_can_be_deleted(house, as_user, as_system):
    with as_system() as current:
        current.get(Company, house.companies["zhou"]).review_state = "draft"
        current.get(Company, house.companies["li"]).review_state = "draft"
    with as_user(house.users["zhou"]):
        with transaction() as current:
            change(current, house, "zhou", deleted_at=current.get(Company, house.companies["zhou"]).created_at)
        with pytest.raises(Forbidden), transaction() as current:
            change(current, house, "li", deleted_at=current.get(Company, house.companies["li"]).created_at)


def test_a_supervisor_acts_for_his_department_and_not_beyond(house, as_user):
    with as_user(house.users["chief"]):
        with transaction() as current:
            change(current, house, "zhou", owner_id=house.users["chief"].id, name="改名")
        for values in ({"name": "改名"}, {"owner_id": house.users["chief"].id}, {"review_state": "reviewed"}):
            with pytest.raises(Forbidden), transaction() as current:
                change(current, house, "li", **values)


def test_nobody_reviews_his_own_entry(house, as_user, as_system):
    for name, author in (("chief", "zhou"), ("boss", "li"), ("root", "li")):
        target = author
        with as_system() as current:
            current.get(Company, house.companies[target]).entered_by_id = house.users[name].id
        with as_user(house.users[name]), pytest.raises(Forbidden), transaction() as current:
            change(current, house, target, review_state="reviewed")
        with as_system() as current:
            current.get(Company, house.companies[target]).entered_by_id = house.users[author].id
        with as_user(house.users[name]), transaction() as current:
            change(current, house, target, review_state="reviewed")
            change(current, house, target, review_state="submitted")


def test_the_maker_of_a_record_is_its_author(house, as_user, as_system):
    with as_user(house.users["zhou"]), transaction() as current:
        new_company(current)
    with as_system() as current:
        assert (
            current.scalars(select(Company).where(Company.name == "新公司")).one().entered_by_id
            == house.users["zhou"].id
        )


def test_a_part_of_nothing_is_refused(house, as_user):
    with as_user(house.users["zhou"]), pytest.raises(GuardBreach), transaction() as current:
        current.add(Phone(kind="main", number="1"))
        current.flush()


def join(current, user, name):
    user.groups.append(current.scalars(select(Group).where(Group.name == name)).one())
    current.flush()


RIGHTS = {
    "a grant to himself": lambda s, h: s.add(Grant(user_id=h.users["zhou"].id, code="core:user:admin", scope="all")),
    "a group": lambda s, h: s.add(Group(name="x")),
    "a membership": lambda s, h: join(s, s.get(User, h.users["zhou"].id), "system_administrator"),
    "a membership in place of another": lambda s, h: setattr(
        s.get(User, h.users["zhou"].id), "groups", list(s.scalars(select(Group).where(Group.name == "boss")))
    ),
    "another's password": lambda s, h: setattr(s.get(User, h.users["root"].id), "password_hash", "x"),
    "his own supervisor": lambda s, h: setattr(s.get(User, h.users["zhou"].id), "supervisor_id", None),
    "his own department": lambda s, h: setattr(s.get(User, h.users["zhou"].id), "department_id", None),
    "an account": lambda s, h: s.add(User(username="mole", name="mole")),
    "a department": lambda s, h: s.add(Department(name="x")),
    "a setting": lambda s, h: s.add(SettingValue(key="core.session_idle_minutes", value=999)),
    "the trail": lambda s, h: setattr(s.scalars(select(Audit)).first(), "note", "x"),
    "a false line of the trail": lambda s, h: s.add(Audit(kind="x")),
}


def test_a_select_carries_no_statement_that_writes(house, as_user):
    spoiled = update(User.__table__).values(name="x").returning(User.__table__.c.id).cte("z")
    with as_user(house.users["root"]), pytest.raises(GuardBreach, match="writes"), transaction() as current:
        current.execute(select(User.id).add_cte(spoiled)).all()


@pytest.mark.parametrize("what", RIGHTS)
def test_no_code_gives_ordinary_staff_power_over_accounts_and_rights(house, as_user, what):
    with as_user(house.users["zhou"]), pytest.raises((Forbidden, GuardBreach)), transaction() as current:
        RIGHTS[what](current, house)
        current.flush()


def test_everybody_changes_his_own_telephone(house, as_user):
    with as_user(house.users["zhou"]), transaction() as current:
        current.get(User, house.users["zhou"].id).phone = "1"


# --- L5, L6


def test_a_template_that_is_given_a_record_is_refused(app, house, as_user):
    with as_user(house.users["boss"]) as current:
        company = current.get(Company, house.companies["zhou"])
        with pytest.raises(GuardBreach):
            app.jinja_env.from_string("{{ company.name }}").render(company=company)
        with pytest.raises(GuardBreach):
            app.jinja_env.from_string("{{ company['name'] }}").render(company=company)
        with pytest.raises(GuardBreach):
            app.jinja_env.from_string("{{ rows | map(attribute='name') | join }}").render(rows=[company])
        with pytest.raises(GuardBreach):
            app.jinja_env.from_string("{% for c in company.contacts %}{% endfor %}").render(company=company)


@pytest.mark.parametrize(
    "write",
    [
        lambda s, h: change(s, h, "zhou", name="改名"),
        lambda s, h: s.execute(text("DELETE FROM core_state_version")),
        lambda s, h: s.execute(delete(StateVersion)),
        lambda s, h: s.connection().exec_driver_sql("UPDATE core_state_version SET version = 0"),
        lambda s, h: s.execute(text("/* a remark */ DELETE FROM core_state_version")),
        lambda s, h: s.execute(text("-- a remark\nUPDATE core_state_version SET version = 0")),
        lambda s, h: s.execute(text("; DELETE FROM core_state_version")),
        lambda s, h: s.execute(select(User.id).add_cte(delete(StateVersion.__table__).cte("z"))),
        lambda s, h: s.execute(select(User.id).add_cte(update(StateVersion.__table__).values(version=0).cte("z"))),
    ],
)
def test_a_unit_of_work_without_a_decision_cannot_write(house, as_user, as_system, write):
    with as_system() as current:
        before = {row.name: row.version for row in current.scalars(select(StateVersion))}
    with as_user(house.users["zhou"]):
        current_work().info["may_write"] = False
        with pytest.raises(GuardBreach), transaction() as current:
            write(current, house)
    with as_system() as current:
        assert current.scalar(select(func.count()).select_from(Company).where(Company.name == "改名")) == 0
        assert {row.name: row.version for row in current.scalars(select(StateVersion))} == before
