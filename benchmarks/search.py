"""Searches for customers as people type them: how often the right one is first, and how long it takes.

`python -m benchmarks.search FILE [--queries 100] [--seed 1]` prints JSON. FILE is the table of companies that was
imported into the instance (`ZHIKE_HOME`, `ZHIKE_DATABASE_URL`); the queries are made of its names.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opencc import OpenCC
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.app import create_app
from core.customers.commands import external_ids
from core.customers.data.divisions import division_changes
from core.customers.models import Phone
from core.customers.pinyin import readings_table, syllables
from core.customers.places import without_legal_form, without_place
from core.customers.queries import find_companies, search_companies
from core.customers.text import name_key, normal
from core.db import work

LIMIT = 10


@dataclass(frozen=True)
class Known:
    """A company of the file. `core` is its name without its place in front and the legal form at the end."""

    id: str
    name: str
    uscc: str
    city: str
    core: str


def companies_of(path: Path) -> list[Known]:
    """Read the file."""
    whole = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    found = []
    for row in csv.DictReader(whole.decode("utf-8-sig").splitlines()):
        core = without_legal_form(without_place(name_key(row["name"])))
        found.append(Known(row["company_id"], row["name"], row.get("uscc", ""), row.get("city", ""), core))
    return found


def _homophone(text: str, chance: random.Random) -> str:
    """Write one of the first characters as another that sounds the same."""
    read = readings_table()
    common: Mapping[str, list[str]] = _characters()
    places = [i for i, c in enumerate(text[:4]) if len(common.get(read.get(c, ""), ())) > 1]
    if not places:
        return ""
    place = chance.choice(places)
    other = chance.choice([c for c in common[read[text[place]]] if c != text[place]])
    return text[:place] + other + text[place + 1 :]


_seen: Counter[str] = Counter()


def _characters() -> Mapping[str, list[str]]:
    """Give the characters that occur often in names by their reading."""
    if not _by_sound:
        for character, count in _seen.items():
            if count >= 50 and (sound := readings_table().get(character)):
                _by_sound[sound].append(character)
    return _by_sound


_by_sound: defaultdict[str, list[str]] = defaultdict(list)


def _other(text: str, chance: random.Random) -> str:
    place = chance.randrange(min(len(text), 5))
    return text[:place] + chance.choice([c for c, n in _seen.items() if n >= 50]) + text[place + 1 :]


def _swapped(text: str, chance: random.Random) -> str:
    place = chance.randrange(min(len(text), 5) - 1)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _dropped(text: str, chance: random.Random) -> str:
    place = chance.randrange(min(len(text), 5))
    return text[:place] + text[place + 1 :]


def _short(text: str, _chance: random.Random) -> str:
    """Abbreviate as people do: the beginning and the first character of the trade (金惠食品城 to 金惠食城)."""
    return text[:2] + text[2] + text[-1] if len(text) > 5 else ""


def _old_place(company: Known) -> str:
    """Write the city as it was called before it was renamed."""
    for change in division_changes():
        before, after = (normal(change.before[1]), normal(change.after[1]))
        if before != after and after == normal(company.city) and not change.before[2]:
            return f"{before.removesuffix('市').removesuffix('地区')} {company.core}"
    return ""


Maker = Callable[[Known, random.Random], str]
KINDS: Mapping[str, Maker] = {
    "exact": lambda one, _c: one.name,
    "core": lambda one, _c: one.core,
    "part": lambda one, c: one.core[(at := c.randrange(len(one.core) - 2)) : at + 3],
    "order": lambda one, _c: f"{one.core} {one.city.removesuffix('市')}" if one.city else "",
    "order of parts": lambda one, _c: f"{one.core[2:]} {one.core[:2]}",
    "short": lambda one, c: _short(one.core, c),
    "initials": lambda one, _c: "".join(s[0] for s in syllables(one.core)) if one.core.isalpha() else "",
    "pinyin": lambda one, _c: "".join(syllables(one.core)),
    "pinyin apart": lambda one, _c: " ".join(syllables(one.core)),
    "pinyin, one letter wrong": lambda one, c: _other_letter("".join(syllables(one.core)), c),
    "mixed": lambda one, _c: one.core[:2] + "".join(syllables(one.core[2:4])),
    "mixed initials": lambda one, _c: one.core[:2] + "".join(s[0] for s in syllables(one.core[2:])),
    "homophone": lambda one, c: _homophone(one.core, c),
    "homophone, whole name": lambda one, c: without_place_kept(one, _homophone(one.core, c)),
    "wrong character": lambda one, c: _other(one.core, c),
    "missing character": lambda one, c: _dropped(one.core, c),
    "missing, whole name": lambda one, c: without_place_kept(one, _dropped(one.core, c)),
    "swapped": lambda one, c: _swapped(one.core, c),
    "place and name": lambda one, _c: one.city.removesuffix("市") + one.core if one.city else "",
    "city spelt": lambda one, _c: "".join(syllables(one.city.removesuffix("市"))) + one.core if one.city else "",
    "city's initials": lambda one, _c: _initials(one.city.removesuffix("市")) + one.core if one.city else "",
    "city within": lambda one, _c: f"{one.core[:2]}{one.city.removesuffix('市')}{one.core[2:]}" if one.city else "",
    "asked for": lambda one, c: one.core + c.choice((" 电话", "的地址", "张经理", "(李小姐)")),
    "pinyin, a letter missing": lambda one, c: _letter_out("".join(syllables(one.core)), c),
    "old place": lambda one, _c: _old_place(one),
    "traditional": lambda one, _c: OpenCC("s2t").convert(one.core),
    "wide": lambda one, _c: "\u3000".join((one.name[:4], one.name[4:])).replace("(", "（").replace(")", "）"),
    "credit code": lambda one, _c: one.uscc.lower(),
}  # fmt: skip


def without_place_kept(company: Known, core: str) -> str:
    """Put a changed core back into the whole name."""
    key = name_key(company.name)
    return key.replace(company.core, core) if core else ""


def _initials(name: str) -> str:
    return "".join(one[0] for one in syllables(name))


def _letter_out(text: str, chance: random.Random) -> str:
    """Leave a letter out."""
    place = chance.randrange(1, max(2, len(text) - 1))
    return text[:place] + text[place + 1 :] if text.isalpha() else ""


def _other_letter(text: str, chance: random.Random) -> str:
    """Write the sounds as those do who do not tell them apart: z for zh, n for ng, l for n."""
    pairs = [pair for pair in (("zh", "z"), ("sh", "s"), ("ch", "c"), ("ang", "an"), ("ing", "in")) if pair[0] in text]
    if not pairs:
        return ""
    before, after = chance.choice(pairs)
    return text.replace(before, after, 1)


def wanted_of(kind: str, company: Known, by_core: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Tell which companies are right: the one, or all whose name is the same but for place and legal form."""
    if kind in ("exact", "credit code", "wide"):
        return frozenset([company.id])
    return frozenset(by_core[company.core])


