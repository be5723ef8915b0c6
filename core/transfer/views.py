"""The import wizard: choose a file, map its columns, look at the dry run, import; and what became of it."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Blueprint, abort, request, send_file
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from core.auth.access import current_access
from core.auth.guard import require
from core.bus.services import start_job
from core.db import after_read, session, transaction
from core.errors import NotFound, Refused
from core.i18n import _
from core.plugin import Resource
from core.transfer import screens
from core.transfer.forms import UploadForm, layout_changes, options_form
from core.transfer.importer import ACTIONS
from core.transfer.jobs import RUN
from core.transfer.models import ImportBatch
from core.transfer.permissions import Perm
from core.transfer.places import Place, place_of, use
from core.transfer.services import batches
from core.transfer.services.reporting import error_table, write_report
from core.transfer.services.reviewing import decide_beforehand, settle
from core.transfer.tables import Unreadable
from core.web import go_to, is_fragment, remember, render, repeated, toast

blueprint = Blueprint("transfer", __name__, template_folder="templates")

LISTED = 20
ROWS = 100


@blueprint.record
def _know_application(state: Any) -> None:
    zhike = state.app.extensions.get("zhike")
    if zhike is not None:  # core.app also registers every blueprint on a scratch application, to look at its views
        use(zhike.database, Place(zhike.config.files, zhike.registry))


View = TypeVar("View", bound=Callable[..., Any])


def both(rule: str, *, methods: Sequence[str] = ("GET",)) -> Callable[[View], View]:
    """Route a view under `/<resources>/import…` and `/<plugin>/<resources>/import…`."""

    def route(view: View) -> View:
        for start in ("/<plural>/import", "/<plugin>/<plural>/import"):
            blueprint.add_url_rule(start + rule, view_func=view, methods=list(methods))
        return view

    return route


def the_resource(plural: str, plugin: str = "") -> Resource:
    """Find the resource of an address and see that the person may make such records. Raises NotFound, Forbidden."""
    try:
        resource = place_of(session()).resource(f"{plugin}/{plural}" if plugin else plural)
    except KeyError:
        abort(404)
    current_access().demand(resource.code("create"))
    return resource


def the_batch(resource: Resource, batch_id: int) -> ImportBatch:
    """Find a batch of the person's own, or anybody's for who may see others'. Raises NotFound."""
    batch = session().get(ImportBatch, batch_id)
    access = current_access()
    mine = batch is not None and batch.resource == resource.key and batch.user_id == access.user_id
    others = batch is not None and batch.resource == resource.key and access.may(Perm.IMPORT_ADMIN)
    if batch is None or not (mine or others):
        raise NotFound(_("There is no such import."))
    return batch


def address(resource: Resource, batch: ImportBatch | None = None, end: str = "") -> str:
    """Give the address of the wizard, or of one import."""
    start = screens.home(resource)
    return f"{start}/{batch.id}{end}" if batch is not None else start


@both("")
@require(Perm.IMPORT_CREATE)
def start(plural: str, plugin: str = "") -> Any:
    """Ask for the file; list the last imports."""
    return _start_page(the_resource(plural, plugin), UploadForm())


def _start_page(resource: Resource, form: UploadForm, refused: Any = None) -> Any:
    access = current_access()
    mine = select(ImportBatch).where(ImportBatch.resource == resource.key)
    if not access.may(Perm.IMPORT_ADMIN):
        mine = mine.where(ImportBatch.user_id == access.user_id)
    found = session().scalars(mine.order_by(ImportBatch.id.desc()).limit(LISTED))
    return render(
        "transfer/start.html",
        422 if refused else 200,
        page=screens.Page(resource),
        form=form,
        refused=refused,
        earlier=[screens.summary(resource, batch) for batch in found],
    )


@both("", methods=["POST"])
@require(Perm.IMPORT_CREATE)
def upload(plural: str, plugin: str = "") -> Any:
    """Keep the file, guess its mapping, begin the dry run."""
    resource = the_resource(plural, plugin)
    form = UploadForm()
    given = request.files.get("file")
    if given is None or not given.filename:
        form.file.errors = [_("Choose a file.")]
        return _start_page(resource, form, _("Choose a file."))
    try:
        folder, found = _received(resource, given)
    except Unreadable as refused:
        return _start_page(resource, form, refused.message)
    with transaction() as current:
        if (done := repeated(current)) is not None:
            place_of(current).stored(folder).drop()
            return go_to(done)
        known = batches.remembered(current, resource, found["headings"])
        options = {
            "existing": "fill",
            **(known.options if known else {}),
            "review_state": "submitted",
            "owner_id": None,
        }
        batch = batches.begin(
            current,
            resource,
            filename=Path(given.filename.replace("\\", "/")).name,
            folder=folder,
            found=found,
            options=options,
            user_id=current_access().user_id,
        )
        _check_if_it_can(current, batch)
        target = remember(current, address(resource, batch))
    return go_to(target)


