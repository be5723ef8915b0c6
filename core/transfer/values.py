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
DATE = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?$")
SHORT_DATE = re.compile(r"^(\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?$")
YEAR_LAST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NAMED_MONTH = re.compile(rf"^(\d{{1,2}})[-/. ]({'|'.join(MONTHS)})[a-z]*\.?[-/. ,]+(\d{{4}})$")
DIGITS = "〇一二三四五六七八九"
CHINESE_NUMBER = re.compile(f"(?:[{DIGITS}]?十[{DIGITS}]?)|[{DIGITS}]+")
MONTH = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?$")
EXCEL_EPOCH = dt.date(1899, 12, 30)
SEPARATORS = re.compile(r"([、，,;；/|\n]+)")
SPLIT = re.compile(r"[、，,;；/|\n]+")
NUMBER = re.compile(r"^[-+]?\d+(\.\d+)?$")
UNIT = re.compile(r"(元整|元|份|人|个|家|名|本|册|套|件|rmb|cny|万|亿)+$", re.IGNORECASE)
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
    二〇一八年五月三十一日, the day number of a spreadsheet.
    """
    text = folded(value)
    if found := DATE.match(text):
        year, month, day = map(int, found.groups())
        return dt.date(year, month, day)
    if text.isascii() and text.isdigit():
        if len(text) == 8:
            return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
        if len(text) == 5 and "18000" <= text <= "73050":
            return EXCEL_EPOCH + dt.timedelta(days=int(text))
    if found := SHORT_DATE.match(text):
        year, month, day = map(int, found.groups())
        return dt.date(2000 + year if year < 70 else 1900 + year, month, day)
    if found := YEAR_LAST.match(text):
        first, second, year = map(int, found.groups())
        if (first > 12) != (second > 12) or first == second:  # else nobody knows which is the month
            return dt.date(year, min(first, second), max(first, second))
    if found := NAMED_MONTH.match(text.lower()):
        return dt.date(int(found[3]), MONTHS.index(found[2][:3]) + 1, int(found[1]))
    if (plain := _chinese_numbers(text)) != text:
        return read_date(plain)
    if found := MONTH.match(text):
        return dt.date(int(found[1]), int(found[2]), 1)
    raise ValueError(value)


def _chinese_numbers(text: str) -> str:
    """Write the numbers of a date in figures: 二〇一九年三月二十五日."""

    def number(found: re.Match[str]) -> str:
        digits = found[0]
        if "十" not in digits:
            return "".join(str(DIGITS.index(one) % 10) for one in digits)
        tens, _, ones = digits.partition("十")
        return f"{DIGITS.index(tens) % 10 if tens else 1}{DIGITS.index(ones) % 10 if ones else 0}"

    return CHINESE_NUMBER.sub(number, text.replace("零", "〇").replace("○", "〇"))


def read_decimal(value: str) -> Decimal:
    """Read a number with thousands marks, units and `万`: 1,286  ￥360.00  360元  1.2万  20亿."""
    text = folded(value).replace(",", "").replace("，", "").replace(" ", "").lstrip("¥￥$").rstrip("+")
    factor = 1
    if unit := UNIT.search(text):
        factor = 10_000 if "万" in unit[0] else 1
        factor *= 100_000_000 if "亿" in unit[0] else 1
        text = text[: unit.start()]
    if not NUMBER.match(text) or len(text) > 20:
        raise ValueError(value)
    try:
        return Decimal(text) * factor
    except InvalidOperation:
        raise ValueError(value) from None


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
