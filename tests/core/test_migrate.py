"""The next revision of a plugin is written from what its models say."""

from __future__ import annotations

import shutil
import warnings

import pytest
from sqlalchemy import Column, String

from core.db import Base
from core.errors import Refused
from core.migrate import Migrations


@pytest.fixture
def histories(app, tmp_path, monkeypatch):
    """Give the histories of a database, that of journals as a copy in which can be written."""
    zhike = app.extensions["zhike"]
    made = Migrations(zhike.config.database_url, zhike.registry)
    folder = shutil.copytree(made.folder("journals"), tmp_path / "migrations")
    real = Migrations.folder
    monkeypatch.setattr(Migrations, "folder", lambda self, owner: folder if owner == "journals" else real(self, owner))
    return made


@pytest.fixture
def mood():
    """Put a column into a model that its table has not got."""
    table = Base.metadata.tables["journals_issue"]
    column = Column("mood", String(10))
    table.append_column(column)
    yield
    table._columns.remove(column)


def test_a_revision_says_what_the_models_have_and_the_tables_have_not(histories, mood, capfd):
    path = histories.new_revision("journals", "add_mood")
    assert path.name == f"journals_{len(list(path.parent.glob('journals_*.py'))):04d}_add_mood.py"
    text = path.read_text(encoding="utf-8")
    assert "add_column(sa.Column('mood', sa.String(length=10), nullable=True))" in text
    assert "drop_column('mood')" in text
    assert histories.head("journals") == path.stem
    assert capfd.readouterr().out == ""
    with pytest.raises(Refused, match="db upgrade"):
        histories.new_revision("journals", "more")


@pytest.mark.parametrize(("owner", "what"), [("journals", "nothing_new"), ("nope", "x"), ("journals", "../x")])
def test_a_revision_of_nothing_is_refused(histories, owner, what):
    with pytest.raises(Refused):
        histories.new_revision(owner, what)
    assert not list(histories.folder("journals").glob("*x.py"))


def test_comparing_says_nothing_about_indexes_that_cannot_be_told(histories):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert histories.drift("core") == []
