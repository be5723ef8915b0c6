"""Rules of the fields that administrators add: making, changing, ordering, retiring, deleting, and their indexes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, literal_column, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from core.auth.audit import record
from core.auth.models import CustomField, DictionaryEntry
from core.bus import start_job
from core.columns import utcnow
from core.custom import KINDS, ORDERED, PREFIX, column_of, dictionary_of
from core.customers.pinyin import full_pinyin
from core.db import permitted
from core.engines import WRITE
from core.errors import Conflict, NotFound, Refused
from core.i18n import _, gettext
from core.plugin import Field, Job, Resource
from core.state import bump

INDEX_JOB = "core.field_index"
CLEAR_JOB = "core.field_clear"
CHUNK = 5_000
MOST = 100
"""So many fields may be added to one resource: more are a table of their own."""
ONCE_KINDS = ("text", "number", "money", "date")
WORDS = ("title", "title_en", "hint", "hint_en", "section", "section_en")
FLAGS = ("required", "default_column", "only_once", "checked", "sortable")


def fields_in(session: Session, key: str) -> Sequence[CustomField]:
    """List the fields of a resource that were not deleted, in order."""
    rows = select(CustomField).where(CustomField.resource == key, CustomField.deleted_at.is_(None))
    return session.scalars(rows.order_by(CustomField.position, CustomField.id)).all()


def find_field(session: Session, field_id: int) -> CustomField:
    """Give a field that was not deleted. Raises NotFound."""
    found = session.get(CustomField, field_id) if 0 < field_id < 2**53 else None
    if found is None or found.deleted_at is not None:
        raise NotFound(_("There is no such field."))
    return found


def create_field(
    session: Session, resource: Resource, values: Mapping[str, Any], choices: Sequence[str] = ()
) -> CustomField:
    """Add a field; `choices` are the first entries of the list that a choice has. Raises Refused."""
    if not resource.extensible:
        raise Refused(_("No fields can be added to %(name)s.", name=str(resource.title_plural)))
    others = fields_in(session, resource.key)
    if len(others) >= MOST:
        raise Refused(_("At most %(n)s fields are added to one kind of record.", n=MOST))
    kind = values["kind"]
    if kind not in KINDS:
        raise Refused(_("Choose one of the list"), fields={"kind": _("Choose one of the list")})
    if kind in ("choice", "choices") and not choices:
        raise Refused(_("Enter the choices, one a line"), fields={"choices": _("Enter the choices, one a line")})
    made = CustomField(
        resource=resource.key,
        name=_name(session, resource, values),
        kind=kind,
        position=max((one.position for one in others), default=0) + 1,
    )
    _fill(session, resource, made, values)
    session.add(made)
    session.flush()
    for number, title in enumerate(dict.fromkeys(choices), 1):
        entry = DictionaryEntry(
            dictionary=dictionary_of(made.id), code=f"c{number}", title=title[:120], position=number
        )
        session.add(entry)
    session.flush()
    _settle(session, made)
    return made


def change_field(
    session: Session, resource: Resource, field: CustomField, values: Mapping[str, Any], *, version: int | None
) -> None:
    """Change all of a field but its kind and its name. Raises Conflict and Refused."""
    if version is not None and field.version != version:
        raise Conflict(_("Somebody changed this field meanwhile. Nothing was overwritten."))
    _fill(session, resource, field, values)
    session.flush()
    _settle(session, field)


def _name(session: Session, resource: Resource, values: Mapping[str, Any]) -> str:
    """Make the name by which addresses, files and programs know the field, from its title; never one that was."""
    words = values.get("title_en") or full_pinyin(values["title"], " ")
    slug = re.sub(r"[^a-z0-9]+", "_", str(words).lower()).strip("_")[:30] or values["kind"]
    used = set(session.scalars(select(CustomField.name).where(CustomField.resource == resource.key)))
    name, number = f"{PREFIX}{slug}", 1
    while name in used:
        number += 1
        name = f"{PREFIX}{slug}_{number}"
    return name


def _fill(session: Session, resource: Resource, field: CustomField, values: Mapping[str, Any]) -> None:
    title = values["title"]
    declared = {str(one.title) for one in resource.fields}
    others = {one.title for one in fields_in(session, resource.key) if one.id != field.id}
    if title in declared | others:
        said = _("There is a field with this title already")
        raise Refused(said, fields={"title": said})
    if values.get("only_once") and field.kind not in ONCE_KINDS:
        said = _("Only texts, numbers, amounts and dates can be required to occur once only")
        raise Refused(said, fields={"only_once": said})
    if values.get("sortable") and field.kind not in ORDERED:
        said = _("A list can be sorted by texts, numbers, amounts and dates only")
        raise Refused(said, fields={"sortable": said})
    if values.get("only_once") and field.id is not None and not field.only_once:
        _refuse_twice(session, resource, field)
    for name in WORDS:
        setattr(field, name, values.get(name) or None)
    for name in FLAGS:
        setattr(field, name, bool(values.get(name)))
    field.field_class = values.get("field_class") or "inner"


def _refuse_twice(session: Session, resource: Resource, field: CustomField) -> None:
    table: Any = resource.model.__table__
    column = column_of(table.c, described(field))
    again = select(column).where(column.is_not(None)).group_by(column).having(func.count() > 1).limit(1)
    with permitted():
        if session.connection().execute(again).first() is not None:
            said = _("There are records with the same value already")
            raise Refused(said, fields={"only_once": said})


def described(row: CustomField) -> Field:
    """Describe a field as far as statements need it."""
    return Field(name=row.name, title=row.title, kind=row.kind, custom=True)  # type: ignore[arg-type]  # one of KINDS


def _settle(session: Session, field: CustomField) -> None:
    """Tell all processes, and have the index made or dropped where that changed."""
    if (field.sortable or field.only_once) != field.indexed:
        start_job(session, INDEX_JOB, {"field_id": field.id})
    bump(session, "dictionaries")


def move_field(session: Session, field: CustomField, *, up: bool) -> None:
    """Move a field one place up or down."""
    order = list(fields_in(session, field.resource))
    place = order.index(field)
    other = place - 1 if up else place + 1
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
    for number, one in enumerate(order, 1):
        one.position = number
    session.flush()
    bump(session, "dictionaries")


def retire_field(session: Session, field: CustomField, *, retired: bool) -> None:
    """Take a field off the forms, or put it back; its values stay and are found."""
    field.retired = retired
    session.flush()
    bump(session, "dictionaries")


def count_values(session: Session, resource: Resource, field: CustomField) -> int:
    """Count the records that hold a value of a field."""
    table: Any = resource.model.__table__
    column = column_of(table.c, described(field))
    with permitted():
        statement = select(func.count()).select_from(table).where(column.is_not(None))
        return session.connection().scalar(statement) or 0


def delete_field(session: Session, field: CustomField, typed: str, count: int) -> None:
    """Delete a field for good; a job removes its values. Raises Refused where its title was not typed."""
    if typed.strip() != field.title:
        said = _("Type the title of the field as it stands above")
        raise Refused(said, fields={"typed": said})
    field.deleted_at = utcnow()
    session.flush()
    record(
        session,
        "delete",
        entity="core_custom_field",
        entity_id=field.id,
        changes={"title": [field.title, None], "records": [count, 0]},
    )
    start_job(session, CLEAR_JOB, {"field_id": field.id})
    bump(session, "dictionaries")


# --- jobs ------------------------------------------------------------------------------------------------------------


def index_names(field: CustomField) -> tuple[str, str]:
    """Name the indexes of a field: upwards, and downwards on PostgreSQL, where empty values stand last either way."""
    return f"ix_core_custom_{field.id}", f"ix_core_custom_{field.id}_down"


def _index_statements(connection: Connection, table: Any, field: CustomField) -> list[str]:
    column = column_of(table.c, described(field))
    compiled = column.compile(
        dialect=connection.dialect, compile_kwargs={"literal_binds": True, "include_table": False}
    )
    up, down = index_names(field)
    if connection.dialect.name == "sqlite":
        return [f"CREATE INDEX IF NOT EXISTS {up} ON {table.name} ({compiled}, id)"]
    return [
        f"CREATE INDEX CONCURRENTLY {up} ON {table.name} (({compiled}) ASC NULLS LAST, id ASC)",
        f"CREATE INDEX CONCURRENTLY {down} ON {table.name} (({compiled}) DESC NULLS LAST, id DESC)",
    ]


def run_index(turn: Any, field_id: int) -> str:
    """Make or drop the index of a field, while everybody works on."""
    with turn.reading() as session:
        field = session.get(CustomField, field_id)
        table = _table(turn, field) if field is not None else None
        if field is None or table is None:
            return str(gettext("The field is gone."))
        wanted = (field.sortable or field.only_once) and field.deleted_at is None
        session.expunge(field)
    with turn.bus.database.engine.connect() as connection, permitted():
        quickly = ""
        if turn.bus.database.is_sqlite:
            connection.execution_options(**{WRITE: True})  # who has begun to read may not write after somebody else did
        else:
            connection.commit()
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("SET statement_timeout = 0")
            quickly = "CONCURRENTLY "
        for name in index_names(field):  # one that was interrupted is of no use
            connection.exec_driver_sql(f"DROP INDEX {quickly}IF EXISTS {name}")
        if wanted:
            for statement in _index_statements(connection, table, field):
                connection.exec_driver_sql(statement)
        if quickly:
            connection.exec_driver_sql("RESET statement_timeout")
        else:
            connection.commit()
    with turn.transaction() as session:
        session.execute(update(CustomField).where(CustomField.id == field_id).values(indexed=wanted))
        bump(session, "dictionaries")
    return str(gettext("The index is there.") if wanted else gettext("The index is dropped."))


def run_clear(turn: Any, field_id: int) -> str:
    """Remove the values of a deleted field from the records, some at a time."""
    with turn.reading() as session:
        field = session.get(CustomField, field_id)
        table = _table(turn, field) if field is not None else None
        if field is None or table is None or field.deleted_at is None:
            return str(gettext("The field is gone."))
        column = column_of(table.c, described(field))
        name = field.name
    done = 0
    while True:
        with turn.transaction() as session:
            connection = session.connection()
            ids = list(connection.scalars(select(table.c.id).where(column.is_not(None)).limit(CHUNK)))
            if ids:
                connection.execute(update(table).where(table.c.id.in_(ids)).values(custom=_without(connection, name)))
                done += len(ids)
                turn.note(session, str(gettext("%(n)s records cleared", n=f"{done:,}")))
            else:
                return f"{run_index(turn, field_id)} {gettext('%(n)s records cleared', n=f'{done:,}')}"


def _without(connection: Connection, name: str) -> Any:
    if connection.dialect.name == "sqlite":
        return func.json_remove(literal_column("custom"), f"$.{name}")
    return text("(custom::jsonb - :gone)::json").bindparams(gone=name)


def _table(turn: Any, field: CustomField) -> Any:
    for resource in turn.bus.registry.resources(everywhere=True):
        if resource.key == field.resource:
            return resource.model.__table__
    return None


JOBS = (
    Job(name=INDEX_JOB, title=_("Make the index of an added field"), run=run_index, chunked=True),
    Job(name=CLEAR_JOB, title=_("Remove the values of a deleted field"), run=run_clear, chunked=True),
)
