"""Reads the values of cells as clerks and programs write them; ValueError on what is not understood."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Container
from decimal import Decimal, InvalidOperation
from typing import Any

from core.formulas import bare

BLANK = frozenset(
    {"", "-", "--", "—", "――", "/", "\\", "无", "暂无", "null", "none", "nan", "n/a", "#n/a", "未填", "不详"}
)
LONGEST_BLANK = max(map(len, BLANK))
TRUE = frozenset({"1", "是", "有", "y", "yes", "true", "√", "✓", "✔", "对", "on", "t"})
FALSE = frozenset({"0", "否", "无", "没有", "n", "no", "false", "×", "x", "✗", "off", "f"})
SPACES = re.compile(r"[ \t\u00a0\u3000\u200b\ufeff]+")
DATE = re.compile(r"^(\d{4})\s*[-/.年,、]\s*(\d{1,2})\s*[-/.月,、]\s*(\d{1,2})\s*[日号]?$")
CLOCK = re.compile(
    r"[ T]*(?:上午|下午|am|pm)?\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:am|pm|z|[+-]\d{2}:?\d{2})?$", re.IGNORECASE
)
WEEKDAY = re.compile(r"\s*\(?(?:星期|周|礼拜)[一二三四五六日天]\)?\s*")
REPUBLIC = re.compile(r"^(?:中华民国|民国)\s*(\d{2,3})\s*年")
QUARTER = re.compile(r"^(\d{4})\s*年?\s*第?\s*(?:([1-4])\s*季度?|q([1-4]))$", re.IGNORECASE)
YEAR = re.compile(r"^((?:18|19|20)\d{2})\s*年?$")
SHORT_DATE = re.compile(r"^(\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?$")
YEAR_LAST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_FIRST = re.compile(rf"^({'|'.join(MONTHS)})[a-z]*\.?[-/. ]+(\d{{1,2}})(?:st|nd|rd|th)?[-/. ,]+(\d{{4}})$")
NAMED_MONTH = re.compile(rf"^(\d{{1,2}})[-/. ]({'|'.join(MONTHS)})[a-z]*\.?[-/. ,]+(\d{{4}})$")
DIGITS = "〇一二三四五六七八九"
CHINESE_NUMBER = re.compile(f"(?:[{DIGITS}]?十[{DIGITS}]?)|[{DIGITS}]+")
CAPITALS = str.maketrans("零○壹贰叁肆伍陆柒捌玖拾两佰仟萬", "〇〇一二三四五六七八九十二百千万")
"""How figures are written where nobody is to change them."""
LONGEST_FIGURE = 100
"""Nothing longer is a number or a date, however it is written; some patterns would take minutes to say so."""
AMOUNT = re.compile(f"^[{DIGITS}十百千万亿]+$")
AROUND = re.compile(r"^(?:约|大约|近|共|计|人民币|rmb|cny)+|(?:人民币|rmb|cny|左右|上下)+$", re.IGNORECASE)
MONTH = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?$")
EXCEL_EPOCH = dt.date(1899, 12, 30)
SEPARATORS = re.compile(r"([、，,;；/|\n]+)")
SPLIT = re.compile(r"[、，,;；/|\n]+")
NUMBER = re.compile(r"^[-+]?\d+(\.\d+)?$")
UNIT = re.compile(
    r"(?:余|多)?(?:元整|圆整|员工|职工|元|圆|份|人|个|家|名|位|本|册|套|件|rmb|cny|百|千|万|亿)+$|(?:余|多)$",
    re.IGNORECASE,
)
HEADED = re.compile(
    r"[(\[【/:_-]\s*(?:单位[:：]?)?\s*(?:人民币|rmb|¥)?\s*([百千万亿]+)[元人份个圆]*\s*[)\]】]?$", re.IGNORECASE
)
SIZES = {"百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
BROKEN = "\ufffd"


def tidy(value: str) -> str:
    """Take away blanks at both ends, doubled ones inside, control characters; a mark for nothing becomes nothing.

    So does what our own files put before text that a spreadsheet would take for a formula.
    """
    return _tidied(bare(value))


def _tidied(value: str) -> str:
    if value.isalnum() and len(value) > LONGEST_BLANK:
        return value
    if not value.isprintable():
        value = "".join(c if c.isprintable() or c in "\n\t\u3000" else " " for c in value)
    value = SPACES.sub(" ", value).strip()
    return "" if len(value) <= LONGEST_BLANK and value.lower() in BLANK else value


def tidy_long(value: str) -> str:
    """The same for a text of several lines, which are kept."""
    lines = (_tidied(line) for line in bare(value).replace("\r", "\n").split("\n"))
    return "\n".join(line for line in lines if line)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are one but for blanks that a file does not keep."""
    if isinstance(one, str) and isinstance(other, str):
        return one == other or tidy_long(one) == tidy_long(other)
    return bool(one == other)