def _received(resource: Resource, given: FileStorage) -> tuple[str, dict[str, Any]]:
    """Keep an uploaded file and look at it, before any transaction."""
    with tempfile.NamedTemporaryFile(prefix="import-") as copy:
        given.save(copy)
        copy.flush()
        folder, stored = batches.keep_file(session(), Path(copy.name))
    try:
        return folder, batches.examine(session(), resource, stored)
    except BaseException:
        stored.drop()
        raise


def _check_if_it_can(current: Any, batch: ImportBatch) -> None:
    """Begin the dry run when the guessed mapping can stand; else the person maps first."""
    try:
        batches.map_columns(current, batch, batch.mapping, batch.options)
    except Refused:
        return
    batches.start(current, batch, "checking")
    start_job(current, RUN, {"batch_id": batch.id})


@both("/<int:batch_id>")
@require(Perm.IMPORT_CREATE)
def show(plural: str, batch_id: int, plugin: str = "") -> Any:
    """Show an import at the step where it is."""
    resource = the_resource(plural, plugin)
    return _step(resource, the_batch(resource, batch_id))


def _step(resource: Resource, batch: ImportBatch, refused: Any = None, chosen: Sequence[str] | None = None) -> Any:
    page = screens.Page(resource, batch)
    status = 422 if refused else 200
    before = batch.state in ("mapping", "checking", "checked") or (
        batch.state == "failed" and batch.phase == "checking"
    )
    if not before:
        author = screens.author(session(), batch)
        return render("transfer/run.html", status, page=page, author=author, refused=refused)
    preview = request.args.get("step") == "preview" and batch.state != "mapping" and not refused
    form = options_form(batch, resource, current_access())
    if preview:
        shown = screens.preview(session(), batch, resource)
        headings = screens.mapped_headings(batch)
        return render(
            "transfer/preview.html", status, page=page, form=form, rows=shown, headings=headings, refused=refused
        )
    columns = screens.columns(session(), batch, resource, chosen)
    page = screens.Page(resource, batch, mapping=True)
    return render("transfer/columns.html", status, page=page, form=form, columns=columns, refused=refused)


@both("/<int:batch_id>", methods=["POST"])
@require(Perm.IMPORT_CREATE)
def save(plural: str, batch_id: int, plugin: str = "") -> Any:
    """Take the mapping and the options; go on to the preview, keep the mapping, or read the file in another way."""
    resource = the_resource(plural, plugin)
    batch = the_batch(resource, batch_id)
    action = request.form.get("action", "next")
    try:
        if action == "reread":
            found = batches.relayout(session(), batch, layout_changes(request.form))
            with transaction() as current:
                batch = the_batch(resource, batch_id)
                batches.apply(batch, found)
                _check_if_it_can(current, batch)
            return go_to(address(resource, batch))
        chosen = [request.form.get(f"c{n}", "") for n in range(len(batch.headings))]
        form = options_form(batch, resource, current_access(), request.form)
        if not form.validate():
            return _step(resource, batch, _("Choose one of the list"), chosen)
        with transaction() as current:
            batch = the_batch(resource, batch_id)
            batches.map_columns(current, batch, chosen, form.options())
            if action == "keep":
                batches.remember(current, batch)
            batches.start(current, batch, "checking")
            start_job(current, RUN, {"batch_id": batch.id})
    except Refused as refused:
        batch = the_batch(resource, batch_id)
        return _step(resource, batch, refused.message, None if action == "reread" else chosen)
    if action == "keep":
        toast(_("The mapping is kept for files with the same headings"))
        return go_to(address(resource, batch))
    return go_to(address(resource, batch, "?step=preview"))


@both("/<int:batch_id>/progress")
@require(Perm.IMPORT_CREATE)
def progress(plural: str, batch_id: int, plugin: str = "") -> Any:
    """Give the figures of a running import; when it has ended, have the page loaded anew.

    Not the page of the columns (`kept`), where somebody may be choosing: there the result takes their place, and each
    column gets what the dry run found in it.
    """
    resource = the_resource(plural, plugin)
    batch = the_batch(resource, batch_id)
    if not is_fragment():
        return go_to(address(resource, batch))
    kept = "kept" in request.args
    stays = kept and batch.state == "checked"
    columns = screens.columns(session(), batch, resource) if stays else []
    answer = render("transfer/progress.html", page=screens.Page(resource, batch), kept=kept, columns=columns)
    if not batch.is_running and not stays:
        answer.headers["HX-Refresh"] = "true"
    return answer


