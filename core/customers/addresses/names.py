"""All names that a place is written by: the full one, the short one, former ones, and those with another ending."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from core.customers.addresses.cleaning import PEOPLES, without_peoples
from core.customers.addresses.others import ALSO, FORMER_PROVINCES, other_names
from core.customers.data.divisions import Division, division, division_changes, divisions, find_division
from core.customers.data.edition import of_places, remembered
from core.customers.text import simplified


class Kind(IntEnum):
    """How a name stands for a place, the surest first."""

    FULL = 0
    FORMER = 1
    OTHER_ENDING = 2
    SHORT = 3


@dataclass(frozen=True, slots=True)
class Name:
    """One place that a name may stand for. `path` holds its own code and the codes above it, by level."""

    unit: Division
    kind: Kind
    level: int
    path: tuple[str, str, str]
    weight: float
    common: bool
    """A name such as 城区 or 东区, which means nothing without its city."""
    abroad: bool
    """A place of Taiwan, where districts and towns are called as many on the mainland are."""


WEIGHTS: Mapping[Kind, tuple[float, float, float]] = {
    Kind.FULL: (3, 4, 6),
    Kind.FORMER: (3, 3.8, 5),
    Kind.OTHER_ENDING: (3, 3.5, 3.5),
    Kind.SHORT: (2, 2.5, 2),
}
LEVELS = {"province": 0, "city": 1, "district": 2}
ENDINGS = ("自治县", "自治旗", "自治州", "新区", "特区", "林区", "地区", "群岛", "县", "市", "区", "旗", "盟")
COMMON = frozenset(
    {"城区", "郊区", "矿区", "东区", "西区", "南区", "北区", "中区", "市区", "新区", "市郊区", "新城区", "老城区"}
)
SAME = frozenset("丘邱")
EXCHANGED = str.maketrans("丘邱", "邱丘")
"""Places are written with either: 内丘县, 内邱县."""

PEOPLES_DISTRICT = re.compile(rf"(?<=[一-鿿]{{2}})(?:{PEOPLES})(?=区$)")
"""管城回族区, which is called 管城区."""

NO_NAMES = frozenset({"合作区", "新区", "市区"})
"""Words that come out of 合作市 and the like with another ending."""


@functools.lru_cache(8192)
def stem(name: str) -> str:
    """Give a name without its ending: 武侯 for 武侯区, 恩施 for 恩施土家族苗族自治州; too short ones whole."""
    name = without_peoples(name)
    for ending in ENDINGS:
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name.removesuffix(ending)
    return name


@remembered(4096)
def path_of(unit: Division) -> tuple[str, str, str]:
    """Give the codes of a place by level. A municipality has no province of its own."""
    if unit.level == "province":
        return (unit.code, "", "")
    if unit.level == "city":
        return ("" if unit.city == unit.province else unit.parent_code, unit.code, "")
    city = division(unit.parent_code)
    above = path_of(city) if city else ("", "", "")
    return (above[0], above[1], unit.code)


def _other_endings(unit: Division, bare: str) -> tuple[str, ...]:
    if unit.level == "province":
        return (f"{unit.short_name}省", f"{unit.short_name}自治区", f"{unit.short_name}市", f"{unit.short_name}特区")
    if unit.level == "city" and unit.code.endswith("00"):
        return (f"{bare}市", f"{bare}地区", f"{bare}州", f"{bare}盟", f"{bare}自治州")
    return (f"{bare}县", f"{bare}市", f"{bare}区", f"{bare}旗", f"{bare}自治县", f"{bare}自治旗")


def _zone_names(unit: Division) -> Iterator[str]:
    """Give the names of a development zone as they stand behind the name of its city."""
    bare = unit.name
    city = unit.city.removesuffix("市")
    for start in (unit.province.removesuffix("省"), unit.city, city):
        bare = bare.removeprefix(start)
    yield bare
    for long, shorts in {
        "高新技术产业开发区": ("高新技术开发区", "高新技术产业园区", "高新开发区", "高新区"),
        "高新技术产业园区": ("高新技术产业开发区", "高新技术开发区", "高新开发区", "高新区"),
        "经济技术开发区": ("经济开发区", "经开区", "技术开发区"),
        "经济开发区": ("经济技术开发区", "经开区"),
    }.items():
        if bare.endswith(long):
            yield from (bare.removesuffix(long) + short for short in shorts)
            if bare == long and "经济" in long:
                yield "开发区"
            break


def _names_of(unit: Division) -> Iterator[tuple[str, Kind]]:
    if unit.special_zone:
        yield unit.name, Kind.FULL
        for name in _zone_names(unit):
            yield name, Kind.FORMER
        return
    yield without_peoples(unit.name), Kind.SHORT if unit.name in ("九龙", "新界") else Kind.FULL
    bare = unit.short_name if unit.level == "province" else stem(unit.name)
    for name in ALSO.get(unit.code, ()):
        yield name, Kind.FORMER if name.endswith(ENDINGS) or name.endswith("州") else Kind.SHORT
    if len(unit.name) > 2 and not SAME.isdisjoint(unit.name):
        yield unit.name.translate(EXCHANGED), Kind.FORMER
    if len(bare) > 1 and bare != unit.name:
        yield bare, Kind.SHORT
    if unit.name.endswith(("自治县", "自治旗")):
        yield bare + unit.name[-1], Kind.FORMER
    if (plain := PEOPLES_DISTRICT.sub("", unit.name)) != unit.name:
        yield plain, Kind.FORMER
    if not (bare == unit.name and len(bare) == 2):
        for name in _other_endings(unit, bare):
            yield name, Kind.OTHER_ENDING


def _former_names() -> Iterator[tuple[str, Division, Kind]]:
    for change in division_changes():
        unit = find_division(*change.after)
        name = without_peoples(change.before[2] or change.before[1] or change.before[0])
        name = "郊区" if name == "市郊区" else name
        if unit is None or unit.retired or name == unit.name:
            continue
        yield name, unit, Kind.FORMER
        if name.endswith("区") and unit.level == "district" and stem(name) != stem(unit.name):
            yield stem(name), unit, Kind.SHORT
    for one, name in other_names():
        yield name, one, Kind.FORMER if name.endswith(ENDINGS) else Kind.SHORT


@of_places
def names() -> Mapping[str, Sequence[Name]]:
    """Give the places that each name may stand for. Kept in memory from the first use on."""
    found: defaultdict[str, dict[str, Name]] = defaultdict(dict)

    def add(name: str, unit: Division, kind: Kind) -> None:
        if (other := simplified(name)) != name:
            add(other, unit, kind)  # 乾县 is turned into 干县 where it stands alone
        known = found[name].get(unit.code)
        if (
            len(name) < 2
            or (kind == Kind.OTHER_ENDING and name in NO_NAMES)
            or (known is not None and known.kind <= kind)
        ):
            return
        level = LEVELS[unit.level]
        weight = WEIGHTS[kind][level]
        abroad = unit.code.startswith("71")
        common = name in COMMON or (unit.special_zone and kind != Kind.FULL) or (abroad and level == 2)
        found[name][unit.code] = Name(unit, kind, level, path_of(unit), weight, common, abroad)

    for unit in divisions():
        if unit.level == "province" and unit.short_name in ("北京", "天津", "上海", "重庆"):
            continue  # a municipality is its own city
        for name, kind in _names_of(unit):
            add(name, unit, kind)
    for name, unit, kind in _former_names():
        add(name, unit, kind)
    return {name: _ranked(tuple(units.values())) for name, units in found.items()}


def _ranked(found: tuple[Name, ...]) -> tuple[Name, ...]:
    """Let a place that was never called so stand behind those that are or were."""
    if all(one.kind == found[0].kind for one in found) or all(one.kind >= Kind.OTHER_ENDING for one in found):
        return found
    return tuple(replace(one, weight=one.weight - 1) if one.kind == Kind.OTHER_ENDING else one for one in found)


@of_places
def lengths() -> Mapping[str, Sequence[int]]:
    """Give the lengths of the names that begin with two characters, the longest first."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for name in names():
        found[name[:2]].add(len(name))
    return {start: tuple(sorted(sizes, reverse=True)) for start, sizes in found.items()}


@of_places
def formerly_above() -> Mapping[str, frozenset[str]]:
    """Give the codes of the cities, and of the province, that a place belonged to before, by its code."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one in divisions():
        if province := FORMER_PROVINCES.get(one.code[:2]):
            found[one.code].add(province)
    for change in division_changes():
        unit = find_division(*change.after)
        if unit is None or not change.before[2] or change.before[1] == change.after[1]:
            continue
        for name in names().get(simplified(without_peoples(change.before[1])), ()):
            if name.unit.province == change.after[0]:
                found[unit.code].add(name.unit.code)
    return {code: frozenset(codes) for code, codes in found.items()}
