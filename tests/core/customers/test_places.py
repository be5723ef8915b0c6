"""Places within names."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from core.customers.places import place_words, without_place


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("四川省成都市锦江区锦城糖酒有限公司", "锦城糖酒有限公司"),
        ("成都锦城糖酒有限公司", "锦城糖酒有限公司"),
        ("锦城糖酒有限公司", "锦城糖酒有限公司"),
        ("成都", "成都"),
        ("", ""),
    ],
)
def test_places_are_cut_off_the_beginning(name, core):
    assert without_place(name) == core


def test_a_place_is_known_by_its_long_and_short_names():
    assert place_words("四川省", "成都市", None) == ("四川省", "四川", "成都市", "成都")
    assert "红河" in place_words("云南省", "红河哈尼族彝族自治州", "")


def test_a_place_is_looked_up_by_name_postcode_and_area_code(people, browser_of):
    clerk = browser_of(people.user("clerk"))
    page = clerk.get("/places").text
    assert '<a href="/places?within=510000">四川省</a>' in page
    page = clerk.get("/places?within=510100").text
    assert "锦江区" in page
    assert "510104" in page
    assert '<a href="/places?within=510000">四川省</a>' in page  # the way back up
    for q, name in (("锦江", "锦江区"), ("028", "成都市"), ("510104", "锦江区"), ("成都 武侯", "武侯区")):
        assert name in clerk.get(f"/places?q={quote(q)}").text, q
    assert "没有这个地区" in clerk.get(f"/places?q={quote('火星')}").text
    assert clerk.get("/places?within=999999").status_code == 404


def test_countries_are_listed_with_their_dialling_codes(people, browser_of):
    clerk = browser_of(people.user("clerk"))
    page = clerk.get("/places/countries").text
    order = [page.index(f">{one}<") for one in ("中国", "中国台湾", "阿富汗", "巴西", "日本")]
    assert order == sorted(order)
    assert ">中国台湾<" in page
    for q, name in (("+81", "日本"), ("0049", "德国"), ("法国", "法国")):
        page = clerk.get(f"/places/countries?q={quote(q)}").text
        assert name in page, q
        assert "巴西" not in page, q
