"""Erases a person, or a company's people, everywhere; holds and releases them; erases again after a restore."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.auth.audit import plain, record
from core.auth.models import Audit
from core.bus import publish
from core.clock import local_today
from core.columns import utcnow
from core.customers.models import Company, Contact
from core.customers.services.index import index_company, index_contact, unindex
from core.errors import Refused
from core.i18n import _
from core.messages.finding import renew_words
from core.messages.models import Message
from core.privacy.models import ErasedKey, Erasure
from core.privacy.queries.subject import Subject, subject_of
from core.privacy.queries.suppressed import digests, people_of
from core.privacy.queries.tables import (
    COMPANY_PERSONAL,
    COMPANY_PERSONS,
    CONTACT,
    CONTACT_KEPT,
    REACHES,
    blank_of,
    default_of,
    rows_about,
    rows_of,
    rows_of_company,
    table_of,
    text_columns,
)
from core.privacy.services.files import drop_imported_files
from core.privacy.services.ledger import Pen, put_back
from core.privacy.services.quotes import Quotes, without

Hook = Callable[..., Any]
PRIVATE_KINDS = ("mobile", "private", "home")
MESSAGES = Message.__tablename__


def preview(session: Session, subject: Subject) -> dict[str, int]:
    """Tell how many rows of each table would be blanked or removed. Changes nothing."""
    pen = Pen(session, trying=True)
    _blank(session, subject, pen, Quotes(session, subject, pen))
    return pen.counts


def copy_of(session: Session, subject: Subject) -> dict[str, Any]:
    """Give all that is held of a person, in all tables: his rows whole, and of other rows what names him.

    What an erasure would touch is what is held: both are found by one and the same search.
    """
    pen = Pen(session, trying=True, keeping=True)
    _blank(session, subject, pen, Quotes(session, subject, pen))
    whole = {(table.name, row["id"]): row for table, row in rows_about(session, subject.contacts)}
    contact = table_of(CONTACT)
    for row in rows_of(session, select(contact).where(contact.c.id.in_(subject.contacts))):
        whole[CONTACT, row["id"]] = row
    found: dict[str, list[dict[str, Any]]] = {}
    for (name, _id), row in whole.items():
        found.setdefault(name, []).append({key: plain(value) for key, value in row.items()})
    quoting: dict[tuple[str, Any], dict[str, Any]] = {}
    for one in pen.kept:  # one row may name him in several ways
        if (one["table"], one["key"]) not in whole:
            told = quoting.setdefault((one["table"], one["key"]), {"id": one["key"]})
            told |= one.get("row") or one["before"]
    for (name, _id), row in quoting.items():
        found.setdefault(name, []).append(row)
    held = select(Erasure).where(Erasure.state == "held", Erasure.kind == subject.kind)
    for line in session.scalars(held.where(Erasure.record_id == subject.record_id)):
        for kept in line.kept:
            found.setdefault(kept["table"], []).append(kept.get("row") or {"id": kept["key"], **kept["before"]})
    return {"person": subject.title, "contacts": list(subject.contacts), "tables": dict(sorted(found.items()))}


def erase(
    session: Session,
    subject: Subject,
    *,
    by: int | None,
    reason: str,
    contact_hooks: Sequence[Hook] = (),
    company_hooks: Sequence[Hook] = (),
) -> Erasure:
    """Erase for good; give what was done. `session` is one of the program: rows of all owners are touched.

    The hooks are those of the modules, `before_contact_erase` and `before_customer_erase`; each may raise Refused,
    then nothing is changed. Who is held is released and erased.
    """
    _release_held(session, subject)
    subject = subject_of(session, subject.kind, subject.record_id)
    marks = people_of(session, subject.contacts)
    last = session.scalar(select(func.max(Audit.id))) or 0
    known = rows_about(session, subject.contacts)
    if subject.kind == "company":
        known += rows_of_company(session, subject.record_id)
    for contact in session.scalars(select(Contact).where(Contact.id.in_(subject.contacts)).order_by(Contact.id)):
        for hook in contact_hooks:
            hook(session=session, contact=contact, neutral=subject.neutral)
    if subject.kind == "company":
        for hook in company_hooks:
            hook(session=session, customer=session.get_one(Company, subject.record_id))
    session.flush()
    pen = Pen(session)
    drop_imported_files(session, subject)
    quotes = Quotes(session, subject, pen)
    for line in session.scalars(select(Audit).where(Audit.id > last)):  # what the modules blanked themselves
        quotes.blanked(line.entity, line.entity_id, line.changes)
    for one, row in known:  # and what they removed
        quotes.hear(one, row)
        if not rows_of(session, select(one.c.id).where(one.c.id == row["id"])):
            quotes.blanked(one.name, row["id"], None)
    _blank(session, subject, pen, quotes)
    made = _note(session, subject, "erased", pen, by, reason)
    _mark(session, marks.items())
    table: Any = Contact.__table__
    gone = {"erased_at": utcnow(), "held_at": None}
    session.connection().execute(update(table).where(table.c.id.in_(subject.contacts)).values(**gone))
    _finish(session, subject, pen)
    for contact_id in subject.contacts:
        home = session.scalar(select(Contact.company_id).where(Contact.id == contact_id))
        publish(session, "core.contact_erased", {"contact_id": contact_id, "company_id": home})
    return made


def _release_held(session: Session, subject: Subject) -> None:
    held = select(Erasure).where(Erasure.state == "held", Erasure.kind == subject.kind)
    for one in session.scalars(held.where(Erasure.record_id == subject.record_id)):
        release(session, one, by=one.by_id)


def hold(session: Session, subject: Subject, *, by: int | None, reason: str) -> Erasure:
    """Hide a person from everybody and keep what is held of him, until he is released or erased. Raises Refused."""
    if subject.kind != "contact":
        raise Refused(_("Only a person can be held."))
    pen = Pen(session, keeping=True)
    _blank(session, subject, pen, Quotes(session, subject, pen))
    made = _note(session, subject, "held", pen, by, reason)
    table: Any = Contact.__table__
    session.connection().execute(update(table).where(table.c.id.in_(subject.contacts)).values(held_at=utcnow()))
    _finish(session, subject, pen)
    return made


def release(session: Session, held: Erasure, *, by: int | None) -> None:
    """Let a held person be as before. Raises Refused when he is not held."""
    if held.state != "held":
        raise Refused(_("This person is not held."))
    session.flush()
    put_back(session, held.kept)
    told = [int(one["key"]) for one in held.kept if one["table"] == MESSAGES]
    table: Any = Contact.__table__
    session.connection().execute(update(table).where(table.c.id.in_(held.contacts)).values(held_at=None))
    held.state, held.ended_at, held.kept = "released", utcnow(), []
    session.flush()
    session.expire_all()
    renew_words(session, told)
    homes = set()
    for contact in session.scalars(select(Contact).where(Contact.id.in_(held.contacts))):
        index_contact(session, contact)
        homes.add(contact.company_id)
        record(
            session, "release", entity=CONTACT, entity_id=contact.id, company_id=contact.company_id, user_id=by
        )  # fmt: skip
    for company in session.scalars(select(Company).where(Company.id.in_(homes))):
        index_company(session, company)


# --- one after the other


def _blank(session: Session, subject: Subject, pen: Pen, quotes: Quotes) -> None:
    """Blank the person's rows, then whatever quotes them."""
    session.flush()
    for table, row in rows_about(session, subject.contacts):
        if table.name in REACHES or table.name == "core_external_reference":
            pen.drop(table, row)
            quotes.blanked(table.name, row["id"], None)
            continue
        quotes.hear(table, row)
        texts = {c.name: blank_of(c, subject.neutral, row["id"]) for c in text_columns(table) if row[c.name]}
        pen.set(table, row, texts)
        quotes.blanked(table.name, row["id"], texts)
    contact = table_of(CONTACT)
    for row in rows_of(session, select(contact).where(contact.c.id.in_(subject.contacts))):
        pen.set(contact, row, {**_empty_contact(row, subject), "deleted_at": row["deleted_at"] or utcnow()})
        quotes.blanked(CONTACT, row["id"], None)
    _companies(session, subject, pen, quotes)
    quotes.take_out()


