"""Mailings: begun on a list, previewed for each recipient, started, stopped, agreed to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.attachments.hanging import attachments_of
from core.auth.access import current_access
from core.auth.again import confirm
from core.auth.guard import require
from core.auth.queries.names import names_of
from core.clock import local_now
from core.db import session, system_transaction, transaction
from core.errors import Conflict, NotFound, Refused
from core.i18n import _, gettext
from core.listing.batch import read_ids
from core.listing.queries import allowed_ids, found_ids
from core.mail.forms import DecideForm, MailingForm, StartForm
from core.mail.models import OPEN_STATES, Mailing
from core.mail.permissions import Perm
from core.mail.placeholders import CHINESE, TITLES, missing
from core.mail.queries import counts_of, outbox_state, reasons_of, recipient_beside, window_opens
from core.mail.resources import KIND_TITLES, MAILING_STATES, MAILING_TONES, STATE_TITLES, reason_titles
from core.mail.services import mailings
from core.mail.settings import A_DAY, ALONE, FILES, number
from core.mail.text import draft_for
from core.mail.views.base import (
    blueprint,
    files_of_form,
    lost_files,
    mailing_or_404,
    me,
    named_template,
    template_choices,
)
from core.overlay import overlay
from core.plugin import Resource
from core.printing.gather import seen_of, words_of
from core.tags.queries.segments import tagged_resources, visible_segments
from core.web import go, go_to, remember, render, repeated, toast

CARRIED = ("of", "id", "idempotency_key", "template")


def list_resource(key: str) -> Resource:
    """Find a list whose rows can be written to. Raises NotFound."""
    for one in tagged_resources():
        if one.key == key and one.plugin == "core" and one.name in ("company", "contact"):
            return one
    raise NotFound(_("There is no such list."))


def begun() -> dict[str, Any]:
    """Give what the list or the segment says on which the mailing was begun."""
    of = request.args.get("of", "contacts")
    resource = list_resource(of)
    ids = request.args.getlist("id")
    query = urlencode([(k, v) for k, v in request.args.items(multi=True) if k not in CARRIED])
    return {"of": resource.key, "query": "" if ids else query, "chosen": ",".join(ids)}


@blueprint.route("/mailings/new", methods=["GET", "POST"])
@require(Perm.MAILING_CREATE)
def mailing_new() -> Response:
    """Begin a mailing to the rows of a list, to chosen ones or to a segment."""
    form = MailingForm(**begun()) if request.method != "POST" else MailingForm()
    resource = list_resource(form.of.data or "")
    form.segment_id.choices = [("", "—"), *_segments()]
    template = named_template()
    if template is not None:  # everything else that was typed stays
        form.subject.data, form.body.data, form.kind.data = template.subject, template.body, template.kind
        form.name.data = form.name.data or template.name
    elif request.method == "POST" and form.validate():
        try:
            address = _make(form, resource)
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused)
        else:
            return go_to(address)
    return _form(form, resource, None)


def _segments() -> list[tuple[str, str]]:
    keys = {one.key: one for one in tagged_resources() if one.name in ("company", "contact")}
    return [
        (f"{one.resource}:{one.id}", f"{one.name} · {keys[one.resource].title_plural}")
        for one in visible_segments(session())
        if one.resource in keys
    ]


def _make(form: MailingForm, resource: Resource) -> str:
    query, chosen = form.query.data or "", read_ids((form.chosen.data or "").split(","))
    if form.segment_id.data:
        key, _colon, segment = str(form.segment_id.data).partition(":")
        resource, query, chosen = list_resource(key), f"segment={segment}", []
    ids = audience(session(), resource, query, chosen)
    with files_of_form() as files, transaction() as current:
        address = repeated(current)
        if address is None:
            made = mailings.make_mailing(
                current, form.values(), resource=resource.key, query=query, chosen=chosen, by=me(), files=files
            )
            address = remember(current, url_for("mail.mailing_detail", id=made.id))
            gather_id: int | None = made.id
        else:
            gather_id = None
    if gather_id is not None:
        gather_again(gather_id, ids)
        toast(_("The recipients are gathered; nothing has left yet"))
    return address


def audience(current: Session, resource: Resource, query: str, chosen: Sequence[int]) -> list[int]:
    """Give the ids of the rows to which the person may write. Raises Refused for a query that is not understood."""
    access = current_access()
    if chosen:
        ids: list[int] = list(chosen)
    else:
        seen = seen_of(current, access, resource, query)
        ids = found_ids(current, resource, seen.state, access, mailings.MOST)
    return allowed_ids(current, resource, ids, access, resource.code("mail"))


def gather_again(mailing_id: int, ids: Sequence[int]) -> None:
    """Write the rows of the recipients, as the program: who must not be written to is asked past all row scopes."""
    with system_transaction("mail: recipients of a mailing") as everything:
        mailings.gather(everything, everything.get_one(Mailing, mailing_id, with_for_update=True), ids)


def _form(form: MailingForm, resource: Resource, mailing: Mailing | None) -> Response:
    chosen = [one for one in (form.chosen.data or "").split(",") if one]
    problem: Any = None
    whom = ""
    if mailing is None:
        try:
            whom = words_of(session(), current_access(), resource, form.query.data or "") if not chosen else ""
        except Refused as refused:
            problem = refused.message
    return render(
        "mail/mailing_form.html",
        422 if form.all_errors or problem else 200,
        form=form,
        mailing_id=mailing.id if mailing is not None else None,
        resource_title=resource.title_plural,
        whom=whom,
        chosen=len(chosen),
        problem=problem,
        templates=template_choices() if mailing is None else [],
        most=number(session(), FILES),
        lost=lost_files(),
        taken=bool(request.form.get("template")),
        placeholders=[(chinese, TITLES[name]) for chinese, name in CHINESE.items()],
    )


@blueprint.get("/mailings/<int:id>")
@require(Perm.MAILING_READ)
def mailing_detail(id: int) -> Response:
    """Show a mailing: its figures, the letter to each recipient, and what can be done now."""
    return _detail(mailing_or_404(session(), id))


def _detail(mailing: Mailing, form: Any = None, problem: Any = None) -> Response:
    current, access = session(), current_access()
    counts = counts_of(current, mailing.id)
    reasons, titles = reasons_of(current, mailing.id), reason_titles(current)
    names = names_of(current, [mailing.owner_id, mailing.approved_by_id])
    letter, before, after = recipient_beside(current, mailing.id, request.args.get("letter", type=int))
    preview = draft_for(current, mailing, letter) if letter is not None else None
    resource = list_resource(mailing.resource)
    form = form or (DecideForm(None) if mailing.state == "asked" else StartForm(None))
    form.version.data = mailing.version
    own = mailing.owner_id == access.user_id
    explain, second = mailings.needs(current, mailing)

    def href(state: str, reason: str | None = None) -> str:
        return url_for("mail.letter_list", mailing_id=mailing.id, state=state, reason=reason)

    whom = ""
    if not mailing.chosen:
        try:
            whom = words_of(current, access, resource, mailing.query)
        except Refused as refused:
            whom = str(refused.message)
    return render(
        "mail/mailing_detail.html",
        422 if problem or form.all_errors else 200,
        mailing={
            "id": mailing.id, "name": mailing.name, "state": mailing.state,
            "state_title": MAILING_STATES[mailing.state], "tone": MAILING_TONES[mailing.state],
            "kind": mailing.kind, "kind_title": dict(KIND_TITLES)[mailing.kind],
            "purpose": overlay().title(current, "consent_purpose", mailing.purpose),
            "subject": mailing.subject, "quiet_days": mailing.quiet_days, "per_minute": mailing.per_minute,
            "reason": mailing.reason, "owner": names.get(mailing.owner_id, ""),
            "approved_by": names.get(mailing.approved_by_id or 0, ""), "started_at": mailing.started_at,
            "ended_at": mailing.ended_at, "gathered_at": mailing.gathered_at, "whom": whom,
            "chosen": len(mailing.chosen), "list": resource.title_plural,
        },
        figures=[
            {"label": STATE_TITLES[state], "value": f"{counts[state]:,}", "href": href(state)}
            for state in STATE_TITLES
            if counts.get(state) and (state != "sending" or mailing.state == "running")
        ],
        total=sum(counts.values()),
        waiting=counts.get("waiting", 0),
        reasons=[(titles.get(r, r), n, href(s, r)) for s, r, n in reasons],
        preview=preview,
        lacking=[TITLES[one] for one in missing((mailing.subject, mailing.body), letter.values)] if letter else [],
        pages=(
            url_for("mail.mailing_detail", id=mailing.id, letter=before) if before else None,
            url_for("mail.mailing_detail", id=mailing.id, letter=after) if after else None,
        ),
        form=form,
        files=attachments_of("mailing", mailing.id),
        most=number(current, FILES),
        problem=problem,
        address=url_for("mail.mailing_detail", id=mailing.id, letter=letter.id if letter is not None else None),
        own=own,
        may_edit=access.may(Perm.MAILING_EDIT, mailing) and mailing.state in OPEN_STATES,
        may_decide=mailing.state == "asked" and not own and access.may(Perm.MAILING_REVIEW, mailing),
        explain=explain and mailing.state == "ready",
        second=second and mailing.state == "ready",
        limits=(number(current, A_DAY), number(current, ALONE)),
        outbox=outbox_state(current),
        opens=window_opens(current, local_now()) if mailing.state == "running" else None,
    )  # fmt: skip


@blueprint.route("/mailings/<int:id>/edit", methods=["GET", "POST"])
@require(Perm.MAILING_EDIT)
def mailing_edit(id: int) -> Response:
    """Change text and rules before it starts; the recipients are gathered anew."""
    mailing = mailing_or_404(session(), id, Perm.MAILING_EDIT)
    form = MailingForm(obj=mailing, of=mailing.resource)
    form.chosen.data = ""  # whom it goes to stays as it was begun
    form.segment_id.choices = [("", "—")]
    resource = list_resource(mailing.resource)
    if request.method == "POST" and form.validate():
        try:
            ids = audience(session(), resource, mailing.query, mailing.chosen)
            with files_of_form() as files, transaction() as current:
                held = mailing_or_404(current, id, Perm.MAILING_EDIT)
                version = form.version.data
                mailings.change_mailing(current, held, form.values(), version=version, by=me(), files=files)
            gather_again(id, ids)
        except (NotFound, Conflict):
            raise
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Saved"))
            return go("mail.mailing_detail", id=id)
    return _form(form, resource, mailing)


def _step(id: int, code: str, act: Callable[[Session, Mailing], Any], said: Any, form: Any = None) -> Response:
    """Do one step of a mailing and show it; a refusal is told on its page."""
    try:
        with transaction() as current:
            act(current, mailing_or_404(current, id, code))
    except NotFound:
        raise
    except Refused as refused:
        if form is not None and refused.fields:
            form.refuse(refused)
            return _detail(mailing_or_404(session(), id), form)
        return _detail(mailing_or_404(session(), id), form, refused.message)
    toast(said() if callable(said) else said)
    return go("mail.mailing_detail", id=id)


@blueprint.post("/mailings/<int:id>/gather")
@require(Perm.MAILING_EDIT)
def mailing_gather(id: int) -> Response:
    """Gather the recipients anew."""
    mailing = mailing_or_404(session(), id, Perm.MAILING_EDIT)
    try:
        ids = audience(session(), list_resource(mailing.resource), mailing.query, mailing.chosen)
        gather_again(id, ids)
    except NotFound:
        raise
    except Refused as refused:
        return _detail(mailing_or_404(session(), id), None, refused.message)
    toast(_("The recipients are gathered; nothing has left yet"))
    return go("mail.mailing_detail", id=id)


@blueprint.post("/mailings/<int:id>/test")
@require(Perm.MAILING_EDIT)
def mailing_test(id: int) -> Response:
    """Send the first recipient's letter to oneself."""
    return _step(id, Perm.MAILING_EDIT, lambda s, m: mailings.send_test(s, m, by=me()), _("The test is in the outbox"))


