"""The administrator's screen of events and jobs."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, abort, request, url_for

from core.auth.guard import require
from core.auth.permissions import Perm
from core.bus import queries
from core.bus.models import Delivery, JobRun
from core.bus.services import replay, replay_failed, start_job
from core.db import session, transaction
from core.i18n import _, ngettext
from core.web import go, go_to, remember, render, repeated, toast, zhike

blueprint = Blueprint("bus", __name__, template_folder="templates")

BIGGEST = 2**53


@blueprint.get("/admin/bus")
@require(Perm.BUS_ADMIN)
def event_list() -> Any:
    """Show events with their deliveries, newest first."""
    name, state = request.args.get("name", ""), request.args.get("state", "")
    before, number = (request.args.get(key, type=int) for key in ("before", "number"))
    if (state and state not in queries.STATES) or any(n is not None and not 0 < n < BIGGEST for n in (before, number)):
        abort(404)
    found = queries.events(session(), name=name, state=state, before=before, number=number)
    page = found[: queries.PAGE]
    chosen: dict[str, Any] = {key: value for key, value in (("name", name), ("state", state)) if value}
    older = url_for("bus.event_list", **chosen, before=page[-1].id) if len(found) > len(page) else None
    known = zhike().bus.known.events
    return render(
        "bus/event_list.html",
        events=page,
        names=[(n, known[n].title if n in known else n) for n in queries.event_names(session())],
        titles={n: event.title for n, event in known.items()},
        counts=queries.counts(session()),
        chosen=chosen,
        number=number,
        older=older,
        newest=url_for("bus.event_list", **chosen) if before else None,
        written=lambda payload: json.dumps(payload, ensure_ascii=False),
    )


@blueprint.get("/admin/bus/failures")
@require(Perm.BUS_ADMIN)
def failure_list() -> Any:
    """Show what gave up or failed at least once, with the reason."""
    return render(
        "bus/failure_list.html",
        deliveries=queries.troubled_deliveries(session()),
        runs=queries.troubled_runs(session()),
        counts=queries.counts(session()),
        titles={n: event.title for n, event in zhike().bus.known.events.items()},
        jobs={n: job.title for n, (_plugin, job) in zhike().bus.known.jobs.items()},
    )


@blueprint.post("/admin/bus/deliveries/<int:number>/replay")
@require(Perm.BUS_ADMIN)
def delivery_replay(number: int) -> Any:
    """Start one delivery again."""
    with transaction() as current:
        replay(current, _found(current.get(Delivery, number) if number < BIGGEST else None))
    return _started_again()


@blueprint.post("/admin/bus/runs/<int:number>/replay")
@require(Perm.BUS_ADMIN)
def run_replay(number: int) -> Any:
    """Start one job run again."""
    with transaction() as current:
        replay(current, _found(current.get(JobRun, number) if number < BIGGEST else None))
    return _started_again()


def _found(row: Delivery | JobRun | None) -> Delivery | JobRun:
    if row is None:
        abort(404)
    return row


def _started_again() -> Any:
    toast(_("Started again"))
    return go("bus.failure_list")


@blueprint.post("/admin/bus/replay")
@require(Perm.BUS_ADMIN)
def failed_replay() -> Any:
    """Start everything that gave up again."""
    with transaction() as current:
        count = replay_failed(current)
    toast(ngettext("%(num)d started again", "%(num)d started again", count))
    return go("bus.failure_list")


@blueprint.get("/admin/bus/jobs")
@require(Perm.BUS_ADMIN)
def job_list() -> Any:
    """Show every job with its last and next run."""
    return render("bus/job_list.html", jobs=queries.jobs(session(), zhike().bus), counts=queries.counts(session()))


@blueprint.get("/admin/bus/jobs/<name>")
@require(Perm.BUS_ADMIN)
def job_detail(name: str) -> Any:
    """Show the newest runs of a job."""
    known = zhike().bus.known.jobs
    if name not in known:
        abort(404)
    return render(
        "bus/job_detail.html",
        job=known[name][1],
        runs=queries.runs_of(session(), name),
        counts=queries.counts(session()),
    )


@blueprint.post("/admin/bus/jobs/<name>/run")
@require(Perm.BUS_ADMIN)
def job_run(name: str) -> Any:
    """Ask for a run of a job now."""
    if name not in zhike().bus.known.jobs:
        abort(404)
    with transaction() as current:
        address = repeated(current)
        if address is None:
            start_job(current, name)
            address = remember(current, url_for("bus.job_detail", name=name))
            toast(_("The job starts within seconds"))
    return go_to(address)


@blueprint.get("/admin/bus/plugins")
@require(Perm.BUS_ADMIN)
def plugin_map() -> Any:
    """Show which plugin publishes and which hears each event."""
    bus = zhike().bus
    names = sorted({*bus.known.events, *bus.known.listeners})
    plugins = bus.registry.plugins
    rows = [
        {
            "name": name,
            "event": bus.known.events.get(name),
            "publisher": plugins[bus.known.publishers[name]].title if name in bus.known.publishers else "",
            "hears": [(plugins[one.plugin].title, one.key) for one in bus.known.listeners.get(name, ())],
        }
        for name in names
    ]
    return render("bus/plugin_map.html", rows=rows, counts=queries.counts(session()))
