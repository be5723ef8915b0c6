"""Core's areas and the demo plugin keep the contract; in-tree plugins say so in their own tests."""

from __future__ import annotations

from pathlib import Path

import core
from core.registry import AREAS
from core.testing.contract import PluginContract


class TestDemo(PluginContract):
    plugin = "demo"


for area in AREAS:
    if (Path(core.__file__).parent / area / "plugin.py").exists():
        name = f"Test{area.capitalize()}"
        globals()[name] = type(name, (PluginContract,), {"plugin": f"core.{area}", "__module__": __name__})
