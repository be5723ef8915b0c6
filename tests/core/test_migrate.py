"""The next revision of a plugin is written from what its models say."""

from __future__ import annotations

import json
import shutil
import warnings

import pytest
from click.testing import CliRunner
from sqlalchemy import Column, String

from core.admin.commands import doctor
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


def test_tables_of_a_plugin_that_was_taken_away_are_told(app, histories):
    assert histories.left_behind() == []
    engine = app.extensions["zhike"].database.engine
    with engine.connect().execution_options(zhike_write=True) as connection:
        connection.exec_driver_sql("CREATE TABLE gone_alembic_version (version_num VARCHAR(32))")
        connection.commit()
        try:
            told = CliRunner().invoke(doctor, ["--json"], obj={"app": app})
        finally:
            connection.exec_driver_sql("DROP TABLE gone_alembic_version")
            connection.commit()
    assert told.exit_code == 1
    assert any(line.startswith("plugin gone:") for line in json.loads(told.output)["problems"])


def test_comparing_says_nothing_about_indexes_that_cannot_be_told(histories):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert histories.drift("core") == []
