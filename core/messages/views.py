"""Message centre, one message, writing, receivers, and what is done with a copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, jsonify, request, url_for
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.models import Department, Group
from core.auth.words import group_title
from core.clock import start_of
from core.db import session, transaction
from core.desk.frame import bell
from core.desk.queries import find_colleagues, fits
from core.errors import NotFound, Refused
from core.forms import BaseForm
from core.i18n import _, gettext, p_
from core.listing import resource_views
from core.listing.lists import field_names
from core.listing.queries import list_page
from core.listing.state import Condition, ListState, read_state
from core.messages import services
from core.messages.audience import (
    ALL,
    EVERYBODY,
    Audience,
    Choice,
    choices_of,
    count_people,
    read_names,
    read_tokens,
)
from core.messages.colleagues import COLLEAGUE
from core.messages.forms import FeedbackForm, FileForm, LaterForm, MessageForm, NoteForm
from core.messages.models import MessageCopy
from core.messages.permissions import Perm
from core.messages.queries import find_copy, newest_copies, read_figures
from core.messages.resources import FOLDER_TITLES, MESSAGE
from core.messages.shapes import copy_view, folder_links, line_view, record_in_words, record_of
from core.web import go_to, is_fragment, remember, render, repeated, toast

blueprint = Blueprint("messages", __name__, template_folder="templates")
resource_views(blueprint, MESSAGE, at="/messages/all")
resource_views(blueprint, COLLEAGUE)

TODO = "todo"
OWN = ("folder", "on", "undo")
SHOWN = (
    "title",
    "sender_id",
    "module",
    "priority",
    "sent_at",
    "read_at",
    "due_at",
    "done_at",
    "audience",
    "folder",
    "filed_under",
)
ASK_ABOVE = 50
"""Above so many receivers one is asked first (design 7.9)."""
NEWEST = 20
COUNTED = 1000
"""Up to so many messages of a folder are counted: where nobody cares for more, they need not be read."""
COUNTED_FOUND = 100
"""Up to so many messages that a search finds are counted: to count those of a common word all are looked at."""
OFFERED = 8


def me() -> int:
    """Give the id of whoever is signed in."""
    user_id = current_access().user_id
    assert user_id is not None
    return user_id


def find(copy_id: int) -> MessageCopy:
    """Find one of one's own copies. Raises NotFound."""
    copy = find_copy(session(), copy_id, me())
    if copy is None:
        raise NotFound(_("There is no such message, or it is not yours."))
    return copy


# --- the centre ------------------------------------------------------------------------------------------------------


def asked_folder() -> str:
    """Give the folder that the address names; the received ones where it names none."""
    folder = request.args.get("folder", "")
    return folder if folder in (TODO, *FOLDER_TITLES) else "inbox"


def folder_state(folder: str) -> ListState:
    """Give the state of the list in a folder."""
    state = read_state(request.args.items(multi=True), field_names(MESSAGE), ignored=OWN)
    narrowed = Condition("waiting", "eq", ("1",)) if folder == TODO else Condition("folder", "eq", (folder,))
    return replace(state, conditions=(*(c for c in state.conditions if c.field != narrowed.field), narrowed), size=50)


@blueprint.get("/messages")
@require(Perm.QUERY)
def centre() -> Response:
    """Show a folder with its first message, or the one that was asked for, beside it."""
    folder = asked_folder()
    state = folder_state(folder)
    problems = [one.text for one in state.problems]
    rows: Sequence[Any] = []
    page = None
    if not problems:
        try:
            most = COUNTED_FOUND if state.q else COUNTED
            page = list_page(session(), MESSAGE, state, current_access(), SHOWN, most=most)
            rows = page.rows
        except Refused as refused:
            problems.append(refused.message)
    asked = request.args.get("on", type=int)
    chosen = asked if any(row.id == asked for row in rows) else rows[0].id if rows else None
    carried = [(k, v) for k, v in state.pairs() if k not in ("q", "size", "folder", "waiting")]

    def address(**more: Any) -> str:
        pairs = [("folder", folder), *([("q", state.q)] if state.q else []), *carried, *more.items()]
        return url_for("messages.centre") + "?" + urlencode([(k, v) for k, v in pairs if v])

    places = {"after": state.after, "before": state.before}
    read = read_figures([row.id for row in rows]) if folder == "sent" else {}
    return render(
        "messages/centre.html",
        folder=folder,
        folders=folder_links(session(), me(), folder),
        state=state,
        carried=carried,
        problems=problems,
        rows=[line_view(row, chosen, address(on=row.id, **places), read.get(row.id)) for row in rows],
        count=page.count if page else 0,
        over=bool(page and page.over),
        narrowed=bool(state.q or carried),
        clear=url_for("messages.centre", folder=folder),
        following=address(after=page.following) if page and page.following else None,
        previous=address(before=page.previous) if page and page.previous else None,
        opened=asked is not None,
        copy=copy_view(find(chosen), address(on=chosen, **places), _beside(rows, chosen, address, places))
        if chosen is not None
        else None,
    )


