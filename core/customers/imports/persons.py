"""Takes apart cells that hold more than a name, or several people: 王建平（总经理）13900000142、李敏."""

from __future__ import annotations

import re

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
POLITE = re.compile(r"(?:先生|女士|小姐|同志)$")


def close_name(text: str) -> str:
    """Close a short name that was spread to the width of longer ones: 王　建平, 李 敏."""
    return "".join(text.split()) if SPREAD.fullmatch(text) else text


def people_in(text: str) -> list[dict[str, str]]:
    """Give the people whom a cell names, each with `name` and perhaps `title` and `mobile`.

    Nothing where it is one plain name, or where a piece is not surely a person: then the cell stands as it is.
    """
    found: list[dict[str, str]] = []
    for piece in SPLIT.split(text):
        if piece.strip():
            some = _piece(piece.strip())
            if not some:
                return []
            found += some
    return found if len(found) > 1 or any(len(one) > 1 for one in found) else []


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
