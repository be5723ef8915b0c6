"""Reads cells that say of several things what each is, as an export does: 传真 028-85550143；手机 13900000142."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from core.customers.addresses import parse_address
from core.transfer.values import folded

SPLIT = re.compile(r"[;；\n]")
END = re.compile(r"[ :：]")
"""What stands between the pieces of a cell that names kinds, and behind the kind."""


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
