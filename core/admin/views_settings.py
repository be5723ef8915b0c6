"""The pages of settings and dictionaries."""

from __future__ import annotations

import re
from typing import Any

from flask import abort, request

from core.admin.views import blueprint
from core.auth.guard import require
from core.auth.permissions import Perm
from core.custom import own_fields
from core.db import session, transaction
from core.errors import Refused
from core.i18n import _
from core.overlay import overlay
from core.plugin import Dictionary, Setting
from core.web import go, render, toast, zhike

__all__ = ["blueprint"]

CODE = re.compile(r"^[a-z][a-z0-9_.]{0,58}$")


def _settings() -> list[tuple[str, list[Setting]]]:
    """List the settings by the plugin that declares them."""
    registry = zhike().registry
    groups: list[tuple[str, list[Setting]]] = []
    for name, info in registry.plugins.items():
        if name.startswith("core.") or name in registry.active():
            own = sorted(registry.declared_by(name, "register_settings"), key=lambda s: s.order)
            if own:
                groups.append((str(info.title), own))
    return groups


def _settings_page(status: int = 200, errors: dict[str, Any] | None = None) -> Any:
    typed = request.form if request.method == "POST" else {}
    values = {
        one.key: typed.get(one.key, "") if typed and one.kind != "bool" else overlay().setting(session(), one.key)
        for _title, group in _settings()
        for one in group
    }
    return render("admin/settings.html", status, groups=_settings(), values=values, errors=errors or {})


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
                values[one.key] = read_setting(one, request.form.get(one.key, ""))
            except ValueError as error:
                errors[one.key] = error.args[0]
    if errors:
        return _settings_page(422, errors)
    with transaction() as current:
        changed = [key for key, value in values.items() if overlay().setting(current, key) != value]
        for key in changed:
            overlay().change_setting(current, key, values[key])
    toast(_("%(n)s settings saved", n=len(changed)))
    return go("admin.settings")


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


def _dictionaries() -> list[Dictionary]:
    found: list[Dictionary] = zhike().registry.declared("register_dictionaries")
    return sorted(found, key=lambda d: (d.order, str(d.title)))


def _dictionary(name: str) -> Dictionary:
    known = {one.name: one for one in (*_dictionaries(), *_of_own_fields())}
    return known.get(name) or abort(404)


def _of_own_fields() -> list[Dictionary]:
    """List the dictionaries with the choices of the fields that administrators added."""
    return [
        Dictionary(name=own.field.dictionary, title=own.field.title)
        for resource in zhike().registry.resources()
        if resource.extensible
        for own in own_fields(resource.key)
        if own.field.dictionary is not None
    ]


def _entries(name: str) -> list[dict[str, Any]]:
    known = overlay().dictionary(session(), name)
    rows = []
    for choice in known.values():
        above = known.get(choice.parent) if choice.parent else None
        rows.append({"choice": choice, "above": above.title if above else "", "deep": bool(above)})
    return rows


@blueprint.get("/admin/dictionaries")
@require(Perm.DICTIONARY_ADMIN)
def dictionary_list() -> Any:
    """List the dictionaries."""
    counts = {d.name: len(overlay().dictionary(session(), d.name)) for d in _dictionaries()}
    return render("admin/dictionary_list.html", dictionaries=_dictionaries(), counts=counts)


@blueprint.get("/admin/dictionaries/<name>")
@require(Perm.DICTIONARY_ADMIN)
def dictionary_detail(name: str) -> Any:
    """Show the entries of a dictionary."""
    return render("admin/dictionary_detail.html", dictionary=_dictionary(name), rows=_entries(name))


@blueprint.post("/admin/dictionaries/<name>")
@require(Perm.DICTIONARY_ADMIN)
def dictionary_save(name: str) -> Any:
    """Rename, order and retire entries, and add one."""
    dictionary = _dictionary(name)
    try:
        with transaction() as current:
            changed = _change_entries(current, dictionary)
    except Refused as refused:
        rows = _entries(name)
        return render("admin/dictionary_detail.html", 422, dictionary=dictionary, rows=rows, refused=refused.message)
    toast(_("%(n)s entries saved", n=changed))
    return go("admin.dictionary_detail", name=name)


def _change_entries(current: Any, dictionary: Dictionary) -> int:
    known = overlay().dictionary(current, dictionary.name)
    changed = 0
    for code, choice in list(known.items()):
        if f"title:{code}" not in request.form:
            continue
        values: dict[str, Any] = {}
        title = request.form[f"title:{code}"].strip()[:120]
        if not title:
            raise Refused(_("An entry needs a title; retire it if it is not wanted any more."))
        if title != str(choice.title):
            values["title"] = title
        position = request.form.get(f"position:{code}", "").strip()
        if position:
            if not re.fullmatch(r"\d{1,5}", position):
                raise Refused(_("A place in the list is a whole number: %(text)s", text=position))
            values["position"] = int(position)
        retired = f"retired:{code}" in request.form
        if retired != choice.retired:
            values["retired"] = retired
        if values:
            overlay().change_entry(current, dictionary.name, code, **values)
            changed += 1
    code, title = request.form.get("new_code", "").strip(), request.form.get("new_title", "").strip()[:120]
    if code or title:
        if not CODE.match(code) or not title:
            raise Refused(_("A new entry needs a code of small letters, digits and points, and a title."))
        if code in known:
            raise Refused(_("There is an entry with the code %(code)s already.", code=code))
        parent = request.form.get("new_parent") or None
        if parent and parent not in known:
            raise Refused(_("There is no entry %(code)s to stand under.", code=parent))
        overlay().change_entry(current, dictionary.name, code, title=title, parent=parent)
        changed += 1
    return changed
