"""The workbench's card of messages (信息管理器)."""

from __future__ import annotations

from flask import render_template
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.messages.queries import newest_copies
from core.messages.shapes import copy_view

SHOWN = 5


def message_card(session: Session) -> str:
    """Draw the newest messages."""
    user_id = current_access().user_id
    rows = newest_copies(session, user_id, SHOWN) if user_id is not None else []
    return render_template("messages/card.html", rows=[copy_view(row, "", "", brief=True) for row in rows])
