"""Reads, lays down and takes back what a file says of how people must not be reached and what they agreed to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.auth.audit import plain, record_many
from core.bulk import insert_rows, take_ids, update_rows
from core.bus import publish
from core.clock import local_today
from core.columns import utcnow
from core.customers.imports.writing import table
from core.customers.models import CHANNELS, EVERY, Address, Bar, Consent, Contact, Email, Phone
from core.customers.models.reach import PRIVATE_KINDS
from core.customers.numbers import email_key, is_masked_phone, parse_phone
from core.customers.services.ledger import revive
from core.customers.wishes import Statement, channel_words, read_methods, read_statements, read_wishes
from core.db import among
from core.i18n import LOCALES, gettext, speaking
from core.transfer.importer import Options, Row
from core.transfer.values import folded, read_bool, read_date, split_words, tidy_long

STATES = "consent_state"
"""Where the words for agreed and taken back stand among those of the dictionaries."""
AGREED: Mapping[str, bool] = {
    "同意": True, "已同意": True, "授权": True, "接受": True, "yes": True, "opted in": True,
    "不同意": False, "撤回": False, "已撤回": False, "拒绝": False, "no": False, "withdrawn": False,
}  # fmt: skip
COLUMNS = frozenset(
    {"do_not_contact", "own_bars", "bar_reason", "bar_on", "method_bars", "statements", "consent_purpose",
     "consent_way", "consent_on", "consent_wording", "consent_evidence"}
    | {f"{what}_{channel}" for what in ("bar", "consent") for channel in CHANNELS}
)  # fmt: skip
MODELS: Mapping[str, Any] = {model.__tablename__: model for model in (Phone, Email, Address)}
FLAGS = ("do_not_use", "do_not_sms", "do_not_use_reason", "do_not_use_on", "do_not_use_by_id")
WAY = "import"
TOLD = ("company_id", "contact_id", "channel")


def with_words_of_wishes(words: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    """Add to the words of the dictionaries those for agreed and taken back, and for every channel."""
    states = {word: "yes" if given else "no" for word, given in AGREED.items()}
    channels = dict(words.get("contact_channel", {}))
    for locale in LOCALES:
        with speaking(locale):
            states |= {folded(gettext("agreed")).lower(): "yes", folded(gettext("taken back")).lower(): "no"}
            channels[folded(gettext("every channel")).lower()] = EVERY
    return {**words, "contact_channel": channels, STATES: states}


# --- reading


def read_wish_columns(
    row: Row, given: Mapping[str, Any], many: Mapping[str, Sequence[str]], words: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """Read the columns of wishes: `bars`, `method_bars`, `statements`; faults stand in the row's errors."""
    if not COLUMNS & (given.keys() | many.keys()):
        return {"bars": [], "method_bars": [], "statements": []}
    reading = _Reading(row, given, many, words)
    return {"bars": reading.bars(), "method_bars": reading.methods(), "statements": reading.statements()}


