"""The administrators' pages of groups and the matrix of rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from flask import abort, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.forms.people import GroupForm, PickField
from core.auth.guard import require
from core.auth.models import Group, User
from core.auth.permissions import Perm
from core.auth.queries import people
from core.auth.services import accounts, rights
from core.auth.views import blueprint
from core.auth.words import ACTIONS, action_title, right_title, scopes_of
from core.db import session, transaction
from core.errors import NotFound, Refused
from core.forms import BaseForm
from core.i18n import _
from core.plugin import Permission
from core.web import go, go_to, remember, render, repeated, toast, zhike


class Rehearsed(Exception):
    """Ends a transaction that was only to show what would come of it."""


class MemberForm(BaseForm):
    """Whom to put into a group."""

    user_id = PickField(_("Account"))


def all_permissions() -> list[Permission]:
    """List every right there is, also of plugins that are off: their rights stay as they were set."""
    return zhike().registry.permissions(everywhere=True)


def the_group(current: Session, group_id: int) -> Group:
    """Find a group. Raises NotFound."""
    group = current.get(Group, group_id)
    if group is None:
        raise NotFound(_("There is no such group."))
    return group


# --- the list, titles and members ------------------------------------------------------------------------------------


def _list_page(form: GroupForm) -> Response:
    refused = form.errors or form.form_errors
    return render(
        "auth/group_list.html",
        422 if refused else 200,
        form=form,
        groups=people.groups(session()),
        counts=people.member_counts(session()),
        group_title=people.group_titles(session()),
    )


@blueprint.route("/admin/groups", methods=["GET", "POST"])
@require(Perm.GROUP_ADMIN)
def group_list() -> Response:
    """List the groups, and add one."""
    form = GroupForm()
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                address = repeated(current)
                if address is None:
                    made = rights.save_group(current, None, name=form.name.data or "", title=form.title.data or "")
                    address = remember(current, url_for("auth.group_detail", group_id=made.id))
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Saved"))
            return go_to(address)
    return _list_page(form)


def _members_page(group: Group, form: GroupForm, member: MemberForm) -> Response:
    inside = people.members(session(), group.id)
    known = {str(user.id) for user in inside}
    member.user_id.offer([one for one in people.person_choices(session()) if one[0] not in known])
    refused = form.errors or form.form_errors or member.errors or member.form_errors
    return render(
        "auth/group_members.html",
        422 if refused else 200,
        group=group,
        name=people.group_titles(session())(group.name),
        form=form,
        member=member,
        members=inside,
    )


def _group_form(group: Group, *, posted: bool = False) -> GroupForm:
    form = GroupForm(obj=group)
    if not posted:
        form.process(None, obj=group)
    del form.name
    return form


@blueprint.route("/admin/groups/<int:group_id>/members", methods=["GET", "POST"])
@require(Perm.GROUP_ADMIN)
def group_members(group_id: int) -> Response:
    """Show who is in a group, give it another title, put somebody in."""
    group = the_group(session(), group_id)
    adding = "user_id" in request.form
    form, member = _group_form(group, posted="title" in request.form), MemberForm()
    member.user_id.offer(people.person_choices(session()))
    chosen: BaseForm = member if adding else form
    if request.method == "POST" and chosen.validate():
        try:
            with transaction() as current:
                group = the_group(current, group_id)
                if not adding:
                    rights.save_group(current, group, name=group.name, title=form.title.data or "")
                elif member.user_id.data is not None:
                    user = current.get_one(User, member.user_id.data)
                    accounts.set_groups(current, user, [*user.groups, group], by=current_access())
        except Refused as refused:
            chosen.refuse(refused)
        else:
            toast(_("Saved"))
            return go("auth.group_members", group_id=group_id)
    return _members_page(the_group(session(), group_id), form, member)


@blueprint.post("/admin/groups/<int:group_id>/members/<int:user_id>/remove")
@require(Perm.GROUP_ADMIN)
def group_member_remove(group_id: int, user_id: int) -> Response:
    """Take somebody out of a group."""
    group = the_group(session(), group_id)
    try:
        with transaction() as current:
            user = current.get(User, user_id)
            if user is None:
                raise NotFound(_("There is no such account."))
            left = [one for one in user.groups if one.id != group_id]
            accounts.set_groups(current, user, left, by=current_access())
            rights.keep_hold(current, current_access(), all_permissions())
    except NotFound:
        raise
    except Refused as refused:
        group = the_group(session(), group_id)
        form = _group_form(group)
        form.refuse(refused)
        return _members_page(group, form, MemberForm())
    toast(_("%(name)s is no longer in this group", name=user.name))
    return go("auth.group_members", group_id=group_id)


@blueprint.post("/admin/groups/<int:group_id>/delete")
@require(Perm.GROUP_ADMIN)
def group_delete(group_id: int) -> Response:
    """Remove a group that nobody is in."""
    try:
        with transaction() as current:
            rights.delete_group(current, the_group(current, group_id))
    except NotFound:
        raise
    except Refused as refused:
        group = the_group(session(), group_id)
        form = _group_form(group)
        form.refuse(refused)
        return _members_page(group, form, MemberForm())
    toast(_("The group was removed"))
    return go("auth.group_list")


# --- the matrix ------------------------------------------------------------------------------------------------------


def parts() -> list[tuple[str, Any, list[Permission]]]:
    """List the resources with their rights: `(key, title, rights)`; what is no resource's comes last, in one part."""
    found: dict[str, tuple[Any, list[Permission]]] = {}
    loose: list[Permission] = []
    for permission in all_permissions():
        if permission.action in ("admin", "share"):
            loose.append(permission)
        else:
            key = f"{permission.owner}:{permission.resource}"
            found.setdefault(key, (permission.title, []))[1].append(permission)
    made = [(key, title, own) for key, (title, own) in found.items()]
    return [*made, ("other", _("Administration"), loose)]


