"""Weighs what an address says of its place: which names stand where, and which place explains most of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.customers.addresses.cleaning import Clean, clean
from core.customers.addresses.latin import read_latin
from core.customers.addresses.names import Kind, Name, formerly_above, lengths, names, path_of, stem
from core.customers.addresses.repairs import district_of_town, misspelt_district, zone_district
from core.customers.data.divisions import Division, below, division, divisions

HAN = re.compile("[一-鿿㐀-䶿]")
FIRST_OF_SEVERAL = re.compile(
    r"\s*(?:[1１一①][.、．):：]?\s*)?(.{6,}?)(?:[;；\n]|[\s,，。][2２二②][.、．):：]|②).*[一-鿿]", re.S
)
"""The first of several addresses in one cell."""

NO_ZONE = "(?!新区|新技术|高新|经济|开发|工业园|产业园|旅游区)"
"""东湖新技术开发区 is no lake."""

ROAD = re.compile(
    "[东西南北中环内外前后新老]{0,2}[一二三四五六七八九十]?(?:路|街|大道|大街|道(?![外里真县])|巷|弄|胡同|国道|高速|公路|湾|镇|乡|[左右]{1,2}翼)"
    + NO_ZONE
)
DIRECT_ROAD = re.compile("路|街(?!道)|大道|大街")
NOT_A_PLACE = re.compile(
    "[东西南北中大小上下前后新老一二三四五六七八九十]{0,2}(?:路|街|大道|道(?![外里真县])|巷|弄|胡同|里|桥|广场|大厦|大楼|宾馆|酒店|饭店|商城|"
    "商场|市场|小区|花园|花苑|公寓|新村|村|镇|乡|屯|社区|门|公园|医院|大学|学院|学校|中学|小学|车站|火车|站|机场|码头|商贸城|"
    "工贸|公司|集团|银行|批发|大楼|商厦|书店|山庄|水库|河|江|湖|山)" + NO_ZONE
)
TOWN_BEHIND = re.compile("[一-鿿]{0,3}(?:镇|乡|办|街道|农场|林场|苏木|旅游|风景)|[一-鿿]{0,2}(?:路|街|大道|巷)")
COMPANY = re.compile("(?:公司|集团|厂|店|部|站|中心|商行|合作社|超市|研究所|经营部)$")
DOUBLED = frozenset("省市区县州盟旗")
"""An ending written twice leaves two names side by side: 伊犁哈萨克自治州州伊宁市."""

WITHIN_A_WORD = 0.1
"""What 邱县 counts for in 内邱县."""

LATER = 0.35
"""What a name counts for behind a road or the like, against one at the beginning."""

AFTER_A_BREAK = 0.6
AREA_CODE = 3.0
SURE = 0.5
"""By how much the best place must lead, and what it must weigh at least."""

CONFLICT = 6.0
"""An urban district lies in the city that is named before it, whatever other cities have one of its name; and no
district lies in another."""

ELSEWHERE = 0.5
"""What it costs that a place behind ours is elsewhere, against one that ours leaves out."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of the place of an address; what is open is empty."""

    code: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    postcode: str = ""
    area_code: str = ""


@dataclass(slots=True)
class Mention:
    """A name in the text, and the places that it may stand for there."""

    start: int
    end: int
    names: list[Name]
    factor: float
    head: bool
    tentative: bool = False


def parse_address(address: str, area_code: str = "", postcode: str = "") -> Place:
    """Read the place of an address; `area_code` and `postcode` decide between places of one name.

    Of several places that are as likely, what they have in common is given and the rest left open.
    """
    if not HAN.search(address):
        unit, given_postcode = read_latin(address)
        return _place(unit, given_postcode or postcode)
    if several := FIRST_OF_SEVERAL.match(address):
        first = parse_address(several[1], area_code, postcode)
        if first.district:
            return first
    given = clean(address)
    given.area_code = "".join(filter(str.isdigit, area_code)) or given.area_code
    if len(postcode) == 6 and postcode.isdigit():
        given.postcode = postcode
    mentions = _mentions(given)
    best = _best(mentions, given)
    if not best and not mentions:
        best = _by_area_code(given.area_code)
    unit = _refined(best, mentions, given)
    return _place(unit, given.postcode)


