"""Provinces, cities and districts of China (GB/T 2260) with postcodes and area codes, and places that were renamed."""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from core.customers.data import rows
from core.customers.data.edition import Changed, edition, of_places

Level = Literal["province", "city", "district"]
LEVELS: Mapping[str, Level] = {"1": "province", "2": "city", "3": "district"}
BELOW: Mapping[Level, Level] = {"province": "city", "city": "district"}
ZONES = ("开发区", "产业区", "产业园区", "工业园区", "管理区", "示范区", "保税区")
"""How the names of places end that are not districts by law: they are known with their city only."""


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
    retired: bool = False
    """Whether it, or what it lies in, is offered to no new record any more."""


@dataclass(frozen=True, slots=True)
class Change:
    """A place that was renamed or moved: what it was called until a date, and what it is called since."""

    date: str
    before: tuple[str, str, str]
    after: tuple[str, str, str]


@functools.cache
def _shipped() -> tuple[Division, ...]:
    """List the units as they ship, in the order of the table. Kept in memory from the first use on."""
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


class Table(NamedTuple):
    """The table of places with what was changed in it."""

    units: Sequence[Division]
    """All but those that were merged, retired ones too, in order."""
    merged: Mapping[str, Division]
    """Those that were merged into others, as they were called last, by code."""
    into: Mapping[str, str]
    """The code of the place for which a merged one stands now."""
    changes: Sequence[Change]
    """What places were called before they were renamed or merged here."""


@of_places
def table() -> Table:
    """Give the table of places as it is in this process's edition."""
    return changed_table(edition().changes)


def changed_table(changes: Sequence[Changed]) -> Table:
    """Give the shipped table with changes."""
    if not changes:
        return Table(_shipped(), {}, {}, ())
    return _Changing(changes).table()


