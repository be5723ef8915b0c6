"""Makes names of people and companies that nobody bears on purpose."""

from __future__ import annotations

import csv
import functools
from pathlib import Path
from random import Random

BRAND_FIRST = "川锦蜀瑞泰鑫恒嘉福盛源丰裕华金玉天龙凤祥宏达盈润泽康安平和顺景云岭江海泉溪谷禾稻麦桂兰竹松柏梅枫棠杏橙"
BRAND_SECOND = "源江泉窖坊园香味醇酿甘露珍品丰盛隆昌茂兴旺达通利来发顺和泰康宁远航峰岭原野田禾谷穗实果蜜晶莹雪春秋"

TRADES: dict[str, tuple[str, ...]] = {
    "酒": ("酒业", "酿酒", "白酒", "酒类营销", "酒业销售", "葡萄酒业", "啤酒", "黄酒"),
    "糖": ("糖业", "制糖", "糖果食品", "糖烟酒", "蜜饯食品"),
    "食": ("食品", "食品工业", "粮油食品", "调味品", "豆制品", "肉类食品", "乳业", "休闲食品", "副食品"),
    "饮": ("饮料", "饮品", "茶业", "矿泉水", "果汁饮料"),
    "装": ("包装印务", "玻璃制品", "包装机械", "瓶盖制造", "食品机械"),
    "商": ("商贸", "贸易", "供应链管理", "超市连锁", "经贸", "物流"),
    "媒": ("广告传媒", "会展服务", "文化传播", "营销策划"),
}
FORMS = ("有限公司", "有限责任公司", "股份有限公司", "集团有限公司", "厂", "经营部", "商行")
FORM_WEIGHTS = (60, 14, 6, 4, 6, 6, 4)
BRANCHES = ("办事处", "分公司", "销售部")


@functools.cache
def _names() -> dict[str, tuple[list[str], list[int]]]:
    found: dict[str, tuple[list[str], list[int]]] = {}
    with (Path(__file__).parent / "names.csv").open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            texts, weights = found.setdefault(row["kind"], ([], []))
            texts.append(row["text"])
            weights.append(int(row["weight"]))
    return found


def person(rng: Random) -> tuple[str, str]:
    """Make a name and its gender, `male` or `female`."""
    names = _names()
    letter, gender = rng.choice((("M", "male"), ("F", "female")))
    surname = rng.choices(*names["surname"])[0]
    if rng.random() < 0.25:
        return surname + rng.choice(names[f"{letter}-single"][0]), gender
    given = rng.choice(names[f"{letter}-first"][0]) + rng.choice(names[f"{letter}-second"][0])
    return surname + given, gender


def brand(rng: Random) -> str:
    """Make a brand of two or three characters."""
    first = rng.choice(BRAND_FIRST) + rng.choice(BRAND_SECOND)
    return first if rng.random() < 0.6 else rng.choice(BRAND_FIRST) + first


def company(rng: Random, place: str) -> tuple[str, str, str]:
    """Make a company's name, its brand, and the key of its trade in `TRADES`."""
    trade = rng.choices(tuple(TRADES), weights=(26, 8, 30, 12, 8, 12, 4))[0]
    made = brand(rng)
    return f"{place}{made}{rng.choice(TRADES[trade])}{rng.choices(FORMS, FORM_WEIGHTS)[0]}", made, trade
