"""Finding records by a few letters over every resource, for the palette and the search page."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.auth.models import User
from core.auth.queries.explain import NUMBERS, inspect_columns
from core.customers.models import Company
from core.customers.pinyin import read
from core.customers.text import normal
from core.plugin import Resource


@dataclass(frozen=True)
class Found:
    """One record that was found."""

    id: int
    title: str
    sub: str = ""


def attribute(model: type[Any], path: str) -> tuple[Any, list[Any]]:
    """Follow a dotted path of a model; give the column and the relationships on the way."""
    joins: list[Any] = []
    current: Any = model
    *steps, last = path.split(".")
    for step in steps:
        relation = getattr(current, step)
        joins.append(relation)
        current = relation.property.mapper.class_
    return getattr(current, last), joins


def find_records(session: Session, resource: Resource, text: str, limit: int) -> list[Found]:
    """Find records of a resource by a key word, the best first. Only what the person may find is found."""
    if resource.find is not None:
        return [Found(*one) for one in resource.find(session, text, limit)]
    if resource.search is None:
        return []
    title, joins = attribute(resource.model, resource.title_path)
    statement = select(resource.model.id, title)
    for relation in joins:
        statement = statement.join(relation)
    statement = resource.search(statement, text, session).limit(limit)
    return [Found(row[0], str(row[1] or "")) for row in session.execute(statement)]


def find_record_by_number(session: Session, resource: Resource, number: int) -> list[Found]:
    """Find the record of that number."""
    return _find_where(session, resource, resource.model.id == number)


def find_records_by_code(session: Session, resource: Resource, text: str) -> list[Found]:
    """Find the records of a number of their own (KH-000286), where it is one that whoever finds them sees."""
    columns = inspect_columns(resource.model)
    shown = [one.name for one in resource.fields if one.name in NUMBERS and one.field_class == "brief"]
    own = [getattr(resource.model, name) for name in shown if name in columns]
    typed = {text.strip(), text.strip().upper()}
    return _find_where(session, resource, or_(*(one.in_(typed) for one in own))) if own else []


def _find_where(session: Session, resource: Resource, rule: Any) -> list[Found]:
    title, joins = attribute(resource.model, resource.title_path)
    statement = select(resource.model.id, title).where(rule).limit(5)
    for relation in joins:
        statement = statement.join(relation)
    return [Found(row[0], str(row[1] or "")) for row in session.execute(statement)]


def name_customers(session: Session, resource: Resource, found: list[Found]) -> list[Found]:
    """Tell whose each record is, as far as the person finds the customer: so two of one name are told apart."""
    if not found or resource.customer in (None, "id"):
        return found
    rows = (
        select(resource.model.id, Company.name)
        .join(Company, Company.id == getattr(resource.model, str(resource.customer)))
        .where(resource.model.id.in_([one.id for one in found]))
    )
    names = {row.id: row.name for row in session.execute(rows)}
    return [one if one.sub else replace(one, sub=names.get(one.id, "")) for one in found]


def find_colleagues(session: Session, text: str, limit: int) -> list[Found]:
    """Find colleagues by name, account or pinyin initials."""
    wanted = text.strip().lower()
    statement = select(User.id, User.name, User.username, User.position).where(User.active).order_by(User.id)
    if wanted and not wanted.isascii():
        statement = statement.where(User.name.contains(wanted, autoescape=True))
    rows = session.execute(statement.limit(2000)).all()
    found = [
        Found(row.id, row.name, row.position or row.username)
        for row in rows
        if not wanted or wanted in row.name.lower() or wanted in row.username.lower() or wanted in initials(row.name)
    ]
    return found[:limit]


@functools.lru_cache(maxsize=4096)
def initials(text: str) -> str:
    """Give the pinyin initials and the full pinyin of a short text: `khk kehuku`."""
    reading = read(normal(text))
    return " ".join([*reading.initials, *reading.pinyin])


def fits(text: str, title: str) -> bool:
    """Tell whether a title matches what was typed: as written, or by pinyin."""
    wanted = text.strip().lower()
    return not wanted or wanted in title.lower() or wanted in initials(title)


def fits_in_order(text: str, title: str) -> bool:
    """Tell whether a title matches although letters between are left out: `新任务` for `新建任务`, `xrw` for `xjrw`."""
    wanted = text.strip().lower()
    if fits(text, title):
        return True
    words = [title.lower(), *initials(title).split()]
    return len(wanted) > 1 and any(_goes_through(wanted, word) for word in words)


def _goes_through(wanted: str, word: str) -> bool:
    """Tell whether the letters stand in a word in their order, the first one first."""
    rest = iter(word)
    return word[:1] == wanted[:1] and all(letter in rest for letter in wanted)
