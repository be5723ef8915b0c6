"""What follows where an address takes no letters any more, whether a server says so at once or a report later."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.audit import keyed_digest
from core.calendar.queries import add_working_days
from core.clock import local_today
from core.customers.models import Company, Contact, Email
from core.i18n import gettext
from core.mail.models import Letter
from core.mail.settings import BOUNCE_TASK
from core.overlay import overlay
from core.tasks.models import Task
from core.tasks.services import Wanted, give_task, present_of

KEY = 160
DAYS = 3
"""Working days within which a dead address is to be mended."""
OTHERS = 20
"""So many other customers with the same dead address are asked about; with more it is nobody's own."""
_STATUS = re.compile(r"(?<![\d.])5\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_DEAD = re.compile(r"5\.1\.(?:0|1|2|3|6|10)|5\.2\.1|5\.4\.4")
_UNSAID = re.compile(r"5\.[025]\.0")
_OTHER = re.compile(
    r"spam|spf|dkim|dmarc|polic|relay|block|black ?list|rbl\b|reputation|denied|authenti|sender|content|advertis"
    r"|frequen|limit|too (?:large|many|big)|quota|full|virus|垃圾|拒绝|频率|超限|已满",
    re.I,
)
"""Words of a server that takes no letter like this one, or none from us; the address may be a good one."""


def names_dead_address(answer: str) -> bool:
    """Tell whether a final answer of a server is about the address, and not about the letter or its sender.

    Its status decides (RFC 3463), its words where it gives none or one that says nothing.
    """
    found = _STATUS.search(answer)
    if found is not None and not _UNSAID.fullmatch(found.group()):
        return _DEAD.fullmatch(found.group()) is not None
    return _OTHER.search(answer) is None


def note_dead(session: Session, letter: Letter) -> None:
    """Mark the address of a letter as one that takes none, wherever it stands, and ask for the right one.

    Other customers with whom it stands lost it too: each has its own task. In a session of the program.
    """
    rows = select(Email).where(Email.address_key == letter.address_key, Email.invalid.is_(False))
    others: dict[int, int | None] = {}
    for row in session.scalars(rows.order_by(Email.id)):
        row.invalid = True
        if row.company_id != letter.company_id:
            others.setdefault(row.company_id, row.contact_id)
    ask_for_address(session, letter)
    for company_id, contact_id in list(others.items())[:OTHERS]:
        _ask(session, letter, company_id, contact_id, f"{letter.address_key} {company_id}")


def ask_for_address(session: Session, letter: Letter) -> None:
    """Give whoever looks after the customer the task to find the right address, one for each address while it is open.

    Where nobody does, it is the task of whoever wrote the letter.
    """
    _ask(session, letter, letter.company_id, letter.contact_id, letter.address_key)


def _ask(session: Session, letter: Letter, company_id: int | None, contact_id: int | None, what: str) -> None:
    company = session.get(Company, company_id) if company_id is not None else None
    if company is None or not company.is_alive or not overlay().setting(session, BOUNCE_TASK):
        return
    key = f"core.mail_bounced:{keyed_digest('bounced', what)}"[:KEY]
    known = session.scalars(select(Task).where(Task.reminder_key == key).with_for_update()).first()
    if known is not None and known.open:
        return
    if known is not None:
        known.reminder_key = None  # it was corrected once and came back again
        session.flush()
    wanted = Wanted(
        title=gettext("E-mails to %(address)s come back: find the right address", address=letter.address),
        text=letter.answer or None,
        due_on=add_working_days(session, local_today(), DAYS),
        source="rule",
        company_id=company.id,
        contact_id=contact_id if _is_there(session, contact_id, company) else None,
        reminder_key=key,
        href=f"/letters/{letter.id}" if company_id == letter.company_id else f"/companies/{company_id}",
    )
    give_task(session, wanted, [present_of(session, company.owner_id or letter.sender_id)], by=None)


def _is_there(session: Session, contact_id: int | None, company: Company) -> bool:
    contact = session.get(Contact, contact_id) if contact_id is not None else None
    return contact is not None and contact.company_id == company.id
