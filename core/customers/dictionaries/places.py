"""Countries and regions by their ISO codes, named in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from babel import Locale
from flask_babel import LazyString, get_locale

from core.i18n import _, locale_named
from core.plugin import Dictionary, Entry

FIRST = ("CN", "HK", "MO", "TW")
"""China and its regions stand before all others."""
CHINESE = {"台湾": "中国台湾"}
"""What is written otherwise in China than the library has it."""
NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB", "XK", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"})


def _name(code: str) -> str:
    name = str((get_locale() or locale_named("zh_CN")).territories[code])
    return CHINESE.get(name, name)


def _countries() -> Sequence[Entry]:
    known = [str(code) for code in Locale("en").territories]
    codes = [code for code in known if len(code) == 2 and code not in NOT_COUNTRIES]
    ordered = [*FIRST, *sorted(code for code in codes if code not in FIRST)]
    return [Entry(code=code, title=LazyString(_name, code)) for code in ordered]


DICTIONARIES = [Dictionary(name="country", title=_("Countries and regions"), load=_countries)]
