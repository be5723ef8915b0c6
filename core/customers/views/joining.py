"""The workbench of contacts that are probably one person: pairs, side by side, merging them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.output import Visibility
from core.auth.queries.names import names_of
from core.customers.lists import CONTACTS
from core.customers.models import Contact, ContactDistinct, Merge
from core.customers.permissions import Perm
from core.customers.queries import contact_pairs as pairs
from core.customers.services import Wish, find_company, find_contact, merge_contacts, say_two_people
from core.customers.services.joining import fields_of_contact
from core.customers.services.wish import MOST
from core.customers.views.base import blueprint, by, note_look
from core.customers.views.workbench import Workbench, asked_likeness, asked_place
from core.db import session, system_transaction, transaction
from core.errors import NotFound
from core.i18n import _
from core.web import go_to, toast


def _likeliest(contact: Contact) -> Any:
    """Propose as survivor one who is still there, was reviewed, has been here longest."""
    return contact.invalid, not contact.is_reviewed, contact.id


BENCH = Workbench(
    resource=CONTACTS,
    noun="contact",
    find=find_contact,
    fields=fields_of_contact,
    likeliest=_likeliest,
    inner=pairs.REACH,
    detail="customers.contact_detail",
    few=_("Choose two to %(n)s contacts to merge.", n=MOST),
    gone=_("One of the contacts is in the bin or merged already."),
)


@blueprint.get("/contacts/duplicates")
@require(Perm.CONTACT_EDIT)
def contact_duplicates() -> Response:
    """List the pairs of contacts that are probably one person, the likeliest first."""
    q, company = request.args.get("q", "").strip()[:100], request.args.get("company", type=int)
    found = pairs.found_contacts(session(), before=asked_place(), least=asked_likeness(), company_id=company, q=q)
    total = pairs.count_contact_pairs(session())
    given = {"q": q, "company": company}
    return BENCH.pairs("customers/contact_pairs.html", "customers.contact_duplicates", found, given, total)


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
    return BENCH.answer(_merge, _page)


def _merge(wish: Wish) -> Merge:
    who = by()
    with system_transaction("merge") as writing:
        return merge_contacts(writing, wish, by=who)


def _page(contacts: Sequence[Contact]) -> dict[str, Any]:
    for one in contacts:
        if "private" in Visibility(current_access(), CONTACTS).of_record(one):
            note_look("core_contact", one.id, one.company_id)
    homes = {one.id: find_company(session(), one.company_id) for one in contacts}
    owners = names_of(session(), [home.owner_id for home in homes.values()])
    apart = len({one.company_id for one in contacts}) > 1
    return {
        "records": [BENCH.head(one, homes[one.id].name, owners.get(homes[one.id].owner_id or 0)) for one in contacts],
        "people": [],
        "person": True,
        "home": homes[contacts[0].id].name if apart else "",
        "strict": any(one.do_not_contact for one in contacts),
    }
