"""What the application keeps from every view: numbers that no database holds, and forms of other sites."""

from __future__ import annotations

import io

import pytest
from flask import Flask, request, url_for

HUGE = (str(2**63), str(-(2**63) - 1), "9" * 40, "²")
BY_NUMBER = (
    "/admin/audit?user={}",
    "/admin/audit?before={}",
    "/admin/access?resource=core.company&record=1&user={}",
    "/admin/access?resource=core.company&record={}",
    "/admin/bus?before={}",
    "/admin/bus?number={}",
    "/admin/users?department={}",
    "/admin/users?group={}",
    "/admin/users?page={}",
    "/admin/departments/new?parent={}",
    "/contacts/new?company={}",
    "/companies?owner={}",
    "/companies?region__in={}",
    "/journals/desk?company_id={}",
    "/journals/desk/lines?company_id={}",
    "/journals/subscriptions?company={}",
    "/journals/subscriptions?issue={}",
    "/journals/subscriptions/new?company_id={}",
    "/journals/publications/1?year={}",
    "/companies/merge?id={}&id=1",
    "/companies/merge?id=1&id=2&target={}",
    "/privacy/requests/new?contact={}",
    "/messages?on={}",
    "/worklogs/new?company={}",
    "/calendar?year={}",
)


@pytest.fixture
def root(people):
    groups = ("system_administrator", "decision_maker", "supervisor", "subscription_clerk")
    user = people.user("root", groups=groups)
    for code in ("core:user:admin", "core:group:admin", "core:audit:read", "core:bus:admin"):
        people.grant(user, code, "all")
    return user


@pytest.mark.parametrize("address", BY_NUMBER)
def test_a_number_that_no_database_holds_is_no_fault(browser_of, root, address):
    browser = browser_of(root)
    for number in HUGE:
        assert browser.get(address.format(number)).status_code in (200, 404, 422), number


@pytest.mark.parametrize("field", ["company_id", "cancel_id"])
def test_a_form_takes_no_number_that_no_database_holds(browser_of, root, field):
    answer = browser_of(root).post("/journals/desk", {field: "9" * 40, "company": "甲", "outcome": "refused"})
    assert answer.status_code == 422


@pytest.mark.parametrize("form", [{"username": "a\0b"}, {"username": "a\0b", "file": (io.BytesIO(b"x"), "x\0.csv")}])
def test_a_sign_that_no_text_holds_is_left_out(app, browser_of, form):
    with app.test_request_context("/?q=a%00b&%00=1", method="POST", data=dict(form)):
        assert (request.args.to_dict(), request.form["username"]) == ({"q": "ab", "": "1"}, "ab")
        assert [request.values[name] for name in ("q", "username")] == ["ab", "ab"]
        assert [one.filename for one in request.files.values()] == ["x.csv"] * len(request.files)
    assert browser_of(None).post("/login", {"username": "a\0b", "password": "x"}).status_code == 422


@pytest.mark.parametrize(
    "address",
    [
        "/unsubscribe/a%00b",
        "/help/a%00b",
        "/menu/a%00b",
        "/cards/a%00b",
        "/worklogs/report/a%00b",
        "/admin/dictionaries/a%00b",
        "/admin/bus/jobs/a%00b",
        "/static/a%00b",
        "/companies/1%00",
        "/api/v1/a%00b",
        "/api/v1/journals/a%00b",
        "/%00",
    ],
)
def test_an_address_with_a_sign_that_no_text_holds_leads_nowhere(browser_of, root, address):
    for browser in (browser_of(root), browser_of(None)):
        for answer in (browser.get(address), browser.post(address, {})):
            assert answer.status_code == 404
            assert (answer.mimetype == "application/problem+json") == address.startswith("/api/")


def test_the_title_of_a_page_that_comes_back_says_so(browser_of, root):
    browser = browser_of(root)
    assert "<title>错误：" in browser.post("/companies/new", {"name": ""}).text
    assert "<title>错误：" not in browser.get("/companies/new").text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://localhost"}, 303),
        ({}, 303),
        ({"Origin": "http://elsewhere.example"}, 400),
        ({"Origin": "http://localhost.elsewhere.example"}, 400),
        ({"Origin": "http://localhost:8080"}, 400),
        ({"Origin": "null"}, 400),
        ({"Origin": "http://["}, 400),
        ({"Referer": "http://["}, 400),
        ({"Origin": "http://elsewhere.example", "Sec-Fetch-Site": "same-origin"}, 400),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"}, 400),
        ({"Referer": "http://localhost/preferences"}, 303),
        ({"Referer": "http://elsewhere.example/http://localhost/"}, 400),
        ({"Origin": "http://localhost", "Referer": "http://elsewhere.example/"}, 303),
    ],
)
def test_a_form_from_another_site_is_refused_though_its_token_is_right(browser_of, people, headers, status):
    answer = browser_of(people.user("zhou")).post("/preferences", {"theme": "dark"}, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(("method", "read"), [("POST", "zhou"), ("HEAD", ""), ("GET", ""), ("OPTIONS", "")])
def test_a_form_is_read_only_where_its_token_is_asked_for(app, method, read):
    with app.test_request_context("/", method=method, data={"name": "zhou"}):
        assert request.form.get("name", "") == request.values.get("name", "") == read


def test_an_address_from_memory_is_never_that_of_another_host_or_root(app):
    with app.test_request_context("/", base_url="http://evil.example"):
        assert app.url_for("auth.login", _external=True).startswith("http://evil.example/")
        assert app.url_for("auth.login", _external=1, next="/a") == "http://evil.example/login?next=/a"
        assert app.url_for("auth.login", _scheme="https", _external=1) == "https://evil.example/login"
        assert app.url_for("auth.login", next="/a") == "/login?next=/a"
    with app.test_request_context("/", base_url="http://good.example/zhike"):
        assert app.url_for("auth.login", _external=1, next="/a") == "http://good.example/zhike/login?next=/a"
        assert app.url_for("auth.login", _scheme="https", _external=1) == "https://good.example/zhike/login"
        assert app.url_for("auth.login", next="/a") == "/zhike/login?next=/a"
        assert app.url_for("auth.login", next=1, _anchor="x") == "/zhike/login?next=1#x"


def test_long_addresses_are_not_remembered(app):
    with app.test_request_context("/"):
        before = len(app._addresses)
        app.url_for("auth.login", next="酒" * 3000)
        assert len(app._addresses) == before
        app.url_for("auth.login", next="/short")
        assert len(app._addresses) == before + 1


def test_the_same_address_is_built_once(app, monkeypatch):
    built = []
    real = Flask.url_for
    monkeypatch.setattr(Flask, "url_for", lambda self, *a, **k: built.append(a) or real(self, *a, **k))
    with app.test_request_context("/"):
        found = [url_for("auth.login", next="/once") for _time in range(3)]
    assert found == ["/login?next=/once"] * 3
    assert len(built) == 1
