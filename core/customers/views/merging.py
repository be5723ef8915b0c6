"""The duplicates workbench of customers: pairs, comparing and merging, taking a merge back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.queries.names import names_of
from core.bus import start_job
from core.columns import utcnow
from core.customers.duplicates.reasons import REASONS
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
from core.customers.views.workbench import FIND, Workbench, asked_likeness, asked_place, last_run
from core.db import session, system_transaction, transaction
from core.errors import NotFound, Refused
from core.i18n import _, gettext, ngettext
from core.web import go_to, render, toast, zhike


def _likeliest(company: Company) -> Any:
    """Propose as survivor the one that was reviewed, that has an owner, that has been here longest."""
    return not company.is_reviewed, company.owner_id is None, company.id


BENCH = Workbench(
    resource=COMPANIES,
    noun="company",
    find=find_company,
    fields=chosen_fields,
    likeliest=_likeliest,
    inner=INNER,
    detail="customers.company_detail",
    few=_("Choose two to %(n)s customers to merge.", n=MOST),
    gone=_("One of the customers is in the bin or merged already."),
)


# --- pairs


@blueprint.get("/companies/duplicates")
@require(Perm.COMPANY_EDIT)
def duplicate_list() -> Response:
    """List the pairs that are probably one customer, the likeliest first."""
    reason, q = request.args.get("reason", ""), request.args.get("q", "").strip()[:100]
    found = queries.found_pairs(session(), before=asked_place(), least=asked_likeness(), reason=reason, q=q)
    return BENCH.pairs(
        "customers/duplicate_pairs.html",
        "customers.duplicate_list",
        found,
        {"reason": reason, "q": q},
        queries.count_pairs(session()),
        reasons=[(code, str(text)) for code, text in REASONS.items()],
    )


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
    return BENCH.answer(_merge, _page)


def _merge(wish: Wish) -> Merge:
    who = by()
    with system_transaction("merge") as writing:
        return merge_companies(writing, wish, by=who, hooks=zhike().registry.takers("before_customer_merge", writing))


def _page(companies: Sequence[Company]) -> dict[str, Any]:
    survivor, *others = companies
    owners = names_of(session(), [one.owner_id for one in companies])
    return {
        "records": [BENCH.head(one, one.code, owners.get(one.owner_id or 0)) for one in companies],
        "people": queries.same_people(session(), survivor.id, [one.id for one in others]),
        "person": False,
        "home": "",
        "strict": False,
    }


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