@both("/<int:batch_id>/<any(run, resume, undo, stop, discard):what>", methods=["POST"])
@require(Perm.IMPORT_CREATE)
def act(plural: str, batch_id: int, what: str, plugin: str = "") -> Any:
    """Import, take up again, take back, stop, or give up before anything was written."""
    resource = the_resource(plural, plugin)
    try:
        with transaction() as current:
            batch = the_batch(resource, batch_id)
            if what == "discard":
                batches.discard(current, batch)
            elif what == "stop":
                batches.stop(current, batch)
            else:
                if what == "resume":
                    batches.resume(current, batch)
                else:
                    batches.start(current, batch, "importing" if what == "run" else "undoing")
                start_job(current, RUN, {"batch_id": batch.id})
    except Refused as refused:
        return _step(resource, the_batch(resource, batch_id), refused.message)
    if what == "discard":
        toast(_("The import was given up; nothing was written"))
        return go_to(address(resource))
    return go_to(address(resource, batch))


@both("/<int:batch_id>/errors.<any(csv, xlsx):ending>")
@require(Perm.IMPORT_CREATE)
def errors(plural: str, batch_id: int, ending: str, plugin: str = "") -> Any:
    """Give the refused rows as a file with the reason in one more column."""
    resource = the_resource(plural, plugin)
    batch = the_batch(resource, batch_id)
    _still_there(batch)
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        path = Path(folder) / f"report.{ending}"
        write_report(error_table(session(), batch), path)
        content = io.BytesIO(path.read_bytes())
    after_read(session())
    stem = Path(batch.filename).name.removesuffix(".gz").rsplit(".", 1)[0]
    name = str(_("%(name)s - errors", name=stem))
    return send_file(content, as_attachment=True, download_name=f"{name}.{ending}", max_age=0)


def _still_there(batch: ImportBatch) -> None:
    if batch.cleaned_at is not None or not place_of(session()).stored(batch.folder).file.exists():
        raise NotFound(_("The file of this import is not kept any more."))


@both("/<int:batch_id>/rows")
@require(Perm.IMPORT_CREATE)
def rows(plural: str, batch_id: int, plugin: str = "") -> Any:
    """Show the rows of one outcome, or those where one column was refused or noted."""
    resource = the_resource(plural, plugin)
    batch = the_batch(resource, batch_id)
    _still_there(batch)
    return _rows_page(resource, batch)


def _rows_page(resource: Resource, batch: ImportBatch, refused: Any = None) -> Any:
    asked = request.args.get("after", "")
    after = int(asked) if asked.isdigit() and len(asked) < 9 else 0
    shown = screens.rows(
        session(),
        batch,
        resource,
        outcome=request.args.get("outcome", ""),
        column=request.args.get("column", ""),
        after=after,
        limit=ROWS,
    )
    return render(
        "transfer/rows.html", 422 if refused else 200, page=screens.Page(resource, batch), rows=shown, refused=refused
    )


@both("/<int:batch_id>/rows", methods=["POST"])
@require(Perm.IMPORT_CREATE)
def decide(plural: str, batch_id: int, plugin: str = "") -> Any:
    """Do with each row that was left to a person what he decided."""
    resource = the_resource(plural, plugin)
    batch = the_batch(resource, batch_id)
    _still_there(batch)
    numbers = [int(name[1:]) for name in request.form if name[:1] == "d" and name[1:].isdigit() and len(name) < 10]
    chosen = {number: request.form[f"d{number}"] for number in numbers}
    try:
        if batch.state == "checked":
            return _decided_beforehand(resource, batch_id, chosen)
        done = settle(session(), batch, {number: one for number, one in chosen.items() if one in ACTIONS})
    except Refused as refused:
        return _rows_page(resource, the_batch(resource, batch_id), refused.message)
    toast(_("%(n)s rows were settled", n=done))
    return go_to(address(resource, batch, "/rows?outcome=review"))


def _decided_beforehand(resource: Resource, batch_id: int, chosen: Mapping[int, str]) -> Any:
    """Keep what was decided about rows of a dry run, for when it is imported."""
    if "created" in chosen.values():
        _demand_duplicates(resource)
    wanted = {
        number: (one, request.form.get(f"r{number}", "")) for number, one in chosen.items() if one in ("", *ACTIONS)
    }
    with transaction() as current:
        batch = the_batch(resource, batch_id)
        held = decide_beforehand(current, batch, wanted)
    toast(_("%(n)s rows are decided by hand", n=held))
    outcome = quote(request.args.get("outcome", ""))
    return go_to(address(resource, batch, f"/rows?outcome={outcome}"))


def _demand_duplicates(resource: Resource) -> None:
    """Let only those enter a record once more who may do so elsewhere. Raises Forbidden."""
    code = resource.code("duplicate")
    if code in place_of(session()).registry.permissions:
        current_access().demand(code)
