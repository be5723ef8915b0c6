"""Files are read as clerks and programs write them."""

from __future__ import annotations

import datetime as dt
import gzip
import itertools

import pytest

from core.transfer.tables import Layout, Stored, Unreadable
from tests.core.transfer.files import write_csv, write_xlsx

KNOWN = {"单位名称", "电话", "省份", "地址", "邮编", "联系人", "手机", "备注", "name", "phone", "city", "序号"}


def known(heading):
    return heading.replace(" ", "").lower() in KNOWN


@pytest.fixture
def read(app, tmp_path):
    numbers = itertools.count()

    def read_file(path):
        stored = Stored.keep(path, tmp_path / f"kept-{next(numbers)}")
        layout = stored.guess(known)
        return layout, stored.headings(layout), [cells for _number, cells in stored.records(layout)]

    return read_file


ROWS = [["单位名称", "电话"], ["成都，“锦江”酒业", "028-1"], ["蓉城\n酒水", "028-2"]]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"], ids=str
)
def test_an_encoding_is_recognised(read, tmp_path, encoding):
    path = write_csv(tmp_path / "a.csv", [["单位名称", "phone number"], ["成都锦江酒业", "028-1 abcdefgh"]], encoding)
    _layout, headings, rows = read(path)
    assert headings == ["单位名称", "phone number"]
    assert rows == [["成都锦江酒业", "028-1 abcdefgh"]]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，"])
def test_a_separator_is_recognised(read, tmp_path, delimiter):
    path = write_csv(
        tmp_path / "a.txt", [["单位名称", "电话", "邮编"], ["锦江", "028 1", "610000"]], delimiter=delimiter
    )
    layout, headings, rows = read(path)
    assert layout.delimiter == delimiter
    assert (headings, rows) == (["单位名称", "电话", "邮编"], [["锦江", "028 1", "610000"]])


def test_quotation_marks_and_new_lines_in_cells_are_kept(read, tmp_path):
    _layout, _headings, rows = read(write_csv(tmp_path / "a.csv", ROWS))
    assert rows == ROWS[1:]


def test_line_ends_of_every_system_are_read(read, tmp_path):
    for number, end in enumerate((b"\n", b"\r\n", b"\r")):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(end.join([b"name,phone", b"a,1", b"b,2"]))
        assert read(path)[2] == [["a", "1"], ["b", "2"]]


def test_a_packed_file_is_read(read, tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress("单位名称,电话\n锦江,1\n".encode()))
    assert read(path)[2] == [["锦江", "1"]]


def test_a_row_with_a_broken_byte_leaves_the_others_readable(read, tmp_path):
    path = tmp_path / "a.csv"
    good = "单位名称,电话\n" + "锦江酒业,1\n" * 50
    path.write_bytes(good.encode("gb18030") + b"\xff\xff\xb3,2\n" + "蓉城,3\n".encode("gb18030"))
    layout, _headings, rows = read(path)
    assert layout.encoding == "gb18030"
    assert rows[0] == ["锦江酒业", "1"]
    assert "\ufffd" in rows[50][0]
    assert rows[51] == ["蓉城", "3"]


def test_excels_note_of_the_separator_is_no_row(read, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"sep=;\nname;phone\na,b;1\n")
    assert read(path)[1:] == (["name", "phone"], [["a,b", "1"]])


def test_title_rows_above_the_headings_are_passed_over(read, tmp_path):
    rows = [["2026年客户一览表"], ["制表：办公室"], [], ["单位名称", "电话", "邮编"], ["锦江", "1", "610000"]]
    layout, headings, found = read(write_csv(tmp_path / "a.csv", rows))
    assert layout.header == 4
    assert (headings, found) == (["单位名称", "电话", "邮编"], [["锦江", "1", "610000"]])


def test_a_table_without_headings_names_its_columns_by_number(read, tmp_path):
    rows = [["锦江酒业", "028-85551234"], ["蓉城酒水", "028-85551235"]]
    layout, headings, found = read(write_csv(tmp_path / "a.csv", rows))
    assert layout.header == 0
    assert len(set(headings)) == 2
    assert found == rows


def test_a_workbook_gives_text_numbers_and_dates_as_a_person_would_type_them(read, tmp_path):
    rows = [
        ["name", "phone", "date", "share"],
        ["锦江", 13800000001, dt.date(2018, 5, 31), 0.5],
        ["b", "0281", "", True],
    ]
    _layout, headings, found = read(write_xlsx(tmp_path / "a.xlsx", {"表": rows}))
    assert headings == ["name", "phone", "date", "share"]
    assert found == [["锦江", "13800000001", "2018-05-31", "0.5"], ["b", "0281", "", "1"]]