def folded(value: str) -> str:
    """Turn full-width digits, letters and marks into plain ones."""
    return value if value.isascii() else unicodedata.normalize("NFKC", value).strip()


def read_date(value: str) -> dt.date:
    """Read a date: 2018-12-29, 2018/5/31, 2018.5.31, 20181229, 2018年5月31日, 18-5-31, 31/5/2018, 31-May-2018,
    二〇一八年五月三十一日, 民国107年5月31日, with a weekday or a time behind, the day number of a spreadsheet.
    """
    if len(value) > LONGEST_FIGURE:
        raise ValueError(value[:LONGEST_FIGURE])
    text = WEEKDAY.sub("", CLOCK.sub("", folded(value).lstrip("'"))).strip()
    text = REPUBLIC.sub(lambda found: f"{int(found[1]) + 1911}年", text.translate(CAPITALS))
    if found := DATE.match(text):
        year, month, day = map(int, found.groups())
        return dt.date(year, month, day)
    if text.isascii() and text.isdigit():
        if len(text) == 8:
            return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
        if len(text) == 5 and "18000" <= text <= "73050":
            return EXCEL_EPOCH + dt.timedelta(days=int(text))
    if text.endswith(".0") and text[:-2].isdigit():
        return read_date(text[:-2])
    if found := SHORT_DATE.match(text):
        year, month, day = map(int, found.groups())
        return dt.date(2000 + year if year < 70 else 1900 + year, month, day)
    if found := YEAR_LAST.match(text):
        first, second, year = map(int, found.groups())
        if (first > 12) != (second > 12) or first == second:  # else nobody knows which is the month
            return dt.date(year, min(first, second), max(first, second))
    if found := NAMED_MONTH.match(text.lower()):
        return dt.date(int(found[3]), MONTHS.index(found[2][:3]) + 1, int(found[1]))
    if found := MONTH_FIRST.match(text.lower()):
        return dt.date(int(found[3]), MONTHS.index(found[1][:3]) + 1, int(found[2]))
    if (plain := _chinese_numbers(text)) != text:
        return read_date(plain)
    if found := MONTH.match(text):
        return dt.date(int(found[1]), int(found[2]), 1)
    raise ValueError(value)


def read_since(value: str) -> dt.date:
    """Read since when something is; of a year or a quarter it is the first day: 1998年, 2019年第3季度."""
    try:
        return read_date(value)
    except ValueError:
        if len(value) > LONGEST_FIGURE:
            raise
        text = _chinese_numbers(folded(value).translate(CAPITALS))
        if found := QUARTER.match(text):
            return dt.date(int(found[1]), int(found[2] or found[3]) * 3 - 2, 1)
        if found := YEAR.match(text):
            return dt.date(int(found[1]), 1, 1)
        raise


