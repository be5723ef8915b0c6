"""Pages of attachments: adding, one file, its content, the bin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, request, send_file, url_for
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from core.attachments import queries, services
from core.attachments.forms import AttachmentForm, UploadForm
from core.attachments.hanging import Host, address_of, attachments_of, host_of, shape, upload_context
from core.attachments.kinds import KINDS, ending_of
from core.attachments.models import Attachment
from core.attachments.permissions import Perm
from core.attachments.receiving import kept_or_dropped, receive_files
from core.attachments.resources import ATTACHMENTS
from core.attachments.settings import PERSON, WHOLE, bytes_of, size_words
from core.attachments.store import SHAPES, Incoming, store_of, use
from core.auth.access import current_access
from core.auth.guard import require, signed_in
from core.auth.queries.names import names_of
from core.db import after_read, session, transaction
from core.errors import Conflict, Forbidden, NotFound, Refused
from core.i18n import _, gettext, ngettext
from core.listing import resource_views, steps
from core.web import go_to, is_fragment, new_key, remember, render, repeated, toast

blueprint = Blueprint("attachments", __name__, template_folder="templates")
resource_views(blueprint, ATTACHMENTS)

MOST_FILES = 50
LOCKED = "default-src 'none'; sandbox"
"""The policy of what other people sent: even where a browser showed it, it could do nothing."""


@blueprint.record
def _know_application(state: Any) -> None:
    zhike = state.app.extensions.get("zhike")
    if zhike is not None:  # core.app also registers every blueprint on a scratch application, to look at its views
        use(zhike.database, zhike.config.files)


blueprint.add_app_template_filter(size_words, "file_size")


@blueprint.app_context_processor
def _names() -> dict[str, Any]:
    return {"attachments_of": attachments_of}


# --- adding


@blueprint.get("/attachments/add")
@signed_in
def add() -> Response:
    """Ask for files to hang on a record."""
    return _add_page(_asked_host(), UploadForm(data={"idempotency_key": new_key()}))


def _asked_host() -> Host:
    """Give the record that the request names, as one that the person may change. Raises NotFound."""
    host = host_of(request.values.get("of", ""), request.values.get("id", 0, type=int))
    if not host.may_edit:
        raise Forbidden(_("You may not change this record."), permission=host.resource.code("edit"))
    return host


def _add_page(host: Host, form: UploadForm, refused: Sequence[dict[str, Any]] = (), done: int = 0) -> Response:
    return render(
        "attachments/refused.html" if is_fragment() else "attachments/add.html",
        422 if refused else 200,
        form=form,
        files=upload_context(host),
        refused=refused,
        done=done,
        name=_title(host),
        back=address_of(host.resource, host.id),
    )


def _title(host: Host) -> str:
    return queries.titles_of(session(), [(host.noun, host.id)]).get((host.noun, host.id), "")


@blueprint.post("/attachments/add")
@signed_in
def upload() -> Response:
    """Take files; those that are refused are named with the reason, the others are kept."""
    host = _asked_host()
    form = UploadForm()
    private = bool(form.private.data) and host.sees_private
    given = [one for one in request.files.getlist("files") if one.filename]
    refused = [] if given else [{"name": "", "why": gettext("Choose at least one file.")}]
    if len(given) > MOST_FILES:
        refused = [{"name": "", "why": gettext("At most %(n)s files can be sent at once.", n=MOST_FILES)}]
        given = []
    received, bad = receive_files(given)
    refused += bad
    address, done = None, 0
    if received:
        try:
            address, over = _attach(host, received, private=private)
            done = len(received) - len(over)
            refused += [{"name": one.name, "why": str(why)} for one, why in over]
        except Refused as why:
            refused += [{"name": one.name, "why": str(why.message)} for one in received]
    if refused:
        form.idempotency_key.data = new_key()
        return _add_page(host_of(host.noun, host.id), form, refused, done)
    return go_to(address or address_of(host.resource, host.id))


def _attach(host: Host, received: Sequence[Incoming], *, private: bool) -> tuple[str, Sequence[tuple[Incoming, Any]]]:
    """Keep received files for which there is room, and give the others; whatever fails leaves no file behind."""
    with kept_or_dropped(received), transaction() as writing:
        known = repeated(writing)
        if known:
            return known, ()
        again, by = host_of(host.noun, host.id), current_access().user_id
        fitting, over = services.those_that_fit(writing, received, by=by)
        made = services.attach(writing, again.resource, again.record, fitting, by=by, private=private)
        address = address_of(host.resource, host.id)
        if made:
            address = remember(writing, address)
    if made and not over:
        toast(ngettext("%(num)d file was attached", "%(num)d files were attached", len(made)))
    return address, over


# --- one attachment


def _found(id: int) -> tuple[Attachment, Host]:
    """Give an attachment with its record; one in the bin only to those who may take it out. Raises NotFound."""
    attachment = session().get(Attachment, id) if id < 2**53 else None
    if attachment is None:
        raise NotFound(_("There is no such attachment."))
    host = host_of(attachment.resource, attachment.record_id)
    if attachment.deleted_at is not None and not host.may_edit:
        raise NotFound(_("There is no such attachment."))
    return attachment, host


def _changeable(id: int) -> tuple[Attachment, Host]:
    attachment, host = _found(id)
    if not host.may_edit:
        raise Forbidden(_("You may not change this record."), permission=host.resource.code("edit"))
    return attachment, host


@blueprint.get("/attachments/<int:id>")
@signed_in
def attachment_detail(id: int) -> Response:
    """Show what is known of a file, with a preview of a picture."""
    attachment, host = _found(id)
    return _detail(attachment, host, AttachmentForm(obj=attachment))


def _detail(attachment: Attachment, host: Host, form: AttachmentForm) -> Response:
    if not host.sees_private:
        del form.private
    people = names_of(session(), [attachment.uploaded_by_id, attachment.deleted_by_id])
    return render(
        "attachments/detail.html",
        422 if form.all_errors else 200,
        form=form,
        one={
            **shape([attachment])[0],
            "size_exact": f"{attachment.size:,}",
            "pixels": f"{attachment.width} × {attachment.height}" if attachment.is_picture else None,
            "sha256": attachment.sha256,
            "removed_at": attachment.deleted_at,
            "removed_by": people.get(attachment.deleted_by_id or 0, ""),
            "kept_days": services.BIN_DAYS,
        },
        host={
            "title": host.resource.title,
            "name": _title(host),
            "href": address_of(host.resource, host.id),
            "noun": host.noun,
            "id": host.id,
        },
        may_edit=host.may_edit and attachment.deleted_at is None,
        may_restore=host.may_edit and attachment.deleted_at is not None,
        step=steps("attachments.attachment_", attachment.id),
    )


@blueprint.post("/attachments/<int:id>")
@signed_in
def attachment_save(id: int) -> Response:
    """Change title, note and whether the file is private."""
    attachment, host = _changeable(id)
    form = AttachmentForm()
    if not form.validate():
        return _detail(attachment, host, form)
    values = {"title": form.title.data, "note": form.note.data}
    if host.sees_private:
        values["private"] = bool(form.private.data)
    try:
        with transaction() as writing:
            again, _host = _changeable(id)
            services.change_attachment(writing, again, values, version=form.version.data)
    except (Conflict, StaleDataError):
        session().expire_all()
        attachment, host = _changeable(id)
        form.refuse(Refused(_("Somebody changed this attachment meanwhile. Nothing was overwritten.")))
        form.version.data = attachment.version
        return _detail(attachment, host, form)
    toast(_("Saved"))
    return go_to(url_for("attachments.attachment_detail", id=id))


@blueprint.post("/attachments/<int:id>/delete")
@signed_in
def attachment_delete(id: int) -> Response:
    """Put a file into the bin."""
    attachment, host = _changeable(id)
    with transaction() as writing:
        again, _host = _changeable(id)
        services.remove_attachment(writing, again, by=current_access().user_id)
    href = url_for("attachments.attachment_detail", id=id)
    toast(_("%(name)s is in the bin", name=attachment.name), href=href, link=_("Take out of the bin"))
    return go_to(address_of(host.resource, host.id))


@blueprint.post("/attachments/<int:id>/restore")
@signed_in
def attachment_restore(id: int) -> Response:
    """Take a file out of the bin."""
    attachment, host = _changeable(id)
    with transaction() as writing:
        again, _host = _changeable(id)
        services.restore_attachment(writing, again)
    toast(_("%(name)s is back", name=attachment.name))
    return go_to(address_of(host.resource, host.id))


@blueprint.post("/attachments/<int:id>/purge")
@signed_in
def attachment_purge(id: int) -> Response:
    """Delete a file of the bin for good."""
    attachment, host = _changeable(id)
    name = attachment.name
    with transaction() as writing:
        again, _host = _changeable(id)
        services.purge_attachment(writing, again)
    toast(_("%(name)s was deleted for good", name=name))
    return go_to(url_for("attachments.attachment_bin", of=host.noun, id=host.id))


@blueprint.get("/attachments/bin")
@signed_in
def attachment_bin() -> Response:
    """List what was removed from a record and can be taken back."""
    host = _asked_host()
    return render(
        "attachments/bin.html",
        items=shape(queries.of_record(session(), host.resource, host.id, removed=True)),
        name=_title(host),
        days=services.BIN_DAYS,
        back=address_of(host.resource, host.id),
    )


# --- content


@blueprint.get("/attachments/<int:id>/file")
@signed_in
def attachment_file(id: int) -> Response:
    """Hand out the file, and note who took it."""
    attachment, _host = _found(id)
    path, name, ending = store_of(session()).path(attachment.sha256), attachment.name, ending_of(attachment.name)
    if not path.is_file():
        raise NotFound(_("The file itself is missing. Tell the administrator."))
    if request.method == "GET" and request.range is None:
        with transaction() as writing:
            services.note_download(writing, _found(id)[0])
    after_read(session())
    kind = KINDS.get(ending)
    return _sent(path, name, kind.media_type if kind is not None else "application/octet-stream")


@blueprint.get("/attachments/<int:id>/<any(small,large):shape>")
@signed_in
def attachment_picture(id: int, shape: str) -> Response:
    """Hand out the preview of a picture."""
    attachment, _host = _found(id)
    path = store_of(session()).path(attachment.sha256, shape)
    if shape not in SHAPES or not attachment.is_picture or not path.is_file():
        raise NotFound(_("There is no preview of this file."))
    after_read(session())
    return _sent(path, f"{attachment.id}.jpg", "image/jpeg")


def _sent(path: Any, name: str, media_type: str) -> Response:
    """Hand out a file so that no browser runs it, by pieces where it asks for them."""
    response: Response = send_file(path, mimetype=media_type, as_attachment=True, download_name=name, max_age=0)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = LOCKED
    response.headers["Cache-Control"] = "private, no-cache"
    return response


# --- how much room is used


@blueprint.get("/attachments/use")
@require(Perm.ATTACHMENT_ADMIN)
def attachment_use() -> Response:
    """Show how much room the files of each person and of all take, against their quotas."""
    rows = queries.use_by_person(session())
    people = names_of(session(), [one.person_id for one in rows])
    quota, whole = bytes_of(session(), PERSON), bytes_of(session(), WHOLE)
    used = sum(one.size for one in rows)
    return render(
        "attachments/use.html",
        rows=[
            {
                "name": people.get(one.person_id or 0, ""),
                "href": url_for("attachments.attachment_list", uploaded_by_id=one.person_id or "none"),
                "files": one.files - one.binned,
                "size": size_words(one.size - one.binned_size),
                "binned": one.binned,
                "binned_size": size_words(one.binned_size),
                "all": size_words(one.size),
                "share": _share(one.size, quota) if one.person_id else None,
            }
            for one in rows
        ],
        files=sum(one.files - one.binned for one in rows),
        binned=sum(one.binned for one in rows),
        used=size_words(used),
        quota=size_words(quota) if quota else "",
        whole=size_words(whole) if whole else "",
        share=_share(used, whole),
    )


def _share(used: int, quota: int) -> int | None:
    return round(100 * used / quota) if quota else None
