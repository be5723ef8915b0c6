"""Fields of the register: places, companies by name, several choices from one list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup
from wtforms import StringField
from wtforms.validators import ValidationError

from core.customers.data.divisions import Division, division_changes, divisions, find_division, own_cities
from core.customers.imports.persons import close_name
from core.customers.models import Company
from core.customers.queries import find_companies
from core.customers.resources.loads import division_title
from core.db import session
from core.forms import DictionariesField, TextField
from core.i18n import _
from core.overlay import overlay


def attributes_text(attributes: Mapping[str, Any]) -> Markup:
    """Write attributes of an element."""
    pairs = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not False)
    return Markup("").join(Markup(' {0}="{1}"').format(key, value) for key, value in pairs)


class SelectsField(DictionariesField):
    """Several choices from a long two-level dictionary, as selects: those chosen, and one more.

    Only the last one holds all entries; to another of them the browser copies these when somebody goes there.
    """

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Leave out the selects in which nothing was chosen."""
        self.data = [value for value in valuelist if value]

    def __call__(self, **attributes: Any) -> Markup:
        """Draw the selects, all under the field's name."""
        drawn = []
        for number, code in enumerate([*(self.data or ()), ""]):
            more = {} if number == 0 else {"id": f"{self.id}-{number}", "aria-label": self.label.text}
            drawn.append(self._select(code, {"id": self.id, **attributes, **more}))
        return Markup('<span class="row w" data-selects>{0}</span>').format(Markup("").join(drawn))

    def _select(self, code: str, attributes: Mapping[str, Any]) -> Markup:
        parts = [Markup('<option value="">—</option>')]
        pairs: Any = self.choices or ()
        entries = overlay().dictionary(session(), self.dictionary)
        for value, title in pairs:
            if code and value != code:
                continue
            text = f"　{title}" if value in entries and entries[value].parent in entries else str(title)
            mark = Markup(" selected") if value == code else Markup("")
            parts.append(Markup('<option value="{0}"{1}>{2}</option>').format(value, mark, text))
        options = Markup("").join(parts)
        return Markup('<select name="{0}"{1}>{2}</select>').format(self.name, attributes_text(attributes), options)


