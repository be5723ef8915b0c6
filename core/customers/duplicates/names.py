"""Takes the name of a company apart: places, brand, trade, kind of house, legal form, branch."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from core.customers.data.divisions import all_divisions, division_changes
from core.customers.data.edition import of_places, remembered
from core.customers.duplicates.words import (
    BRANCH,
    DEPARTMENT,
    FIGURE,
    FORMER,
    HOUSE,
    KIND_END,
    KINDS,
    LEGAL_END,
    LEGAL_INSIDE,
    LINE_NUMBER,
    NUMBER,
    NUMERAL,
    NUMERALS,
    ORDINAL,
    PERSON,
    PERSON_ENDS,
    SHOP_END,
    TOWN,
    TRADE_LENGTHS,
    TRADES,
)
from core.customers.text import half_width, normal, simplified

BRACKET = re.compile(r"[(\[{<〈《【〔〖「『]([^()\[\]{}<>〈〉《》【】〔〕〖〗「」『』]*)[)\]}>〉》】〕〗」』]")
BLANK = re.compile(r"[\s_]+")
MARKS = re.compile(r"[^\w()]+")
MAX_PLACES = 4
DIGITS = {character: str(number) for number, character in enumerate("零一二三四五六七八九")} | {"〇": "0"}


class Parts(NamedTuple):
    """A name taken apart. `core` is `brand` and `trade`; `places` are prefixes of division codes."""

    whole: str
    core: str
    brand: str
    trade: str
    kind: str
    branch: str
    number: str
    places: tuple[str, ...]
    doubtful: bool = False
    """Whether what was cut off as a place may as well be a part of the brand."""


@of_places
def place_codes() -> Mapping[str, tuple[str, ...]]:
    """Give the codes of the places that a name stands for, without the zeros at their end: `44`, `4401`, `440103`."""
    found: dict[str, dict[str, None]] = {}

    def note(name: str, code: str) -> None:
        for key in (normal(name), "".join(map(normal, name))):  # alone, 乾 is simplified, within 乾安县 it is not
            if len(key) > 1:
                found.setdefault(key, {})[code] = None

    by_names = {(unit.province, unit.city, unit.district): unit.code for unit in all_divisions()}
    for unit in all_divisions():
        if not unit.special_zone:
            code = short_code(unit.code)
            note(unit.name, code)
            note(unit.short_name, code)
    for change in division_changes():
        now = by_names.get(change.after)
        old = change.before[2] or change.before[1] or change.before[0]
        if now and old:
            note(old, short_code(now))
            if old[-1] in "市县区" and len(old) > 2:
                note(old[:-1], short_code(now))
    return {name: tuple(codes) for name, codes in found.items()}


@of_places
def place_lengths() -> Mapping[str, tuple[int, ...]]:
    """Give how long the names of places are that begin with two characters, the longest first."""
    found: dict[str, set[int]] = {}
    for name in place_codes():
        found.setdefault(name[:2], set()).add(len(name))
    return {start: tuple(sorted(sizes, reverse=True)) for start, sizes in found.items()}


def short_code(code: str) -> str:
    """Cut the zeros off a division code: a province has two digits, a city four."""
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code


def together(one: str, other: str) -> bool:
    """Tell whether one place lies in the other, or is it."""
    return one.startswith(other) or other.startswith(one)


def _is_long(name: str) -> bool:
    """Tell whether a place is named with what it is: 乐清市, not 乐清."""
    return name[-1] in "省市县区州旗盟" and len(name) > 2


def _chosen(name: str, where: str, before: Sequence[str], rest: int) -> str | None:
    """Choose which of the places of one name is meant; None where it is rather a brand."""
    codes = place_codes().get(name)
    if codes is None:
        return None
    fitting = [code for code in codes if not before or any(together(code, one) for one in before)]
    here = [code for code in fitting if where and together(code, where[: max(4, len(code))])]
    if here:
        return here[0]
    long_form = _is_long(name)
    if before:
        return fitting[0] if fitting and (long_form or rest > 1) else None
    if long_form:
        return codes[0]
    shortest = min(codes, key=len)
    if len(shortest) <= 4:
        return shortest
    return shortest if not where and rest > 1 else None


def _cut_places(text: str, where: str, places: list[str]) -> str:
    """Cut places off the beginning, as long as they follow one another as places do."""
    rest = text
    while len(places) < MAX_PLACES:
        for size in place_lengths().get(rest[:2], ()):
            code = _chosen(rest[:size], where, places, len(rest) - size) if size < len(rest) - 1 else None
            if code is not None:
                places.append(code)
                rest = rest[size:]
                break
        else:
            break
    if places and (town := TOWN.match(rest)):
        rest = rest[town.end() :]
    return rest


def _without_place_within(core: str, where: str, places: list[str]) -> str:
    """Take the city that a company is in out of the middle of its name: 金谷成都食品."""
    for name in _city_names().get(where[:4], ()):
        at = core.find(name, 2)
        if at > 0 and len(core) - at - len(name) > 1:
            places.append(where[:4])
            return core[:at] + core[at + len(name) :]
    return core


@of_places
def _city_names() -> Mapping[str, tuple[str, ...]]:
    """Give the full and the short name of each city by its code."""
    cities = [unit for unit in all_divisions() if unit.level == "city" and len(short_code(unit.code)) == 4]
    return {short_code(unit.code): (normal(unit.name), normal(unit.short_name)) for unit in cities}


def _freed(name: str) -> str:
    """Take off what stands beside a name: stars, the number of a line, whom to ask for."""
    if not name[:1].isalpha():
        name = LINE_NUMBER.sub("", name) or name
    return (PERSON.sub("", name) or name) if name[-1:] in PERSON_ENDS else name


def in_words(core: str) -> str:
    """Write single figures as words: 3元, 叁元 and 三元 are one."""
    if NUMERAL.isdisjoint(core):
        return core
    return FIGURE.sub(lambda found: "零一二三四五六七八九"[int(found[0])], core.translate(NUMERALS))


def place_in(address: str) -> str:
    """Tell where an address is, by the divisions at its beginning."""
    places: list[str] = []
    _cut_places(normal(address) + "的的", "", places)
    return max(places, key=len, default="")


def _without_legal(text: str) -> str:
    for _step in range(4):
        found = LEGAL_END.search(text)
        if found is None or found.start() < 2:
            break
        text = text[: found.start()]
    return text


def split_trade(core: str) -> tuple[str, str]:
    """Split a core into brand and trade: words of trades are cut off its end as long as something stays."""
    end = len(core)
    while end > 2:
        for size in TRADE_LENGTHS:
            if end - size >= 2 and core[end - size : end] in TRADES:
                end -= size
                break
        else:
            break
    bare = ORDINAL.sub("", core)
    if core in TRADES or bare in TRADES or (bare != core and len(bare) < 3):
        return "", core
    return core[:end], core[end:]


@functools.lru_cache(8192)
def trade_words(trade: str) -> tuple[str, ...]:
    """Cut a trade into its words, the last first."""
    words: list[str] = []
    end = len(trade)
    while end:
        size = next((size for size in TRADE_LENGTHS if size <= end and trade[end - size : end] in TRADES), 0)
        if not size:
            break
        words.append(trade[end - size : end])
        end -= size
    return tuple(words)


def number_of(text: str) -> str:
    """Give the ordinal within a name, in plain digits (`第二`, `2`); names that differ in it are different houses."""
    found = ORDINAL.search(text) or NUMBER.search(text)
    if found is None:
        return ""
    value = found[1].lstrip("0")
    return {"十": "10"}.get(value) or "".join(DIGITS.get(one, one) for one in value)


def former_names(name: str) -> list[str]:
    """Give the name that stands behind as a former one: `甲公司(原乙(重庆)公司)`."""
    found = FORMER.search(half_width(name))
    return [found[1]] if found else []


@remembered(4096)
def take_apart(name: str, where: str = "", cut: bool = True) -> Parts:
    """Take a name apart. `where` is the code of the place that the company is known to be at.

    Without `cut`, what stands at the beginning is part of the brand even where it is the name of a place.
    """
    text = FORMER.sub("", BLANK.sub("", simplified(_freed(half_width(name))).lower())) or name
    places: list[str] = []
    branch = ""

    def bracket(found: re.Match[str]) -> str:
        nonlocal branch
        inner = normal(found[1])
        if not inner:
            return ""
        if LEGAL_END.fullmatch(inner) or inner in ("集团", "股份", "中国"):
            return ""
        bare = inner.removesuffix("地区")
        if (code := _chosen(bare, where, (), 9)) is not None:
            places.append(code)
            return ""
        cut: list[str] = []
        left = _cut_places(bare + "的的", where, cut).removesuffix("的的")
        if cut and not left:
            places.extend(cut)
            return ""
        if DEPARTMENT.fullmatch(inner):
            return ""
        if BRANCH.search(inner) or (HOUSE.search(inner) and LEGAL_END.search(normal(text[: found.start()]))):
            branch = inner
            return ""
        behind = LEGAL_END.search(normal(text[: found.start()]))
        return "" if behind and found.end() == len(text) else inner

    plain = MARKS.sub("", BRACKET.sub(bracket, text))
    plain = normal(plain)
    whole = normal(text)
    if not plain:
        branch = in_words(branch)
        return Parts(whole, whole, whole, "", "", branch, number_of(branch), tuple(places))
    inside = LEGAL_INSIDE.search(plain)
    head = plain
    if inside and inside.start() >= 2:
        tail = DEPARTMENT.sub("", plain[inside.end() :])
        tail = tail if BRANCH.search(tail) else _without_legal(tail)
        head = plain[: inside.start()]
        if tail and not LEGAL_END.fullmatch(tail):
            branch = branch or tail
    elif (found := BRANCH.search(plain)) and found.start() >= 4:
        branch = branch or found[0]
        head = plain[: found.start()]
    head = _without_legal(head)
    kind = ""
    ending = KIND_END.search(head)
    if ending and ending.start() >= 3:
        kind, head = KINDS[ending[0]], head[: ending.start()]
    head = head.replace("集团", "").replace("股份", "") if len(head) > 4 else head
    cut_at_start: list[str] = []
    core = _cut_places(head, where, cut_at_start) if cut else head
    if where and not cut_at_start:
        core = _without_place_within(core, where, places)
    core = in_words(core)
    doubtful = bool(cut_at_start) and _doubtful(head, where, cut_at_start, places)
    places = cut_at_start + [code for code in places if code not in cut_at_start]
    brand, trade = split_trade(core)
    if not brand and cut_at_start and not _long_at_start(head, cut_at_start[0]):
        doubtful = True
    branch = in_words(branch)
    number = number_of(branch) if branch else ""
    if not number and (ordinal := ORDINAL.search(in_words(head))):
        number = number_of(ordinal[0])
    return Parts(whole, core, brand, trade, kind, branch, number, tuple(places), doubtful)


def _doubtful(head: str, where: str, found: Sequence[str], others: Sequence[str]) -> bool:
    """Tell whether a short name of a place at the beginning may be a brand: `东方`, `青岛啤酒(郴州)`."""
    if len(found) > 1 or len(found[0]) == 2:
        return bool(others) and not any(together(found[0], other) for other in others)
    if _long_at_start(head, found[0]):
        return False
    if others:
        return not any(together(found[0], other) for other in others)
    return not together(found[0], where) if where else len(found[0]) > 4


def _long_at_start(head: str, code: str) -> bool:
    return any(head.startswith(name) for name in _long_names().get(code, ()))


@of_places
def _long_names() -> Mapping[str, list[str]]:
    """Give the names of a place that say what it is."""
    found: dict[str, list[str]] = {}
    for name, codes in place_codes().items():
        for code in codes if _is_long(name) else ():
            found.setdefault(code, []).append(name)
    return found


def same_branch(one: str, other: str) -> bool:
    """Tell whether two branches of a company are one, whatever branches are called: `湘潭东方红店`, `东方红分店`."""
    a, b = _without_shop(one), _without_shop(other)
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    return short == long or (len(short) > 1 and long.endswith(short) and long[: -len(short)] in place_codes())


def _without_shop(branch: str) -> str:
    rest = branch
    while (found := SHOP_END.search(rest)) and found.start() > 0:
        rest = rest[: found.start()]
    return rest