def _place(unit: Division | None, postcode: str) -> Place:
    if unit is None:
        return Place()
    if not (postcode and _near(unit, postcode)):
        postcode = unit.postcode
    return Place(unit.code, unit.province, unit.city, unit.district, postcode, unit.area_code)


def _near(unit: Division, postcode: str) -> bool:
    return not unit.postcode or unit.postcode[:2] == postcode[:2]


def _found(text: str) -> list[tuple[int, int, Sequence[Name]]]:
    """Find all names in a text; of those that begin at one character the longest, and none within another."""
    known, sizes = names(), lengths()
    found: list[tuple[int, int, Sequence[Name]]] = []
    reach = 0  # what is covered so far; a name that only overlaps leaves it, as 株洲市北区 has 北区 beside 市北区
    for start in range(len(text) - 1):
        for size in sizes.get(text[start : start + 2], ()):
            end = start + size
            if end <= reach:
                break
            which = known.get(text[start:end])
            if which is None or (text[end - 1 : end + 1] == "市场" and size > 2):
                continue
            if start < reach:  # 上海南汇 has no 海南; but 乐山市中区 has both 乐山市 and 市中区
                which = [one for one in which if one.kind <= Kind.FORMER]
                if not which:
                    continue
                if found and found[-1][1] > start and all(one.kind == Kind.SHORT for one in found[-1][2]):
                    found.pop()
                    reach = end
                found.append((start, end, which))
                break
            found.append((start, end, which))
            reach = end
            break
    return found


def _mentions(given: Clean) -> list[Mention]:
    """Judge the names in the text by where they stand."""
    text, breaks = given.text, given.breaks
    kept: list[Mention] = []
    found = _found(text)
    companies = _companies(given, found)
    head, covered = True, 0
    for index, (start, end, which) in enumerate(found):
        firm = any(first <= start < last for first, last in companies.items())
        covered = companies.get(covered, covered)
        overlapping = start < covered
        before = kept[-1] if kept and kept[-1].end >= start - 1 else None
        behind = found[index + 1] if index + 1 < len(found) else None
        head = head and not firm and (start <= covered or DOUBLED.issuperset(text[covered:start]))
        factor = 1.0 if head else AFTER_A_BREAK if start in breaks else LATER
        if not head and end - start == 2 and start not in breaks:
            factor = WITHIN_A_WORD
        if before is not None and start <= before.end:
            factor = before.factor
        if firm:
            factor = WITHIN_A_WORD
        accepted, tentative = _accepted(start, end, which, given, head, before, behind)
        if accepted:
            kept.append(Mention(start, end, accepted, factor, head and not overlapping, tentative))
            covered = max(covered, end)
    return kept


def _accepted(
    start: int,
    end: int,
    which: Sequence[Name],
    given: Clean,
    head: bool,
    before: Mention | None,
    behind: tuple[int, int, Sequence[Name]] | None,
) -> tuple[list[Name], bool]:
    """Give the places that a name may stand for where it stands, and whether that is still to be confirmed."""
    whole = end in given.breaks
    begins = start == 0 or start in given.breaks
    road = None if whole else ROAD.match(given.text, end)
    word = None if whole else NOT_A_PLACE.match(given.text, end)
    next_to = behind[2] if behind is not None and behind[0] <= end else ()
    accepted, tentative = [], False
    for name in which:
        if name.kind != Kind.SHORT:
            if head or whole or not DIRECT_ROAD.match(given.text, end):
                accepted.append(name)
        elif before is not None and not road and _below(name, before.names):
            accepted.append(name)
        elif begins and any(_below(other, (name,)) for other in next_to if not road or other.kind != Kind.SHORT):
            accepted.append(name)  # 石家庄桥西区
        elif begins and not word:
            large = name.level == 0 or (name.level == 1 and name.unit.code.endswith("00"))
            if large or start == 0:
                accepted.append(name)
                tentative = tentative or not large
    return accepted, tentative and all(name.kind == Kind.SHORT for name in accepted)


