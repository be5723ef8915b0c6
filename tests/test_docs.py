"""What the code offers and what the documentation says do not drift apart."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from core.plugin import BEFORE_HOOKS, REGISTER_HOOKS
from core.registry import Registry

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def registry() -> Registry:
    loaded = Registry()
    loaded.load()
    return loaded


def headings(path: Path) -> set[str]:
    return set(re.findall(r"^#+ +`?([^`\n]+?)`?$", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_hook_has_a_heading():
    assert set(REGISTER_HOOKS) | set(BEFORE_HOOKS) <= headings(DOCS / "plugin" / "hooks.md")


def test_every_hook_is_used_by_the_demo_plugin():
    source = (ROOT / "tests" / "demo_plugin" / "zhike_demo" / "plugin.py").read_text(encoding="utf-8")
    assert [hook for hook in (*REGISTER_HOOKS, *BEFORE_HOOKS) if f"def {hook}(" not in source] == []


def test_every_command_has_a_heading(registry):
    from core.cli import cli

    known = headings(DOCS / "admin" / "commands.md")
    commands = dict(cli.commands)
    for name in registry.plugins:
        declared = registry.declared_by(name, "register_commands")
        if name.startswith("core."):
            commands |= {c.name: c for c in declared}
    missing = []
    for name, command in commands.items():
        if isinstance(command, click.Group):
            missing += [f"zhike {name} {sub}" for sub in command.commands if f"zhike {name} {sub}" not in known]
        elif f"zhike {name}" not in known:
            missing.append(f"zhike {name}")
    assert missing == []


def test_every_setting_of_core_has_a_heading(registry):
    known = headings(DOCS / "admin" / "settings.md")
    keys = {
        s.key for n in registry.plugins if n.startswith("core.") for s in registry.declared_by(n, "register_settings")
    }
    assert keys - known == set()


def test_every_event_of_core_has_a_heading(registry):
    known = headings(DOCS / "plugin" / "events.md")
    names = {
        e.name for n in registry.plugins if n.startswith("core.") for e in registry.declared_by(n, "register_events")
    }
    assert names - known == set()


def test_every_event_tells_what_it_carries(registry):
    pages = {n: registry.folder(n) / "README.md" for n in registry.plugins if not n.startswith("core.")}
    missing = []
    for owner in registry.plugins:
        page = pages.get(owner, DOCS / "plugin" / "events.md").read_text(encoding="utf-8")
        for event in registry.declared_by(owner, "register_events"):
            told = re.search(rf"^(?:### |\|.*?`){re.escape(event.name)}\b.*?(?=^#|^\||\Z)", page, re.M | re.S)
            missing += [(event.name, one) for one in event.fields if told is None or f"`{one}`" not in told[0]]
    assert missing == []


def test_links_between_pages_lead_somewhere():
    lost = []
    for page in [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md"]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                lost.append(f"{page.relative_to(ROOT)} -> {target}")
    assert lost == []
