"""Every page has its help in place, in both languages (L-04)."""

from __future__ import annotations

import re

import pytest

from core.desk.views_help import GENERAL, KINDS, names_of

PART = {"HX-Request": "true"}
BARE = {"health", "static_files", "static", "api_v1"}
"""Addresses for machines."""
OWN_TEXTS = (
    "auth.account",
    "auth.password",
    "auth.own_rights",
    "auth.user_list",
    "auth.department_list",
    "auth.group_list",
    "auth.group_matrix",
    "auth.access_page",
    "admin.settings",
    "admin.plugin_list",
    "admin.system",
    "care.care_admin",
    "customers.place_list",
    "desk.colleague",
    "privacy.access_report",
    "privacy.due_list",
    "tags.segment_list",
)
"""Entries of the settings and pages of one's own that the text of their area would not help."""


def pages(app):
    """List the endpoints that answer to GET, but for those for machines."""
    found = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    return sorted(one for one in found if one.partition(".")[0] not in BARE)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_has_help_of_its_own_area(app, language):
    known = set(app.jinja_env.list_templates())
    missing = [
        one
        for one in pages(app)
        if not any(f"{name}.{language}.html" in known for name in names_of(one) if name != GENERAL)
    ]
    assert missing == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_help_page_is_left_without_its_other_language_or_its_page(app, language):
    other = {"zh": "en", "en": "zh"}[language]
    known = [one for one in app.jinja_env.list_templates() if "/help/" in one]
    asked = {name for one in pages(app) for name in names_of(one)} | set(KINDS.values())
    for template in known:
        name, found, _html = template.rsplit(".", 2)
        assert f"{name}.{other if found == language else language}.html" in known, template
        assert name in asked, template


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_entries_of_the_settings_and_ones_own_pages_have_texts_of_their_own(app, language):
    known = set(app.jinja_env.list_templates())
    found = {one: next(n for n in names_of(one) if f"{n}.{language}.html" in known) for one in OWN_TEXTS}
    assert [one for one, name in found.items() if name.endswith("/index") or name == GENERAL] == []
    assert len(set(found.values())) == len(OWN_TEXTS)


def test_help_is_of_the_page_then_of_its_thing_then_of_its_area():
    assert names_of("customers.company_list") == [
        "customers/help/company_list",
        "customers/help/company",
        "customers/help/index",
        GENERAL,
    ]
    assert names_of("printing.wizard")[0] == "printing/help/wizard"


def test_the_drawer_says_what_the_page_is_for_and_how_its_kind_works(people, browser_of):
    browser = browser_of(people.user("clerk"))
    part = browser.get("/help/journals.subscription_list", headers=PART).get_data(as_text=True)
    assert part.index("<h2>征订</h2>") < part.index("<h2>列表怎么用</h2>")
    form = browser.get("/help/customers.company_new", headers=PART).get_data(as_text=True)
    assert "<h2>表单怎么填</h2>" in form
    browser.client.set_cookie("zhike_locale", "en")
    assert "<h2>Customers</h2>" in browser.get("/help/customers.company_list", headers=PART).get_data(as_text=True)


def test_every_page_of_the_menu_leads_to_its_help_and_the_manual_to_all(people, browser_of):
    browser = browser_of(people.user("boss", ("decision_maker",)))
    manual = browser.get("/help").get_data(as_text=True)
    links = set(re.findall(r'href="(/help/[\w.]+)"', manual))
    assert {"/help/customers.company_list", "/help/tasks.schedule", "/help/journals.desk"} <= links
    for address in links:
        assert browser.get(address).status_code == 200
    assert 'href="/help/tasks.schedule"' in browser.get("/calendar").get_data(as_text=True)
