"""Walks from a record to the next or the previous one of the list from which it was opened, in that list's order."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.auth.access import Access, current_access
from core.db import session
from core.errors import NotFound
from core.i18n import _
from core.listing.binding import Binding
from core.listing.keyset import beyond, order_by
from core.listing.lists import field_names, look, views_of
from core.listing.page import Place
from core.listing.queries import allowed_ids, effective_sort
from core.listing.state import ListState, read_query
from core.listing.table import CAME_FROM, record_link
from core.plugin import Resource
from core.web import go_to, toast


def came_from() -> dict[str, Any]:
    """Give what addresses of the same record carry on: the state of the list from which it was opened."""
    query = request.args.get(CAME_FROM)
    return {} if query is None else {CAME_FROM: query}


def steps(prefix: str, record_id: int) -> dict[str, Any] | None:
    """Give what a record's head shows to walk on; None where the record was not opened from a list.

    `prefix` is the beginning of the list's endpoints, `customers.company_`. The database is asked when somebody walks.
    """
    carried = came_from()
    if not carried:
        return None
    return {
        "list": Place(prefix).url("list", carried[CAME_FROM]),
        "prev": url_for(prefix + "step", id=record_id, way="previous", **carried),
        "next": url_for(prefix + "step", id=record_id, way="next", **carried),
    }


def step_page(resource: Resource, record_id: int, way: str) -> Response:
    """Lead to the record beside this one; at the end of the list, or where its state is not understood, back to it."""
    access, query = current_access(), request.args.get(CAME_FROM, "")
    if not allowed_ids(session(), resource, [record_id], access, resource.code("query")):
        raise NotFound(_("It was deleted, or you may not see it."))
    seen = look(
        session(), resource, access, read_query(query, field_names(resource)), views_of(session(), resource, access)
    )
    backward = way == "previous"
    found = None if seen.state.problems else neighbour(session(), resource, access, seen.state, record_id, backward)
    if found is None:
        toast(_("This is the first record of the list") if backward else _("This is the last record of the list"))
    return go_to(record_link(str(resource.detail), query)(record_id if found is None else found))


def neighbour(
    session: Session, resource: Resource, access: Access, state: ListState, record_id: int, backward: bool
) -> int | None:
    """Find the record that follows (or, backward, precedes) one in a state of the list, None at its end.

    The record itself may have dropped out of the list meanwhile; its place in the order is known all the same.
    """
    binding = Binding(resource, access, session)
    keys = binding.keys(effective_sort(resource, state))
    columns = [key.column for key in keys]
    own = binding.joined(select(*columns).select_from(resource.model)).where(resource.model.id == record_id)
    values = session.execute(own).one()
    beside = binding.narrowed(select(resource.model.id, *columns), state, whole=False)
    beside = beside.where(beyond(keys, tuple(values), backward=backward))
    found: int | None = session.scalar(beside.order_by(*order_by(keys, backward=backward)).limit(1))
    return found
