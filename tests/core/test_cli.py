"""A server is started anew without docstrings only where that is compiled already."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from core import cli


class Replaced(Exception):
    """Stands for the moment at which this process would have become another one."""


@pytest.fixture
def become(monkeypatch):
    """Catch what the process would become; nothing runs."""
    taken = []

    def execv(program, words):
        taken.append((program, words))
        raise Replaced

    def nothing(**_):
        raise Replaced

    monkeypatch.setattr("os.execv", execv)
    monkeypatch.setattr(cli, "cli", nothing)
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "core.cli", "serve", "--port", "8001"])
    return taken


@pytest.fixture
def compiled(monkeypatch, tmp_path):
    """Choose whether it is compiled."""
    file = tmp_path / "cli.opt-2.pyc"
    monkeypatch.setattr(importlib.util, "cache_from_source", lambda *_, **__: str(file))
    return file


def run(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["zhike", *words])
    with pytest.raises(Replaced):
        cli.main()


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot become another one there")
def test_a_server_goes_on_without_docstrings_with_the_same_words(monkeypatch, become, compiled):
    compiled.touch()
    run(monkeypatch, "serve", "--port", "8001")
    assert become == [(sys.executable, [sys.executable, "-OO", "-m", "core.cli", "serve", "--port", "8001"])]


@pytest.mark.parametrize(
    ("words", "is_there"), [(["serve"], False), (["db", "upgrade"], True), (["serve", "--help"], True)]
)
def test_it_stays_where_each_start_would_have_to_compile_and_for_other_commands(
    monkeypatch, become, compiled, words, is_there
):
    if is_there:
        compiled.touch()
    run(monkeypatch, *words)
    assert become == []


def test_what_is_compiled_lies_where_it_is_looked_for():
    """`run.py` compiles before it runs tests, so the file is there."""
    assert Path(importlib.util.cache_from_source(cli.__file__, optimization=2)).exists()
