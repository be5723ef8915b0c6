"""Going on with a record that is there already: what was typed beside what is kept, and what of it is carried over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.queries.names import names_of
from core.clock import local_today
from core.customers.data.divisions import division
from core.customers.forms import CompanyForm, ContactForm
from core.customers.forms.company import SEPARATORS
from core.customers.lists import COMPANIES, CONTACTS
from core.customers.models import Company, Contact
from core.customers.numbers import email_key, parse_phone
from core.customers.permissions import Perm
from core.customers.queries.record import whole_address
from core.customers.queries.search import findable
from core.customers.services import find_company, find_contact, update_company, update_contact
from core.customers.text import name_key
from core.customers.views.base import blueprint, by, company_or_404, contact_or_404
from core.customers.views.conflict import MARKS, carried, text_of, words_of
from core.db import session, transaction
from core.errors import Conflict, NotFound, Refused
from core.i18n import _, gettext, ngettext
from core.plugin import Resource
from core.review.rules import rules
from core.review.services.proposing import suggest
from core.web import go_to, new_key, remember, render, repeated, toast

PLACE = ("country", "division_code", "address", "postcode", "area_code")
"""Fields that are one address: half of one and half of another is none."""
PASSED_OVER = MARKS | {"standing", "owner_id", "primary", "name", "aliases", "need_lines"}
NAMES = frozenset({"brands", "agent_brands"})
LINES: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "phones": ("number", lambda text: parse_phone(text).digits or text),
    "emails": ("address", email_key),
    "addresses": ("text", name_key),
    "aliases": ("name", name_key),
    "need_lines": ("kind", str),
}
"""Lines of the forms: what names one, and how two of them are compared."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something typed beside what the record says of it. `values` is what the record would get, None for nothing."""

    key: str
    title: Any
    there: str
    typed: str
    values: Mapping[str, Any] | None = None
    line: tuple[str, Mapping[str, Any]] | None = None
    proposed: bool = False
    wrong: str = ""

    @property
    def same(self) -> bool:
        """Tell whether the record says it already."""
        return self.values is None and self.line is None and not self.wrong


@dataclass(frozen=True)
class Kind:
    """What differs between companies and contacts."""

    resource: Resource
    form: Callable[..., Any]
    noun: str
    find: Callable[..., Any]
    change: Callable[..., Any]
    edit: str
    detail: str
    use: str
    compare: str


COMPANY = Kind(
    COMPANIES, CompanyForm, "company", find_company, update_company, Perm.COMPANY_EDIT,
    "customers.company_detail", "customers.company_use", "customers.company_compare",
)  # fmt: skip
CONTACT = Kind(
    CONTACTS, ContactForm, "contact", find_contact, update_contact, Perm.CONTACT_EDIT,
    "customers.contact_detail", "customers.contact_use", "customers.contact_compare",
)  # fmt: skip


@blueprint.post("/companies/<int:id>/compare")
@require(Perm.COMPANY_QUERY)
def company_compare(id: int) -> Response:
    """Show what was typed of a new customer and one that is there side by side."""
    company, classes = _found(id)
    return _page(COMPANY, company, classes, whole=True)


@blueprint.post("/companies/<int:id>/use")
@require(Perm.COMPANY_CREATE)
def company_use(id: int) -> Response:
    """Go on with a customer that is there: show what of the typed it would get, and write that."""
    company, classes = _found(id)
    return _use(COMPANY, company, classes)


@blueprint.post("/contacts/<int:id>/compare")
@require(Perm.CONTACT_QUERY)
def contact_compare(id: int) -> Response:
    """Show what was typed of a new contact and one that is there side by side."""
    contact, classes = contact_or_404(id)
    return _page(CONTACT, contact, classes, whole=True)


@blueprint.post("/contacts/<int:id>/use")
@require(Perm.CONTACT_CREATE)
def contact_use(id: int) -> Response:
    """Go on with a contact that is there: show what of the typed he would get, and write that."""
    contact, classes = contact_or_404(id)
    return _use(CONTACT, contact, classes)


