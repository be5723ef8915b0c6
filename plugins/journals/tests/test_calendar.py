"""Closing and dispatch dates of issues on the schedule."""

from __future__ import annotations

import re

from core.clock import local_today
from plugins.journals.models import Issue
from plugins.journals.tests import factories


def test_dates_of_issues_stand_on_everybodys_schedule_and_beside_the_greeting(people, browser_of, as_system):
    today = local_today()
    with as_system() as session:
        issue = factories.issues(session, factories.publication(session))[0]
        for other in session.query(Issue):
            other.closing_date = other.dispatch_date = today.replace(year=today.year + 2, day=1)
        issue.closing_date = issue.dispatch_date = today
        label, key = issue.label, issue.id
    browser = browser_of(people.user("clerk"))
    page = browser.get("/calendar").get_data(as_text=True)
    assert re.findall(rf'href="/journals/issues/{key}" class="pl[^"]*" title="([^"]*)"', page) == [
        f"糖酒半月刊 {label} 截稿",
        f"糖酒半月刊 {label} 发刊",
    ]
    assert "截稿" not in browser.get("/calendar?of=core.tasks").get_data(as_text=True)
    assert f"糖酒半月刊 {label} 截稿 就在今天" in browser.get("/").get_data(as_text=True)
