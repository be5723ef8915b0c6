"""The words that files use for codes of the dictionaries: their titles in both languages, and what the trade says."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from core.i18n import LOCALES, speaking
from core.overlay import overlay
from core.transfer.values import folded

NOTHING = frozenset({"general", "其他", "其它", "综合", "other", "others"})
"""Words in a list of trades that say nothing."""

SPOKEN: Mapping[str, Mapping[str, str]] = {
    "scale": {"大型": "large", "中型": "medium", "小型": "small"},
    "address_kind": {"收货地址": "delivery", "送货地址": "delivery", "寄送地址": "delivery"},
    "need": {
        "信息": "information",
        "信息发布": "information",
        "广告": "advertising",
        "糖酒会": "fair",
        "糖酒交易会": "fair",
        "展会": "fair",
        "参展": "fair",
        "半月刊": "magazine",
        "期刊": "magazine",
        "杂志": "magazine",
    },
    "industry": {
        "白酒": "liquor.baijiu",
        "啤酒": "liquor.beer",
        "黄酒": "liquor.huangjiu",
        "葡萄酒": "liquor.wine",
        "酒": "liquor",
        "酒类": "liquor",
        "酒业": "liquor",
        "红酒": "liquor.wine",
        "beer": "liquor.beer",
        "wine": "liquor.wine",
        "糖": "sugar",
        "制糖": "sugar.making",
        "糖果": "sugar.candy",
        "食品": "food",
        "副食": "food",
        "副食品": "food",
        "面粉": "food.staple",
        "大米": "food.staple",
        "酱油": "food.seasoning",
        "醋": "food.seasoning",
        "味精": "food.seasoning",
        "蜜饯": "food.leisure",
        "果脯": "food.leisure",
        "粮油": "food.staple",
        "grain_oil": "food.staple",
        "肉制品": "food.meat",
        "水产": "food.meat",
        "meat_aquatic": "food.meat",
        "乳品": "food.dairy",
        "乳制品": "food.dairy",
        "dairy": "food.dairy",
        "调味品": "food.seasoning",
        "酱油醋": "food.seasoning",
        "condiment": "food.seasoning",
        "休闲食品": "food.leisure",
        "罐头": "food.canned",
        "保健食品": "food.nutrition",
        "饮料": "drink.soft",
        "beverage": "drink.soft",
        "茶": "drink.tea",
        "茶叶": "drink.tea",
        "tea": "drink.tea",
        "包装": "package",
        "印刷": "package.paper",
        "食品机械": "package.machine",
        "food_machinery": "package.machine",
        "贸易": "trading",
        "经销": "trading",
        "批发": "trading",
        "trade": "trading",
        "糖酒": "trading.food",
        "sugar_wine_trade": "trading.food",
        "超市": "trading.chain",
        "电商": "trading.ecommerce",
        "物流": "trading.logistics",
        "餐饮": "catering",
        "酒店": "catering.hotel",
        "宾馆": "catering.hotel",
        "hotel": "catering.hotel",
        "媒体": "media",
        "media_expo": "media",
        "广告": "media.advertising",
        "会展": "media.fair",
        "协会": "public.association",
    },
}


def words_of(session: Session, dictionary: str) -> Mapping[str, str]:
    """Give a dictionary's codes by every way to write them; nothing where nobody declares the dictionary."""
    found: dict[str, str] = {}
    try:
        entries = overlay().dictionary(session, dictionary)
    except KeyError:
        return {}
    choices = overlay().choices(session, dictionary)
    gone = [(overlay().present(session, dictionary, one.code), one) for one in entries.values() if one.merged_into]
    for locale in LOCALES:
        with speaking(locale):
            for code, title in choices:
                found.setdefault(folded(str(title)).lower(), code)
    for locale in LOCALES:  # behind the titles in use: a file may say what was merged into another
        with speaking(locale):
            for into, one in gone:
                found.setdefault(folded(str(one.title)).lower(), into)
    codes = {code: None for code, _title in choices}
    for code in codes:  # behind the titles: the code of one is the title of another
        found.setdefault(folded(code).lower(), code)
    for into, one in gone:
        found.setdefault(folded(one.code).lower(), into)
    for word, code in SPOKEN.get(dictionary, {}).items():
        if code in codes:
            found.setdefault(word, code)
    return found
