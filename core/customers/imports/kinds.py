"""Reads cells that say of several things what each is, as an export does: 传真 028-85550143；手机 13900000142."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.customers.addresses import parse_address
from core.customers.lines import read_address
from core.transfer.values import folded

SPLIT = re.compile(r"[;；\n]")
END = re.compile(r"[ :：]")
"""What stands between the pieces of a cell that names kinds, and behind the kind."""

DATED = ("recipient", "valid_from", "valid_to")
"""What an address may say beside where it is."""


def kinds_in(text: str, words: Mapping[str, str]) -> Iterator[tuple[str | None, str]]:
    """Cut a cell into its pieces, each with its kind by these words; the kind of one that does not say it is None."""
    for part in SPLIT.split(text):
        kind, rest = None, part.strip()
        for end in range(len(rest), 0, -1):
            code = words.get(folded(rest[:end]).lower())
            if code is not None and END.match(rest, end):
                kind, rest = code, rest[end:].lstrip(" :：")
                break
        if rest:
            yield kind, rest


def addressed(kind: str, line: str) -> dict[str, Any]:
    """Read an address with its place, its addressee and the days for which it counts, in the columns of one."""
    one = read_address(line)
    text = one.text[:300]
    dates = {"recipient": one.recipient[:100] or None, "valid_from": one.since, "valid_to": one.until}
    return {"kind": kind, "text": text, **dates, **placed(text)}


def placed(address: str) -> dict[str, str | None]:
    """Tell where an address is, in the columns of one."""
    found = parse_address(address)
    return {
        "division_code": found.code or None,
        "province": found.province or None,
        "city": found.city or None,
        "district": found.district or None,
        "postcode": found.postcode or None,
    }
