"""Reads the places of addresses: how many a second, how much memory, and how many rightly.

`python -m benchmarks.addresses [FILE] [--each N]` prints JSON. FILE is CSV with the columns address,
area_code_hint and the true code; without it, addresses are made in about thirty ways from the table of places.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.address_kinds import Maker
from core.customers.addresses import parse_address

Case = tuple[str, str, str, str]


def cases_of(path: Path) -> Iterator[Case]:
    """Give kind, address, hint and true code of the addresses of a file."""
    with path.open(encoding="utf-8-sig", newline="") as source:
        for row in csv.DictReader(source):
            yield row.get("kind", ""), row["address"], row.get("area_code_hint", ""), row["code"]


def made(each: int) -> Iterator[Case]:
    """Give made addresses of every kind; an empty code says that the address leaves its place open."""
    for kind, address, hint, place in Maker().made(each):
        yield kind, address, hint, place.code if place else ""


def main() -> None:
    """Parse them all and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--each", type=int, default=400)
    options = parser.parse_args()
    cases = list(cases_of(options.file) if options.file else made(options.each))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    parse_address("四川省成都市武侯区")
    for _kind, address, hint, _code in cases[:200]:
        parse_address(address, hint)
    started = time.perf_counter()
    found = [parse_address(address, hint).code for _kind, address, hint, _code in cases]
    seconds = time.perf_counter() - started
    kinds: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (kind, _address, _hint, code), answer in zip(cases, found, strict=True):
        kinds[kind][0] += answer == code if code else answer[2:] in ("", "0000")  # a province in common is right
        kinds[kind][1] += 1
    right = sum(good for good, _all in kinds.values())
    result = {
        "addresses": len(cases),
        "right": round(right / max(1, len(cases)), 4),
        "per_second": round(len(cases) / seconds),
        "tables_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, 1),
        "by_kind": {kind: [round(good / count, 4), count] for kind, (good, count) in sorted(kinds.items())},
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
