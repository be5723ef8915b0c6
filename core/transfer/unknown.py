"""Words of a file that no list knows: the row is refused, the cell left empty, or the word added to the dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from core.auth.access import access_of
from core.auth.permissions import Perm
from core.errors import Refused
from core.i18n import LOCALES, _, speaking
from core.overlay import overlay
from core.transfer.places import place_of
from core.transfer.values import folded

UNKNOWN = ("refuse", "empty", "add")
MOST = 50
"""So many new words of one dictionary an import adds; more come of a column that went astray."""
LONGEST = 60


@dataclass(frozen=True)
class Unknown:
    """What a reader does with a word that a list does not know. It is sent to a second process: plain data only."""

    policy: str = "refuse"
    addable: frozenset[str] = frozenset()
    """The dictionaries to which words will be added before the rows are read again."""

    def meet(self, row: Any, column: str, dictionary: str | None, value: str) -> None:
        """Put down on a row (`Row`) what becomes of a word."""
        found = {"code": "choice", "column": column, "value": value}
        if dictionary in self.addable and len(value) <= LONGEST:
            row.notes.append({**found, "code": "new_word", "dictionary": dictionary})
        elif self.policy == "empty":
            row.notes.append({**found, "code": "left_empty"})
        else:
            row.errors.append(found)


REFUSE = Unknown()


def unknown_of(session: Session, dictionaries: Iterable[str | None], options: Any) -> Unknown:
    """Give what a reader needs for these options (`Options`); when rows are written, the words were added before."""
    if options.unknown != "add" or options.writing:
        return Unknown(options.unknown)
    if options.user_id is not None:
        registry = place_of(session).registry
        access = access_of(session, options.user_id, registry.permissions, registry.enabled(session))
        if access is None or not access.may(Perm.DICTIONARY_ADMIN):
            return Unknown("refuse")
    return Unknown("add", frozenset(one for one in dictionaries if one and overlay().takes_words(one)))


def new_words(rows: Iterable[Any], found: dict[str, dict[str, str]]) -> None:
    """Collect the words that rows (`Row`) bring, by dictionary and by how they are compared. Raises Refused."""
    for row in rows:
        for note in row.notes:
            if note["code"] == "new_word":
                words = found.setdefault(note["dictionary"], {})
                words.setdefault(folded(note["value"]).lower(), note["value"])
                if len(words) > MOST:
                    raise Refused(_("More than %(n)s new words for one list: is the column mapped right?", n=MOST))


def add_words(session: Session, found: Mapping[str, Mapping[str, str]]) -> None:
    """Add words to dictionaries; one that was retired is in use again."""
    for name, words in found.items():
        known = overlay().dictionary(session, name)
        titles: dict[str, str] = {}
        for locale in LOCALES:
            with speaking(locale):
                titles |= {folded(str(one.title)).lower(): code for code, one in known.items()}
        number = 1
        for key, title in words.items():
            if key in titles:
                overlay().change_entry(session, name, titles[key], retired=False)
                continue
            while f"added_{number}" in known:
                number += 1
            overlay().change_entry(session, name, f"added_{number}", title=title)
            number += 1