def _chinese_numbers(text: str) -> str:
    """Write the numbers of a date in figures: 二〇一九年三月二十五日."""

    def number(found: re.Match[str]) -> str:
        digits = found[0]
        if "十" not in digits:
            return "".join(str(DIGITS.index(one) % 10) for one in digits)
        tens, _, ones = digits.partition("十")
        return f"{DIGITS.index(tens) % 10 if tens else 1}{DIGITS.index(ones) % 10 if ones else 0}"

    return CHINESE_NUMBER.sub(number, text.translate(CAPITALS).replace("廿", "二十").replace("卅", "三十"))


def unit_in(heading: str) -> str:
    """Give the size that a heading names in brackets or at its end: 万 of 注册资金（万元）, 单位：千元."""
    found = HEADED.search(folded(heading))
    return found[1] if found else ""


def with_unit(text: str, unit: str) -> str:
    """Write a figure with the size that its heading names, unless the cell does so itself."""
    return text if any(size in text for size in "百千万亿元") else f"{text}{unit}"


def read_decimal(value: str) -> Decimal:
    """Read a number with thousands marks, units and `万`: 1,286  ￥360.00  360元  1.2万  20亿  约120余人  五百万元."""
    if len(value) > LONGEST_FIGURE:
        raise ValueError(value[:LONGEST_FIGURE])
    text = re.sub(r"\(([^\d()]*)\)", r"\1", re.sub(r"[,，\s]", "", folded(value)))
    text = AROUND.sub("", text.lstrip("¥￥$").rstrip("+")).lstrip("¥￥$")
    chinese = re.sub(r"[元圆]整?$|[人名家份]$", "", text.translate(CAPITALS))
    if AMOUNT.match(chinese):
        return Decimal(_chinese_amount(chinese))
    factor = 1
    if unit := UNIT.search(text):
        for size, times in SIZES.items():
            factor *= times if size in unit[0] else 1
        text = text[: unit.start()]
    if not NUMBER.match(text) or len(text) > 20:
        raise ValueError(value)
    try:
        return Decimal(text) * factor
    except InvalidOperation:
        raise ValueError(value) from None


def _chinese_amount(text: str) -> int:
    """Give the number that is written in words: 五百万, 一百二十, 二〇一九."""
    if not text:
        return 0
    if not set(text) & set("十百千万亿"):
        return int("".join(str(DIGITS.index(one)) for one in text))
    for size in "亿万":
        before, found, behind = text.partition(size)
        if found:
            return (_chinese_amount(before) or 1) * SIZES[size] + _chinese_amount(behind)
    total = digit = 0
    for one in text:
        if one in DIGITS:
            digit = DIGITS.index(one)
        else:
            total += (digit or 1) * (10 if one == "十" else SIZES[one])
            digit = 0
    return total + digit


def read_money(value: str) -> Decimal:
    """Read an amount in yuan with at most two decimal places."""
    amount = read_decimal(value)
    if amount != amount.quantize(Decimal("0.01")) or abs(amount) >= Decimal(10) ** 13:
        raise ValueError(value)
    return amount.quantize(Decimal("0.01"))


def read_int(value: str) -> int:
    """Read a whole number."""
    number = read_decimal(value)
    if number != number.to_integral_value() or abs(number) >= 2**31:
        raise ValueError(value)
    return int(number)


def read_bool(value: str) -> bool:
    """Read yes or no: 是 否 有 无 √ × 1 0 Y N."""
    text = folded(value).lower()
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise ValueError(value)


def split_words(value: str, known: Container[str]) -> list[str]:
    """Cut a list of words, of which some hold a 、 or comma themselves: the longest that is known counts."""
    parts = SEPARATORS.split(value)
    found: dict[str, None] = {}
    start = 0
    while start < len(parts):
        for end in range(len(parts), start, -1):
            word = "".join(parts[start:end]).strip()
            if end == start + 1 or folded(word).lower() in known:
                found[word] = None
                break
        start = end + 1  # the separator
    return [word for word in found if word]


def split_list(value: str) -> list[str]:
    """Cut a list written with 、 or the like."""
    return list(dict.fromkeys(part.strip() for part in SPLIT.split(value) if part.strip()))
