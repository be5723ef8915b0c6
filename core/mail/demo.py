"""Demo data: two templates, a mailing that went out yesterday, and a letter of each clerk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import start_of
from core.customers.models import Contact, Email
from core.customers.numbers import email_key
from core.mail.models import InMail, Letter, Mailing, MailTemplate
from core.mail.services.letters import new_key
from core.mail.services.mailings import gather
from core.mail.settings import FROM, FROM_NAME
from core.overlay import overlay

if TYPE_CHECKING:
    from core.demo.load import Demo

RECIPIENTS = 60
TEMPLATES = (
    (
        "样刊已寄出", "information", "{称呼}，本期样刊已寄出",
        "{称呼}：\n\n您好！{单位}的本期样刊已于{日期}寄出，请注意查收。地址如有变动，请回信告知。\n\n{业务员} 敬上",
    ),
    (
        "春季展会邀请", "advertising", "邀请{单位}参加春季食品展",
        "{称呼}：\n\n春季食品展三月举行，{城市}企业专区已开放预订，展位图来信即寄。\n\n退订：{退订}\n\n{业务员} 敬上",
    ),
)  # fmt: skip
ANSWERS = ("样刊已收到，谢谢。", "地址变了，请改寄新址，详见名片。")
ENDS = ("sent",) * 17 + ("refused", "sent", "doubtful")


def load_demo(session: Session, demo: Demo) -> dict[str, int]:
    """Enter the templates and the mailing; give the id of one record of each kind."""
    overlay().change_setting(session, FROM, "zhike@example.com")
    overlay().change_setting(session, FROM_NAME, "知客传媒")
    boss = demo.users["boss"]
    templates = [
        MailTemplate(name=name, kind=kind, subject=subject, body=body, entered_by_id=boss)
        for name, kind, subject, body in TEMPLATES
    ]
    session.add_all(templates)
    mailing = Mailing(
        owner_id=boss, name="本期样刊通知", kind="information", purpose="service", resource="contacts",
        subject=TEMPLATES[0][2], body=TEMPLATES[0][3], query="", chosen=[],
    )  # fmt: skip
    session.add(mailing)
    session.flush()
    ids = list(session.scalars(select(Contact.id).where(Contact.alive()).order_by(Contact.id).limit(RECIPIENTS)))
    gather(session, mailing, ids)
    moment = start_of(demo.today - dt.timedelta(days=1)) + dt.timedelta(hours=10)
    everybody = session.scalars(select(Letter).where(Letter.mailing_id == mailing.id).order_by(Letter.id)).all()
    for letter in everybody:
        letter.created_at = letter.due_at = moment
    waiting = [letter for letter in everybody if letter.state == "waiting"]
    for number, letter in enumerate(waiting):
        letter.claimed_at, letter.tries = moment + dt.timedelta(seconds=number), 1
        letter.state = ENDS[number % len(ENDS)]
        if letter.state == "sent":
            letter.sent_at, letter.answer = letter.claimed_at, "250 OK"
        elif letter.state == "refused":
            letter.reason, letter.answer = "refused", "550 5.1.1 no such user"
        else:
            letter.reason = "interrupted"
    mailing.state, mailing.started_at, mailing.recipients = "done", moment, len(waiting)
    mailing.ended_at = moment + dt.timedelta(seconds=len(waiting))
    letter_id = _single(session, demo, moment)
    return {
        "mailtemplates": templates[0].id,
        "mailings": mailing.id,
        "letters": letter_id,
        "inmails": _came_in(session, [one for one in waiting if one.state == "sent"][:2], moment),
    }


def _came_in(session: Session, answered: Sequence[Letter], moment: dt.datetime) -> int:
    """Let two of them answer, and somebody write whom nobody knows."""
    first = 0
    for number, letter in enumerate(answered):
        mail = InMail(
            mark=f"demo-{number}", message_id=f"<demo-{number}@example.com>", kind="reply", state="filed",
            from_name=letter.name, from_address=letter.address, from_key=letter.address_key,
            to_text="zhike@example.com", subject="回复：本期样刊已寄出", text=ANSWERS[number],
            company_id=letter.company_id, contact_id=letter.contact_id, letter_id=letter.id, owner_id=letter.sender_id,
            sent_at=moment + dt.timedelta(hours=2), received_at=moment + dt.timedelta(hours=2, minutes=number),
        )  # fmt: skip
        letter.replied_at = mail.received_at
        session.add(mail)
        session.flush()
        first = first or mail.id
    session.add(
        InMail(
            mark="demo-new", message_id="<demo-new@example.com>", from_name="采购部", from_address="buyer@example.org",
            from_key="buyer@example.org", to_text="zhike@example.com", subject="咨询下半年版位", text="请发一份报价。",
            sent_at=moment + dt.timedelta(hours=3), received_at=moment + dt.timedelta(hours=3),
        )
    )  # fmt: skip
    session.flush()
    return first


def _single(session: Session, demo: Demo, moment: dt.datetime) -> int:
    """Write a letter of a clerk to the first of his contacts that has an address."""
    made = 0
    for writer in ("sales", "desk"):
        user_id = demo.users[writer]
        rows = select(Email).join(Contact, Contact.id == Email.contact_id).where(Email.kind == "office")
        mail = session.scalars(rows.where(Contact.company.has(owner_id=user_id)).order_by(Email.id).limit(1)).first()
        if mail is None:
            continue
        letter = Letter(
            company_id=mail.company_id, contact_id=mail.contact_id, sender_id=user_id, key=new_key(),
            address=mail.address, address_key=email_key(mail.address), name=mail.contact.name if mail.contact else "",
            subject="报价与样刊", body="您好！附上下半年的版位报价，最近两期样刊今天寄出。", state="sent", tries=1,
            answer="250 OK", created_at=moment, due_at=moment, claimed_at=moment, sent_at=moment,
        )  # fmt: skip
        session.add(letter)
        session.flush()
        made = made or letter.id
    return made
