"""Makes addresses out of the table of places, in the ways that people write them; each with the place it must give."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from core.customers.addresses.cleaning import without_peoples
from core.customers.addresses.names import stem
from core.customers.addresses.others import other_names
from core.customers.addresses.repairs import ZONES
from core.customers.data import rows
from core.customers.data.divisions import Division, division_changes, divisions, find_division
from core.customers.pinyin import full_pinyin

TAILS = (
    *("人民路12号", "北京路88号附3号", "南京东路100弄2号", "成都市场西街5号", "中山北路三段9号院"),
    *("上海路与长春街交汇处", "建设大街东侧", "天津道77号", "解放南路1号广州大厦8楼", "河南小区3栋"),
    *("江西街18号", "西安路武汉商城B座", "工业园区创业路6号", "新华街道办事处旁", "长安街1号"),
    *("朝阳路口", "和平里东街", "滨江大道666号", "四川商会大厦12层", "东风村三组"),
    *("火车站对面", "大桥镇政府院内", "幸福村5社", "环城西路（原粮站）", "文化路20-1号"),
    *("城关镇东街", "G312国道南", "青年路123号A-401室"),
)
MARKS = (" ", "　", "-", "/", "，", "·", ",", " - ", "|", "、", "_", "  ")
COMPANIES = ("华联食品有限公司", "天府糖酒公司", "长城葡萄酒经销部", "南方粮油批发站", "东方贸易公司")
Made = tuple[str, str, str, Division | None]
"""The kind, the address, a hint (area code) and the place."""


class Maker:
    """Draws places and writes their addresses, the same for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self.draw = random.Random(seed)
        self.places = [
            one for one in divisions() if one.level == "district" and not one.special_zone and one.code < "71"
        ]
        self.named = Counter(one.district for one in self.places)
        self.stems = Counter(stem(one.name) for one in divisions() if not one.special_zone)
        self.towns = {row["code"]: row["towns"].split(" ") for row in rows("towns")}
        self.short = {one.name: one.short_name for one in divisions() if one.level == "province"}
        self.kinds: dict[str, Callable[[], tuple[str, str, Division | None]]] = {
            name.removeprefix("_make_"): getattr(self, name) for name in dir(self) if name.startswith("_make_")
        }

    def made(self, each: int) -> Iterator[Made]:
        """Give some addresses of each kind."""
        for kind, make in self.kinds.items():
            for _number in range(each):
                address, hint, place = make()
                yield kind, address, hint, place

    def _any(self, fits: Callable[[Division], bool] = lambda one: True) -> Division:
        while True:
            one = self.draw.choice(self.places)
            if fits(one):
                return one

    def _tail(self) -> str:
        return self.draw.choice(TAILS)

    def _levels(self, one: Division) -> list[str]:
        return list(dict.fromkeys((one.province, one.city, one.district)))

    def _unique(self, one: Division) -> bool:
        return self.named[one.district] == 1 and len(one.district) > 2

    def _of(self, one: Division, parts: Iterable[str], between: str = "") -> tuple[str, str, Division]:
        return between.join((*parts, self._tail())), "", one

    def _make_complete(self) -> tuple[str, str, Division]:
        one = self._any()
        return self._of(one, self._levels(one))

    def _make_without_province(self) -> tuple[str, str, Division]:
        one = self._any()
        return self._of(one, (one.city, one.district))

    def _make_without_city(self) -> tuple[str, str, Division]:
        names = Counter((one.province, one.district) for one in self.places)
        one = self._any(lambda one: names[one.province, one.district] == 1 and one.district != "城区")
        return self._of(one, dict.fromkeys((one.province, one.district)))

    def _make_district_alone(self) -> tuple[str, str, Division]:
        one = self._any(self._unique)
        return self._of(one, (one.district,))

    def _make_short_province(self) -> tuple[str, str, Division]:
        one = self._any()
        return self._of(one, dict.fromkeys((self.short[one.province], one.city, one.district)))

    def _make_short_names(self) -> tuple[str, str, Division]:
        one = self._any(lambda one: len(stem(one.district)) > 1 and len(one.district) > 2)
        same = Counter(stem(other.district) for other in self.places if other.city == one.city)
        if same[stem(one.district)] > 1 or stem(one.district) == stem(one.city):
            return self._make_short_names()
        between = self.draw.choice(("", " ", "，"))
        return self._of(
            one, list(dict.fromkeys((self.short[one.province], stem(one.city), stem(one.district)))), between
        )

    def _make_short_city(self) -> tuple[str, str, Division]:
        one = self._any()
        return self._of(one, (stem(one.city), one.district))

    def _make_repeated(self) -> tuple[str, str, Division]:
        one = self._any()
        levels = self._levels(one)
        at = self.draw.randrange(len(levels))
        parts = self.draw.choice((levels[: at + 1] + levels[at:], levels[: at + 1] + levels))
        return self._of(one, parts)

    def _make_marks_between(self) -> tuple[str, str, Division]:
        one = self._any()
        return self._of(one, self._levels(one), self.draw.choice(MARKS))

    def _make_blanks_within(self) -> tuple[str, str, Division]:
        one = self._any()
        text = "".join((*self._levels(one), self._tail()))
        return "".join(letter + (" " if self.draw.random() < 0.25 else "") for letter in text), "", one

    def _make_traditional(self) -> tuple[str, str, Division]:
        from opencc import OpenCC

        one = self._any()
        return OpenCC("s2t").convert("".join((*self._levels(one), self._tail()))), "", one

    def _make_full_width(self) -> tuple[str, str, Division]:
        one = self._any()
        text = "".join((*self._levels(one), self._tail()))
        return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text), "", one

    def _make_country(self) -> tuple[str, str, Division]:
        one = self._any()
        return self._of(
            one, (self.draw.choice(("中国", "中华人民共和国", "中国，", "China ", "P.R.C. ")), *self._levels(one))
        )

    def _make_label(self) -> tuple[str, str, Division]:
        one = self._any()
        return self._of(one, (self.draw.choice(("地址：", "公司地址:", "住所：", "收货地址: ")), *self._levels(one)))

    def _make_postcode(self) -> tuple[str, str, Division]:
        one = self._any(lambda one: bool(one.postcode))
        text = "".join((*self._levels(one), self._tail()))
        code = one.postcode
        return (
            self.draw.choice((f"{code} {text}", f"{text} {code}", f"{text}（邮编{code}）", f"[{code}]{text}")),
            "",
            one,
        )

    def _make_phone(self) -> tuple[str, str, Division]:
        one = self._any()
        text = "".join((*self._levels(one), self._tail()))
        return f"{text} 电话{one.area_code}-55551234", "", one

    def _make_place_behind(self) -> tuple[str, str, Division]:
        one = self._any()
        place = "".join(self._levels(one))
        return self.draw.choice(("{1}，{0}", "{1}（{0}）", "{1} {0}", "{1}[{0}]")).format(place, self._tail()), "", one

    def _make_province_behind(self) -> tuple[str, str, Division]:
        one = self._any()
        place = f"{one.city}{one.district}" if one.city != one.province else one.district
        return (
            self.draw.choice(("{1}{2}（{0}）", "{1}{2},{0}", "({0}){1}{2}")).format(one.province, place, self._tail()),
            "",
            one,
        )

    def _make_in_brackets(self) -> tuple[str, str, Division]:
        one = self._any()
        parts = self._levels(one)
        at = self.draw.randrange(len(parts))
        return self._of(one, [f"（{part}）" if index == at else part for index, part in enumerate(parts)])

    def _make_company_before(self) -> tuple[str, str, Division]:
        one = self._any()
        name = self.short[self.draw.choice(self.places).province] + self.draw.choice(COMPANIES)
        return f"{name} " + "".join((*self._levels(one), self._tail())), "", one

    def _make_company_behind(self) -> tuple[str, str, Division]:
        one = self._any()
        name = stem(self.draw.choice(self.places).city) + self.draw.choice(COMPANIES)
        return "".join((*self._levels(one), self._tail(), name, "院内")), "", one

    def _make_other_ending(self) -> tuple[str, str, Division]:
        one = self._any(lambda one: len(stem(one.district)) > 1 and one.district[-1] in "县市区")
        same = Counter(stem(other.district) for other in self.places if other.city == one.city)
        if same[stem(one.district)] > 1 or stem(one.district) == stem(one.city):
            return self._make_other_ending()
        ending = self.draw.choice([letter for letter in "县市区" if letter != one.district[-1]])
        return self._of(one, (*self._levels(one)[:-1], stem(one.district) + ending))

    def _make_short_autonomous(self) -> tuple[str, str, Division]:
        one = self._any(lambda one: "自治" in one.city or "自治" in one.district)
        parts = [self.short[one.province]]
        for name in (one.city, one.district):
            parts.append(self.draw.choice((without_peoples(name), stem(name) + name[-1])) if "自治" in name else name)
        return self._of(one, list(dict.fromkeys(parts)))

    def _make_former(self) -> tuple[str, str, Division]:
        while True:
            change = self.draw.choice([one for one in division_changes() if one.before[2]])
            one = find_division(*change.after)
            if (
                one is not None
                and one.level == "district"
                and change.before not in {(other.province, other.city, other.district) for other in self.places}
            ):
                return self._of(one, dict.fromkeys(change.before))

    def _make_former_short(self) -> tuple[str, str, Division]:
        while True:
            change = self.draw.choice([one for one in division_changes() if one.before[2].endswith("区")])
            one = find_division(*change.after)
            before, city = stem(change.before[2]), stem(change.before[1])
            if one is None or one.level != "district" or one.city != change.before[1] or len(before) < 2:
                continue
            known = {stem(other.name) for other in divisions() if other.city == one.city}
            if before not in known | {"市中", "市郊"}:
                return f"{city}{before}{self.draw.choice(('建设大街东侧', '文化路20-1号'))}", "", one

    def _make_earlier(self) -> tuple[str, str, Division]:
        one, name = self.draw.choice([(one, name) for one, name in other_names() if one.leaf])
        return f"{one.province}{name}{self.draw.choice(('建设大街东侧', '文化路20-1号'))}", "", one

    def _make_latin(self) -> tuple[str, str, Division]:
        one = self._any(self._unique)
        words = {"区": " District", "县": " County", "市": " City", "旗": " Banner"}
        bare = [full_pinyin(stem(name), "").title() for name in (one.district, one.city)]
        bare[0] += words.get(one.district[-1], "") if self.draw.random() < 0.7 else ""
        bare[1] += self.draw.choice(("", " City"))
        province = "" if one.province == one.city else full_pinyin(self.short[one.province], "").title()
        province = {"Shanxi": "Shaanxi"}.get(province, province) if one.code.startswith("61") else province
        street = self.draw.choice(("No. 12 Renmin South Road", "88 Zhongshan Road", "Room 801, Beijing Plaza", ""))
        end = self.draw.choice(("China", "P.R.China", "", f"{one.postcode}, China"))
        return ", ".join(filter(None, (street, *bare, province, end))), "", one

    def _make_two_in_a_cell(self) -> tuple[str, str, Division]:
        one, other = self._any(), self._any()
        first, second = ("".join((*self._levels(each), self._tail())) for each in (one, other))
        return (
            self.draw.choice(
                ("{0}；{1}", "{0};{1}", "1.{0} 2.{1}", "办公：{0}；仓库：{1}", "①{0}②{1}", "{0}\n{1}")
            ).format(first, second),
            "",
            one,
        )

    def _make_zone_of_state(self) -> tuple[str, str, Division]:
        province, city, line = self.draw.choice(ZONES)
        district, _sep, zones = line.partition(":")
        one = find_division(province, city, district)
        assert one is not None
        start = self.draw.choice((city, stem(city), "".join(dict.fromkeys((self.short[province], stem(city))))))
        return f"{start}{self.draw.choice(zones.split(','))}创业大道6号", "", one

    def _make_town_for_district(self) -> tuple[str, str, Division]:
        while True:
            one = self._any(lambda one: one.code in self.towns)
            town = self.draw.choice(self.towns[one.code])
            codes = [other.code for other in self.places if other.city == one.city and other.code != one.code]
            if not any(town[:-1] in (other[:-1] for other in self.towns.get(code, ())) for code in codes):
                return f"{one.province if one.province != one.city else ''}{one.city}{town}幸福路8号", "", one

    def _make_same_name_town(self) -> tuple[str, str, Division]:
        while True:
            one = self._any(lambda one: self.named[one.district] > 1 and one.code in self.towns)
            town = self.draw.choice(self.towns[one.code])
            others = [other.code for other in self.places if other.district == one.district and other.code != one.code]
            if not any(town[:-1] in (other[:-1] for other in self.towns.get(code, ())) for code in others):
                return f"{one.district}{town}幸福路8号", "", one

    def _make_same_name_area_code(self) -> tuple[str, str, Division]:
        names = Counter((one.district, one.area_code) for one in self.places)
        one = self._any(lambda one: self.named[one.district] > 1 and names[one.district, one.area_code] == 1)
        return f"{one.district}{self._tail()}", one.area_code, one

    def _make_same_name_postcode(self) -> tuple[str, str, Division]:
        names = Counter((one.district, one.postcode[:3]) for one in self.places)
        one = self._any(lambda one: self.named[one.district] > 1 and names[one.district, one.postcode[:3]] == 1)
        return f"{one.district}{self._tail()} 邮编：{one.postcode}", "", one

    def _make_same_name_open(self) -> tuple[str, str, Division | None]:
        one = self._any(lambda one: self.named[one.district] > 1)
        return f"{one.district}{self.draw.choice(('人民路12号', '建设大街东侧', '文化路20-1号'))}", "", None

    def _make_slip_in_district(self) -> tuple[str, str, Division]:
        one = self._any(lambda one: len(one.district) > 3)
        name = one.district
        at = self.draw.randrange(len(name) - 1)
        slip = self.draw.choice(
            (name[:at] + name[at + 1 :], name[: at + 1] + name[at:], name[:at] + "某" + name[at + 1 :])
        )
        return self._of(one, (*self._levels(one)[:-1], slip))

    def _make_slip_in_city(self) -> tuple[str, str, Division]:
        one = self._any(lambda one: one.city != one.province and self._unique(one))
        name = one.city
        at = self.draw.randrange(len(name) - 1)
        slip = self.draw.choice((name[: at + 1] + name[at:], name[:at] + "某" + name[at + 1 :]))
        return self._of(one, (one.province, slip, one.district))
