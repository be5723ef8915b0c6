"""The administrators' pages of accounts and departments."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.forms.people import DepartmentForm, UserForm
from core.auth.guard import require
from core.auth.models import Department, Group, User
from core.auth.permissions import Perm
from core.auth.queries import people
from core.auth.services import accounts, rights
from core.auth.views import blueprint
from core.clock import local_today
from core.db import session, transaction
from core.errors import Conflict, NotFound, Refused
from core.i18n import _
from core.web import go, go_to, remember, render, repeated, toast, zhike

FILTERS = ("q", "department", "group", "state")


def the_user(current: Session, user_id: int) -> User:
    """Find an account. Raises NotFound."""
    user = current.get(User, user_id)
    if user is None:
        raise NotFound(_("There is no such account."))
    return user


def check_version(seen: int | None, stored: int) -> None:
    """Refuse to save over what somebody else saved meanwhile. Raises Conflict."""
    if seen != stored:
        raise Conflict(_("Somebody saved this meanwhile. Nothing was overwritten; look at the page again."))


def _wanted() -> people.Wanted:
    state = request.args.get("state", "open")
    return people.Wanted(
        text=request.args.get("q", "").strip()[:60],
        department_id=request.args.get("department", type=int),
        group_id=request.args.get("group", type=int),
        state=state if state in ("open", "closed", "all") else "open",
    )


@blueprint.get("/admin/users")
@require(Perm.USER_ADMIN)
def user_list() -> Response:
    """List the accounts."""
    wanted, page = _wanted(), max(1, min(request.args.get("page", 1, type=int), 10_000))
    rows, count = people.find_users(session(), wanted, page)
    kept: dict[str, Any] = {key: request.args[key] for key in FILTERS if request.args.get(key)}
    last = max(1, -(-count // people.PAGE))
    supervisors = dict(people.person_choices(session()))
    return render(
        "auth/user_list.html",
        rows=rows,
        count=count,
        wanted=wanted,
        departments=people.department_choices(session()),
        groups=people.groups(session()),
        group_title=people.group_titles(session()),
        supervisors=supervisors,
        first=(page - 1) * people.PAGE + 1,
        before=url_for("auth.user_list", **{**kept, "page": str(page - 1)}) if page > 1 else None,
        after=url_for("auth.user_list", **{**kept, "page": str(page + 1)}) if page < last else None,
    )


def _user_page(form: UserForm, user: User | None) -> Response:
    today = local_today()
    age = None
    if user is not None and user.birth_date:
        born = user.birth_date
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    refused = form.errors or form.form_errors
    return render("auth/user_form.html", 422 if refused else 200, form=form, person=user, age=age)


def _profile(form: UserForm) -> dict[str, Any]:
    return {name: form[name].data for name in accounts.PROFILE}


def _chosen(current: Session, form: UserForm) -> list[Group]:
    return [current.get_one(Group, group_id) for group_id in form.groups.data or ()]


def _password_page(user: User, password: str) -> Response:
    """Show a made-up password, this once."""
    answer = render("auth/user_password.html", person=user, password=password)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/admin/users/new", methods=["GET", "POST"])
@require(Perm.USER_ADMIN)
def user_new() -> Response:
    """Make an account with a password for the first sign-in, shown once."""
    form = UserForm()
    if request.method == "POST" and form.validate():
        password = accounts.made_up_password()
        try:
            with transaction() as current:
                address = repeated(current)
                if address is not None:
                    return go_to(address)
                user = accounts.create_user(
                    current,
                    username=form.username.data or "",
                    groups=_chosen(current, form),
                    password=password,
                    by=current_access(),
                    department_id=form.department_id.data,
                    supervisor_id=form.supervisor_id.data,
                    **_profile(form),
                )
                remember(current, url_for("auth.user_detail", user_id=user.id))
        except Refused as refused:
            form.refuse(refused)
        else:
            return _password_page(user, password)
    return _user_page(form, None)


@blueprint.route("/admin/users/<int:user_id>", methods=["GET", "POST"])
@require(Perm.USER_ADMIN)
def user_detail(user_id: int) -> Response:
    """Show and change an account."""
    user = the_user(session(), user_id)
    form = UserForm(user)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                user = the_user(current, user_id)
                check_version(form.version.data, user.version)
                accounts.change_user(
                    current,
                    user,
                    groups=_chosen(current, form),
                    department_id=form.department_id.data,
                    supervisor_id=form.supervisor_id.data,
                    active=user.active,
                    by=current_access(),
                    **_profile(form),
                )
                rights.keep_hold(current, current_access(), zhike().registry.permissions())
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Saved"))
            return go("auth.user_detail", user_id=user_id)
    return _user_page(form, the_user(session(), user_id))


@blueprint.post("/admin/users/<int:user_id>/<any(open, close):switch>")
@require(Perm.USER_ADMIN)
def user_switch(user_id: int, switch: str) -> Response:
    """Close an account, which ends its sign-ins at once, or open it again."""
    try:
        with transaction() as current:
            user = the_user(current, user_id)
            if user.active != (switch == "open"):
                accounts.set_active(current, user, switch == "open", by=current_access())
    except NotFound:
        raise
    except Refused as refused:
        user = the_user(session(), user_id)
        form = _as_stored(user)
        form.refuse(refused)
        return _user_page(form, user)
    toast(
        _("The account of %(name)s is open", name=user.name)
        if switch == "open"
        else _("The account of %(name)s is closed, its sign-ins have ended", name=user.name)
    )
    return go("auth.user_detail", user_id=user_id)


@blueprint.post("/admin/users/<int:user_id>/password")
@require(Perm.USER_ADMIN)
def user_password(user_id: int) -> Response:
    """Set a password for one sign-in, shown once; the person has to choose another then."""
    password = accounts.made_up_password()
    try:
        with transaction() as current:
            user = the_user(current, user_id)
            if user.id == current_access().user_id:
                raise Refused(_("Change your own password under My account."))
            accounts.set_password(current, user, password, by=current_access())
    except NotFound:
        raise
    except Refused as refused:
        user = the_user(session(), user_id)
        form = _as_stored(user)
        form.refuse(refused)
        return _user_page(form, user)
    return _password_page(user, password)


def _as_stored(user: User) -> UserForm:
    """Make the form of an account as it stands, whatever was posted."""
    form = UserForm(user)
    form.restore()
    return form


# --- departments -----------------------------------------------------------------------------------------------------


def _departments_page(form: DepartmentForm) -> Response:
    refused = form.errors or form.form_errors
    branches = people.department_tree(session())
    return render("auth/department_list.html", 422 if refused else 200, branches=branches, form=form)


@blueprint.route("/admin/departments", methods=["GET", "POST"])
@require(Perm.USER_ADMIN)
def department_list() -> Response:
    """Show the tree of departments, and add one."""
    form = DepartmentForm(parent_id=request.args.get("parent", type=int))
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                if repeated(current) is None:
                    accounts.save_department(
                        current,
                        None,
                        name=form.name.data or "",
                        parent_id=form.parent_id.data,
                        profile=form.profile.data,
                    )
                    remember(current, url_for("auth.department_list"))
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Saved"))
            return go("auth.department_list")
    return _departments_page(form)


@blueprint.route("/admin/departments/<int:department_id>", methods=["GET", "POST"])
@require(Perm.USER_ADMIN)
def department_detail(department_id: int) -> Response:
    """Rename, move or retire a department; what lies below it moves along."""

    def find(current: Session) -> Department:
        found = current.get(Department, department_id)
        if found is None:
            raise NotFound(_("There is no such department."))
        return found

    form = DepartmentForm(find(session()))
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                department = find(current)
                check_version(form.version.data, department.version)
                accounts.save_department(
                    current,
                    department,
                    name=form.name.data or "",
                    parent_id=form.parent_id.data,
                    profile=form.profile.data,
                    retired=form.retired.data,
                )
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Saved"))
            return go("auth.department_list")
    refused_form = form.errors or form.form_errors
    return render("auth/department_form.html", 422 if refused_form else 200, form=form, department=find(session()))
