"""A column 标签 of a file becomes tags, and taking the import back takes them off again."""

from __future__ import annotations

from sqlalchemy import select

from core.tags.models import Tag, Tagging
from tests.core.transfer.conftest import imports
from tests.core.transfer.files import write_csv

__all__ = ["imports"]


def borne(session):
    rows = session.execute(select(Tagging.record_id, Tag.name).join(Tag).order_by(Tagging.record_id, Tag.name))
    return [tuple(row) for row in rows]


def test_a_column_of_tags_is_imported_and_taken_back(imports, tmp_path):
    headings = ["编号", "单位名称", "标签"]
    first = [["1", "甲酒业", "大户、展会认识"], ["2", "乙酒业", ""], ["3", "丙酒业", "大户"]]
    one = imports.run(write_csv(tmp_path / "a.csv", [headings, *first]))
    assert one.count("created") == 3
    assert borne_names(imports) == [["大户", "展会认识"], ["大户"]]
    second = [["1", "甲酒业", "大户;重点"], ["2", "乙酒业", "新客户"]]
    two = imports.run(write_csv(tmp_path / "b.csv", [headings, *second]))
    assert two.count("updated") == 2
    assert borne_names(imports) == [["大户", "展会认识", "重点"], ["新客户"], ["大户"]]
    again = imports.run(write_csv(tmp_path / "c.csv", [headings, *second]))
    assert again.count("unchanged") == 2
    imports.undo(two)
    assert borne_names(imports) == [["大户", "展会认识"], ["大户"]]
    imports.undo(one)
    assert borne_names(imports) == [], "what only an import taken back had changed goes too, with its tags"


def borne_names(imports):
    found: dict[int, list[str]] = {}
    for record_id, name in imports.ask(borne):
        found.setdefault(record_id, []).append(name)
    return list(found.values())
