"""Settings and dictionaries: what the code declares, overlaid by what an administrator changed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.audit import record
from core.auth.models import DictionaryEntry, SettingValue
from core.errors import Refused
from core.i18n import _, either
from core.plugin import Dictionary, Setting
from core.state import bump, kept


@dataclass(frozen=True)
class Choice:
    """One value of a dictionary as it stands here. A retired one is shown on old records and offered to no new one.

    For one that was merged into another that one stands, also where somebody still sends or asks for the old code.
    """

    code: str
    title: Any
    parent: str | None
    retired: bool
    merged_into: str | None = None


class Overlay:
    """Reads and changes settings and dictionaries over the declarations of a registry."""

    def __init__(self, declared: Any) -> None:
        self.declared = declared
        self.known: dict[tuple[str, str], Any] = {}

    def _dictionary(self, name: str) -> Dictionary:
        found: Dictionary = self._find("register_dictionaries", "name", name)
        return found

    def _setting(self, key: str) -> Setting:
        found: Setting = self._find("register_settings", "key", key)
        return found

    def _find(self, hook: str, attribute: str, wanted: str) -> Any:
        """Look a declaration up; those of plugins that were added since the last look are found by looking anew."""
        if hook == "register_dictionaries" and wanted.startswith("custom."):
            return Dictionary(name=wanted, title=wanted)  # of an administrator's own field
        if (hook, wanted) not in self.known:
            self.known.update({(hook, getattr(one, attribute)): one for one in self.declared(hook)})
        return self.known[hook, wanted]

    def dictionary(self, session: Session, name: str) -> Mapping[str, Choice]:
        """Give the entries of a dictionary by code, in order, retired ones included. Raises KeyError."""
        return kept(session, "dictionaries", name, lambda: self._merged(session, name))

    def _merged(self, session: Session, name: str) -> dict[str, Choice]:
        declared = self._dictionary(name)
        base = list(declared.load()) if declared.load else list(declared.entries)
        rows = select(DictionaryEntry).where(DictionaryEntry.dictionary == name).order_by(DictionaryEntry.id)
        changed = {row.code: row for row in session.scalars(rows)}
        found: list[tuple[float, Choice]] = []
        for number, entry in enumerate(base):
            row = changed.pop(entry.code, None)
            place = float(number) if row is None or row.position is None else row.position - 0.5
            title = entry.title
            if row is not None and (row.title or row.title_en):
                chinese = row.title or entry.title
                title = either(chinese, row.title_en or chinese)
            parent = entry.parent if row is None or row.parent is None else row.parent
            retired, into = (row.retired, row.merged_into) if row is not None else (False, None)
            found.append((place, Choice(entry.code, title, parent, retired, into)))
        for row in changed.values():
            place = math.inf if row.position is None else row.position - 0.5  # added last, it stands last
            words = row.title or row.code
            title = either(words, row.title_en or words)
            found.append((place, Choice(row.code, title, row.parent, row.retired, row.merged_into)))
        return _each_below_its_upper([choice for _place, choice in sorted(found, key=lambda pair: pair[0])])

    def choices(self, session: Session, name: str, *, keep: Sequence[str] = ()) -> list[tuple[str, Any]]:
        """List `(code, title)` to choose from: those in use, and retired ones that a record already has (`keep`)."""
        return [(c.code, c.title) for c in self.dictionary(session, name).values() if not c.retired or c.code in keep]

    def present(self, session: Session, name: str, code: str) -> str:
        """Give the code that stands for one: of a merged entry that of the other, of any other itself."""
        entries = self.dictionary(session, name)
        seen = {code}
        while code in entries and (into := entries[code].merged_into) is not None and into not in seen:
            seen.add(into)
            code = into
        return code

    def alike(self, session: Session, name: str, code: str) -> list[str]:
        """List a code and those for which it stands, which records may say until a job has come by."""
        wanted = self.present(session, name, code)
        merged = [one.code for one in self.dictionary(session, name).values() if one.merged_into is not None]
        return list(dict.fromkeys([code, wanted, *(o for o in merged if self.present(session, name, o) == wanted)]))

    def branch(self, session: Session, name: str, code: str) -> list[str]:
        """List a code with all that stand under it, and those for which they stand since a merge."""
        entries = self.dictionary(session, name)
        found = dict.fromkeys(self.alike(session, name, code))
        grown = 0
        while grown < len(found):
            grown = len(found)
            for one in entries.values():
                if one.parent in found or one.merged_into in found:
                    found[one.code] = None
        return list(found)

    def title(self, session: Session, name: str, code: str | None) -> str:
        """Give the words for a code; the code itself where it is unknown, an empty text for none."""
        if not code:
            return ""
        choice = self.dictionary(session, name).get(code)
        return code if choice is None else str(choice.title)

    def change_entry(self, session: Session, name: str, code: str, **values: Any) -> DictionaryEntry:
        """Add, rename, order or retire an entry. Raises Refused when the dictionary takes no new ones."""
        declared = self._dictionary(name)
        known = self._merged(session, name)
        if code not in known and not declared.extensible:
            raise Refused(_("No entries can be added to this dictionary."))
        row = session.scalar(
            select(DictionaryEntry).where(DictionaryEntry.dictionary == name, DictionaryEntry.code == code)
        )
        if row is None:
            row = DictionaryEntry(dictionary=name, code=code)
            session.add(row)
        for key, value in values.items():
            setattr(row, key, value)
        if values.get("retired") is False:
            row.merged_into = None
        session.flush()
        bump(session, "dictionaries")
        return row

    def takes_words(self, name: str) -> bool:
        """Tell whether entries can be added to a dictionary."""
        try:
            return self._dictionary(name).extensible
        except KeyError:
            return False

    def setting(self, session: Session, key: str) -> Any:
        """Give a setting's value here: the changed one, else the declared default. Raises KeyError."""
        values: dict[str, Any] = kept(
            session, "settings", "all", lambda: {r.key: r.value for r in session.scalars(select(SettingValue))}
        )
        return values.get(key, self._setting(key).default)

    def change_setting(self, session: Session, key: str, value: Any) -> None:
        """Store a setting, as `change_settings` does."""
        self.change_settings(session, {key: value})

    def change_settings(self, session: Session, values: Mapping[str, Any]) -> list[str]:
        """Store settings in one breath, put them on record, and let follow what their change asks for.

        Gives the keys of those that are other than before.
        """
        before = {key: self.setting(session, key) for key in values}
        changed = [key for key, value in values.items() if before[key] != value]
        for key in changed:
            self._store(session, key, values[key])
        if changed:
            record(session, "edit", entity="core_setting", changes={key: [before[key], values[key]] for key in changed})
        for follow in dict.fromkeys(self._setting(key).after for key in changed):
            if follow is not None:
                follow(session, {key: before[key] for key in changed})
        return changed

    def _store(self, session: Session, key: str, value: Any) -> None:
        """Store one; the declared default is stored as no row."""
        declared = self._setting(key)
        row = session.get(SettingValue, key)
        if value == declared.default:
            if row is not None:
                session.delete(row)
        elif row is None:
            session.add(SettingValue(key=key, value=value))
        else:
            row.value = value
        session.flush()
        bump(session, "settings")


def _each_below_its_upper(choices: Sequence[Choice]) -> dict[str, Choice]:
    """Put entries behind those that they stand under; what stands under itself in a circle comes last."""
    codes = {one.code for one in choices}
    below: dict[str | None, list[Choice]] = {}
    for one in choices:
        below.setdefault(one.parent if one.parent in codes else None, []).append(one)
    found: dict[str, Choice] = {}
    waiting = below.pop(None, [])[::-1]
    while waiting:
        one = waiting.pop()
        found[one.code] = one
        waiting += below.pop(one.code, [])[::-1]
    return found | {one.code: one for one in choices if one.code not in found}


_overlay: Overlay | None = None


def use(declared: Any) -> None:
    """Set the source of declarations; once, at start."""
    global _overlay
    _overlay = Overlay(declared)


def overlay() -> Overlay:
    """Give the overlay of this process."""
    assert _overlay is not None, "create_app() has not run"
    return _overlay
