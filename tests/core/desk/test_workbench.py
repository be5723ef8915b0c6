"""The workbench: each card by itself, in the order that the person chose."""

from __future__ import annotations

import datetime as dt
import re

from core.desk.figures import month_before
from core.desk.services import move_card
from core.testing.harness import Browser


def cards_of(browser: Browser, *, arranging: bool = False) -> list[str]:
    """Read the cards of the sample plugin from the page, in order."""
    page = browser.get("/?arrange=1" if arranging else "/").get_data(as_text=True)
    return re.findall(r'hx-get="/cards/(sample\.\w+)"', page)


def test_a_plugins_card_is_fetched_after_the_page(clerk: Browser) -> None:
    assert "fine" not in clerk.get("/").get_data(as_text=True)
    assert clerk.get("/cards/sample.good", headers={"HX-Request": "true"}).get_data(as_text=True) == "<p>fine</p>"


def test_a_card_that_fails_is_told_in_its_place_and_the_page_stands(clerk: Browser) -> None:
    body = clerk.get("/cards/sample.bad", headers={"HX-Request": "true"})
    assert body.status_code == 200
    assert "Bad card" in body.get_data(as_text=True)
    assert "no figures today" not in body.get_data(as_text=True)
    assert clerk.get("/").status_code == 200


def test_without_scripts_a_card_is_a_page(clerk: Browser) -> None:
    page = clerk.get("/cards/sample.good").get_data(as_text=True)
    assert "<p>fine</p>" in page
    assert "<h1>Good card</h1>" in page


def test_a_card_that_asks_for_a_right_is_nowhere_for_those_without(clerk: Browser, supervisor: Browser) -> None:
    assert "sample.secret" not in cards_of(clerk)
    assert clerk.get("/cards/sample.secret").status_code == 404
    assert "sample.secret" in cards_of(supervisor)


def test_cards_move_hide_come_back_and_are_reset(clerk: Browser) -> None:
    first = cards_of(clerk)
    clerk.post("/cards", {"card": "sample.bad", "action": "forward"})
    assert cards_of(clerk).index("sample.bad") < cards_of(clerk).index("sample.good")
    clerk.post("/cards", {"card": "sample.good", "action": "hide"})
    assert "sample.good" not in cards_of(clerk)
    clerk.post("/cards", {"card": "sample.good", "action": "show"})
    assert "sample.good" in cards_of(clerk)
    clerk.post("/cards", {"action": "reset"})
    assert cards_of(clerk) == first


def test_the_quick_panel_shows_the_first_cards_beside_any_page(clerk: Browser) -> None:
    part = clerk.get("/quick", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "<html" not in part
    assert "/cards/" in part


def test_moving_a_card_past_the_ends_keeps_every_card() -> None:
    assert move_card(["a", "b", "c"], "a", -1) == ["a", "b", "c"]
    assert move_card(["a", "b", "c"], "c", 1) == ["a", "b", "c"]
    assert move_card(["a", "b", "c"], "b", 1) == ["a", "c", "b"]
    assert move_card(["a"], "unknown", 1) == ["a"]


def test_figures_show_this_month_beside_the_last_and_lead_to_their_list(clerk: Browser) -> None:
    page = clerk.get("/").get_data(as_text=True)
    assert '<a href="/sample/things"><span class="l">Signed</span>' in page
    assert "Faulty" not in page[page.index('class="card kpi') :]


def test_a_figure_that_asks_for_a_right_is_nowhere_for_those_without(clerk: Browser, supervisor: Browser) -> None:
    assert "Secret</span>" not in clerk.get("/").get_data(as_text=True)
    assert "Secret</span>" in supervisor.get("/").get_data(as_text=True)


def test_the_month_before_january_is_december() -> None:
    assert month_before(dt.date(2026, 1, 31)) == dt.date(2025, 12, 1)
    assert month_before(dt.date(2026, 3, 1)) == dt.date(2026, 2, 1)
