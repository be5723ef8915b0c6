"""Merges companies into one and takes a merge back (B-03): one transaction, nothing lost, 30 days to undo it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.auth.audit import record
from core.bus import publish
from core.columns import Codes, utcnow
from core.custom import PREFIX, joined, own_fields
from core.customers.models import Alias, Company, Contact, Merge, MergeEntry, OwnerChange
from core.customers.services.companies import HEADS
from core.customers.services.index import index_company, index_contact, unindex
from core.customers.services.joining import below, is_text, join
from core.customers.services.ledger import Ledger, drop_same, point_all, take_back
from core.customers.services.wish import EVERY, MOST, UNDO_DAYS, Wish
from core.errors import Conflict, Refused
from core.i18n import _

FIXED = frozenset({
    "id", "code", "name_key", "sort_key", "place_key", "merged_into_id", "deleted_at", "deleted_by_id", "version",
    "created_at", "updated_at", "entered_by_id", "import_batch_id", "review_state", "reviewed_at", "reviewed_by_id",
    "confirmed_at", "confirmed_by_id", "claimed_at", "custom", "parent_id", "primary_contact_id", "credit_rating",
    "credit_limit", "credit_valid_until", "last_contact_on",
})  # fmt: skip
"""Columns that nobody chooses: what the survivor is, and what follows from the rest."""
TOGETHER: tuple[tuple[str, ...], ...] = (
    ("country", "division_code", "province", "city", "district", "address", "postcode", "area_code"),
    ("owner_id",),
    *((name, f"{name}_id") for name in ("general_manager", "sales_head", "publicity_head")),
)
"""Columns that are only chosen together: half of one address and half of another is none."""
Hook = Callable[..., Any]


def chosen_fields() -> list[tuple[str, ...]]:
    """List the fields of a company that are chosen in a merge, those that go together as one."""
    joined = {name for names in TOGETHER for name in names}
    groups: list[tuple[str, ...]] = []
    for column in Company.__table__.columns:
        name = column.name
        if name in FIXED:
            continue
        if name not in joined:
            groups.append((name,))
        else:
            groups += [names for names in TOGETHER if names[0] == name]
    return [*groups, *((one.field.name,) for one in own_fields("companies"))]


def merge_companies(session: Session, wish: Wish, *, by: int | None, hooks: Sequence[Hook] = ()) -> Merge:
    """Merge companies; return what was done, with its ledger.

    The caller has judged the rights: to change the survivor and to delete the others. `hooks` are the plugins'
    `before_customer_merge`; each may raise Refused. Raises Refused or Conflict; then nothing is changed.
    """
    target, sources = _locked(session, wish)
    for source in sources:
        for hook in hooks:
            hook(session=session, source=source, target=target)
    session.flush()
    merge = Merge(
        company_id=target.id,
        sources=[one.id for one in sources],
        names=[one.name for one in sources],
        merged_by_id=by,
        note=wish.note[:200],
    )
    session.add(merge)
    session.flush()
    ledger = Ledger(session, merge)
    ids = [one.id for one in sources]
    before = _rows(session, [*ids, target.id])
    _take_values(session, target, sources, wish)
    people = _contacts(session, wish, ids, target.id)
    session.flush()
    after = _rows(session, [target.id])
    if target.owner_id != before[target.id]["owner_id"]:
        changes: Any = OwnerChange.__table__
        given = OwnerChange(
            company_id=target.id, before_id=before[target.id]["owner_id"], after_id=target.owner_id,
            reason=merge.note, changed_by_id=by,
        )  # fmt: skip
        session.add(given)
        session.flush()
        ledger.added(changes, given.id)
    company: Any = Company.__table__
    for one in ids:  # a code that may occur once only leaves the others first, and comes back to them last
        ledger.set_already(company, one, before[one], {**before[one], **_rows(session, [one])[one]})
    ledger.set_already(company, target.id, before[target.id], after[target.id])
    try:
        point_all(ledger, "core_company", "company", ids, target.id)
        for same in dict.fromkeys(people.values()):
            join(session, ledger, same, [one for one, new in people.items() if new == same], by, {})
    except IntegrityError as error:
        raise Refused(
            _("Another module holds records of these customers that cannot be joined. Nothing was merged.")
        ) from error
    _break_circle(ledger, target.id)
    drop_same(ledger, "company_id", target.id)
    _name_aliases(session, ledger, target, sources)
    _bury(session, ledger, sources, target, by)
    merge.counts = {table: dict(counts) for table, counts in ledger.counts.items()}
    record(
        session,
        "merge",
        entity="core_company",
        entity_id=target.id,
        company_id=target.id,
        changes={"merged": [None, "、".join(merge.names)]},
        note=f"merge {merge.id}",
    )
    _index(session, [target.id], ids, list(people))
    publish(session, "core.companies_merged", {"company_id": target.id, "sources": ids, "merge_id": merge.id})
    return merge


def _locked(session: Session, wish: Wish) -> tuple[Company, list[Company]]:
    ids = list(dict.fromkeys([wish.target, *wish.sources]))
    if len(ids) < 2:
        raise Refused(_("A merge needs two customers at least."))
    if len(ids) > MOST:
        raise Refused(_("At most %(n)s customers are merged at once.", n=MOST))
    rows = session.scalars(select(Company).where(Company.id.in_(ids)).order_by(Company.id).with_for_update())
    found = {one.id: one for one in rows}
    for number in ids:
        one = found.get(number)
        if one is None or not one.is_alive:
            raise Refused(_("One of the customers is in the bin or merged already. Nothing was merged."))
        if number in wish.versions and wish.versions[number] != one.version:
            raise Conflict(_("Somebody changed %(name)s meanwhile. Look again before you merge.", name=one.name))
    return found[ids[0]], [found[number] for number in ids[1:]]


def _rows(session: Session, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    table: Any = Company.__table__
    rows = session.connection().execute(select(table).where(table.c.id.in_(list(ids)))).mappings()
    return {row["id"]: dict(row) for row in rows}


def _take_values(session: Session, target: Company, sources: Sequence[Company], wish: Wish) -> None:
    """Give the survivor the values that were chosen, and of the others what it lacks; codes are held together."""
    all_of = {one.id: one for one in (target, *sources)}
    taken: dict[str, int | None] = {}
    owner_id = target.owner_id
    for names in chosen_fields():
        chosen = wish.values.get(names[0])
        if chosen == EVERY and is_text(Company, names):
            setattr(target, names[0], below(getattr(one, names[0]) for one in all_of.values()))
            continue
        if chosen is not None and chosen not in all_of:
            raise Refused(_("One of the values belongs to another customer. Reload the page."))
        if names[0].startswith(PREFIX):
            taken[names[0]] = chosen
            continue
        values = _values(names, all_of.get(chosen) if chosen is not None else None, target, sources)
        if "uscc" in values and values["uscc"] != target.uscc:
            for source in sources:
                source.uscc = None
            session.flush()
        for name, value in values.items():
            if getattr(target, name) != value:
                setattr(target, name, value)
    if target.primary_contact_id is None:
        target.primary_contact_id = next((one.primary_contact_id for one in sources if one.primary_contact_id), None)
    if target.parent_id is None:
        target.parent_id = next((one.parent_id for one in sources if one.parent_id not in (None, *all_of)), None)
    custom = joined([one.custom for one in (target, *sources)])
    for name, number in taken.items():
        value = all_of[number].custom.get(name) if number is not None else custom.get(name)
        custom.pop(name, None)
        if value is not None:
            custom[name] = value
    if custom != (target.custom or {}):
        target.custom = custom
    target.last_contact_on = max((one.last_contact_on for one in all_of.values() if one.last_contact_on), default=None)
    if target.owner_id is not None:
        whose = (target,) if target.owner_id == owner_id else sources
        since = next((one.claimed_at for one in whose if one.owner_id == target.owner_id), None)
        target.claimed_at = since or utcnow()


def _values(
    names: tuple[str, ...], chosen: Company | None, target: Company, sources: Sequence[Company]
) -> dict[str, Any]:
    if chosen is not None:
        return {name: getattr(chosen, name) for name in names}
    if len(names) == 1 and isinstance(Company.__table__.c[names[0]].type, Codes):
        held = [code for one in (target, *sources) for code in getattr(one, names[0]) or ()]
        return {names[0]: list(dict.fromkeys(held))}
    for one in (target, *sources):
        if any(_says(one, name) for name in names):
            return {name: getattr(one, name) for name in names}
    return {}


def _says(one: Company, name: str) -> bool:
    """Tell whether a field of a company says anything: the country, which everybody has, does not."""
    return name != "country" and getattr(one, name) not in (None, "", [])


def _contacts(session: Session, wish: Wish, sources: Sequence[int], target: int) -> dict[int, int]:
    """Check that the contacts to be joined belong to these companies. Raises Refused."""
    wanted = {*wish.people, *wish.people.values()}
    open_ones = (Contact.alive(), Contact.erased_at.is_(None), Contact.held_at.is_(None))
    rows = session.execute(select(Contact.id, Contact.company_id).where(Contact.id.in_(wanted), *open_ones))
    home = {row.id: row.company_id for row in rows}
    group = {*sources, target}
    for one, same in wish.people.items():
        if one == same or home.get(one) not in group or home.get(same) not in group or same in wish.people:
            raise Refused(_("The contacts to be joined have changed. Reload the page."))
    return dict(wish.people)


def _break_circle(ledger: Ledger, company_id: int) -> None:
    """Let the survivor stand on its own where it would now belong to one of its own branches."""
    table: Any = Company.__table__
    seen: list[int] = []
    above: int | None = company_id
    while above is not None and above not in seen:
        seen.append(above)
        above = ledger.connection.scalar(select(table.c.parent_id).where(table.c.id == above))
    if above == company_id:
        parent = ledger.connection.scalar(select(table.c.parent_id).where(table.c.id == company_id))
        ledger.set(table, company_id, {"parent_id": parent}, {"parent_id": None})


def _name_aliases(session: Session, ledger: Ledger, target: Company, sources: Sequence[Company]) -> None:
    """Let the survivor be found by the names of the others."""
    table: Any = Alias.__table__
    known = set(session.connection().scalars(select(table.c.name_key).where(table.c.company_id == target.id)))
    for source in sources:
        if source.name_key not in known and source.name_key != target.name_key:
            made = Alias(company_id=target.id, kind="alias", name=source.name)
            session.add(made)
            session.flush()
            ledger.added(table, made.id)
            known.add(source.name_key)


def _bury(session: Session, ledger: Ledger, sources: Sequence[Company], target: Company, by: int | None) -> None:
    for source in sources:
        before = {name: getattr(source, name) for name in ("merged_into_id", "deleted_at", "deleted_by_id")}
        source.merged_into_id, source.deleted_at, source.deleted_by_id = target.id, utcnow(), by
        session.flush()
        after = {name: getattr(source, name) for name in before}
        table: Any = Company.__table__
        ledger.set_already(table, source.id, before, after)


def _index(session: Session, kept: Sequence[int], gone: Sequence[int], contacts: Sequence[int]) -> None:
    session.flush()
    session.expire_all()
    unindex(session, "company", gone)
    unindex(session, "contact", contacts)
    for one in session.scalars(select(Company).where(Company.id.in_(kept))):
        index_company(session, one)


# --- taking back


def undo_merge(session: Session, merge: Merge, *, by: int | None) -> list[MergeEntry]:
    """Take a merge back; give the entries that were left, because somebody has changed the rows since.

    Raises Refused when it is too late, done already, the survivor has itself been merged into another, or the person
    was erased since or is held.
    """
    _demand_undoable(session, merge)
    session.flush()
    entries = list(merge.entries)
    left = take_back(session, entries)
    contacts = sorted({e.row_id for e in entries if e.table_name == "core_contact"})
    merge.undone_at, merge.undone_by_id = utcnow(), by
    model: Any = Company if merge.contact_id is None else Contact
    target_id = merge.company_id if merge.contact_id is None else merge.contact_id
    ids = [target_id, *merge.sources]
    table = model.__table__
    session.connection().execute(
        update(table).where(table.c.id.in_(ids)).values(version=table.c.version + 1, updated_at=table.c.updated_at)
    )
    record(
        session,
        "merge",
        entity=model.__tablename__,
        entity_id=target_id,
        company_id=merge.company_id,
        changes={"merged": ["、".join(merge.names), None]},
        note=f"merge {merge.id} taken back",
    )
    session.flush()
    if model is Company:
        _leave_the_erased(session, ids, merge.merged_at)
    session.expire_all()
    if model is Company:
        for company in session.scalars(select(Company).where(Company.id.in_(ids))):
            index_company(session, company)
    for contact in session.scalars(select(Contact).where(Contact.id.in_(contacts))):
        index_contact(session, contact)
    publish(session, "core.merge_undone", {"company_id": merge.company_id, "merge_id": merge.id})
    return left


def _leave_the_erased(session: Session, ids: Sequence[int], since: dt.datetime) -> None:
    """Let companies not name again who was erased since they were merged."""
    table: Any = Company.__table__
    erased = select(Contact.id).where(Contact.erased_at >= since)
    for name in HEADS:
        named = update(table).where(table.c.id.in_(ids), table.c[name].in_(erased))
        session.connection().execute(named.values({name: None, "updated_at": table.c.updated_at}))


def _demand_undoable(session: Session, merge: Merge) -> None:
    if merge.undone_at is not None:
        raise Refused(_("This merge was taken back already."))
    if merge.forgotten or merge.merged_at < utcnow() - dt.timedelta(days=UNDO_DAYS):
        raise Refused(_("A merge can be taken back for %(n)s days. This one is older.", n=UNDO_DAYS))
    later = select(Merge.id).where(Merge.id > merge.id, Merge.undone_at.is_(None))
    if merge.contact_id is None:
        target: Any = session.get_one(Company, merge.company_id, with_for_update=True)
        later = later.where(Merge.company_id == merge.company_id)
        more = _("More was merged into this customer since. Take the latest merge back first.")
    else:
        target = session.get_one(Contact, merge.contact_id, with_for_update=True)
        later = later.where(Merge.contact_id == merge.contact_id)
        more = _("More was merged into this contact since. Take the latest merge back first.")
        if target.is_closed:
            raise Refused(_("The data of this person were erased or are held. Nothing is entered or brought back."))
    if target.merged_into_id is not None:
        raise Refused(_("%(name)s has itself been merged since. Take that back first.", name=target.name))
    if session.scalar(later.limit(1)) is not None:
        raise Refused(more)


def forget_merges(session: Session) -> int:
    """Throw away the ledgers of merges that can no longer be undone; they hold what people were called. The job."""
    limit = utcnow() - dt.timedelta(days=UNDO_DAYS)
    old = list(session.scalars(select(Merge).where(Merge.merged_at < limit, ~Merge.forgotten).limit(500)))
    for merge in old:
        session.execute(delete(MergeEntry).where(MergeEntry.merge_id == merge.id))
        merge.forgotten = True
    return len(old)