def cell_name(group_id: int, code: str) -> str:
    """Name the form field of one cell."""
    return f"{group_id}/{code}"


def _sent(groups: Sequence[Group], permissions: Sequence[Permission]) -> dict[tuple[int, str], str]:
    wanted = {}
    for group in groups:
        for permission in permissions:
            value = request.form.get(cell_name(group.id, permission.code))
            if value is not None:
                wanted[group.id, permission.code] = value
    return wanted


def _change(groups: Sequence[Group], back: str) -> Response | Refused:
    """Show what a sent matrix would change, or store it when that was seen."""
    permissions = all_permissions()
    by = current_access()
    found: list[rights.Effect] = []
    try:
        with suppress(Rehearsed), transaction() as current:
            rights.demand_unchanged(current, request.form.get("mark", ""))
            changes = rights.group_changes(current, groups, permissions, _sent(groups, permissions))
            if request.form.get("step") == "save":
                rights.change_groups(current, changes, permissions, by=by)
            else:
                found = rights.effects(
                    current,
                    [change.holder_id for change in changes],
                    permissions,
                    lambda: rights.change_groups(current, changes, permissions, by=by),
                )
                raise Rehearsed
    except Refused as refused:
        return refused
    if request.form.get("step") == "save":
        toast(_("%(n)s rights saved", n=len(changes)))
        return go_to(back)
    known = {p.code: p for p in permissions}
    return render(
        "auth/rights_preview.html",
        changes=changes,
        effects=found,
        known=known,
        right_title=right_title,
        scopes_of=scopes_of,
        names={group.id: people.group_titles(session())(group.name) for group in groups},
        cell_name=cell_name,
        mark=request.form.get("mark", ""),
        back=back,
    )


def _matrix_context(groups: Sequence[Group], refused: Refused | None) -> Mapping[str, Any]:
    return {
        "cells": rights.cells(session(), groups, all_permissions()),
        "sent": _sent(groups, all_permissions()) if refused is not None else {},
        "refused": refused.message if refused is not None else None,
        "mark": rights.mark(session()),
        "scopes_of": scopes_of,
        "action_title": action_title,
        "right_title": right_title,
        "cell_name": cell_name,
    }


@blueprint.route("/admin/groups/<int:group_id>", methods=["GET", "POST"])
@require(Perm.GROUP_ADMIN)
def group_detail(group_id: int) -> Response:
    """Show and change everything that one group may do: resources by actions."""
    group = the_group(session(), group_id)
    refused: Refused | None = None
    if request.method == "POST":
        answer = _change([group], url_for("auth.group_detail", group_id=group_id))
        if not isinstance(answer, Refused):
            return answer
        refused = answer
    *resources, other = parts()
    held = {p.action for _key, _title, own in resources for p in own}
    actions = [*(a for a in ACTIONS if a in held), *sorted(held - ACTIONS.keys())]
    return render(
        "auth/group_rights.html",
        422 if refused else 200,
        group=group,
        name=people.group_titles(session())(group.name),
        resources=[(key, title, {p.action: p for p in own}) for key, title, own in resources],
        actions=[(action, ACTIONS.get(action, action)) for action in actions],
        others=other[2],
        **_matrix_context([group], refused),
    )


@blueprint.route("/admin/groups/matrix", methods=["GET", "POST"])
@require(Perm.GROUP_ADMIN)
def group_matrix() -> Response:
    """Show and change what every group may do with one resource: actions by groups."""
    groups = people.groups(session())
    found = parts()
    key = request.args.get("part", found[0][0])
    part = next((one for one in found if one[0] == key), None)
    if part is None:
        abort(404)
    refused: Refused | None = None
    if request.method == "POST":
        answer = _change(groups, url_for("auth.group_matrix", part=key))
        if not isinstance(answer, Refused):
            return answer
        refused = answer
    titles = people.group_titles(session())
    return render(
        "auth/group_matrix.html",
        422 if refused else 200,
        groups=[(group.id, titles(group.name)) for group in groups],
        parts=found,
        part=part,
        **_matrix_context(groups, refused),
    )
