"""Writes one company in the ways that people write it: names, numbers, addresses; for the benchmarks of duplicates."""

from __future__ import annotations

import functools
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from core.customers.duplicates.names import take_apart
from core.customers.duplicates.words import LOOK_ALIKES
from core.customers.pinyin import readings_table

PLACE = re.compile(r"^(.{2,4}?)(?:省|市|县|区)")
LEGAL = re.compile(r"(?:有限责任公司|股份有限公司|有限公司|公司)$")
COMMON = "诚信鑫源盛达丰华瑞祥金龙天福美佳味康宏远东方永兴恒泰顺发嘉禾绿野山泉春雨长青海洋星辰宝利德润新世纪大地谷香"


@functools.cache
def _to_traditional() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("s2t").convert
    return convert


@functools.cache
def _homophones() -> dict[str, list[str]]:
    """Group the characters of GB 2312's first level, those that people know, by their sound."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF):
            try:
                character = bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            found[readings_table().get(character, "")].append(character)
    return found


@functools.cache
def _look_alikes() -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one, chief in LOOK_ALIKES.items():
        found[chief].append(one)
        found[one].append(chief)
    return found


def _changed(name: str, dice: random.Random, change: Callable[[str, int], str | None]) -> str | None:
    """Change one character of the brand or the trade, where that can be."""
    core = take_apart(name).core
    start = name.find(core)
    if start < 0 or len(core) < 3:
        return None
    for place in dice.sample(range(start, start + len(core)), len(core)):
        changed = change(name, place)
        if changed and changed != name:
            return changed
    return None


def homophone(name: str, dice: random.Random) -> str | None:
    """Write a character of the same sound."""

    def change(text: str, place: int) -> str | None:
        others = [one for one in _homophones().get(readings_table().get(text[place], ""), ()) if one != text[place]]
        return text[:place] + dice.choice(others) + text[place + 1 :] if others else None

    return _changed(name, dice, change)


def look_alike(name: str, dice: random.Random) -> str | None:
    """Write a character of a similar shape."""

    def change(text: str, place: int) -> str | None:
        others = _look_alikes().get(text[place])
        return text[:place] + dice.choice(others) + text[place + 1 :] if others else None

    return _changed(name, dice, change)


def one_wrong(name: str, dice: random.Random) -> str | None:
    """Write some other character."""
    return _changed(name, dice, lambda text, place: text[:place] + dice.choice(COMMON) + text[place + 1 :])


def one_missing(name: str, dice: random.Random) -> str | None:
    """Leave a character out."""
    return _changed(name, dice, lambda text, place: text[:place] + text[place + 1 :])


def one_doubled(name: str, dice: random.Random) -> str | None:
    """Write a character twice."""
    return _changed(name, dice, lambda text, place: text[:place] + text[place] + text[place:])


def swapped(name: str, dice: random.Random) -> str | None:
    """Swap two neighbours."""

    def change(text: str, place: int) -> str | None:
        if text[place + 1 : place + 2] in ("有", "股", "公", "总", "集", "责", "厂", "("):
            return None
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]

    return _changed(name, dice, change)


def traditional(name: str, dice: random.Random) -> str | None:
    """Write traditional characters."""
    return _to_traditional()(name)


def full_width(name: str, dice: random.Random) -> str | None:
    """Write with blanks and marks of full width."""
    marked = name.replace("(", "（").replace(")", "）")
    place = dice.randrange(1, len(marked))
    return marked[:place] + "\u3000" + marked[place:]


def other_form(name: str, dice: random.Random) -> str | None:
    """Write another legal form, a cut one, or none."""
    return (
        None
        if take_apart(name).branch
        else LEGAL.sub(
            dice.choice(["有限责任公司", "股份有限公司", "有限公司", "公司", "有限", "有限责", "", "集团有限公司"]),
            name,
        )
    )


def without_place(name: str, dice: random.Random) -> str | None:
    """Leave the place out."""
    parts = take_apart(name)
    start = name.find(parts.core)
    return name[start:] if parts.brand and len(parts.core) >= 3 and start > 0 else None


def with_mark(name: str, dice: random.Random) -> str | None:
    """Put a note of the clerk behind the name."""
    return name + dice.choice(["(采购部)", "（停用）", "(新)", "(重复)", "【作废】", "财务部", "（办公室）"])


def abbreviated(name: str, dice: random.Random) -> str | None:
    """Keep the place and two to four characters of the core."""
    parts = take_apart(name)
    start = name.find(parts.core)
    if not parts.brand or start < 2 or parts.branch:
        return None
    place = name[:start]
    return (place.rstrip("市县区省") if len(place) > 2 else place) + parts.core[
        : max(len(parts.brand) if len(parts.brand) < 5 else 2, 2)
    ]


def brand_only(name: str, dice: random.Random) -> str | None:
    """Keep the brand alone."""
    parts = take_apart(name)
    return parts.brand if len(parts.brand) >= 3 and not parts.branch else None


def other_trade(name: str, dice: random.Random) -> str | None:
    """Write another word for the trade."""
    pairs = [
        ("商贸", "贸易"),
        ("贸易", "商贸"),
        ("茶叶", "茶业"),
        ("茶业", "茶叶"),
        ("饮料", "饮品"),
        ("印务", "印刷"),
        ("酒业", "酒厂"),
    ]
    for one, other in pairs:
        if one in name:
            return name.replace(one, other)
    return None


def renamed(name: str, dice: random.Random) -> str | None:
    """Write the former name behind a new one."""
    parts = take_apart(name)
    fresh = "".join(dice.sample(COMMON, 3)) + (parts.trade or "食品") + "有限公司"
    return f"{fresh}(原{name})" if not parts.branch else None


def numeral(name: str, dice: random.Random) -> str | None:
    """Write a numeral as a figure or in the form of accounts."""
    place = next((place for place, one in enumerate(name) if place > 1 and one in "一二三四五六七八九"), 0)
    if not place or take_apart(name).places:
        return None
    which = "一二三四五六七八九".index(name[place])
    return name[:place] + dice.choice((str(which + 1), "壹贰叁肆伍陆柒捌玖"[which])) + name[place + 1 :]


def asked_for(name: str, dice: random.Random) -> str | None:
    """Put the person to be asked for, or the number of a line, beside the name."""
    return dice.choice(("{}-张经理", "{}（王总）", "{} 李小姐", "12、{}", "★{}", "【重点】{}", "{} 销售科")).format(
        name
    )


def place_moved(name: str, dice: random.Random) -> str | None:
    """Put the place behind the brand, or in brackets behind the trade or the name."""
    parts = take_apart(name)
    start = name.find(parts.core)
    form = LEGAL.search(name)
    if not parts.brand or parts.branch or start < 2 or form is None or form.start() != start + len(parts.core):
        return None
    place, end = name[:start].removesuffix("市"), form[0]
    return dice.choice(
        [f"{parts.brand}{place}{parts.trade}{end}", f"{parts.core}（{place}）{end}", f"{parts.core}{end}({place})"]
    )


VARIATIONS: dict[str, Callable[[str, random.Random], str | None]] = {
    one.__name__: one
    for one in (
        homophone, look_alike, one_wrong, one_missing, one_doubled, swapped, traditional, full_width, other_form,
        without_place, with_mark, abbreviated, brand_only, other_trade, renamed,
        numeral, asked_for, place_moved,
    )
}  # fmt: skip


def number_written(digits: str, dice: random.Random) -> str:
    """Write a telephone number in one of the ways in which people do."""
    if digits.startswith("1"):
        spaced = f"{digits[:3]}-{digits[3:7]}-{digits[7:]}"
        return dice.choice(
            [digits, "+86" + digits, spaced, digits[:3] + " " + digits[3:7] + " " + digits[7:], "0" + digits]
        )
    size = 3 if digits[1] in "12" else 4
    area, rest = digits[:size], digits[size:]
    return dice.choice(
        [f"{area}-{rest}", f"({area}){rest}", f"+86 {area[1:]} {rest}", f"{area} {rest}转808", area + rest]
    )


def address_written(address: str, dice: random.Random) -> str:
    """Write an address in one of the ways in which people do."""
    short = re.sub(r"^.{2,6}(?:省|自治区)", "", address)
    wide = address.translate({ord(str(one)): chr(0xFF10 + one) for one in range(10)})
    return dice.choice([address, short, wide, address.replace("省", "").replace("市", "", 1), address + "一楼"])


def varied(name: str, dice: random.Random, kinds: Iterable[str] = ()) -> tuple[str, str]:
    """Write a name in one of the ways that suit it; with which."""
    choices = list(kinds or VARIATIONS)
    for kind in dice.sample(choices, len(choices)):
        written = VARIATIONS[kind](name, dice)
        if written and written != name and len(written) > 1:
            return written, kind
    return name, "same_name"
