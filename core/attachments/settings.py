"""What an administrator sets: kinds, sizes, quotas."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.attachments.kinds import KINDS
from core.i18n import _
from core.overlay import overlay
from core.plugin import Setting

TYPES = "core.attachment_types"
SIZE = "core.attachment_mb"
PERSON = "core.attachment_person_mb"
WHOLE = "core.attachment_total_mb"
MB = 1024 * 1024

SETTINGS = [
    Setting(
        key=TYPES,
        title=_("Endings of files that may be attached"),
        default=" ".join(KINDS),
        kind="long",
        hint=_("Only known endings count here; what runs in a browser or on a computer is not among them."),
        order=80,
    ),
    Setting(key=SIZE, title=_("Largest attachment in MB"), default=20, kind="number", order=81),
    Setting(
        key=PERSON,
        title=_("Attachments of one person in MB"),
        default=2_000,
        kind="number",
        hint=_("0 is without limit"),
        order=82,
    ),
    Setting(
        key=WHOLE,
        title=_("All attachments together in MB"),
        default=50_000,
        kind="number",
        hint=_("0 is without limit"),
        order=83,
    ),
]  # fmt: skip


def allowed_endings(session: Session) -> list[str]:
    """List the endings that may be attached here."""
    named = str(overlay().setting(session, TYPES)).lower().replace(",", " ").replace("，", " ").split()
    wanted = {one.lstrip(".") for one in named}
    return [ending for ending in KINDS if ending in wanted]


def bytes_of(session: Session, key: str) -> int:
    """Give a setting in MB as bytes."""
    return int(overlay().setting(session, key)) * MB


def size_words(size: int) -> str:
    """Write a size as people read it."""
    if size < 1024:
        return f"{size} B"
    if size < MB:
        return f"{size / 1024:.0f} KB"
    return f"{size / MB:.1f} MB" if size < 1024 * MB else f"{size / MB / 1024:.1f} GB"
