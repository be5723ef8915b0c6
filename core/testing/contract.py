"""What every plugin must keep, as tests that it runs against itself.

`class TestContract(PluginContract): plugin = "ads"` is all that a plugin writes.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import typing
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from random import Random  # repeatable on purpose
from typing import Any, ClassVar

import pytest
from flask import Flask, url_for
from sqlalchemy import JSON, Table, inspect
from werkzeug.routing import IntegerConverter, Rule

from core.admin.plugins import switch_plugin
from core.auth.guard import guard_of
from core.bus.payload import alternatives, dump, load
from core.db import Base, system_transaction, work
from core.migrate import Migrations, belongs
from core.plugin import REGISTER_HOOKS
from core.privacy.queries.subject import subject_of
from core.privacy.queries.tables import contact_columns, text_columns
from core.privacy.services import erase
from core.testing.harness import Browser, People, TestDatabase
from core.testing.rows import Rows, contents
from core.testing.texts import catalogue, texts_of

UNKNOWN = 2_000_000_011
MERGE_POLICIES = frozenset({"move", "keep", "combine"})
SAMPLES: dict[Any, Any] = {
    bool: True,
    int: 7,
    str: "text",
    dt.date: dt.date(2026, 3, 18),
    dt.datetime: dt.datetime(2026, 3, 18, 8, 30, tzinfo=dt.UTC),
    Decimal: Decimal("12.50"),
    list: [1, "two"],
    dict: {"three": 3},
}
"""A value of each type that an event may carry."""


class PluginContract:
    """Thirty minutes of review, done by the machine. Set `plugin`; core's own areas set `core.<area>`."""

    plugin: ClassVar[str] = ""

    # --- what is looked at

    @pytest.fixture
    def zhike(self, app: Flask) -> Any:
        parts = app.extensions["zhike"]
        assert self.plugin in parts.registry.plugins, parts.registry.broken.get(self.plugin, "not installed")
        return parts

    @pytest.fixture
    def folder(self, zhike: Any) -> Path:
        path: Path = zhike.registry.folder(self.plugin)
        return path

    @pytest.fixture
    def rules(self, app: Flask, zhike: Any) -> list[Rule]:
        names = {b.name for b in zhike.registry.declared_by(self.plugin, "register_blueprints")}
        return [r for r in app.url_map.iter_rules() if r.endpoint.split(".", 1)[0] in names]

    @property
    def owner(self) -> str:
        """The prefix of what the plugin owns."""
        return "core" if self.plugin.startswith("core.") else self.plugin

    def tables(self) -> list[Table]:
        """The plugin's own tables."""
        return [t for t in Base.metadata.sorted_tables if belongs(t.name, self.owner)]

    # --- identity

    def test_identity_card_and_readme_are_there(self, zhike: Any, folder: Path) -> None:
        module = zhike.registry.modules[self.plugin]
        assert module.__doc__, "plugin.py starts with a sentence that says what the plugin is for"
        assert str(module.info.title)
        if self.owner != "core":
            assert (folder / "README.md").is_file()

    def test_readme_names_every_table_permission_event_and_setting(self, zhike: Any, folder: Path) -> None:
        if self.owner == "core":
            return  # core is described in docs/
        text = (folder / "README.md").read_text(encoding="utf-8")
        declared = zhike.registry.declared_by
        names = [t.name for t in self.tables()]
        names += [p.code for p in declared(self.plugin, "register_permissions")]
        names += [e.name for e in declared(self.plugin, "register_events")]
        names += [s.key for s in declared(self.plugin, "register_settings")]
        assert [n for n in names if n not in text] == []

    # --- tables

    def test_tables_and_constraints_are_named_and_stay_at_home(self, zhike: Any) -> None:
        allowed = {"core", self.owner, *zhike.registry.plugins[self.plugin].requires}
        for table in self.tables():
            for constraint in table.constraints:
                assert constraint.name, f"{table.name}: {constraint}"
            for key in table.foreign_keys:
                assert key.target_fullname.split("_", 1)[0] in allowed, f"{table.name}.{key.parent.name}"

    def test_every_reference_to_a_customer_declares_its_merge_policy(self) -> None:
        missing = [
            f"{table.name}.{key.parent.name}"
            for table in self.tables()
            for key in table.foreign_keys
            if key.target_fullname in ("core_company.id", "core_contact.id")
            and key.parent.info.get("merge") not in MERGE_POLICIES
        ]
        assert missing == []

    def test_erasing_a_person_leaves_no_text_in_the_rows_that_belong_to_him(self, zhike: Any) -> None:
        if self.owner == "core" and self.plugin != "core.privacy":
            return  # once for all tables of core
        keys = [c for c in contact_columns() if c.table in self.tables()]
        with system_transaction("test", database=zhike.database) as session:
            rows = Rows(session.connection(), Random(11))
            company = rows.make(Base.metadata.tables["core_company"])
            contact = rows.make(Base.metadata.tables["core_contact"], company_id=company, name="canary-name")
            stranger = rows.make(Base.metadata.tables["core_contact"], company_id=company)
            for key in keys:
                texts = {c.name: _canary(c, f"canary-{key.table.name}-{c.name}") for c in text_columns(key.table)}
                others = {c.name: stranger for c in keys if c.table is key.table}
                rows.make(key.table, **{**others, key.name: contact, **texts})
            session.expire_all()
            hooks = zhike.registry.takers("before_contact_erase", session)
            erase(session, subject_of(session, "contact", contact), by=None, reason="", contact_hooks=hooks)
            found = contents(session.connection())
        assert [line for lines in found.values() for line in lines if "canary-" in line] == []

    def test_history_has_one_head_fits_the_models_and_can_be_taken_back(
        self, app: Flask, zhike: Any, test_database: TestDatabase
    ) -> None:
        migrations = Migrations(zhike.config.database_url, zhike.registry)
        if self.owner not in migrations.owners:
            assert self.tables() == []
            return
        assert migrations.head(self.owner)
        assert migrations.drift(self.owner) == []
        if self.owner == "core":
            return
        zhike.database.engine.dispose()
        core_before = _columns(zhike, "core")
        migrations.downgrade_to_base(self.owner)
        assert _columns(zhike, self.owner) == {}
        assert _columns(zhike, "core") == core_before
        migrations.upgrade(self.owner)
        assert migrations.drift(self.owner) == []

    # --- rights

    def test_every_view_is_guarded_with_declared_rights(self, app: Flask, zhike: Any, rules: list[Rule]) -> None:
        declared = {p.code for p in zhike.registry.permissions(everywhere=True)}
        for rule in rules:
            if rule.endpoint.endswith(".static"):
                continue
            guard = guard_of(app.view_functions[rule.endpoint])
            assert guard is not None, rule.rule
            assert set(guard.codes) <= declared, rule.rule

    def test_every_declared_right_is_used(self, app: Flask, zhike: Any, folder: Path) -> None:
        if self.owner == "core":
            return
        source = "\n".join(
            p.read_text(encoding="utf-8")
            for p in folder.rglob("*")
            if p.suffix in (".py", ".html") and p.name != "permissions.py" and "tests" not in p.parts
        )
        codes = [p.code for p in zhike.registry.declared_by(self.plugin, "register_permissions")]
        resources = {
            r.code(p.split(":")[2])
            for p in codes
            for r in zhike.registry.declared_by(self.plugin, "register_resources")
        }
        members = (
            (folder / "permissions.py").read_text(encoding="utf-8") if (folder / "permissions.py").exists() else ""
        )
        for code in codes:
            member = re.search(rf'(\w+) = "{re.escape(code)}"', members)
            assert code in resources or code in source or (member and f"Perm.{member[1]}" in source), code

    def test_a_visitor_is_sent_to_sign_in(
        self, app: Flask, rules: list[Rule], browser_of: Callable[..., Browser]
    ) -> None:
        visitor = browser_of()
        for rule, method in _calls(app, rules):
            answer = _call(visitor, rule, method)
            assert answer.status_code in (302, 303, 401), f"{method} {rule.rule}: {answer.status_code}"

    def test_without_a_grant_every_page_is_refused(
        self, app: Flask, rules: list[Rule], people: People, browser_of: Callable[..., Browser]
    ) -> None:
        nobody = browser_of(people.user("nobody", groups=()))
        for rule, method in _calls(app, rules):
            guard = guard_of(app.view_functions[rule.endpoint])
            if guard is None or guard.kind != "require":
                continue
            answer = _call(nobody, rule, method)
            assert answer.status_code == 403, f"{method} {rule.rule}: {answer.status_code}"

    def test_an_unknown_record_is_not_found(
        self, app: Flask, rules: list[Rule], people: People, browser_of: Callable[..., Browser]
    ) -> None:
        chief = browser_of(people.user("chief", groups=("system_administrator", "finance")))
        for rule, method in _calls(app, rules):
            if method == "GET" and any(isinstance(c, IntegerConverter) for c in rule._converters.values()):
                guard = guard_of(app.view_functions[rule.endpoint])
                wanted = (
                    401 if guard is not None and guard.kind.startswith("token") else 404
                )  # a browser is nobody there
                answer = _call(chief, rule, method)
                assert answer.status_code == wanted, f"{method} {rule.rule}: {answer.status_code}"

    def test_every_write_needs_the_forms_token(
        self, app: Flask, rules: list[Rule], people: People, browser_of: Callable[..., Browser]
    ) -> None:
        chief = browser_of(people.user("chief", groups=("system_administrator",)))
        for rule in rules:
            for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}):
                if getattr(app.view_functions[rule.endpoint], "zhike_token_free", False):
                    continue
                guard = guard_of(app.view_functions[rule.endpoint])
                for_programs = guard is not None and guard.kind.startswith("token")  # a browser is nobody there
                answer = chief.client.open(address_of(rule), method=method)
                wanted = (401,) if for_programs else (400, 419)
                assert answer.status_code in wanted, f"{method} {rule.rule}: {answer.status_code}"

    def test_asking_for_the_head_of_a_page_does_what_reading_it_does(
        self, app: Flask, rules: list[Rule], people: People, browser_of: Callable[..., Browser]
    ) -> None:
        """Flask runs the view of GET for HEAD: one that takes all but GET for a write would write, without a token."""
        chief = browser_of(people.user("chief", groups=("system_administrator", "finance")))
        for rule in rules:
            if "GET" in (rule.methods or set()):
                read, head = (chief.client.open(address_of(rule), method=method) for method in ("GET", "HEAD"))
                assert head.status_code == read.status_code, f"{rule.rule}: {head.status_code}"

    # --- pages

    def test_templates_compile_and_stand_on_the_frame(self, app: Flask, folder: Path) -> None:
        root = folder / "templates"
        for path in sorted(root.rglob("*.html")):
            name = str(path.relative_to(root))
            app.jinja_env.get_template(name)
            text = path.read_text(encoding="utf-8")
            whole = "{% block main %}" in text
            assert not whole or "{% extends" in text, f"{name} is a page but extends nothing"
            assert " style=" not in text, f"{name}: styles belong to the frame"
            assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", text), f"{name}: an inline script"
            assert not re.search(r"\son\w+=", text), f"{name}: an inline handler"

    def test_every_text_is_translated(self, folder: Path) -> None:
        known = catalogue(folder) | catalogue(Path(__file__).parents[1])
        missing = sorted(texts_of(folder) - known)
        assert missing == []

    # --- switching off

    def test_when_disabled_it_is_silent_and_keeps_its_data(
        self, app: Flask, zhike: Any, rules: list[Rule], people: People, browser_of: Callable[..., Browser]
    ) -> None:
        if self.owner == "core":
            return
        chief = browser_of(people.user("chief", groups=("system_administrator", "finance")))
        migrations = Migrations(zhike.config.database_url, zhike.registry)
        before = migrations.row_counts(self.owner)
        users = [n for n in zhike.registry.installed if self.plugin in zhike.registry.plugins[n].requires]
        for name in [*users, self.plugin]:
            with system_transaction("test", database=zhike.database) as session:
                switch_plugin(session, zhike.registry, migrations, name, on=False)
        for rule, method in _calls(app, rules):
            assert _call(chief, rule, method).status_code == 404, f"{method} {rule.rule}"
        with work(zhike.database, reason="test"):
            for hook in REGISTER_HOOKS:
                own = zhike.registry.declared_by(self.plugin, hook)
                assert [d for d in zhike.registry.declared(hook) if any(d is one for one in own)] == []
        assert migrations.row_counts(self.owner) == before
        with system_transaction("test", database=zhike.database) as session:
            switch_plugin(session, zhike.registry, migrations, self.plugin, on=True)
        opened = [r for r in rules if not r.arguments and "GET" in (r.methods or set())]
        for rule in opened:
            assert chief.get(rule.rule).status_code != 404, rule.rule

    # --- events

    def test_event_payloads_survive_json_and_subscribers_hear_declared_events(self, zhike: Any) -> None:
        for event in zhike.registry.declared_by(self.plugin, "register_events"):
            samples = {name: sample_of(wanted) for name, wanted in event.fields.items()}
            stored = json.loads(json.dumps(dump(event, samples)))
            assert load(event, stored) == samples, event.name
        known = {e.name for e in zhike.registry.declared("register_events", everywhere=True)}
        for subscriber in zhike.registry.declared_by(self.plugin, "register_subscribers"):
            assert subscriber.event in known, subscriber.event

    def test_menu_entries_and_resources_lead_to_own_pages(self, app: Flask, zhike: Any) -> None:
        endpoints = set(app.view_functions)
        declared = zhike.registry.declared_by
        for item in declared(self.plugin, "register_menu"):
            assert item.endpoint in endpoints, item.endpoint
        for resource in declared(self.plugin, "register_resources"):
            for endpoint in (resource.detail, resource.new, resource.edit, resource.listing):
                assert endpoint is None or endpoint in endpoints, endpoint

    def test_every_field_of_a_resource_can_be_seen_by_somebody(self, zhike: Any) -> None:
        declared = {p.code for p in zhike.registry.permissions(everywhere=True)}
        shown_by = {"brief": ("query",), "inner": ("read",), "private": ("private",)}
        for resource in zhike.registry.declared_by(self.plugin, "register_resources"):
            for one in resource.fields:
                actions = shown_by.get(one.field_class, ())
                actions += resource.inner_with if one.field_class == "inner" else ()
                codes = {resource.code(action) for action in actions}
                assert not codes or codes & declared, f"{resource.key}: {one.name} takes the right {sorted(codes)[0]}"

    def test_every_view_that_ships_with_a_resource_opens(
        self, app: Flask, zhike: Any, people: People, browser_of: Callable[..., Browser]
    ) -> None:
        chief = browser_of(people.user("chief", groups=("system_administrator", "finance")))
        for resource in zhike.registry.declared_by(self.plugin, "register_resources"):
            for view in resource.views if resource.listing else ():
                with app.test_request_context():
                    address = url_for(resource.listing, view=view.name)
                assert chief.get(address).status_code == 200, f"{resource.key}: {view.name}"


