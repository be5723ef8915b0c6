"""Places out of addresses, and the command that reads a file of them."""

from __future__ import annotations

import csv
import json
from collections import defaultdict

import pytest

from benchmarks.address_kinds import Maker
from core.cli import cli
from core.customers.addresses import parse_address
from core.customers.data import rows
from core.customers.data.divisions import division, division_changes, find_division
from core.errors import Refused


@pytest.mark.parametrize(
    ("address", "hint", "place"),
    [
        ("四川省成都市武侯区人民南路四段1号", "", "四川省 成都市 武侯区"),
        ("四川成都武侯人民南路四段1号", "", "四川省 成都市 武侯区"),
        ("成都市成都市武侯区", "", "四川省 成都市 武侯区"),
        ("四川省 · 成都市 / 武侯区", "", "四川省 成都市 武侯区"),
        ("人民南路四段1号（四川省成都市武侯区）", "", "四川省 成都市 武侯区"),
        ("武侯区人民南路四段1号，四川成都", "", "四川省 成都市 武侯区"),
        ("臺灣省臺北市大安區忠孝東路", "", "台湾省 台北市 大安区"),
        ("中華人民共和國廣東省廣州市番禺區市橋街", "", "广东省 广州市 番禺区"),
        ("香港特别行政区九龙油尖旺区弥敦道1号", "", "香港特别行政区 九龙 油尖旺区"),
        ("重庆万州区太白路", "", "重庆市 重庆市 万州区"),
        ("仙桃市沔阳大道12号", "", "湖北省 仙桃市 "),
        ("东莞市长安镇", "", "广东省 东莞市 "),
        ("恩施州利川市", "", "湖北省 恩施土家族苗族自治州 利川市"),
        ("内蒙包头市昆都仑区", "", "内蒙古自治区 包头市 昆都仑区"),
        ("乐山市中区嘉定路", "", "四川省 乐山市 市中区"),
        ("上海市卢湾区淮海中路", "", "上海市 上海市 黄浦区"),
        ("襄樊市樊城区长征路", "", "湖北省 襄阳市 樊城区"),
        ("双流县东升镇", "", "四川省 成都市 双流区"),
        ("资阳市简阳市建设路", "", "四川省 成都市 简阳市"),
        ("杭州市江干区白杨街道", "", "浙江省 杭州市 钱塘区"),
        ("四川省成都市武候区", "", "四川省 成都市 武侯区"),
        ("石家庄市藁城市区廉州路", "", "河北省 石家庄市 藁城区"),
        ("宁乡经济技术开发区车站东路368号", "", "湖南省 长沙市 宁乡市"),
        ("合肥市高新区望江西路", "", "安徽省 合肥市 合肥高新技术产业开发区"),
        ("鼓楼区中山路1号", "", "  "),
        ("鼓楼区中山路1号", "0591", "福建省 福州市 鼓楼区"),
        ("鼓楼区中山路1号 350001", "", "福建省 福州市 鼓楼区"),
        ("鼓楼区中山路1号 电话：025-55551234", "", "江苏省 南京市 鼓楼区"),
        ("江苏省鼓楼区", "", "江苏省  "),
        ("成都市簇桥街道", "", "四川省 成都市 武侯区"),
        ("杭州市西湖区北京大厦", "", "浙江省 杭州市 西湖区"),
        ("广州市海珠区上海路南京东路口", "", "广东省 广州市 海珠区"),
        ("辽宁大连中山路12号", "", "辽宁省 大连市 "),
        ("四川糖酒公司 湖北省武汉市江岸区", "", "湖北省 武汉市 江岸区"),
        ("北京路12号", "", "  "),
        ("东方红大街3号", "", "  "),
        ("", "", "  "),
        ("呼市赛罕区大学东街", "", "内蒙古自治区 呼和浩特市 赛罕区"),
        ("鄂温克旗巴彦托海镇", "", "内蒙古自治区 呼伦贝尔市 鄂温克族自治旗"),
        ("河南省郑州市管城区", "", "河南省 郑州市 管城回族区"),
        ("浦东张杨路500号", "", "上海市 上海市 浦东新区"),
        ("北京宣武广安门", "", "北京市 北京市 西城区"),
        ("天津塘沽开发区洞庭路", "", "天津市 天津市 滨海新区"),
        ("四川省涪陵市", "", "重庆市 重庆市 涪陵区"),
        ("四川省万县地区", "", "重庆市 重庆市 万州区"),
        ("山东省滕县", "", "山东省 枣庄市 滕州市"),
        ("西安高新区科技路48号", "", "陕西省 西安市 雁塔区"),
        ("烟台开发区长江路", "", "山东省 烟台市 烟台经济技术开发区"),
        ("武汉东湖新技术开发区光谷大道77号", "", "湖北省 武汉市 洪山区"),
        ("宁波国家高新区", "", "浙江省 宁波市 鄞州区"),
        ("南京江北新区泰山街道", "", "江苏省 南京市 浦口区"),
        ("两江新区金渝大道85号", "", "重庆市 重庆市 "),
        ("海南洋浦经济开发区", "", "海南省 儋州市 "),
        ("香港九龙尖沙咀广东道", "", "香港特别行政区 九龙 油尖旺区"),
        ("办公：广州市天河区体育西路；仓库：佛山市南海区大沥镇", "", "广东省 广州市 天河区"),
        ("1.长沙市芙蓉区五一大道 2.株洲市天元区", "", "湖南省 长沙市 芙蓉区"),
        ("No. 12 Renmin South Road, Wuhou District, Chengdu, Sichuan, China", "", "四川省 成都市 武侯区"),
        ("Yanta District, Xi'an, Shaanxi Province", "", "陕西省 西安市 雁塔区"),
        ("88 Zhongshan Road, Shinan District, Qingdao City", "", "山东省 青岛市 市南区"),
        ("Hohhot, Inner Mongolia", "", "内蒙古自治区 呼和浩特市 "),
        ("Renmin Road 5", "", "  "),
    ],
)
def test_an_address_gives_its_place(address, hint, place):
    found = parse_address(address, hint)
    assert f"{found.province} {found.city} {found.district}" == place


