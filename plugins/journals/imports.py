"""Columns about subscriptions that files of customers bring along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from core.i18n import _
from core.plugin import ImportColumn, Text


def _column(
    name: str, title: Text, aliases: str, kind: Literal["text", "int", "money", "date"], order: int
) -> ImportColumn:
    names = tuple(aliases.split("|"))
    return ImportColumn(
        name=f"journals.{name}", title=title, resource="companies", kind=kind, aliases=names, order=order
    )


IMPORT_COLUMNS: Sequence[ImportColumn] = (
    _column(
        "publication",
        _("Publication"),
        "刊名|刊物|刊物名称|报刊|报刊名称|杂志|杂志名称|期刊|期刊名称|订阅刊物|订阅报刊|订阅杂志|所订刊物|publication|journal|magazine",
        "text",
        10,
    ),
    _column("copies", _("Copies"), "份数|订阅份数|订数|订阅数|订阅数量|册数|数量|copies|quantity|qty", "int", 20),
    _column(
        "amount",
        _("Amount"),
        "金额|订费|订阅费|订阅金额|订刊款|款额|书款|实收金额|应收金额|总金额|amount|total amount",
        "money",
        30,
    ),
    _column(
        "starts_on",
        _("From"),
        "起订日期|起订|起订时间|订阅日期|订阅时间|开始日期|起始日期|起订年月|起订年月日|日期|from|start date",
        "date",
        40,
    ),
    _column("ends_on", _("To"), "到期日期|到期|到期时间|止订日期|截止日期|终止日期|end date|expiry date", "date", 50),
)
