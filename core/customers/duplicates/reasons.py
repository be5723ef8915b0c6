"""What the codes of reasons mean, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.i18n import _

REASONS: Mapping[str, Any] = {
    "same_uscc": _("same credit code"),
    "same_name": _("same name"),
    "same_core": _("same name but for place or legal form"),
    "generic": _("same trade, no name of its own"),
    "homophone": _("name sounds the same"),
    "look_alike": _("one character that looks alike"),
    "swapped": _("two characters swapped"),
    "doubled": _("one character written twice"),
    "one_more": _("one character missing"),
    "one_other": _("one character differs"),
    "other_brand": _("one character of the brand differs"),
    "longer_brand": _("brand longer by one character"),
    "shortened": _("short form of the name"),
    "abbreviated": _("abbreviation of the name"),
    "within": _("one name within the other"),
    "same_trade_class": _("same brand, related trade"),
    "same_brand": _("same brand"),
    "like_name": _("similar name"),
    "other_name": _("another name"),
    "same_mobile": _("same mobile"),
    "same_phone": _("same telephone"),
    "same_email": _("same e-mail address"),
    "same_person": _("same contact"),
    "same_address": _("same address"),
    "like_address": _("similar address"),
    "same_district": _("same district"),
    "same_city": _("same city"),
    "same_group": _("both like a third record"),
}


def in_words(reasons: Iterable[str]) -> list[str]:
    """Give reasons in words, in the language that is spoken."""
    return [str(REASONS[code]) for code in reasons if code in REASONS]
