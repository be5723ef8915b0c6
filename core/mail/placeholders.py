"""The fixed placeholders of letters: `{称呼}` or `{salutation}`. There is no language behind them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from core.errors import Refused
from core.i18n import _, p_

TITLES = {
    "name": p_("placeholder", "Name of the recipient"),
    "salutation": p_("placeholder", "Salutation of the recipient"),
    "company": p_("placeholder", "Name of the customer"),
    "city": p_("placeholder", "City of the customer"),
    "owner": p_("placeholder", "Who looks after the customer"),
    "today": p_("placeholder", "Today's date"),
    "unsubscribe": p_("placeholder", "Address of the page on which the recipient says no"),
}
CHINESE = {
    "姓名": "name", "称呼": "salutation", "单位": "company", "城市": "city", "业务员": "owner", "日期": "today",
    "退订": "unsubscribe",
}  # fmt: skip
_MARK = re.compile(r"\{([^{}\n]{1,30})\}")


def named(text: str) -> list[str]:
    """List what stands in braces in a text, as it is written."""
    return list(dict.fromkeys(_MARK.findall(text)))


def known(word: str) -> str | None:
    """Give the placeholder that a word in braces means, in Chinese or English; None where there is none."""
    word = word.strip()
    return CHINESE.get(word) or (word if word in TITLES else None)


def used(*texts: str) -> list[str]:
    """List the placeholders that texts use."""
    return list(dict.fromkeys(one for text in texts for word in named(text) if (one := known(word)) is not None))


def check(field: str, text: str) -> None:
    """Refuse a text with something in braces that is no placeholder, so that nobody gets it as it stands."""
    wrong = [word for word in named(text) if known(word) is None]
    if wrong:
        words = _("There is no placeholder {%(word)s}.", word=wrong[0])
        raise Refused(words, fields={field: words})


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in place of placeholders, once: what a value says is never looked at again."""

    def put(found: re.Match[str]) -> str:
        name = known(found.group(1))
        return found.group(0) if name is None else values.get(name, "")

    return _MARK.sub(put, text)


def missing(texts: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """List the placeholders of texts for which a recipient has nothing."""
    given = ("today", "unsubscribe")
    return [name for name in used(*texts) if name not in given and not values.get(name)]
