"""What every template keeps: no raw colour, no inline style or script, one frame, every text translated."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted(p for folder in ("core", "plugins") for p in (ROOT / folder).rglob("templates/**/*.html"))
LEXER = Environment(autoescape=True)
PLAIN = re.compile(r"[A-Za-z\u4e00-\u9fff]{2,}")
KEYS = {
    "Ctrl",
    "Alt",
    "Esc",
    "Enter",
    "Shift",
    "Delete",
    "Space",
    "Tab",
    "PgUp",
    "PgDn",
    "English",
    "中文",
    "知客",
    "CSV",
    "XLSX",
    "PDF",
    "API",
    "QR",
}


def names(paths: list[Path]) -> list[str]:
    """Name templates as tests show them."""
    return [str(p.relative_to(ROOT)) for p in paths]


def data_of(source: str) -> str:
    """Give a template's text outside of its instructions, each of them as one sign."""
    kept = []
    inside = False
    for _line, kind, value in LEXER.lex(source):
        if kind == "data":
            kept.append(value)
            inside = False
        elif not inside:
            kept.append("§")
            inside = True
    return "".join(kept)


class Words(HTMLParser):
    """Collects what a person reads: text, and the attributes that are shown or spoken."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("kbd", "code", "pre", "script", "svg"):
            self.skipped += 1
        self.found += [v for k, v in attrs if k in ("title", "aria-label", "placeholder", "alt") and v]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("kbd", "code", "pre", "script", "svg"):
            self.skipped = max(0, self.skipped - 1)

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.found.append(data)


def untranslated(source: str) -> list[str]:
    """List words of a template that no translation function has seen."""
    reader = Words()
    reader.feed(data_of(source))
    return [word for text in reader.found for word in PLAIN.findall(text) if word not in KEYS]


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_a_template_keeps_the_rules_of_the_screen(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", source), "a style attribute: use a class"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", source), "an inline handler: use a data- attribute"
    assert not re.search(r"<style\b", source), "a style element: styles live in frontend/src"
    assert not re.search(r"<script(?![^>]*\bsrc=)", source), "an inline script"
    assert not re.search(r"(?<![&\w/#\"'])#[0-9A-Fa-f]{3,8}\b(?![-\w])", data_of(source)), "a raw colour: use a token"
    assert not re.search(r"\b(?:font-size|rgba?\()", source), "a raw size or colour"
    assert not re.search(r"""}}: |[~(]\s*(["']): \1""", source), (
        'a colon that Chinese writes otherwise: _("%(field)s: %(value)s", …)'
    )
    assert not re.search(r"\|\s*safe\b", source), "unescaped output: give Markup from code that escaped it"


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_a_page_stands_in_the_common_frame(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if path.name == "base.html":
        return
    assert "<html" not in source
    if "{% block main %}" in source:
        assert re.search(r"{%-? extends ", source), "a page extends core/base.html or a page that does"


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_every_text_of_a_template_is_translated(path: Path) -> None:
    if re.search(r"\.(zh|en)\.html$", path.name):
        return
    assert untranslated(path.read_text(encoding="utf-8")) == []


def test_the_check_for_texts_finds_a_forgotten_one() -> None:
    assert untranslated('<p title="Ring">{{ _("Fine") }} 你好 <kbd>Ctrl K</kbd></p>') == ["Ring", "你好"]