def _empty_contact(row: Any, subject: Subject) -> dict[str, Any]:
    neutral = subject.neutral if subject.kind == "contact" else f"已删除的联系人 #{row['id']}"
    named = Contact(name=neutral)
    known: dict[str, Any] = {"name": named.name, "name_key": named.name_key, "sort_key": named.sort_key}
    for column in table_of(CONTACT).columns:
        if column.name in CONTACT_KEPT or column.name in known:
            continue
        known[column.name] = default_of(column)
    return known


def _companies(session: Session, subject: Subject, pen: Pen, quotes: Quotes) -> None:
    """Let companies no longer point to the person; of a company whose people go, blank what names them too."""
    company = table_of("core_company")
    ids = set(subject.contacts)
    for row in rows_of(session, select(company).where(company.c.id.in_(subject.companies))):
        after: dict[str, Any] = {}
        if row["primary_contact_id"] in ids:
            after["primary_contact_id"] = None
        for key, text in COMPANY_PERSONS.items():
            if row[key] in ids:
                after |= {key: None, text: None}
        if subject.kind == "company" and row["id"] == subject.record_id:
            after |= dict.fromkeys(COMPANY_PERSONAL) | {"custom": {}}
        pen.set(company, row, after)
        quotes.blanked("core_company", row["id"], [name for name in after if not name.endswith("_id")])
    if subject.kind == "company":
        for name in REACHES:
            table = table_of(name)
            mine = select(table).where(table.c.company_id == subject.record_id, table.c.kind.in_(PRIVATE_KINDS))
            for row in rows_of(session, mine):
                pen.drop(table, row)
                quotes.blanked(name, row["id"], None)