def _canary(column: Any, text: str) -> Any:
    if isinstance(column.type, JSON):
        return {"text": text}
    return text[: column.type.length or 100]


def sample_of(wanted: Any) -> Any:
    """Give a value of a type that an event's field is declared with."""
    kind = alternatives(wanted)[0]
    kind = typing.get_origin(kind) or kind
    return kind("text") if isinstance(kind, type) and issubclass(kind, str) else SAMPLES[kind]


def _columns(zhike: Any, owner: str) -> dict[str, list[str]]:
    zhike.database.engine.dispose()
    look = inspect(zhike.database.engine)
    return {
        name: sorted(column["name"] for column in look.get_columns(name))
        for name in look.get_table_names()
        if belongs(name, owner)
    }


def _calls(app: Flask, rules: list[Rule]) -> Iterator[tuple[Rule, str]]:
    """Give every non-public rule with each of its methods."""
    for rule in rules:
        guard = guard_of(app.view_functions[rule.endpoint])
        if guard is None or guard.kind == "public":
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def address_of(rule: Rule) -> str:
    """Give an address of a rule with arguments that no record has."""
    values: dict[str, Any] = {}
    for name in rule.arguments:
        converter = rule._converters[name]
        kind = type(converter).__name__
        if isinstance(converter, IntegerConverter):
            values[name] = UNKNOWN
        elif kind == "AnyConverter":
            values[name] = next(iter(getattr(converter, "items", None) or [re.findall(r"\w+", converter.regex)[0]]))
        else:
            values[name] = "unknown"
    built = rule.build(values)
    assert built is not None
    return str(built[1])


def _call(browser: Browser, rule: Rule, method: str) -> Any:
    address = address_of(rule)
    if method == "GET":
        return browser.get(address)
    return browser.client.open(address, method=method, data={"csrf_token": browser.form_token})
