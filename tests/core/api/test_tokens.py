"""Tokens: made by a person for himself, shown once, ended in time; what counts and what does not."""

from __future__ import annotations

import contextvars
import datetime as dt
import html
import json
import re

import pytest
from sqlalchemy import event, select, update

from core.api.models import ApiToken
from core.api.permissions import Perm
from core.api.queries import hash_of
from core.auth.models import Audit
from core.auth.services.accounts import change_own_password, set_active, set_password
from core.clock import local_today
from core.columns import utcnow
from core.engines import WRITE
from core.messages.models import Message, MessageCopy
from core.overlay import overlay

PASSWORD = "zhou's long secret"


def set_setting(as_system, key, value):
    with as_system() as session:
        overlay().change_setting(session, key, value)


@pytest.fixture
def send(browser_of, zhou):
    """Send the form of a new token."""

    def sent(**values):
        form = {"title": "网站", "nouns": ["core:company"], "password": PASSWORD}
        form["expires_on"] = (local_today() + dt.timedelta(days=9)).isoformat()
        return browser_of(zhou).post("/account/tokens/new", {**form, **values})

    return sent


@pytest.fixture
def rows(as_system):
    def found() -> list[ApiToken]:
        with as_system() as session:
            return list(session.scalars(select(ApiToken).order_by(ApiToken.id)))

    return found


@pytest.fixture
def written(app):
    """Collect the writing transactions that begin."""
    found: list[object] = []

    def note(connection):
        found.extend([connection] if connection.get_execution_options().get(WRITE) else [])

    event.listen(app.extensions["zhike"].database.engine, "begin", note)
    yield found
    event.remove(app.extensions["zhike"].database.engine, "begin", note)


def token_in(page) -> str:
    return html.unescape(re.search(r'id="token">([^<]+)<', page.text)[1])


def ask(app, token, address="companies", method="GET", **headers):
    sent = {"Authorization": f"Bearer {token}", **headers} if token is not None else headers
    client = app.test_client()
    return contextvars.Context().run(client.open, f"/api/v1/{address}", method=method, headers=sent)


def test_a_token_is_shown_once_works_and_lies_hashed(app, send, rows, browser_of, zhou):
    made = send()
    assert made.status_code == 200
    token = token_in(made)
    (row,) = rows()
    assert (row.user_id, row.title, row.nouns, row.private) == (zhou.id, "网站", ["core:company"], False)
    assert row.token_hash == hash_of(token)
    assert token.startswith(row.prefix)
    assert len(token) - len(row.prefix) > 30
    assert ask(app, token).status_code == 200
    assert ask(app, token, "contacts").status_code == 403
    listed = browser_of(zhou).get("/account/tokens").text
    assert row.prefix in listed
    assert token not in listed
    (row,) = rows()
    assert row.last_used_at is not None
    assert row.last_address == "127.0.0.1"


def test_a_screen_left_open_does_not_guess_the_password_by_a_token(send, rows):
    for _try in range(5):
        assert send(password="guessed").status_code == 422
    waits = send()
    assert waits.status_code == 422
    assert "尝试次数过多" in waits.text
    assert rows() == []


def test_the_trail_has_the_token_without_what_opens(send, as_system, zhou):
    token = token_in(send())
    with as_system() as session:
        (line,) = session.scalars(select(Audit).where(Audit.entity == "core_api_token"))
    assert (line.kind, line.user_id, line.changes["title"]) == ("create", zhou.id, [None, "网站"])
    assert not {"calls", "minute", "rows"} & set(line.changes)
    assert token not in json.dumps(line.changes)
    assert hash_of(token) not in json.dumps(line.changes)


@pytest.mark.parametrize(
    "values",
    [
        {"password": "wrong"},
        {"password": ""},
        {"title": ""},
        {"nouns": []},
        {"nouns": ["core:secret"]},
        {"expires_on": ""},
        {"expires_on": "2020-01-01"},
        {"expires_on": "2199-01-01"},
    ],
)
def test_a_form_that_is_not_right_makes_no_token(send, rows, values):
    answer = send(**values)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert rows() == []


def test_one_form_sent_twice_makes_one_token(send, rows):
    assert send(idempotency_key="k" * 20).status_code == 200
    again = send(idempotency_key="k" * 20)
    assert (again.status_code, again.headers["Location"]) == (303, "/account/tokens")
    assert len(rows()) == 1


