"""What a letter of a mailing says to one recipient, and how he refuses further ones."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from sqlalchemy.orm import Session

from core.auth.audit import keyed_digest
from core.clock import local_today
from core.errors import Refused
from core.i18n import _, gettext
from core.mail.compose import Draft
from core.mail.models import Letter, Mailing
from core.mail.placeholders import fill, used
from core.mail.settings import FROM, SITE, text

ADVERTISING = "广告："
"""What the subject of advertising begins with (互联网电子邮件服务管理办法, article 13)."""


def check_purpose(kind: str, purpose: str) -> None:
    """Refuse advertising in the name of orders and service: who agreed to hear of his order agreed to no more."""
    if kind == "advertising" and purpose == "service":
        refusal = _("Advertising needs a purpose that people agreed to as such; orders and service are none.")
        raise Refused(refusal, fields={"purpose": refusal})


def signature(key: str) -> str:
    """Sign the key of a letter for the address at which its recipient says no."""
    return keyed_digest("unsubscribe", key)[:24]


def mark_of(key: str) -> str:
    """Give the opaque mark of a letter."""
    return f"{key}.{signature(key)}"


def key_of(mark: str) -> str | None:
    """Give the key that a mark stands for, None where it is not ours."""
    key, _dot, signed = mark.strip().partition(".")
    good = hmac.compare_digest(signed.encode("utf-8", "replace"), signature(key).encode())
    return key if key and good else None


def address_to_refuse(session: Session, key: str) -> str:
    """Give the address of the page on which a recipient says no; empty where no address of ours is set."""
    site = text(session, SITE).rstrip("/")
    return f"{site}/unsubscribe/{mark_of(key)}" if site else ""


def subject_of(mailing: Mailing, values: Mapping[str, str]) -> str:
    """Give the subject; advertising is marked as such."""
    subject = fill(mailing.subject, values)
    if mailing.kind == "advertising" and not subject.upper().startswith(("广告", "AD")):
        return ADVERTISING + subject
    return subject


def draft_for(session: Session, mailing: Mailing, letter: Letter) -> Draft:
    """Write the letter to one recipient of a mailing."""
    refuse = address_to_refuse(session, letter.key)
    values = {**letter.values, "today": local_today().isoformat(), "unsubscribe": refuse}
    body = fill(mailing.body, values).rstrip()
    if refuse and "unsubscribe" not in used(mailing.body):
        body += "\n\n-- \n" + gettext(
            "You do not want letters like this one any more? Say so here: %(url)s", url=refuse
        )
    return Draft(
        key=letter.key,
        address=letter.address,
        name=letter.name,
        subject=subject_of(mailing, values),
        body=body,
        reply_to=letter.reply_to,
        headers=list_headers(session, letter.key, refuse),
    )


def list_headers(session: Session, key: str, refuse: str) -> tuple[tuple[str, str], ...]:
    """Give the headers by which the recipient's program says no with one click (RFC 2369, RFC 8058)."""
    by_mail = f"<mailto:{text(session, FROM)}?subject=unsubscribe%20{mark_of(key)}>"
    named = f"<{refuse}>, {by_mail}" if refuse else by_mail
    headers = [("List-Unsubscribe", named), ("Precedence", "bulk")]
    if refuse.startswith("https://"):
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return tuple(headers)
