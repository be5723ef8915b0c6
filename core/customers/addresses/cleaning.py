"""Brings the text of an address into one form, and takes postcode, telephone and country out of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.customers.text import half_width, simplified

PEOPLES = (
    "回族|藏族|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族?|傣族|黎族|傈僳族|佤族|畲族|拉祜族|水族|"
    "纳西族|景颇族|柯尔克孜族?|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族?|各族|裕固族|保安族|怒族|独龙族|普米族|"
    "塔吉克族?|维吾尔族?|(?<!内)蒙古族?"
)
AUTONOMOUS = re.compile(rf"(?<=[一-鿿]{{2}})(?:{PEOPLES})+(?=自治)")
"""The peoples in 恩施土家族苗族自治州: many write some or none of them."""

COUNTRY = re.compile(
    r"中华人民共和国|中国大陆|^\W*中国(?![一-鿿]{0,6}(?:公司|集团|银行))|P\.?\s*R\.?\s*(?:of\s*)?China|China\b", re.I
)
LABEL = re.compile(
    r"^\W*(?:[一-鿿]{0,4}地址|住所地?|所在地|地点|(?:办公|注册|经营|生产|仓库|库房|工厂|厂址|公司|总部|门店|收货|发货)[处地]?|ADD(?:RESS)?)"
    r"\s*[:：.]+",
    re.I,
)
MANY_DIGITS = re.compile(r"\d{6}")
POSTCODE = re.compile(r"(?:邮政编码|邮编|邮码|P\.?C\.?|ZIP)\s*[:：]?\s*(\d{6})(?!\d)", re.I)
BARE_POSTCODE = re.compile(r"^[\s(\[【]*(\d{6})[\s)\]】,，]*(?=[^\d\s])|(?:[\s(\[【,，;；]+)(\d{6})[\s)\]】.。]*$")
PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?[(]?(0(?:10|2\d|[3-9]\d\d))[)]?[- ]{0,2}(?:\d{7,8})(?!\d)")
SEPARATORS = re.compile(r"[\s·•・,，.。;；:：/\\|_()\[\]【】{}<>《》「」、'\"“”‘’*~+=-]+")


@dataclass(slots=True)
class Clean:
    """An address without blanks and marks; `breaks` says where they stood."""

    text: str
    breaks: frozenset[int]
    postcode: str
    area_code: str


def without_peoples(name: str) -> str:
    """Shorten 恩施土家族苗族自治州 to 恩施自治州."""
    return AUTONOMOUS.sub("", name) if "自治" in name else name


def clean(address: str) -> Clean:
    """Fold the text and take out of it what is no place."""
    text = simplified(half_width(address))
    postcode = area_code = ""
    text = LABEL.sub("", text)
    if text[:1] in "中PpCc" or "hina" in text or "中华人民" in text or "中国" in text[:4]:
        text = COUNTRY.sub(" ", text)
    if MANY_DIGITS.search(text):
        if found := PHONE.search(text):
            area_code = found[1]
            text = text[: found.start()] + " " + text[found.end() :]
        if found := POSTCODE.search(text) or BARE_POSTCODE.search(text):
            postcode = next(part for part in found.groups() if part)
            text = text[: found.start()] + " " + text[found.end() :]
    pieces = [piece for piece in SEPARATORS.split(text.replace("公司", "公司 ")) if piece]
    breaks, length = [], 0
    for piece in pieces:
        breaks.append(length)
        length += len(piece)
    text = "".join(pieces)
    if "自治" in text:
        for found in reversed(list(AUTONOMOUS.finditer(text))):
            text = text[: found.start()] + text[found.end() :]
            breaks = [_moved(at, found.start(), found.end()) for at in breaks]
    return Clean(text, frozenset(breaks), postcode, area_code)


def _moved(at: int, start: int, end: int) -> int:
    """Say where a place in a text is after a part of it was taken out."""
    return at if at < start else max(start, at - (end - start))
