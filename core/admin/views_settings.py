"""The page of settings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import request

from core.admin.views import blueprint
from core.auth.guard import require
from core.auth.permissions import Perm
from core.db import session, transaction
from core.i18n import _
from core.overlay import overlay
from core.plugin import Setting
from core.web import go, render, toast, zhike

__all__ = ["blueprint"]


def _settings() -> list[tuple[str, list[Setting]]]:
    """List the settings by the plugin that declares them."""
    registry = zhike().registry
    groups: list[tuple[str, list[Setting]]] = []
    for name, info in registry.plugins.items():
        if name.startswith("core.") or name in registry.active():
            declared = [one for one in registry.declared_by(name, "register_settings") if one.kind != "own"]
            own = sorted(declared, key=lambda s: s.order)
            if own:
                groups.append((str(info.title), own))
    return groups


def _settings_page(status: int = 200, errors: dict[str, Any] | None = None) -> Any:
    typed = request.form if request.method == "POST" else {}
    values = {
        one.key: (
            ",".join(request.form.getlist(one.key))
            if typed and one.kind == "codes"
            else typed.get(one.key, "")
            if typed and one.kind != "bool"
            else overlay().setting(session(), one.key)
        )
        for _title, group in _settings()
        for one in group
    }
    entries = {
        one.key: overlay().dictionary(session(), str(one.dictionary))
        for _title, group in _settings()
        for one in group
        if one.kind == "codes"
    }
    return render(
        "admin/settings.html", status, groups=_settings(), values=values, entries=entries, errors=errors or {}
    )


@blueprint.get("/admin/settings")
@require(Perm.SETTING_ADMIN)
def settings() -> Any:
    """Show every setting with its value here."""
    return _settings_page()


@blueprint.post("/admin/settings")
@require(Perm.SETTING_ADMIN)
def settings_save() -> Any:
    """Store what was changed; nothing when one value cannot stand."""
    errors: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for _title, group in _settings():
        for one in group:
            if one.key not in request.form and one.kind != "bool":
                continue  # what was not sent stays; an unticked box is not sent
            try:
                values[one.key] = (
                    read_codes(one, request.form.getlist(one.key))
                    if one.kind == "codes"
                    else read_setting(one, request.form.get(one.key, ""))
                )
            except ValueError as error:
                errors[one.key] = error.args[0]
    if errors:
        return _settings_page(422, errors)
    with transaction() as current:
        changed = overlay().change_settings(current, values)
    toast(_("%(n)s settings saved", n=len(changed)))
    return go("admin.settings")


def read_codes(setting: Setting, sent: Sequence[str]) -> str:
    """Put the chosen codes of a dictionary into one text. Raises ValueError where one is not in it."""
    known = overlay().dictionary(session(), str(setting.dictionary))
    chosen = {code for text in sent for part in text.split(",") if (code := part.strip())}
    if not chosen <= set(known):
        raise ValueError(_("Choose one of the list"))
    if chosen == set(str(setting.default).split(",")):
        return str(setting.default)
    return ",".join(code for code in known if code in chosen)


def read_setting(setting: Setting, text: str) -> Any:
    """Turn what was typed into the setting's kind of value. Raises ValueError with what to do."""
    text = text.strip()
    if setting.kind == "bool":
        return text == "true"
    if setting.kind == "number":
        if not re.fullmatch(r"-?\d{1,9}", text):
            raise ValueError(_("Enter a whole number"))
        return int(text)
    if setting.kind == "choice" and text not in {str(value) for value, _title in setting.choices}:
        raise ValueError(_("Choose one of the list"))
    if len(text) > 2000:
        raise ValueError(_("At most %(n)s characters", n=2000))
    return text