def _companies(given: Clean, found: Sequence[tuple[int, int, Sequence[Name]]]) -> dict[int, int]:
    """Find the stretches that name a company before the address proper: 四川糖酒公司 成都市武侯区…."""
    if len(given.breaks) < 2:
        return {}
    edges = sorted((*given.breaks, len(given.text)))
    stretches = {}
    for first, last in itertools.pairwise(edges):
        if not COMPANY.search(given.text, first, last):
            continue
        here = [which for start, _end, which in found if first <= start < last]
        later = [which for start, _end, which in found if start >= last and start in given.breaks]
        if any(one.kind <= Kind.FORMER and one.level == 2 for which in here for one in which):
            continue
        if any(one.kind != Kind.SHORT for which in later for one in which):
            stretches[first] = last
    return stretches


def _below(name: Name, others: Iterable[Name]) -> bool:
    return any(other.unit.code in name.path and other.unit.code != name.unit.code for other in others)


def _score(name: Name, mentions: Sequence[Mention], given: Clean) -> float:
    """Weigh one place: what it explains of the text, less what it leaves unexplained at the beginning."""
    path = name.path
    before = formerly_above().get(name.unit.code, ())
    explained = [0.0, 0.0, 0.0]
    lost = 0.0
    conflict = False
    for mention in mentions:
        here = [one for one in mention.names if one.unit.code in path]
        if here:
            new = [one for one in here if not explained[one.level]]
            one = min(new, key=lambda one: (one.kind, one.level)) if new else max(here, key=lambda one: one.weight)
            weight = one.weight * mention.factor
            if mention.tentative and one.level and not _confirmed(one, mention, mentions, given):
                weight = 0.0
            explained[one.level] = max(explained[one.level], weight)
        elif any(one.unit.code in before for one in mention.names):
            explained[1] = max(explained[1], 2.0 * mention.factor)
        elif mention.head and not mention.tentative and not explained[2]:
            heaviest = max(mention.names, key=lambda one: one.weight)
            if all(one.common for one in mention.names):
                lost += 0.25
            elif explained[name.level] and not any(name.unit.code in one.path for one in mention.names):
                lost += heaviest.weight * mention.factor * ELSEWHERE
            else:
                lost += heaviest.weight * mention.factor
                conflict = conflict or heaviest.level == 2 or (heaviest.level == 1 and name.unit.name.endswith("区"))
    if not explained[name.level]:
        return -99.0
    if (
        name.common
        and not explained[1]
        and (name.unit.special_zone or not explained[0])
        and not _hinted(name.unit, given)
    ):
        return -99.0
    if (
        name.level == 2
        and not (explained[0] or explained[1])
        and _casual(name, mentions)
        and not _hinted(name.unit, given)
    ):
        return -99.0
    if conflict and name.level == 2:
        lost += CONFLICT
    return sum(explained) - lost + _hints(name.unit, given)


def _confirmed(name: Name, mention: Mention, mentions: Sequence[Mention], given: Clean) -> bool:
    """Tell whether a short name at the very beginning is a place: 新华 may be a shop, 宁乡经济开发区 is not.

    A county may be called without its ending; the name of an urban district is too common for that.
    """
    if _hinted(name.unit, given):
        return True
    if name.unit.name.endswith("新区") and len(mention.names) == 1:
        return True
    if name.unit.name[-1] != "区" and not name.abroad and not TOWN_BEHIND.match(given.text, mention.end):
        return True
    if any(other is not mention and _within(other, name) for other in mentions):
        return True
    return district_of_town(given.text, mention.end, below=name.unit.code) is not None


def _casual(name: Name, mentions: Sequence[Mention]) -> bool:
    """Tell whether a name stands only somewhere within words: 城西区 in 西北电子商贸城西区."""
    mine = [one for one in mentions if any(other.unit.code == name.unit.code for other in one.names)]
    return all(one.factor <= LATER and one.end - one.start <= 3 for one in mine)


def _within(other: Mention, name: Name) -> bool:
    return any(one.unit.code in name.path or name.unit.code in one.path for one in other.names)


def _hinted(unit: Division, given: Clean) -> bool:
    """Tell whether area code or postcode say that it is this place."""
    if given.area_code and unit.area_code == given.area_code:
        return True
    return bool(given.postcode) and unit.postcode[:4] == given.postcode[:4]


