"""The blueprint of mail, its lists, and what its pages share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.attachments.receiving import kept_or_dropped, receive_files
from core.attachments.store import Incoming
from core.auth.access import current_access
from core.db import session
from core.errors import NotFound, Refused
from core.i18n import _
from core.listing.views import resource_views
from core.mail.fetching import use_mailbox
from core.mail.models import Letter, Mailing, MailTemplate
from core.mail.permissions import Perm
from core.mail.resources import INMAIL, LETTER, MAILING, SMS, TEMPLATE
from core.mail.sending import use_server
from core.mail.services.letters import MOST_FILES

blueprint = Blueprint("mail", __name__, template_folder="../templates")
resource_views(blueprint, LETTER)
resource_views(blueprint, MAILING)
resource_views(blueprint, INMAIL)
resource_views(blueprint, SMS)
resource_views(blueprint, TEMPLATE)


def _set_up(state: Any) -> None:
    parts = state.app.extensions.get("zhike")
    if parts is not None:  # core.app also registers every blueprint on a scratch application, to look at its views
        use_server(parts.database, parts.config.mail_url, parts.config.home / "mail")
        use_mailbox(parts.database, parts.config.imap_url)


blueprint.record(_set_up)


def letter_or_404(current: Session, letter_id: int, code: str = Perm.LETTER_READ) -> Letter:
    """Find a letter that the right reaches; another's is as unknown as none. Raises NotFound."""
    letter = current.get(Letter, letter_id) if 0 < letter_id < 2**53 else None
    if letter is None or not current_access().may(code, letter):
        raise NotFound(_("There is no such e-mail, or it is not yours to see."))
    return letter


def mailing_or_404(current: Session, mailing_id: int, code: str = Perm.MAILING_READ) -> Mailing:
    """Find a mailing that the right reaches. Raises NotFound."""
    mailing = current.get(Mailing, mailing_id) if 0 < mailing_id < 2**53 else None
    if mailing is None or not current_access().may(code, mailing):
        raise NotFound(_("There is no such mailing, or it is not yours to see."))
    return mailing


@contextmanager
def files_of_form() -> Iterator[Sequence[Incoming]]:
    """Take the files of a form for the block that keeps them, and drop them where it fails. Raises Refused."""
    sent = [one for one in request.files.getlist("files") if one.filename]
    if len(sent) > MOST_FILES:
        words = _("At most %(n)s files can be sent at once.", n=MOST_FILES)
        raise Refused(words, fields={"files": words})
    received, bad = receive_files(sent)
    with kept_or_dropped(received):
        if bad:
            words = _("%(name)s: %(why)s", **bad[0])
            raise Refused(words, fields={"files": words})
        yield received


def template_choices() -> list[tuple[int, str]]:
    """List the templates with which a text can begin: id and name."""
    if not current_access().may(Perm.TEMPLATE_QUERY):
        return []
    rows = select(MailTemplate.id, MailTemplate.name).order_by(MailTemplate.name).limit(50)
    return [(key, name) for key, name in session().execute(rows)]


def named_template() -> MailTemplate | None:
    """Give the template that the address or the pressed button names; None where it is not there, or not for him."""
    asked = request.values.get("template", "")
    if not asked.isdecimal() or len(asked) >= 16 or not current_access().may(Perm.TEMPLATE_READ):
        return None
    return session().get(MailTemplate, int(asked))


def lost_files() -> bool:
    """Tell whether a form had files, which a browser forgets when the form comes back."""
    return any(one.filename for one in request.files.getlist("files"))


def me() -> int:
    """Give the id of the person who is signed in."""
    user_id = current_access().user_id
    assert user_id is not None
    return user_id
