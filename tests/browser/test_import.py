"""A clerk fills a field of the house's own by an import that is stopped half way and goes on, and takes it back."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from core.customers.imports.importer import CompanyImporter
from core.customers.models import Company
from core.transfer.models import ImportBatch
from core.transfer.services.running import run_batch
from tests.browser.conftest import DESKTOP, PHONE
from tests.core.fields.conftest import add_field
from tests.core.transfer.conftest import imports

__all__ = ["add_field", "imports"]

ROWS = 12
WORDS = {
    "zh_CN": {"go": "继续", "stop": "停下", "ended": "导入已结束", "list": "去列表"},
    "en": {"go": "Go on", "stop": "Stop", "ended": "The import has ended", "list": "To the list"},
}
SHOTS = os.environ.get("ZHIKE_SHOTS", "")


def shot(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for pictures."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


@pytest.fixture
def file(tmp_path):
    lines = [
        f"成都第{number}食品有限公司,028-855500{number:02},{'金卡' if number % 2 else '银卡'}" for number in range(ROWS)
    ]
    path = tmp_path / "客户.csv"
    bad = "成都坏行食品有限公司,028-85550999,铁卡"
    path.write_text("\n".join(["企业名称,电话,会员等级", *lines, bad]), encoding="utf-8")
    return path


@pytest.mark.parametrize(("locale", "screen"), [("zh_CN", DESKTOP), ("en", PHONE)], ids=["zh-desktop", "en-phone"])
def test_an_import_into_a_field_of_the_house_is_stopped_and_goes_on(
    people, site, open_page, findings, imports, add_field, file, monkeypatch, locale, screen
):
    clerk, words = people.user("clerk"), WORDS[locale]
    site.prefer(clerk, locale=locale)
    add_field("会员等级", "choice", choices=("金卡", "银卡"))
    page = open_page(clerk, "/companies/import", viewport=screen)
    page.set_input_files("#file", file)
    page.locator("#upload button[type=submit]").click()
    page.wait_for_url(re.compile(r"/import/\d+"))
    assert findings(page) == []
    shot(page, f"import-columns-{locale}")
    batch_id = imports.ask(lambda s: s.scalar(select(func.max(ImportBatch.id))))
    mapping = imports.ask(lambda s: s.get(ImportBatch, batch_id).mapping)
    assert mapping[2].startswith("x_")
    expect(page.locator("#check-0")).to_have_text("—")
    run_batch(imports.database, batch_id)  # as a worker would
    expect(page.locator("#check-0")).to_contain_text("13")
    expect(page.locator("#check-2 a")).to_be_visible()
    page.locator(".save button.p").click()
    page.wait_for_url(re.compile(r"step=preview"))
    run_batch(imports.database, batch_id)
    page.reload()
    expect(page.locator('[data-outcome="error"]').first).to_be_visible()
    name = page.locator("tbody td", has_text="成都第0食品有限公司").bounding_box()
    start = page.locator("table.tb").bounding_box()
    assert name["x"] - start["x"] < 250  # whatever is wrong with a row, what it says is in sight
    shot(page, f"import-preview-{locale}")

    written = CompanyImporter.write
    monkeypatch.setattr(CompanyImporter, "chunk", 5)

    parts = []

    def stopping(self, session, rows, options):
        written(self, session, rows, options)
        parts.append(len(rows))
        if len(parts) == 2:
            raise RuntimeError("the power went")

    monkeypatch.setattr(CompanyImporter, "write", stopping)
    page.locator(".save button.p").click()
    expect(page.get_by_role("button", name=words["stop"])).to_be_visible()
    with pytest.raises(RuntimeError):
        run_batch(imports.database, batch_id)
    monkeypatch.setattr(CompanyImporter, "write", written)
    expect(page.get_by_role("button", name=words["go"], exact=True)).to_be_visible(timeout=15_000)
    assert findings(page) == []
    shot(page, f"import-stopped-{locale}")
    assert 0 < imports.ask(lambda s: s.scalar(select(func.count(Company.id)))) < ROWS

    page.get_by_role("button", name=words["go"], exact=True).click()
    expect(page.get_by_role("button", name=words["stop"])).to_be_visible()
    run_batch(imports.database, batch_id)
    expect(page.locator(".note.ok")).to_contain_text(words["ended"], timeout=15_000)
    assert findings(page) == []
    shot(page, f"import-done-{locale}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    levels = imports.ask(lambda s: [one.custom for one in s.scalars(select(Company))])
    assert len(levels) == ROWS
    assert len({next(iter(one.values())) for one in levels}) == 2

    page.get_by_role("link", name=words["list"]).click()
    page.wait_for_url(re.compile("import_batch_id"))
    expect(page.locator("main")).to_contain_text("成都第0食品有限公司")


LONG = "四川省成都市高新区天府大道北段一千七百号新世纪环球中心东六门四楼"


def test_columns_rows_and_last_imports_are_whole_on_a_laptop_and_on_a_phone(people, site, open_page, imports, tmp_path):
    clerk = people.user("clerk")
    path = tmp_path / "客户.csv"
    bad = f"成都坏行食品有限公司,12,{LONG},not-a-mail-but-a-very-long-one@example,铁卡"
    path.write_text("\n".join(["企业名称,电话,地址,电子邮件,备注", bad]), encoding="utf-8")
    batch = imports.check(path, user_id=clerk.id)
    page = open_page(clerk, f"/companies/import/{batch.id}", viewport={"width": 1366, "height": 768})
    widths = page.locator("table.mp select").evaluate_all("all => all.map(one => one.offsetWidth)")
    assert min(widths) >= 150
    page.goto(f"{site.url}/companies/import/{batch.id}/rows?outcome=error")
    inside = "one => one.scrollWidth <= one.clientWidth"
    why = page.locator("td.wrap").bounding_box()
    assert why["x"] + why["width"] < 1366
    phone = open_page(clerk, "/companies/import", viewport=PHONE)
    for end in ("", f"/{batch.id}?step=preview", f"/{batch.id}/rows?outcome=error"):
        phone.goto(f"{site.url}/companies/import{end}")
        assert phone.locator(".card .tw").evaluate(inside), end
        assert phone.locator(".steps").evaluate(inside), end
        assert phone.locator(".steps [aria-current]").evaluate("one => one.getBoundingClientRect().right <= 390")
