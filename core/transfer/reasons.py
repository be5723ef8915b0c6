"""Puts into words why a row was refused or noted, in the language of whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.i18n import _, gettext

REASONS: Mapping[str, Any] = {
    "required": _("%(column)s is missing"),
    "too_long": _("%(column)s is too long: %(value)s"),
    "date": _("%(column)s is not a date: %(value)s"),
    "number": _("%(column)s is not a number: %(value)s"),
    "money": _("%(column)s is not an amount: %(value)s"),
    "future": _("%(column)s: this day has not come yet: %(value)s"),
    "bool": _("%(column)s is neither yes nor no: %(value)s"),
    "choice": _("%(column)s is not in the list: %(value)s"),
    "user": _("%(column)s: there is no such user: %(value)s"),
    "phone": _("%(column)s is not a telephone number: %(value)s"),
    "email": _("%(column)s is not an e-mail address: %(value)s"),
    "uscc": _("%(column)s has a wrong check digit: %(value)s"),
    "postcode": _("%(column)s is not a postcode of six digits: %(value)s"),
    "broken": _("%(column)s holds broken characters; was the file saved in another encoding?"),
    "columns": _("The row has more cells than there are headings"),
    "taken": _("%(column)s already belongs to another record: %(value)s"),
    "in_bin": _("%(column)s belongs to a record in the bin: %(value)s"),
    "not_yours": _("This record is there already, and you may not change it"),
    "not_there": _("You may not enter contacts with this customer"),
    "private": _("%(column)s is private, and of this record you do not see it"),
    "unknown_word": _("%(column)s: not in the list, kept as text: %(value)s"),
    "left_empty": _("%(column)s: not in the list, left empty: %(value)s"),
    "new_word": _("%(column)s: will be added to the list: %(value)s"),
    "area_code": _("%(column)s: area code added: %(value)s"),
    "external_id": _("The same id in the source"),
    "uscc_match": _("The same credit code"),
    "own_number": _("The same number of ours"),
    "other_name": _("The same number of ours, under quite another name"),
    "name_city": _("The same name and city"),
    "name_company": _("The same name at the same customer"),
    "no_company": _("There is no such customer: %(value)s"),
    "several": _("Several customers bear this name; give the city or the customer number: %(value)s"),
    "negative": _("%(column)s is below nothing: %(value)s"),
    "no_parent": _("%(column)s: no such customer is there: %(value)s"),
    "parent_several": _("%(column)s: several customers bear this name; give the number: %(value)s"),
    "parent_loop": _("%(column)s: a customer cannot belong to itself or to one of its branches: %(value)s"),
    "no_user": _("%(column)s: no colleague of this name is active: %(value)s"),
    "user_several": _("%(column)s: several colleagues bear this name; give the user name: %(value)s"),
    "no_assign": _("%(column)s: only a supervisor may give a customer to somebody else: %(value)s"),
    "score": _("%(column)s is a score from 1 to 5: %(value)s"),
    "unique": _("The same %(column)s"),
    "refused": _("The database refused this row"),
    "kept_text": _("%(column)s: kept as text: %(value)s"),
    "decided": _("Decided by hand"),
    "erased": _("The contact asked on %(value)s to be erased; enter him by hand and say why, or leave him out"),
    "in_file": _("Stands earlier in the file"),
    "division": _("%(column)s: no such place: %(value)s"),
}

SHOWN = 60


def say(found: Mapping[str, Any], titles: Mapping[str, Any]) -> str:
    """Put one finding into words; `titles` names the targets as the headings of the file do."""
    if found.get("text"):
        return str(found["text"])
    value = str(found.get("value", ""))
    value = value if len(value) <= SHOWN else value[:SHOWN] + "…"
    text = REASONS.get(found.get("code", ""), found.get("code", ""))
    return str(text) % {"column": titles.get(found.get("column", ""), found.get("column", "")), "value": value}


def say_all(found: Sequence[Mapping[str, Any]], titles: Mapping[str, Any]) -> str:
    """Put all findings of a row into one line."""
    return gettext("; ").join(say(one, titles) for one in found)
