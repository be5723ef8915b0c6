"""Journals keeps what every plugin must keep."""

from __future__ import annotations

from core.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "journals"
