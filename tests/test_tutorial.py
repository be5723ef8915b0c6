"""The tutorial is followed to the letter, and what comes out keeps the contract and does its job."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from core.admin.scaffold import write_plugin

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "plugin" / "tutorial.md"

STEP = re.compile(
    r"^`(?P<file>[\w./]+)`(?: (?P<how>append|replace))?\n\n```\w+\n(?P<text>.*?)\n```"
    r"(?:\n\nwith\n\n```\w+\n(?P<new>.*?)\n```)?",
    re.MULTILINE | re.DOTALL,
)

STORY = '''"""What the tutorial promises, through the pages."""

import datetime as dt

from sqlalchemy import select

from core.customers.models import Company
from core.testing.contract import PluginContract
from zhike_loans.models import Loan
from zhike_loans.plugin import _due


class TestContract(PluginContract):
    plugin = "loans"


def test_a_loan_is_made_listed_counted_told_and_remembered(app, people, browser_of, as_system):
    clerk = people.user("clerk")
    with as_system() as session:
        company = Company(name="测试酒业有限公司", owner_id=clerk.id, entered_by_id=clerk.id)
        session.add(company)
    browser = browser_of(clerk)
    form = {"company_id": company.id, "subject": "展示架", "noted_on": "2026-03-01", "due_on": "2026-02-01"}
    refused = browser.post("/loans/loans/new", form)
    assert refused.status_code == 422
    assert "不能早于借出日期" in refused.text
    for wrong in ({"subject": "   "}, {"noted_on": " "}, {"content": "长" * 5001}):
        assert browser.post("/loans/loans/new", {**form, "due_on": "2026-04-01", **wrong}).status_code == 422
    assert browser.post("/loans/loans/new", {**form, "due_on": "2026-04-01"}).status_code == 303
    assert "展示架" in browser.get("/loans/loans").text
    assert "外借物品" in browser.get("/loans/loans").text
    with as_system() as session:
        loan = session.scalars(select(Loan)).one()
        window = dt.date(2026, 3, 1), dt.date(2026, 4, 2)
        assert [due.key for due in _due(session, *window)] == [f"loans.back:{loan.id}"]
        from core.bus.models import StoredEvent

        assert session.scalar(select(StoredEvent.name).where(StoredEvent.name == "loans.loan_made"))
    page = browser.get(f"/loans/loans/{loan.id}").text
    assert f'href="/companies/{company.id}"' in page
    assert "测试酒业有限公司" in page
    assert "应归还日期" in page
    assert "04-01" in page
    stranger = browser_of(people.user("stranger"))
    assert "展示架" not in stranger.get("/loans/loans").text
    assert stranger.get(f"/loans/loans/{loan.id}").status_code == 404
'''


def follow(package: Path) -> int:
    """Do what the page says to the skeleton; return the number of steps."""
    steps = list(STEP.finditer(PAGE.read_text(encoding="utf-8")))
    for step in steps:
        path = package / step["file"]
        text = step["text"].replace("plugins.loans", "zhike_loans") + "\n"
        if step["how"] == "append":
            path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
        elif step["how"] == "replace":
            before = path.read_text(encoding="utf-8")
            assert step["text"] in before, f"{step['file']}: the tutorial replaces what is not there"
            path.write_text(before.replace(step["text"], step["new"]), encoding="utf-8")
        else:
            path.write_text(text, encoding="utf-8")
    return len(steps)


def test_a_revision_is_not_written_again_after_it_ran():
    text = PAGE.read_text(encoding="utf-8")
    assert text.index("zhike db upgrade") > max(found.end() for found in re.finditer(r"^`migrations/.*`$", text, re.M))


def test_following_the_tutorial_gives_a_plugin_that_keeps_the_contract(tmp_path):
    write_plugin("loans", "loan", tmp_path)
    assert follow(tmp_path / "zhike_loans") == 14
    (tmp_path / "test_story.py").write_text(STORY, encoding="utf-8")
    subprocess.run([sys.executable, "setup.py", "-q", "egg_info"], cwd=tmp_path, check=True, capture_output=True)
    path = os.pathsep.join([str(tmp_path), str(ROOT), os.environ.get("PYTHONPATH", "")])
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "test_story.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