@dataclass
class _Reading:
    row: Row
    given: Mapping[str, Any]
    many: Mapping[str, Sequence[str]]
    words: Mapping[str, Mapping[str, str]]

    def _fault(self, code: str, column: str, value: str) -> None:
        self.row.errors.append({"code": code, "column": column, "value": value})

    def _day(self, day: dt.date | None, column: str) -> dt.date:
        if day is not None and day > local_today():
            self._fault("future", column, day.isoformat())
        return day or local_today()

    def bars(self) -> list[dict[str, Any]]:
        channels = channel_words(self.words.get("contact_channel", {}))
        reason, since = self.given.get("bar_reason", ""), self.given.get("bar_on")
        found: dict[str, dict[str, Any]] = {}
        for column in ("own_bars", "do_not_contact"):  # that with reasons counts first
            for text in self.many.get(column, ()):
                try:
                    for one in read_wishes(text, channels):
                        entry = {"channel": one.channel, "reason": one.reason or reason}
                        found.setdefault(one.channel, {**entry, "set_on": self._day(one.day or since, column)})
                except (ValueError, OverflowError) as error:
                    self._fault("choice", column, str(error) or text)
        for channel in CHANNELS:
            column = f"bar_{channel}"
            if column in self.given and (said := self._said(self.given[column])) is not None:
                why, day = said
                entry = {"channel": channel, "reason": why or reason, "set_on": self._day(day or since, column)}
                found.setdefault(channel, entry)
        if EVERY in found:  # the others say nothing more
            return [found[EVERY]]
        return list(found.values())

    @staticmethod
    def _said(text: str) -> tuple[str, dt.date | None] | None:
        """Read yes or no, a day since when, or in words why; None for no."""
        try:
            return ("", None) if read_bool(text) else None
        except ValueError:
            pass
        try:
            return "", read_date(text)
        except (ValueError, OverflowError):
            return text[:200], None

    def methods(self) -> list[dict[str, Any]]:
        found = []
        for text in self.many.get("method_bars", ()):
            try:
                for value, wishes in read_methods(text, self.words.get("contact_channel", {})):
                    first = wishes[0]
                    found.append(
                        {
                            "value": value,
                            "channels": [one.channel for one in wishes],
                            "reason": first.reason,
                            "day": self._day(first.day, "method_bars"),
                        }
                    )
            except (ValueError, OverflowError) as error:
                self._fault("choice", "method_bars", str(error) or text)
        return found

    def statements(self) -> list[dict[str, Any]]:
        agreed = {word: state == "yes" for word, state in self.words.get(STATES, {}).items()}
        found = []
        for text in self.many.get("statements", ()):
            try:
                found += [(one, "statements") for one in read_statements(text, self.words, agreed)]
            except (ValueError, OverflowError) as error:
                self._fault("choice", "statements", str(error) or text)
        found += self._apart()
        made = []
        for one, column in found:
            if one.given and not one.wording:
                self._fault("required", "consent_wording" if column != "statements" else column, "")
            way = one.way or WAY
            made.append({**asdict(one), "way": way, "stated_on": self._day(one.day, column)})
        for entry in made:
            del entry["day"]
        return made

    def _apart(self) -> Iterator[tuple[Statement, str]]:
        """Read the columns of one channel each, with those that say of what, when and how."""
        get = self.given.get
        words = self.words.get("consent_purpose", {})
        parts = split_words(get("consent_purpose", ""), words)
        purposes = [words.get(folded(part).lower()) for part in parts]
        if None in purposes:
            self._fault("choice", "consent_purpose", get("consent_purpose", ""))
            return
        for channel in CHANNELS:
            column = f"consent_{channel}"
            text = get(column)
            if text is None:
                continue
            state = self.words.get(STATES, {}).get(folded(text).lower())
            try:
                given = state == "yes" if state else read_bool(text)
            except ValueError:
                self._fault("bool", column, text)
                continue
            if not purposes:
                self._fault("required", "consent_purpose", "")
            for purpose in purposes:
                wording, evidence = get("consent_wording", ""), get("consent_evidence", "")
                way = get("consent_way") or ""
                yield Statement(purpose or "", channel, given, get("consent_on"), way, wording, evidence), column


# --- what is held


@dataclass(slots=True)
class Wishes:
    """What a contact asked for and stated already."""

    bars: set[str] = field(default_factory=set)
    lifted: set[tuple[str, str, dt.date]] = field(default_factory=set)
    said: dict[tuple[str, str], tuple[dt.date, bool, str]] = field(default_factory=dict)
    methods: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """Numbers and addresses by table and what they are known by: their row."""


def read_wishes_held(session: Session, ids: Sequence[int]) -> dict[int, Wishes]:
    """Read the wishes of contacts."""
    found = {id_: Wishes() for id_ in ids}
    connection = session.connection()
    bar, said = table(Bar).c, table(Consent).c
    rows: Any = select(bar.contact_id, bar.channel, bar.reason, bar.set_on, bar.lifted_at)
    for id_, channel, reason, day, lifted in connection.execute(rows.where(among(session, bar.contact_id, ids))):
        if lifted is None:
            found[id_].bars.add(channel)
        else:
            found[id_].lifted.add((channel, reason, day))
    rows = select(said.contact_id, said.channel, said.purpose, said.stated_on, said.given, said.wording)
    for id_, channel, purpose, day, given, wording in connection.execute(
        rows.where(among(session, said.contact_id, ids)).order_by(said.id)
    ):
        found[id_].said[channel, purpose] = (day, given, wording)
    for name, model in MODELS.items():
        c = table(model).c
        own = [c[one] for one in ("number", "extension", "address_key", "text") if one in c]
        flags = [c[one] for one in FLAGS if one in c]
        rows = select(c.id, c.contact_id, c.kind, *own, *flags)
        for row in connection.execute(rows.where(among(session, c.contact_id, ids))).mappings():
            found[row["contact_id"]].methods[name, _known_by(name, dict(row))] = dict(row)
    return found


