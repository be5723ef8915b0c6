"""Sign-in, sign-out, sessions and passwords (A-01, A-02, S10 to S12)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask import g
from sqlalchemy import select, update

from core.auth.models import Audit, SignInAttempt, User, WebSession
from core.auth.sessions import COOKIE, token_hash
from core.columns import utcnow
from core.testing.harness import PASSWORD

OTHER = "another-Secret-sentence"
ELSEWHERE = {"environ_base": {"REMOTE_ADDR": "10.1.1.1"}}


@pytest.fixture
def zhou(people):
    return people.user("zhou", name="周岚", password=PASSWORD)


def sign_in(browser, username="zhou", password=PASSWORD, **more):
    browser.get("/login")
    return browser.post("/login", {"username": username, "password": password, **more.pop("data", {})}, **more)


def kinds(as_system):
    with as_system() as session:
        chosen = select(Audit.kind).where(Audit.kind.not_in(["create", "edit", "delete"]))
        return list(session.scalars(chosen.order_by(Audit.id)))


def test_the_sign_in_page_works_without_scripts(app, browser_of):
    answer = browser_of().get("/login")
    assert answer.status_code == 200
    page = answer.text
    assert 'name="csrf_token"' in page
    assert 'autocomplete="current-password"' in page
    assert "<h1" in page


def test_the_sign_in_page_speaks_both_languages(app, browser_of):
    browser = browser_of()
    assert "登录" in browser.get("/login").text
    assert browser.get("/login?locale=en").status_code == 303
    assert "Sign in" in browser.get("/login").text


def test_the_right_password_leads_to_the_workbench_under_a_new_token(app, browser_of, zhou):
    browser = browser_of()
    browser.get("/login")
    before = browser.client.get_cookie(COOKIE).value
    answer = sign_in(browser)
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.client.get_cookie(COOKIE).value != before
    assert browser.get("/account").status_code == 200


def test_a_user_name_is_compared_without_case_width_and_blanks(app, browser_of, zhou):
    assert sign_in(browser_of(), " ＺＨＯＵ ").status_code == 303


def test_a_token_planted_before_sign_in_is_worth_nothing(app, browser_of, zhou):
    attacker, victim = browser_of(), browser_of()
    victim.client.set_cookie(COOKIE, attacker.token)
    sign_in(victim)
    assert attacker.get("/account").status_code == 303


def test_unknown_names_wrong_passwords_and_closed_accounts_get_the_same_answer(app, browser_of, people, as_system):
    people.user("zhou", password=PASSWORD)
    people.user("gone", password=PASSWORD)
    with as_system() as session:
        session.execute(update(User).where(User.username == "gone").values(active=False))
    pages = []
    for name, password in (("zhou", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)):
        answer = sign_in(browser_of(), name, password)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        pages.append(re.search(r'role="alert".*?</div></div>', answer.text).group())
    assert len(set(pages)) == 1


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("/companies?q=1", "/companies?q=1"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\tevil", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_sign_in_goes_on_to_own_pages_only(app, browser_of, zhou, target, place):
    assert sign_in(browser_of(), data={"next": target}).location == place


def test_an_anonymous_person_is_led_to_sign_in_and_back(app, browser_of):
    answer = browser_of().get("/account")
    assert answer.status_code == 303
    assert answer.location == "/login?next=/account"


def test_after_five_failures_a_wait_is_told_and_the_right_password_is_not_heard(app, browser_of, zhou):
    browser = browser_of()
    for _ in range(5):
        assert sign_in(browser, password="wrong").status_code == 422
    answer = sign_in(browser)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) in range(25, 31)
    assert "请等" in answer.text


def test_waiting_out_the_pause_lets_the_right_password_in(app, browser_of, zhou, as_system):
    browser = browser_of()
    for _ in range(5):
        sign_in(browser, password="wrong")
    with as_system() as session:
        session.execute(update(SignInAttempt).values(tried_at=utcnow() - dt.timedelta(seconds=40)))
    assert sign_in(browser).status_code == 303
    with as_system() as session:
        assert session.scalar(select(SignInAttempt)) is None


def test_failures_from_elsewhere_do_not_lock_a_person_out(app, browser_of, zhou):
    assert sign_in(browser_of()).status_code == 303
    attacker = browser_of()
    for _ in range(40):
        sign_in(attacker, password="wrong", **ELSEWHERE)
    assert sign_in(attacker, **ELSEWHERE).status_code == 429
    assert sign_in(browser_of()).status_code == 303


def test_at_most_ten_tries_a_minute_are_heard_for_a_name_and_address(app, browser_of, zhou):
    browser = browser_of()
    answers = [sign_in(browser, password=f"wrong{n}").status_code for n in range(30)]
    assert answers.count(422) <= 10


def test_an_address_that_tries_many_names_is_slowed_but_those_at_home_there_are_not(
    app, browser_of, zhou, as_system, people
):
    from core.auth.services.sign_in import STRANGERS_PER_ADDRESS

    people.user("wang", password=PASSWORD)
    assert sign_in(browser_of()).status_code == 303
    with as_system() as session:
        session.add_all(SignInAttempt(name_key=f"{n}", address="127.0.0.1") for n in range(STRANGERS_PER_ADDRESS))
    assert sign_in(browser_of(), "wang").status_code == 429
    assert sign_in(browser_of()).status_code == 303


def test_signing_out_ends_the_sign_in_on_the_server(app, browser_of, zhou):
    browser = browser_of()
    sign_in(browser)
    token = browser.client.get_cookie(COOKIE).value
    assert browser.post("/logout").location == "/login"
    browser.client.set_cookie(COOKIE, token)
    assert browser.get("/account").status_code == 303


def test_signing_in_as_someone_else_ends_the_first_sign_in(app, browser_of, zhou, people, as_system):
    people.user("wang", password=PASSWORD)
    browser = browser_of()
    sign_in(browser)
    token = browser.client.get_cookie(COOKIE).value
    assert "周岚" in browser.get("/login").text
    sign_in(browser, "wang")
    assert "wang" in browser.get("/account").text
    with as_system() as session:
        assert session.get(WebSession, token_hash(token)) is None


@pytest.mark.parametrize(("column", "age"), [("seen_at", {"minutes": 31}), ("created_at", {"hours": 12, "minutes": 1})])
def test_an_idle_or_too_old_sign_in_has_ended(app, browser_of, zhou, as_system, column, age):
    browser = browser_of(zhou)
    assert browser.get("/account").status_code == 200
    with as_system() as session:
        session.execute(update(WebSession).values({column: utcnow() - dt.timedelta(**age)}))
    assert browser.get("/account").status_code == 303


def test_how_long_a_sign_in_lasts_is_a_setting(app, browser_of, zhou, as_system):
    from core.overlay import overlay

    browser = browser_of(zhou)
    with as_system() as session:
        overlay().change_setting(session, "core.session_idle_minutes", 5)
        session.execute(update(WebSession).values(seen_at=utcnow() - dt.timedelta(minutes=6)))
    assert browser.get("/account").status_code == 303


def test_a_visitor_whose_sign_in_ended_can_sign_in_again(app, browser_of, zhou, as_system):
    browser = browser_of(zhou)
    with as_system() as session:
        session.execute(update(WebSession).values(seen_at=utcnow() - dt.timedelta(hours=1)))
    assert sign_in(browser).status_code == 303
    assert browser.get("/account").status_code == 200


def test_flask_login_knows_the_signed_in_account(app, browser_of, zhou):
    from flask_login import current_user

    seen = []
    with app.test_request_context("/"):
        app.preprocess_request()
        seen.append(current_user.is_authenticated)
    g.pop("_login_user")
    with app.test_request_context("/", headers={"Cookie": f"{COOKIE}={browser_of(zhou).token}"}):
        app.preprocess_request()
        seen.append(current_user.is_authenticated)
        assert (current_user.id, current_user.username, current_user.name) == (zhou.id, "zhou", "周岚")
        assert not current_user.may("core:user:admin")
    assert seen == [False, True]


def test_changing_the_password_ends_the_other_sign_ins(app, browser_of, zhou):
    here, there = browser_of(zhou), browser_of(zhou)
    answer = here.post("/account/password", {"old": PASSWORD, "password": OTHER, "again": OTHER})
    assert answer.status_code == 303
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    assert sign_in(browser_of(), password=PASSWORD).status_code == 422
    assert sign_in(browser_of(), password=OTHER).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("wrong", OTHER, OTHER),
        (PASSWORD, OTHER, "different-" + OTHER),
        (PASSWORD, "short", "short"),
        (PASSWORD, "1234567890", "1234567890"),
        (PASSWORD, "aaaaaaaaaaaaa", "aaaaaaaaaaaaa"),
        (PASSWORD, "zhou20261121", "zhou20261121"),
        (PASSWORD, PASSWORD, PASSWORD),
        (PASSWORD, "", ""),
    ],
)
def test_a_password_change_that_breaks_a_rule_changes_nothing(app, browser_of, zhou, old, new, again):
    answer = browser_of(zhou).post("/account/password", {"old": old, "password": new, "again": again})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert sign_in(browser_of()).status_code == 303


def test_a_screen_left_open_does_not_guess_the_password_by_changing_it(app, browser_of, zhou):
    browser, form = browser_of(zhou), {"password": OTHER, "again": OTHER}
    for _try in range(5):
        assert browser.post("/account/password", {"old": "guessed", **form}).status_code == 422
    waits = browser.post("/account/password", {"old": PASSWORD, **form})
    assert waits.status_code == 422
    assert "尝试次数过多" in waits.text
    assert sign_in(browser_of()).status_code == 303, "the password is as it was"


def test_a_password_set_by_somebody_else_must_be_changed_first(app, browser_of, zhou, as_system):
    with as_system() as session:
        session.execute(update(User).values(must_change_password=True))
    browser = browser_of()
    assert sign_in(browser).location == "/account/password"
    assert browser.get("/account").location == "/account/password"
    assert browser.post("/account", {}).location == "/account/password"
    assert 'data-key="save"' in browser.get("/account/password").text  # Ctrl S sends it
    changed = browser.post("/account/password", {"old": PASSWORD, "password": OTHER, "again": OTHER})
    assert changed.location == "/"  # on to the workbench, as after every sign-in
    assert browser.get("/account").status_code == 200


def test_signing_out_everywhere_else_keeps_this_sign_in(app, browser_of, zhou):
    here, there = browser_of(zhou), browser_of(zhou)
    here.post("/account/sign-out-everywhere")
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303


def test_a_deactivated_account_is_out_at_the_next_request(app, browser_of, zhou, as_system):
    from core.state import bump

    browser = browser_of(zhou)
    assert browser.get("/account").status_code == 200
    with as_system() as session:
        session.execute(update(User).values(active=False))
        bump(session, "rights")
    assert browser.get("/account").status_code == 303


def test_the_trail_knows_sign_ins_and_where_they_came_from(app, browser_of, zhou, as_system):
    browser = browser_of()
    sign_in(browser, password="wrong")
    sign_in(browser, "my-secret-typed-as-a-name", "x")
    sign_in(browser)
    browser.post("/logout")
    assert kinds(as_system) == ["sign_in_failed", "sign_in_failed", "sign_in", "sign_out"]
    with as_system() as session:
        lines = session.scalars(select(Audit)).all()
        assert {line.address for line in lines if line.kind.startswith("sign")} == {"127.0.0.1"}
        assert not any("my-secret" in f"{line.note}{line.changes}" for line in lines)


def test_only_the_hash_of_a_token_is_kept(app, browser_of, zhou, as_system):
    browser = browser_of()
    sign_in(browser)
    token = browser.client.get_cookie(COOKIE).value
    with as_system() as session:
        row = session.scalars(select(WebSession)).one()
        assert token not in (row.token_hash, str(row.data))
        assert row.token_hash == token_hash(token)


def test_the_cookie_is_closed_to_scripts_and_other_sites(app, browser_of):
    cookie = app.test_client().get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_profile_offers_the_language_that_the_screen_speaks(browser_of, zhou):
    browser = browser_of(zhou)
    browser.client.set_cookie("zhike_locale", "en")
    assert re.search(r'<option selected value="en">|<option value="en" selected>', browser.get("/account").text)


def test_the_profile_keeps_language_and_look(app, browser_of, zhou, as_system):
    browser = browser_of(zhou)
    data = {
        "phone": "028-8555 0142",
        "email": "zhou@example.com",
        "locale": "en",
        "theme": "dark",
        "density": "compact",
    }
    assert browser.post("/account", data).status_code == 303
    assert "My account" in browser.get("/account").text
    with as_system() as session:
        user = session.get(User, zhou.id)
        assert (user.locale, user.theme, user.density, user.phone) == ("en", "dark", "compact", "028-8555 0142")
    assert browser.post("/account", {**data, "email": "no mail"}).status_code == 422


@pytest.mark.parametrize("address", ["/account", "/menu/file", "/companies"])
def test_password_another_sign_in_and_the_way_out_stand_under_file_and_behind_the_name(browser_of, zhou, address):
    page = browser_of(zhou).get(address).text
    panel = page[page.index('<nav class="panel"') :].split("</nav>")[0]
    account = page[page.index('<summary class="me">') :].split("</details>")[0]
    for place in [account] if address == "/companies" else [account, panel]:
        for where in ('href="/account/password"', 'href="/login"', 'action="/logout"'):
            assert where in place
        assert [word for word in ("修改密码", "重新登录", "退出系统") if word not in place] == []


OVER = {"headers": {"HX-Request": "true"}}


def test_a_fragment_without_a_sign_in_is_told_so_and_nothing_is_reloaded(app, browser_of):
    answer = browser_of().get("/account", **OVER)
    assert answer.status_code == 401
    assert "HX-Redirect" not in answer.headers
    assert 'role="alert"' in answer.text


def test_a_form_without_a_sign_in_leads_back_to_its_page(app, browser_of):
    browser = browser_of()
    browser.get("/login")
    came = browser.post("/account", {}, headers={"Referer": "http://localhost/account?x=1"})
    assert (came.status_code, came.location) == (303, "/login?next=/account?x%3D1")
    elsewhere = browser.post("/account", {}, headers={"Referer": "http://evil.example/account"})
    assert (elsewhere.status_code, elsewhere.location) == (400, None)


def test_over_a_page_one_signs_in_without_leaving_it(app, browser_of, zhou):
    browser = browser_of()
    form = browser.get(f"/login/over?over={zhou.id}&locale=en", **OVER)
    assert "Your sign-in has ended" in form.text
    typed = {"username": "zhou", "password": "wrong", "over": zhou.id, "locale": "en"}
    wrong = browser.post("/login", typed, **OVER)
    assert wrong.status_code == 422
    assert "The user name or the password is not right." in wrong.text
    right = browser.post("/login", {**typed, "password": PASSWORD}, **OVER)
    assert right.status_code == 200
    assert re.search(r'data-token="(\w+)"', right.text).group(1) == browser.form_token
    assert browser.get("/account").status_code == 200


def test_over_a_page_nobody_else_signs_in(app, browser_of, people, zhou):
    other = people.user("li", password=PASSWORD)
    browser = browser_of()
    browser.get("/login")
    answer = browser.post("/login", {"username": "zhou", "password": PASSWORD, "over": other.id}, **OVER)
    assert answer.status_code == 422
    assert "data-token" not in answer.text
    assert browser.get("/account").status_code == 303


def test_a_page_whose_sign_in_stands_is_told_so_and_an_old_token_is_renewed(app, browser_of, zhou):
    browser = browser_of(zhou)
    token = browser.form_token
    standing = browser.get(f"/login/over?over={zhou.id}", headers={"HX-Request": "true", "X-CSRF-Token": token})
    assert standing.status_code == 204
    stale = browser.get(f"/login/over?over={zhou.id}", **OVER)
    assert f'data-token="{token}"' in stale.text
    assert "data-token" not in browser.get(f"/login/over?over={zhou.id + 1}", **OVER).text


def test_whoever_must_change_the_password_is_led_there_in_another_tab(app, browser_of, people, as_system):
    user = people.user("new", password=PASSWORD)
    browser = browser_of()
    browser.get("/login")
    with as_system() as session:
        session.execute(update(User).where(User.id == user.id).values(must_change_password=True))
    answer = browser.post("/login", {"username": "new", "password": PASSWORD, "over": user.id}, **OVER)
    assert "data-token" in answer.text
    assert re.search(r'<a [^>]*href="/account/password"[^>]*target="_blank"', answer.text)