def test_the_sheet_with_the_known_headings_is_taken(read, tmp_path):
    sheets = {"说明": [["请先阅读"]], "空": [], "客户": [["单位名称", "电话"], ["锦江", "1"]]}
    layout, _headings, rows = read(write_xlsx(tmp_path / "a.xlsx", sheets))
    assert layout.sheets == ["说明", "空", "客户"]
    assert (layout.sheet, rows) == (2, [["锦江", "1"]])


def test_merged_headings_and_merged_cells_are_understood(read, tmp_path):
    rows = [
        ["糖酒行业客户表", "", "", "", ""],
        ["序号", "省份", "", "", "备注"],
        ["", "", "单位名称", "电话", ""],
        ["1", "", "锦江", "1", ""],
        ["2", "", "蓉城", "2", ""],
        ["", "", "", "", ""],
        ["3", "", "峨眉", "3", "好"],
    ]
    merges = [
        (0, 0, 0, 4, "糖酒行业客户表"),
        (1, 0, 2, 0, "序号"),
        (1, 1, 2, 1, "省份"),
        (1, 2, 1, 3, "单位信息"),
        (1, 4, 2, 4, "备注"),
        (3, 1, 6, 1, "四川省"),
    ]
    layout, headings, found = read(write_xlsx(tmp_path / "a.xlsx", {"表": rows}, merges))
    assert layout.header == 3
    assert headings == ["序号", "省份", "单位名称", "电话", "备注"]
    assert found == [["1", "四川省", "锦江", "1"], ["2", "四川省", "蓉城", "2"], ["3", "四川省", "峨眉", "3", "好"]]


def test_equal_headings_are_told_apart_by_the_group_above_them(read, tmp_path):
    rows = [["单位", "单位", "个人", "个人"], ["单位名称", "电话", "联系人", "电话"], ["锦江", "1", "张", "2"]]
    _layout, headings, _rows = read(write_csv(tmp_path / "a.csv", rows))
    assert headings == ["单位名称", "单位 电话", "联系人", "个人 电话"]


def test_a_page_of_html_saved_as_xls_is_read(read, tmp_path):
    path = tmp_path / "a.xls"
    page = (
        "<html><head><meta charset='gb2312'><style>td{}</style></head><table><tr><th>单位名称<th>电话</th></tr>"
        "<tr><td rowspan=2>锦江&amp;子</td><td>1</td></tr><tr><td>2</td></tr></table></html>"
    )
    path.write_bytes(page.encode("gb18030"))
    assert read(path)[1:] == (["单位名称", "电话"], [["锦江&子", "1"], ["锦江&子", "2"]])


def test_a_spreadsheet_in_xml_is_read(read, tmp_path):
    path = tmp_path / "a.xls"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><Workbook xmlns:ss="urn:x"><Worksheet><Table>'
        "<Row><Cell><Data>name</Data></Cell><Cell><Data>phone</Data></Cell><Cell><Data>city</Data></Cell></Row>"
        '<Row><Cell><Data>锦江</Data></Cell><Cell ss:Index="3"><Data>成都</Data></Cell></Row>'
        "</Table></Worksheet></Workbook>",
        encoding="utf-8",
    )
    assert read(path)[1:] == (["name", "phone", "city"], [["锦江", "", "成都"]])


def test_rows_keep_the_numbers_that_the_file_shows(app, tmp_path):
    path = write_csv(tmp_path / "a.csv", [["标题"], [], ["name", "phone"], ["a", "1"], [], ["b", "2"]])
    stored = Stored.keep(path, tmp_path / "kept")
    layout = stored.guess(known)
    assert [number for number, _cells in stored.records(layout)] == [4, 6]
    assert [number for number, _cells in stored.records(layout, after=4)] == [6]


def test_another_guess_can_be_chosen(app, tmp_path):
    path = write_csv(tmp_path / "a.csv", [["name;x", "phone"], ["a;b", "1"]])
    stored = Stored.keep(path, tmp_path / "kept")
    layout = Layout(delimiter=";", header=1)
    assert stored.headings(layout) == ["name", "x,phone"]
    with pytest.raises(Unreadable):
        list(stored.rows(Layout(encoding="rot13")))
