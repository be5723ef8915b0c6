"""Translation: English in code, Chinese in the catalogues of each area and plugin."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterable, Iterator
from contextvars import ContextVar, Token
from pathlib import Path
from typing import Any

from babel import Locale
from flask_babel import force_locale, get_locale, get_translations
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape

LOCALES = ("zh_CN", "en")


class Texts:
    """The texts of one language. What was looked up without numbers is remembered: a page wants hundreds of them."""

    def __init__(self, translations: Any) -> None:
        self.translations = translations
        self._known: dict[str, str] = {}
        self._drawn: dict[str, Markup] = {}

    def ugettext(self, text: str) -> str:
        """Give a text."""
        found = self._known.get(text)
        if found is None:
            if len(self._known) > MOST:  # somebody translates what people wrote
                self._known.clear()
            found = self._known[text] = self.translations.ugettext(text)
        return found

    def drawn(self, text: str) -> Markup:
        """Give a text for HTML; texts of ours may hold some."""
        found = self._drawn.get(text)
        if found is None:
            if len(self._drawn) > MOST:
                self._drawn.clear()
            found = Markup(self.ugettext(text))  # noqa: S704
            found = self._drawn[text] = found % {} if "%" in found else found
        return found

    def ungettext(self, singular: str, plural: str, num: int) -> str:
        """Give a text by number."""
        return str(self.translations.ungettext(singular, plural, num))

    def upgettext(self, context: str, text: str) -> str:
        """Give a text that means different things by context."""
        return str(self.translations.upgettext(context, text))


MOST = 20_000
_texts_of = functools.lru_cache(maxsize=20)(Texts)
_spoken: ContextVar[list[Texts] | None] = ContextVar("zhike_spoken", default=None)
"""The texts of the language of this request, once looked up: they are wanted hundreds of times a page."""


FULL_NAMES = {"zh_CN": "zh_Hans_CN"}
"""For a short name the library looks into its tables of all the world's languages, which then take 2 MB."""


@functools.cache
def locale_named(name: str) -> Locale:
    """Give a locale by its name. Raises UnknownLocaleError."""
    return Locale.parse(FULL_NAMES.get(name, name))


def begin_speaking() -> Token[list[Texts] | None]:
    """Begin a request: its language is found out once. Give what `stop_speaking` wants."""
    return _spoken.set([])


def stop_speaking(token: Token[list[Texts] | None]) -> None:
    """Forget the language of a request."""
    _spoken.reset(token)


@contextlib.contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Speak another language for a block."""
    token = begin_speaking()
    try:
        with force_locale(locale):
            yield
    finally:
        stop_speaking(token)


def catalogue() -> Texts:
    """Give the texts of the language spoken now."""
    kept = _spoken.get()
    if kept:
        return kept[0]
    found = _texts_of(get_translations())
    if kept is not None:
        kept.append(found)
    return found


def gettext(text: str, /, **values: Any) -> str:
    """Translate now, with named values put in."""
    found = catalogue().ugettext(text)
    return found % values if values else found


def ngettext(singular: str, plural: str, num: int, /, **values: Any) -> str:
    """Translate now, by number; `num` may stand in the text."""
    found = catalogue().ungettext(singular, plural, num)
    return found % {"num": num, **values}


def pgettext(context: str, text: str, /, **values: Any) -> str:
    """Translate now, what means different things by context."""
    found = catalogue().upgettext(context, text)
    return found % values if values else found


class LazyText(LazyString):  # type: ignore[misc]
    """A text that is translated when it is shown, with what was put into it escaped: the library's own is not."""

    def __html__(self) -> Markup:
        """Give the text for HTML."""
        return escape(str(self))


def _(text: str, /, **values: Any) -> LazyText:
    """Translate when shown, with named values put in."""
    return LazyText(gettext, text, **values)


def within(title: Any) -> str:
    """Give a title as it stands inside a sentence: English nouns lose their capital."""
    text = str(title)
    return text[:1].lower() + text[1:]


def p_(context: str, text: str, /, **values: Any) -> LazyText:
    """Translate when shown, what means different things by context."""
    return LazyText(pgettext, context, text, **values)


class Counted(LazyText):
    """A word for what is counted; as it stands, of several."""

    def __init__(self, singular: str, plural: str) -> None:
        super().__init__(ngettext, singular, plural, 2)
        self._forms = (singular, plural)

    def of(self, number: float) -> str:
        """Give the word for a number of them."""
        return ngettext(*self._forms, 1 if number == 1 else 2)


def n_(singular: str, plural: str) -> Counted:
    """Translate when shown, by the number that is counted: `unit_of(n_("copy", "copies"), 1)`."""
    return Counted(singular, plural)


def unit_of(unit: Any, number: float) -> str:
    """Give a unit for a number of them, whether it has a singular or not."""
    return unit.of(number) if isinstance(unit, Counted) else str(unit)


def either(chinese: Any, english: Any) -> LazyText:
    """Give a text that an administrator wrote in both languages, in the one spoken when it is shown."""
    return LazyText(_either, chinese, english)


def _either(chinese: Any, english: Any) -> str:
    locale = get_locale()
    return str(english if locale is not None and locale.language == "en" else chinese)


def catalogue_folders(roots: Iterable[Path]) -> list[Path]:
    """List the `translations` folders directly in `roots`, those that exist, in order."""
    return [folder for root in roots if (folder := root / "translations").is_dir()]


def compile_catalogues(folders: Iterable[Path]) -> int:
    """Compile every `.po` that is newer than its `.mo`; return how many were compiled.

    The result lies under the full name of the locale (`zh_Hans_CN`), which is the one that is looked up.
    """
    done = 0
    for folder in folders:
        for po in folder.glob("*/LC_MESSAGES/*.po"):
            locale = po.parent.parent.name
            mo = folder / str(locale_named(locale)) / "LC_MESSAGES" / f"{po.stem}.mo"
            if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
                continue
            from babel.messages.mofile import write_mo
            from babel.messages.pofile import read_po

            with po.open("rb") as source:
                catalogue = read_po(source, locale=locale)
            mo.parent.mkdir(parents=True, exist_ok=True)
            part = mo.with_suffix(f".{os.getpid()}.part")  # several processes may start at once
            with part.open("wb") as out:
                write_mo(out, catalogue)
            part.replace(mo)
            done += 1
    return done


def language_tag(locale: Any) -> str:
    """Give the HTML `lang` of a locale: `zh-CN` or `en`."""
    return "zh-CN" if str(locale).startswith("zh") else "en"


__all__ = [
    "LOCALES",
    "_",
    "catalogue_folders",
    "compile_catalogues",
    "either",
    "gettext",
    "language_tag",
    "ngettext",
    "p_",
    "pgettext",
]
