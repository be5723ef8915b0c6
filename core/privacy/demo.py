"""Demo data: wishes of people, consents, and requests about personal data at every state."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.customers.models import Contact
from core.customers.services import bar, state_consent
from core.privacy.services.requests import answer, take_request

BARS = (("call", "来电要求不再致电"), ("sms", "投诉短信太多"), ("mail", "来信要求不发邮件"), ("post", "不再收纸质刊物"))
AGREED = "同意贵社通过上述方式向本人发送展会邀请和刊物信息，可以随时撤回。"
ASKED = (
    ("copy", 3, "来信", None),
    ("correction", 12, "来电", None),
    ("erasure", 41, "电子邮件", None),
    ("withdrawal", 50, "来电", ("answered", "已撤回同意并停止发送。")),
    ("restriction", 60, "来函", ("refused", "合同尚在履行，数据须按法律规定保存。")),
)


def load_demo(session: Session, demo: Any) -> dict[str, int]:
    """Let some people ask for something; give the first request."""
    by = demo.users["desk"]
    people = list(session.scalars(select(Contact).where(Contact.alive()).order_by(Contact.id).limit(40)))
    for number, contact in enumerate(people[4::9]):
        channel, reason = BARS[number % len(BARS)]
        bar(session, contact.company, contact, channel, reason, by=by)
    for number, contact in enumerate(people[2::5]):
        stated = demo.today - dt.timedelta(days=20 + 9 * number)
        values = {"channel": "mail", "purpose": "fair", "way": "card", "wording": AGREED, "stated_on": stated}
        state_consent(session, contact, {**values, "given": True, "evidence": "名片夹第 3 册"}, by=by)
        if number % 3 == 1:
            taken = {**values, "given": False, "wording": "", "way": "phone"}
            taken["stated_on"] = stated + dt.timedelta(days=9)
            state_consent(session, contact, taken, by=by)
    first = 0
    for (kind, ago, how, ended), contact in zip(ASKED, people[6::6], strict=False):
        received = demo.today - dt.timedelta(days=ago)
        made = take_request(
            session, {"kind": kind, "contact_id": contact.id, "received_on": received, "asked_by": how}, by=by
        )
        first = first or made.id
        if ended is not None:
            state, text = ended
            name = "answer" if state == "answered" else "refusal"
            answer(session, made, {"state": state, name: text}, by=demo.users["boss"])
    return {"requests": first} if first else {}
