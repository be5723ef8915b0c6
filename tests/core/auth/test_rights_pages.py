"""Rights on the page: the matrix, single grants, one's own rights, and why somebody may see a record."""

from __future__ import annotations

import html
import random
import re

import pytest
from sqlalchemy import select

from core.auth.access import load_access
from core.auth.models import Audit, Grant, Group, Membership
from core.auth.words import ACTIONS
from core.customers.models import Company
from core.db import work
from core.state import bump

USERS = "core:user:admin"
GROUPS = "core:group:admin"
EDIT = "core:company:edit"


@pytest.fixture
def chief(people):
    return people.user("chief", groups=("system_administrator",))


@pytest.fixture
def browser(browser_of, chief):
    return browser_of(chief)


@pytest.fixture
def group(app):
    def find(name):
        with work(app.extensions["zhike"].database, reason="test") as unit:
            return unit.session.scalars(select(Group).where(Group.name == name)).one()

    return find


def hidden(page):
    found = {}
    for attributes in re.findall(r'<input type="hidden" ([^>]+)>', page):
        name, value = re.search(r'name="([^"]+)"', attributes), re.search(r'value="([^"]*)"', attributes)
        if name and name[1] not in ("csrf_token",):
            found[html.unescape(name[1])] = html.unescape(value[1]) if value else ""
    return found


def seen(page):
    return {"mark": re.search(r'name="mark" value="([^"]+)"', page)[1]}


def save(browser, address, cells):
    preview = browser.post(address, {**seen(browser.get(address).text), **cells})
    assert preview.status_code == 200
    return preview, browser.post(address, hidden(preview.text))


def test_the_matrix_is_previewed_saved_and_followed_at_the_next_request(
    people, browser, browser_of, group, as_system, chief
):
    li = people.user("li", name="李敏")
    theirs = browser_of(li)
    assert theirs.get("/admin/users").status_code == 403
    staff = group("staff")
    address = f"/admin/groups/{staff.id}"
    form = {**seen(browser.get(address).text), f"{staff.id}/{USERS}": "all"}
    preview = browser.post(address, form)
    assert preview.status_code == 200
    assert "李敏" in preview.text
    with as_system() as session:
        assert session.scalars(select(Grant)).all() == []
    assert theirs.get("/admin/users").status_code == 403
    assert browser.post(address, hidden(preview.text)).status_code == 303
    assert theirs.get("/admin/users").status_code == 200
    with as_system() as session:
        line = session.scalars(select(Audit).where(Audit.kind == "rights")).one()
        assert line.changes == {USERS: ["none", "all"]}
        assert (line.user_id, line.entity, line.entity_id) == (chief.id, "core_group", staff.id)


def test_only_what_differs_from_the_declared_default_is_stored(browser, group, as_system):
    staff = group("staff")
    address = "/admin/groups/matrix?part=core:company"
    _preview, answer = save(browser, address, {f"{staff.id}/{EDIT}": "department"})
    assert answer.status_code == 303
    with as_system() as session:
        assert [(g.code, g.scope) for g in session.scalars(select(Grant))] == [(EDIT, "department")]
    _preview, answer = save(browser, address, {f"{staff.id}/{EDIT}": "own"})
    assert answer.status_code == 303
    with as_system() as session:
        assert session.scalars(select(Grant)).all() == []


