"""Reads the cells that say how somebody is reached: telephone numbers and e-mail addresses, of houses and of people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from core.customers.data.divisions import all_divisions
from core.customers.data.edition import of_places
from core.customers.numbers import (
    ParsedPhone,
    check_email,
    email_key,
    is_fax,
    is_masked_phone,
    parse_phone,
    split_phones,
)
from core.transfer.importer import Row
from core.transfer.values import folded, split_list

BARE = re.compile(r"([1-9]\d{9,10})(?:\.0)?")
"""A landline number of which a spreadsheet took the zero away."""


ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)


class Cell(NamedTuple):
    """A cell, or the piece of one that says itself of what kind it is (`said`). `whose` goes into what is read."""

    column: str
    kind: str
    text: str
    said: bool = False
    whose: Mapping[str, Any] = {}


def read_phones(row: Row, cells: Iterable[Cell], area_code: str = "") -> list[dict[str, Any]]:
    """Read numbers into columns; what is none stands in the row's errors. `area_code` is that of the place."""
    found: dict[tuple[str, str, bool], dict[str, Any]] = {}
    for cell in cells:
        parts = [one for one in split_phones(cell.text) if not is_masked_phone(one)]  # an export's: it is known whole
        if not parts and not is_masked_phone(cell.text):
            row.errors.append({"code": "phone", "column": cell.column, "value": cell.text})
        for part in parts:
            phone = parse_phone(with_zero(part))
            if phone.kind == "unknown" or (cell.kind == "mobile" and phone.kind == "short" and not cell.said):
                row.errors.append({"code": "phone", "column": cell.column, "value": part})
                continue
            if phone.kind == "local" and area_code:
                phone = parse_phone(part, area_code)
                row.notes.append({"code": "area_code", "column": cell.column, "value": phone.shown})
            kind = _kind(cell, part, phone)
            digits = phone.digits[:20]
            entry: dict[str, Any] = {"kind": kind, "number": phone.shown[:60], "digits": digits, "tail": digits[::-1]}
            entry |= {"extension": phone.extension or None, **cell.whose}
            held = found.setdefault((phone.digits, phone.extension, kind == "fax"), entry)
            if cell.said:  # counts over the kind of the column in which the number stands too
                held["kind"] = kind
    return list(found.values())


def _kind(cell: Cell, part: str, phone: ParsedPhone) -> str:
    """Give the kind of a number by its column, unless it says so itself or is plainly of another."""
    if cell.said or cell.kind not in ("office", "mobile"):
        return cell.kind
    if cell.kind == "office" and is_fax(part):
        return "fax"
    return phone.kind if phone.kind in ("mobile", "hotline") else "office"


def with_zero(part: str) -> str:
    """Give a landline number the zero before its area code back, where it is a figure that is no number without."""
    found = BARE.fullmatch(part.strip())
    if found is None or parse_phone(part).kind != "unknown":
        return part
    whole = parse_phone(f"0{found[1]}")
    area = next((code for code in area_codes() if whole.digits.startswith(code)), "")
    lengths = (8,) if len(area) == 3 else (7, 8)
    local = whole.digits[len(area) :]
    return whole.shown if area and len(local) in lengths and local[0] in "2345678" else part


@of_places
def area_codes() -> frozenset[str]:
    """Give the area codes of all places."""
    return frozenset(one.area_code for one in all_divisions() if one.area_code)


def read_emails(row: Row, cells: Iterable[Cell]) -> list[dict[str, Any]]:
    """Read e-mail addresses into columns; what is none stands in the row's errors."""
    found: dict[str, dict[str, Any]] = {}
    for cell in cells:
        for part in split_list(folded(cell.text)):
            held = ADDRESS.findall(part)  # 李敏 <c@example.com>, mailto:a@example.com
            try:
                address = check_email(held[0] if len(held) == 1 else part)
            except ValueError:
                row.errors.append({"code": "email", "column": cell.column, "value": part})
                continue
            key = email_key(address)
            found.setdefault(key, {"kind": cell.kind, "address": address, "address_key": key, **cell.whose})
    return list(found.values())
