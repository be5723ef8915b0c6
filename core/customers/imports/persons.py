"""Takes apart cells that hold more than a name, or several people: 王建平（总经理）13900000142、李敏."""

from __future__ import annotations

import re
from typing import Any

from core.customers.imports.targets import NAMES
from core.customers.numbers import WITHIN
from core.customers.surnames import COMPOUND
from core.transfer.mapping import SURNAMES

SPLIT = re.compile(r"[、,，;；/|\n]+")
BRACKETED = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]")
NAME = re.compile(r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{1,6}·[\u4e00-\u9fff]{1,8}")
TITLE = re.compile(
    r".*(?:经理|总|长|员|主任|监|主管|师|秘书|代表|会计|出纳|助理|书记|老板|负责人|采购|销售|财务|内勤|外勤|文员|干事)$"
)
UNIT = re.compile(r"[部科室处组]$")
SPREAD = re.compile(r"[\u4e00-\u9fff](?:\s+[\u4e00-\u9fff]){1,2}|[\u4e00-\u9fff]\s+[\u4e00-\u9fff]{2}")
HAN = re.compile("[一-鿿]")
COLUMNS = {"name": "contact", "title": "contact_position", "mobile": "mobile"}
ATTACHED = re.compile(
    r"([一-鿿]{2,4}?)((?:副?总|大区|区域|销售|采购|业务|财务|行政|市场|办公室|客户)?(?:经理|主任|总监|主管|部长|科长|厂长|处长|局长|董事长|会计|老板|店长))"
)
"""A name with a title behind it and nothing between: 王建平经理. 王经理 stays as it is."""
NUMBER = re.compile(rf"\s*[:：]?\s*({WITHIN.pattern})\s*", re.IGNORECASE)
LABELLED = re.compile(r"^\s*(?:联系人|联络人|姓名|负责人|经办人|收件人)\s*[:：]\s*")
POLITE = re.compile(r"(?:先生|女士|小姐|同志)$")


def _is_whole(name: str) -> bool:
    """Tell a family name with a given one from a family name alone."""
    return (
        name[0] in SURNAMES
        and name[-1] not in "总副"
        and len(name) > 1
        and name not in COMPOUND
        and len(name) <= (4 if name[:2] in COMPOUND else 3)
    )


def close_name(text: str) -> str:
    """Close a short name that was spread to the width of longer ones: 王　建平, 李 敏."""
    return "".join(text.split()) if SPREAD.fullmatch(text) else text


def people_in(text: str) -> list[dict[str, str]]:
    """Give the people whom a cell names, each with `name` and perhaps `title` and `mobile`.

    Nothing where it is one plain name, or where a piece is not surely a person: then the cell stands as it is.
    """
    found: list[dict[str, str]] = []
    for piece in SPLIT.split(text):
        number = NUMBER.fullmatch(piece)
        if found and number and "mobile" not in found[-1]:
            found[-1]["mobile"] = number[1]  # 王建平/13900000142
        elif found and "title" not in found[-1] and TITLE.fullmatch(piece.strip()) and piece.strip()[0] not in SURNAMES:
            found[-1]["title"] = piece.strip()  # 王建平/采购经理
        elif piece.strip():
            some = _piece(piece.strip())
            if not some:
                return []
            found += some
    return found if len(found) > 1 or any(len(one) > 1 for one in found) else []


def people_of(taken: dict[str, Any], many: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Put the first contact of a row into `taken`, in columns of the file; give the others, with their `mobile`.

    There are others where a cell names several people, or where each has columns of his own (`people`). A name may
    stand in two parts, or with title and number in one cell.
    """
    family, given = (taken.pop(name, "") for name in NAMES)
    if family or given:
        apart = "" if HAN.search(family + given) else " "
        taken.setdefault("contact", f"{family}{given}" if not apart else f"{given} {family}".strip())
    told: list[dict[str, Any]] = [one for one in taken.pop("people", ()) if "contact" in one]
    if told and "contact" not in taken:
        first = told.pop(0)
        taken |= {name: value for name, value in first.items() if name != "mobile"}
    others = _apart(taken, many) if "contact" in taken else []
    for one in told:
        numbers: dict[str, list[str]] = {}
        others += [one, *_apart(one, numbers)]
        for mobile in numbers.get("contact_mobile", ()):
            one.setdefault("mobile", mobile)
            many.setdefault("contact_mobile", []).append(mobile)
    return others


def _apart(taken: dict[str, Any], many: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Take the cell of a contact apart; give the others whom it names."""
    name = close_name(LABELLED.sub("", taken["contact"]) or taken["contact"])
    polite = POLITE.search(name)
    if polite and _is_whole(name[: polite.start()]):
        name = name[: polite.start()]
        taken.setdefault("contact_salutation", polite[0])
    taken["contact"] = name
    people = people_in(taken["contact"])
    if not people:
        return []
    first, *others = people
    taken["contact"] = first["name"]
    if "title" in first:
        taken.setdefault("contact_position", first["title"])
    if mobiles := [one["mobile"] for one in people if "mobile" in one]:
        many.setdefault("contact_mobile", []).extend(mobiles)
    return [{COLUMNS[key]: value for key, value in one.items()} for one in others]


def _piece(piece: str) -> list[dict[str, str]]:
    numbers = WITHIN.findall(piece)
    rest = WITHIN.sub(" ", piece)
    said = BRACKETED.findall(rest)
    words = re.sub(r"[:：-]", " ", BRACKETED.sub(" ", rest)).split()
    if re.search(r"\d", rest) or len(numbers) > 1 or len(said) > 1 or not 0 < len(words) <= 3:
        return []
    found: list[dict[str, str]] = []
    for word in words:
        plain = POLITE.sub("", word)
        if found and TITLE.fullmatch(word) and "title" not in found[-1]:
            found[-1]["title"] = word
        elif (stuck := ATTACHED.fullmatch(word)) and _is_whole(stuck[1]):
            found.append({"name": stuck[1], "title": stuck[2]})
        elif NAME.fullmatch(plain) and not TITLE.fullmatch(word) and not UNIT.search(word):
            found.append({"name": plain})
        else:
            return []
    apart = [one["name"] for one in found]
    if len(apart) > 1 and any(name[0] not in SURNAMES or name in COMPOUND for name in apart):
        return []  # perhaps a blank within one name
    if said and said[0].strip():
        if not TITLE.fullmatch(said[0].strip()) or "title" in found[-1]:
            return []
        found[-1]["title"] = said[0].strip()
    if numbers:
        found[-1]["mobile"] = numbers[0]
    return found
