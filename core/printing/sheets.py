"""Label sheets in millimetres, and where on them each label stands."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import Refused
from core.i18n import _


@dataclass(frozen=True)
class Sheet:
    """One sheet of labels: all lengths in millimetres, `pitch` from the start of one label to the next."""

    name: str
    title: str
    page: tuple[float, float]
    top: float
    left: float
    label: tuple[float, float]
    pitch: tuple[float, float]
    columns: int
    rows: int
    inset: float = 3.0
    size: float = 9.5
    """Type size in points."""
    boxes: bool = False
    """Whether the postcode stands in boxes at the upper left, as on Chinese envelopes (GB/T 1416)."""

    @property
    def per_page(self) -> int:
        """Labels on a full sheet."""
        return self.columns * self.rows

    def position(self, number: int) -> tuple[int, float, float]:
        """Give page (from 0), left and top in millimetres of the label that stands `number` places from the start."""
        page, place = divmod(number, self.per_page)
        row, column = divmod(place, self.columns)
        return page, self.left + column * self.pitch[0], self.top + row * self.pitch[1]

    def pages(self, labels: int, start: int = 1) -> int:
        """Count the sheets for `labels` labels when the first goes to place `start` of the first sheet."""
        return -(-(labels + start - 1) // self.per_page)


A4 = (210, 297)

SHEETS: dict[str, Sheet] = {
    sheet.name: sheet
    for sheet in (
        Sheet("a4-3x8", "A4 3 × 8 (70 × 37 mm)", A4, 0.5, 0, (70, 37), (70, 37), 3, 8),
        Sheet("a4-2x7", "A4 2 × 7 (99.1 × 38.1 mm)", A4, 15.15, 4.65, (99.1, 38.1), (101.6, 38.1), 2, 7, size=10),
        Sheet("a4-2x5", "A4 2 × 5 (105 × 57 mm)", A4, 6, 0, (105, 57), (105, 57), 2, 5, inset=5, size=11),
        Sheet("roll-80x50", "80 × 50 mm", (80, 50), 0, 0, (80, 50), (80, 50), 1, 1, inset=4, size=10.5),
    )
}  # fmt: skip

ENVELOPES: dict[str, Sheet] = {
    sheet.name: sheet
    for sheet in (
        Sheet("dl", "DL (220 × 110 mm)", (220, 110), 38, 80, (130, 62), (130, 62), 1, 1, size=12, boxes=True),
        Sheet("zl", "ZL (230 × 120 mm)", (230, 120), 42, 85, (135, 68), (135, 68), 1, 1, size=12, boxes=True),
        Sheet("b6", "B6 (176 × 125 mm)", (176, 125), 45, 55, (112, 70), (112, 70), 1, 1, size=11, boxes=True),
        Sheet("c5", "C5 (229 × 162 mm)", (229, 162), 60, 80, (138, 90), (138, 90), 1, 1, size=13, boxes=True),
        Sheet("c4", "C4 (324 × 229 mm)", (324, 229), 85, 120, (190, 120), (190, 120), 1, 1, size=15, boxes=True),
    )
}


def sheets_for(kind: str) -> dict[str, Sheet]:
    """Give the sheets that a kind of template is printed on; none for a list."""
    return {"label": SHEETS, "envelope": ENVELOPES}.get(kind, {})


def sheet_of(kind: str, name: str) -> Sheet:
    """Find a sheet for a kind of template. Raises Refused for an unknown one."""
    found = sheets_for(kind).get(name)
    if found is None:
        raise Refused(_("There is no sheet called %(name)s.", name=name[:40]))
    return found


def check_start(sheet: Sheet, start: int) -> None:
    """Refuse a start that is no place of the sheet."""
    if not 1 <= start <= sheet.per_page:
        raise Refused(
            _("The first label goes to a place from 1 to %(n)s.", n=sheet.per_page), fields={"start": _("Place")}
        )
