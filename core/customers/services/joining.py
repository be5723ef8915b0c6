"""Merges contacts that are one person (B-03), within a merge of customers or alone; what is stricter wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Text, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.auth.audit import record
from core.bus import publish
from core.columns import utcnow
from core.custom import PREFIX, joined, own_fields
from core.customers.models import Contact, Merge
from core.customers.models.policy import company_column_following, loose_references, references_to
from core.customers.services.companies import HEADS
from core.customers.services.index import index_contact, unindex
from core.customers.services.ledger import Ledger, drop_same, point_all
from core.customers.services.wish import EVERY, MOST, Wish
from core.db import Base
from core.errors import Conflict, Refused
from core.i18n import _

FIXED = frozenset({
    "id", "company_id", "name_key", "sort_key", "merged_into_id", "former_id", "deleted_at", "deleted_by_id", "version",
    "created_at", "updated_at", "entered_by_id", "import_batch_id", "review_state", "reviewed_at", "reviewed_by_id",
    "confirmed_at", "confirmed_by_id", "erased_at", "held_at", "custom", "do_not_contact",
})  # fmt: skip
"""Columns that nobody chooses: what the survivor is, and what follows from the rest."""
TOGETHER: tuple[tuple[str, ...], ...] = (
    ("name", "name_key", "sort_key"),
    ("age", "age_noted_on"),
    ("change_note", "change_noted_on", "change_noted_by_id"),
    ("invalid", "invalid_on"),
    ("birth_date", "birth_lunar", "birth_leap"),
    ("income", "income_note"),
)
"""Columns that are only chosen together."""
OF_SURVIVOR = frozenset({"invalid"})
"""What is only taken from another one where somebody chose it."""
STRICTER = ("do_not_contact",)
"""What somebody asked for: it outlives a merge, whoever said it."""


def fields_of_contact() -> list[tuple[str, ...]]:
    """List the fields of a contact that are chosen in a merge, those that go together as one."""
    inner = {name for names in TOGETHER for name in names}
    groups: list[tuple[str, ...]] = []
    for column in Contact.__table__.columns:
        if column.name in inner:
            groups += [names for names in TOGETHER if names[0] == column.name]
        elif column.name not in FIXED:
            groups.append((column.name,))
    return [*groups, *((one.field.name,) for one in own_fields("contacts"))]


def is_text(model: type[Any], names: Sequence[str]) -> bool:
    """Tell whether a field stands alone and holds texts of several lines, so that those of all may be kept."""
    column = model.__table__.columns.get(names[0])
    return len(names) == 1 and column is not None and isinstance(column.type, Text)


def below(texts: Iterable[str | None]) -> str | None:
    """Put texts below each other, each once."""
    return "\n".join(dict.fromkeys(text.strip() for text in texts if text and text.strip())) or None


def says(value: Any) -> bool:
    """Tell whether a value of a column says anything."""
    return value is not None and value is not False and value not in ("", [], {})


def taken(
    target: Mapping[str, Any], others: Sequence[Mapping[str, Any]], chosen: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """Give what the survivor is to say where that differs: what was chosen, and of the others what it lacks."""
    rows = {one["id"]: one for one in (target, *others)}
    found: dict[str, Any] = {}
    custom = joined([one["custom"] for one in rows.values()])
    for names in fields_of_contact():
        number = (chosen or {}).get(names[0])
        if number == EVERY and is_text(Contact, names):
            found[names[0]] = below(one[names[0]] for one in rows.values())
            continue
        if number is not None and number not in rows:
            raise Refused(_("One of the values belongs to another contact. Reload the page."))
        if names[0].startswith(PREFIX):
            value = (rows[number]["custom"] or {}).get(names[0]) if number is not None else custom.get(names[0])
            custom.pop(names[0], None)
            custom |= {names[0]: value} if value is not None else {}
            continue
        source = rows[number] if number is not None else None
        if source is None and names[0] in OF_SURVIVOR:
            continue
        if source is None:
            source = next((one for one in rows.values() if any(says(one[name]) for name in names)), target)
        found |= {name: source[name] for name in names}
    found |= {name: any(one[name] for one in rows.values()) for name in STRICTER}
    found["custom"] = custom
    return {name: value for name, value in found.items() if (value or None) != (target[name] or None)}


def join(
    session: Session, ledger: Ledger, target: int, sources: Sequence[int], by: int | None, values: Mapping[str, int]
) -> None:
    """Join contacts into one within a merge: values, all that hangs on them, their companies' heads; the others go.

    Raises IntegrityError where a column that does not combine clashes.
    """
    table: Any = Contact.__table__
    ids = [target, *sources]
    found = session.connection().execute(select(table).where(table.c.id.in_(ids))).mappings()
    rows = {row["id"]: dict(row) for row in found}
    home = rows[target]["company_id"]
    more = taken(rows[target], [rows[one] for one in sources], values)
    if more:
        ledger.set(table, target, {name: rows[target][name] for name in more}, more)
    _leave_heads(ledger, sources, home)
    follow = _rows_that_follow(session, sources)
    point_all(ledger, "core_contact", "contact", sources, target)
    for column, keys in follow:
        _bring_home(ledger, column, keys, home)
    for one in sources:
        gone = {"merged_into_id": target, "deleted_at": utcnow(), "deleted_by_id": by}
        ledger.set(table, one, {name: rows[one][name] for name in gone}, gone)


def _leave_heads(ledger: Ledger, sources: Sequence[int], home: int) -> None:
    """Let other companies no longer name one of the sources: he would be a person of another house."""
    company: Any = Base.metadata.tables["core_company"]
    for name in HEADS:
        heads = select(company.c.id, company.c[name]).where(company.c[name].in_(sources), company.c.id != home)
        for company_id, contact_id in ledger.connection.execute(heads).all():
            ledger.set(company, company_id, {name: contact_id}, {name: None})


def _rows_that_follow(session: Session, sources: Sequence[int]) -> list[tuple[Any, list[int]]]:
    """Find the rows whose company is that of their contact: the company's column with the ids."""
    keys: list[tuple[Any, Any]] = [(column, column.in_(sources)) for column in references_to("core_contact")]
    keys += [(column, (noun == "contact") & column.in_(sources)) for column, noun in loose_references()]
    found = []
    for column, condition in keys:
        follows = company_column_following(column)
        if follows is not None:
            ids = session.connection().scalars(select(column.table.c.id).where(condition)).all()
            found.append((follows, list(ids)))
    return found


