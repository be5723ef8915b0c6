"""Texts that are translated when they are shown."""

from __future__ import annotations

from flask_babel import force_locale

from core.i18n import _, n_, p_, unit_of


def test_what_is_put_into_a_text_is_escaped_in_a_page(app):
    template = app.jinja_env.from_string("{{ text }}|{{ other }}")
    with app.test_request_context():
        shown = template.render(text=_("Hello %(name)s", name="<b>"), other=p_("x", "%(name)s", name='"'))
    assert shown == "Hello &lt;b&gt;|&#34;"


def test_a_text_is_translated_when_it_is_shown(app):
    text = _("Save")
    with app.test_request_context():
        with force_locale("zh_CN"):
            assert str(text) == "储存"
        with force_locale("en"):
            assert str(text) == "Save"


def test_a_unit_follows_its_number(app):
    unit = n_(" task", " tasks")
    with app.test_request_context():
        with force_locale("en"):
            assert [unit_of(unit, 1), unit_of(unit, 0), unit_of(unit, 2), str(unit)] == [
                " task",
                " tasks",
                " tasks",
                " tasks",
            ]
        with force_locale("zh_CN"):
            assert unit_of(unit, 1) == unit_of(unit, 2) == " 项任务"
    assert unit_of("份", 1) == "份"


def test_templates_speak_the_language_of_the_moment(app):
    template = app.jinja_env.from_string('{{ _("Save") }} {{ ngettext("%(num)d day ago", "%(num)d days ago", n) }}')
    with app.test_request_context():
        with force_locale("zh_CN"):
            assert template.render(n=2) == "储存 2 天前"
        with force_locale("en"):
            assert template.render(n=2) == "Save 2 days ago"
        with force_locale("zh_CN"):
            assert template.render(n=1) == "储存 1 天前"
