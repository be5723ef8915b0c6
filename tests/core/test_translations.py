"""Every text of core is in a Chinese catalogue: its area's or the shared one. English stands in the code."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import core
from core.testing.texts import catalogue, texts_of

ROOT = Path(core.__file__).parent
SHARED = catalogue(ROOT)


def areas() -> list[Path]:
    return sorted(p for p in ROOT.iterdir() if p.is_dir() and (p / "__init__.py").exists())


@pytest.mark.parametrize("folder", areas(), ids=lambda p: p.name)
def test_every_text_of_an_area_is_translated(folder):
    assert sorted(texts_of(folder) - catalogue(folder) - SHARED) == []


def test_every_text_of_cores_own_files_is_translated():
    everywhere = SHARED.union(*(catalogue(folder) for folder in areas()))
    assert sorted(texts_of(ROOT) - everywhere) == []


def test_a_text_has_one_translation_whoever_uses_it():
    """Catalogues are merged: of two translations of one text one would win everywhere. Tell them apart by a context."""
    found: dict[tuple[str | None, str], set[str]] = {}
    for file in [
        *ROOT.rglob("translations/zh_CN/**/*.po"),
        *(ROOT.parent / "plugins").rglob("translations/zh_CN/**/*.po"),
    ]:
        with file.open("rb") as source:
            for message in read_po(source):
                if message.id and isinstance(message.id, str):
                    found.setdefault((message.context, message.id), set()).add(str(message.string))
    assert {key: words for key, words in found.items() if len(words) > 1} == {}


def test_staff_are_addressed_in_one_way():
    """The program says 你 to staff; only pages for people outside say 您."""
    outside = {"It is noted: you get no more e-mails of this kind from us."}
    polite = []
    for file in ROOT.parent.glob("*/**/translations/zh_CN/**/*.po"):
        with file.open("rb") as source:
            polite += [one.id for one in read_po(source) if "您" in str(one.string) and one.id not in outside]
    assert polite == []
    assert [str(file) for file in ROOT.rglob("help/*.zh.html") if "您" in file.read_text("utf-8")] == []
