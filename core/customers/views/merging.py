"""The duplicates workbench: pairs that are probably one customer, comparing and merging, taking a merge back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.output import Visibility
from core.auth.queries.names import names_of
from core.bus import start_job
from core.bus.models import JobRun
from core.columns import utcnow
from core.customers.duplicates.reasons import REASONS, in_words
from core.customers.lists import COMPANIES
from core.customers.models import Company, Distinct, Merge
from core.customers.permissions import Perm
from core.customers.queries import merging as queries
from core.customers.queries.contact_pairs import contact_distincts
from core.customers.queries.likely import INNER
from core.customers.services import Wish, find_company, find_contact, merge_companies, say_distinct, undo_merge
from core.customers.services.merging import chosen_fields
from core.customers.services.wish import MOST, UNDO_DAYS
from core.customers.views.base import blueprint, by
from core.customers.views.sides import lines_of, moving_words, sees
from core.db import session, system_session, system_transaction, transaction
from core.errors import Conflict, NotFound, Refused
from core.i18n import _, gettext, ngettext
from core.web import go_to, render, toast, zhike

FIND = "core.find_duplicates"


# --- pairs


@blueprint.get("/companies/duplicates")
@require(Perm.COMPANY_EDIT)
def duplicate_list() -> Response:
    """List the pairs that are probably one customer, the likeliest first."""
    least = min(1.0, max(0.0, request.args.get("least", 0, type=int) / 100))
    reason, q = request.args.get("reason", ""), request.args.get("q", "").strip()[:100]
    before = place_of(request.args.get("after", ""))
    found = queries.found_pairs(session(), before=before, least=least, reason=reason, q=q)
    more = len(found) > queries.PAGE
    found = found[: queries.PAGE]
    told = _told([side.id for pair in found for side in (pair.one, pair.other)])
    owners = names_of(session(), [side.owner_id for pair in found for side in (pair.one, pair.other)])
    given: dict[str, Any] = {"least": request.args.get("least") or None, "reason": reason or None, "q": q or None}
    last = found[-1] if found else None
    return render(
        "customers/duplicate_pairs.html",
        pairs=[(pair, in_words(_reasons(pair, told)), owners) for pair in found],
        told=told,
        total=queries.count_pairs(session()),
        run=last_run(),
        q=q,
        least=request.args.get("least", ""),
        reason=reason,
        reasons=[(code, str(text)) for code, text in REASONS.items()],
        following=url_for("customers.duplicate_list", **given, after=f"{last.score}:{last.id}")
        if more and last
        else None,
        first=url_for("customers.duplicate_list", **given) if before else None,
    )


def _told(companies: Sequence[int]) -> set[int]:
    """Give the customers of whom the person sees inner fields."""
    inner = Visibility(current_access(), COMPANIES).condition("inner")
    return set(session().scalars(select(Company.id).where(Company.id.in_(companies), inner)))


def _reasons(pair: queries.FoundPair, told: set[int]) -> list[str]:
    """Give why two are a pair, without what tells of a field that the person does not see."""
    both = {pair.one.id, pair.other.id} <= told
    return [code for code in pair.reasons if both or code not in INNER]


def place_of(text: str) -> tuple[float, int] | None:
    """Read after which pair a page begins: its score and id."""
    score, _mark, key = text.partition(":")
    try:
        return (float(score), int(key)) if key else None
    except ValueError:
        return None


def last_run() -> JobRun | None:
    """Give the last search for duplicates."""
    with system_session("duplicates") as reading:
        return reading.scalars(select(JobRun).where(JobRun.job == FIND).order_by(JobRun.id.desc()).limit(1)).first()


@blueprint.post("/companies/duplicates/find")
@require(Perm.COMPANY_EDIT)
def duplicate_find() -> Response:
    """Compare all customers anew, in the background."""
    run = last_run()
    if run is not None and run.state == "waiting":
        raise Refused(_("A search for duplicates is under way already."))
    with transaction() as writing:
        start_job(writing, FIND)
    toast(_("The search for duplicates has begun. The list shows them when it is through."))
    of_contacts = request.form.get("of") == "contacts"
    return go_to(url_for("customers.contact_duplicates" if of_contacts else "customers.duplicate_list"))


@blueprint.post("/companies/duplicates/distinct")
@require(Perm.COMPANY_EDIT)
def duplicate_distinct() -> Response:
    """Remember that two customers are not one."""
    one, other = (find_company(session(), request.form.get(n, 0, type=int)) for n in ("one", "other"))
    current_access().demand(Perm.COMPANY_EDIT, one)
    with transaction() as writing:
        say_distinct(writing, one.id, other.id, by=by(), reason=request.form.get("reason", "").strip())
    toast(_("%(one)s and %(other)s are not suggested again", one=one.name, other=other.name))
    return go_to(url_for("customers.duplicate_list"))


# --- merging


@blueprint.route("/companies/merge", methods=["GET", "POST"])
@require(Perm.COMPANY_EDIT)
def company_merge() -> Response:
    """Show two or more customers side by side and merge them into one."""
    ids = list(dict.fromkeys(request.values.getlist("id", type=int)))
    if not 2 <= len(ids) <= MOST:
        raise Refused(_("Choose two to %(n)s customers to merge.", n=MOST))
    companies = [find_company(session(), one) for one in ids]
    if any(one.merged_into_id is not None or not one.is_alive for one in companies):
        raise NotFound(_("One of the customers is in the bin or merged already."))
    target = request.values.get("target", type=int)
    survivor = next((one for one in companies if one.id == target), None) or _likeliest(companies)
    companies.sort(key=lambda one: one is not survivor)
    refused = None
    if request.method == "POST" and request.form.get("action") == "merge":
        for one in companies:
            current_access().demand(Perm.COMPANY_EDIT if one is survivor else Perm.COMPANY_DELETE, one)
        try:
            return go_to(_merge(companies))
        except (Refused, Conflict) as error:
            refused = error.message
            session().expire_all()
    return _page(companies, refused)


def _likeliest(companies: Sequence[Company]) -> Company:
    """Propose the survivor: the one that was reviewed, that has an owner, that has been here longest."""
    return min(companies, key=lambda one: (not one.is_reviewed, one.owner_id is None, one.id))


def _merge(companies: Sequence[Company]) -> str:
    survivor, *others = companies
    form, who = request.form, by()
    values = {
        names[0]: chosen for names in chosen_fields() if (chosen := form.get(f"take-{names[0]}", type=int)) is not None
    }
    people = dict(
        pair for text in form.getlist("person") if (pair := _pair(text)) is not None
    )  # each says `old:new`, contacts of one name that are one person
    wish = Wish(
        target=survivor.id,
        sources=[one.id for one in others],
        values={name: key for name, key in values.items() if sees(COMPANIES, name, companies)},
        people=people,
        versions={one.id: form.get(f"version-{one.id}", type=int) or 0 for one in companies},
        note=form.get("note", "").strip(),
    )
    with system_transaction("merge") as writing:
        hooks = zhike().registry.takers("before_customer_merge", writing)
        merge = merge_companies(writing, wish, by=who, hooks=hooks)
    toast(
        gettext("Merged into %(name)s", name=survivor.name),
        href=url_for("customers.merge_list", _anchor=f"merge-{merge.id}"),
        link=_("Take back"),
    )
    return url_for("customers.company_detail", id=survivor.id)


def _pair(text: str) -> tuple[int, int] | None:
    old, _mark, new = text.partition(":")
    return (int(old), int(new)) if old.isdecimal() and new.isdecimal() else None


def _page(companies: Sequence[Company], refused: Any) -> Response:
    survivor, *others = companies
    ids = [one.id for one in others]
    access = current_access()
    owners = names_of(session(), [one.owner_id for one in companies])
    may = access.may(Perm.COMPANY_EDIT, survivor) and all(access.may(Perm.COMPANY_DELETE, one) for one in others)
    moving: Sequence[queries.Moving] = ()
    if may:  # how much hangs on a customer, of whatever module, is told to nobody else
        with system_session("merge preview") as reading:
            moving = queries.rows_concerned(reading, ids)
    return render(
        "customers/merge.html",
        status=422 if refused else 200,
        refused=refused,
        records=[
            {
                "id": one.id,
                "name": one.name,
                "code": one.code,
                "version": one.version,
                "owner": owners.get(one.owner_id or 0) or gettext("public pool"),
                "reviewed": one.is_reviewed,
                "href": url_for("customers.company_detail", id=one.id),
            }
            for one in companies
        ],
        lines=lines_of(COMPANIES, companies, chosen_fields()),
        people=queries.same_people(session(), survivor.id, ids),
        moving=moving_words(moving),
        may=may,
        days=UNDO_DAYS,
        person=False,
        home="",
        strict=False,
    )


# --- what was merged


@blueprint.get("/companies/merges")
@require(Perm.COMPANY_EDIT)
def merge_list() -> Response:
    """List what was merged, and the pairs that are known not to be one."""
    found = queries.merges(session())
    apart = queries.distincts(session())
    people = contact_distincts(session())
    users = names_of(
        session(),
        [
            *(m.merged_by_id for m, _n in found),
            *(m.undone_by_id for m, _n in found),
            *(d.said_by_id for d, _1, _2 in apart),
            *(d.said_by_id for d, _1, _2 in people),
        ],
    )
    now = utcnow()
    return render(
        "customers/merges.html",
        merges=[
            {
                "id": one.id,
                "href": url_for("customers.contact_detail", id=one.contact_id)
                if one.contact_id is not None
                else url_for("customers.company_detail", id=one.company_id),
                "target": name,
                "person": one.contact_id is not None,
                "names": one.names,
                "by": users.get(one.merged_by_id or 0) or gettext("System"),
                "at": one.merged_at,
                "undone_at": one.undone_at,
                "undone_by": users.get(one.undone_by_id or 0) or "",
                "rows": sum(sum(counts.values()) for counts in one.counts.values()),
                "open": one.undone_at is None and not one.forgotten and (now - one.merged_at).days < UNDO_DAYS,
            }
            for one, name in found
        ],
        apart=[
            {
                "id": one.id,
                "at": one.said_at,
                "by": users.get(one.said_by_id or 0) or "",
                "names": f"{name} · {other}",
                "reason": one.reason,
                "forget": url_for("customers.distinct_forget", id=one.id),
            }
            for one, name, other in apart
        ]
        + [
            {
                "id": two.id,
                "at": two.said_at,
                "by": users.get(two.said_by_id or 0) or "",
                "names": f"{name} · {other}",
                "reason": "",
                "forget": url_for("customers.contact_distinct_forget", id=two.id),
            }
            for two, name, other in people
        ],
        days=UNDO_DAYS,
    )


@blueprint.post("/companies/merges/<int:id>/undo")
@require(Perm.COMPANY_EDIT)
def merge_undo(id: int) -> Response:
    """Take a merge back."""
    merge = session().get(Merge, id)
    if merge is None:
        raise NotFound(_("There is no such merge."))
    if merge.contact_id is None:
        current_access().demand(Perm.COMPANY_EDIT, find_company(session(), merge.company_id))
    else:
        current_access().demand(Perm.CONTACT_EDIT, find_contact(session(), merge.contact_id))
    who = by()
    with system_transaction("merge") as writing:
        left = undo_merge(writing, writing.get_one(Merge, id), by=who)
    if left:
        text = ngettext(
            "Taken back, but for %(num)d row that somebody has changed since",
            "Taken back, but for %(num)d rows that somebody has changed since",
            len(left),
        )
        toast(text)
    else:
        toast(_("The merge was taken back. All is as it was."))
    return go_to(url_for("customers.merge_list"))


@blueprint.post("/companies/distinct/<int:id>/forget")
@require(Perm.COMPANY_EDIT)
def distinct_forget(id: int) -> Response:
    """Let two customers be suggested again."""
    one = session().get(Distinct, id)
    if one is None:
        raise NotFound(_("There is no such pair."))
    current_access().demand(Perm.COMPANY_EDIT, find_company(session(), one.company_id))
    with transaction() as writing:
        writing.delete(writing.get_one(Distinct, id))
    toast(_("The pair may be suggested again after the next search"))
    return go_to(url_for("customers.merge_list"))
