"""The workbench of contacts that are probably one person: pairs, side by side, merging them."""

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
from core.customers.duplicates.reasons import in_words
from core.customers.lists import CONTACTS
from core.customers.models import Company, Contact, ContactDistinct
from core.customers.permissions import Perm
from core.customers.queries import contact_pairs as pairs
from core.customers.queries import merging as queries
from core.customers.services import Wish, find_company, find_contact, merge_contacts, say_two_people
from core.customers.services.joining import fields_of_contact
from core.customers.services.wish import MOST, UNDO_DAYS
from core.customers.views.base import blueprint, by, note_look
from core.customers.views.merging import last_run, place_of
from core.customers.views.sides import lines_of, moving_words, sees
from core.db import session, system_session, system_transaction, transaction
from core.errors import Conflict, NotFound, Refused
from core.i18n import _, gettext
from core.web import go_to, render, toast


@blueprint.get("/contacts/duplicates")
@require(Perm.CONTACT_EDIT)
def contact_duplicates() -> Response:
    """List the pairs of contacts that are probably one person, the likeliest first."""
    least = min(1.0, max(0.0, request.args.get("least", 0, type=int) / 100))
    q = request.args.get("q", "").strip()[:100]
    company = request.args.get("company", type=int)
    before = place_of(request.args.get("after", ""))
    found = pairs.found_contacts(session(), before=before, least=least, company_id=company, q=q)
    more = len(found) > queries.PAGE
    found = found[: queries.PAGE]
    told = _told([side.id for pair in found for side in (pair.one, pair.other)])
    owners = names_of(session(), [side.owner_id for pair in found for side in (pair.one, pair.other)])
    given: dict[str, Any] = {"least": request.args.get("least") or None, "q": q or None, "company": company}
    last = found[-1] if found else None
    return render(
        "customers/contact_pairs.html",
        pairs=[(pair, in_words(_reasons(pair, told)), owners) for pair in found],
        told=told,
        total=pairs.count_contact_pairs(session()),
        run=last_run(),
        q=q,
        least=request.args.get("least", ""),
        company=company,
        following=url_for("customers.contact_duplicates", **given, after=f"{last.score}:{last.id}")
        if more and last
        else None,
        first=url_for("customers.contact_duplicates", **given) if before else None,
    )


def _told(contacts: Sequence[int]) -> set[int]:
    """Give the contacts of whom the person sees inner fields, and so may know that they share a number."""
    inner = Visibility(current_access(), CONTACTS).condition("inner")
    return set(session().scalars(select(Contact.id).where(Contact.id.in_(contacts), inner)))


def _reasons(pair: pairs.FoundContacts, told: set[int]) -> list[str]:
    both = {pair.one.id, pair.other.id} <= told
    return [code for code in pair.reasons if both or code not in pairs.REACH]


@blueprint.post("/contacts/duplicates/distinct")
@require(Perm.CONTACT_EDIT)
def contact_distinct() -> Response:
    """Remember that two contacts are two people."""
    one, other = (find_contact(session(), request.form.get(name, 0, type=int)) for name in ("one", "other"))
    current_access().demand(Perm.CONTACT_EDIT, one)
    with transaction() as writing:
        say_two_people(writing, one.id, other.id, by=by())
    toast(_("%(one)s and %(other)s are not suggested again", one=one.name, other=other.name))
    return go_to(url_for("customers.contact_duplicates"))


@blueprint.post("/contacts/distinct/<int:id>/forget")
@require(Perm.CONTACT_EDIT)
def contact_distinct_forget(id: int) -> Response:
    """Let two contacts be suggested again."""
    one = session().get(ContactDistinct, id) if id < 2**53 else None
    if one is None:
        raise NotFound(_("There is no such pair."))
    for number in (one.contact_id, one.other_id):
        current_access().demand(Perm.CONTACT_EDIT, find_contact(session(), number))
    with transaction() as writing:
        writing.delete(writing.get_one(ContactDistinct, id))
    toast(_("The pair may be suggested again after the next search"))
    return go_to(url_for("customers.merge_list"))


