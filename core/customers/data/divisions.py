"""Provinces, cities and districts of China (GB/T 2260) with postcodes and area codes, and places that were renamed."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.customers.data import rows

Level = Literal["province", "city", "district"]
LEVELS: Mapping[str, Level] = {"1": "province", "2": "city", "3": "district"}


@dataclass(frozen=True, slots=True)
class Division:
    """One administrative unit. A municipality is its own city; a city without districts is a `leaf`."""

    code: str
    level: Level
    leaf: bool
    name: str
    short_name: str
    province: str
    city: str
    district: str
    parent_code: str
    postcode: str
    area_code: str
    lng: float | None
    lat: float | None
    special_zone: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A place that was renamed or moved: what it was called until a date, and what it is called since."""

    date: str
    before: tuple[str, str, str]
    after: tuple[str, str, str]


@functools.cache
def divisions() -> tuple[Division, ...]:
    """List all units in the order of the table. Kept in memory from the first use on."""
    return tuple(
        Division(
            code=row["code"],
            level=LEVELS[row["level"]],
            leaf=row["leaf"] == "1",
            name=row["name"],
            short_name=row["short_name"],
            province=row["province"],
            city=row["city"],
            district=row["district"],
            parent_code=row["parent_code"],
            postcode=row["postcode"],
            area_code=row["area_code"],
            lng=float(row["lng"]) if row["lng"] else None,
            lat=float(row["lat"]) if row["lat"] else None,
            special_zone=row["special_zone"] == "1",
        )
        for row in rows("divisions")
    )


@functools.cache
def divisions_by_code() -> Mapping[str, Division]:
    """Give the units by code."""
    return {unit.code: unit for unit in divisions()}


@functools.cache
def _children() -> Mapping[str, Sequence[Division]]:
    found: defaultdict[str, list[Division]] = defaultdict(list)
    for unit in divisions():
        found[unit.parent_code].append(unit)
    return found


def division(code: str | None) -> Division | None:
    """Find a unit by code."""
    return divisions_by_code().get(code or "")


def below(code: str = "") -> Sequence[Division]:
    """List the units directly below one, the provinces for an empty code."""
    return _children().get(code, ())


@functools.cache
def _by_names() -> Mapping[tuple[str, str, str], Division]:
    found: dict[tuple[str, str, str], Division] = {}
    for unit in divisions():
        found.setdefault((unit.province, unit.city, unit.district), unit)
        names = (unit.province, unit.city, unit.district)
        found.setdefault((_bare(names[0]), _bare(names[1]), _bare(names[2])), unit)
    return found


def find_division(province: str = "", city: str = "", district: str = "") -> Division | None:
    """Find a unit by its names, with or without 省, 市, 区, 县; old names are followed to the present ones."""
    names = (province.strip(), city.strip(), district.strip())
    found = _by_names().get(names) or _by_names().get((_bare(names[0]), _bare(names[1]), _bare(names[2])))
    if found is not None:
        return found
    change = _changes_by_name().get(names)
    return _by_names().get(change.after) if change is not None else None


def _bare(name: str) -> str:
    for ending in ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市", "地区", "区", "县"):
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name.removesuffix(ending)
    return name


@functools.cache
def division_changes() -> tuple[Change, ...]:
    """List the places that were renamed or moved since 2002, oldest first."""
    return tuple(
        Change(
            row["date"],
            (row["old_province"], row["old_city"], row["old_district"]),
            (row["new_province"], row["new_city"], row["new_district"]),
        )
        for row in rows("division_changes")
    )


@functools.cache
def _changes_by_name() -> Mapping[tuple[str, str, str], Change]:
    return {change.before: change for change in division_changes()}
