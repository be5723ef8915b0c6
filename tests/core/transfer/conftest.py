"""Runs imports as the tests need them: begun, run and looked at without a worker."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from core.db import transaction, work
from core.transfer.models import ImportBatch
from core.transfer.places import place_of
from core.transfer.services import batches
from core.transfer.services.running import run_batch


class Imports:
    """Begins imports of companies, runs them and takes them back."""

    def __init__(self, app: Flask) -> None:
        self.database = app.extensions["zhike"].database

    def begin(self, path: Path, *, user_id: int | None = None, resource: str = "companies", **options: Any) -> int:
        """Make a batch of a file with its guessed mapping."""
        with work(self.database, reason="test") as unit:
            target = place_of(unit.session).resource(resource)
            folder, stored = batches.keep_file(unit.session, path)
            found = batches.examine(unit.session, target, stored)
            unit.session.commit()
            with transaction() as session:
                batch = batches.begin(
                    session,
                    target,
                    filename=path.name,
                    folder=folder,
                    found=found,
                    options={"existing": "overwrite", **options},
                    user_id=user_id,
                )
            return batch.id

    def do(self, batch_id: int, what: str) -> ImportBatch:
        """Do one step of a batch: checking, importing or undoing."""
        with work(self.database, reason="test") as unit, transaction() as session:
            batches.start(session, session.get(ImportBatch, batch_id), what)
            assert unit.in_transaction
        run_batch(self.database, batch_id)
        return self.batch(batch_id)

    def run(self, path: Path, **options: Any) -> ImportBatch:
        """Import a file at once."""
        return self.do(self.begin(path, **options), "importing")

    def check(self, path: Path, **options: Any) -> ImportBatch:
        """Try a file."""
        return self.do(self.begin(path, **options), "checking")

    def undo(self, batch: ImportBatch) -> ImportBatch:
        """Take an import back."""
        return self.do(batch.id, "undoing")

    def batch(self, batch_id: int) -> ImportBatch:
        """Read a batch."""
        with work(self.database, reason="test") as unit:
            return unit.session.get(ImportBatch, batch_id)

    def ask(self, question: Callable[[Any], Any]) -> Any:
        """Ask the database something, as the program."""
        with work(self.database, reason="test") as unit:
            return question(unit.session)


@pytest.fixture
def imports(app: Flask) -> Imports:
    """Give what begins and runs imports; no file of an earlier test is there."""
    shutil.rmtree(app.extensions["zhike"].config.files / "imports", ignore_errors=True)
    return Imports(app)
