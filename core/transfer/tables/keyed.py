"""Sheets that hold each record as a card of labels with their values, one card below another, instead of a table."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from core.transfer.tables.header import folded_heading, looks_like_heading

Pairs = list[tuple[str, str]]
IN_ONE_CELL = re.compile(r"\s*([^:：\n]{1,16}?)\s*[:：]\s*(.*)", re.DOTALL)
COUNTED = 2_000
FEWEST = 3
"""So many different labels have values in the cards, in two rows at least."""


def pairs_of(row: Sequence[str], is_label: Callable[[str], bool]) -> Pairs:
    """Read a row as labels with their values: 电话 | 028-85550142 | 传真 | | 地址：人民路1号."""
    cells = _parted(row, is_label)
    found: Pairs = []
    place = 0
    while place < len(cells):
        label = cells[place]
        place += 1
        if not label or not is_label(label):
            if found and label and label != found[-1][1]:  # a further piece of the value, not the same cell merged
                found[-1] = (found[-1][0], f"{found[-1][1]} {label}".strip())
            continue
        while place < len(cells) and cells[place] == label:
            place += 1
        if place < len(cells) and cells[place]:  # what stands right beside a label is its value, whatever word it is
            found.append((label, cells[place]))
            place += 1
        else:
            found.append((label, ""))
    return found


def _parted(row: Sequence[str], is_label: Callable[[str], bool]) -> list[str]:
    """Cut cells that hold a label and its value."""
    cells: list[str] = []
    for cell in row:
        parted = IN_ONE_CELL.fullmatch(cell)
        if parted is not None and is_label(parted[1]):
            cells += [parted[1].strip(), *([parted[2].strip()] if parted[2].strip() else [])]
        else:
            cells.append(cell.strip())
    return cells


def are_cards(rows: Sequence[Sequence[str]], known: Callable[[str], bool]) -> bool:
    """Tell cards from a table by the first rows: most of them begin with a known label that has its value beside it."""
    filled = labelled = 0
    labels: set[str] = set()
    for row in rows:
        cells = {cell.strip() for cell in row if cell.strip()}
        if not cells:
            continue
        recognised = sum(known(cell) for cell in cells)
        if len(cells) >= FEWEST and recognised > 0.75 * len(cells):
            return False  # the headings of a table
        filled += 1
        pairs = pairs_of(row, known)
        first = next(cell for cell in _parted(row, known) if cell)
        if pairs and pairs[0][0] == first and any(value for _label, value in pairs):
            labelled += 1
            labels.update(folded_heading(label) for label, value in pairs if value)
    return len(labels) >= FEWEST and labelled >= 2 and labelled >= 0.6 * filled


def labels_in(rows: Callable[[], Iterable[Sequence[str]]], known: Callable[[str], bool]) -> list[str]:
    """List the labels of all cards in their order, each by how it is written first.

    A word that no field is known by is one too where it stands in the same column of most cards, or a colon behind it.
    """
    chief, cards, seen = "", 0, Counter[tuple[int, str]]()
    for row in itertools.islice(rows(), COUNTED):
        pairs = pairs_of(row, known)
        chief = chief or (pairs[0][0] if pairs else "")
        cards += any(label == chief for label, _value in pairs)
        seen.update((place, cell.strip()) for place, cell in enumerate(row) if looks_like_heading(cell.strip()))
    often = {text for (_place, text), count in seen.items() if count > 1 and count > cards / 2}

    def is_label(cell: str) -> bool:
        return known(cell) or cell in often or (cell.endswith((":", "：")) and looks_like_heading(cell))

    found: dict[str, str] = {}
    for row in rows():
        for label, value in pairs_of(row, is_label):
            if value or known(label):
                found.setdefault(folded_heading(label), " ".join(label.split()).rstrip(":： "))
    return list(found.values())


def records_of(rows: Iterable[Sequence[str]], labels: Sequence[str]) -> Iterator[list[str]]:
    """Give each card as a row of the values of `labels`, in the line where it begins; its other lines are blank.

    A card ends where the first label of all stands again, or below a blank line where any label of it does. Where the
    first label stands in a row more than once, cards stand side by side: those that do not begin their lines are given
    in the following ones.
    """
    places = {folded_heading(label): place for place, label in enumerate(labels)}

    def is_label(cell: str) -> bool:
        return folded_heading(cell) in places

    cards: list[dict[int, str]] = [{}]
    starts = [0]
    before, lines, gap = 0, 0, False
    for row in rows:
        anew = _starts(row, places)
        pairs = [
            [(places[folded_heading(label)], value) for label, value in pairs_of(strip, is_label)]
            for strip in _strips(row, anew or starts)
        ]
        begins = any(_begins(one, card, gap=gap) for one, card in zip(pairs, cards, strict=False) if card and one)
        if begins or (anew and len(anew) != len(cards)):
            yield from _laid(cards, before, lines, len(labels))
            before = lines = 0
            cards = [{} for _strip in pairs]
        starts = anew or starts
        for card, found in zip(cards, pairs, strict=True):
            for place, value in found:
                card[place] = "、".join(dict.fromkeys(one for one in (card.get(place, ""), value) if one))
        if any(cards):
            lines += 1
        else:
            before += 1
        gap = not any(cell.strip() for cell in row)
    yield from _laid(cards, before, lines, len(labels))


def _starts(row: Sequence[str], places: Mapping[str, int]) -> list[int]:
    """Tell in which columns the cards begin of a row that has the first label of all; none where it has it not."""
    found: list[int] = []
    last = ""
    for place, cell in enumerate(row):
        parted = IN_ONE_CELL.fullmatch(cell)
        text = cell.strip()
        label = parted[1] if parted is not None and places.get(folded_heading(parted[1])) == 0 else text
        if places.get(folded_heading(label)) == 0 and text != last:  # the same cell again is one that was merged
            found.append(place)
        last = text
    return [0, *found[1:]] if found else []


def _strips(row: Sequence[str], starts: Sequence[int]) -> list[Sequence[str]]:
    return [row[start:end] for start, end in itertools.pairwise([*starts, max(len(row), starts[-1])])]


def _begins(pairs: Sequence[tuple[int, str]], card: Collection[int], *, gap: bool) -> bool:
    places = {place for place, _value in pairs}
    return (0 in places and 0 in card) or (gap and not places.isdisjoint(card))


def _laid(cards: Sequence[Mapping[int, str]], before: int, lines: int, width: int) -> Iterator[list[str]]:
    for _line in range(before):
        yield []
    full = [card for card in cards if any(card.values())]
    for card in full:
        yield [card.get(place, "") for place in range(width)]
    for _line in range(lines - len(full)):
        yield []