def ask(session: Session, text: str) -> tuple[list[str], float]:
    """Search once; gives the ids of the file and the seconds."""
    started = time.perf_counter()
    hits = find_companies(session, text, LIMIT)
    seconds = time.perf_counter() - started
    known = external_ids(session, [hit.id for hit in hits])
    return [known.get(hit.id, str(hit.id)) for hit in hits], seconds


def listed(session: Session, text: str) -> float:
    """Narrow the list once; gives the seconds."""
    from core.customers.models import Company
    from core.db import current_work

    current_work().info.pop("search", None)
    started = time.perf_counter()
    statement = search_companies(select(Company.id), text, session).order_by(Company.id.desc()).limit(50)
    session.execute(statement).all()
    return time.perf_counter() - started


def phones(session: Session, chance: random.Random, count: int) -> dict[str, Any]:
    """Search for the last seven digits of numbers, where the instance has any."""
    found = session.execute(select(Phone.digits, Phone.company_id).where(Phone.company_id.is_not(None)).limit(count))
    good = tried = 0
    for digits, company_id in found:
        tried += 1
        good += any(hit.id == company_id for hit in find_companies(session, digits[-7:], LIMIT))
    return {"queries": tried, "in_10": round(good / tried, 3)} if tried else {}


def main() -> None:
    """Make the queries, search, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append", choices=list(KINDS))
    parser.add_argument("--missed", action="store_true", help="list the queries whose answer was not first")
    parser.add_argument("--warm", action="store_true", help="ask each query once before, so that no disk is measured")
    options = parser.parse_args()
    companies = companies_of(options.file)
    by_core: defaultdict[str, list[str]] = defaultdict(list)
    for one in companies:
        by_core[one.core].append(one.id)
        _seen.update(set(one.core))
    names = {one.id: one.name for one in companies}
    fit = [one for one in companies if 4 <= len(one.core) <= 12]
    figures: dict[str, Any] = {}
    every: list[float] = []
    lists: list[float] = []
    with work(create_app().extensions["zhike"].database, reason="search") as unit:
        for kind in options.kind or KINDS:
            chance = random.Random(f"{options.seed} {kind}")
            first = ten = 0
            times: list[float] = []
            for one in chance.sample(fit, min(len(fit), options.queries * 60)):
                text = KINDS[kind](one, chance)
                if not text or (text == one.core and kind not in ("core", "traditional")):
                    continue
                if options.warm:
                    ask(unit.session, text)
                got, seconds = ask(unit.session, text)
                lists.append(listed(unit.session, text))
                times.append(seconds)
                wanted = wanted_of(kind, one, by_core)
                first += bool(got) and got[0] in wanted
                ten += any(one_id in wanted for one_id in got)
                if options.missed and not (got and got[0] in wanted):
                    print(kind, text, "|", one.name, "|", [names.get(one_id, one_id) for one_id in got[:3]])
                if len(times) == options.queries:
                    break
            if times:
                figures[kind] = {"queries": len(times), "first": round(first / len(times), 3)}
                figures[kind] |= {"in_10": round(ten / len(times), 3), "p95_ms": _p95(times)}
            every += times
        figures["phone, last seven digits"] = phones(unit.session, random.Random(options.seed), options.queries)
    total = {"queries": len(every), "p50_ms": round(statistics.median(every) * 1000, 1), "p95_ms": _p95(every)}
    total |= {"list_p50_ms": round(statistics.median(lists) * 1000, 1), "list_p95_ms": _p95(lists)}
    print(json.dumps({"all": total, **figures}, ensure_ascii=False, indent=1))


def _p95(times: Sequence[float]) -> float:
    return round(sorted(times)[int(len(times) * 0.95)] * 1000, 1)


if __name__ == "__main__":
    main()