def _found(company_id: int) -> tuple[Company, frozenset[str]]:
    """Give a customer that the panel shows this person unmasked. Raises NotFound."""
    company, classes = company_or_404(company_id)
    if session().scalar(select(Company.id).where(Company.id == company_id, findable(session()))) is None:
        raise NotFound(_("There is no such customer."))
    return company, classes


def _use(kind: Kind, record: Any, classes: frozenset[str]) -> Response:
    refused: Refused | None = None
    if request.form.get("go"):
        try:
            return go_to(_carry_over(kind, record.id, classes))
        except (Conflict, StaleDataError):
            refused = Conflict(_("Somebody changed this record meanwhile. Look again before you go on."))
        except IntegrityError:
            refused = Refused(_("Another record has one of these values already. Nothing was saved."))
        except Refused as found:
            refused = found
        session().expire_all()
        record = kind.find(session(), record.id)
    return _page(kind, record, classes, whole=False, refused=refused)


def _carry_over(kind: Kind, record_id: int, classes: frozenset[str]) -> str:
    """Write the chosen pieces, or hand them to the owner as a proposal; give where to go on."""
    access = current_access()
    address = url_for(kind.detail, id=record_id)
    chosen = request.form.getlist("take")
    with transaction() as writing:
        known = repeated(writing)
        if known:
            return known
        record = kind.find(writing, record_id)
        pieces = [one for one in _pieces(kind, record, classes) if one.key in chosen and not one.same and not one.wrong]
        if not pieces:
            return remember(writing, address)
        if access.may(kind.edit, record):
            kind.change(writing, record, _values(kind, record, pieces), by=by(), version=_version())
            text = ngettext("%(num)d entry was carried over", "%(num)d entries were carried over", len(pieces))
        else:
            _suggest(kind, writing, record, pieces)
            text = gettext("Your entries were handed to the owner as a proposal")
        remember(writing, address)
    toast(text)
    return address


def _version() -> int:
    return request.form.get("record_version", 0, type=int)


def _values(kind: Kind, record: Any, pieces: Sequence[Piece]) -> dict[str, Any]:
    """Give what the service takes: columns, and lists of lines of which those with an id stay as they are."""
    found: dict[str, Any] = {}
    for piece in pieces:
        found.update(piece.values or {})
        if piece.line is not None:
            name, line = piece.line
            rows = getattr(record, "needs" if name == "need_lines" else name)
            found.setdefault(name, [{"id": row.id} for row in rows]).append(dict(line))
    return found


def _suggest(kind: Kind, writing: Any, record: Any, pieces: Sequence[Piece]) -> None:
    """Hand the pieces to the owner: columns to be taken over with one click, lines in words."""
    rule = rules(writing).rule(kind.resource.key)
    values: dict[str, Any] = {}
    words = []
    for piece in pieces:
        if piece.values and all(rule.restorable(name) for name in piece.values):
            values.update(piece.values)
        else:
            words.append(gettext("%(field)s: %(value)s", field=piece.title, value=piece.typed))
    owner = record.owner_id if isinstance(record, Company) else find_company(writing, record.company_id).owner_id
    suggest(writing, rule, record, current_access(), values, opinion="\n".join(words), to=owner)


# --- what was typed beside what is there


def _pieces(kind: Kind, record: Any, classes: frozenset[str]) -> list[Piece]:
    """Compare what was typed with a record, field by field; what the person may not see of it is left out."""
    typed = kind.form()
    typed.show_lines(None, private="private" in classes)
    typed.validate()
    there = kind.form(**{kind.noun: record}, sent=False)
    there.show_lines(record, private="private" in classes)
    for form in (typed, there):
        form.keep_classes(classes, kind.resource)
    if "country" in typed and not any(text_of(typed[name]) for name in PLACE[1:] if name in typed):
        typed["country"].data = None
    found = [_name(kind, typed, record)]
    found += _place(typed, there, record) if isinstance(record, Company) else []
    for name, field in typed._fields.items():
        other = there._fields.get(name)
        if other is None or name in PASSED_OVER or name in LINES or (name in PLACE and isinstance(record, Company)):
            continue
        if text_of(field):
            found.append(_field(name, field, other))
    for name in LINES:
        if name in typed:
            found += _lines(name, typed, there._fields.get(name), record, classes)
    return [one for one in found if one is not None]