class PersonField(TextField):
    """A person's name; the blanks with which a short one was spread (王　建平) are closed, as an import does."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.filters = [*self.filters, lambda text: close_name(text) if text else text]


class LookupField(StringField):
    """A value found by its words: the box shows the title, a hidden field beside it carries the key.

    With scripts the box is a combobox on `address`; without, the words are looked up when the form is sent.
    """

    data: Any

    def __init__(self, label: Any = None, validators: Any = None, *, address: Callable[[], str], **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.address = address
        self.typed: str | None = None

    def title_of(self, key: Any) -> str:
        """Give the words for a key."""
        raise NotImplementedError

    def look_up(self, text: str) -> Any:
        """Find the key for typed words. Raises ValueError with the reason."""
        raise NotImplementedError

    def key_of(self, text: str) -> Any:
        """Read a key as it was sent. Raises ValueError."""
        return text

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Read the box and the key; what was typed counts where the two differ."""
        super().process(formdata, *args, **kwargs)
        if not formdata or f"{self.name}-text" not in formdata:
            return
        self.typed = formdata.get(f"{self.name}-text", "").strip()[:200]
        sent, self.data = formdata.get(self.name, "").strip(), None
        if not self.typed:
            self.data = self.object_data if self.is_unseen else None
            return
        try:
            key = self.key_of(sent) if sent else None
            same = key is not None and self.title_of(key) == self.typed
            self.data = key if same else self.look_up(self.typed)
        except ValueError as error:
            self.process_errors = [*self.process_errors, error.args[0]]

    @property
    def is_unseen(self) -> bool:
        """Tell whether the record holds a value that the person does not see: an empty box leaves it as it is."""
        return bool(self.object_data) and not self.title_of(self.object_data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take a key that came without a box."""
        if valuelist and valuelist[0]:
            try:
                self.data = self.key_of(valuelist[0])
            except ValueError:
                self.data = None

    def __call__(self, **attributes: Any) -> Markup:
        """Draw the box and the hidden key."""
        shown = self.typed if self.typed is not None else self.title_of(self.data) if self.data else ""
        box = {
            "type": "text",
            "placeholder": _("Set, but not yours to see") if self.is_unseen else False,
            "id": self.id,
            "name": f"{self.name}-text",
            "value": shown,
            "autocomplete": "off",
            "maxlength": 200,
            "data-combobox": self.address(),
            "data-into": f"{self.id}-key",
            **attributes,
        }
        key = {"type": "hidden", "id": f"{self.id}-key", "name": self.name, "value": self.data or ""}
        if "hx_swap_oob" in attributes:
            key["hx_swap_oob"] = attributes["hx_swap_oob"]
        return Markup("<input{0}><input{1}>").format(attributes_text(box), attributes_text(key))


class DivisionField(LookupField):
    """A province, city or district; carries its code."""

    def title_of(self, key: Any) -> str:
        """Name the place from the province down."""
        return division_title(key)

    def look_up(self, text: str) -> str:
        """Find the one place that the words mean."""
        found = match_divisions(text, 2)
        if not found:
            raise ValueError(_("There is no such place; for example 四川省 成都市"))
        if len(found) > 1 and text not in (found[0].name, found[0].short_name):
            raise ValueError(_("There are several places of this name; write the province too"))
        return found[0].code


def match_divisions(text: str, limit: int = 10) -> list[Division]:
    """Find places by the words of their names in order, the higher levels and shorter names first.

    Of a municipality the city is found, as addresses are read. Where nothing is called so, those come that were before.
    """
    parts = text.replace("›", " ").replace(",", " ").replace("，", " ").split()[:4]
    if not parts:
        return []
    exact = find_division(*parts) if len(parts) <= 3 else None
    exact = None if exact is None or exact.retired else own_cities().get(exact.code, exact)
    found = []
    for unit in divisions():
        if unit.code in own_cities():
            continue
        whole = f"{unit.province} {unit.city} {unit.district}"
        begins = unit.name.startswith(parts[-1]) or unit.short_name.startswith(parts[-1])
        if begins and unit != exact and all(part in whole for part in parts[:-1]):
            found.append(unit)
    levels = ("province", "city", "district")
    found.sort(key=lambda unit: (levels.index(unit.level), len(unit.name)))
    found = [exact, *found] if exact is not None else found
    return (found or list(dict.fromkeys(_called_before(parts))))[:limit]


def _called_before(parts: Sequence[str]) -> Iterator[Division]:
    for change in division_changes():
        name = next(filter(None, reversed(change.before)))
        if name.startswith(parts[-1]) and all(part in " ".join(change.before) for part in parts[:-1]):
            unit = find_division(*change.after)
            if unit is not None and not unit.retired:
                yield unit


class CountryField(LookupField):
    """A country or region; carries its ISO code."""

    def title_of(self, key: Any) -> str:
        """Name the country."""
        return overlay().title(session(), "country", key)

    def look_up(self, text: str) -> str:
        """Find the country of that name or code."""
        found = match_countries(text, 1)
        if not found or text not in (found[0][0], found[0][1]):
            raise ValueError(_("There is no such country"))
        return found[0][0]


def match_countries(text: str, limit: int = 10) -> list[tuple[str, str]]:
    """Find countries by code, or by part of their name."""
    wanted = text.strip().lower()
    choices = [(code, str(title)) for code, title in overlay().choices(session(), "country")]
    found = [pair for pair in choices if wanted == pair[0].lower() or wanted in pair[1].lower()]
    return sorted(found, key=lambda pair: (wanted not in (pair[0].lower(), pair[1].lower()), len(pair[1])))[:limit]


class CompanyField(LookupField):
    """A company that the person finds; carries its id."""

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Read the box and the key; for a company that was merged stands the one that stayed."""
        self._known: dict[Any, tuple[str, int | None]] = {}
        super().process(formdata, *args, **kwargs)
        stayed = self._told(self.data)[1] if isinstance(self.data, int) and 0 < self.data < 2**53 else None
        if stayed is not None:
            self.data, self.typed = stayed, None

    def _told(self, key: Any) -> tuple[str, int | None]:
        """Give a company's name, and into which it was merged; each is read once for a form."""
        if key not in self._known:
            found = session().get(Company, key)
            self._known[key] = (found.name, found.merged_into_id) if found is not None else ("", None)
        return self._known[key]

    def pre_validate(self, form: Any) -> None:
        """A key that was sent without the box is another's to guess: only what is found counts."""
        if self.data is not None and self.data != self.object_data and not self.title_of(self.data):
            raise ValidationError(_("There is no such customer"))

    def key_of(self, text: str) -> int:
        """Read an id."""
        number = int(text)
        if not 0 < number < 2**53:
            raise ValueError(text)
        return number

    def title_of(self, key: Any) -> str:
        """Give the company's name."""
        return self._told(key)[0]

    def look_up(self, text: str) -> int:
        """Find the one company that the words mean."""
        found = find_companies(session(), text, 2)
        exact = [hit for hit in found if hit.name == text] or found
        if len(exact) == 1:
            return exact[0].id
        if not found:
            raise ValueError(_("There is no such customer"))
        raise ValueError(_("Several customers match; write the whole name"))