def test_only_what_one_sees_can_be_chosen(people, browser_of, send, rows, zhou):
    people.grant(zhou, "core:company:query", "none")
    assert "core:company" not in browser_of(zhou).get("/account/tokens/new").text
    assert send().status_code == 422
    assert rows() == []


def test_a_revoked_token_ends_at_once_and_only_its_person_can_revoke_it(app, program_of, browser_of, rows, zhou, li):
    program = program_of(zhou)
    assert browser_of(li).post(f"/account/tokens/{program.id}/revoke").status_code == 404
    assert program.get("companies").status_code == 200
    assert browser_of(zhou).post(f"/account/tokens/{program.id}/revoke").status_code == 303
    refused = program.get("companies")
    assert (refused.status_code, refused.mimetype) == (401, "application/problem+json")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="zhike", error="invalid_token"'
    assert rows()[0].end_reason == "revoked"
    assert browser_of(li).get("/account/tokens").text.count("<tr data-id") == 0


def test_expired_foreign_and_missing_tokens_are_refused(app, program_of, browser_of, zhou):
    assert program_of(zhou, days=-1).get("companies").status_code == 401
    assert program_of(zhou, days=0).get("companies").status_code == 200
    for token in ("zhk_nobody", "", "x" * 5000, "zhk_\u00e9".encode().decode("latin-1")):
        assert ask(app, token).status_code == 401
    missing = ask(app, None)
    assert (missing.status_code, missing.headers["WWW-Authenticate"]) == (401, 'Bearer realm="zhike"')
    assert ask(app, None, Authorization="Basic emhvdTp4").status_code == 401
    assert "Set-Cookie" not in missing.headers


def test_no_cookie_counts_and_none_is_set(browser_of, zhou):
    answer = browser_of(zhou).get("/api/v1/companies")
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    assert browser_of(zhou).get("/api/v1/openapi.json").status_code == 200


def test_a_token_opens_no_page(app, program_of, zhou):
    program = program_of(zhou)
    client = app.test_client()
    for address in ("/companies", "/account/tokens", "/api/docs", "/admin/users"):
        answer = contextvars.Context().run(
            client.get, address, headers={"Authorization": f"Bearer {program.token}", "Accept": "text/html"}
        )
        assert (answer.status_code, "/login" in answer.headers.get("Location", "")) == (302, True) or (
            answer.status_code == 303
        )


@pytest.mark.parametrize("method", ["PUT", "PROPFIND"])
def test_other_methods_are_not_there(app, program_of, firm, zhou, method):
    number, program = firm("川江", zhou), program_of(zhou)
    for address in ("companies", f"companies/{number}"):
        answer = ask(app, program.token, address, method)
        assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
        assert {"GET", "HEAD"} <= set(answer.headers["Allow"].split(", "))
    assert program.get(f"companies/{number}").status_code == 200


def test_tokens_end_with_a_closed_account_and_a_changed_password(program_of, rows, as_system, zhou, li, people):
    wang = people.user("wang", password="wang's long secret")
    closed, reset, own, other = (program_of(one) for one in (li, zhou, wang, people.user("sun")))
    with as_system() as session:
        from core.auth.models import User

        set_active(session, session.get_one(User, li.id), False)
        set_password(session, session.get_one(User, zhou.id), "another long secret")
        change_own_password(session, wang.id, "wang's new secret", token="x" * 43)
    assert [one.get("companies").status_code for one in (closed, reset, own, other)] == [401, 401, 401, 200]
    assert [one.end_reason for one in rows()] == ["closed", "password", "password", None]
    with as_system() as session:
        set_active(session, session.get_one(User, li.id), True)
        lines = session.scalars(select(Audit).where(Audit.entity == "core_api_token", Audit.kind == "edit"))
        assert len(list(lines)) == 3
    assert closed.get("companies").status_code == 401


def test_the_right_to_make_tokens_taken_away_stops_those_that_there_are(people, program_of, browser_of, zhou):
    program = program_of(zhou)
    people.grant(zhou, str(Perm.CREATE), "none")
    assert program.get("companies").status_code == 401
    assert browser_of(zhou).get("/account/tokens/new").status_code == 403
    page = browser_of(zhou).get("/account/tokens")
    assert page.status_code == 200
    assert "/account/tokens/new" not in page.text