def _bring_home(ledger: Ledger, column: Any, ids: Sequence[int], home: int) -> None:
    table = column.table
    rows = select(table.c.id, column).where(table.c.id.in_(ids), column != home).order_by(table.c.id)
    for row_id, before in ledger.connection.execute(rows).all():
        ledger.move(table, row_id, column.name, before, home)


def merge_contacts(session: Session, wish: Wish, *, by: int | None) -> Merge:
    """Merge contacts of one or several companies into one; return what was done, with its ledger.

    The caller has judged the rights: to change the survivor and to delete the others. Raises Refused or Conflict; then
    nothing is changed. Other contacts' companies keep their business; what is the person's own goes to the survivor's.
    """
    target, sources = _locked(session, wish)
    merge = Merge(
        company_id=target.company_id,
        contact_id=target.id,
        sources=[one.id for one in sources],
        names=[one.name for one in sources],
        merged_by_id=by,
        note=wish.note[:200],
    )
    session.add(merge)
    session.flush()
    ledger = Ledger(session, merge)
    ids = [one.id for one in sources]
    try:
        join(session, ledger, target.id, ids, by, wish.values)
    except IntegrityError as error:
        raise Refused(
            _("Another module holds records of these contacts that cannot be joined. Nothing was merged.")
        ) from error
    drop_same(ledger, "contact_id", target.id)
    merge.counts = {name: dict(counts) for name, counts in ledger.counts.items()}
    record(
        session, "merge", entity="core_contact", entity_id=target.id, company_id=target.company_id,
        changes={"merged": [None, "、".join(merge.names)]}, note=f"merge {merge.id}",
    )  # fmt: skip
    session.flush()
    session.expire_all()
    unindex(session, "contact", ids)
    index_contact(session, session.get_one(Contact, target.id))
    payload = {"contact_id": target.id, "company_id": target.company_id, "sources": ids, "merge_id": merge.id}
    publish(session, "core.contacts_merged", payload)
    return merge


def _locked(session: Session, wish: Wish) -> tuple[Contact, list[Contact]]:
    ids = list(dict.fromkeys([wish.target, *wish.sources]))
    if len(ids) < 2:
        raise Refused(_("A merge needs two contacts at least."))
    if len(ids) > MOST:
        raise Refused(_("At most %(n)s contacts are merged at once.", n=MOST))
    rows = session.scalars(select(Contact).where(Contact.id.in_(ids)).order_by(Contact.id).with_for_update())
    found = {one.id: one for one in rows}
    for number in ids:
        one = found.get(number)
        if one is None or not one.is_alive or one.is_closed:
            raise Refused(_("One of the contacts is in the bin, erased or merged already. Nothing was merged."))
        if number in wish.versions and wish.versions[number] != one.version:
            raise Conflict(_("Somebody changed %(name)s meanwhile. Look again before you merge.", name=one.name))
    return found[ids[0]], [found[number] for number in ids[1:]]
