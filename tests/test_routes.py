"""Every route, method and default group is as the table says, on paper and in fact."""

from __future__ import annotations

import csv

import pytest

from core.testing.contract import address_of
from tests.route_table import COLUMNS, GROUPS, TABLE, routes, rows

ENDS_THE_SESSION = frozenset({"auth.logout", "auth.sign_out_everywhere", "auth.switch_user"})


def test_the_table_holds_every_route_and_method(app):
    with TABLE.open(encoding="utf-8", newline="") as source:
        kept = list(csv.DictReader(source))
    assert tuple(kept[0]) == COLUMNS
    assert kept == rows(app)


@pytest.mark.parametrize("who", [*GROUPS, "nobody", "visitor"])
def test_every_cell_of_the_table_is_true(app, people, browser_of, who):
    user = None if who == "visitor" else people.user("someone", groups=() if who == "nobody" else (who,))
    browser = browser_of(user)
    wrong = []
    for (rule, method), row in zip(routes(app), rows(app), strict=True):
        if rule.endpoint in ENDS_THE_SESSION or rule.endpoint.startswith("static_files"):
            continue
        data = {} if method == "GET" else {"data": {"csrf_token": browser.form_token}}
        answer = browser.client.open(address_of(rule), method=method, **data)
        to_sign_in = answer.status_code in (302, 303) and "/login" in answer.headers.get("Location", "")
        if answer.status_code == 401 or to_sign_in:
            seen = "sign in"
        else:
            seen = "403" if answer.status_code == 403 else "yes"
        if seen != row[who] or answer.status_code >= 500:
            wrong.append(f"{method} {rule.rule}: {answer.status_code}, the table says {row[who]}")
    assert wrong == []