def _known_by(name: str, row: Mapping[str, Any]) -> str:
    if name == Email.__tablename__:
        return str(row["address_key"])
    if name == Address.__tablename__:
        return str(row["text"])
    return _phone_key(row["number"])


def _phone_key(number: str) -> str:
    parsed = parse_phone(number)
    return f"{parsed.digits}-{parsed.extension}" if parsed.extension else parsed.digits


@dataclass(slots=True)
class WishChange:
    """What a row changes of the wishes of a contact."""

    bars: list[dict[str, Any]] = field(default_factory=list)
    statements: list[dict[str, Any]] = field(default_factory=list)
    methods: list[tuple[str, int, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    """Table, id, columns, what they held before."""

    def __bool__(self) -> bool:
        return bool(self.bars or self.statements or self.methods)


def take_wishes(held: Wishes, values: Mapping[str, Any], fresh: Collection[Mapping[str, Any]]) -> WishChange:
    """Work out what a row adds to the wishes of a contact, and hold it so. `fresh` are his new numbers and addresses.

    A file takes nothing back: what was lifted since is not said again, and of two statements the later one counts.
    """
    change = WishChange()
    for one in values["bars"]:
        reason = one["reason"] or gettext("Stated in an imported file")
        known = {one["channel"], EVERY} & held.bars
        if not known and (one["channel"], reason, one["set_on"]) not in held.lifted:
            held.bars.add(one["channel"])
            change.bars.append({**one, "reason": reason})
    for one in values["statements"]:
        key = (one["channel"], one["purpose"])
        before = held.said.get(key)
        if before is not None:
            day, given, wording = before
            same = given == one["given"] and tidy_long(wording) == tidy_long(one["wording"])
            if one["stated_on"] < day or same or (one["stated_on"] == day and one["given"] and not given):
                continue
        held.said[key] = (one["stated_on"], one["given"], one["wording"])
        change.statements.append(one)
    for one in values["method_bars"]:
        _bar_method(held, one, fresh, change)
    return change


def _bar_method(held: Wishes, one: Mapping[str, Any], fresh: Collection[Mapping[str, Any]], change: WishChange) -> None:
    value = one["value"]
    keys = {Phone.__tablename__: _phone_key(value), Email.__tablename__: email_key(value), Address.__tablename__: value}
    wanted: dict[str, Any] = {"do_not_use": bool({"call", "mail", "post"} & {*one["channels"]})}
    texted = "sms" in one["channels"]
    for new in fresh:
        name = new["table"]
        if not is_masked_phone(value) and _known_by(name, new["row"]) == keys[name]:
            new["row"].update(_flags(name, wanted, texted, one))
    for name, key in keys.items():
        row = held.methods.get((name, key))
        if row is None or row["kind"] in PRIVATE_KINDS:
            continue
        flags = _flags(name, wanted, texted, one)
        if all(row[flag] or not flags[flag] for flag in ("do_not_use", "do_not_sms") if flag in flags):
            continue
        before = {flag: row[flag] for flag in flags}
        row.update(flags)
        change.methods.append((name, row["id"], flags, before))


def _flags(name: str, wanted: Mapping[str, Any], texted: bool, one: Mapping[str, Any]) -> dict[str, Any]:
    reason = one["reason"] or gettext("Stated in an imported file")
    made = {**wanted, "do_not_use_reason": reason, "do_not_use_on": one["day"]}
    return made | ({"do_not_sms": texted} if name == Phone.__tablename__ else {})


# --- writing


def write_wishes(session: Session, given: Sequence[tuple[Row, int, int, WishChange]], options: Options) -> None:
    """Write what rows (row, contact, company) add; their details tell what is theirs."""
    bars, statements, methods = [], [], []
    now = utcnow()
    for row, contact_id, company_id, change in given:
        whose = {"contact_id": contact_id, "company_id": company_id}
        bars += [(row, {**one, **whose, "set_by_id": options.user_id}) for one in change.bars]
        statements += [
            (row, {**one, **whose, "taken_by_id": options.user_id, "entered_at": now}) for one in change.statements
        ]
        methods += [(row, contact_id, company_id, *one) for one in change.methods]
    _add(session, Bar, bars, options)
    _add(session, Consent, statements, options)
    _change(session, methods, options)
    for _row, one in bars:
        publish(session, "core.reach_barred", {**{name: one[name] for name in TOLD}, "barred": True})
    for _row, one in statements:
        publish(session, "core.consent_stated", {name: one[name] for name in (*TOLD, "purpose", "given")})


def _add(session: Session, model: Any, given: Sequence[tuple[Row, dict[str, Any]]], options: Options) -> None:
    ids = take_ids(session, table(model), len(given))
    rows = [{"id": id_, **one} for id_, (_row, one) in zip(ids, given, strict=True)]
    insert_rows(session, table(model), rows)
    for id_, (row, _one) in zip(ids, given, strict=True):
        row.detail = row.detail or {}
        row.detail.setdefault("added", {}).setdefault(model.__tablename__, []).append(id_)
    told = {name for _row, one in given for name in one} - {"entered_at"}
    lines = [
        {
            "entity": model.__tablename__,
            "entity_id": one["id"],
            "company_id": one["company_id"],
            "changes": {name: [None, plain(value)] for name, value in one.items() if name in told and value},
            "note": f"import {options.batch_id}",
            "user_id": options.user_id,
        }
        for one in rows
    ]  # fmt: skip
    record_many(session, "create", lines)


def _change(session: Session, given: Sequence[Any], options: Options) -> None:
    lines = []
    by_table: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for row, _contact_id, company_id, name, id_, flags, before in given:
        new = {**flags, "do_not_use_by_id": options.user_id}
        by_table.setdefault(name, []).append((id_, new))
        row.detail = row.detail or {}
        row.detail.setdefault("methods", []).append([name, id_, plain(before)])
        changes = {key: [plain(before[key]), plain(value)] for key, value in flags.items() if before[key] != value}
        lines.append(
            {
                "entity": name,
                "entity_id": id_,
                "company_id": company_id,
                "changes": changes,
                "note": f"import {options.batch_id}",
                "user_id": options.user_id,
            }
        )
    for name, rows in by_table.items():
        update_rows(session, table(MODELS[name]), rows)
    record_many(session, "edit", lines)


# --- taking back


def with_wishes_of_others(session: Session, ids: Collection[int], rows: Sequence[Any]) -> set[int]:
    """Tell of which contacts somebody wrote down a wish beside those of the import."""
    found: set[int] = set()
    for model in (Bar, Consent):
        mine = {one for row in rows for one in (row.detail or {}).get("added", {}).get(model.__tablename__, ())}
        c = table(model).c
        held = session.connection().execute(select(c.id, c.contact_id).where(among(session, c.contact_id, sorted(ids))))
        found |= {contact_id for id_, contact_id in held if id_ not in mine}
    return found


def drop_wishes(session: Session, ids: Sequence[int]) -> None:
    """Delete the wishes of contacts who are taken back."""
    for model in (Bar, Consent):
        session.connection().execute(delete(table(model)).where(among(session, table(model).c.contact_id, ids)))


def restore_methods(session: Session, contact: Contact, detail: Mapping[str, Any]) -> None:
    """Let numbers and addresses be used again as before."""
    for name, id_, before in detail.get("methods", ()):
        row = session.get(MODELS[name], id_)
        if row is not None and row.contact_id == contact.id:
            for key, value in before.items():
                setattr(row, key, revive(table(MODELS[name]).c[key], value))
            row.do_not_use_by_id = None
