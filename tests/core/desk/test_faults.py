"""Error pages: what happened, what to do, nothing technical."""

from __future__ import annotations

import pytest

from core.testing.harness import Browser


def test_an_unknown_address_offers_a_search_inside_the_frame(clerk: Browser) -> None:
    answer = clerk.get("/no/such/page")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert 'role="alert"' in page
    assert 'action="/search"' in page
    assert 'class="rail"' in page


def test_a_stranger_sees_the_same_page_without_menus(clerk: Browser) -> None:
    answer = Browser(clerk.app).get("/no/such/page")
    assert answer.status_code == 404
    assert 'class="rail"' not in answer.get_data(as_text=True)


def test_a_missing_right_is_named(clerk: Browser) -> None:
    answer = clerk.get("/sample/things")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 403
    assert "权限名称是“Things：读”" in page
    assert "sample:thing:read" not in page


def test_in_a_fragment_the_error_stands_in_its_place_as_a_note(clerk: Browser) -> None:
    answer = clerk.get("/sample/things", headers={"HX-Request": "true"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 403
    assert 'class="note bad" role="alert"' in text
    assert "<html" not in text


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_form_without_this_browsers_token_is_told_that_the_sign_in_ended(clerk: Browser, token: str) -> None:
    answer = clerk.client.post("/preferences", data={"csrf_token": token, "theme": "dark"})
    assert answer.status_code == 419
    assert 'href="/login"' in answer.get_data(as_text=True)
    assert 'data-theme="light"' in clerk.get("/").get_data(as_text=True)


def test_an_error_page_asks_for_no_star(clerk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("no stars tonight")

    monkeypatch.setattr("core.desk.stars.here", fail)
    answer = clerk.get("/no/such/page")
    assert answer.status_code == 404
    assert 'action="/search"' in answer.get_data(as_text=True)
