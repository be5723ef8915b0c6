"""Tells the lines of a table that are no customers: subtotals, remarks, headings of groups, headings once more."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.customers.imports.targets import HEADINGS
from core.customers.places import is_place
from core.transfer.tables.header import folded_heading
from core.transfer.values import folded, tidy

FURNITURE = ("小计", "合计", "总计", "累计", "共计", "本页", "subtotal", "total", "制表", "审核", "填表", "打印日期")
REMARKS = (
    "资料来源", "数据来源", "来源:", "来源：", "附件",
    "以下", "以上", "注:", "注：", "备注", "说明", "续表", "续上", "接上", "接下",
    "(以下", "（以下", "附:", "附：", "单位:", "单位：",
)  # fmt: skip
TOTAL_BEHIND = re.compile(r"(?:小|合|总|累|共)计[:：]?[\d,.，元份家户条人]*$")
SIGNED = re.compile(r"[^:：\d]{2,8}[:：].{0,20}")
"""What stands in the line of those who made a table: 经办人：李敏."""
TOTAL = re.compile(r"(小|合|总|累|共|本页|本页小|本页合)计[:：]?[\d,.，元份家户条]*|(sub)?total:?")
GROUP = re.compile(
    r"[(（]?[一二三四五六七八九十]{1,3}[)）、.．]|第[\d一二三四五六七八九十]+(页|部分|批|组)|(共|page)\d+|[-=*_—─.·…]+$"
)
"""Lines of one cell that say something about the table: a numbered group, a page, a rule."""
STEMS = "甲乙丙丁戊己庚辛壬癸"


def is_furniture(cells: Sequence[str], name: str) -> bool:
    """Tell what only furnishes a table from a customer.

    That is a subtotal, the line of who made the table, a remark between the rows, the heading of a group, the headings
    once more.
    """
    filled = [text for cell in cells if (text := tidy(cell))]
    if not filled:
        return True
    first = "".join(filled[0].split()).lower()
    if len(filled) > 1:
        if _numbers_columns(filled):
            return True
        again = folded_heading(name) in HEADINGS and _headings(filled) > len(filled) // 3
        signed = not name and (first.startswith(FURNITURE) or all(map(SIGNED.fullmatch, filled)))
        return again or bool(TOTAL.fullmatch(first)) or signed
    if folded_heading(first) in HEADINGS or TOTAL_BEHIND.search(first):
        return True
    return first.startswith((*FURNITURE, *REMARKS)) or bool(GROUP.match(first)) or is_place(first)


def _numbers_columns(filled: Sequence[str]) -> bool:
    """Tell the line below the headings that numbers the columns: 甲 乙 1 2, (1) (2) (3)."""
    if len(filled) < 3 or len(max(filled, key=len)) > len("(10)"):
        return False
    plain = [folded(one).strip("()[]. ") for one in filled]
    stems = [one for one in plain if one in STEMS]
    figures = [one for one in plain if one.isdecimal()]
    if len(stems) + len(figures) < len(plain):
        return False
    return stems == list(STEMS[: len(stems)]) and [int(one) for one in figures] == list(range(1, len(figures) + 1))


def _headings(filled: Sequence[str]) -> int:
    return sum(folded_heading(one) in HEADINGS for one in filled)
