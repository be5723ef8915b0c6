"""What the workbenches of customers and of contacts share: pairs with their reasons, side by side, merging them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.output import Visibility
from core.auth.queries.names import names_of
from core.bus.models import JobRun
from core.customers.duplicates.reasons import in_words
from core.customers.models import Merge
from core.customers.queries import merging as queries
from core.customers.services import Wish
from core.customers.services.wish import MOST, UNDO_DAYS
from core.customers.views.sides import lines_of, moving_words, sees
from core.db import session, system_session
from core.errors import Conflict, NotFound, Refused
from core.i18n import _, gettext
from core.plugin import Resource
from core.web import go_to, render, toast

FIND = "core.find_duplicates"


def last_run() -> JobRun | None:
    """Give the last search for duplicates."""
    with system_session("duplicates") as reading:
        return reading.scalars(select(JobRun).where(JobRun.job == FIND).order_by(JobRun.id.desc()).limit(1)).first()


def asked_likeness() -> float:
    """Read from which likeness on pairs are wanted."""
    return min(1.0, max(0.0, request.args.get("least", 0, type=int) / 100))


def asked_place() -> tuple[float, int] | None:
    """Read after which pair the page begins: its score and id."""
    score, _mark, key = request.args.get("after", "").partition(":")
    try:
        return (float(score), int(key)) if key else None
    except ValueError:
        return None


@dataclass(frozen=True)
class Workbench:
    """The workbench of one sort of records.

    `fields()` lists what is chosen in a merge, `likeliest(record)` orders by who should survive, `inner` are the
    reasons that tell of inner fields. `few` and `gone` say that the choice is none, and that a record is gone.
    """

    resource: Resource
    noun: str
    find: Callable[..., Any]
    fields: Callable[[], list[tuple[str, ...]]]
    likeliest: Callable[[Any], Any]
    inner: Collection[str]
    detail: str
    few: Any
    gone: Any

    # --- pairs

    def pairs(
        self, template: str, endpoint: str, found: Sequence[Any], given: Mapping[str, Any], total: int, **more: Any
    ) -> Response:
        """Show a page of pairs; `given` are the conditions beside the likeness, `more` is for the template."""
        further, found = len(found) > queries.PAGE, found[: queries.PAGE]
        sides = [side for pair in found for side in (pair.one, pair.other)]
        told, owners = self._told([side.id for side in sides]), names_of(session(), [side.owner_id for side in sides])
        least = request.args.get("least", "")
        kept: dict[str, Any] = {"least": least or None, **{name: value or None for name, value in given.items()}}
        after = f"{found[-1].score}:{found[-1].id}" if found and further else None
        return render(
            template,
            pairs=[(pair, in_words(self._reasons(pair, told)), owners) for pair in found],
            told=told,
            total=total,
            run=last_run(),
            least=least,
            following=url_for(endpoint, **kept, after=after) if after else None,
            first=url_for(endpoint, **kept) if asked_place() else None,
            **given,
            **more,
        )

    def _told(self, ids: Sequence[int]) -> set[int]:
        """Give the records of which the person sees inner fields, and so may know that they share a number."""
        model = self.resource.model
        inner = Visibility(current_access(), self.resource).condition("inner")
        return set(session().scalars(select(model.id).where(model.id.in_(ids), inner)))

    def _reasons(self, pair: Any, told: set[int]) -> list[str]:
        both = {pair.one.id, pair.other.id} <= told
        return [code for code in pair.reasons if both or code not in self.inner]

    # --- merging

    def answer(self, merge: Callable[[Wish], Merge], page: Callable[[Sequence[Any]], dict[str, Any]]) -> Response:
        """Show the asked records side by side, the survivor first, or merge them.

        `merge(wish)` does it; `page(records)` gives what the page shows beside what it shows of both sorts.
        """
        records = self._asked()
        refused = None
        if request.method == "POST" and request.form.get("action") == "merge":
            for place, one in enumerate(records):
                current_access().demand(self.resource.code("delete" if place else "edit"), one)
            try:
                return go_to(self._merged(records, merge))
            except (Refused, Conflict) as error:
                refused = error.message
                session().expire_all()
        return self._page(records, refused, page)

    def _asked(self) -> list[Any]:
        ids = list(dict.fromkeys(request.values.getlist("id", type=int)))
        if not 2 <= len(ids) <= MOST:
            raise Refused(self.few)
        records = [self.find(session(), one) for one in ids]
        if any(one.merged_into_id is not None or not one.is_alive for one in records):
            raise NotFound(self.gone)
        target = request.values.get("target", type=int)
        survivor = next((one for one in records if one.id == target), None) or min(records, key=self.likeliest)
        return sorted(records, key=lambda one: one is not survivor)

    def _merged(self, records: Sequence[Any], merge: Callable[[Wish], Merge]) -> str:
        survivor, *others = records
        form = request.form
        wish = Wish(
            target=survivor.id,
            sources=[one.id for one in others],
            values={name: key for name, key in self._taken().items() if sees(self.resource, name, records)},
            people=dict(pair for text in form.getlist("person") if (pair := _pair(text)) is not None),
            versions={one.id: form.get(f"version-{one.id}", type=int) or 0 for one in records},
            note=form.get("note", "").strip(),
        )
        name, back = survivor.name, url_for(self.detail, id=survivor.id)
        done = merge(wish)
        address = url_for("customers.merge_list", _anchor=f"merge-{done.id}")
        toast(gettext("Merged into %(name)s", name=name), href=address, link=_("Take back"))
        return back

    def _taken(self) -> dict[str, int]:
        """Give the values that were chosen: by field the record whose value it is."""
        chosen = {names[0]: request.form.get(f"take-{names[0]}", type=int) for names in self.fields()}
        return {name: key for name, key in chosen.items() if key is not None}

    def _page(self, records: Sequence[Any], refused: Any, page: Callable[[Sequence[Any]], dict[str, Any]]) -> Response:
        survivor, *others = records
        may = current_access().may
        allowed = may(self.resource.code("edit"), survivor) and all(
            may(self.resource.code("delete"), one) for one in others
        )
        moving: Sequence[queries.Moving] = ()
        if allowed:  # how much hangs on a record, of whatever module, is told to nobody else
            table = self.resource.model.__tablename__
            with system_session("merge preview") as reading:
                moving = queries.rows_concerned(reading, [one.id for one in others], table, self.noun)
        return render(
            "customers/merge.html",
            status=422 if refused else 200,
            refused=refused,
            lines=lines_of(self.resource, records, self.fields()),
            moving=moving_words(moving, self.resource),
            may=allowed,
            days=UNDO_DAYS,
            remark=request.form.get("note", ""),
            taken=self._taken() if refused else {},
            ticked=request.form.getlist("person") if refused else None,
            **page(records),
        )

    def head(self, one: Any, code: str, owner: str | None) -> dict[str, Any]:
        """Give what stands over the column of a record."""
        return {
            "id": one.id,
            "name": one.name,
            "code": code,
            "version": one.version,
            "owner": owner or gettext("public pool"),
            "reviewed": one.is_reviewed,
            "href": url_for(self.detail, id=one.id),
        }


def _pair(text: str) -> tuple[int, int] | None:
    """Read `old:new`, contacts of one name that are one person."""
    old, _mark, new = text.partition(":")
    return (int(old), int(new)) if old.isdecimal() and new.isdecimal() else None