def _name(kind: Kind, typed: Any, record: Any) -> Piece | None:
    name = typed["name"]
    if not name.data:
        return None
    there = {record.name_key}
    if isinstance(record, Company):
        there |= {alias.name_key for alias in record.aliases} | {name_key(record.short_name or "")}
    if name_key(name.data) in there:
        return Piece("name", name.label.text, record.name, name.data)
    if isinstance(record, Contact):
        return Piece("name", name.label.text, record.name, name.data, {"name": name.data})
    line = {"kind": "alias", "name": name.data}
    title = gettext("%(field)s, as a further name", field=name.label.text)
    return Piece("name", title, record.name, name.data, line=("aliases", line), proposed=True)


def _place(typed: Any, there: Any, record: Company) -> Iterator[Piece]:
    """Compare the addresses as a whole: one that is lacking is filled in, another one is added."""
    if "address" not in typed or "address" not in there:
        return
    said = {name: typed[name] for name in PLACE if name in typed and text_of(typed[name])}
    if not said:
        return
    wrong = next((str(one.errors[0]) for one in said.values() if one.errors), "")
    word = _address_words(typed)
    now = whole_address(record.province, record.city, record.district, record.address or "")
    title = typed["address"].label.text
    lacking = {name: one.data for name, one in said.items() if not text_of(there[name])}
    if not record.address and (not record.division_code or "division_code" not in said or _same(typed, there)):
        if lacking:
            yield Piece("place", title, now, word, lacking, proposed=not wrong, wrong=wrong)
    elif "address" in said and name_key(said["address"].data) not in name_key(now):
        line = {"kind": "office", "text": word, "postcode": typed["postcode"].data or None}
        title = gettext("%(field)s, as a further one", field=title)
        yield Piece("place", title, now, word, line=("addresses", line), proposed=not wrong, wrong=wrong)
    elif lacking and _same(typed, there):
        yield Piece("place", title, now, word, lacking, proposed=not wrong, wrong=wrong)
    else:
        yield Piece("place", title, now, word)


def _same(typed: Any, there: Any) -> bool:
    """Tell whether the divisions agree, or one of them is not said."""
    codes = [text_of(form["division_code"]).rstrip("0") for form in (typed, there)]
    return not all(codes) or codes[0].startswith(codes[1]) or codes[1].startswith(codes[0])


def _address_words(form: Any) -> str:
    street = form["address"].data or ""
    unit = division(text_of(form["division_code"]))
    if unit is not None:
        return whole_address(unit.province, unit.city, unit.district, street)
    place = words_of(form["division_code"]).replace(" ", "")
    return street if place and street.startswith(place) else place + street


def _field(name: str, field: Any, other: Any) -> Piece:
    title, now, typed = field.label.text, words_of(other), words_of(field)
    if field.errors:
        return Piece(name, title, now, typed, wrong=str(field.errors[0]))
    if name in NAMES:
        held = {name_key(one): one for one in _split(other.data)}
        more = {name_key(one): one for one in _split(field.data)}
        if not more.keys() - held.keys():
            return Piece(name, title, now, typed)
        return Piece(name, title, now, typed, {name: list({**more, **held}.values())}, proposed=True)
    if isinstance(field.data, list):
        more_codes = [one for one in field.data if one not in (other.data or [])]
        if not more_codes:
            return Piece(name, title, now, typed)
        return Piece(name, title, now, typed, {name: [*(other.data or []), *more_codes]}, proposed=True)
    if text_of(field) == text_of(other):
        return Piece(name, title, now, typed)
    stricter = name == "do_not_contact"
    return Piece(name, title, now, typed, {name: field.data}, proposed=stricter or not text_of(other))


