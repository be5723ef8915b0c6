"""The pages of accounts and departments: who may, what is refused, what follows at once."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from core.auth.models import Audit, Department, User, WebSession
from core.auth.passwords import check_password


@pytest.fixture
def chief(people):
    return people.user("chief", groups=("system_administrator",), name="赵启明")


@pytest.fixture
def browser(browser_of, chief):
    return browser_of(chief)


def group_id(session, name):
    from core.auth.models import Group

    return session.scalar(select(Group.id).where(Group.name == name))


def stored(as_system, username):
    with as_system() as session:
        return session.scalars(select(User).where(User.username == username)).one()


def form_of(user, **changes):
    return {"name": user.name, "version": str(user.version), **changes}


def test_a_new_account_gets_a_password_that_is_shown_once(as_system, browser):
    with as_system() as session:
        staff = group_id(session, "staff")
    form = {
        "username": "Zhou",
        "name": "周岚",
        "groups": [str(staff)],
        "gender": "female",
        "birth_date": "1990-05-01",
        "region": "四川",
        "appraisal": "A",
        "supervisor_note": "细心",
        "idempotency_key": "one-key",
    }
    answer = browser.post("/admin/users/new", form)
    assert answer.status_code == 200
    password = re.search(r"data-password>([^<]+)<", answer.text)[1]
    user = stored(as_system, "zhou")
    assert check_password(user.password_hash, password)
    assert (user.must_change_password, user.region, user.appraisal, user.gender) == (True, "四川", "A", "female")
    again = browser.post("/admin/users/new", form)
    assert again.status_code == 303
    assert again.headers["Location"].endswith(f"/admin/users/{user.id}")


def test_a_taken_name_and_a_birthday_of_tomorrow_are_refused_with_the_reason_at_the_field(people, browser):
    people.user("zhou")
    answer = browser.post("/admin/users/new", {"username": "zhou", "name": "周岚"})
    assert answer.status_code == 422
    assert 'id="username-error"' in answer.text
    answer = browser.post("/admin/users/new", {"username": "other", "name": "周岚", "birth_date": "2026-01-01"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_the_list_is_narrowed_by_name_department_group_and_state(people, as_system, browser):
    house = people.department("编辑部")
    desk = people.department("电话组", parent=house)
    people.user("li", name="李敏", department=desk)
    people.user("wang", name="王平", groups=("supervisor",))
    with as_system() as session:
        supervisors = group_id(session, "supervisor")
        session.scalars(select(User).where(User.username == "wang")).one().active = False

    def names(query):
        page = browser.get(f"/admin/users?{query}").text
        return re.findall(r'class="name" href="/admin/users/\d+">([^<]+)<', page)

    assert names("q=李") == ["li"]
    assert names(f"department={house.id}") == ["li"]
    assert names(f"group={supervisors}&state=all") == ["wang"]
    assert names("state=closed") == ["wang"]
    assert 'data-total="3"' in browser.get("/admin/users?state=all").text


def test_an_edit_keeps_what_it_shows_and_a_stale_one_overwrites_nothing(people, as_system, browser):
    user = people.user("li", name="李敏")
    with as_system() as session:
        staff = group_id(session, "staff")
    answer = browser.post(f"/admin/users/{user.id}", form_of(user, phone="028-8555 0142", groups=[str(staff)]))
    assert answer.status_code == 303
    answer = browser.post(f"/admin/users/{user.id}", form_of(user, phone="1"))
    assert answer.status_code == 422
    after = stored(as_system, "li")
    assert after.phone == "028-8555 0142"
    with as_system() as session:
        assert [g.name for g in session.get(User, user.id).groups] == ["staff"]


def test_closing_an_account_ends_its_sign_ins_at_once(people, browser, browser_of, as_system):
    user = people.user("li")
    theirs = browser_of(user)
    assert theirs.get("/account").status_code == 200
    assert browser.post(f"/admin/users/{user.id}/close").status_code == 303
    assert theirs.get("/account").status_code == 303
    with as_system() as session:
        assert session.scalar(select(WebSession).where(WebSession.user_id == user.id)) is None
    assert browser.post(f"/admin/users/{user.id}/open").status_code == 303
    assert stored(as_system, "li").active


def test_nobody_closes_himself_or_leaves_the_administrators(chief, browser, people, as_system):
    people.user("second", groups=("system_administrator",))
    answer = browser.post(f"/admin/users/{chief.id}/close")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "赵启明" in answer.text
    answer = browser.post(f"/admin/users/{chief.id}", form_of(chief, groups=[]))
    assert answer.status_code == 422
    with as_system() as session:
        assert session.get(User, chief.id).active
        assert [g.name for g in session.get(User, chief.id).groups] == ["system_administrator"]


def test_a_clerk_of_accounts_keeps_his_hands_off_administrators(people, browser_of, chief, as_system):
    clerk = people.user("clerk")
    people.grant(clerk, "core:user:admin", "all")
    browser = browser_of(clerk)
    assert browser.post(f"/admin/users/{chief.id}/close").status_code == 422
    assert browser.post(f"/admin/users/{chief.id}/password").status_code == 422
    assert stored(as_system, "chief").active
    with as_system() as session:
        administrators = group_id(session, "system_administrator")
    answer = browser.post(f"/admin/users/{clerk.id}", form_of(clerk, groups=[str(administrators)]))
    assert answer.status_code == 422


def test_a_password_set_by_somebody_else_must_be_changed(people, browser, browser_of, as_system):
    user = people.user("li")
    theirs = browser_of(user)
    answer = browser.post(f"/admin/users/{user.id}/password")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    password = re.search(r"data-password>([^<]+)<", answer.text)[1]
    after = stored(as_system, "li")
    assert check_password(after.password_hash, password)
    assert after.must_change_password
    assert theirs.get("/account").status_code == 303
    assert password not in browser.get(f"/admin/users/{user.id}").text
    with as_system() as session:
        assert password not in str([line.changes for line in session.scalars(select(Audit))])


def test_a_moved_department_takes_along_what_lies_below(as_system, browser):
    for name in ("总部", "市场部"):
        assert browser.post("/admin/departments", {"name": name}).status_code == 303
    with as_system() as session:
        ids = {d.name: d.id for d in session.scalars(select(Department))}
    assert browser.post("/admin/departments", {"name": "电话组", "parent_id": str(ids["市场部"])}).status_code == 303
    form = {"name": "市场部", "parent_id": str(ids["总部"]), "version": "2"}
    with as_system() as session:
        form["version"] = str(session.get(Department, ids["市场部"]).version)
    assert browser.post(f"/admin/departments/{ids['市场部']}", form).status_code == 303
    with as_system() as session:
        desk = session.scalars(select(Department).where(Department.name == "电话组")).one()
        assert desk.path == f"/{ids['总部']}/{ids['市场部']}/{desk.id}/"
    stale = browser.post(f"/admin/departments/{ids['市场部']}", form)
    assert stale.status_code == 422
    tree = browser.get("/admin/departments").text
    assert tree.index("总部") < tree.index("市场部") < tree.index("电话组")


def test_a_department_below_itself_a_second_of_its_name_and_a_retired_one_with_people_are_refused(
    people, as_system, browser
):
    house = people.department("总部")
    desk = people.department("电话组", parent=house)
    people.user("li", department=desk)

    def save(department, **form):
        with as_system() as session:
            version = session.get(Department, department.id).version
        address = f"/admin/departments/{department.id}"
        return browser.post(address, {"name": department.name, "version": str(version), **form}).status_code

    assert save(house, parent_id=str(desk.id)) == 422
    assert save(desk, name="总部") == 422
    assert save(desk, retired="y") == 422
    assert browser.post("/admin/departments", {"name": "总部"}).status_code == 422


def test_staff_reach_none_of_these_pages(people, browser_of):
    browser = browser_of(people.user("li"))
    for address in ("/admin/users", "/admin/users/new", "/admin/departments", "/admin/groups", "/admin/access"):
        assert browser.get(address).status_code == 403


def test_an_account_that_does_not_exist_is_not_found(browser):
    for address in ("/admin/users/999999", "/admin/users/999999/rights", "/admin/departments/999999"):
        assert browser.get(address).status_code == 404