def test_more_requests_than_a_minute_has_are_refused(app, program_of, as_system, zhou):
    set_setting(as_system, "core.api_requests_a_minute", 3)
    program, second = program_of(zhou), program_of(zhou)
    answers = [program.get("companies") for _ in range(5)]
    if len({one.headers["RateLimit-Reset"] for one in answers}) > 2:  # a minute began meanwhile
        answers = [program.get("companies") for _ in range(5)]
    assert answers[0].headers["RateLimit-Limit"] == "3"
    assert 1 <= int(answers[0].headers["RateLimit-Reset"]) <= 60
    assert answers[-1].status_code == 429
    assert answers[-1].mimetype == "application/problem+json"
    assert answers[-1].headers["RateLimit-Remaining"] == "0"
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert second.get("companies").status_code == 200
    with as_system() as session:
        session.execute(update(ApiToken).values(minute=ApiToken.minute - 1))
    assert program.get("companies").headers["RateLimit-Remaining"] == "2"


def test_a_refused_request_writes_nothing_but_its_count_of_the_minute(
    program_of, firm, as_system, zhou, written, monkeypatch
):
    now = utcnow()
    monkeypatch.setattr("core.api.services.utcnow", lambda: now)
    firm("公司", zhou)
    program = program_of(zhou)
    set_setting(as_system, "core.api_rows_a_day", 1)
    assert [program.get("companies").status_code for _ in range(2)] == [200, 429]
    del written[:]
    assert [program.get("companies").status_code for _ in range(2)] == [429, 429]
    assert len(written) == 2
    set_setting(as_system, "core.api_requests_a_minute", 1)
    program.get("companies")
    del written[:]
    assert [program.get("companies").status_code for _ in range(2)] == [429, 429]
    assert written == []


def test_the_records_of_a_day_are_limited_for_all_programs_of_a_person(program_of, firm, as_system, zhou, li, root):
    for n in range(3):
        firm(f"公司{n}", zhou)
    set_setting(as_system, "core.api_rows_a_day", 4)
    first, second = program_of(zhou), program_of(zhou)
    assert [first.get("companies").status_code for _ in range(2)] == [200, 200]
    assert first.get("companies").status_code == 429
    assert second.get("companies").status_code == 429
    assert program_of(li).get("companies").status_code == 200
    with as_system() as session:
        (message,) = session.scalars(select(Message)).all()  # once, though two programs asked
        assert "到了每日上限：4 条" in message.title
        told = set(session.scalars(select(MessageCopy.user_id).where(MessageCopy.message_id == message.id)))
        assert told == {zhou.id, root.id}
        session.execute(update(ApiToken).values(day=local_today() - dt.timedelta(days=1)))
    assert second.get("companies").status_code == 200


def test_asking_for_the_head_of_records_counts_none(app, program_of, firm, as_system, zhou):
    number = firm("公司", zhou)
    set_setting(as_system, "core.api_rows_a_day", 2)
    program = program_of(zhou)
    sent = {"Authorization": f"Bearer {program.token}"}
    for path in ("companies", f"companies/{number}"):
        for _time in range(2):
            assert contextvars.Context().run(app.test_client().head, f"/api/v1/{path}", headers=sent).status_code == 200
    assert [program.get("companies").status_code for _ in range(3)] == [200, 200, 429]


def test_answers_speak_the_language_that_is_asked_for(app):
    chinese = ask(app, None, **{"Accept-Language": "zh-CN,zh;q=0.9"}).json["title"]
    english = ask(app, None, **{"Accept-Language": "en-GB,en"}).json["title"]
    assert (chinese, english) == ("需要令牌", "A token is needed")


def test_the_description_holds_what_one_may_read(browser_of, people, zhou):
    people.grant(zhou, "core:contact:query", "none")
    page = browser_of(zhou).get("/api/docs?resource=companies")
    assert page.status_code == 200
    assert "credit_rating" in page.text
    assert "resource=contacts" not in page.text
    described = browser_of(zhou).get("/api/v1/openapi.json").json
    assert "/api/v1/contacts" not in described["paths"]
    names = set(re.findall(r'"#/components/\w+/([^"]+)"', json.dumps(described)))
    parts = described["components"]
    assert names <= {name for part in parts.values() for name in part}
    ids = [one["get"]["operationId"] for one in described["paths"].values()]
    assert len(ids) == len(set(ids))


def test_the_command_prints_the_description_without_secrets(app):
    from click.testing import CliRunner

    from core.api.commands import openapi

    with app.app_context():
        result = CliRunner().invoke(openapi, obj={"app": app})
    assert result.exit_code == 0, result.output
    described = json.loads(result.output)
    assert {"/api/v1/companies", "/api/v1/companies/{id}", "/api/v1/journals/publications"} <= set(described["paths"])
    assert "password_hash" not in result.output
