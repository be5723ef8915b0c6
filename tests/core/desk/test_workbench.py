"""The workbench: each card by itself, in the order that the person chose."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask import Flask

from core.desk.figures import month_before
from core.desk.layouts import Arrangement, declared_for, moved, placed, resized
from core.plugin import DashboardCard
from core.testing.harness import Browser, People


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


@pytest.mark.parametrize(("action", "back"), [("hide", "show"), ("show", "hide")])
def test_the_focus_goes_to_what_takes_hiding_and_showing_back(clerk: Browser, action: str, back: str) -> None:
    if action == "show":
        clerk.post("/cards", {"card": "sample.good", "action": "hide"})
    answer = clerk.post("/cards", {"card": "sample.good", "action": action})
    [focused] = re.findall(r"<button[^>]*autofocus[^>]*>", clerk.get(answer.location).get_data(as_text=True))
    assert f'value="{back}"' in focused


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


def order_after(names: str, name: str, step: int) -> str:
    return "".join(moved(Arrangement(tuple(names)), name, step).order)


def test_moving_a_card_past_the_ends_keeps_every_card() -> None:
    assert order_after("abc", "a", -1) == "abc"
    assert order_after("abc", "c", 1) == "abc"
    assert order_after("abc", "b", 1) == "acb"
    assert order_after("a", "unknown", 1) == "a"


def test_a_dragged_card_stands_before_the_one_it_was_dropped_on(clerk: Browser) -> None:
    assert placed(Arrangement(tuple("abc")), "c", "a").order == tuple("cab")
    assert placed(Arrangement(tuple("abc")), "a", "x").order == tuple("abc")
    assert placed(Arrangement(tuple("abc")), "x", "a").order == tuple("abc")
    assert placed(Arrangement(tuple("abc")), "a", "").order == tuple("bca")
    clerk.post("/cards", {"card": "sample.bad", "action": "place", "before": "sample.good"})
    assert cards_of(clerk) == ["sample.bad", "sample.good"]


def test_a_card_grows_by_steps_and_stays_at_the_ends() -> None:
    assert resized(Arrangement(), "a", 4, 1).sizes == {"a": 6}
    assert resized(Arrangement(), "a", 12, 1).sizes == {"a": 12}
    assert resized(Arrangement(), "a", 3, -1).sizes == {"a": 3}


def test_a_card_is_made_wider_and_the_width_is_kept(clerk: Browser) -> None:
    assert 'class="card g4" id="at-sample.good"' in clerk.get("/?arrange=1").get_data(as_text=True)
    answer = clerk.post("/cards", {"card": "sample.good", "action": "wider"})
    assert answer.location == "/?arrange=sample.good+wider"
    page = clerk.get(answer.location).get_data(as_text=True)
    assert 'class="card g6" id="at-sample.good"' in page
    assert re.findall(r"<button[^>]*autofocus[^>]*>", page) == re.findall(
        r'<button[^>]*aria-label="[^"]*Good card[^"]*"[^>]*value="wider"[^>]*>', page
    )


def test_a_step_moves_past_a_card_that_is_seen_not_past_a_hidden_one(clerk: Browser) -> None:
    clerk.post("/cards", {"card": "sample.good", "action": "hide"})
    clerk.post("/cards", {"card": "sample.bad", "action": "forward"})
    page = clerk.get("/?arrange=1").get_data(as_text=True)
    shown = re.findall(r'id="at-([\w.]+)"', page)
    clerk.post("/cards", {"card": "sample.bad", "action": "forward"})
    again = re.findall(r'id="at-([\w.]+)"', clerk.get("/?arrange=1").get_data(as_text=True))
    assert again.index("sample.bad") == shown.index("sample.bad") - 1


def test_a_role_has_its_own_layout_and_what_it_leaves_out_can_be_shown() -> None:
    cards = [
        DashboardCard(name="a", title="", render=str, order=1, places={"staff": None}),
        DashboardCard(name="b", title="", render=str, order=2, places={"supervisor": 9}),
        DashboardCard(name="c", title="", render=str, order=3),
    ]
    assert declared_for("staff", cards) == Arrangement(("b", "c", "a"), frozenset("a"))
    assert declared_for("supervisor", cards) == Arrangement(("a", "c", "b"))
    assert declared_for("guests", cards).order == ("a", "b", "c")


def test_the_deployments_card_stands_first_for_an_administrator_and_nowhere_for_others(
    desk: Flask, clerk: Browser
) -> None:
    admin = Browser(desk, People(desk).user("root", ("system_administrator",)))
    names = re.findall(r'id="at-([\w.]+)"', admin.get("/?arrange=1").get_data(as_text=True))
    assert names[0] == "core.system"
    assert "core.worklog" not in names
    assert "core.system" not in clerk.get("/?arrange=1").get_data(as_text=True)


def test_an_administrator_gives_his_arrangement_to_a_role_and_takes_it_back(desk: Flask, clerk: Browser) -> None:
    admin = Browser(desk, People(desk).user("root", ("system_administrator",)))
    first = cards_of(clerk)
    admin.post("/cards", {"card": "sample.good", "action": "hide"})
    assert admin.post("/cards", {"role": "staff", "action": "role"}).status_code == 303
    assert "sample.good" not in cards_of(clerk)
    assert "sample.bad" in cards_of(clerk)
    clerk.post("/cards", {"card": "sample.good", "action": "show"})
    assert "sample.good" in cards_of(clerk)
    clerk.post("/cards", {"action": "reset"})
    assert "sample.good" not in cards_of(clerk)
    admin.post("/cards", {"role": "staff", "action": "unrole"})
    assert cards_of(clerk) == first
    assert admin.post("/cards", {"role": "nobody", "action": "role"}).status_code == 404
    assert clerk.post("/cards", {"role": "staff", "action": "role"}).status_code == 403


def test_the_workbench_of_a_role_is_no_entry_among_the_settings(desk: Flask) -> None:
    admin = Browser(desk, People(desk).user("root", ("system_administrator",)))
    assert "core.workbench" not in admin.get("/admin/settings").get_data(as_text=True)


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
