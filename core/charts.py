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
