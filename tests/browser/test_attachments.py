"""Files in a real browser: with scripts and without, dropped, refused, seen."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.customers.models import Company
from tests.browser.conftest import PHONE
from tests.core.attachments.conftest import PDF, picture

DROP = """([selector, name, content]) => {
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name));
  const form = document.querySelector(selector);
  for (const type of ["dragover", "drop"]) {
    form.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}"""


@pytest.fixture
def files(tmp_path) -> dict[str, Path]:
    contents = {"合同.pdf": PDF, "照片.png": picture(), "假发票.pdf": b"MZ\x90\x00"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in contents}


@pytest.fixture
def desk(app, people, as_system):
    shutil.rmtree(app.extensions["zhike"].config.files, ignore_errors=True)
    boss = people.user("boss", ("decision_maker",), name="何建国")
    with as_system() as session:
        company = Company(name="成都锦城糖酒有限公司", owner_id=boss.id, review_state="reviewed")
        session.add(company)
        session.flush()
        return boss, f"/companies/{company.id}/attachments"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_several_files_are_chosen_and_attached(open_page, desk, files, scripts):
    page = open_page(*desk, scripts=scripts)
    page.set_input_files("input[name=files]", [files["合同.pdf"], files["照片.png"]])
    page.get_by_role("button", name="上传").click()
    expect(page.locator(".files li")).to_have_count(2)
    expect(page.get_by_role("link", name="照片.png", exact=True)).to_be_visible()
    expect(page.locator(".files img")).to_have_count(1)


def test_what_was_kept_stands_on_the_page_beside_what_was_refused(open_page, desk, files):
    page = open_page(*desk)
    page.set_input_files("input[name=files]", [files["假发票.pdf"], files["合同.pdf"]])
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("alert")).to_contain_text("内容与扩展名 .pdf 不符")
    expect(page.locator(".files li")).to_have_count(1)
    assert page.evaluate("document.querySelector('input[type=file]').files.length") == 0  # nothing is sent twice


def test_what_is_refused_is_told_beside_the_form_and_the_next_try_works(open_page, desk, files):
    page = open_page(*desk)
    page.set_input_files("input[name=files]", [files["假发票.pdf"]])
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("alert")).to_contain_text("内容与扩展名 .pdf 不符")
    page.set_input_files("input[name=files]", [files["合同.pdf"]])
    page.get_by_role("button", name="上传").click()
    expect(page.locator(".files li")).to_have_count(1)


def test_a_file_is_dropped_on_the_form(open_page, desk):
    page = open_page(*desk)
    page.evaluate(DROP, ["form[data-attach]", "名片.png", base64.b64encode(picture()).decode()])
    expect(page.get_by_role("link", name="名片.png", exact=True)).to_be_visible()


def test_a_picture_is_looked_at_named_removed_and_taken_back(open_page, desk, files, findings):
    page = open_page(*desk)
    page.set_input_files("input[name=files]", [files["照片.png"]])
    page.get_by_role("button", name="上传").click()
    expect(page.locator(".files li")).to_have_count(1)
    assert findings(page) == []
    page.get_by_role("link", name="照片.png", exact=True).click()
    expect(page.locator("img.shown")).to_have_js_property("naturalWidth", 640)
    page.keyboard.press("F1")
    expect(page.locator("#drawer")).to_contain_text("回收站")
    page.keyboard.press("Escape")
    assert findings(page) == []
    page.get_by_label("文件标题").fill("展位照片")
    page.get_by_role("button", name="储存").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("展位照片")
    page.get_by_role("button", name="删除").click()
    page.get_by_role("link", name="回收站中有 1 个文件").click()
    assert findings(page) == []
    page.get_by_role("button", name="把 展位照片 移出回收站").click()
    expect(page.get_by_role("link", name="展位照片", exact=True)).to_be_visible()


def test_a_phone_shows_files_and_form_without_scrolling_sideways(open_page, desk, files, findings):
    page = open_page(*desk, viewport=PHONE)
    page.set_input_files("input[name=files]", [files["照片.png"]])
    page.get_by_role("button", name="上传").click()
    expect(page.locator(".files li")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert findings(page) == []


def test_the_list_and_the_page_that_asks_for_files_have_no_findings(open_page, desk, findings):
    boss, address = desk
    key = address.split("/")[2]
    for one in ("/attachments", f"/attachments/add?of=company&id={key}"):
        assert findings(open_page(boss, one)) == []


def test_what_only_screen_readers_see_makes_no_page_higher_than_the_window(open_page, desk):
    page = open_page(*desk)
    page.set_viewport_size({"width": 1440, "height": 500})
    assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
