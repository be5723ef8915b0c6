"""The geometry of small charts that pages draw as SVG: no scripts, no colours of their own, ready for print."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH, HEIGHT = 640, 110
LEFT, RIGHT, TOP, BOTTOM = 8, 8, 8, 8


@dataclass(frozen=True)
class Dot:
    """A point of a chart, with what it says."""

    x: float
    y: float
    day: dt.date
    value: int | Decimal


@dataclass(frozen=True)
class Line:
    """A line over time: its path, its points, the greatest value and the days at both ends."""

    path: str
    dots: tuple[Dot, ...]
    top: int | Decimal
    first: dt.date
    last: dt.date
    width: int = WIDTH
    height: int = HEIGHT
    base: int = HEIGHT - BOTTOM


def line(
    points: Sequence[tuple[dt.date, int | Decimal]], *, until: dt.date | None = None, stepped: bool = False
) -> Line | None:
    """Lay values by day over the width of the chart, from nothing at its foot; None where there is no value.

    `stepped` keeps each value until the next one, and the last one until `until`.
    """
    if not points:
        return None
    first, last = points[0][0], max(until or points[-1][0], points[-1][0])
    days = max((last - first).days, 1)
    top = max(value for _day, value in points) or 1
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def across(day: dt.date) -> float:
        return round(LEFT + wide * (day - first).days / days, 1)

    dots = tuple(
        Dot(across(day), round(TOP + high * (1 - float(value) / float(top)), 1), day, value) for day, value in points
    )
    path = [f"M{dots[0].x} {dots[0].y}"]
    for dot in dots[1:]:
        path.append(f"H{dot.x}V{dot.y}" if stepped else f"L{dot.x} {dot.y}")
    if stepped:
        path.append(f"H{across(last)}")
    return Line("".join(path), dots, top, first, last)


BOX, GAP, STEP = 210, 46, 34
LETTERS = 15


@dataclass(frozen=True)
class Box:
    """A company of a tree: where it stands, its name as far as it fits, and whole."""

    id: int
    x: float
    y: float
    text: str
    whole: str


@dataclass(frozen=True)
class Tree:
    """A tree from left to right: its boxes, the lines between them, and how large it is."""

    boxes: tuple[Box, ...]
    path: str
    width: float
    height: float
    box: int = BOX
    step: int = STEP


def tree(rows: Sequence[tuple[int, int | None, str]]) -> Tree:
    """Lay out a tree: `rows` are `(id, id above or None, name)` with each parent before what is below it.

    What is below stands right of its parent; a parent stands beside the middle of what is below it.
    """
    below: dict[int | None, list[int]] = {}
    names = {}
    for number, above, name in rows:
        below.setdefault(above, []).append(number)
        names[number] = name
    places: dict[int, tuple[float, float]] = {}
    lines: list[str] = []
    leaves = 0

    def place(number: int, depth: int) -> float:
        nonlocal leaves
        heights = [place(one, depth + 1) for one in below.get(number, ())]
        x = depth * (BOX + GAP)
        if heights:
            y = (heights[0] + heights[-1]) / 2
        else:
            y = leaves * STEP + STEP / 2
            leaves += 1
        places[number] = (x, y)
        bend = x + BOX + GAP / 2
        lines.extend(f"M{x + BOX} {y}H{bend:g}V{height:g}H{x + BOX + GAP}" for height in heights)
        return y

    for top in below.get(None, ()):
        place(top, 0)
    boxes = tuple(
        Box(number, *places[number], name if len(name) <= LETTERS else name[: LETTERS - 1] + "…", name)
        for number, _above, name in rows
    )
    width = max((box.x for box in boxes), default=0) + BOX
    return Tree(boxes, "".join(lines), width + 2, max(leaves, 1) * STEP)
