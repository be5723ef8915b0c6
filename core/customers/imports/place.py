"""Fills province, city, district, their code, postcode and area code from what a row says of its place."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from core.customers.data.divisions import Division, below, division, find_division
from core.transfer.importer import Row
from core.transfer.values import folded

CITIES = "*"
"""Stands for all cities of the country."""

Place = tuple[str, str, str, str, str, str]
"""Code, province, city, district, postcode, area code."""

COLUMNS = ("division_code", "province", "city", "district", "postcode", "area_code")
NAMES = frozenset({"province", "city", "district"})


def fill_place(row: Row, taken: Mapping[str, Any], company: dict[str, Any]) -> tuple[str, ...]:
    """Fill the place into `company`; give the names of what was worked out and not read."""
    get = taken.get
    code = folded(get("division_code", ""))
    if code and not (len(code) == 6 and code.isdigit()):
        row.errors.append({"code": "division", "column": "division_code", "value": code})
        code = ""
    address, region = get("address", ""), get("region", "")
    given = (code, get("province", ""), get("city", ""), get("district", ""), get("postcode", ""), get("area_code", ""))
    start = address[:30] if not (code or given[3]) else ""
    known, derived = _known(given, region, start)
    if region and "province" not in known:
        row.notes.append({"code": "division", "column": "region", "value": region})
    company.update(known)
    if address:
        company["address"] = address
    return derived


@functools.lru_cache(4096)
def _known(given: Place, region: str, start: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Give the columns of a place by what was read, and the names of those that were worked out."""
    code, province, city, district, postcode, area_code = given
    found = locate(code, province, city, district)
    if region and found is None and not (province or city or district):
        found = split_place(region)
    if start and (found is None or not found[3]):
        found = by_address(found, start) or found
    known: dict[str, str] = {}
    derived = []
    read = (code, province, city, district, postcode, folded(area_code)[:8])
    for name, value, better in zip(COLUMNS, read, found or ("",) * 6, strict=True):
        if name in NAMES and better:
            known[name] = better  # in the words of the table, so that equal places are written alike
        elif value or better:
            known[name] = value or better
        if better and not value:
            derived.append(name)
    return known, tuple(derived)


@functools.lru_cache(8192)
def locate(code: str, province: str, city: str, district: str) -> Place | None:
    """Find a place by its code, else by its names, the nearest that is known."""
    found = division(code) if code else None
    if found is None and (province or city):
        found = find_division(province, city, district) or (find_division(province, city) if district else None)
        if found is None and city and not province:
            found = _city(city)
    return None if found is None else _place(found)


def _place(found: Division) -> Place:
    return (found.code, found.province, found.city, found.district, found.postcode, found.area_code)


@functools.lru_cache(2048)
def _city(name: str) -> Division | None:
    """Find a city by its name alone."""
    for province in below():
        for one in below(province.code):
            if name in (one.name, one.short_name):
                return one
    return None


def by_address(known: Place | None, address: str) -> Place | None:
    """Find the place that an address begins with, within what is known already."""
    found = split_place(address)
    if known is None:
        return found
    if found is None or found[1] != known[1] or (known[2] and found[2] != known[2]):
        found = split_place(f"{known[1]}{known[2]}{address}")
    return found


def split_place(text: str) -> Place | None:
    """Read the place that a text begins with: 四川成都, 四川省成都市武侯区…, 成都市武侯区…, 重庆万州."""
    rest = "".join(folded(text).split())
    province, rest = _one_of("", rest)
    city, rest = _one_of(province.code if province else CITIES, rest)
    if city is None and province is not None and len(cities := below(province.code)) == 1:
        city = cities[0]  # a municipality is its own city
    if city is None:
        return _place(province) if province else None
    district, rest = _one_of(city.code, rest)
    return _place(district or city)


@functools.cache
def _names_below(code: str) -> Mapping[str, Sequence[tuple[str, Division]]]:
    """Give the names of the units below one by their first two characters, the longest first."""
    units = [city for one in below() for city in below(one.code)] if code == CITIES else below(code)
    found: dict[str, list[tuple[str, Division]]] = {}
    for unit in units:
        for name in {unit.name, unit.short_name}:
            if len(name) > 1:
                found.setdefault(name[:2], []).append((name, unit))
    for names in found.values():
        names.sort(key=lambda pair: -len(pair[0]))
    return found


def _one_of(code: str, text: str) -> tuple[Division | None, str]:
    """Find the unit below one whose name a text begins with; give the rest of the text."""
    for name, unit in _names_below(code).get(text[:2], ()):
        if text.startswith(name):
            return unit, text[len(name) :]
    return None, text
