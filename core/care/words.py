"""Greetings: texts with fixed placeholders, never a template language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.customers.surnames import family_of
from core.errors import Refused
from core.i18n import _

PLACEHOLDERS: Mapping[str, str] = {"称谓": "salutation", "姓名": "name", "单位": "company", "节日": "occasion"}
_MARK = re.compile(r"\{([^{}]*)\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into a greeting; what is not known is left empty, and nothing else is understood."""

    def value(found: re.Match[str]) -> str:
        key = PLACEHOLDERS.get(found[1], found[1])
        return values.get(key, "") if key in PLACEHOLDERS.values() else found[0]

    return _MARK.sub(value, text)


def check(text: str) -> None:
    """Refuse placeholders that there are not."""
    known = {*PLACEHOLDERS, *PLACEHOLDERS.values()}
    wrong = [mark for mark in _MARK.findall(text) if mark not in known]
    if wrong:
        marks = "、".join(f"{{{one}}}" for one in PLACEHOLDERS)
        said = _("There is no placeholder {%(name)s}. Known are %(marks)s.", name=wrong[0][:40], marks=marks)
        raise Refused(said, fields={"text": said})


def salute(name: str, title: str) -> str:
    """Give how a person is addressed: family name and title (何总); without a title the whole name."""
    if not title:
        return name
    return f"{family_of(name)}{title}" if not name.isascii() else f"{title} {name}"