def _beside(rows: Sequence[Any], chosen: int, address: Any, places: dict[str, str]) -> str:
    """Give the address that follows when the chosen message leaves the list: the one below it, else the one above."""
    ids = [row.id for row in rows]
    at = ids.index(chosen)
    others = ids[at + 1 :] or ids[:at][-1:]
    return str(address(on=others[0], **places) if others else address())


@blueprint.get("/messages/<int:id>")
@require(Perm.QUERY)
def show(id: int) -> Response:
    """Show one message as a page of its own."""
    copy = find(id)
    back = url_for("messages.centre", folder=copy.folder)
    return render("messages/show.html", copy=copy_view(copy, url_for("messages.show", id=id), back), back=back)


@blueprint.get("/messages/latest")
@require(Perm.QUERY)
def latest() -> Response:
    """Show the newest messages: what the bell opens."""
    rows = [copy_view(one, "", "", brief=True) for one in newest_copies(session(), me(), NEWEST)]
    return render("messages/latest_part.html" if is_fragment() else "messages/latest.html", rows=rows)


# --- what is done with a copy ----------------------------------------------------------------------------------------


def _back(copy: MessageCopy) -> str:
    """Give the address to go on at: a page of the message centre that the form names, else the message's own."""
    wanted = request.form.get("next", "")
    return wanted if wanted.startswith(url_for("messages.centre")) else url_for("messages.show", id=copy.id)


@blueprint.post("/messages/<int:id>/<any(read, unread):how>")
@require(Perm.EDIT)
def mark(id: int, how: str) -> Response:
    """Mark a message read, or unread again; a script hears the figures that follow from it."""
    find(id)
    with transaction() as writing:
        copy = find(id)
        services.mark_read(writing, [copy], read=how == "read")
    if is_fragment():
        left = {one["key"]: one["text"] for one in folder_links(session(), me(), "")}
        return jsonify({**bell(current_access()).plain(), "folders": left})
    return go_to(_back(copy))


DOINGS: dict[str, tuple[Any, Any]] = {
    "receipt": (services.acknowledge, _("Receipt sent")),
    "done": (services.finish, p_("message", "Done")),
    "reopen": (services.reopen, _("To be done again")),
    "back": (services.take_back, _("Back in its folder")),
}
UNDONE_BY = {"done": "reopen", "file": "back"}


@blueprint.post("/messages/<int:id>/<any(receipt, done, reopen, back):how>")
@require(Perm.EDIT)
def do(id: int, how: str) -> Response:
    """Acknowledge, finish, reopen or take back a message."""
    find(id)
    call, said = DOINGS[how]
    return _do(id, call, said, how)


@blueprint.post("/messages/<int:id>/<any(later, file, note, feedback):how>")
@require(Perm.EDIT)
def write(id: int, how: str) -> Response:
    """Put off, file, note or answer on the message itself."""
    find(id)
    forms: dict[str, type[BaseForm]] = {
        "later": LaterForm,
        "file": FileForm,
        "note": NoteForm,
        "feedback": FeedbackForm,
    }
    form: Any = forms[how]()
    if not form.validate():
        return _refused(id, form.all_errors[0][1])
    calls: dict[str, tuple[Any, Any]] = {
        "later": (lambda w, c: services.put_off(w, c, start_of(form.until.data)), _("Put off")),
        "file": (lambda w, c: services.file_away(w, c, form.under.data or ""), _("Filed")),
        "note": (lambda w, c: services.keep_note(w, c, form.note.data or ""), _("Note saved")),
        "feedback": (lambda w, c: services.give_feedback(w, c, form.feedback.data or ""), _("Feedback sent")),
    }
    return _do(id, *calls[how], how)


def _do(id: int, call: Any, said: Any, how: str) -> Response:
    try:
        with transaction() as writing:
            copy = find(id)
            call(writing, copy)
    except Refused as refused:
        return _refused(id, refused.message)
    undo = url_for("messages.do", id=id, how=UNDONE_BY[how]) if how in UNDONE_BY else ""
    toast(said, undo=undo)
    return go_to(_back(copy))


def _refused(id: int, message: Any) -> Response:
    """Say on the message what was refused; what was typed still stands there."""
    copy = find(id)
    back = url_for("messages.centre", folder=copy.folder)
    view = copy_view(copy, url_for("messages.show", id=id), back)
    return render("messages/show.html", 422, copy=view, back=back, refused=message, typed=request.form)


# --- writing ---------------------------------------------------------------------------------------------------------