def test_a_matrix_that_somebody_else_changed_meanwhile_is_not_saved(people, browser, group, as_system):
    staff = group("staff")
    address = f"/admin/groups/{staff.id}"
    form = {**seen(browser.get(address).text), f"{staff.id}/{USERS}": "all", "step": "save"}
    people.grant(people.user("li"), USERS, "all")
    answer = browser.post(address, form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    with as_system() as session:
        assert session.scalar(select(Grant).where(Grant.group_id == staff.id)) is None


def test_a_scope_that_cannot_be_is_refused(browser, group):
    staff = group("staff")
    address = f"/admin/groups/{staff.id}"
    for value in ("department", "everything"):
        form = {**seen(browser.get(address).text), f"{staff.id}/{USERS}": value}
        assert browser.post(address, form).status_code == 422


def test_nobody_takes_the_right_to_edit_rights_from_himself(browser, chief, group, as_system):
    administrators = group("system_administrator")
    address = f"/admin/groups/{administrators.id}"
    form = {**seen(browser.get(address).text), f"{administrators.id}/{GROUPS}": "none"}
    assert browser.post(address, form).status_code == 422
    assert browser.post(address, {**form, "step": "save"}).status_code == 422
    address = f"/admin/users/{chief.id}/rights?part=other"
    assert browser.post(address, {**seen(browser.get(address).text), GROUPS: "none"}).status_code == 422
    with as_system() as session:
        assert session.scalars(select(Grant)).all() == []


def test_the_last_administrator_stays(browser, chief, group, as_system):
    administrators = group("system_administrator")
    answer = browser.post(f"/admin/groups/{administrators.id}/members/{chief.id}/remove")
    assert answer.status_code == 422
    assert browser.get("/admin/groups").status_code == 200


def test_a_group_of_the_house_is_made_renamed_filled_and_removed(browser, people, as_system):
    li = people.user("li")
    answer = browser.post("/admin/groups", {"title": "夜班", "name": "night_desk"})
    assert answer.status_code == 303
    with as_system() as session:
        made = session.scalars(select(Group).where(Group.name == "night_desk")).one()
    members = f"/admin/groups/{made.id}/members"
    assert browser.post(members, {"title": "夜班电话组"}).status_code == 303
    assert "夜班电话组" in browser.get("/admin/groups").text
    assert browser.post(members, {"user_id": str(li.id)}).status_code == 303
    assert browser.post(f"/admin/groups/{made.id}/delete").status_code == 422
    assert browser.post(f"{members}/{li.id}/remove").status_code == 303
    assert browser.post(f"/admin/groups/{made.id}/delete").status_code == 303
    assert browser.get(f"/admin/groups/{made.id}").status_code == 404


def test_a_built_in_group_keeps_its_name_and_its_place(browser, group):
    staff = group("staff")
    assert browser.post(f"/admin/groups/{staff.id}/members", {"title": "Other"}).status_code == 422
    assert browser.post(f"/admin/groups/{staff.id}/delete").status_code == 422
    for form in ({"title": "x", "name": "staff"}, {"title": "x", "name": "Not A Code"}, {"title": "", "name": "ok"}):
        assert browser.post("/admin/groups", form).status_code == 422


def test_a_single_denial_wins_and_a_single_grant_adds(browser, people, browser_of, as_system):
    li = people.user("li", groups=("system_administrator",))
    theirs = browser_of(li)
    assert theirs.get("/admin/users").status_code == 200
    address = f"/admin/users/{li.id}/rights?part=other"
    assert browser.post(address, {**seen(browser.get(address).text), USERS: "none"}).status_code == 303
    assert theirs.get("/admin/users").status_code == 403
    page = browser.get(address).text
    assert re.search(rf'name="{USERS}".*?<option value="none" selected>', page)
    assert browser.post(address, {**seen(page), USERS: "groups"}).status_code == 303
    assert theirs.get("/admin/users").status_code == 200
    with as_system() as session:
        assert session.scalars(select(Grant)).all() == []
        told = [line.changes for line in session.scalars(select(Audit).where(Audit.kind == "rights"))]
        assert told == [{USERS: [None, "none"]}, {USERS: ["none", None]}]


def test_a_stale_page_of_single_rights_saves_nothing(browser, people, as_system):
    li = people.user("li")
    address = f"/admin/users/{li.id}/rights?part=other"
    form = {**seen(browser.get(address).text), USERS: "all"}
    people.grant(li, GROUPS, "all")
    assert browser.post(address, form).status_code == 422


def test_everybody_reads_his_own_rights_with_their_source(people, browser_of):
    li = people.user("li")
    people.grant(li, USERS, "all")
    page = browser_of(li).get("/account/rights")
    assert page.status_code == 200
    assert f'data-id="{USERS}"' in page.text
    assert f'data-id="{EDIT}"' in page.text
    assert f'data-id="{GROUPS}"' not in page.text


def a_company(session, number, owner, author, state):
    company = Company(name=f"川江{number}", name_key=f"川江{number}", sort_key=f"cj{number}")
    company.owner_id, company.entered_by_id, company.review_state = owner, author, state
    session.add(company)
    session.flush()
    return company


def test_the_page_says_of_random_people_and_records_what_access_says(app, people, browser, as_system):
    chance = random.Random(7)
    house = people.department("总部")
    places = [house, people.department("市场部", parent=house), people.department("编辑部"), None]
    staff = []
    for number in range(8):
        groups = chance.sample(["staff", "supervisor", "decision_maker", "finance"], chance.randint(0, 2))
        above = chance.choice([None, *staff])
        user = people.user(f"user{number}", groups=groups, department=chance.choice(places), supervisor=above)
        if chance.random() < 0.4:
            people.grant(user, f"core:company:{chance.choice(['query', 'read', 'edit', 'private'])}", "subordinates")
        staff.append(user)
    ids = [None, *(user.id for user in staff)]
    with as_system() as session:
        records = [
            a_company(session, n, chance.choice(ids), chance.choice(ids), chance.choice(["draft", "reviewed"]))
            for n in range(6)
        ]
    registry = app.extensions["zhike"].registry
    wrong, judged = [], 0
    for record in records:
        everybody = browser.get(f"/admin/access?resource=companies&record={record.id}").text
        for user in staff:
            with work(app.extensions["zhike"].database, reason="test") as unit:
                access = load_access(unit.session, user.id, registry.permissions())
                fresh = unit.session.get(Company, record.id)
                page = browser.get(f"/admin/access?resource=companies&record={record.id}&user={user.id}").text
                for code, allowed in re.findall(r'data-id="(core:company:\w+)" data-allowed="(\w+)"', page):
                    judged += 1
                    if (allowed == "yes") != access.may(code, fresh):
                        wrong.append((user.username, code, record.id))
                row = re.search(rf'<tr data-id="{user.id}">.*?</tr>', everybody)[0]
                for code, allowed in re.findall(r'data-code="([^"]+)" data-allowed="(\w+)"', row):
                    judged += 1
                    if (allowed == "yes") != access.may(code, fresh):
                        wrong.append((user.username, code, record.id))
    assert wrong == []
    assert judged > 500


def test_a_record_that_is_not_there_is_told(browser):
    answer = browser.get("/admin/access?resource=companies&record=999999")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert browser.get("/admin/access?resource=nonsense&record=1").status_code == 422
    assert browser.get("/admin/access").status_code == 200


def test_every_action_has_a_word_of_its_own(app):
    actions = {one.action for one in app.extensions["zhike"].registry.permissions(everywhere=True)}
    assert sorted(actions - set(ACTIONS)) == []


@pytest.fixture
def reviewer(people, as_system):
    """Make an account whose only group was made by an administrator and holds nothing but a review right."""
    user = people.user("rev", groups=())
    with as_system() as session:
        made = Group(name="night_desk", title="数据审核员")
        session.add(made)
        session.flush()
        session.add(Membership(user_id=user.id, group_id=made.id))
        session.add(Grant(group_id=made.id, code="core:company:review", scope="all"))
    return user


def test_a_group_is_named_in_the_frame_as_its_administrator_did(reviewer, browser_of):
    for address in ("/", "/menu"):
        page = browser_of(reviewer).get(address).text
        assert "数据审核员" in page
        assert "night_desk" not in page


def test_whoever_may_review_but_not_see_is_told_so_at_the_review_desk(reviewer, browser_of, as_system):
    told = "没有查询和读的权限"
    assert told in browser_of(reviewer).get("/review").text
    with as_system() as session:
        held = session.scalars(select(Grant.group_id)).first()
        session.add(Grant(group_id=held, code="core:company:query", scope="all"))
        bump(session, "rights")
    assert told not in browser_of(reviewer).get("/review").text


def test_whoever_holds_no_right_is_told_so_at_the_workbench(people, reviewer, browser_of):
    told = "你还没有任何权限"
    assert told in browser_of(people.user("none", groups=())).get("/").text
    assert told not in browser_of(reviewer).get("/").text
