"""An import killed at half with the same command started again ends with exactly the same rows (promise R14)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.customers.models import Company, Contact, ExternalReference, Phone, SearchDoc
from core.transfer.models import ImportBatch, ImportRow
from tests.core.transfer.files import HEADINGS, rows_of, write_csv

ROWS = 20_000
ROOT = Path(__file__).resolve().parents[3]
PROGRAM = "from core.cli import main; main()"


@pytest.fixture
def command(app, test_database, tmp_path):
    """Give the command as a process of its own on this test's database."""
    config = test_database.config()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "ZHIKE_HOME": str(tmp_path / "home"),
        "ZHIKE_FILES": str(config.files),
        "ZHIKE_DATABASE_URL": test_database.url,
        "ZHIKE_ENV": "development",
        "ZHIKE_SECRET_KEY": config.secret_key,
    }

    def start(*arguments):
        command = [sys.executable, "-c", PROGRAM, "import", *arguments, "--json"]
        return subprocess.Popen(
            command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    return start


def totals(session):
    return {model.__tablename__: session.scalar(select(func.count()).select_from(model)) for model in MODELS}


MODELS = (Company, Contact, Phone, ExternalReference, SearchDoc, ImportRow)


def wait_until(condition, process):
    until = time.monotonic() + 300
    while not condition():
        assert process.poll() is None, "the import ended before it could be killed"
        assert time.monotonic() < until, "the import did not get so far"
        time.sleep(0.02)


def test_an_import_killed_and_started_again_has_every_row_once(imports, command, tmp_path):
    path = write_csv(tmp_path / "a.csv", [HEADINGS, *rows_of(ROWS)])
    for far in (ROWS // 4, ROWS // 2, ROWS * 3 // 4):
        process = command("companies", str(path))

        def done(far=far):
            return (imports.ask(lambda s: s.scalar(select(func.max(ImportBatch.done)))) or 0) >= far

        wait_until(done, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        half = imports.ask(totals)
        assert far <= half["core_company"] < ROWS
        assert half["core_company"] == half["core_external_reference"] == half["core_contact"]

    process = command("companies", str(path))
    said, _nothing = process.communicate(timeout=600)
    answer = json.loads(said)
    assert (answer["state"], answer["resumed"], answer["rows"], answer["created"]) == ("done", True, ROWS, ROWS)
    ends = imports.ask(totals)
    assert ends == {
        "core_company": ROWS,
        "core_contact": ROWS,
        "core_phone": 2 * ROWS,
        "core_external_reference": ROWS,
        "core_search_doc": 2 * ROWS,
        "core_import_row": ROWS,
    }

    def names(session):
        return {
            "ids": session.scalar(select(func.count(func.distinct(ExternalReference.external_id)))),
            "names": session.scalar(select(func.count(func.distinct(Company.name)))),
            "batches": session.scalar(select(func.count(ImportBatch.id))),
        }

    assert imports.ask(names) == {"ids": ROWS, "names": ROWS, "batches": 1}
