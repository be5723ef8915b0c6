"""What programs send, read and checked by the form of the resource as if a person had filled it in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FieldList, IntegerField, SelectMultipleField

from core.api.fields import EMPTY
from core.custom import fields_of
from core.db import session
from core.errors import Refused
from core.forms import YesNoField
from core.i18n import _
from core.overlay import overlay
from core.plugin import Field, Resource

MARKS = frozenset({"version", "idempotency_key", "original"})
MOST_LINES = 200
LARGEST = 2**63
DIGITS = 20
"""So many places a number may have before and behind its point: one of a few bytes, `1e99999999`, has any length."""
REFERENCES = frozenset({"user", "company", "contact"})
UNFIT = re.compile(r"[\x00\ud800-\udfff]")
"""What JSON can write and no database keeps."""


@dataclass(frozen=True)
class Entry:
    """One thing that can be written: `name` is how programs call it, `key` its field in the form.

    `field` is its declaration; None for lines, such as phones.
    """

    name: str
    key: str
    field: Field | None


class NoObject(Refused):
    """What was sent is no JSON object."""

    status = 400


class Broken(ValueError):
    """A text holds a sign that cannot be kept."""


def parsed(body: bytes) -> dict[str, Any]:
    """Read a JSON object in UTF-8; numbers keep their digits. Raises NoObject."""
    try:
        found = json.loads(body.decode("utf-8"), parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise NoObject(_("The body is no JSON")) from None
    if not isinstance(found, dict):
        raise NoObject(_("The body must be a JSON object with fields by name"))
    return found


def _no_constant(text: str) -> None:
    raise ValueError(text)


def form_of(resource: Resource, record: Any, classes: frozenset[str]) -> Any:
    """Make the form of a record, with the lines that the person sees of it; of a new one for None."""
    assert resource.form is not None
    form = resource.form(record)
    if record is not None and hasattr(form, "show_lines"):
        form.show_lines(record, private="private" in classes)
    return form


def entries(resource: Resource, form: Any, classes: frozenset[str]) -> list[Entry]:
    """List what can be written by a form: its lines, and those fields of the resource that the person sees."""
    fields = fields_of(resource)
    known = {**{one.path: one for one in fields if one.path}, **{one.name: one for one in fields}}
    found = []
    for key, field in form._fields.items():
        if key in MARKS:
            continue
        if isinstance(field, FieldList):
            if "inner" in classes:
                found.append(Entry(key, key, None))
        elif (one := known.get(key)) is not None and one.field_class in classes:
            found.append(Entry(one.name, key, one))
    return found


def fill(resource: Resource, form: Any, body: Mapping[str, Any], classes: frozenset[str], *, whole: bool) -> list[str]:
    """Read what was sent into a form and check it; give the keys that were sent. Raises Refused, by field.

    A `whole` record must be right in all; else what was wrong before, in fields that nobody touches, is not held
    against who changes others.
    """
    known = {one.name: one for one in entries(resource, form, classes)}
    wrong: dict[str, Any] = {}
    texts: dict[str, MultiDict[str, str]] = {}
    for name, value in body.items():
        entry = known.get(name)
        if entry is None:
            wrong[name] = _("There is no such field to be written, or you may not see it")
            continue
        field = form._fields[entry.key]
        try:
            if entry.field is None:
                mask = None if "private" in classes else _masks(resource).get(f"{entry.key}.number")
                pairs = list(_lines(field, value, mask))
            else:
                _check_codes(entry.field, value)
                pairs = [(entry.key, text) for text in _texts(field, value, entry.field.kind)]
            texts[entry.key] = MultiDict(pairs)
        except Refused as refused:
            wrong.update(refused.fields or {name: refused.message})
        except ValueError as error:
            wrong[name] = _why(error)
    if wrong:
        raise Refused(_("Nothing was saved; see the errors by field."), fields=wrong)
    for field in form:
        if isinstance(field, SelectMultipleField) and field.data is None:
            field.data = []
        if field.data not in EMPTY and not field.raw_data:
            field.raw_data = [str(field.data)]  # what stands there already need not be sent
    before = set() if whole else set(_problems(form))
    for key, pairs_of_key in texts.items():
        form._fields[key].process(pairs_of_key)
    names = {one.key: one.name for one in known.values()}
    found = [one for one in _problems(form) if one not in before or one[0].split("-")[0] in texts]
    if found:
        raise Refused(
            _("Nothing was saved; see the errors by field."),
            fields={in_words(name, names): text for name, text in reversed(found)},
        )
    return list(texts)


def in_words(key: str, names: Mapping[str, str]) -> str:
    """Name a field of the form as programs do: `phones.0.number`, `division`."""
    first, *rest = key.split("-")
    return ".".join([names[first], *rest]) if first in names else key


def values_of(form: Any, sent: Iterable[str], *, whole: bool) -> dict[str, Any]:
    """Give what the services take: of a new record all that the form holds, of others what was sent."""
    given: Mapping[str, Any] = form.values() if hasattr(form, "values") else form.data
    sent = set(sent)
    found = {name: value for name, value in given.items() if name not in MARKS and (whole or name in sent)}
    found |= {key: form[key].data for key in sent if key not in found}
    if "known" in given:
        found["known"] = given["known"]
    return found


def _problems(form: Any) -> list[tuple[str, str]]:
    form.validate()
    return [(field.name if field is not None else "", str(text)) for field, text in form.all_errors]


def _check_codes(field: Field, value: Any) -> None:
    """Refuse codes that the dictionary of a field does not hold. Raises Refused."""
    if field.dictionary is None or value in (None, ""):
        return
    known = overlay().dictionary(session(), field.dictionary)
    for code in value if isinstance(value, list) else [value]:
        if not isinstance(code, str) or code not in known:
            raise Refused(_("Choose one of the list"))


def _texts(field: Any, value: Any, kind: str = "text") -> list[str]:
    """Write a JSON value as a form sends it. Raises ValueError where it is of another kind."""
    if isinstance(field, BooleanField):
        return ["y"] if _flag(value) else []
    if isinstance(field, SelectMultipleField):
        return _list(value)
    if isinstance(value, list) and kind == "tags":
        return ["、".join(_list(value))]
    if isinstance(field, YesNoField):
        return ["" if value is None else "1" if _flag(value) else "0"]
    if kind in REFERENCES:
        value = value["id"] if isinstance(value, Mapping) and "id" in value else value
        if value is not None and not (type(value) is int and 0 < value < LARGEST):
            raise ValueError(value)
    if value is None:
        return [""]
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(value)
    if isinstance(value, Decimal) and max(abs(value.adjusted()), -int(value.as_tuple().exponent)) > DIGITS:
        raise ValueError(value)
    if isinstance(value, int) and abs(value) >= LARGEST:
        raise ValueError(value)
    if isinstance(field, IntegerField) and isinstance(value, str) and len(value.strip()) > DIGITS:
        raise ValueError(value)
    return [format(value, "f") if isinstance(value, Decimal) else _fitting(str(value))]


def _fitting(text: str) -> str:
    if UNFIT.search(text):
        raise Broken(text)
    return text


def _why(error: ValueError) -> Any:
    if isinstance(error, Broken):
        return _("This text holds a broken character")
    return _("A value of this kind cannot stand here")


def _flag(value: Any) -> bool:
    if value is not None and not isinstance(value, bool):
        raise ValueError(value)
    return bool(value)


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError(value)
    return [_fitting(one) for one in value]


def _masks(resource: Resource) -> dict[str, Callable[[Any], Any]]:
    return {one.path: one.masked for one in resource.fields if one.masked is not None and one.path}


def _lines(lines: Any, value: Any, mask: Callable[[Any], Any] | None) -> Iterable[tuple[str, str]]:
    """Write lines as a form sends them. One with an `id` keeps what is not named; those not named at all go.

    `mask` is given to who does not see numbers whole: what such a number is called he does not change, as the mask
    goes by that.
    """
    shown = {str(one.form.id.data): one.form for one in lines.entries if one.form.id.data}
    yield from ((f"{lines.name}-known", number) for number in shown)
    if value is not None and not isinstance(value, list):
        raise ValueError(value)
    if len(value or ()) > MOST_LINES:
        problem = _("At most %(n)s lines", n=MOST_LINES)
        raise Refused(problem, fields={lines.name: problem})
    for number, line in enumerate(value or ()):
        if not isinstance(line, Mapping):
            raise ValueError(line)
        known = shown.get(str(line.get("id")))
        if mask is not None and known is not None and line.get("kind", known.kind.data) != known.kind.data:
            held = known.number.data
            if held and mask(held) != held:
                problem = _("You do not see this number whole; only who does changes its kind")
                raise Refused(problem, fields={f"{lines.name}.{number}.kind": problem})
        yield from _line(lines, f"{lines.name}-{number}", line, shown)


def _line(lines: Any, prefix: str, line: Mapping[str, Any], shown: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    there = prefix.replace("-", ".")
    known = None
    if line.get("id") is not None:
        known = shown.get(str(line["id"]))
        if known is None:
            problem = _("There is no such line")
            raise Refused(problem, fields={f"{there}.id": problem})
    fields = line_fields(lines, known)
    for name in line:
        if name not in fields and name != "id":
            raise Refused(_("There is no such field"), fields={f"{there}.{name}": _("There is no such field")})
    chief = getattr(lines.unbound_field.args[0], "chief", "")
    if known is None and chief and line.get(chief) in EMPTY:
        problem = _("A line without this holds nothing")
        raise Refused(problem, fields={f"{there}.{chief}": problem})
    if known is not None:
        yield f"{prefix}-id", str(line["id"])
    for name, field in fields.items():
        try:
            if name in line:
                blank = line[name] in (None, "") and isinstance(field.default, str)
                texts = [field.default] if blank else _texts(field, line[name])
            else:
                texts = [str(field.data)] if known is not None and field.data not in (*EMPTY, False) else []
        except ValueError as error:
            problem = _why(error)
            raise Refused(problem, fields={f"{there}.{name}": problem}) from None
        yield from ((f"{prefix}-{name}", text) for text in texts)


def line_fields(lines: Any, form: Any = None) -> dict[str, Any]:
    """Give the fields of a line of `lines` by name: of the one whose form is given, else of a new one."""
    if form is None:
        blank = lines.unbound_field.bind(form=None, name="new", _meta=lines.meta)
        blank.process(None)
        form = blank.form
    return {field.short_name: field for field in form if field.short_name != "id"}


def lines_of(
    resource: Resource, form: Any, shown: Sequence[Entry], *, private: bool
) -> dict[str, list[dict[str, Any]]]:
    """Give the lines of a record as JSON holds them, each with the `id` by which it is changed.

    What a list masks for who does not see private fields is masked here too.
    """
    masks = {} if private else _masks(resource)
    found: dict[str, list[dict[str, Any]]] = {}
    for one in shown:
        if one.field is None:
            held = [entry.form for entry in form[one.key].entries if entry.form.id.data]
            found[one.name] = [
                {"id": int(line.id.data)}
                | {
                    name: mask(value) if value and (mask := masks.get(f"{one.name}.{name}")) is not None else value
                    for name, value in _plain(line).items()
                }
                for line in held
            ]
    return found


def _plain(line: Any) -> dict[str, Any]:
    data = {name: field.data for name, field in line_fields(None, line).items()}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in data.items()}