def test_a_place_comes_with_its_codes():
    found = parse_address("锦江区红星路")
    unit = division(found.code)
    assert unit is not None
    assert (unit.district, found.postcode, found.area_code) == ("锦江区", unit.postcode, "028")


def test_a_postcode_in_the_address_is_kept_and_one_of_elsewhere_is_not():
    assert parse_address("四川省成都市锦江区红星路 邮编610011").postcode == "610011"
    assert parse_address("四川省成都市锦江区红星路 邮编100011").postcode != "100011"


def test_a_postcode_in_latin_letters_is_kept():
    found = parse_address("Room 1201, Pudong New Area, Shanghai 200120, P.R. China")
    assert (found.district, found.postcode) == ("浦东新区", "200120")


def test_every_kind_of_writing_gives_its_place():
    """The kinds where a slip of the pen or a missing level may leave it open are allowed a few."""
    kinds = defaultdict(list)
    for kind, address, hint, place in Maker(seed=3).made(40):
        found = parse_address(address, hint)
        kinds[kind].append(found.code == place.code if place else not found.city)
    poor = {kind: sum(right) / len(right) for kind, right in kinds.items() if sum(right) < 0.9 * len(right)}
    assert poor.keys() <= {"slip_in_district"}
    assert sum(map(sum, kinds.values())) >= 0.98 * sum(map(len, kinds.values()))


def test_former_names_and_towns_lead_to_places_of_today():
    assert [change for change in division_changes() if find_division(*change.after) is None] == []
    assert [row["code"] for row in rows("towns") if division(row["code"]) is None] == []


@pytest.fixture
def parse(app, capsys):
    def run(*arguments):
        cli.main(["parse-addresses", *map(str, arguments)], obj={"app": app}, standalone_mode=False)
        return capsys.readouterr()

    return run


def test_a_file_of_addresses_is_read(parse, tmp_path):
    given, made = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_text("﻿id,address,area_code_hint\n1,通州区先锋镇,0513\n2,通州区,\n", encoding="utf-8")
    assert json.loads(parse(given, made, "--json").out)["rows"] == 2
    with made.open(encoding="utf-8", newline="") as source:
        first, second = csv.DictReader(source)
    assert list(first) == ["id", "province", "city", "district", "code", "postcode", "area_code"]
    assert (first["id"], first["city"], first["code"], first["area_code"]) == ("1", "南通市", "320612", "0513")
    assert second == {"id": "2", **dict.fromkeys(list(first)[1:], "")}


def test_a_file_without_its_columns_is_refused(parse, tmp_path):
    given = tmp_path / "in.csv"
    given.write_text("id,place\n1,成都\n", encoding="utf-8")
    with pytest.raises(Refused, match="address"):
        parse(given, tmp_path / "out.csv")


def test_a_file_in_another_encoding_is_refused(parse, tmp_path):
    given = tmp_path / "in.csv"
    given.write_bytes("id,address\n1,成都\n".encode("gb18030"))
    with pytest.raises(Refused, match="UTF-8"):
        parse(given, tmp_path / "out.csv")
