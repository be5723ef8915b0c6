"""Names of places within names of companies, and as words that companies there are found by."""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.customers.data.divisions import all_divisions, division_changes
from core.customers.data.edition import of_places, remembered
from core.customers.pinyin import syllables
from core.customers.text import half_width, normal

LONGEST = 12
STEPS = 3
ENDINGS = ("地区", "市", "县", "区")
BRACKETS = re.compile(r"\(([^()]*)\)")
LEGAL_FORM = re.compile(
    r"(?:股份|集团)?(?:有限责任公司|有限公司|总公司|公司|集团)(?:[^分]{0,8}分公司)?$|(?:有限)?责任公司$|有限$"
)


@of_places
def _names() -> tuple[frozenset[str], Mapping[str, str]]:
    """Give all names of places, long and short, and the short name of each long one."""
    short: dict[str, str] = {}
    for unit in all_divisions():
        if not unit.special_zone:
            short.setdefault(normal(unit.name), normal(unit.short_name))
    names = frozenset(name for name in {*short, *short.values()} if len(name) > 1)
    return names, short


def without_place(key: str) -> str:
    """Cut the places off the beginning of a normalised name; the name itself where nothing would be left."""
    names, _short = _names()
    rest = key
    for _step in range(STEPS):
        for size in range(min(LONGEST, len(rest) - 2), 1, -1):
            if rest[:size] in names:
                rest = rest[size:]
                break
        else:
            break
    return rest


@remembered(8192)
def place_words(*names: str | None) -> tuple[str, ...]:
    """Give the words for places that a company is found by beside its name: long and short names, normalised."""
    short = _names()[1]
    keys = [normal(name) for name in names if name]
    return tuple(dict.fromkeys(word for key in keys for word in (key, short.get(key, key)) if word))


def without_legal_form(key: str) -> str:
    """Cut the legal form off the end of a normalised name; the name itself where hardly anything would be left."""
    rest = LEGAL_FORM.sub("", key)
    return rest if len(rest) > 1 else key


def is_place(text: str) -> bool:
    """Tell the mere name of a place, as groups of a list are headed."""
    return normal(text) in _names()[0]


def core_name(name: str) -> str:
    """Give what tells a company from others, normalised: its name without places around it and without legal form."""
    names, _short = _names()
    bare = BRACKETS.sub(lambda found: "" if normal(found[1]) in names else found[0], half_width(name))
    return without_legal_form(without_place(normal(bare)))


def place_within(key: str) -> tuple[str, str, str] | None:
    """Cut a normalised text at the first place that stands within it: 金谷, 成都, 食品; None where there is none."""
    names, _short = _names()
    for start in range(2, len(key) - 3):
        for size in range(min(LONGEST, len(key) - start - 2), 1, -1):
            if key[start : start + size] in names:
                return key[:start], key[start : start + size], key[start + size :]
    return None


@of_places
def _spelt() -> Mapping[str, tuple[str, ...]]:
    """Give the short names of the cities by their initials and by their pinyin."""
    found: dict[str, dict[str, None]] = {}
    for unit in all_divisions():
        if unit.level == "city" and not unit.retired:
            name = normal(unit.short_name)
            sounds = syllables(name)
            for key in ("".join(one[0] for one in sounds), "".join(sounds)):
                found.setdefault(key, {})[name] = None
    return {key: tuple(names) for key, names in found.items()}


def cities_spelt(letters: str) -> tuple[str, ...]:
    """Give the cities that letters may stand for, as initials or pinyin: cd for 成都, 常德, 承德."""
    return _spelt().get(letters, ())


def places_before(key: str) -> tuple[str, ...]:
    """Give the places that a normalised text begins with."""
    names, _short = _names()
    rest = key
    found = []
    for _step in range(STEPS):
        size = next((size for size in range(min(LONGEST, len(rest)), 1, -1) if rest[:size] in names), 0)
        if not size:
            break
        found.append(rest[:size])
        rest = rest[size:]
    return tuple(found)


@of_places
def _renamed() -> Mapping[str, tuple[str, ...]]:
    """Give the present names of the places that were renamed or moved, by their former ones."""
    found: dict[str, dict[str, None]] = {}
    for change in division_changes():
        for before, after in zip(change.before, change.after, strict=True):
            old, new = normal(before), normal(after or change.after[1])
            if not old or not new or old == new:
                continue
            end = next((end for end in ENDINGS if old.endswith(end) and len(old) > len(end) + 1), "")
            bare = old.removesuffix(end)
            for name in {old, bare} - {new}:
                found.setdefault(name, {}).update(dict.fromkeys(place_words(new)))
    return {name: tuple(words) for name, words in found.items()}


def present_names(name: str) -> tuple[str, ...]:
    """Give what a place of a former name is called today, long and short; nothing where it was not renamed."""
    return _renamed().get(name, ())