@blueprint.get("/messages/new")
@require(Perm.CREATE)
def compose() -> Response:
    """Show the form of a new message: empty, an answer, or something forwarded."""
    form = MessageForm()
    audience = read_tokens(request.args.getlist("to"))
    form.company_id.data = request.args.get("company", type=int)
    if request.args.get("record", type=int) is not None:
        form.record_kind.data, form.record_id.data = request.args.get("kind", ""), request.args.get("record", type=int)
    way, number = next(((w, request.args.get(w, type=int)) for w in ("reply", "forward") if w in request.args), ("", 0))
    if number:
        audience = _begin_answer(form, find(number), way, audience)
    return _compose_page(form, audience)


def _begin_answer(form: MessageForm, copy: MessageCopy, way: str, audience: Audience) -> Audience:
    message = copy.message
    form.parent_id.data, form.way.data = message.id, way
    form.record_kind.data, form.record_id.data = message.record_kind, message.record_id
    if way == "reply":
        form.title.data = message.title if message.parent_id else gettext("Re: %(title)s", title=message.title)[:200]
        return audience if message.sender_id is None else replace(audience, people=(message.sender_id,))
    form.title.data = gettext("Fw: %(title)s", title=message.title)[:200]
    form.content.data = "\n".join(["", "", "----", *message.content.splitlines()])
    return audience


@blueprint.post("/messages/new")
@require(Perm.CREATE)
def post() -> Response:
    """Send a message; to more than fifty people only after the question."""
    form = MessageForm()
    audience = read_tokens(request.form.getlist("to"))
    try:
        audience = replace(read_names(session(), form.to_text.data or "", audience), conditions=form.conditions())
    except Refused as refused:
        form.to_text.errors = [*form.to_text.errors, refused.message]
        return _compose_page(form, audience, 422)
    if "take" in request.form:  # without scripts: put what was typed among the receivers
        form.to_text.data = ""
        return _compose_page(form, audience)
    if "drop" in request.form:
        kept = [one for one in request.form.getlist("to") if one != request.form["drop"]]
        return _compose_page(form, read_tokens(kept))
    valid = form.validate()
    if not audience:
        form.to_text.errors = [*form.to_text.errors, _("Choose at least one receiver")]
        valid = False
    if not valid:
        return _compose_page(form, audience, 422)
    if audience.is_many:
        current_access().demand(str(Perm.SEND_MANY))
    number = count_people(session(), audience, but=me())
    if number > ASK_ABOVE and request.form.get("confirmed") != str(number):
        return _compose_page(form, audience, asked=number)
    try:
        with transaction() as writing:
            done = repeated(writing)
            if done:
                return go_to(done)
            services.send(writing, me(), audience, _draft(form))
            address = remember(writing, url_for("messages.centre", folder="sent"))
    except Refused as refused:
        form.refuse(refused)
        return _compose_page(form, audience, 422)
    toast(gettext("Sent to %(count)s people", count=number) if number != 1 else gettext("Message sent"))
    return go_to(address)


def _draft(form: MessageForm) -> services.Draft:
    return services.Draft(
        title=form.title.data or "",
        content=form.content.data or "",
        priority=form.priority.data,
        needs_receipt=bool(form.needs_receipt.data),
        record=record_of(session(), form.record_kind.data or "", form.record_id.data)
        or record_of(session(), "company", form.company_id.data),
        parent_id=form.parent_id.data,
        in_thread=form.way.data == "reply",
    )


def _compose_page(form: MessageForm, audience: Audience, status: int = 200, *, asked: int = 0) -> Response:
    access = current_access()
    return render(
        "messages/compose.html",
        status,
        form=form,
        chosen=choices_of(session(), audience),
        many=access.may(str(Perm.SEND_MANY)),
        record=record_in_words(session(), form.record_kind.data or "", form.record_id.data),
        asked=asked,
        opened=bool(audience.conditions),
    )


@blueprint.get("/messages/receivers")
@require(Perm.CREATE)
def receivers() -> Response:
    """Give the people, departments and groups that match what was typed, also by pinyin."""
    return render("messages/receivers_part.html", options=_receivers(request.args.get("q", "")[:60].strip()))


def _receivers(text: str) -> list[Choice]:
    if not text:
        return []
    current = session()
    found = [Choice(f"u{one.id}", one.title, one.sub) for one in find_colleagues(current, text, OFFERED)]
    if current_access().may(str(Perm.SEND_MANY)):
        for row in current.query(Department).where(Department.retired.is_(False)).order_by(Department.id):
            if fits(text, row.name):
                found.append(Choice(f"d{row.id}", row.name, gettext("Department")))
        for group in current.query(Group).order_by(Group.id):
            title = str(group_title(group.name, group.title))
            if fits(text, title):
                found.append(Choice(f"g{group.id}", title, gettext("Group")))
        if fits(text, gettext("Everybody")) or text in ALL:
            found.append(Choice(EVERYBODY, gettext("Everybody"), ""))
    return found[: 2 * OFFERED]
