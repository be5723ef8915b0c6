"""The own password once more, where a screen left open must not be enough (promises: Permissions, 5; S12)."""

from __future__ import annotations

from dataclasses import dataclass

from core.auth.access import current_access
from core.auth.audit import record
from core.auth.passwords import check_password
from core.auth.services import sign_in
from core.db import system_transaction
from core.errors import Refused
from core.i18n import _, ngettext


@dataclass(frozen=True)
class Confirmed:
    """That a person gave his password with this request. `confirm` makes it, services demand it."""

    user_id: int


def confirm(typed: str, field: str = "password") -> Confirmed:
    """Compare what was typed with the password of who is signed in. Raises Refused for the form's `field`.

    Wrong ones cost what they cost at sign-in, for the person wherever they come from. It writes by itself, so call it
    before the transaction of what is to be done.
    """
    user_id = current_access().user_id or 0
    with system_transaction("password again") as session:
        candidate = sign_in.admit_again(session, user_id)
    if candidate.wait:
        words = ngettext(
            "Too many tries. Wait %(num)d second, then try again.",
            "Too many tries. Wait %(num)d seconds, then try again.",
            candidate.wait,
        )
        raise Refused(words, fields={field: words})
    right = check_password(candidate.stored, typed)
    with system_transaction("password again") as session:
        if right:
            sign_in.forget_again(session, user_id)
        else:
            record(session, "sign_in_failed", entity="core_user", entity_id=user_id, note="password again")
    if not right:
        raise Refused(_("The password is not right."), fields={field: _("The password is not right.")})
    return Confirmed(user_id)
