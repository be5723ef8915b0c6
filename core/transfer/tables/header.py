"""Finds the row with the headings below titles, and names the columns, also under merged headings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from core.i18n import gettext
from core.transfer.tables.limits import MAX_COLUMNS

DATA = re.compile(r"^[\s\d.,:/\-¥￥%+()（）年月日]+$|@|^https?:", re.ASCII)
BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
NOT_WORD = re.compile(r"[\W_]+")
TRADITIONAL = str.maketrans(
    "稱業單機構聯繫絡連電話動號碼傳郵編遞區縣鄉鎮職務門發訂閱數額費類別資員處備註網統證產銷售經營辦責負",
    "称业单机构联系络连电话动号码传邮编递区县乡镇职务门发订阅数额费类别资员处备注网统证产销售经营办责负",
)
"""The characters of headings; the whole converter is no matter for a start of the program."""
LONGEST = 24
SEARCHED = 30


def folded_heading(heading: str) -> str:
    """Fold a heading: plain width, simplified, lower case, without brackets, blanks and marks."""
    folded = unicodedata.normalize("NFKC", heading).lower().translate(TRADITIONAL)
    return NOT_WORD.sub("", BRACKETS.sub("", folded)) or NOT_WORD.sub("", folded)


def looks_like_heading(cell: str) -> bool:
    """Tell a short word from a figure, a date, an address of the web."""
    return 0 < len(cell) <= LONGEST and not DATA.search(cell)


def find_header(rows: Sequence[Sequence[str]], known: Callable[[str], bool]) -> int:
    """Give the number of the row with the headings, from 1; 0 where the first rows are all data."""
    best, best_score = 0, 0.0
    widths = sorted(sum(bool(cell.strip()) for cell in row) for row in rows)
    usual = widths[len(widths) * 3 // 4] if widths else 0
    for number, row in enumerate(rows[:SEARCHED], start=1):
        cells = [cell.strip() for cell in row if cell.strip()]
        distinct = set(cells)
        if not cells or (len(distinct) == 1 and usual > 1):
            continue
        recognised = sum(known(cell) for cell in distinct)
        share = recognised / max(len(distinct), 1)
        if recognised and (share >= 0.3 or recognised >= 3):
            score = 10.0 * recognised + share - number / 100
        elif best_score == 0 and len(distinct) >= max(0.6 * usual, 1) and all(map(looks_like_heading, distinct)):
            following = rows[number : number + 5]
            data = any(DATA.search(cell.strip()) for later in following for cell in later if cell.strip())
            if not data and number > 1:
                continue
            score = 0.5 if data or usual > 1 else 0.0
        else:
            continue
        if score > best_score:
            best, best_score = number, score
    return best


def blocks_in(row: Sequence[str], known: Callable[[str], bool]) -> list[int]:
    """Give the columns in which tables begin that stand side by side under the same headings; none where one is all."""
    cells = [folded_heading(cell) for cell in row]
    first = next((cell for cell in cells if cell), "")
    starts = [place for place, cell in enumerate(cells) if cell == first]
    ends = [*starts[1:], len(cells)]
    parts = [[cell for cell in cells[start:end] if cell] for start, end in zip(starts, ends, strict=True)]
    same = all(part == parts[0] for part in parts)
    return starts if len(starts) > 1 and same and sum(map(known, parts[0])) > 1 else []


def column_names(rows: Sequence[Sequence[str]], header: int) -> list[str]:
    """Name the columns: by the heading row, a blank one by the row above it, equal ones by the group above them."""
    width = min(max((len(row) for row in rows), default=0), MAX_COLUMNS)
    if header == 0 or header > len(rows):
        return [gettext("Column %(n)s", n=n + 1) for n in range(width)]
    row = [*rows[header - 1], *[""] * width][:width]
    above = [*rows[header - 2], *[""] * width][:width] if header > 1 else [""] * width
    if len({cell for cell in above if cell.strip()}) < 2:
        above = [""] * width  # a title, no group headings
    names = [" ".join((cell.strip() or upper.strip()).split()) for cell, upper in zip(row, above, strict=True)]
    while names and not names[-1]:
        names.pop()
    for place, name in enumerate(names):
        if not name:
            names[place] = gettext("Column %(n)s", n=place + 1)
    twice = {name for name in names if names.count(name) > 1}
    seen: dict[str, int] = {}
    for place, plain_name in enumerate(names):
        if plain_name in twice:
            group = " ".join(above[place].split())
            name = f"{group} {plain_name}" if group and group != plain_name else plain_name
            seen[name] = seen.get(name, 0) + 1
            names[place] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return names