def _note(session: Session, subject: Subject, state: str, pen: Pen, by: int | None, reason: str) -> Erasure:
    made = Erasure(
        kind=subject.kind,
        record_id=subject.record_id,
        state=state,
        contacts=list(subject.contacts),
        reason=without(reason.strip(), (*subject.names, *subject.numbers)),
        counts=pen.counts,
        kept=pen.kept,
        by_id=by,
    )
    session.add(made)
    session.flush()
    record(
        session,
        "erase" if state == "erased" else "hold",
        entity=CONTACT if subject.kind == "contact" else "core_company",
        entity_id=subject.record_id,
        company_id=subject.companies[0] if subject.companies else None,
        changes={name: [None, count] for name, count in pen.counts.items()},
        note=f"erasure {made.id}",
        user_id=by,
    )
    return made


def _mark(session: Session, people: Iterable[tuple[int, Any]]) -> None:
    today = local_today()
    for contact_id, person in people:
        for digest in digests(person):
            session.add(ErasedKey(kind="contact", record_id=contact_id, digest=digest, erased_on=today))
    session.flush()


def _finish(session: Session, subject: Subject, pen: Pen) -> None:
    """Take the person out of the search index; bring that of his companies and of messages in step."""
    session.flush()
    session.expire_all()
    renew_words(session, [int(key) for key in pen.touched.get(MESSAGES, ())])
    unindex(session, "contact", list(subject.contacts))
    for company in session.scalars(select(Company).where(Company.id.in_(subject.companies))):
        index_company(session, company)


# --- after a restore


def keys_of(session: Session, since: dt.date | None = None) -> list[dict[str, Any]]:
    """Give the list of erased keys, to be kept apart from the backups: it holds no plain data."""
    rows = select(ErasedKey).order_by(ErasedKey.id)
    if since is not None:
        rows = rows.where(ErasedKey.erased_on >= since)
    return [
        {"kind": one.kind, "id": one.record_id, "digest": one.digest, "on": one.erased_on.isoformat()}
        for one in session.scalars(rows)
    ]


def erase_again(
    session: Session,
    keys: Iterable[dict[str, Any]] = (),
    *,
    by: int | None = None,
    contact_hooks: Sequence[Hook] = (),
) -> list[int]:
    """Erase whom a restored backup brought back; give the contacts. A restore runs it with the list of today's keys.

    The keys are added to those of the database. A contact is erased where one of his marks is among them: name with
    house, with number or with e-mail, so that neither a new record under an old id nor a namesake is taken for him.
    """
    known = set(session.scalars(select(ErasedKey.digest)))
    for one in keys:
        if one["digest"] not in known:
            known.add(one["digest"])
            day = dt.date.fromisoformat(one["on"])
            session.add(ErasedKey(kind=one["kind"], record_id=one["id"], digest=one["digest"], erased_on=day))
    session.flush()
    if not known:
        return []
    found: list[int] = []
    last = 0
    while True:
        ids = list(
            session.scalars(
                select(Contact.id)
                .where(Contact.id > last, Contact.erased_at.is_(None))
                .order_by(Contact.id)
                .limit(2000)
            )
        )
        if not ids:
            break
        found += [key for key, who in people_of(session, ids).items() if known & set(digests(who))]
        last = ids[-1]
    for contact_id in found:
        contact = session.get_one(Contact, contact_id)
        if contact.erased_at is None:
            subject = subject_of(session, "contact", contact_id)
            erase(session, subject, by=by, reason="restore", contact_hooks=contact_hooks)
            session.expire_all()
    return sorted(found)
