"""The modules page and the system page."""

from __future__ import annotations

import platform
from typing import Any

from flask import Blueprint, abort, request
from sqlalchemy import text

from core.admin.plugins import plugin_states, switch_plugin
from core.auth.guard import require
from core.auth.permissions import Perm
from core.config import redacted
from core.db import session, transaction
from core.engines import sqlite_module
from core.errors import Refused
from core.i18n import _
from core.mail.fetching import check_mailbox
from core.mail.queries import mailbox_error, outbox_state
from core.mail.sending import check_server
from core.migrate import Migrations
from core.web import go, render, toast, zhike

blueprint = Blueprint("admin", __name__, template_folder="templates")


def _migrations() -> Migrations:
    parts = zhike()
    return Migrations(parts.config.database_url, parts.registry)


@blueprint.get("/admin/plugins")
@require(Perm.PLUGIN_ADMIN)
def plugin_list() -> Any:
    """Show every installed plugin, its state, and what a switch would hide."""
    return render("admin/plugin_list.html", plugins=plugin_states(session(), zhike().registry))


@blueprint.post("/admin/plugins/<name>/<any(enable, disable):switch>")
@require(Perm.PLUGIN_ADMIN)
def plugin_switch(name: str, switch: str) -> Any:
    """Enable or disable a plugin."""
    parts = zhike()
    if name not in parts.registry.plugins:
        abort(404)
    try:
        with transaction() as current:
            switch_plugin(current, parts.registry, _migrations(), name, on=switch == "enable")
    except Refused as refused:
        states = plugin_states(session(), parts.registry)
        return render("admin/plugin_list.html", 422, plugins=states, refused=refused.message)
    title = parts.registry.plugins[name].title
    toast(
        _("%(title)s is on", title=title)
        if switch == "enable"
        else _("%(title)s is off, its data is kept", title=title)
    )
    return go("admin.plugin_list")


@blueprint.get("/admin/system")
@require(Perm.SYSTEM_ADMIN)
def system() -> Any:
    """Show where this deployment keeps its data and whether each place answers (A-17)."""
    parts = zhike()
    try:
        session().execute(text("SELECT 1"))
        database_state = ""
    except Exception as error:
        database_state = type(error).__name__
    rows = [
        (_("Database"), redacted(parts.config.database_url), database_state or _("answers")),
        (_("Database version"), _database_version(), ""),
        (_("Queue"), redacted(parts.config.queue_url), ""),
        (_("Mail"), redacted(parts.config.mail_url) or str(parts.config.home / "mail"), _mail_state()),
        (_("Mailbox"), redacted(parts.config.imap_url), _mailbox_state()),
        (
            _("Files"),
            str(parts.config.files),
            _("there") if parts.config.files.is_dir() else _("made when first needed"),
        ),
        (_("Mode"), parts.config.env, ""),
        (_("Time zone"), parts.config.timezone.key, ""),
        ("Python", platform.python_version(), ""),
    ]
    pending = _migrations().pending() if request.args.get("check") else {}
    return render("admin/system.html", rows=rows, pending=pending, broken=parts.registry.broken)


def _mail_state() -> str:
    """Tell what became of the last letters; whether the server answers now, where it is to be checked."""
    if request.args.get("check"):
        return check_server(zhike().database) or str(_("answers"))
    return outbox_state(session()).error


def _mailbox_state() -> str:
    """The same of the mailbox from which e-mails are fetched."""
    if request.args.get("check") and zhike().config.imap_url:
        return check_mailbox(zhike().database) or str(_("answers"))
    return mailbox_error(session())


def _database_version() -> str:
    if zhike().database.is_sqlite:
        return f"SQLite {sqlite_module().sqlite_version}"
    return f"PostgreSQL {session().execute(text('SHOW server_version')).scalar_one()}"
