"""What the worker does for imports."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core.transfer.places import place_of
from core.transfer.services import batches
from core.transfer.services.running import run

RUN = "core.import"


def run_import(turn: Any, batch_id: int) -> None:
    """Try, run or take back a batch, from where it stands."""
    run(turn, batch_id)


def clean_imports(session: Session) -> int:
    """Drop what is kept of old imports; give how many."""
    return batches.clean(session, place_of(session).files)
