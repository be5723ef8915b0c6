"""Names that every template knows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from flask import Flask, g
from flask_babel import format_date, format_datetime, format_decimal, get_locale
from markupsafe import Markup

from core.auth.access import current_access
from core.db import has_work
from core.i18n import catalogue, language_tag
from core.static_files import asset, icon
from core.web import csp_nonce, csrf_token, is_fragment, new_key, take_toasts


def may(code: str) -> bool:
    """Tell whether the signed-in person holds a right for any row."""
    return has_work() and current_access().may(code)


def money(value: Decimal | None) -> str:
    """Write an amount as on orders: ¥96,900.00."""
    return "—" if value is None else f"¥{value:,.2f}"


def day(value: dt.date | None) -> str:
    """Write a date short: `MM-DD` in this year, else `YYYY-MM-DD`."""
    if value is None:
        return "—"
    from core.clock import local_today

    if isinstance(value, dt.datetime):
        from core.clock import to_local

        value = to_local(value).date()
    return value.strftime("%m-%d") if value.year == local_today().year else value.isoformat()


def moment(value: dt.datetime | None) -> str:
    """Write a moment in the deployment's time zone: `YYYY-MM-DD HH:MM`."""
    from core.clock import to_local

    return "—" if value is None else to_local(value).strftime("%Y-%m-%d %H:%M")


def put(text: str, values: dict[str, Any]) -> Markup:
    """Put values into a text of ours, each escaped."""
    return Markup(text) % values if "%" in text else Markup(text)  # noqa: S704


def translate(text: str, /, **values: Any) -> Markup:
    """Translate, as Jinja's own `_`."""
    texts = catalogue()
    return put(texts.ugettext(text), values) if values else texts.drawn(text)


def translate_number(singular: str, plural: str, num: int, /, **values: Any) -> Markup:
    """Translate by number, as Jinja's own `ngettext`."""
    return put(catalogue().ungettext(singular, plural, num), {"num": num, **values})


def translate_in(context: str, text: str, /, **values: Any) -> Markup:
    """Translate by context, as Jinja's own `pgettext`."""
    return put(catalogue().upgettext(context, text), values)


def register_template_context(app: Flask) -> None:
    """Make the names known."""
    app.jinja_env.globals.update(
        _=translate,
        gettext=translate,
        ngettext=translate_number,
        pgettext=translate_in,
        asset=asset,
        icon=icon,
        csrf_token=csrf_token,
        csp_nonce=csp_nonce,
        is_fragment=is_fragment,
        may=may,
        new_key=new_key,
        take_toasts=take_toasts,
    )
    app.jinja_env.filters.update(
        money=money, day=day, moment=moment, decimal=format_decimal, long_date=format_date, long_moment=format_datetime
    )

    @app.context_processor
    def page() -> dict[str, Any]:
        return {"access": current_access() if "work" in g else None, "lang": language_tag(get_locale() or "zh_CN")}
