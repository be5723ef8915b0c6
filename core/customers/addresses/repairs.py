"""Finds a district where no name of it stands: by a development zone, by a name misspelt, by a town."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping, Sequence

from core.customers.addresses.cleaning import without_peoples
from core.customers.addresses.names import Kind, names, path_of, stem
from core.customers.addresses.towns import towns_in
from core.customers.data.divisions import Division, below, division, find_division
from core.customers.data.edition import of_places, remembered
from core.customers.pinyin import full_pinyin
from core.customers.text import simplified

CHUNK = re.compile("[一-鿿]{1,8}?[区县市旗]")
NO_DISTRICT = re.compile(
    "新区|开发区|园区|高新|经开|工业|保税|示范|小区|社区|市区|城区|[东西南北]区|市场|片区|景区|矿区|校区|厂区|辖区|度假|管理"
)
OF_THE_STATE = re.compile("国家级?|中国")
ZONES: Sequence[tuple[str, str, str]] = (
    ("广东省", "广州市", "黄埔区:经济技术开发区,高新技术产业开发区,开发区,高新区,科学城,知识城"),
    ("广东省", "珠海市", "香洲区:高新技术产业开发区,高新区,横琴"),
    ("山东省", "青岛市", "黄岛区:经济技术开发区,经济开发区,开发区,西海岸新区"),
    ("山东省", "青岛市", "崂山区:高科技工业园"),
    ("山东省", "淄博市", "张店区:高新技术产业开发区,高新区"),
    ("山东省", "潍坊市", "奎文区:高新技术产业开发区,高新区"),
    ("辽宁省", "大连市", "金州区:经济技术开发区,经济开发区,开发区,保税区,金普新区,金州新区"),
    ("辽宁省", "沈阳市", "铁西区:经济技术开发区,经济开发区"),
    ("浙江省", "杭州市", "钱塘区:经济技术开发区,经济开发区,下沙,大江东"),
    ("浙江省", "杭州市", "滨江区:高新技术产业开发区,高新区"),
    ("浙江省", "宁波市", "北仑区:经济技术开发区,保税区,大榭开发区"),
    ("浙江省", "宁波市", "鄞州区:高新区,东钱湖"),
    ("浙江省", "宁波市", "慈溪市:杭州湾新区,前湾新区"),
    ("广东省", "深圳市", "南山区:前海"),
    ("黑龙江省", "哈尔滨市", "呼兰区:利民"),
    ("江苏省", "无锡市", "新吴区:高新技术产业开发区,高新区,新区"),
    ("江苏省", "常州市", "新北区:高新技术产业开发区,高新区"),
    ("江苏省", "苏州市", "虎丘区:高新技术产业开发区,高新区,新区"),
    ("江苏省", "苏州市", "苏州工业园区:工业园区,园区"),
    ("江苏省", "南京市", "浦口区:高新技术产业开发区,高新区"),
    ("江苏省", "南京市", "江宁区:江宁开发区,江宁经济技术开发区"),
    ("江苏省", "南京市", "栖霞区:经济技术开发区,经开区"),
    ("湖北省", "武汉市", "洪山区:东湖新技术开发区,东湖高新技术开发区,东湖开发区,东湖高新区,光谷"),
    ("湖北省", "武汉市", "汉南区:经济技术开发区,经开区,沌口"),
    ("湖北省", "襄阳市", "樊城区:高新技术产业开发区,高新区"),
    ("湖南省", "长沙市", "岳麓区:高新技术产业开发区,高新开发区,高新区"),
    ("湖南省", "长沙市", "长沙县:经济技术开发区,经开区,星沙"),
    ("湖南省", "株洲市", "天元区:高新技术产业开发区,高新区"),
    ("江西省", "南昌市", "青山湖区:高新技术产业开发区,高新开发区,高新区,经济技术开发区"),
    ("广西壮族自治区", "南宁市", "西乡塘区:高新技术产业开发区,高新区"),
    ("广西壮族自治区", "桂林市", "七星区:高新技术产业开发区,高新区"),
    ("海南省", "海口市", "秀英区:高新区"),
    ("新疆维吾尔自治区", "乌鲁木齐市", "新市区:高新技术产业开发区,高新区"),
    ("新疆维吾尔自治区", "乌鲁木齐市", "头屯河区:经济技术开发区,经开区"),
    ("陕西省", "西安市", "雁塔区:高新技术产业开发区,高新区,曲江新区"),
    ("陕西省", "西安市", "未央区:经济技术开发区,经开区"),
    ("陕西省", "西安市", "灞桥区:浐灞,国际港务区"),
    ("河南省", "郑州市", "金水区:郑东新区"),
    ("北京市", "北京市", "大兴区:经济技术开发区,亦庄"),
    ("北京市", "北京市", "海淀区:中关村"),
    ("天津市", "天津市", "滨海新区:经济技术开发区,开发区,滨海高新区,保税区,空港,东疆"),
    ("上海市", "上海市", "浦东新区:张江,临港新,外高桥,金桥出口加工区,陆家嘴,自由贸易试验区,自贸"),
    ("福建省", "厦门市", "湖里区:火炬"),
    ("福建省", "福州市", "马尾区:经济技术开发区,开发区"),
    ("山西省", "太原市", "小店区:高新技术产业开发区,高新区,经济技术开发区"),
    ("云南省", "昆明市", "五华区:高新技术产业开发区,高新区"),
    ("云南省", "昆明市", "官渡区:经济技术开发区,经开区"),
    (
        "黑龙江省",
        "哈尔滨市",
        "南岗区:经济技术开发区南岗集中区,经开区南岗集中区,开发区南岗集中区,高新技术开发区南岗集中区",
    ),
    ("黑龙江省", "哈尔滨市", "香坊区:开发区哈平路集中区"),
    ("黑龙江省", "哈尔滨市", "平房区:经开区哈平路集中区,经济技术开发区哈平路集中区"),
    ("黑龙江省", "哈尔滨市", "道里区:开发区迎宾路集中区,开发区迎宾集中区,高新技术开发区迎宾路集中区,高新区迎宾"),
    ("四川省", "绵阳市", "涪城区:高新技术产业开发区,高新区,科创园"),
    ("贵州省", "贵阳市", "花溪区:经济技术开发区,经开区"),
    ("内蒙古自治区", "包头市", "昆都仑区:昆区"),
    ("内蒙古自治区", "包头市", "青山区:青区"),
)


@of_places
def _zones() -> Mapping[str, Sequence[tuple[str, Division]]]:
    """Give the development zones of each city that lie in one district, the longest names first."""
    found: dict[str, list[tuple[str, Division]]] = {}
    for province, city, line in ZONES:
        district, _sep, zones = line.partition(":")
        unit = find_division(province, city, district)
        if unit is None:
            raise ValueError(f"there is no {province}{city}{district}")
        if not unit.retired:
            found.setdefault(unit.parent_code, []).extend((zone, unit) for zone in zones.split(","))
    for known in found.values():
        known.sort(key=lambda pair: -len(pair[0]))
    return found


def zone_district(city: Division, text: str, start: int) -> Division | None:
    """Find the district of a development zone that is named right behind its city."""
    if prefix := OF_THE_STATE.match(text, start):
        start = prefix.end()
    for zone, unit in _zones().get(city.code, ()):
        if text.startswith(zone, start):
            return unit
    rest = text[start : start + 8]
    if "开发区" in rest or "工业园" in rest or "园区" in rest or "高新区" in rest or "经开区" in rest:
        for unit in below(city.code):
            bare = stem(unit.name)
            if not unit.special_zone and len(bare) > 1 and rest.startswith(bare):
                return unit  # 长沙市望城经济技术开发区
    return None


@functools.lru_cache(1024)
def _spelt(name: str) -> str:
    return full_pinyin(name, " ")


def misspelt_district(city: Division, text: str, start: int) -> Division | None:
    """Find the district that was meant by a name behind its city that sounds the same or is one character off."""
    chunk = CHUNK.match(text, start)
    if chunk is None or len(chunk[0]) < 3 or NO_DISTRICT.search(chunk[0]):
        return None
    written = chunk[0]
    close = []
    for unit in below(city.code):
        name = without_peoples(simplified(unit.name))
        if unit.special_zone or abs(len(name) - len(written)) > 1:
            continue
        if (len(name) > 3 and _one_off(written, name)) or (
            len(name) == len(written) and _spelt(name) == _spelt(written)
        ):
            close.append(unit)
    return close[0] if len(close) == 1 else None


def _one_off(one: str, other: str) -> bool:
    """Tell whether two names differ by one character written wrong, left out or too many, or by two exchanged."""
    if len(one) == len(other):
        differing = [i for i in range(len(one)) if one[i] != other[i]]
        if len(differing) == 2:
            first, second = differing
            return second == first + 1 and one[first] == other[second] and one[second] == other[first]
        return len(differing) == 1
    short, long = sorted((one, other), key=len)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def district_of_town(text: str, start: int, *, below: str = "", among: Collection[str] = ()) -> str | None:
    """Find the one district with a town that the text names, among some or below a place; None where several do."""
    for where, town, codes in towns_in(text, start, exact=not (below or among)):
        if among:
            here = [code for code in codes if code in among]
        elif below:
            here = [code for code in {*codes, *_seats(text[where:town])} if below in _path(code)]
        else:
            here = list({*codes, *_seats(text[:town])}) if where == 0 else []
        if len(here) == 1:
            return here[0]
    return None


def _seats(name: str) -> list[str]:
    """Give the counties that bear the name of a town: it is their seat, more likely than one elsewhere."""
    return [one.unit.code for one in names().get(name, ()) if one.kind == Kind.SHORT and one.level == 2]


@remembered(4096)
def _path(code: str) -> tuple[str, str, str]:
    unit = division(code)
    return path_of(unit) if unit else ("", "", "")
