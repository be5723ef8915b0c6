"""What watches over the server: `/healthz` for load balancers and people, `/metrics` for Prometheus."""

from __future__ import annotations

import time
from typing import Any

import structlog
from flask import Blueprint, Flask, Response, g, jsonify, request
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from core.auth.access import current_access
from core.auth.guard import public
from core.auth.models import PluginState, WebSession
from core.auth.permissions import Perm
from core.bus import queries
from core.bus.figures import expose, requests
from core.db import work
from core.errors import Forbidden
from core.i18n import _
from core.migrate import Migrations
from core.web import zhike

log = structlog.get_logger(__name__)

blueprint = Blueprint("health", __name__)

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


@blueprint.get("/healthz")
@public
def healthz() -> Any:
    """Say whether this process can do its work: 200, or 503 while the database is away or its tables are old.

    A queue out of reach or a broken plugin is told and does not make the server unfit.
    """
    parts = zhike()
    found: dict[str, Any] = {"status": "ok", "database": "ok", "migrations": "ok", "queue": "ok", "plugins": "ok"}
    status = 200
    try:
        with work(parts.database, reason="health") as unit:
            behind = Migrations(parts.config.database_url, parts.registry).behind(unit.session.connection())
            broken = set(parts.registry.broken)
            if "core" not in behind:
                broken.update(unit.session.scalars(select(PluginState.name).where(PluginState.broken != "")))
        if behind:
            status, found["migrations"] = 503, {owner: {"at": at, "head": head} for owner, (at, head) in behind.items()}
        if broken:
            found["plugins"] = {"broken": sorted(broken)}
    except SQLAlchemyError as error:
        log.warning("database is away", error=str(error))
        status, found["database"], found["migrations"] = 503, "away", "unknown"
    try:
        parts.bus.queue.size()
    except Exception as error:
        log.warning("queue is away", error=str(error))
        found["queue"] = "away"
    found["status"] = "ok" if status == 200 else "unavailable"
    return jsonify(found), status


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Give figures to Prometheus: on the machine itself, or with the right over the system."""
    local = request.remote_addr in ("127.0.0.1", "::1") and not any(name in request.headers for name in FORWARDED)
    if not local and not current_access().may(Perm.SYSTEM_ADMIN):
        raise Forbidden(_("You do not have the right to open this page."), permission=Perm.SYSTEM_ADMIN)
    with work(zhike().database, reason="metrics") as unit:
        counted = queries.counts(unit.session)
        figures = {
            "zhike_bus_waiting": ("Deliveries and job runs that wait", counted["waiting"]),
            "zhike_bus_late": ("Deliveries and job runs that should have run a minute ago", counted["late"]),
            "zhike_bus_gave_up": ("Deliveries and job runs that wait for an administrator", counted["gave_up"]),
            "zhike_sessions": ("Browsers signed in", _count(unit.session, WebSession)),
            "zhike_plugins_broken": ("Plugins that are broken here", len(zhike().registry.broken)),
        }
    try:
        figures["zhike_queue_size"] = ("Messages in the queue", zhike().bus.queue.size())
    except Exception as error:
        log.warning("queue is away", error=str(error))
    text, kind = expose(figures)
    return Response(text, content_type=kind)


def _count(session: Any, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def watch(app: Flask) -> None:
    """Count and time every request of a serving process."""
    seconds = requests()

    @app.after_request
    def count(response: Response) -> Response:
        started = g.get("started")
        if started is not None:
            area = (request.blueprint or "none").split(".", 1)[0]
            code = f"{response.status_code // 100}xx"
            seconds.labels(request.method, area, code).observe(time.perf_counter() - started)
        return response
