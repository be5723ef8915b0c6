"""Plugins are found, checked, contained and switched; the rest goes on whatever one of them does."""

from __future__ import annotations

import sys
import textwrap
import types

import pytest
import structlog
from sqlalchemy.exc import DataError

from core.errors import Misdeclared, Refused
from core.logs import FRAMES, LONGEST
from core.plugin import DashboardCard, Permission, PluginInfo
from core.registry import PluginFailed, Registry


def module_of(name: str, source: str) -> types.ModuleType:
    made = types.ModuleType(f"zhike_test_{name}")
    exec(textwrap.dedent(source), made.__dict__)
    return made


HEAD = "from core.plugin import *\nfrom core.plugin import hookimpl, PluginInfo\n"


def test_a_plugin_without_identity_is_refused():
    with pytest.raises(Misdeclared, match="PluginInfo"):
        Registry().add("odd", module_of("odd", ""))


def test_a_plugin_under_another_name_is_refused():
    with pytest.raises(Misdeclared, match="calls itself"):
        Registry().add("odd", module_of("odd", HEAD + "info = PluginInfo(name='even', title='x')"))


def test_a_name_with_an_underscore_is_refused():
    with pytest.raises(Misdeclared):
        Registry().add("odd_one", module_of("odd", HEAD + "info = PluginInfo(name='odd_one', title='x')"))


def test_an_unknown_hook_is_refused_and_leaves_nothing_behind():
    registry = Registry()
    source = HEAD + "info = PluginInfo(name='odd', title='x')\n@hookimpl\ndef register_nonsense(): return []\n"
    with pytest.raises(Exception, match="register_nonsense"):
        registry.add("odd", module_of("odd", source))
    assert "odd" not in registry.plugins
    registry.add("odd", module_of("odd", HEAD + "info = PluginInfo(name='odd', title='x')"))


@pytest.mark.parametrize(
    "declaration",
    [
        "register_permissions(): return [Permission(code='ads:order:read', title='x')]",
        "register_events(): return [EventType(name='ads.order_made', title='x', fields={})]",
        "register_settings(): return [Setting(key='ads.limit', title='x', default=1)]",
        "register_jobs(): return [Job(name='ads.tidy', title='x', run=print)]",
        "register_dashboard_cards(): return [DashboardCard(name='ads.card', title='x', render=str)]",
    ],
)
def test_declaring_under_anothers_name_is_refused(declaration):
    source = HEAD + f"info = PluginInfo(name='odd', title='x')\n@hookimpl\ndef {declaration}\n"
    with pytest.raises(Misdeclared, match="does not own"):
        Registry().add("odd", module_of("odd", source))


def test_a_plugin_that_raises_at_import_is_broken_and_named(monkeypatch, tmp_path):
    (tmp_path / "zhike_bad.py").write_text("raise RuntimeError('no such luck')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("core.registry.find_plugins", lambda: [("bad", "zhike_bad"), ("demo", "zhike_demo.plugin")])
    registry = Registry()
    registry.load()
    assert "no such luck" in registry.broken["bad"]
    assert "demo" in registry.plugins
    sys.modules.pop("zhike_bad", None)


def test_a_plugin_whose_requirement_is_missing_is_broken(monkeypatch):
    registry = Registry()
    module = module_of("needy", HEAD + "info = PluginInfo(name='needy', title='x', requires=('absent',))")
    monkeypatch.setattr("core.registry.find_plugins", lambda: [("needy", "zhike_test_needy")])
    monkeypatch.setitem(sys.modules, "zhike_test_needy", module)
    registry.load()
    assert "absent" in registry.broken["needy"]


def test_safe_mode_loads_core_alone():
    registry = Registry(safe_mode=True)
    registry.load()
    assert registry.installed == []
    assert "core.auth" in registry.plugins


def test_what_raises_is_contained_and_too_often_breaks_the_plugin():
    registry = Registry()
    info = PluginInfo(name="odd", title="x")
    registry.add("odd", module_of("odd", HEAD + f"info = PluginInfo(name='{info.name}', title='x')"))
    for _ in range(50):
        with pytest.raises(PluginFailed), registry.contained("odd", "card"):
            raise ValueError("again")
    assert "50 times" in registry.broken["odd"]
    assert registry.switched_on({}) == frozenset()


@pytest.mark.parametrize(
    "error",
    [
        DataError("SELECT 1", {}, ValueError("text fields cannot contain NUL")),
        OverflowError("Python int too large to convert to SQLite INTEGER"),
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
        Refused("no such day"),
    ],
)
def test_what_somebody_puts_in_breaks_no_plugin(error):
    registry = Registry()
    registry.add("odd", module_of("odd", HEAD + "info = PluginInfo(name='odd', title='x')"))
    with structlog.testing.capture_logs() as logs:
        for _ in range(60):
            failing(registry, error)
    assert registry.broken == {}
    assert logs[0]["plugin"] == "odd"


def failing(registry, error, where="card odd.sums"):
    with pytest.raises(PluginFailed), registry.contained("odd", where):
        raise error


def test_a_contained_failure_names_plugin_hook_and_error_and_draws_no_locals():
    """A frame may hold a session or a whole page: drawing what is in it took seconds."""
    registry = Registry()

    class Held:
        def __repr__(self):
            raise AssertionError("the log drew the values of variables")

    def deep(number, held):
        if number == 0:
            raise ValueError("no such sum")
        deep(number - 1, held)

    def outer():
        try:
            deep(40, Held())
        except ValueError as error:
            raise RuntimeError("no card") from error

    with structlog.testing.capture_logs() as logs, pytest.raises(PluginFailed), registry.contained("odd", "card odd.x"):
        outer()
    [line] = logs
    assert (line["plugin"], line["where"], line["error"]) == ("odd", "card odd.x", "RuntimeError: no card")
    assert "ValueError: no such sum" in line["traceback"]
    assert "in outer" in line["traceback"]
    assert line["traceback"].count(", in deep") <= FRAMES + 1
    assert len(line["traceback"]) <= LONGEST


def test_the_same_failure_again_is_counted_and_not_written(monkeypatch):
    registry, clock = Registry(), [1000.0]
    monkeypatch.setattr("core.registry.time.monotonic", lambda: clock[0])
    with structlog.testing.capture_logs() as logs:
        for _ in range(5):
            failing(registry, ValueError("again"))
        failing(registry, ValueError("another"))
        failing(registry, ValueError("again"), where="metric odd.x")
        clock[0] += 61
        failing(registry, ValueError("again"))
    assert [(one["where"], one["error"], one.get("repeated")) for one in logs] == [
        ("card odd.sums", "ValueError: again", None),
        ("card odd.sums", "ValueError: another", None),
        ("metric odd.x", "ValueError: again", None),
        ("card odd.sums", "ValueError: again", 4),
    ]


def test_tests_draw_errors_plainly_too(app):
    """As the application sets its logs up: what raises in a test is not drawn with the locals of every frame."""
    drawn = structlog.get_config()["processors"][-1]
    assert drawn._exception_formatter is structlog.dev.plain_traceback


def test_zhike_disable_overrides_the_switch():
    registry = Registry(disable=frozenset({"demo"}))
    registry.load()
    assert "demo" not in registry.switched_on({"demo": (True, "")})


def test_order_is_a_field_and_not_an_accident():
    cards = [DashboardCard(name="a.x", title="x", render=str, order=n) for n in (30, 10, 20)]
    assert [c.order for c in sorted(cards, key=lambda c: c.order)] == [10, 20, 30]
    assert Permission(code="a:b:c", title="x").owner == "a"
