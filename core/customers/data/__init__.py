"""Reference data that ships with the product; NOTICE names the sources."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path


def rows(name: str) -> Iterator[dict[str, str]]:
    """Read the rows of one of the tables beside this file."""
    with gzip.open(Path(__file__).parent / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as source:
        yield from csv.DictReader(source)
