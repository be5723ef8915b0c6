"""Places within names."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from core.customers.places import place_words, without_place
from core.customers.queries import whole_address


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


@pytest.mark.parametrize(
    ("place", "text", "whole"),
    [
        ("安徽省 合肥市 巢湖市", "安徽合肥巢湖市污水处理厂南侧", "安徽合肥巢湖市污水处理厂南侧"),
        ("安徽省 合肥市 巢湖市", "安徽巢湖市污水处理厂南侧", "安徽合肥市巢湖市污水处理厂南侧"),
        ("河南省 郑州市 金水区", "河南郑州金水区索凌路8号", "河南郑州金水区索凌路8号"),
        ("广西壮族自治区 南宁市 青秀区", "广西南宁青秀区民族大道1号", "广西南宁青秀区民族大道1号"),
        ("北京市 北京市 朝阳区", "北京朝阳区豆各庄乡", "北京朝阳区豆各庄乡"),
        ("上海市 上海市 青浦区", "青浦区赵巷镇1号", "上海市青浦区赵巷镇1号"),
        ("四川省 成都市 ", "成都科华北路62号", "四川省成都科华北路62号"),
        ("四川省 成都市 武侯区", "成都路12号", "四川省成都市武侯区成都路12号"),
        ("四川省 成都市 武侯区", "科华北路62号", "四川省成都市武侯区科华北路62号"),
        ("四川省 成都市 锦江区", "四川省成都市锦江区红星路1号", "四川省成都市锦江区红星路1号"),
        ("  ", "12 Quai des Chartrons", "12 Quai des Chartrons"),
    ],
)
def test_an_address_is_told_whole_and_no_place_twice(place, text, whole):
    province, city, district = place.split(" ")
    assert whole_address(province, city, district, text) == whole