def _split(text: str | None) -> list[str]:
    return [one for part in (text or "").translate(SEPARATORS).split("、") if (one := part.strip())]


def _lines(name: str, typed: Any, there: Any, record: Any, classes: frozenset[str]) -> Iterator[Piece]:
    """Compare lines; without the right to see inner fields nothing is said of those that are there."""
    chief, key_of = LINES[name]
    seen = there is not None and "inner" in classes
    entries = [entry.form for entry in there.entries if not entry.form.is_empty] if seen else []
    if "private" not in classes and isinstance(record, Contact):
        masked = {row.id for row in record.phones if row.is_masked}
        entries = [one for one in entries if name != "phones" or int(one.id.data or 0) not in masked]
    held = {key_of(str(one[chief].data)): one for one in entries}
    title = typed[name].label.text
    for number, entry in enumerate(typed[name].entries):
        form = entry.form
        if form.is_empty:
            continue
        words, key = _line_words(form), f"{name}-{number}"
        line = {part: value for part, value in form.values().items() if part != "id"}
        if name == "phones":
            line["number"] = parse_phone(line["number"], _area(typed)).shown
        if name == "need_lines":
            line["noted_on"] = line["noted_on"] or local_today()
        errors = [str(text) for one in form for text in one.errors]
        if (same := held.get(key_of(str(line[chief])))) is not None:
            yield Piece(key, title, _line_words(same), words)
        elif errors:
            yield Piece(key, title, "", words, wrong=errors[0])
        else:
            yield Piece(key, title, "", words, line=(name, line), proposed=True)


def _area(typed: Any) -> str:
    """Give the area code of the place that was typed."""
    unit = division(text_of(typed["division_code"])) if "division_code" in typed else None
    return (text_of(typed["area_code"]) if "area_code" in typed else "") or (unit.area_code if unit else "")


def _line_words(form: Any) -> str:
    words = (words_of(one) for one in form if one.short_name not in ("id", "csrf_token"))
    return " · ".join(word for word in words if word)


# --- the page


def _page(kind: Kind, record: Any, classes: frozenset[str], *, whole: bool, refused: Refused | None = None) -> Response:
    access = current_access()
    pieces = _pieces(kind, record, classes)
    company = record if isinstance(record, Company) else find_company(session(), record.company_id)
    home = request.args.get("company", type=int)
    elsewhere = isinstance(record, Contact) and home is not None and home != record.company_id
    entry = url_for("customers.company_new") if kind is COMPANY else url_for("customers.contact_new", company=home)
    owners = names_of(session(), [company.owner_id])
    chosen = request.form.getlist("take") if request.form.get("go") else None
    return render(
        "customers/use.html",
        (409 if isinstance(refused, Conflict) else 422) if refused is not None else 200,
        whole=whole,
        refused=refused.message if refused is not None else "",
        pieces=[
            (one, one.proposed if chosen is None else one.key in chosen) for one in pieces if whole or not one.same
        ],
        agreed=sum(one.same for one in pieces),
        person=isinstance(record, Contact),
        name=record.name,
        home=company.name if isinstance(record, Contact) else company.code,
        owner=owners.get(company.owner_id or 0) or gettext("public pool"),
        version=record.version,
        may=access.may(kind.edit, record),
        carried=[pair for pair in carried(request.form) if pair[0] not in ("take", "go", "record_version", "action")],
        key=new_key(),
        use=url_for(kind.use, id=record.id, company=home),
        compare=url_for(kind.compare, id=record.id, company=home),
        detail=url_for(kind.detail, id=record.id),
        employer=url_for("customers.contact_employer", id=record.id) if elsewhere else None,
        entry=entry,
    )