@blueprint.post("/mailings/<int:id>/start")
@require(Perm.MAILING_EDIT)
def mailing_start(id: int) -> Response:
    """Start it, or ask the second person."""
    form = StartForm()
    started: list[bool] = []

    try:
        confirmed = confirm(form.password.data) if form.password.data else None
    except Refused as refused:
        form.refuse(refused)
        return _detail(mailing_or_404(session(), id, Perm.MAILING_EDIT), form)

    def act(current: Session, mailing: Mailing) -> None:
        reason = form.reason.data or ""
        started.append(mailings.start(current, mailing, by=me(), reason=reason, confirmed=confirmed))

    def said() -> str:
        return gettext("The mailing has started") if started[-1] else gettext("A second person is asked")

    return _step(id, Perm.MAILING_EDIT, act, said, form)


@blueprint.post("/mailings/<int:id>/stop")
@require(Perm.MAILING_EDIT)
def mailing_stop(id: int) -> Response:
    """Stop it."""
    return _step(id, Perm.MAILING_EDIT, mailings.stop, _("The mailing is stopped"))


@blueprint.post("/mailings/<int:id>/resume")
@require(Perm.MAILING_EDIT)
def mailing_resume(id: int) -> Response:
    """Let it go on."""
    return _step(id, Perm.MAILING_EDIT, mailings.resume, _("The mailing goes on"))


@blueprint.post("/mailings/<int:id>/decide")
@require(Perm.MAILING_REVIEW)
def mailing_decide(id: int) -> Response:
    """Agree as the second person, or send it back."""
    form = DecideForm()
    agree = request.form.get("agree") == "1"

    def act(current: Session, mailing: Mailing) -> None:
        remark, version = form.remark.data or "", form.version.data
        mailings.decide(current, mailing, agree=agree, by=me(), remark=remark, version=version)

    return _step(id, Perm.MAILING_REVIEW, act, _("Agreed") if agree else _("Sent back"), form)


@blueprint.post("/mailings/<int:id>/delete")
@require(Perm.MAILING_DELETE)
def mailing_delete(id: int) -> Response:
    """Delete a mailing of which nothing has left."""
    try:
        with transaction() as current:
            mailings.drop(current, mailing_or_404(current, id, Perm.MAILING_DELETE))
    except NotFound:
        raise
    except Refused as refused:
        return _detail(mailing_or_404(session(), id), None, refused.message)
    toast(_("Mailing deleted"))
    return go("mail.mailing_list")
