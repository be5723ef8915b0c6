"""Names in one form, their pieces, their readings."""

from __future__ import annotations

import pytest

from core.customers.pinyin import full_pinyin, person_pinyin, read, segmentations
from core.customers.text import grams, name_key, normal, person_sort_key, query_grams, search_tokens, sort_key, terms


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("四川省　宜賓五糧液集團（有限）公司", "四川省宜宾五粮液集团有限公司"),
        ("ＡＢＣ食品-公司", "abc食品公司"),
        ("可口可乐 Coca_Cola", "可口可乐cocacola"),
        ("①号仓库", "1号仓库"),
    ],
)
def test_names_that_look_alike_have_one_key(typed, key):
    assert normal(typed) == key


def test_a_name_of_marks_only_keeps_a_key():
    assert name_key("***") == "***"


def test_terms_are_split_at_blanks_and_not_repeated():
    assert terms("成都　酒业 成都") == ["成都", "酒业"]


def test_a_name_has_all_its_characters_and_pairs_once():
    assert grams("酒酒业") == ["酒", "业", "酒酒", "酒业"]
    assert query_grams("酒业") == ["酒业"]
    assert query_grams("酒") == ["酒"]


def test_every_name_that_holds_a_text_has_the_tokens_of_the_text():
    name = "乐清市瑞泰酒业有限公司"
    held = set(grams(name))
    for start in range(len(name)):
        for stop in range(start + 1, len(name) + 1):
            assert held >= set(query_grams(name[start:stop]))


@pytest.mark.parametrize(
    ("name", "readings"),
    [
        ("重庆糖酒", {"cqtj", "zqtj"}),
        ("乐清酒业", {"yqjy", "lqjy"}),
        ("长沙商行", {"cssh", "zssh", "cssx", "zssx"}),
        ("泸州老窖", {"lzlj"}),
        ("ABC食品", {"abcsp"}),
    ],
)
def test_initials_come_in_all_common_readings(name, readings):
    assert set(read(normal(name)).initials) == readings


def test_the_usual_reading_stands_first():
    assert read("重庆银行").initials[0] == "cqyh"
    assert read("乐清").pinyin[0] == "yueqing"


def test_readings_are_limited_in_number():
    assert len(read("重长行乐单解曾查区盛").initials) == 8


@pytest.mark.parametrize(
    ("word", "pinyin"),
    [
        ("重庆", "chong qing"),
        ("六安", "lu an"),
        ("蚌埠", "beng bu"),
        ("厦门大厦", "xia men da sha"),
        ("东阿阿胶", "dong e e jiao"),
        ("行业", "hang ye"),
        ("步行街", "bu xing jie"),
        ("泸沽湖", "lu gu hu"),
        ("绿茶", "lv cha"),
    ],
)
def test_places_and_words_of_the_trade_are_read_right(word, pinyin):
    assert full_pinyin(word, " ") == pinyin


@pytest.mark.parametrize(
    ("person", "pinyin"),
    [
        ("单小明", "shan xiao ming"),
        ("仇英", "qiu ying"),
        ("曾国藩", "zeng guo fan"),
        ("解缙", "xie jin"),
        ("翟志刚", "zhai zhi gang"),
        ("查良镛", "zha liang yong"),
        ("区小红", "ou xiao hong"),
        ("欧阳修", "ou yang xiu"),
        ("尉迟恭", "yu chi gong"),
        ("万俟卨", "mo qi xie"),
    ],
)
def test_surnames_have_their_own_reading(person, pinyin):
    assert person_pinyin(person, " ") == pinyin


def test_names_sort_by_syllable():
    names = ["安徽酒业", "昂立食品", "北京糖酒", "ABC食品", "爱家"]
    assert sorted(names, key=sort_key) == ["ABC食品", "爱家", "安徽酒业", "昂立食品", "北京糖酒"]
    assert person_sort_key("单雄信") < person_sort_key("王五")


def test_a_document_is_found_by_pairs_of_initials_beginnings_and_syllables():
    tokens = search_tokens("company", ["重庆糖酒"], [read("重庆糖酒")])
    assert tokens[0] == "@company"
    assert {"~cq", "~zq", "^cqtj", "^z", "=chongqing", "=zhongqing", "=tangjiu", "^=chongqing"} <= set(tokens)
    assert len(tokens) == len(set(tokens))


@pytest.mark.parametrize(
    ("letters", "first"),
    [
        ("lvjiannongchan", (("lv", "jian", "nong", "chan"), "")),
        ("chengd", (("cheng",), "d")),
        ("xian", (("xian",), "")),
    ],
)
def test_letters_are_split_into_syllables(letters, first):
    assert segmentations(letters)[0] == first


def test_ambiguous_letters_are_split_in_every_way():
    ways = {syllables for syllables, rest in segmentations("fangan") if not rest}
    assert ways == {("fang", "an"), ("fan", "gan")}


def test_letters_that_are_no_pinyin_have_no_split():
    assert segmentations("cdjc") == ()
