"""Every figure of the workbench opens the list that it counts, with the same number (design 6.1)."""

from __future__ import annotations

import html
import re

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from core.auth.models import User
from core.bus.models import JobRun
from core.customers.models import Company
from core.db import work
from core.demo.commands import demo_group
from core.demo.load import load_demo
from core.i18n import speaking

COUNT = re.compile(r'<h1>[^<]*<small class="num">[^\d<]*([\d,]+)')
SUM = re.compile(r"<tfoot>.*?</tfoot>", re.S)
PLAIN = re.compile(r"<[^>]+>")


@pytest.fixture
def demo(app):
    """Load a small set of demo data, with the rows of every plugin."""
    parts = app.extensions["zhike"]
    with work(parts.database, reason="test"), speaking("zh_CN"):
        load_demo(parts.registry, 120, 7, lambda _: None)
    return app


def test_what_loading_set_going_is_done_before_the_server_starts(app):
    result = CliRunner().invoke(demo_group, ["load", "--companies", "120"], obj={"app": app})
    assert result.exit_code == 0, result.output
    with work(app.extensions["zhike"].database, reason="test") as unit:
        runs = unit.session.execute(select(JobRun.job, JobRun.state)).all()
    assert ("core.field_index", "done") in runs
    assert {state for _job, state in runs} == {"done"}


def test_every_owner_of_the_demo_data_has_claimed_his_customers(demo, as_system):
    with as_system() as session:
        owned, claimed = (
            session.scalar(select(func.count(Company.id)).where(column.is_not(None)))
            for column in (Company.owner_id, Company.claimed_at)
        )
    assert owned == claimed > 0


def told_by(page: str) -> set[int]:
    """Read the numbers that a list says of itself: how many were found, and the sums of the whole result."""
    foot = SUM.search(page)
    sums = re.findall(r"[\d,]+", PLAIN.sub(" ", foot.group())) if foot else []
    return {int(one.replace(",", "")) for one in [*COUNT.findall(page), *sums] if one.strip(",")}


def links_of(page: str) -> list[tuple[int, str]]:
    """Read the figures of the strip and of the cards with the addresses they open."""
    strip = re.findall(r'<a href="([^"]+)"><span class="l">[^<]*</span><span class="v">([\d,]+)<', page)
    cards = re.findall(r'<a class="num b[^"]*" href="([^"]+)"[^>]*>([\d,]+)</a>', page)
    cells = re.findall(r'<td class="r num"[^>]*><a[^>]*href="([^"]+)">(\d+)</a>', page)
    return [(int(count.replace(",", "")), html.unescape(href)) for href, count in [*strip, *cards, *cells]]


@pytest.mark.parametrize("name", ["sales", "chief", "boss"])
def test_every_figure_opens_the_list_that_it_counts(demo, browser_of, as_system, name):
    with as_system() as session:
        user = session.scalars(select(User).where(User.username == name)).one()
    browser = browser_of(user)
    page = browser.get("/").get_data(as_text=True)
    figures = links_of(page) + links_of(browser.get("/cards/core.standings").get_data(as_text=True))
    assert len(figures) >= 8
    for count, address in figures:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert count == 0 or count in told_by(answer.get_data(as_text=True)), (count, address)


def test_every_declared_figure_names_a_list(app):
    metrics = app.extensions["zhike"].registry.declared("register_metrics")
    assert [one.name for one in metrics if one.endpoint not in app.view_functions] == []
