"""Cells are read as people write them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.customers.imports.reading import countries
from core.transfer.values import read_bool, read_date, read_int, read_money, split_list, tidy, tidy_long


@pytest.mark.parametrize(
    "text",
    [
        "2018-05-31",
        "2018/5/31",
        "2018.5.31",
        "20180531",
        "2018年5月31日",
        "２０１８－０５－３１",
        "43251",
        "2018-05-31 08:30:00",
    ],
)
def test_a_date_is_read_in_all_its_forms(text):
    assert read_date(text) == dt.date(2018, 5, 31)


@pytest.mark.parametrize(
    "text",
    [
        "2018-13-01",
        "2018-02-30",
        "03/05/2019",
        "二〇一八年十三月一日",
        "5-Mai-2018",
        "昨天",
        "5",
        "99999999",
        "1e5",
        "²",
        " " * 2000 + "x",
    ],
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError):
        read_date(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("360元", "360"),
        ("￥1,800.50", "1800.50"),
        ("１２０", "120"),
        ("1.2万", "12000"),
        ("500万元", "5000000"),
        ("2亿", "200000000"),
        ("-12", "-12"),
    ],
)
def test_an_amount_is_read_in_all_its_forms(text, amount):
    assert read_money(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["abc", "1.234", "nan", "inf", "1e9", "9" * 30, "亿" * 3000, "--1", "1.2.3", ""])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError):
        read_money(text)


def test_whole_numbers_take_their_units():
    assert [read_int(text) for text in ("2份", " ３ ", "1,286", "50人")] == [2, 3, 1286, 50]
    with pytest.raises(ValueError):
        read_int("2.5")


def test_yes_and_no_are_read_in_both_languages():
    assert [read_bool(text) for text in ("是", "有", "Y", "1", "√")] == [True] * 5
    assert [read_bool(text) for text in ("否", "无", "n", "0", "×")] == [False] * 5


def test_marks_for_nothing_are_nothing():
    assert [tidy(text) for text in ("—", " 无 ", "N/A", "NULL", "\u3000", "-")] == [""] * 6


def test_blanks_and_control_characters_are_tidied():
    assert tidy("\ufeff 锦江\u3000\u3000酒业\t\x07 ") == "锦江 酒业"
    assert tidy_long("一\r\n\r\n 二 ") == "一\n二"
    assert split_list("酒、糖，糖;盐") == ["酒", "糖", "盐"]


def test_a_mark_against_formulas_is_taken_away_again():
    assert tidy("'+8613500000000") == "+8613500000000"
    assert tidy("'quoted'") == "'quoted'"


@given(st.text())
def test_readers_answer_or_refuse_whatever_comes(text):
    assert tidy(tidy(text)) == tidy(text)
    for reader in (read_date, read_money, read_int, read_bool):
        try:
            reader(text)
        except ValueError:
            continue


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("18-5-31", dt.date(2018, 5, 31)),
        ("98.5.31", dt.date(1998, 5, 31)),
        ("31/5/2018", dt.date(2018, 5, 31)),
        ("5/31/2018", dt.date(2018, 5, 31)),
        ("5/5/2018", dt.date(2018, 5, 5)),
        ("31-May-2018", dt.date(2018, 5, 31)),
        ("二〇一八年五月三十一日", dt.date(2018, 5, 31)),
        ("二零一八年十月十日", dt.date(2018, 10, 10)),
        ("二○一八年十二月二十日", dt.date(2018, 12, 20)),
    ],
)
def test_dates_of_ledgers_are_read(text, day):
    assert read_date(text) == day


@pytest.mark.parametrize(
    ("word", "code"), [("香港", "HK"), ("中国香港", "HK"), ("澳门", "MO"), ("台湾", "TW"), ("中国台湾", "TW")]
)
def test_regions_go_by_their_short_names(word, code):
    assert countries()[word] == code
