"""The main job by keyboard alone, in a real browser against a real server with its worker, in Chinese and English.

A clerk signs in, imports a customer file, finds a customer by pinyin initials, opens it, adds a contact, takes a
subscription by telephone, makes the dispatch run of the issue and prints the labels.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as NoAnswer
from pypdf import PdfReader
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from benchmarks.server import environment, served, zhike
from core.app import create_app
from core.config import load_config
from core.db import system_transaction
from plugins.journals.models import Publication
from plugins.journals.services.calendar import generate_issues

PASSWORD = "a-long-Passw0rd"
HEADER = "企业名称,统一社会信用代码,省份,城市,地址,邮编,电话"
ROWS = [
    "四川川江源酒业有限公司,,四川省,成都市,成都市青羊区酿造路88号,610036,028-55550142",
    "成都锦城糖酒商贸有限公司,,四川省,成都市,成都市锦江区糖坊街66号,610021,028-55552290",
    "重庆嘉陵饮料有限公司,,重庆市,重庆市,重庆市沙坪坝区滨江路12号,400030,023-55553344",
]
WORDS = {
    "zh_CN": {"import": "导入", "desk": "电话征订", "issues": "期", "contact": "李梅"},
    "en": {"import": "Import", "desk": "Phone subscriptions", "issues": "Issues", "contact": "Li Mei"},
}


@dataclass
class Deployment:
    url: str
    customers: Path
    first_month: str


@pytest.fixture
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Set up a deployment as an administrator does, and serve it with web and worker processes; a file is new to it."""
    home = tmp_path_factory.mktemp("story")
    server = os.environ.get("ZHIKE_TEST_DATABASE_URL", "")
    url = ""
    if server:
        base = make_url(server.replace("postgresql://", "postgresql+psycopg://", 1))
        name = f"zhike_story_{uuid.uuid4().hex[:8]}"
        engine = create_engine(base.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        url = base.set(database=name).render_as_string(hide_password=False)
    env = environment(home, url)
    zhike(env, "db", "upgrade")
    zhike(env, "users", "create", "clerk", "--groups", "staff", "--password-stdin", input=PASSWORD)
    app = create_app(load_config(env))
    day = dt.date.today()
    with app.app_context(), system_transaction("test", database=app.extensions["zhike"].database) as session:
        publication = Publication(
            code="BYK", title="食饮商刊", frequency="half_monthly", price=Decimal(10), closing_days=10, dispatch_days=2
        )
        session.add(publication)
        session.flush()
        generate_issues(session, publication, day.year)
        generate_issues(session, publication, day.year + 1)
    app.extensions["zhike"].database.engine.dispose()
    customers = home / "客户.csv"
    customers.write_text("\n".join([HEADER, *ROWS]), encoding="gb18030")
    with served(env, workers=1) as (port, _process, _cold):
        yield Deployment(f"http://127.0.0.1:{port}", customers, f"{day.year + 1}-01")
    if server:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


class Hands:
    """A clerk whose mouse is unplugged."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.press = page.keyboard.press
        self.type = page.keyboard.type

    def tab_to(self, target: Locator, most: int = 250) -> None:
        """Press Tab until the focus stands on the target."""
        expect(target).to_be_visible()
        for _ in range(most):
            if target.evaluate("e => e === document.activeElement"):
                return
            self.press("Tab")
        raise AssertionError(f"{target} is not reached with Tab")

    def fill(self, selector: str, value: str) -> None:
        """Go to a field with Tab and type over what is in it."""
        self.tab_to(self.page.locator(selector))
        self.press("Control+a")
        self.type(value)

    def choose(self, target: Locator, file: Path) -> None:
        """Choose a file. Chromium shows no chooser to a key that comes while the page is still painted: press again."""
        for _ in range(3):
            self.tab_to(target)
            try:
                with self.page.expect_file_chooser(timeout=8_000) as chooser:
                    self.press("Space")
            except NoAnswer:
                continue
            chooser.value.set_files(file)
            return
        raise AssertionError("no key opens the file chooser")

    def go(self, words: str, address: str) -> None:
        """Open the palette, type, and open the answer whose address ends as the pattern says."""
        self.press("Control+k")
        expect(self.page.locator("#palette input")).to_be_focused()
        self.type(words)
        pattern = re.compile(address + "$")
        marked = self.page.locator("#palette [role=option][aria-selected=true]")
        expect(self.page.locator("#palette [role=option]").filter(visible=True).first).to_be_visible()
        self.page.wait_for_function(
            "p => [...document.querySelectorAll('#palette [role=option]')].some(o => RegExp(p).test(o.href))",
            arg=address + "$",
        )
        for _ in range(40):
            if marked.count() and pattern.search(marked.first.get_attribute("href") or ""):
                break
            self.press("ArrowDown")
        self.press("Enter")
        self.page.wait_for_url(pattern, wait_until="networkidle")


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_a_clerk_does_the_main_job_by_keyboard_alone(
    deployment: Deployment, browser: Browser, locale: str, tmp_path: Path
) -> None:
    words = WORDS[locale]
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    hands = Hands(page)

    page.goto(f"{deployment.url}/login?locale={locale}")
    expect(page.locator("html")).to_have_attribute("lang", "en" if locale == "en" else "zh-CN")
    hands.type("clerk")
    hands.press("Tab")
    hands.type(PASSWORD)
    hands.press("Enter")
    page.wait_for_url(f"{deployment.url}/")

    # imports the customer file
    hands.go(words["import"], "/companies/import")
    hands.choose(page.locator("#file"), deployment.customers)
    hands.tab_to(page.locator("#upload button[type=submit]"))
    hands.press("Enter")
    page.wait_for_url(re.compile(r"/import/\d+"), wait_until="load")
    expect(page.locator("#map")).to_be_visible()
    hands.tab_to(page.locator(".save button.p"))
    hands.press("Enter")
    page.wait_for_url(re.compile(r"step=preview"), wait_until="load")
    expect(page.locator(".save button.p:not([aria-disabled=true])")).to_be_visible(timeout=30_000)
    hands.tab_to(page.locator(".save button.p"))
    hands.press("Enter")
    expect(page.locator(".note.ok")).to_be_visible(timeout=60_000)

    # finds a customer by initials and opens it
    hands.go("sccjy", r"/companies/\d+")
    expect(page.locator("h1")).to_contain_text("四川川江源酒业有限公司")
    record = page.url

    # adds a contact
    hands.tab_to(page.locator("main a[href$='/contacts']").first)
    hands.press("Enter")
    page.wait_for_url(re.compile(r"/companies/\d+/contacts"))
    hands.tab_to(page.locator("main .card a[href*='/contacts/new']").first)
    hands.press("Enter")
    page.wait_for_url(re.compile(r"/contacts/new"))
    hands.fill("#name", words["contact"])
    hands.press("Control+s")
    page.wait_for_url(lambda url: "/contacts/new" not in url)
    page.goto(record)
    expect(page.locator("main")).to_contain_text(words["contact"])

    # takes a subscription by telephone
    hands.go(words["desk"], "/journals/desk")
    expect(page.locator("#company")).to_be_focused()
    hands.type("sccjy")
    expect(page.locator("main [role=option]:not([aria-disabled])").filter(visible=True).first).to_be_visible()
    hands.press("ArrowDown")
    hands.press("Enter")
    page.wait_for_url(re.compile(r"company_id=\d+"))
    expect(page.locator("#address")).to_have_value(re.compile("酿造路88号"))
    hands.fill("#recipient", words["contact"])
    hands.press("F6")
    hands.type("sysk")
    expect(page.locator("main [role=option]:not([aria-disabled])").filter(visible=True).first).to_be_visible()
    hands.press("Enter")
    hands.fill("[name=copies-0]", "3" if locale == "en" else "12")
    hands.fill("[name=first-0]", deployment.first_month)
    hands.fill("[name=last-0]", "24")
    hands.press("F8")
    hands.press("2")
    with page.expect_navigation():
        hands.press("F9")
    expect(page.locator(".queue .q.done").first).to_be_visible()

    # makes the dispatch run
    hands.go(words["issues"], "/journals/issues")
    hands.press("/")
    hands.type(deployment.first_month)
    hands.press("Enter")
    page.wait_for_url(re.compile(r"q="), wait_until="networkidle")
    hands.tab_to(page.locator("main tbody a[href*='/journals/issues/']").first)
    hands.press("Enter")
    page.wait_for_url(re.compile(r"/journals/issues/\d+"), wait_until="networkidle")
    hands.tab_to(page.locator("form[action$='/dispatch'] button"))
    hands.press("Enter")
    page.wait_for_url(re.compile(r"/journals/runs/\d+"))

    # prints the labels
    hands.tab_to(page.locator("main .card a[href*='/print']").first)
    hands.press("Enter")
    page.wait_for_url(re.compile(r"/print"))
    hands.tab_to(page.locator("form#print button[type=submit]"))
    with page.expect_download(timeout=60_000) as download:
        hands.press("Enter")
    target = tmp_path / "labels.pdf"
    download.value.save_as(target)
    printed = re.sub(r"\s", "", "".join(sheet.extract_text() for sheet in PdfReader(target).pages))
    assert "610036" in printed
    assert "成都市青羊区酿造路88号" in printed
    assert words["contact"].replace(" ", "") in printed
    assert [c for c in complaints if "Failed to load resource" not in c] == []
    context.close()