class _Changing:
    """Lays changes over the shipped table. A change of a place that there is not, and has no parent, is left out."""

    def __init__(self, changes: Sequence[Changed]) -> None:
        self.changes = {one.code: one for one in changes}
        self.units = {unit.code: unit for unit in _shipped()}
        added = {one.code: one for one in changes if one.code not in self.units and one.name}
        for code, one in added.items():
            if not one.parent_code or one.parent_code in self.units or one.parent_code in added:
                self.units[code] = _added(one)
        self.named: dict[str, Division] = {}

    def table(self) -> Table:
        """Give the whole."""
        named = {code: self.unit(code) for code in self.units}
        ends = {code: self._target(code) for code in self._merged}
        into = {code: target for code, target in ends.items() if ends.get(target, target) == target != code}
        parents = {unit.parent_code for code, unit in named.items() if code not in into and not unit.retired}
        units = []
        for code in self._order():
            unit = named[code]
            leaf = unit.level == "district" or (unit.level == "city" and code not in parents)
            if code not in into:
                units.append(unit if unit.leaf == leaf else replace(unit, leaf=leaf))
        return Table(units, {code: named[code] for code in into}, into, tuple(self._former(named, into)))

    def unit(self, code: str) -> Division:
        """Give a place with its change and the names of what it lies in."""
        if code in self.named:
            return self.named[code]
        unit = self.units[code]
        above = self.unit(unit.parent_code) if unit.parent_code in self.units else None
        own = self.changes.get(code)
        if own is not None:
            unit = replace(
                unit,
                level=BELOW.get(above.level, "district") if above is not None else unit.level,
                name=own.name or unit.name,
                short_name=own.short_name or unit.short_name,
                postcode=unit.postcode if own.postcode is None else own.postcode,
                area_code=unit.area_code if own.area_code is None else own.area_code,
                retired=own.retired,
            )
        names = [above.province, above.city] if above is not None else ["", ""]
        names.insert(("province", "city", "district").index(unit.level), unit.name)
        retired = unit.retired or (above is not None and (above.retired or above.code in self._merged))
        if names[:3] != [unit.province, unit.city, unit.district] or retired != unit.retired:
            province, city, district = (*names, "")[:3]
            unit = replace(unit, province=province, city=city, district=district, retired=retired)
        self.named[code] = unit
        return unit

    @functools.cached_property
    def _merged(self) -> frozenset[str]:
        return frozenset(code for code, one in self.changes.items() if one.merged_into in self.units)

    def _target(self, code: str) -> str:
        """Follow a merged place to the one that stands for it now."""
        seen = {code}
        while code in self._merged:
            into = self.changes[code].merged_into or ""
            if into in seen:
                break
            seen.add(into)
            code = into
        return code

    def _order(self) -> Iterator[str]:
        """Let those that lie in one place change seats among themselves; those that were added sit down behind them."""
        peers: defaultdict[str, list[tuple[float, int, str]]] = defaultdict(list)
        for number, (code, unit) in enumerate(self.units.items()):
            peers[unit.parent_code].append((self._position(code, len(peers[unit.parent_code])), number, code))
        seats = {parent: iter(sorted(found)) for parent, found in peers.items()}
        shipped = _shipped()
        last = {unit.parent_code: unit.code for unit in shipped}
        for unit in shipped:
            yield next(seats[unit.parent_code])[2]
            if last[unit.parent_code] == unit.code:
                yield from (one[2] for one in seats.pop(unit.parent_code))
        for rest in seats.values():
            yield from (one[2] for one in rest)

    def _position(self, code: str, place: int) -> float:
        own = self.changes.get(code)
        return float(place) if own is None or own.position is None else own.position - 0.5

    def _former(self, named: Mapping[str, Division], into: Mapping[str, str]) -> Iterator[Change]:
        """List what places were called: by former names of their own and of what they lie in, and before a merge."""
        moved = {code for code, one in self.changes.items() if one.former} | into.keys()
        for code, unit in named.items():
            path = self._path(unit)
            if moved.isdisjoint(path):
                continue
            now = named[into.get(code, code)]
            after = (now.province, now.city, now.district)
            dates = [date for one in path if (own := self.changes.get(one)) for date, _name in own.former]
            ways = [self._called(one, named) for one in path]
            for way in itertools.product(*ways):
                province, city, district = (*way, "", "")[:3]
                if (before := (province, city, district)) != after:
                    yield Change(max(dates, default=""), before, after)

    def _called(self, code: str, named: Mapping[str, Division]) -> list[str]:
        own = self.changes.get(code)
        former = [name for _date, name in own.former] if own is not None else []
        return list(dict.fromkeys([named[code].name, *former]))

    def _path(self, unit: Division) -> list[str]:
        path = [unit.code]
        while unit.parent_code in self.units:
            unit = self.units[unit.parent_code]
            path.insert(0, unit.code)
        return path


def _added(one: Changed) -> Division:
    name = one.name or ""
    zone = name.endswith(ZONES)
    return Division(
        one.code,
        "province", True, name, one.short_name or name, name, "", "", one.parent_code or "", one.postcode or "",
        one.area_code or "", None, None, zone, one.retired,
    )  # fmt: skip


def all_divisions() -> Sequence[Division]:
    """List all units in the order of the table, those too that are offered to no new record any more."""
    return table().units


@of_places
def divisions() -> Sequence[Division]:
    """List the units that are in use, in the order of the table. Kept in memory from the first use on."""
    every = table().units
    return tuple(unit for unit in every if not unit.retired) if edition().changes else every


@of_places
def divisions_by_code() -> Mapping[str, Division]:
    """Give the units by code; that of a merged one leads to the one that it was merged into."""
    found = {unit.code: unit for unit in table().units}
    return found | {code: found[target] for code, target in table().into.items()} if table().into else found


@of_places
def _children() -> Mapping[str, Sequence[Division]]:
    found: defaultdict[str, list[Division]] = defaultdict(list)
    for unit in table().units:
        found[unit.parent_code].append(unit)
    return dict(found)


@of_places
def _children_in_use() -> Mapping[str, Sequence[Division]]:
    if not edition().changes:
        return _children()
    return {code: [unit for unit in units if not unit.retired] for code, units in _children().items()}


def division(code: str | None) -> Division | None:
    """Find a unit by code; for one that was merged stands the one that it was merged into."""
    return divisions_by_code().get(code or "")


