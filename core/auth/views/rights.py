"""Effective rights: of one account with its single grants, of oneself, and why a record may be seen."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from core.auth.access import Access, access_of, current_access, load_access
from core.auth.guard import require, signed_in
from core.auth.models import User
from core.auth.permissions import Perm
from core.auth.queries import explain, people
from core.auth.services import rights
from core.auth.views import blueprint
from core.auth.views.groups import parts
from core.auth.views.users import the_user
from core.auth.words import FIELD_CLASSES, action_title, right_title, scopes_of, source_words
from core.db import session, transaction
from core.errors import Refused
from core.i18n import _
from core.plugin import Permission
from core.web import go, render, toast, zhike

AS_GROUPS = "groups"


@blueprint.route("/admin/users/<int:user_id>/rights", methods=["GET", "POST"])
@require(Perm.GROUP_ADMIN)
def user_rights(user_id: int) -> Response:
    """Show what an account may do and where each right comes from; give or deny single rights (A-05)."""
    user = the_user(session(), user_id)
    permissions = zhike().registry.permissions()
    found = parts()
    key = request.args.get("part", found[0][0])
    refused = None
    if request.method == "POST":
        sent = {p.code: request.form[p.code] for p in permissions if p.code in request.form}
        wanted = {code: None if value == AS_GROUPS else value for code, value in sent.items()}
        try:
            with transaction() as current:
                rights.demand_unchanged(current, request.form.get("mark", ""))
                user = the_user(current, user_id)
                count = rights.change_user_rights(current, user, wanted, permissions, by=current_access())
        except Refused as problem:
            refused = problem.message
        else:
            toast(_("%(n)s rights saved", n=count))
            return go("auth.user_rights", user_id=user_id, part=key)
    user = the_user(session(), user_id)
    active = {p.code for p in permissions}
    tabs = [(k, title, [p for p in own if p.code in active]) for k, title, own in found]
    tabs = [one for one in tabs if one[2]]
    part = next((one for one in tabs if one[0] == key), tabs[0])
    return render(
        "auth/user_rights.html",
        422 if refused else 200,
        person=user,
        parts=tabs,
        part=part,
        effective=load_access(session(), user_id, permissions),
        personal=rights.personal_rights(session(), user_id),
        sent=request.form if refused else {},
        refused=refused,
        mark=rights.mark(session()),
        **_words(),
    )


def _words() -> dict[str, Any]:
    titles = people.group_titles(session())

    def told(access: Access, permission: Permission) -> list[Any]:
        return [source_words(s, permission, titles) for s in access.sources.get(permission.code, ())]

    return {"told": told, "scopes_of": scopes_of, "action_title": action_title, "right_title": right_title}


@blueprint.get("/account/rights")
@signed_in
def own_rights() -> Response:
    """Tell the signed-in person what he may do, and why (A-13)."""
    mine = current_access()
    active = {p.code for p in zhike().registry.permissions()}
    held = [
        (title, [p for p in own if p.code in active and mine.may(p.code)], key == "other")
        for key, title, own in parts()
    ]
    titles = people.group_titles(session())
    return render(
        "auth/own_rights.html",
        mine=mine,
        held=[one for one in held if one[1]],
        group_names=[titles(name) for name in mine.groups],
        count=sum(len(one[1]) for one in held),
        **_words(),
    )


@blueprint.get("/admin/access")
@require(Perm.GROUP_ADMIN)
def access_page() -> Response:
    """Answer why somebody may or may not see a record, or who may (R-17)."""
    registry = zhike().registry
    permissions = registry.permissions()
    resources = explain.explainable(registry.resources())
    key, number = request.args.get("resource", ""), request.args.get("record", "").strip()[:100]
    user_id = request.args.get("user", type=int)
    resource = next((one for one in resources if one.key == key), None)
    record = explain.find_record(session(), resource, number) if resource and number else None
    problem = None
    if request.args and (resource is None or not number):
        problem = _("Choose what it is, and enter its number.")
    elif request.args and record is None:
        problem = _("There is no such record, or you may not find it yourself.")
    context: dict[str, Any] = {"record": None}
    if resource is not None and record is not None:
        context = {
            "record": record.id,
            "record_title": explain.title_of(resource, record),
            "owner": explain.owner_words(session(), record),
        }
        if user_id is not None:
            context |= _about_one(user_id, resource, record, permissions)
        else:
            context |= _about_all(resource, record, permissions)
    return render(
        "auth/access.html",
        422 if problem else 200,
        resources=resources,
        resource=resource,
        number=number,
        user_id=user_id,
        choices=people.person_choices(session(), keep=user_id),
        problem=problem,
        **context,
    )


def _about_one(user_id: int, resource: Any, record: Any, permissions: list[Permission]) -> dict[str, Any]:
    user = the_user(session(), user_id)
    access = load_access(session(), user_id, permissions)
    if access is None:
        return {"person": user, "closed": True, "verdicts": []}
    host = explain.host_of(session(), record)
    seen = explain.classes(access, resource, record, host)
    return {
        "person": user,
        "closed": False,
        "verdicts": explain.verdicts(access, resource, record, permissions, people.group_titles(session()), host),
        "classes": [title for name, title in FIELD_CLASSES.items() if name in seen],
    }


def _about_all(resource: Any, record: Any, permissions: list[Permission]) -> dict[str, Any]:
    """Judge every open account, a page at a time."""
    registry, titles = zhike().registry, people.group_titles(session())
    page = max(1, min(request.args.get("page", 1, type=int), 10_000))
    chosen = people.Wanted(state="open")
    users, count = people.find_users(session(), chosen, page)
    enabled = registry.enabled(session())
    asked = explain.finders(resource, permissions)
    host = explain.host_of(session(), record)
    rows: list[tuple[User, list[explain.Verdict]]] = []
    for user in users:
        access = access_of(session(), user.id, lambda: permissions, enabled)
        if access is not None:
            rows.append((user, [explain.verdict(access, record, p, titles, host) for p in asked]))
    kept: dict[str, Any] = {name: request.args[name] for name in ("resource", "record") if request.args.get(name)}
    return {
        "rows": rows,
        "count": count,
        "asked": [action_title(p) for p in asked],
        "before": url_for("auth.access_page", **{**kept, "page": str(page - 1)}) if page > 1 else None,
        "after": url_for("auth.access_page", **{**kept, "page": str(page + 1)}) if page * people.PAGE < count else None,
    }
