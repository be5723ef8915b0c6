"""Who a person is: every contact that was merged into him or that he was at another customer, and what names him."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.auth.models import Audit
from core.customers.models import Address, Company, Contact, Email, Phone
from core.customers.text import name_key
from core.errors import NotFound
from core.i18n import _

SHORTEST_NAME = 2
SHORTEST_NUMBER = 7
SHORTEST_PLACE = 6


@dataclass(frozen=True)
class Subject:
    """A person, or all people of a company, as everything that is held of them is found.

    `names` count near his own records only, since others are called the same; `numbers` (telephone numbers, e-mail and
    home addresses) count everywhere.
    """

    kind: str
    record_id: int
    contacts: tuple[int, ...]
    companies: tuple[int, ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    title: str

    @property
    def neutral(self) -> str:
        """What stands in place of the name afterwards; in Chinese, as the records are."""
        return neutral_name(self.kind, self.record_id)


def neutral_name(kind: str, record_id: int) -> str:
    """Give the name of an erased person or company."""
    return f"已删除的联系人 #{record_id}" if kind == "contact" else f"已删除的客户 #{record_id}"


def person_ids(session: Session, contact_id: int) -> tuple[int, ...]:
    """Follow merges and changed employers both ways; ask with a session of the program."""
    table: Any = Contact.__table__
    connection = session.connection()
    found, queue = {contact_id}, [contact_id]
    while queue:
        near = or_(table.c.id.in_(queue), table.c.merged_into_id.in_(queue), table.c.former_id.in_(queue))
        rows = connection.execute(select(table.c.id, table.c.merged_into_id, table.c.former_id).where(near)).all()
        queue = sorted({key for row in rows for key in row if key is not None} - found)
        found.update(queue)
    return tuple(sorted(found))


def subject_of(session: Session, kind: str, record_id: int) -> Subject:
    """Find who is meant. Raises NotFound."""
    if kind == "company":
        company = session.get(Company, record_id)
        if company is None:
            raise NotFound(_("There is no such customer."))
        table: Any = Contact.__table__
        mine = select(table.c.id).where(table.c.company_id == record_id)
        contacts = tuple(session.connection().scalars(mine.order_by(table.c.id)))
        heads = (company.legal_representative, company.general_manager, company.sales_head, company.publicity_head)
        names, numbers = _values(session, contacts)
        names = _distinct([*names, *(one for one in heads if one)], SHORTEST_NAME)
        return Subject(kind, record_id, contacts, (record_id,), names, numbers, company.name)
    contact = session.get(Contact, record_id)
    if contact is None:
        raise NotFound(_("There is no such contact."))
    contacts = person_ids(session, record_id)
    homes = session.scalars(select(Contact.company_id).where(Contact.id.in_(contacts)))
    names, numbers = _values(session, contacts)
    return Subject(kind, record_id, contacts, tuple(sorted(set(homes))), names, numbers, contact.name)


def _values(session: Session, contacts: Sequence[int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    people = session.execute(select(Contact.name, Contact.name_key).where(Contact.id.in_(contacts))).all()
    names = [text for row in people for text in row]
    names += list(_earlier(session, "core_contact", contacts, ("name",)))
    names += [name_key(one) for one in names]
    numbers: list[str] = []
    for model, columns in ((Phone, ("number", "digits")), (Email, ("address", "address_key"))):
        rows: Any = session.scalars(select(model).where(model.contact_id.in_(contacts)))
        numbers += [getattr(row, name) for row in rows for name in columns]
    places = [one.text for one in session.scalars(select(Address).where(Address.contact_id.in_(contacts)))]
    numbers = [*_distinct(numbers, SHORTEST_NUMBER), *_distinct(places, SHORTEST_PLACE)]
    return _distinct(names, SHORTEST_NAME), tuple(numbers)


def _earlier(session: Session, entity: str, ids: Sequence[int], columns: Sequence[str]) -> Iterable[str]:
    """Give what columns said before, as far as the trail knows."""
    lines = session.scalars(select(Audit.changes).where(Audit.entity == entity, Audit.entity_id.in_(ids)))
    for changes in lines:
        for column in columns:
            yield from (one for one in (changes or {}).get(column) or () if isinstance(one, str))


def _distinct(texts: Iterable[str | None], shortest: int) -> tuple[str, ...]:
    """Keep texts once, long ones first, so that a whole is replaced before its parts."""
    kept = {text.strip() for text in texts if text and len(text.strip()) >= shortest and "已删除的" not in text}
    return tuple(sorted(kept, key=lambda one: (-len(one), one)))
