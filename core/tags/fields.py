"""What a Resource asks for whose records bear tags and make up segments: fields of its list, and batch actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.customers.text import name_key
from core.errors import Refused
from core.i18n import _, ngettext
from core.plugin import BatchAction, CellEdit, Field, Resource
from core.tags.queries.segments import find_segment, in_segment, know, resource_of, segment_choices
from core.tags.queries.tags import Known, all_tags, tag_choices, tag_ids_of, tagged, tags_of
from core.tags.services import add_tags, names_in, remove_tags
from core.tags.services.segments import add_members, make_segment


def tag_fields(resource: Callable[[], Resource], noun: str, *, order: int = 80) -> tuple[Field, ...]:
    """Give the fields `tags` and `segment` for a Resource; `noun` is the word of `entity_of`.

    `resource()` gives the Resource itself, which does not exist yet while its fields are listed.
    """
    know(noun, resource)
    return (
        Field(
            name="tags", title=_("Tags"), kind="tags", field_class="brief", choices=tag_choices,
            load=tag_ids_of(noun), where=tagged(noun, lambda: resource().model.id), render="tags/cells.html#tags",
            order=order,
        ),
        Field(
            name="segment", title=_("Segment"), kind="choice", field_class="brief", listed=False, exportable=False,
            choices=segment_choices(noun), where=in_segment(noun, lambda: resource().model.id), operators=("eq", "ne"),
            load=no_value, order=order + 1,
        ),
    )  # fmt: skip


def no_value(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    """A segment is a condition only: no record has it as a value."""
    return {}


def tag_cell(noun: str) -> CellEdit:
    """Give the cell in which the tags of a row are typed, parted by commas; what is no longer there is taken off."""

    def now(session: Session, record: Any) -> Sequence[Known]:
        return tags_of(session, noun, [record.id]).get(record.id, [])

    def write(session: Session, record: Any, value: str, *, by: int | None) -> None:
        names = names_in(value)
        wanted = {name_key(name) for name in names}
        gone = [one.id for one in now(session, record) if name_key(one.name) not in wanted]
        have = {name_key(one.name) for one in now(session, record)}
        new = [name for name in names if name_key(name) not in have]
        if gone:
            remove_tags(session, noun, [record.id], gone)
        if new:
            add_tags(session, current_access(), noun, [record.id], new)

    return CellEdit(
        field="tags",
        write=write,
        read=lambda session, record: "，".join(one.name for one in now(session, record)),
        offers=lambda session: [one.name for one in all_tags(session).values() if not one.retired],
    )


def tag_actions(noun: str, *, edit: str, find: str) -> tuple[BatchAction, ...]:
    """Give the batch actions that put tags on selected rows, take them off, and put the rows into a frozen segment.

    `edit` is the right to change a row, `find` the right to find one.
    """

    def add(session: Session, ids: Sequence[int], form: Mapping[str, Any]) -> str:
        count = add_tags(
            session, current_access(), noun, ids, names_in(form.get("tags") or ""), private=bool(form.get("private"))
        )
        return str(ngettext("%(num)d tag put on", "%(num)d tags put on", count))

    def remove(session: Session, ids: Sequence[int], form: Mapping[str, Any]) -> str:
        chosen = [int(one) for one in form.get("tag_ids") or ()]
        if not chosen:
            raise Refused(_("Choose a tag"), fields={"tag_ids": _("Choose a tag")})
        count = remove_tags(session, noun, ids, chosen)
        return str(ngettext("%(num)d tag taken off", "%(num)d tags taken off", count))

    def gather(session: Session, ids: Sequence[int], form: Mapping[str, Any]) -> str:
        access = current_access()
        name = (form.get("name") or "").strip()
        if form.get("segment_id"):
            segment = find_segment(session, int(form["segment_id"]))
            count = add_members(session, access, segment, ids)
        else:
            segment = make_segment(session, access, resource_of(noun), name=name, query="", ids=ids)
            count = len(ids)
        return str(
            ngettext("%(num)d record put into %(name)s", "%(num)d records put into %(name)s", count, name=segment.name)
        )

    return (
        BatchAction(name="tag", title=_("Add tags"), permission=edit, run=add, form=_add_form, icon="tag", order=50),
        BatchAction(
            name="untag", title=_("Take tags off"), permission=edit, run=remove, form=_remove_form, icon="minus",
            order=55,
        ),
        BatchAction(
            name="segment", title=_("Put into a segment"), permission=find, run=gather,
            form=lambda: _gather_form(noun), icon="users", order=60,
        ),
    )  # fmt: skip


def _add_form() -> Any:
    from core.tags.forms import AddForm

    return AddForm()


def _remove_form() -> Any:
    from core.tags.forms import RemoveForm

    return RemoveForm()


def _gather_form(noun: str) -> Any:
    from core.tags.forms import frozen_form

    return frozen_form(noun)()