def written_place(code: str) -> str:
    """Name a place from the province down, one that was merged as it was called last; the code where there is none."""
    unit = table().merged.get(code) or division(code)
    return full_name(unit) if unit is not None else code


def full_name(unit: Division) -> str:
    """Name a unit from the province down, a municipality once."""
    return " ".join(dict.fromkeys(filter(None, (unit.province, unit.city, unit.district))))


def below(code: str = "", *, retired: bool = False) -> Sequence[Division]:
    """List the units directly below one, the provinces for an empty code; with those that are `retired` or without."""
    return (_children() if retired else _children_in_use()).get(code, ())


@of_places
def own_cities() -> Mapping[str, Division]:
    """Give the cities that are their province, as that of 北京市 is, by the code of the province.

    The table has a municipality on both levels, because districts lie in cities; for people it stands once.
    """
    found = {}
    for province in below(retired=True):
        cities = below(province.code, retired=True)
        if len(cities) == 1 and cities[0].name == province.name:
            found[province.code] = cities[0]
    return found


def asked_place(code: str) -> str:
    """Give the code by which lists ask for a place: of a merged one the other's, of a municipality the province's."""
    unit = division(code)
    if unit is None:
        return code
    return unit.parent_code if own_cities().get(unit.parent_code) == unit else unit.code


def shown_once(units: Iterable[Division]) -> list[Division]:
    """Put the province in place of a city that is it, each place once."""
    known = divisions_by_code()
    return list(dict.fromkeys(known[asked_place(unit.code)] for unit in units))


def way_to(unit: Division | None) -> list[Division]:
    """List a place and those in which it lies, the highest first, each once."""
    found = []
    while unit is not None:
        found.append(unit)
        unit = division(unit.parent_code)
    return shown_once(reversed(found))


@of_places
def _by_names() -> Mapping[tuple[str, str, str], Division]:
    found: dict[tuple[str, str, str], Division] = {}
    for unit in sorted(table().units, key=lambda unit: unit.retired):
        found.setdefault((unit.province, unit.city, unit.district), unit)
        names = (unit.province, unit.city, unit.district)
        found.setdefault((bare_name(names[0]), bare_name(names[1]), bare_name(names[2])), unit)
    return found


def find_division(province: str = "", city: str = "", district: str = "") -> Division | None:
    """Find a unit by its names, with or without 省, 市, 区, 县; old names are followed to the present ones."""
    names = (province.strip(), city.strip(), district.strip())
    found = _by_names().get(names) or _by_names().get((bare_name(names[0]), bare_name(names[1]), bare_name(names[2])))
    if found is not None:
        return found
    change = _changes_by_name().get(names)
    return _by_names().get(change.after) if change is not None else None


def bare_name(name: str) -> str:
    """Give a name without 省, 市, 区, 县; one that would be too short whole."""
    for ending in ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市", "地区", "区", "县"):
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name.removesuffix(ending)
    return name


@of_places
def division_changes() -> Sequence[Change]:
    """List the places that were renamed or moved since 2002, oldest first, then those that were renamed here.

    What a place is called since is what it is called today.
    """
    own = table().changes if edition().changes else ()
    today = {change.before: change.after for change in own}
    shipped = (
        Change(
            row["date"],
            (row["old_province"], row["old_city"], row["old_district"]),
            (row["new_province"], row["new_city"], row["new_district"]),
        )
        for row in rows("division_changes")
    )
    if not own:
        return tuple(shipped)
    return (*(replace(one, after=today.get(one.after, one.after)) for one in shipped), *own)


@of_places
def former_names() -> Mapping[tuple[str, str, str], frozenset[str]]:
    """Give what places were called before, by their present names; such as 城区, which any city has, are left out."""
    found: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for change in division_changes():
        name = next(filter(None, reversed(change.before)), "")
        if len(name) > 2:
            found[change.after].add(name)
    return {path: frozenset(names) for path, names in found.items()}


@of_places
def _changes_by_name() -> Mapping[tuple[str, str, str], Change]:
    return {change.before: change for change in division_changes()}
