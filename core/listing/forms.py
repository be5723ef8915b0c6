"""The form of a saved view."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from wtforms import RadioField
from wtforms.validators import DataRequired

from core.auth.access import Access
from core.auth.models import Department, Group
from core.auth.permissions import Perm
from core.db import session
from core.desk.words import groups_in_words
from core.forms import BaseForm, TextField
from core.i18n import _


class ViewForm(BaseForm):
    """Asks for a view's name and who sees it; sharing with everybody and with any group is offered to those who may."""

    name = TextField(_("Name of the view"), [DataRequired(_("Enter a name for the view"))], max_length=60)
    shared = RadioField(_("Who sees it"), default="private")

    def __init__(self, access: Access, obj: Any = None, **kwargs: Any) -> None:
        choices: list[tuple[str, Any]] = [("private", _("Only me"))]
        if access.department_id is not None:
            department = session().get(Department, access.department_id)
            choices.append(("department", _("My department: %(name)s", name=department.name if department else "")))
        groups = select(Group).order_by(Group.id)
        if not access.may(Perm.VIEW_SHARE):
            groups = groups.where(Group.name.in_(access.groups))
        for group in session().scalars(groups):
            choices.append(
                (f"group:{group.id}", _("Group: %(name)s", name=group.title or groups_in_words([group.name])[0]))
            )
        if access.may(Perm.VIEW_SHARE):
            choices.append(("everybody", _("The whole company")))
        if obj is not None:
            now = f"group:{obj.group_id}" if obj.audience == "group" else obj.audience
            kwargs["shared"] = now
            if now not in {value for value, _title in choices}:
                choices.append((now, _("As it is")))
        super().__init__(None, obj, **kwargs)
        self.shared.choices = choices

    def values(self) -> dict[str, Any]:
        """Give what the service wants."""
        audience, _colon, group = (self.shared.data or "private").partition(":")
        return {
            "name": self.name.data or "",
            "audience": audience,
            "group_id": int(group) if group.isdecimal() else None,
        }
