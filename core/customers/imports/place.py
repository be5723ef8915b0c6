"""Fills province, city, district, their code, postcode and area code from what a row says of its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.customers.addresses import Place, parse_address
from core.customers.data.divisions import division
from core.customers.data.edition import remembered
from core.transfer.importer import Row
from core.transfer.values import folded

COLUMNS = ("division_code", "province", "city", "district", "postcode", "area_code")
SEVEN = re.compile(r"\d{7}")
SIX = re.compile(r"\d{6}")
_WORD = r"(?:邮政编码|邮政编号|邮编|邮码|zip|p\.?c\.?)\s*[:：]?\s*"
_APART = rf"[(（\[]\s*(?:{_WORD})?(\d{{6}})\s*[)）\]]"
BEHIND = re.compile(rf"\s*(?:{_APART}|[\s,，;；](?:{_WORD})?(\d{{6}})|{_WORD}(\d{{6}}))\s*$", re.IGNORECASE)
BEFORE = re.compile(rf"^\s*(?:{_APART}|(?:{_WORD})?(\d{{6}})[\s,，])\s*", re.IGNORECASE)
NUMBERS = re.compile(
    r"(?:(?:^|[\s,，;；/、(（])\s*|(?:联系)?(?:电话|手机|tel)\s*[:：]?\s*)"
    r"((?:1[3-9]\d{9}|[(（]?0\d{2,3}[)）]?[- ]?[2-8]\d{6,7}(?:-\d{1,5})?)(?:\s*[/、,，;；]\s*[\d-]{7,14})*)"
    r"\s*[)）]?\s*$",
    re.IGNORECASE,
)
"""Telephone numbers behind an address: 人民路1号 028-85550143."""
NAMES = frozenset({"province", "city", "district"})


def fill_place(row: Row, taken: Mapping[str, Any], company: dict[str, Any]) -> tuple[str, ...]:
    """Fill the place into `company`; give the names of what was worked out and not read."""
    get = taken.get
    code = folded(get("division_code", ""))
    if code and not (len(code) == 6 and code.isdigit()):
        row.errors.append({"code": "division", "column": "division_code", "value": code})
        code = ""
    address, region = get("address", ""), get("region", "")
    address, behind = postcode_apart(address)
    given = (
        code,
        get("province", ""),
        get("city", ""),
        get("district", ""),
        get("postcode", "") or behind,
        get("area_code", ""),
    )
    start = address[:30] if not (code or given[3]) else ""
    known, derived = _known(given, region, start)
    if region and "province" not in known:
        row.notes.append({"code": "division", "column": "region", "value": region})
    company.update(known)
    if address:
        company["address"] = address
    return derived


def postcode_apart(address: str) -> tuple[str, str]:
    """Take a postcode off an address: 武侯区人民南路10号（610041）, 邮编：610041 in front or behind."""
    if SIX.search(address) is None:
        return address, ""
    for pattern in (BEHIND, BEFORE):
        if (found := pattern.search(address)) is not None and len(rest := pattern.sub("", address)) >= 4:
            return rest.strip(" ,，;；"), next(one for one in found.groups() if one)
    return address, ""


def phones_apart(address: str) -> tuple[str, str]:
    """Take telephone numbers off the end of an address, as they stand there on an invoice."""
    found = NUMBERS.search(address) if SEVEN.search(address) else None
    rest = address[: found.start()].strip(" ,，;；/、") if found else ""
    return (rest, found[1]) if found and len(rest) >= 4 else (address, "")


@remembered(4096)
def _known(given: tuple[str, ...], region: str, start: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Give the columns of a place by what was read, and the names of those that were worked out."""
    code, province, city, district, postcode, area_code = given
    if (unit := division(code)) is not None:
        code = unit.code  # of one that was merged, the one that it is now
    found = _place(code, "".join((province, city, district)) or region, start, folded(area_code), folded(postcode))
    known: dict[str, str] = {}
    derived = []
    read = (code, province, city, district, postcode, folded(area_code)[:8])
    better = (found.code, found.province, found.city, found.district, found.postcode, found.area_code)
    for name, value, of_table in zip(COLUMNS, read, better, strict=True):
        if name in NAMES and of_table:
            known[name] = of_table  # in the words of the table, so that equal places are written alike
        elif value or of_table:
            known[name] = value or of_table
        if of_table and not value:
            derived.append(name)
    return known, tuple(derived)


@remembered(4096)
def _named(names: str, area_code: str, postcode: str) -> Place:
    """Find a place by its names, which stand in row after row."""
    return parse_address(names, area_code, postcode)


def _place(code: str, names: str, start: str, area_code: str, postcode: str) -> Place:
    """Find a place by its code, else by the names in the columns, else by the beginning of the address within these."""
    unit = division(code) if code else None
    if unit is not None:
        return Place(unit.code, unit.province, unit.city, unit.district, unit.postcode, unit.area_code)
    found = _named(names, area_code, postcode) if names else Place()
    if not start or found.district:
        return found
    if not found.province:
        return parse_address(start, area_code, postcode)
    nearer = parse_address(f"{found.province}{found.city} {start}", area_code, postcode)
    within = nearer.province == found.province and found.city in ("", nearer.city)
    return nearer if within else found
