"""A small house: a boss, a chief, two clerks, and somebody of another department."""

from __future__ import annotations

import pytest

from core.messages.audience import Audience
from core.messages.services import Draft, send


@pytest.fixture
def house(people):
    market = people.department("市场部")
    ads = people.department("广告组", parent=market)
    fairs = people.department("会展部")
    boss = people.user("boss", groups=("decision_maker",), name="何建国")
    chief = people.user("chief", groups=("supervisor",), name="赵启明", department=market)
    return {
        "boss": boss,
        "chief": chief,
        "sales": people.user("sales", name="周岚", department=ads, supervisor=chief),
        "sales2": people.user("sales2", name="李放", department=market, supervisor=chief),
        "fair": people.user("fair", name="王珊", department=fairs),
    }


@pytest.fixture
def sent(as_user):
    """Send a message as a user, to single people or to an audience."""
    from core.db import transaction

    def go(sender, to, title="请看合同", **draft):
        audience = to if isinstance(to, Audience) else Audience(people=tuple(one.id for one in to))
        with as_user(sender), transaction() as session:
            return send(session, sender.id, audience, Draft(title=title, **draft))

    return go
