"""The wizard: file, columns, preview, import, undo; without scripts, in both languages, for those who may."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import func, select

from core.auth.models import Audit
from core.bus.models import JobRun
from core.customers.models import Company, Contact
from core.transfer.models import ImportBatch, ImportLayout
from core.transfer.services.running import run_batch
from tests.core.transfer.files import HEADINGS, rows_of, text_of, write_xlsx


@pytest.fixture
def clerk(people):
    return people.user("clerk")


@pytest.fixture
def wizard(browser_of, clerk, imports):
    return Wizard(browser_of(clerk), imports)


class Wizard:
    """A clerk before the wizard."""

    def __init__(self, browser, imports):
        self.browser = browser
        self.imports = imports

    def upload(self, content, name="客户.csv", **more):
        data = content if isinstance(content, bytes) else content.encode()
        fields = {"csrf_token": self.browser.form_token, "file": (io.BytesIO(data), name), **more}
        return self.browser.client.post("/companies/import", data=fields)

    def begun(self, rows, **more):
        answer = self.upload(text_of(rows), **more)
        assert answer.status_code == 303, answer.get_data(as_text=True)[-2000:]
        return answer.headers["Location"]

    def work(self):
        """Do what a worker would."""
        for batch_id in self.imports.ask(lambda s: list(s.scalars(select(ImportBatch.id)))):
            run_batch(self.imports.database, batch_id)

    def text(self, address, **more):
        answer = self.browser.get(address, **more)
        assert answer.status_code == 200, address
        return answer.get_data(as_text=True)

    def batch(self):
        return self.imports.ask(lambda s: s.scalar(select(ImportBatch).order_by(ImportBatch.id.desc())))

    def companies(self):
        return self.imports.ask(lambda s: s.scalar(select(func.count(Company.id))))


ROWS = [HEADINGS, *rows_of(4), ["K9", "坏电话", "12", "", "", "", "", "", ""]]


def columns(page):
    """Read which field each select of the mapping has chosen."""
    found = {}
    for name, select_text in re.findall(r'<select class="in-t" name="(c\d+)".*?>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', select_text)
        found[name] = chosen[1] if chosen else ""
    return found


def test_a_file_goes_through_the_four_steps(wizard):
    assert "companies/import" in wizard.text("/companies/import")
    address = wizard.begun(ROWS)
    page = wizard.text(address)
    mapping = columns(page)
    assert mapping["c1"] == "name"
    assert 'data-state="checking"' in page
    assert 'http-equiv="refresh"' in page
    wizard.work()

    page = wizard.text(address)
    assert 'http-equiv="refresh"' not in page
    assert f"{address}/rows?outcome=error&amp;column=phone" in page
    answer = wizard.browser.post(address, {**mapping, "policy": "fill", "owner_id": "", "action": "next"})
    assert answer.headers["Location"] == f"{address}?step=preview"
    assert 'data-state="checking"' in wizard.text(f"{address}?step=preview")
    wizard.work()
    page = wizard.text(f"{address}?step=preview")
    assert 'data-outcome="created"' in page
    assert f'action="{address}/run"' in page
    assert wizard.companies() == 0

    assert wizard.browser.post(f"{address}/run").status_code == 303
    assert 'data-state="importing"' in wizard.text(address)
    wizard.work()
    page = wizard.text(address)
    assert 'data-state="done"' in page
    assert 'data-outcome="error"' in page
    assert wizard.companies() == 4
    made = f"/companies?import_batch_id={wizard.batch().id}"
    assert f'href="{made}"' in page
    assert "查到 4 家" in wizard.text(made)

    answer = wizard.browser.get(f"{address}/errors.csv")
    assert "坏电话" in answer.get_data().decode("utf-8-sig")
    assert wizard.browser.get(f"{address}/errors.xlsx").data.startswith(b"PK")

    assert wizard.browser.post(f"{address}/undo").status_code == 303
    wizard.work()
    assert 'data-state="undone"' in wizard.text(address)
    assert wizard.companies() == 0


def test_each_step_asks_the_worker_for_one_run(wizard):
    address = wizard.begun(ROWS)
    wizard.work()
    wizard.browser.post(f"{address}/run")
    runs = wizard.imports.ask(lambda s: [(r.job, r.arguments) for r in s.scalars(select(JobRun).order_by(JobRun.id))])
    assert runs == [("core.import", {"batch_id": 1}), ("core.import", {"batch_id": 1})]


def test_the_progress_is_a_fragment_that_has_the_page_loaded_anew_at_the_end(wizard):
    address = wizard.begun(ROWS)
    answer = wizard.browser.get(f"{address}/progress", headers={"HX-Request": "true"})
    assert "<html" not in answer.get_data(as_text=True)
    assert "HX-Refresh" not in answer.headers
    wizard.work()
    answer = wizard.browser.get(f"{address}/progress", headers={"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true"
    answer = wizard.browser.get(f"{address}/progress?kept=1", headers={"HX-Request": "true"})
    assert "HX-Refresh" not in answer.headers  # the columns that somebody is choosing stay as they are
    assert "hx-get" not in answer.get_data(as_text=True)
    assert wizard.browser.get(f"{address}/progress").status_code == 303


def test_the_columns_can_be_changed_and_are_remembered_for_the_layout(wizard):
    rows = [["单位名称", "栏目甲", "手机"], ["锦江酒业", "要样刊", "13900000001"]]
    address = wizard.begun(rows)
    assert columns(wizard.text(address)) == {"c0": "name", "c1": "", "c2": "contact_mobile"}
    wizard.browser.post(
        address, {"c0": "name", "c1": "remark", "c2": "contact_mobile", "policy": "skip", "action": "keep"}
    )
    assert wizard.imports.ask(lambda s: s.scalar(select(ImportLayout.mapping))) == ["name", "remark", "contact_mobile"]
    again = wizard.begun(rows)
    assert columns(wizard.text(again)) == {"c0": "name", "c1": "remark", "c2": "contact_mobile"}
    assert wizard.batch().options["duplicates"] == "skip"


def test_a_mapping_that_cannot_stand_is_refused_and_stays_as_chosen(wizard):
    address = wizard.begun(ROWS)
    wizard.work()
    chosen = {"c1": "", "c2": "name", "c3": "name", "policy": "fill"}
    answer = wizard.browser.post(address, chosen)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'role="alert"' in page
    assert columns(page)["c2"] == "name"


def test_another_sheet_can_be_read(wizard, tmp_path):
    path = write_xlsx(
        tmp_path / "a.xlsx", {"客户": [["单位名称", "电话"], ["甲", "1"]], "其他": [["企业名称"], ["乙"]]}
    )
    answer = wizard.upload(path.read_bytes(), "a.xlsx")
    address = answer.headers["Location"]
    wizard.browser.post(address, {"sheet": "1", "header": "1", "action": "reread"})
    assert wizard.batch().headings == ["企业名称"]


def test_another_encoding_can_be_chosen(wizard):
    answer = wizard.upload("单位名称,备注\n甲,乙\n".encode("gb18030"))
    address = answer.headers["Location"]
    wizard.browser.post(address, {"encoding": "big5", "delimiter": "comma", "header": "1", "action": "reread"})
    assert wizard.batch().layout["encoding"] == "big5"
    assert wizard.batch().headings != ["单位名称", "备注"]


def test_giving_up_leaves_neither_batch_nor_file(wizard, app):
    address = wizard.begun(ROWS)
    wizard.work()
    assert wizard.browser.post(f"{address}/discard").status_code == 303
    assert wizard.batch() is None
    assert not list((app.extensions["zhike"].config.files / "imports").glob("*"))


def test_a_running_import_is_stopped_and_goes_on(wizard):
    address = wizard.begun(ROWS)
    wizard.work()
    wizard.browser.post(f"{address}/run")
    wizard.browser.post(f"{address}/stop")
    wizard.work()
    assert (wizard.batch().state, wizard.companies()) == ("failed", 0)
    assert f'action="{address}/resume"' in wizard.text(address)
    wizard.browser.post(f"{address}/resume")
    wizard.work()
    assert (wizard.batch().state, wizard.companies()) == ("done", 4)


def test_rows_left_to_a_person_are_settled_one_by_one(wizard):
    headings = ["单位名称", "城市", "联系人"]
    first = wizard.begun([headings, ["甲", "成都市", ""], ["乙", "成都市", ""], ["丙", "成都市", ""]])
    wizard.work()
    wizard.browser.post(f"{first}/run")
    wizard.work()
    address = wizard.begun([headings, ["甲", "成都市", "张"], ["乙", "成都市", "李"], ["丙", "成都市", "王"]])
    wizard.browser.post(address, {"c0": "name", "c1": "city", "c2": "contact", "policy": "review", "owner_id": ""})
    wizard.work()
    wizard.browser.post(f"{address}/run")
    wizard.work()
    assert wizard.batch().count("review") == 3
    page = wizard.text(f"{address}/rows?outcome=review")
    assert 'name="d2"' in page
    assert "甲" in page
    wizard.browser.post(f"{address}/rows", {"d2": "updated", "d3": "created", "d4": "duplicate"})
    batch = wizard.batch()
    assert [batch.count(name) for name in ("review", "updated", "created", "duplicate")] == [0, 1, 1, 1]
    assert wizard.companies() == 4
    assert wizard.imports.ask(lambda s: sorted(s.scalars(select(Contact.name)))) == ["张", "李"]


def test_new_records_go_to_the_pool_or_to_the_chosen_owner(wizard, clerk):
    address = wizard.begun([["单位名称"], ["甲"]])
    wizard.browser.post(address, {"c0": "name", "policy": "fill", "owner_id": str(clerk.id)})
    wizard.work()
    wizard.browser.post(f"{address}/run")
    wizard.work()

    def look(session):
        made = session.scalar(select(Company))
        return made.owner_id, made.entered_by_id, made.review_state

    assert wizard.imports.ask(look) == (clerk.id, clerk.id, "submitted")


def test_the_bar_of_an_import_does_not_claim_rows_that_were_left_out(wizard):
    address = wizard.begun([HEADINGS, *rows_of(3), ["", "", *list(rows_of(3))[2][2:]]])
    wizard.work()
    wizard.browser.post(f"{address}/run")
    wizard.work()
    page = wizard.text(address)
    bar = page[page.index('id="progress"') :].split("</header>")[0]
    assert "写入 3 行，未写入 1 行" in bar
    assert "4 / 4" not in bar


def test_an_owner_that_one_may_not_choose_is_refused(wizard, people):
    other = people.user("other")
    address = wizard.begun([["单位名称"], ["甲"]])
    answer = wizard.browser.post(address, {"c0": "name", "policy": "fill", "owner_id": str(other.id)})
    assert answer.status_code == 422


def test_a_form_sent_twice_begins_one_import(wizard):
    for _time in range(2):
        answer = wizard.upload(text_of(ROWS), idempotency_key="the-same-key")
        assert answer.headers["Location"] == "/companies/import/1"
    assert wizard.imports.ask(lambda s: s.scalar(select(func.count(ImportBatch.id)))) == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "a.csv"), (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "a.xlsx"), (b"PK\x03\x04xx", "../../etc/a.xlsx")],
)
def test_a_file_that_is_no_table_is_refused_on_the_page(wizard, content, name):
    answer = wizard.upload(content, name)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert "没有导入任何记录" in answer.get_data(as_text=True)
    assert wizard.batch() is None


def test_the_name_of_a_file_is_only_a_name(wizard):
    answer = wizard.upload(text_of(ROWS), "../../<b>x</b>.csv")
    page = wizard.text(answer.headers["Location"])
    assert "<b>x</b>" not in page
    assert wizard.batch().filename == "b>.csv"


def test_no_file_is_asked_for_in_words(wizard):
    answer = wizard.browser.post("/companies/import")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)


def test_others_imports_are_not_there_but_for_who_may_see_them(wizard, people, browser_of):
    address = wizard.begun(ROWS)
    colleague, head = browser_of(people.user("colleague")), browser_of(people.user("head", ["decision_maker"]))
    for end in ("", "/rows", "/errors.csv", "/progress"):
        assert colleague.get(address + end).status_code == 404
    assert colleague.post(f"{address}/run").status_code == 404
    assert "客户.csv" not in colleague.get("/companies/import").get_data(as_text=True)
    assert head.get(address).status_code == 200


def test_who_may_not_enter_customers_may_not_import_them(people, browser_of):
    finance = people.user("finance", ["finance"])
    assert browser_of(finance).get("/companies/import").status_code == 403
    clerk = people.user("clerk2")
    people.grant(clerk, "core:company:create", "none")
    assert browser_of(clerk).get("/companies/import").status_code == 403


def test_what_cannot_be_imported_has_no_wizard(wizard):
    assert wizard.browser.get("/nothing/import").status_code == 404
    assert wizard.browser.get("/demo/nothing/import").status_code == 404


def test_the_pages_speak_english_too(wizard):
    address = wizard.begun(ROWS)
    wizard.browser.client.set_cookie("zhike_locale", "en")
    assert "Map the columns" in wizard.text(address)


def test_keeping_the_mapping_is_told_and_stays_on_its_step(wizard):
    address = wizard.begun(ROWS)
    mapping = columns(wizard.text(address))
    wizard.work()
    answer = wizard.browser.post(address, {**mapping, "policy": "fill", "owner_id": "", "action": "keep"})
    assert answer.headers["Location"] == address
    for checked in (False, True):
        if checked:
            wizard.work()
        page = wizard.text(address)
        assert ("对应方案已储存" in page) is not checked
        assert "对应列" in page.split('aria-current="step"')[1].split("</li>")[0]
    preview = wizard.text(f"{address}?step=preview")
    assert "核对预览" in preview.split('aria-current="step"')[1].split("</li>")[0]


def test_a_row_without_a_name_is_one_wrong_row(wizard):
    nameless = ["", "", *list(rows_of(3))[2][2:]]
    address = wizard.begun([HEADINGS, *rows_of(2), nameless])
    wizard.work()
    page = wizard.text(address)
    name = next(row for row in page.split("<tr>") if 'name="c1"' in row)
    assert name.count("1 行") == 1
    assert "1 行有错" in name
    assert 'data-outcome="error"' in page
    assert wizard.batch().checks["targets"]["name"]["bad"] == 1


def test_words_that_are_in_no_list_stand_behind_a_chinese_colon(wizard):
    address = wizard.begun([["单位名称", "企业规模"], ["甲", "特大"], ["乙", "大型"]])
    wizard.browser.post(address, {"c0": "name", "c1": "scale", "unknown": "empty", "owner_id": ""})
    wizard.work()
    page = wizard.text(address)
    assert "：特大" in page
    assert ": 特大" not in page


def test_ctrl_s_keeps_the_mapping_and_ctrl_enter_goes_on(wizard):
    page = wizard.text(wizard.begun(ROWS))
    for command, value in (('data-cmd="save"', "keep"), ('data-key="save-next"', "next")):
        button = next(tag for tag in re.findall(r"<button[^>]*>", page) if command in tag)
        assert f'value="{value}"' in button
    assert 'data-key="save"' not in page


def test_what_becomes_of_words_that_no_list_knows_is_chosen_beside_the_columns(wizard, people, clerk):
    address = wizard.begun([("企业名称", "企业规模"), ("甲酒业有限公司", "特大"), ("乙酒业有限公司", "大")])
    wizard.work()
    page = wizard.text(address)
    assert 'name="unknown" type="radio" value="empty"' in page
    assert 'name="unknown" type="radio" value="add"' not in page
    chosen = {"c0": "name", "c1": "scale", "policy": "fill", "likely": "off", "owner_id": "", "source": ""}
    wizard.browser.post(address, data={**chosen, "unknown": "empty", "action": "next"})
    wizard.work()
    page = wizard.text(address)
    assert "特大" in page
    assert (wizard.batch().count("created"), wizard.batch().options["unknown"]) == (2, "empty")
    people.grant(clerk, "core:dictionary:admin", "all")
    assert 'name="unknown" type="radio" value="add"' in wizard.text(address)


def test_the_corrected_rows_alone_find_the_mapping_and_the_source_of_their_file(wizard):
    rows = [["名称", "编码", "栏目甲", "电话"], ["锦江酒业", "A1", "要样刊", "12"]]
    address = wizard.begun(rows)
    chosen = {"c0": "name", "c1": "external_id", "c2": "remark", "c3": "phone", "policy": "fill", "owner_id": ""}
    assert wizard.browser.post(address, {**chosen, "action": "keep"}).status_code == 303
    wizard.work()
    first = wizard.batch()
    report = wizard.browser.get(f"{address}/errors.csv").get_data().decode("utf-8-sig")
    assert "错误原因" in report
    answer = wizard.upload(report.replace(",12,", ",028-85550142,"), "改好.csv")
    assert answer.status_code == 303
    again = wizard.batch()
    assert again.mapping == ["name", "external_id", "remark", "phone", ""]
    assert again.options["source"] == first.options["source"]
    wizard.work()
    wizard.browser.post(f"/companies/import/{again.id}/run")  # remembers its mapping for both
    address = wizard.begun(rows)
    assert wizard.batch().mapping == ["name", "external_id", "remark", "phone"]


def test_only_rows_that_would_be_written_are_offered(wizard):
    rows = [["单位名称", "城市"], ["锦江酒业有限公司", "成都市"]]
    address = wizard.begun([rows[0]])
    wizard.work()
    page = wizard.text(f"{address}?step=preview")
    assert "下面没有数据行" in page
    assert f'action="{address}/run"' not in page

    address = wizard.begun(rows)
    wizard.work()
    wizard.browser.post(f"{address}/run")
    wizard.work()
    address = wizard.begun([*rows, ["川江源酒业有限公司", "成都市"]])
    chosen = {"c0": "name", "c1": "city", "policy": "skip", "owner_id": "", "action": "next"}
    assert wizard.browser.post(address, chosen).status_code == 303
    wizard.work()
    assert "导入 1 行" in wizard.text(f"{address}?step=preview")
    address = wizard.begun(rows)
    assert wizard.browser.post(address, chosen).status_code == 303
    wizard.work()
    page = wizard.text(f"{address}?step=preview")
    assert "没有要写入的行" in page
    assert f'action="{address}/run"' not in page


def test_reasons_are_joined_as_the_language_does(wizard):
    address = wizard.begun([["单位名称", "电话", "邮编"], ["坏行食品有限公司", "12", "34"]])
    wizard.work()
    assert "；" in wizard.text(f"{address}/rows?outcome=error")
    wizard.browser.client.set_cookie("zhike_locale", "en")
    assert "；" not in wizard.text(f"{address}/rows?outcome=error")


def test_what_can_be_read_is_named_where_no_table_was_found_and_the_file_has_the_focus(wizard):
    told = wizard.upload(b"", "空.csv").get_data(as_text=True)
    assert "文件里没有找到表格。可以读取 XLSX、XLS、CSV、TXT 和 vCard 名片。" in told
    assert re.search(r'<input[^>]* id="file"[^>]* autofocus', wizard.browser.get("/companies/import").text)


@pytest.mark.parametrize(("plural", "title"), [("companies", "导入客户"), ("contacts", "导入联系人")])
def test_the_frame_names_the_import_of_what_is_imported(wizard, plural, title):
    assert f"文件管理 | {title}" in wizard.text(f"/{plural}/import")


def test_the_history_names_who_took_an_import_back(wizard, clerk):
    owned = {"owner_id": str(clerk.id)}
    for rows in (
        [["企业名称", "网址"], ["锦江酒业", "www.a.example"]],
        [["企业名称", "网址"], ["锦江酒业", "www.b.example"]],
    ):
        address = wizard.begun(rows)
        wizard.browser.post(address, {"c0": "name", "c1": "website", "policy": "overwrite", "action": "next", **owned})
        wizard.work()
        wizard.browser.post(f"{address}/run")
        wizard.work()
    wizard.browser.post(f"{address}/undo")
    wizard.work()
    back = select(Audit.user_id).where(Audit.note.like("import % taken back"))
    assert wizard.imports.ask(lambda s: s.scalars(back).all()) == [clerk.id]


def test_english_titles_have_no_capitals_within(wizard):
    wizard.browser.client.set_cookie("zhike_locale", "en")
    page = wizard.text("/contacts/import")
    assert "Import contacts" in page
    assert "Import Contacts" not in page
    assert "Table with contacts" in page
