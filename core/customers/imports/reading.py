"""Reads the cells of a customer's row into what is stored, names, numbers and search document included."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.columns import blank_joined
from core.custom import PREFIX
from core.customers.data.edition import Edition, edition
from core.customers.duplicates.engine import packed
from core.customers.duplicates.subjects import Given, place_key, subject
from core.customers.imports.furniture import is_furniture
from core.customers.imports.kinds import addressed, kinds_in
from core.customers.imports.own import read_own
from core.customers.imports.persons import people_of
from core.customers.imports.place import fill_place, phones_apart
from core.customers.imports.reach import Cell, read_emails, read_phones
from core.customers.imports.targets import (
    ALIASES,
    BANDS,
    BELONGING,
    CODES,
    CONTACT_COLUMNS,
    EMAILS,
    NAMES,
    PARTS,
    PHONES,
    PLACE,
)
from core.customers.imports.words import NOTHING
from core.customers.lines import read_needs
from core.customers.models.reach import PRIVATE_KINDS
from core.customers.numbers import (
    check_postcode,
    check_uscc,
    parse_phone,
    split_phones,
)
from core.customers.services.index import Named, document
from core.customers.text import name_key, person_sort_key, sort_key
from core.transfer.importer import Row
from core.transfer.mapping import REFERENCE, Target, units_of
from core.transfer.unknown import REFUSE, Unknown
from core.transfer.values import (
    BROKEN,
    folded,
    read_int,
    read_money,
    read_since,
    split_words,
    tidy,
    tidy_long,
    with_unit,
)

READERS: Mapping[str, Callable[[str], Any]] = {
    "date": read_since,
    "int": read_int,
    "money": read_money,
    "postcode": check_postcode,
}
FAULTS = {"int": "number"}
MARKS = "★☆*●○■□◆◇▲△※▪•►√✓"
"""What a list puts before a name to say something of it."""
NUMBERED = re.compile(r"[(（]?\d{1,4}(?:[)）]|[、.．])\s*(?=[一-鿿]{4})")
"""The number of a line before a name: 12、成都…, (3)成都…."""
SAID_OF = re.compile(
    r"\s*[(（\[【]((?:vip|[abcd][级类]|(?:老|新|大|重点|重要|潜在)客户|已?(?:停业|停产|注销|吊销|倒闭|搬迁|关闭|歇业)|暂停|黑名单|无效|作废)"
    r"[^)）\]】]{0,8})[)）\]】]\s*$",
    re.IGNORECASE,
)
"""What a clerk notes behind a name: （VIP）, 【老客户】, （已停业）."""
FORMERLY = re.compile(r"\s*[(（]\s*((?:原名?|曾用名|前身)\s*[:：是为]?)\s*([^()（）]{4,60})[)）]\s*$")
REGISTERED = "原"
"""By which word alone a former name stands in names as they are registered: 青岛隆鑫印刷(原青岛人民印刷厂)."""
MARKED = frozenset({"uscc", "postcode", "division_code", REFERENCE})
"""Columns of figures before which a spreadsheet may have put the mark of a text."""
PERSONAL = frozenset({"contact_mobile", "contact_phone", "phone"})
"""Numbers that may stand beside each of several contacts."""
APART = PLACE | CONTACT_COLUMNS.keys() | BELONGING | {REFERENCE, "country", "uscc", *NAMES}


@dataclass
class CompanyReader:
    """Reads rows by the mapping of one file. `words` holds, for each dictionary, how its codes are written."""

    mapping: Sequence[str]
    targets: Mapping[str, Target]
    words: Mapping[str, Mapping[str, str]]
    common: bool = False
    compared: bool = False
    """Whether rows are to be compared with what is there."""
    headings: Sequence[str] = ()
    unknown: Unknown = REFUSE
    written: Callable[[Iterable[str]], str] = blank_joined
    """How tokens are written for the database."""
    places: Edition = field(default_factory=edition)
    """What was changed in the table of places, for the second process."""

    @functools.cached_property
    def units(self) -> dict[int, str]:
        """Give the sizes that headings of figures name, by column."""
        return units_of(self.headings, self.mapping, self.targets)

    @functools.cached_property
    def columns(self) -> list[tuple[int, str, str, int | None, bool, Callable[[str], Any] | None]]:
        """List the columns to be read: place, target, kind, greatest length, whether several, how to read it."""
        found = []
        for place, name in enumerate(self.mapping):
            if (target := self.targets.get(name)) is not None:
                several = target.many or target.kind in ("choices", "list")
                reader = READERS.get(target.kind)
                unit = self.units.get(place)
                if unit and reader in (read_money, read_int):
                    reader = functools.partial(in_unit, reader, unit)
                found.append((place, name, target.kind, target.max_length, several, reader))
        return found

    @functools.cached_property
    def persons(self) -> dict[int, int]:
        """Give which of several contacts a column is of, from 0, by column; nothing where there are none.

        Where each has a column of a kind they go together in their order, else one goes with the contact before it.
        """
        chiefs = [place for place, name in enumerate(self.mapping) if name == "contact"]
        found: dict[int, int] = {}
        for wanted in CONTACT_COLUMNS.keys() | PERSONAL if len(chiefs) > 1 else ():
            places = [place for place, name in enumerate(self.mapping) if name == wanted]
            for number, place in enumerate(places):
                if len(places) == len(chiefs):
                    found[place] = number
                elif wanted != "phone":
                    found[place] = max(sum(chief < place for chief in chiefs) - 1, 0)
        return found

    def _with_unit(self, place: int, text: str) -> str:
        unit = self.units.get(place)
        return with_unit(text, unit) if unit else text

    def pick(self, cells: Sequence[str]) -> list[str]:
        """Give the cells of the columns to be read; a row that ends early has blank ones."""
        width = len(cells)
        return [cells[place] if place < width else "" for place, *_rest in self.columns]

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
        people: dict[int, dict[str, str]] = {}
        for (place, name, kind, longest, several, reader), raw in zip(self.columns, self.pick(cells), strict=True):
            text = tidy(raw) if kind != "long" else tidy_long(raw)
            if name in MARKED:
                text = text.lstrip("'’`").strip()
            if name == "name":
                text = NUMBERED.sub("", text.lstrip(f"{MARKS} "))
            if not text:
                continue
            row.filled |= 1 << place
            if BROKEN in text:
                row.errors.append({"code": "broken", "column": name, "value": text})
            elif longest and len(text) > longest:
                row.errors.append({"code": "too_long", "column": name, "value": text})
            elif self.targets[name].kept:
                row.kept[name] = self._keep(row, name, text, reader)
            elif name.startswith(PREFIX):
                own = read_own(row, self.targets[name], self._with_unit(place, text), self.words, self.unknown)
                if own is not None:
                    taken.setdefault("custom", {})[name] = own
            elif name in CONTACT_COLUMNS and self.persons.get(place):
                people.setdefault(self.persons[place], {})[name] = text
            elif several:
                many.setdefault(name, []).append(text)
                if name in PERSONAL and self.persons.get(place):
                    people.setdefault(self.persons[place], {})["mobile"] = text
            elif reader is not None:
                try:
                    taken[name] = reader(text)
                except (ValueError, OverflowError):
                    band = BANDS.get(name, "")
                    known = self.words.get(band, ())
                    if (plain := folded(text).lower()) in known or (plain := plain.replace("元", "")) in known:
                        taken[band] = plain
                    else:
                        row.errors.append({"code": FAULTS.get(kind, kind), "column": name, "value": text})
            else:
                taken[name] = text
        if is_furniture(cells, taken.get("name", "")):
            row.outcome, row.errors = "skipped", []
        elif "name" in taken or taken.get(REFERENCE):
            if people:
                taken["people"] = [people[number] for number in sorted(people)]
            self._assemble(row, taken, many)
        else:
            row.errors.append({"code": "required", "column": "name"})
        return row

    @staticmethod
    def _keep(row: Row, name: str, text: str, reader: Callable[[str], Any] | None) -> Any:
        """Read what belongs to a plugin; what cannot be read is kept as it stands, and noted."""
        if reader is None:
            return text.strip("《》<>")
        try:
            value = reader(text)
        except (ValueError, OverflowError):
            row.notes.append({"code": "kept_text", "column": name, "value": text})
            return text
        return value if isinstance(value, int) else str(value)

    def _assemble(self, row: Row, taken: dict[str, Any], many: dict[str, list[str]]) -> None:
        company: dict[str, Any] = {}
        name_apart(taken, many)
        others = people_of(taken, many)
        if "address" in taken:
            taken["address"], numbers = phones_apart(taken["address"])
            if numbers:
                many.setdefault("phone", []).append(numbers)
        values: dict[str, Any] = {"company": company, "derived": fill_place(row, taken, company)}
        for name, value in taken.items():
            if name == "custom":
                company[name] = value
            elif name == "source":
                code = self.words.get("source", {}).get(folded(value).lower())
                company |= {"source": code} if code else {"source_note": company.get("source_note", value)}
            elif name not in APART and (known := self._choice(row, name, value)) is not None:
                company[name] = known
        if "country" in taken and (country := self._country(row, str(taken["country"]))) is not None:
            company["country"] = country
        if uscc := taken.get("uscc"):
            try:
                company["uscc"] = check_uscc(uscc)
            except ValueError:
                row.errors.append({"code": "uscc", "column": "uscc", "value": uscc})
        if (limit := taken.get("credit_limit")) is not None and limit < 0:
            row.errors.append({"code": "negative", "column": "credit_limit", "value": str(limit)})
        values["phones"] = read_phones(row, self._cells(many, PHONES, "all_phones"), company.get("area_code", ""))
        values["emails"] = read_emails(row, self._cells(many, EMAILS, "all_emails"))
        values["addresses"] = self._addresses(many)
        values["needs"] = self._needs(row, many)
        values |= {name: taken[name] for name in BELONGING if name in taken}
        self._lists(row, many, company, values)
        if reference := taken.get(REFERENCE):
            values[REFERENCE] = reference
        if row.errors:
            row.values = {}
            return
        if "contact" in taken:
            values["contact"] = self._contact(row, taken)
            values["contact_doc"] = self._document_of(values["contact"])
            values["others"] = [self._contact(row, one) for one in others]
            self._share(values, others)
            values["other_docs"] = [self._document_of(one) for one in values["others"]]
        if company.get("address"):
            company["place_key"] = place_key(company["address"])
        if "name" in company:
            company["name_key"] = name_key(company["name"])
            company["sort_key"] = sort_key(company["name"])
            places = tuple(company.get(name) for name in ("province", "city", "district"))
            values["doc"] = document_line(
                Named(0, self._names(company, values), self.common, places=places), self.written
            )
            if self.compared:
                values["subject"] = packed(subject(_given(company, values)))
        row.values = values

    @staticmethod
    def _names(company: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
        aliases = [alias["name"] for alias in values["aliases"]]
        short = company.get("short_name")
        return [company["name"], *([short] if short else ()), *aliases, *values["brands"], *values["agent_brands"]]

    @staticmethod
    def _share(values: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> None:
        """Give the others their mobiles: those that stand beside their names, else one each where there are as many."""
        phones = values["phones"]
        mobiles = [one for one in phones if one["of_contact"] and one["kind"] == "mobile"]
        told = [parse_phone(split_phones(one["mobile"])[0]).digits if "mobile" in one else "" for one in others]
        if not any(told) and len(mobiles) == len(others) + 1:
            told = [one["digits"] for one in mobiles[1:]]
        for person, digits in zip(values["others"], told, strict=True):
            for phone in phones:
                if digits and phone["digits"] == digits:
                    phone |= {"of_contact": True, "person": person["name_key"]}

    def _document_of(self, contact: Mapping[str, Any]) -> tuple[Any, ...]:
        return document_line(Named(0, [contact["name"]], self.common, "contact"), self.written)

    def _contact(self, row: Row, taken: Mapping[str, Any]) -> dict[str, Any]:
        contact = {column: taken[name] for name, column in CONTACT_COLUMNS.items() if name in taken}
        contact["name_key"] = name_key(contact["name"])[:60]
        contact["sort_key"] = person_sort_key(contact["name"])
        if "gender" in contact:
            contact["gender"] = self._choice(row, "contact_gender", contact["gender"])  # None is as good as nothing
        if title := contact.get("position_title"):
            code = self.words.get("position", {}).get(folded(title).lower())
            contact["position"] = code
        return contact

    def _choice(self, row: Row, name: str, value: Any) -> Any:
        target = self.targets[name]
        if target.kind != "choice" or target.dictionary is None:
            return value
        code = self.words.get(target.dictionary, {}).get(folded(value).lower())
        if code is None:
            self.unknown.meet(row, name, target.dictionary, value)
        return code

    def _lists(self, row: Row, many: Mapping[str, list[str]], company: dict[str, Any], values: dict[str, Any]) -> None:
        """Read what may have several values; a word that no list has goes into the business scope as text."""
        values["aliases"] = self._aliases(many)
        values |= {name: [] for name in PARTS}
        for name, texts in many.items():
            if name not in PARTS and name not in CODES:
                continue
            dictionary = self.targets[name].dictionary
            words = self.words.get(dictionary, {}) if dictionary else {}
            parts = [part for text in texts for part in split_words(text, words)]
            if dictionary is None:
                values[name] = [part[:100] for part in parts]
                continue
            codes: dict[str, None] = {}
            unknown = []
            for part in parts:
                key = folded(part).lower()
                if (code := words.get(key)) is not None:
                    codes[code] = None
                elif key not in NOTHING:
                    unknown.append(part)
            if unknown:
                row.notes.append({"code": "unknown_word", "column": name, "value": "、".join(unknown)[:60]})
                company["projects"] = "\n".join(filter(None, ["、".join(unknown), company.get("projects")]))
            if name in PARTS:
                values[name] = list(codes)
            elif codes:
                company[name] = list(codes)

    def _words(self, name: str) -> Mapping[str, str]:
        target = self.targets.get(name)
        return self.words.get(target.dictionary or "", {}) if target is not None else {}

    def _aliases(self, many: Mapping[str, list[str]]) -> list[dict[str, str]]:
        found: dict[tuple[str, str], dict[str, str]] = {}
        for name, kind in ALIASES.items():
            for text in many.get(name, ()):
                for said, part in kinds_in(text.replace("、", "；"), self._words(name)):
                    key = name_key(part[:200])
                    one = {"kind": said or kind, "name": part[:200], "name_key": key}
                    found.setdefault((one["kind"], key), one)
        return list(found.values())

    def _cells(
        self, many: Mapping[str, list[str]], kinds: Mapping[str, tuple[str, bool]], all_of: str
    ) -> Iterator[Cell]:
        """Give what the columns of one sort hold, of the house or of its contact."""
        for name, (kind, of_contact) in kinds.items():
            for text in many.get(name, ()):
                yield Cell(name, kind, text, whose={"of_contact": of_contact})
        for text in many.get(all_of, ()):
            for said, part in kinds_in(text, self._words(all_of)):
                yield Cell(all_of, said or "office", part, said is not None, {"of_contact": False})

    def _addresses(self, many: Mapping[str, list[str]]) -> list[dict[str, Any]]:
        """Read the further addresses, one a line."""
        homes = [("home", line) for text in many.get("home_address", ()) for line in text.split("\n")]
        words = self._words("all_addresses")
        told = [
            (kind or "office", one) for text in many.get("all_addresses", ()) for kind, one in kinds_in(text, words)
        ]
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for kind, text in (*told, *homes):
            one = addressed(kind, text)
            own = None if kind in PRIVATE_KINDS else place_key(one["text"])
            found.setdefault((kind, one["text"]), {**one, "place_key": own})
        return list(found.values())

    def _needs(self, row: Row, many: Mapping[str, list[str]]) -> list[dict[str, Any]]:
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        for line in (line for text in many.get("all_needs", ()) for line in text.split("\n")):
            try:
                for one in read_needs(line, self._words("all_needs")):
                    need = {"kind": one.kind, "text": one.text or None}
                    dates = {"noted_on": one.since, "valid_until": one.until}
                    found.setdefault((one.kind, one.since, one.until, one.text), need | dates)
            except (ValueError, OverflowError) as error:
                self.unknown.meet(row, "all_needs", "need", str(error) or line)
        return list(found.values())

    def _country(self, row: Row, value: str) -> str | None:
        text = folded(value)
        if len(text) == 2 and text.isascii() and text.isalpha():
            return text.upper()
        code = self.words.get("country", {}).get(text.lower()) or countries().get(text.lower())
        if code is None:
            self.unknown.meet(row, "country", None, value)
        return code


def name_apart(taken: dict[str, Any], many: dict[str, list[str]]) -> None:
    """Take off a name what stands behind it in brackets: a remark, a former name."""
    name = taken.get("name", "")
    if not name.endswith((")", "）", "]", "】")):
        return
    if found := SAID_OF.search(name):
        name = name[: found.start()]
        taken["remark"] = "\n".join(filter(None, (found[1], taken.get("remark"))))
    if found := FORMERLY.search(name):
        name = name if found[1] == REGISTERED else name[: found.start()]
        many.setdefault("former_name", []).append(found[2])
    if len(name) > 1:
        taken["name"] = name


def in_unit(reader: Callable[[str], Any], unit: str, text: str) -> Any:
    """Read a figure whose heading names the unit, unless the cell does so itself."""
    return reader(with_unit(text, unit))


def _given(company: Mapping[str, Any], values: Mapping[str, Any]) -> Given:
    """Give what is compared of a row, as it will be read of the company made of it."""
    short = company.get("short_name")
    return Given(
        0,
        company["name"],
        [*(alias["name"] for alias in values["aliases"]), *([short] if short else ())],
        company.get("division_code") or "",
        company.get("address") or "",
        company.get("postcode") or "",
        [phone["digits"] for phone in values["phones"]],
        [email["address_key"] for email in values["emails"]],
        [one["name"] for one in (values["contact"], *values["others"])] if "contact" in values else (),
        company.get("uscc") or "",
    )


DOCUMENT = ("resource", "common", "title", "text", "initials", "pinyin", "tokens")


def document_line(named: Named, written: Callable[[Iterable[str]], str]) -> tuple[Any, ...]:
    """Make a record's search document, light to be sent: the tokens in one text."""
    made = document(named)
    return (*(made[name] for name in DOCUMENT[:-1]), written(made["tokens"]))


@functools.cache
def countries() -> Mapping[str, str]:
    """Give the code of each country by its Chinese and English name."""
    from babel import Locale

    found = {"中华人民共和国": "CN", "中国大陆": "CN", "prc": "CN", "usa": "US", "美国": "US", "英国": "GB"}
    found |= {"香港": "HK", "中国香港": "HK", "澳门": "MO", "中国澳门": "MO", "中国台湾": "TW", "台湾省": "TW"}
    for language in ("en", "zh"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                found.setdefault(str(name).lower(), str(code))
    return found
