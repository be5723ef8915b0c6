"""What a start loads: heavy libraries wait until somebody needs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from flask import Blueprint

from core.app import unguarded
from core.auth.guard import public

HEAVY = (
    "alembic calamine duckdb email_validator fontTools holidays lunar_python opencc phonenumbers prometheus_client "
    "psycopg pypdf pypinyin python_calamine rapidfuzz redis segno stdnum typst xlsxwriter"
)


def test_a_start_loads_no_heavy_library(tmp_path):
    script = (
        "import sys; from core.app import create_app; app = create_app(); app.extensions['zhike'].bus.queue.size(); "
        f"print(*sorted(set('{HEAVY}'.split()) & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parent.parent,
        env={"ZHIKE_HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == []


def test_a_view_without_its_mark_is_found_wherever_it_stands():
    outer, inner = Blueprint("outer", __name__, static_folder="static"), Blueprint("inner", __name__)

    @outer.get("/marked")
    @outer.post("/marked")
    @public
    def marked() -> str:
        return ""

    @outer.get("/bare")
    @outer.get("/bare/again", endpoint="renamed")
    def bare() -> str:
        return ""

    @inner.get("/deep")
    def deep() -> str:
        return ""

    outer.register_blueprint(inner)
    assert sorted(unguarded(outer)) == ["outer.bare", "outer.inner.deep", "outer.renamed"]
