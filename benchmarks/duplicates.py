"""Finds duplicates among records written in many ways, and says how many were found, how fast, in how much memory.

`python -m benchmarks.duplicates [--companies FILE] [--records 20000] [--seed 1]` prints JSON. The names are those of
the file (columns `name`, `division_code`, `address`), or invented; one company in six is written twice to four times.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.variations import COMMON, address_written, number_written, varied
from core.customers.data.divisions import Division, divisions
from core.customers.duplicates.engine import find_duplicates
from core.customers.duplicates.subjects import Given
from core.customers.numbers import parse_phone

TRADES = [
    "食品",
    "商贸",
    "贸易",
    "酒业",
    "茶叶",
    "粮油",
    "米业",
    "印刷",
    "包装",
    "文化传媒",
    "广告",
    "餐饮管理",
    "饮料",
    "农业科技",
    "水产",
    "乳业",
    "调味品",
    "物流",
    "科技发展",
    "糖酒",
    "面粉",
    "肉类",
    "果业",
    "会展服务",
    "进出口",
]
SECOND = (
    "昌隆成兴旺茂通益民生美乐园庄记轩堂坊家人味丰源达安和平正大中信立业创新力凯威雅诺科维特思博润泽涛明亮辉宇航宙星"
)
STREETS = [
    "人民",
    "解放",
    "中山",
    "建设",
    "和平",
    "新华",
    "长江",
    "黄河",
    "文化",
    "工业",
    "迎宾",
    "环城",
    "朝阳",
    "胜利",
    "友谊",
    "青年",
    "光明",
    "东风",
]


def invented(count: int, dice: random.Random) -> Iterator[tuple[str, Division, str]]:
    """Invent companies: a place, a brand of two or three characters, a trade."""
    places = [
        unit for unit in divisions() if unit.level == "district" and not unit.special_zone and unit.area_code[:1] == "0"
    ]
    places = [unit for unit in places if unit.code < "7"]
    letters = COMMON + SECOND
    for _step in range(count):
        unit = dice.choice(places)
        brand = "".join(dice.choice(letters) for _place in range(dice.choice((2, 2, 3))))
        where = dice.choice((unit.city, unit.city.removesuffix("市"), unit.name))
        name = f"{where}{brand}{dice.choice(TRADES)}有限公司"
        street = f"{unit.province}{unit.city}{unit.name}{dice.choice(STREETS)}路{dice.randrange(1, 900)}号"
        yield name, unit, street


def registered(path: Path, dice: random.Random) -> Iterator[tuple[str, Division, str]]:
    """Give the companies of a file whose place is known."""
    units = {unit.code: unit for unit in divisions()}
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as source:
        rows = [row for row in csv.DictReader(source) if row["division_code"] in units]
    dice.shuffle(rows)
    for row in rows:
        yield row["name"], units[row["division_code"]], row["address"]


class Written:
    """The records as they are written, and which of them are one company."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.records: list[tuple[Any, ...]] = []
        self.company: list[int] = []
        self.kinds: list[str] = []

    def write(
        self, company: int, name: str, kind: str, unit: Division, address: str, reach: tuple[str, str, str]
    ) -> None:
        """Write one record: any of its numbers, the person, the address and the mail may be missing."""
        dice = self.dice
        line, mobile, person = reach
        self.records.append(
            (
                name,
                unit.code if dice.random() < 0.75 else "",
                address_written(address, dice) if dice.random() < 0.8 else "",
                unit.postcode if dice.random() < 0.6 else "",
                number_written(line, dice) if dice.random() < 0.6 else "",
                number_written(mobile, dice) if dice.random() < 0.6 else "",
                person if dice.random() < 0.7 else "",
            )
        )
        self.company.append(company)
        self.kinds.append(kind)

    def reach(self, unit: Division) -> tuple[str, str, str]:
        """Invent numbers of the test blocks and a person."""
        dice = self.dice
        line = (
            (unit.area_code or "010") + f"555{dice.randrange(10_000):04d}" + ("5" if unit.area_code[1] in "12" else "")
        )
        person = dice.choice("王李张刘陈杨赵黄周吴徐孙") + dice.choice(COMMON) + dice.choice(SECOND)
        return line, f"1{dice.choice('3578')}{dice.randrange(10)}0000{dice.randrange(10_000):04d}", person

    def fill(self, companies: Iterator[tuple[str, Division, str]], count: int) -> None:
        """Write records until there are so many."""
        dice = self.dice
        for company, (name, unit, address) in enumerate(companies):
            reach = self.reach(unit)
            self.write(company, name, "as it is", unit, address, reach)
            if dice.random() < 1 / 6:
                for _copy in range(dice.choice((1, 1, 2, 3))):
                    written, kind = varied(name, dice)
                    same = reach if dice.random() < 0.6 else (reach[0], *self.reach(unit)[1:])
                    self.write(company, written, kind, unit, address, same)
            if len(self.records) >= count:
                return

    def given(self) -> Iterator[Given]:
        """Give the records as they lie in the database."""
        for number, (name, code, address, postcode, line, mobile, person) in enumerate(self.records):
            digits = [parse_phone(one).digits for one in (line, mobile) if one]
            yield Given(number, name, (), code, address, postcode, digits, (), [person] if person else ())


def measured(written: Written) -> dict[str, Any]:
    """Find the duplicates and compare them with what was written."""
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for number, company in enumerate(written.company):
        groups[company].append(number)
    true = {pair for group in groups.values() for pair in combinations(group, 2)}
    started = time.perf_counter()
    found = {(pair.first, pair.second) for pair in find_duplicates(written.given())}
    seconds = time.perf_counter() - started
    kinds: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for one, other in true:
        changed = {written.kinds[one], written.kinds[other]} - {"as it is"}
        if len(changed) <= 1:
            kind = next(iter(changed), "as it is")
            kinds[kind] += 1
            hits[kind] += (one, other) in found
    right = len(true & found)
    precision, recall = right / max(1, len(found)), right / max(1, len(true))
    return {
        "records": len(written.records),
        "true_pairs": len(true),
        "found_pairs": len(found),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(1e-9, precision + recall), 4),
        "seconds": round(seconds, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "recall_by_variation": {kind: round(hits[kind] / count, 3) for kind, count in sorted(kinds.items())},
    }


def main() -> None:
    """Write the records, find the duplicates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=Path)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    written = Written(dice)
    written.fill(
        registered(options.companies, dice) if options.companies else invented(options.records, dice), options.records
    )
    print(json.dumps(measured(written), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
