"""Writes the skeleton of a new plugin: one table, list, form, permissions, menu entry and contract test."""

from __future__ import annotations

import re
from pathlib import Path

from core.errors import Refused
from core.i18n import _
from core.registry import NAME

SKELETON = Path(__file__).parent / "skeleton"

SETUP = '''"""The distribution of the {name} plugin."""

from setuptools import find_packages, setup

setup(
    name="zhike-{name}",
    version="1.0",
    packages=find_packages(),
    package_data={{"": ["templates/**/*", "migrations/*.py", "translations/**/*", "README.md"]}},
    entry_points={{"zhike.plugins": ["{name} = zhike_{name}.plugin"]}},
)
'''


def write_plugin(name: str, noun: str, outside: Path | None = None) -> list[Path]:
    """Write a plugin called `name` with one record type `noun`; return the files.

    Without `outside` it becomes a folder of `plugins/`; with it, a distribution of its own in that folder.
    Raises Refused when a name cannot stand or the folder is there already.
    """
    import plugins

    if not NAME.match(name) or not re.fullmatch(r"[a-z]{2,20}", noun):
        raise Refused(_("A name is lower-case letters and digits, starting with a letter: %(name)s", name=name))
    home = outside or Path(next(iter(plugins.__path__)))
    package = f"zhike_{name}" if outside else f"plugins.{name}"
    target = home / package.removeprefix("plugins.")
    if target.exists():
        raise Refused(_("%(path)s is there already; nothing was written.", path=target))
    words = {
        "plugin": name, "package": package, "noun": noun, "Noun": noun.capitalize(), "NOUN": noun.upper()
    }  # fmt: skip
    written = []
    for source in sorted(SKELETON.rglob("*.txt")):
        place = str(source.relative_to(SKELETON)).removesuffix(".txt")
        for word in ("plugin", "noun"):
            place = place.replace(f"__{word}__", words[word])
        text = re.sub(r"\[\[(\w+)\]\]", lambda m: words[m[1]], source.read_text(encoding="utf-8"))
        path = target / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    if outside:
        setup = home / "setup.py"
        setup.write_text(SETUP.format(name=name), encoding="utf-8")
        written.append(setup)
    return written
