"""Columns find their fields by heading and by content."""

from __future__ import annotations

import pytest

from core.transfer.mapping import REFERENCE, Target, Vocabulary, reference_target, signature

TARGETS = [
    Target(name="name", title="Company name", aliases=("企业名称", "单位名称", "客户名称", "company"), required=True),
    Target(name="phone", title="Phone", aliases=("电话", "办公电话", "tel"), kind="phone", sniffed="phone", many=True),
    Target(name="email", title="E-mail", aliases=("邮箱",), kind="email", sniffed="email"),
    Target(name="contact", title="Contact", aliases=("联系人",)),
    Target(name="founded_on", title="Founded on", aliases=("成立日期",), kind="date"),
    Target(name="uscc", title="Credit code", aliases=("信用代码",), sniffed="uscc"),
    reference_target(),
]
WORDS = Vocabulary(TARGETS)


def guess(headings, *rows):
    return WORDS.guess(headings, rows)


def test_headings_are_known_in_both_languages_and_however_they_are_written():
    headings = ["单位名称（必填）", " TEL ", "Founded_On", "联 系 人", "company_id"]
    assert guess(headings) == ["name", "phone", "founded_on", "contact", ""]


def test_a_longer_heading_is_known_by_what_it_ends_with():
    assert guess(["参展客户名称", "主要联系人", "联系人备注说明栏"]) == ["name", "contact", ""]


def test_unknown_headings_are_known_by_what_stands_in_them():
    rows = [["13800000001", "a@example.com", "x"], ["028-85551234", "b@example.cn", "y"], ["13900000002", "", "z"]]
    assert guess(["号码栏", "联络", "别的"], *rows) == ["phone", "email", ""]


def test_a_column_of_ids_becomes_the_reference():
    rows = [["D1", "a"], ["D2", "b"]]
    assert guess(["company_id", "name"], *rows) == [REFERENCE, "name"]
    assert guess(["编号", "name"], *rows) == [REFERENCE, "name"]


def test_a_column_that_repeats_is_no_column_of_ids():
    assert guess(["area_id", "name"], ["5", "a"], ["5", "b"]) == ["", "name"]


def test_a_serial_number_is_not_imported():
    assert guess(["序号", "name"], ["1", "a"], ["2", "b"]) == ["", "name"]


def test_a_field_is_given_to_one_column_unless_it_takes_several():
    assert guess(["企业名称", "单位名称", "电话", "办公电话"]) == ["name", "", "phone", "phone"]


def test_a_mapping_is_read_by_name_title_or_alias():
    assert WORDS.read({"甲": "name", "乙": "办公电话", "丙": ""}, ["甲", "乙", "丙", "丁"]) == ["name", "phone", "", ""]


@pytest.mark.parametrize("given", [{"甲": "nowhere"}, {"没有": "name"}])
def test_a_mapping_of_what_is_not_there_is_refused(given):
    with pytest.raises(KeyError):
        WORDS.read(given, ["甲"])


def test_a_layout_is_the_same_however_its_headings_are_spaced():
    assert signature(["单位名称", "电 话"]) == signature(["单位 名称", "电话"])
    assert signature(["a", "b"]) != signature(["ab"])
