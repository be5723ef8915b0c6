"""Reads the cells of a contact's row into what is stored."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.columns import LunarDay, blank_joined, day_of
from core.custom import PREFIX
from core.customers.addresses import parse_address
from core.customers.data.edition import Edition, edition, remembered
from core.customers.imports.contacts.targets import HEADINGS, QUALITY
from core.customers.imports.contacts.wishes import COLUMNS, read_wish_columns
from core.customers.imports.kinds import addressed, kinds_in
from core.customers.imports.own import read_own
from core.customers.imports.persons import close_name
from core.customers.imports.reach import Cell, read_emails, read_phones
from core.customers.imports.reading import document_line
from core.customers.models import EVERY
from core.customers.numbers import (
    check_postcode,
)
from core.customers.services.index import Named
from core.customers.text import name_key, person_sort_key, sort_key
from core.transfer.importer import Row
from core.transfer.mapping import REFERENCE, Target, units_of
from core.transfer.tables.header import folded_heading
from core.transfer.unknown import REFUSE, Unknown
from core.transfer.values import (
    BROKEN,
    DATE,
    folded,
    read_bool,
    read_date,
    read_int,
    read_money,
    split_list,
    tidy,
    tidy_long,
    with_unit,
)

READERS: Mapping[str, Callable[[str], Any]] = {
    "int": read_int,
    "money": read_money,
    "bool": read_bool,
    "date": read_date,
    "postcode": check_postcode,
}
FAULTS = {"int": "number", "birth": "date"}
PHONES = {"mobile": "mobile", "phone": "office", "fax": "fax", "private_phone": "private"}
EMAILS = {"email": "office", "private_email": "private"}
ADDRESSES = {"address": "office", "home_address": "home"}
APART = frozenset({"company", "company_code", "company_reference", "company_city", "birth_date", REFERENCE})
LEFT = APART | COLUMNS
"""What is no column of a contact."""
CALENDAR = "农历|阴历|旧历|夏历|lunar"
LUNAR = re.compile(rf"^[(\[]?({CALENDAR})[)\]]?:?|[(\[]?({CALENDAR}|农|阴)[)\]]?$", re.IGNORECASE)
LUNAR_DATE = re.compile(
    r"^([\d〇零一二三四五六七八九]{4})年(闰?)(正|冬|腊|[一二三四五六七八九十\d]{1,2})月(.{1,3}?)日?$"
)
MONTHS = {"正": 1, "冬": 11, "腊": 12}
DIGITS = "〇一二三四五六七八九十"
SCORES = range(1, 6)


def _number(text: str) -> int:
    """Read a small Chinese number as it stands in lunar dates: 初五, 十五, 廿三, 三十."""
    text = text.removeprefix("初").replace("廿", "二十").replace("卅", "三十").replace("零", "〇")
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return DIGITS.index(text)
    return (DIGITS.index(tens) if tens else 1) * 10 + (DIGITS.index(ones) if ones else 0)


def read_birth(text: str) -> tuple[dt.date | LunarDay, bool]:
    """Read a date of birth and whether it is a lunar one: 1968-08-15, 农历1968年八月十五, 1968.8.15（农历）.

    A day of a leap month (农历1968年闰七月初三) is read as of its month; `in_leap_month` tells that it is one.
    A day that only the lunar calendar has (1990-02-30) is given as such; that it is a lunar one may be said elsewhere.
    """
    plain = folded(text).replace(" ", "")
    rest = LUNAR.sub("", plain)
    if found := LUNAR_DATE.match(rest):
        year, leap, month, day = found.groups()
        lunar = rest != plain or month in MONTHS or day.startswith(("初", "廿", "卅"))
        if lunar or leap:
            digits = "".join(
                one if one.isdigit() else str("〇一二三四五六七八九".index(one.replace("零", "〇"))) for one in year
            )
            return day_of(int(digits), MONTHS.get(month) or _number(month), _number(day)), True
    try:
        return read_date(rest), rest != plain
    except ValueError:
        if (written := DATE.match(rest)) is None:
            raise
        return day_of(*map(int, written.groups())), rest != plain


def in_leap_month(text: str) -> bool:
    """Tell whether a date of birth is written as one of a leap month."""
    return "闰" in text


@dataclass
class ContactReader:
    """Reads rows by the mapping of one file. `words` holds, for each dictionary, how its codes are written."""

    mapping: Sequence[str]
    targets: Mapping[str, Target]
    words: Mapping[str, Mapping[str, str]]
    common: bool = False
    """Whether everybody may find the new ones."""
    making: bool = False
    """Whether companies that nobody has are made."""
    unknown: Unknown = REFUSE
    headings: Sequence[str] = ()
    written: Callable[[Iterable[str]], str] = blank_joined
    """How tokens are written for the database."""
    places: Edition = field(default_factory=edition)
    """What was changed in the table of places, for the second process."""

    @functools.cached_property
    def units(self) -> dict[int, str]:
        """Give the sizes that headings of figures name, by column."""
        return units_of(self.headings, self.mapping, self.targets)

    @functools.cached_property
    def columns(self) -> list[tuple[int, Target]]:
        """List the columns to be read, with their targets."""
        return [(place, self.targets[name]) for place, name in enumerate(self.mapping) if name in self.targets]

    def read(self, rows: Sequence[tuple[int, Sequence[str]]]) -> list[Row]:
        """Read rows; what is wrong with one stands in its `errors`."""
        return [self.read_one(number, cells) for number, cells in rows]

    def read_one(self, number: int, cells: Sequence[str]) -> Row:
        """Read one row."""
        row = Row(number, {})
        if len(cells) > len(self.mapping) and any(cell.strip() for cell in cells[len(self.mapping) :]):
            row.errors.append({"code": "columns"})
        taken: dict[str, Any] = {}
        many: dict[str, list[str]] = {}
        for place, target in self.columns:
            raw = cells[place] if place < len(cells) else ""
            text = tidy_long(raw) if target.kind == "long" else tidy(raw)
            if text:
                row.filled |= 1 << place
                self._cell(row, target, with_unit(text, unit) if (unit := self.units.get(place)) else text, taken, many)
        filled = [one for cell in cells if (one := tidy(cell))]
        if not filled or self._headings_again(filled, str(taken.get("name", ""))):
            row.outcome, row.errors = "skipped", []
        elif "name" not in taken and REFERENCE not in taken:
            row.errors.append({"code": "required", "column": "name"})
        else:
            self._assemble(row, taken, many)
        return row

    @staticmethod
    def _headings_again(filled: Sequence[str], name: str) -> bool:
        known = sum(folded_heading(one) in HEADINGS for one in filled)
        return folded_heading(name) in HEADINGS and known > len(filled) // 3

    def _cell(self, row: Row, target: Target, text: str, taken: dict[str, Any], many: dict[str, list[str]]) -> None:
        name, kind = target.name, target.kind
        if BROKEN in text:
            row.errors.append({"code": "broken", "column": name, "value": text})
        elif target.max_length and len(text) > target.max_length:
            row.errors.append({"code": "too_long", "column": name, "value": text})
        elif target.kept:
            row.kept[name] = text
        elif name.startswith(PREFIX):
            own = read_own(row, target, text, self.words, self.unknown)
            if own is not None:
                taken.setdefault("custom", {})[name] = own
        elif target.many:
            many.setdefault(name, []).append(text)
        elif kind == "birth":
            try:
                taken[name], lunar = read_birth(text)
                taken["birth_lunar"] = lunar or bool(taken.get("birth_lunar"))
                taken["birth_leap"] = in_leap_month(text) or bool(taken.get("birth_leap"))
            except (ValueError, OverflowError):
                row.errors.append({"code": "date", "column": name, "value": text})
        elif kind == "choice":
            code = self.words.get(target.dictionary or "", {}).get(folded(text).lower())
            if code is None:
                self.unknown.meet(row, name, target.dictionary, text)
            else:
                taken[name] = code
        elif kind in READERS:
            try:
                taken[name] = READERS[kind](text)
            except (ValueError, OverflowError):
                row.errors.append({"code": FAULTS.get(kind, kind), "column": name, "value": text})
        else:
            taken[name] = close_name(text) if name == "name" else text

    def _assemble(self, row: Row, taken: dict[str, Any], many: Mapping[str, list[str]]) -> None:
        contact = {name: value for name, value in taken.items() if name not in LEFT and not name.startswith(QUALITY)}
        contact.pop("scores", None)
        wishes = read_wish_columns(row, taken, many, self.words)
        if any(one["channel"] == EVERY for one in wishes["bars"]):
            contact["do_not_contact"] = True
        born = taken.get("birth_date")
        if isinstance(born, LunarDay) and not taken["birth_lunar"]:
            row.errors.append({"code": "date", "column": "birth_date", "value": born.isoformat()})
        elif born is not None:
            contact["birth_date"] = born
        if qualities := self._qualities(row, taken):
            contact["qualities"] = qualities
        if position := contact.get("position"):
            code = self.words.get("position", {}).get(folded(position).lower())
            contact["position"] = code
            if code is None:
                contact.pop("position")
                contact.setdefault("position_title", position[:60])
        if "invalid" in contact and not contact["invalid"]:
            contact.pop("invalid")
        row.values = {
            "contact": contact,
            "company": {name: taken[name] for name in APART if name.startswith("company") and name in taken},
            "phones": read_phones(row, self._cells(many, PHONES, "all_phones")),
            "emails": read_emails(row, self._cells(many, EMAILS, "all_emails")),
            "addresses": self._addresses(many, contact.get("postcode")),
            **wishes,
            "tags": [one for text in many.get("tags", ()) for one in split_list(text)],
        }
        if "name" in contact:
            row.values["name_key"] = name_key(contact["name"])[:60]
            row.values["sort_key"] = person_sort_key(contact["name"])
            row.values["doc"] = document_line(Named(0, [contact["name"]], self.common, "contact"), self.written)
        if REFERENCE in taken:
            row.values[REFERENCE] = taken[REFERENCE]
        company = row.values["company"]
        row.values["company_key"] = name_key(company["company"]) if "company" in company else ""
        if self.making and "company" in company:
            self._company(row, company["company"], company.get("company_city", ""))

    def _company(self, row: Row, name: str, city: str) -> None:
        """Read what a company is made of that the register does not have."""
        place = _city(city)
        names = tuple(place[one] for one in ("province", "city", "district"))
        keys = {"name_key": row.values["company_key"], "sort_key": sort_key(name)}
        row.values["new_company"] = {"name": name, **keys, **place}
        row.values["new_company_doc"] = document_line(Named(0, [name], self.common, places=names), self.written)

    def _qualities(self, row: Row, taken: Mapping[str, Any]) -> dict[str, int]:
        """Read the scores, of columns of their own or all in one: 诚实度 4；信用度 5."""
        given = {name: value for name, value in taken.items() if name.startswith(QUALITY)}
        for code, text in self._kinds("scores", taken.get("scores", "")):
            given[f"{QUALITY}{code or ''}"] = int(text) if text.isdecimal() and code else f"{code or ''} {text}".strip()
        found = {}
        for name, value in given.items():
            if value in SCORES:
                found[name.removeprefix(QUALITY)] = value
            else:
                row.errors.append({"code": "score", "column": name, "value": str(value)})
        return found

    def _kinds(self, name: str, text: str) -> Iterator[tuple[str | None, str]]:
        target = self.targets.get(name)
        return kinds_in(text, self.words.get(target.dictionary or "", {}) if target is not None else {})

    def _cells(self, many: Mapping[str, list[str]], kinds: Mapping[str, str], all_of: str) -> Iterator[Cell]:
        """Give what stands in the columns of one sort."""
        for name, kind in kinds.items():
            yield from (Cell(name, kind, text) for text in many.get(name, ()))
        for text in many.get(all_of, ()):
            for said, part in self._kinds(all_of, text):
                yield Cell(all_of, said or "office", part, said is not None)

    def _addresses(self, many: Mapping[str, list[str]], postcode: str | None) -> list[dict[str, Any]]:
        """Read the addresses, one a line; the postcode of the row is that of the address, where there is one."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for cell in self._cells(many, ADDRESSES, "all_addresses"):
            for text in cell.text.split("\n"):
                one = addressed(cell.kind, text)
                found.setdefault((cell.kind, one["text"]), one)
        if postcode and len(found) == 1 and many.get("address"):
            next(iter(found.values()))["postcode"] = postcode
        return list(found.values())


@remembered(2048)
def _city(name: str) -> Mapping[str, str | None]:
    """Tell of a new company where the city is that a row names."""
    found = parse_address(name)
    return {
        "province": found.province or None,
        "city": found.city or None,
        "district": found.district or None,
        "division_code": found.code or None,
        "area_code": found.area_code or None,
    }
