"""Reads the place of an address in Latin letters: No. 12 Renmin South Road, Wuhou District, Chengdu, Sichuan."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from core.customers.addresses.names import LEVELS, path_of, stem
from core.customers.data.divisions import Division, division, divisions, find_division
from core.customers.data.edition import of_places
from core.customers.pinyin import full_pinyin
from core.customers.text import half_width

WORD = re.compile(r"[a-z]+|,")
APOSTROPHE = re.compile(r"(?<=[a-z])['’‘`´](?=[a-z])")
POSTCODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
LONGEST = 5
"""How many words one name may be written in: Wu Lu Mu Qi."""

NO_PLACE = re.compile(
    "(?:road|rd|street|str|avenue|ave?|lane|alley|boulevard|blvd|highway|expressway|building|bldg|tower|plaza|mansion|hotel|"
    "square|village|bridge|lu|jie|dadao|dajie|xiang|nong|hutong)"
)
DIRECTION = re.compile("east|west|south|north|middle|central|[ewsnm]|dong|xi|nan|bei|zhong|first|second|third")
SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "province": ("省",),
    "prov": ("省",),
    "sheng": ("省",),
    "autonomous": ("自治区", "州", "县", "旗"),
    "sar": ("特别行政区",),
    "city": ("市", "地区", "州", "盟", "岛"),
    "shi": ("市",),
    "prefecture": ("州", "地区", "盟", "市"),
    "municipality": ("市",),
    "district": ("区",),
    "dist": ("区",),
    "qu": ("区",),
    "county": ("县", "旗"),
    "xian": ("县",),
    "new": ("新区",),
    "banner": ("旗",),
}
"""What the full name of a place ends with, by the word behind its name."""

EXONYMS: Mapping[str, tuple[str, str]] = {
    "innermongolia": ("内蒙古自治区", ""),
    "neimongol": ("内蒙古自治区", ""),
    "shaanxi": ("陕西省", ""),
    "tibet": ("西藏自治区", ""),
    "hongkong": ("香港特别行政区", ""),
    "kowloon": ("香港特别行政区", "九龙"),
    "newterritories": ("香港特别行政区", "新界"),
    "macau": ("澳门特别行政区", ""),
    "macao": ("澳门特别行政区", ""),
    "taipei": ("台湾省", "台北市"),
    "kaohsiung": ("台湾省", "高雄市"),
    "taichung": ("台湾省", "台中市"),
    "peking": ("北京市", "北京市"),
    "canton": ("广东省", "广州市"),
    "swatow": ("广东省", "汕头市"),
    "amoy": ("福建省", "厦门市"),
    "harbin": ("黑龙江省", "哈尔滨市"),
    "qiqihar": ("黑龙江省", "齐齐哈尔市"),
    "hohhot": ("内蒙古自治区", "呼和浩特市"),
    "ordos": ("内蒙古自治区", "鄂尔多斯市"),
    "hulunbuir": ("内蒙古自治区", "呼伦贝尔市"),
    "ulanqab": ("内蒙古自治区", "乌兰察布市"),
    "urumqi": ("新疆维吾尔自治区", "乌鲁木齐市"),
    "urumchi": ("新疆维吾尔自治区", "乌鲁木齐市"),
    "karamay": ("新疆维吾尔自治区", "克拉玛依市"),
    "turpan": ("新疆维吾尔自治区", "吐鲁番市"),
    "kashgar": ("新疆维吾尔自治区", "喀什地区"),
    "hotan": ("新疆维吾尔自治区", "和田地区"),
    "lhasa": ("西藏自治区", "拉萨市"),
    "shigatse": ("西藏自治区", "日喀则市"),
}
WEIGHTS = {"province": 2.0, "city": 2.5, "district": 2.0}
SAID = 1.5
"""What the word behind a name adds where it fits the place, and takes away where it does not."""

ENOUGH = 2.0
"""What a place must weigh: a county is not taken from one word that names no level."""


@of_places
def latin_names() -> Mapping[str, Sequence[Division]]:
    """Give the places that a name in Latin letters, without blanks, may stand for."""
    found: defaultdict[str, list[Division]] = defaultdict(list)
    for unit in divisions():
        if unit.special_zone or (unit.level == "province" and unit.name in ("北京市", "天津市", "上海市", "重庆市")):
            continue
        bare = unit.short_name if unit.level == "province" else stem(unit.name)
        if bare.endswith(("市", "县", "区")) and len(bare) == 2:
            bare = bare[0]
        found[full_pinyin(bare, "").replace("v", "u")].append(unit)
    for name, (province, city) in EXONYMS.items():
        if meant := find_division(province, city):
            found[name].append(meant)
    return found


class _Said(NamedTuple):
    """A place that a word may name: what that weighs, and where the words go on behind it."""

    unit: Division
    weight: float
    at: int


def read_latin(address: str) -> tuple[Division | None, str]:
    """Find the place that explains most of the names in an address, and its postcode; what is open is None and ''."""
    text = APOSTROPHE.sub("", half_width(address).lower().replace("ü", "u"))
    postcode = POSTCODE.search(text)
    said: dict[str, _Said] = {}
    words = WORD.findall(text)
    known = latin_names()
    at = 0
    while at < len(words):
        size = next((size for size in range(LONGEST, 0, -1) if "".join(words[at : at + size]) in known), 0)
        if size == 0:
            at += 1
            continue
        name = "".join(words[at : at + size])
        at += size
        behind = next((word for word in words[at : at + 3] if not DIRECTION.fullmatch(word)), "")
        if NO_PLACE.fullmatch(behind):
            continue
        endings = SUFFIXES.get(words[at]) if at < len(words) else None
        for unit in known[name]:
            weight = WEIGHTS[unit.level]
            if endings:
                weight += SAID if unit.name.endswith(endings) else -SAID
            if unit.code not in said or said[unit.code].weight < weight:
                said[unit.code] = _Said(unit, weight, at)
    return _best(said), postcode[0] if postcode else ""


def _best(said: Mapping[str, _Said]) -> Division | None:
    """Choose among places by what each weighs, and where that was said, together with the places above it.

    One word names one place: Ganzi City is no Ganzi County in it.
    """
    scores: list[tuple[float, tuple[str, str, str]]] = []
    for one in said.values():
        path = path_of(one.unit)
        above = sum(said[code].weight for code in path if code in said and said[code].at != one.at)
        if one.unit.level != "district" or above or one.weight > ENOUGH:
            scores.append((one.weight + above, path))
    best = max((score for score, _path in scores), default=0.0)
    paths = [path for score, path in scores if score == best]
    for level in sorted(LEVELS.values(), reverse=True):
        codes = {path[level] for path in paths}
        if len(codes) == 1 and (code := codes.pop()):
            return division(code)
    return None