def _hints(unit: Division, given: Clean) -> float:
    weight = AREA_CODE if given.area_code and unit.area_code == given.area_code else 0.0
    if given.postcode and unit.postcode:
        same = next((size for size in (6, 4, 3, 2) if unit.postcode[:size] == given.postcode[:size]), 0)
        weight += {6: 2.5, 4: 2.0, 3: 1.5, 2: 1.0, 0: -1.0}[same]
    return weight


def _plain(mentions: Sequence[Mention], given: Clean) -> Division | None:
    """Give the district of a plain address at once: its names begin the text, and one district fits them all."""
    head = [mention for mention in mentions if mention.head]
    hinted = bool(given.area_code or given.postcode)
    if not head or (len(head) == 1 and hinted) or any(mention.tentative for mention in head):
        return None
    fits: Division | None = None
    for mention in head:
        for name in mention.names:
            if name.kind != Kind.FULL or name.level != 2 or name.common:
                continue
            path = name.path
            if all(any(other.unit.code in path for other in one.names) for one in head if one is not mention):
                if fits is not None and fits.code != name.unit.code:
                    return None
                fits = name.unit
    return fits


def _best(mentions: Sequence[Mention], given: Clean) -> list[Division]:
    """Give the likeliest places: one, or several that are as likely."""
    plain = _plain(mentions, given)
    if plain is not None:
        return [plain]
    candidates = {name.unit.code: name for mention in mentions for name in reversed(mention.names)}
    scored = sorted(((_score(name, mentions, given), name.unit) for name in candidates.values()), key=lambda p: -p[0])
    if not scored or scored[0][0] < SURE:
        return []
    return [unit for score, unit in scored if score > scored[0][0] - SURE]


def _by_area_code(area_code: str) -> list[Division]:
    if not area_code:
        return []
    return [unit for unit in divisions() if unit.level == "city" and unit.area_code == area_code]


def _common(units: Iterable[Division]) -> Division | None:
    """Give the place that several lie in, or that one of them is."""
    paths = [path_of(unit) for unit in units]
    for level in (2, 1, 0):
        codes = {path[level] for path in paths}
        if len(codes) == 1 and (code := codes.pop()):
            return division(code)
    return None


def _renamed(unit: Division, mentions: Sequence[Mention], text: str) -> bool:
    """Tell whether a district stands in the text only by the name of one that is no more."""
    mine = [one for one in mentions if any(name.unit.code == unit.code for name in one.names)]
    return all(
        name.kind == Kind.FORMER and stem(text[mention.start : mention.end]) != stem(unit.name)
        for mention in mine
        for name in mention.names
        if name.unit.code == unit.code
    )


def _leads(mention: Mention, unit: Division) -> bool:
    """Tell whether a name at the beginning is of the place found, and not 高新区 of all the cities that have one."""
    return any(unit.code in name.path or name.unit.code in path_of(unit) or not name.common for name in mention.names)


def _refined(best: Sequence[Division], mentions: Sequence[Mention], given: Clean) -> Division | None:
    """Find the district by what stands behind the names, where these leave it open."""
    unit = _common(best)
    text = given.text
    end = max((mention.end for mention in mentions if mention.head), default=0)
    if unit is not None and unit.level == "district":
        if not _renamed(unit, mentions, text):
            return unit
        town = district_of_town(text, end, below=unit.parent_code)  # a district that was divided among several
        return division(town) if town else unit
    if len(best) > 1:
        town = district_of_town(text, end, among=[one.code for one in best])
        return division(town) if town else unit
    if unit is None:
        among = [name.unit.code for mention in mentions for name in mention.names if name.level == 2]
        town = district_of_town(text, end, among=among) if among else district_of_town(text, 0)
        return division(town) if town else None
    if unit.level == "city" and below(unit.code):
        place = max((mention.end for mention in mentions if mention.head and _leads(mention, unit)), default=0)
        found = zone_district(unit, text, place) or zone_district(unit, text, end) or misspelt_district(unit, text, end)
        if found is not None:
            return found
    if unit.leaf:
        return unit
    town = district_of_town(text, end, below=unit.code)
    return division(town) if town else unit