@blueprint.route("/contacts/merge", methods=["GET", "POST"])
@require(Perm.CONTACT_EDIT)
def contact_merge() -> Response:
    """Show two or more contacts side by side and merge them into one."""
    ids = list(dict.fromkeys(request.values.getlist("id", type=int)))
    if not 2 <= len(ids) <= MOST:
        raise Refused(_("Choose two to %(n)s contacts to merge.", n=MOST))
    contacts = [find_contact(session(), one) for one in ids]
    if any(one.merged_into_id is not None or not one.is_alive for one in contacts):
        raise NotFound(_("One of the contacts is in the bin or merged already."))
    target = request.values.get("target", type=int)
    survivor = next((one for one in contacts if one.id == target), None) or _likeliest(contacts)
    contacts.sort(key=lambda one: one is not survivor)
    refused = None
    if request.method == "POST" and request.form.get("action") == "merge":
        for one in contacts:
            current_access().demand(Perm.CONTACT_EDIT if one is survivor else Perm.CONTACT_DELETE, one)
        try:
            return go_to(_merge(contacts))
        except (Refused, Conflict) as error:
            refused = error.message
            session().expire_all()
    return _page(contacts, refused)


def _likeliest(contacts: Sequence[Contact]) -> Contact:
    """Propose the survivor: one who is still there, was reviewed, has been here longest."""
    return min(contacts, key=lambda one: (one.invalid, not one.is_reviewed, one.id))


def _merge(contacts: Sequence[Contact]) -> str:
    survivor, *others = contacts
    form, who = request.form, by()
    values = {
        names[0]: chosen
        for names in fields_of_contact()
        if (chosen := form.get(f"take-{names[0]}", type=int)) is not None
    }
    wish = Wish(
        target=survivor.id,
        sources=[one.id for one in others],
        values={name: key for name, key in values.items() if sees(CONTACTS, name, contacts)},
        versions={one.id: form.get(f"version-{one.id}", type=int) or 0 for one in contacts},
        note=form.get("note", "").strip(),
    )
    with system_transaction("merge") as writing:
        merge = merge_contacts(writing, wish, by=who)
    toast(
        gettext("Merged into %(name)s", name=survivor.name),
        href=url_for("customers.merge_list", _anchor=f"merge-{merge.id}"),
        link=_("Take back"),
    )
    return url_for("customers.contact_detail", id=survivor.id)


def _page(contacts: Sequence[Contact], refused: Any) -> Response:
    survivor, *others = contacts
    access = current_access()
    may = access.may(Perm.CONTACT_EDIT, survivor) and all(access.may(Perm.CONTACT_DELETE, one) for one in others)
    moving: Sequence[queries.Moving] = ()
    if may:
        with system_session("merge preview") as reading:
            moving = queries.rows_concerned(reading, [one.id for one in others], "core_contact", "contact")
    for one in contacts:
        if "private" in Visibility(access, CONTACTS).of_record(one):
            note_look("core_contact", one.id, one.company_id)
    homes: dict[int, Company] = {one.id: find_company(session(), one.company_id) for one in contacts}
    owners = names_of(session(), [home.owner_id for home in homes.values()])
    apart = len({one.company_id for one in contacts}) > 1
    return render(
        "customers/merge.html",
        status=422 if refused else 200,
        refused=refused,
        records=[
            {
                "id": one.id,
                "name": one.name,
                "code": homes[one.id].name,
                "version": one.version,
                "owner": owners.get(homes[one.id].owner_id or 0) or gettext("public pool"),
                "reviewed": one.is_reviewed,
                "href": url_for("customers.contact_detail", id=one.id),
            }
            for one in contacts
        ],
        lines=lines_of(CONTACTS, contacts, fields_of_contact()),
        people=[],
        moving=moving_words(moving),
        may=may,
        days=UNDO_DAYS,
        person=True,
        home=homes[survivor.id].name if apart else "",
        strict=any(one.do_not_contact for one in contacts),
    )
