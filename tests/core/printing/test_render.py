"""PDFs of labels, envelopes and lists, read back."""

from __future__ import annotations

import pytest
from pypdf import PdfReader

from core.errors import Refused
from core.printing import render
from core.printing.render import labels_pdf, list_pdf
from core.printing.sheets import ENVELOPES, SHEETS, sheet_of

A4 = SHEETS["a4-3x8"]
POINT = 72 / 25.4


def label(number: int):
    return [{"text": f"{number:06d}", "bold": True}, {"text": f"解放路{number}号"}, {"text": f"收刊人{number}"}]


def places(page):
    """Give `(text, left, top)` in millimetres of every piece of text of a page."""
    found = []
    height = float(page.mediabox.height)

    def visit(text, cm, tm, font, size):
        if text.strip():
            found.append((text.strip(), (tm[4] * cm[0] + cm[4]) / POINT, (height - (tm[5] * cm[3] + cm[5])) / POINT))

    page.extract_text(visitor_text=visit)
    return found


def test_labels_stand_in_order_from_the_start_place_on(tmp_path):
    target = tmp_path / "labels.pdf"
    assert labels_pdf([label(n) for n in range(1, 31)], A4, target, start=3) == 2
    pages = PdfReader(target).pages
    assert [round(float(v) / POINT) for v in pages[0].mediabox[2:]] == [210, 297]
    texts = [page.extract_text() for page in pages]
    order = [n for n in range(1, 31) if f"{n:06d}" in texts[0]]
    assert order == list(range(1, 23))
    assert all(f"{n:06d}" in texts[1] for n in range(23, 31))
    assert "解放路7号" in texts[0]


def test_a_label_stands_where_the_sheet_says_to_a_millimetre(tmp_path):
    target = tmp_path / "labels.pdf"
    labels_pdf([label(n) for n in range(1, 8)], A4, target, start=3)
    found = {text: (x, y) for text, x, y in places(PdfReader(target).pages[0]) if text.isdigit()}
    for number in range(1, 8):
        _page, left, top = A4.position(number + 1)
        x, y = found[f"{number:06d}"]
        assert abs(x - (left + A4.inset)) < 1
        assert top + A4.inset < y < top + A4.inset + 5


def test_an_offset_moves_everything(tmp_path):
    plain, moved = tmp_path / "a.pdf", tmp_path / "b.pdf"
    labels_pdf([label(1)], A4, plain)
    labels_pdf([label(1)], A4, moved, offset=(1.5, -0.3))
    before, after = (places(PdfReader(path).pages[0])[0] for path in (plain, moved))
    assert after[1] - before[1] == pytest.approx(1.5, abs=0.1)
    assert after[2] - before[2] == pytest.approx(-0.3, abs=0.1)


def test_many_labels_are_made_in_parts_and_none_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(render, "CHUNK", 48)
    target = tmp_path / "labels.pdf"
    assert labels_pdf([label(n) for n in range(1, 101)], A4, target, start=20) == 5
    text = "\n".join(page.extract_text() for page in PdfReader(target).pages)
    assert [n for n in range(1, 101) if text.count(f"{n:06d}") != 1] == []


def test_a_long_address_is_shrunk_into_its_label(tmp_path):
    target = tmp_path / "labels.pdf"
    long = "四川省成都市锦江区糖坊街道办事处解放大道一千二百三十四号糖酒食品综合批发市场" * 4
    labels_pdf([[{"text": "610021"}, {"text": long}, {"text": "收刊人 收"}], label(2)], A4, target)
    page = PdfReader(target).pages[0]
    assert "收刊人 收" in page.extract_text()
    assert all(y < A4.top + 37 for text, x, y in places(page) if x < 70)


def test_the_postcode_of_an_envelope_stands_in_its_boxes(tmp_path):
    target = tmp_path / "envelope.pdf"
    sheet = ENVELOPES["zl"]
    labels_pdf([label(1)], sheet, target, postcodes=["610021"])
    page = PdfReader(target).pages[0]
    assert [round(float(v) / POINT) for v in page.mediabox[2:]] == [230, 120]
    digits = [(text, x) for text, x, y in places(page) if y < 22]
    assert "".join(text for text, _x in sorted(digits, key=lambda pair: pair[1])).replace(" ", "") == "610021"


def test_a_list_has_heads_rows_and_page_numbers(tmp_path):
    target = tmp_path / "list.pdf"
    rows = [[str(n), f"解放路{n}号"] for n in range(1, 81)]
    pages = list_pdf("发刊列表", ["位置", "地址"], rows, "李敏 · 2026-11-21", target, "糖酒快讯 · 成都")
    texts = [page.extract_text() for page in PdfReader(target).pages]
    assert pages == len(texts) > 1
    assert all("位置" in text and "李敏" in text for text in texts)
    assert "解放路80号" in texts[-1]
    assert "糖酒快讯" in texts[0]


def test_what_cannot_be_printed_is_refused(tmp_path, monkeypatch):
    with pytest.raises(Refused):
        labels_pdf([], A4, tmp_path / "x.pdf")
    with pytest.raises(Refused):
        labels_pdf([label(1)], A4, tmp_path / "x.pdf", start=25)
    with pytest.raises(Refused):
        sheet_of("label", "a9")
    monkeypatch.setattr(render, "SHIPPED_FONTS", tmp_path)
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(Refused, match="setup"):
        labels_pdf([label(1)], A4, tmp_path / "x.pdf")
