"""The pages on which an administrator changes the table of places, as those of dictionaries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import Response, abort, request, url_for

from core.auth.guard import require
from core.auth.permissions import Perm
from core.customers.data.divisions import (
    BELOW,
    Division,
    all_divisions,
    below,
    division,
    divisions,
    full_name,
    own_cities,
    shown_once,
    table,
    way_to,
)
from core.customers.forms.fields import match_divisions
from core.customers.models import Address, Company
from core.customers.queries.divisions import COUNTER, companies_in, division_entries, records_at
from core.customers.services import divisions as rules
from core.customers.services.division_files import MOST_BYTES, as_csv, read_divisions
from core.customers.views.base import blueprint
from core.customers.views.places import MOST
from core.db import session, transaction
from core.errors import Conflict, Refused
from core.i18n import _, ngettext
from core.state import versions
from core.web import go, render, toast

TEXTS = rules.TEXTS
NEW = ("code", *TEXTS)


def _page(status: int = 200, refused: Any = None) -> Any:
    q = request.args.get("q", "").strip()[:40]
    above = _within()
    every = shown_once(_matching(q)) if q else below(above.code if above else "", retired=True)
    found = list(every[:MOST])
    own = {one.code for one in division_entries(session()) if one.retired}
    counts = companies_in(session(), [unit.code for unit in found])
    typed = request.form if status == 422 else {}
    rows = [
        {
            "unit": unit,
            "place": place,
            "position": typed.get(f"position:{unit.code}", ""),
            **{key: typed.get(f"{key}:{unit.code}", getattr(unit, key)) for key in TEXTS},
            "postcode": typed.get(f"postcode:{unit.code}", inner.postcode),
            "retired": f"retired:{unit.code}" in typed if f"name:{unit.code}" in typed else unit.code in own,
            "count": counts[unit.code],
            "below": len(below(inner.code, retired=True)) if unit.level in BELOW and unit.code.endswith("00") else None,
        }
        for place, unit in enumerate(found, start=1)
        for inner in [own_cities().get(unit.code, unit)]
    ]
    merged = [] if q else [(one, _stays(one)) for one in table().merged.values() if _lies(one, above)]
    return render(
        "customers/place_edit.html",
        status,
        rows=rows,
        above=above,
        path=_path(above),
        q=q,
        more=len(every) > MOST,
        new={name: typed.get(f"new_{name}", "") for name in NEW},
        addable=not q and (above is None or above.level in BELOW),
        start=rules.start_of(above) if above else "",
        merged=merged,
        seen=versions(session()).get(COUNTER, 0),
        refused=refused,
    )


def _within() -> Division | None:
    code = request.args.get("within", "")
    found = next((unit for unit in all_divisions() if unit.code == code), None)
    if code and found is None:
        abort(404)
    return own_cities().get(code, found)


def _lies(unit: Division, above: Division | None) -> bool:
    return unit.parent_code == (above.code if above else "")


def _stays(gone: Division) -> str:
    """Name the place that stands for a merged one; whole, where it lies in another province."""
    into = division(gone.code)
    if into is None:
        return ""
    return into.name if gone.level == "province" or into.province == gone.province else full_name(into)


def _matching(q: str) -> list[Division]:
    if q.isdigit():
        return [unit for unit in all_divisions() if unit.code.startswith(q) or q in (unit.postcode, unit.area_code)]
    retired = [unit for unit in all_divisions() if unit.retired and q in unit.name]
    return [*match_divisions(q, MOST + 1), *retired]


def _path(unit: Division | None) -> list[tuple[str, str]]:
    """Give the names of a place and of those above it, with the addresses of their pages, the highest first."""
    return [(one.name, url_for("customers.place_edit", within=one.code)) for one in way_to(unit)]


@blueprint.get("/places/edit")
@require(Perm.DICTIONARY_ADMIN)
def place_edit() -> Any:
    """Show the places that lie in one, or those of a name, to be changed."""
    return _page()


@blueprint.post("/places/edit")
@require(Perm.DICTIONARY_ADMIN)
def place_save() -> Any:
    """Rename, order and retire places, and add one; a button of a row saves too, then moves the row."""
    above = _within()
    way, _mark, code = request.form.get("move", "").partition(":")
    try:
        entries, places = _sent(above), _places()
        with transaction() as current:
            rules.begin_change(current, _seen())
            written = rules.write_divisions(current, entries)
            cities = {city.code: code for code, city in own_cities().items()}
            changed = len({*(cities.get(one, one) for one in written), *places})
            rules.place_divisions(current, places)
            if way in ("up", "down"):
                rules.move_division(current, code, up=way == "up")
    except Conflict as refused:
        return _page(409, refused.message)  # with what the other wrote: what was typed would overwrite it
    except Refused as refused:
        return _page(422, refused.message)
    if not way:
        toast(ngettext("%(num)d place saved", "%(num)d places saved", changed))
    return go("customers.place_edit", within=above.code if above else None, q=request.args.get("q") or None)


def _seen() -> int:
    """Read the counter as it was when the form was made; a form that does not say it is out of date."""
    text = request.form.get("seen", "")
    return int(text) if re.fullmatch(r"\d{1,9}", text) else -1


def _places() -> dict[str, int]:
    """Read where places shall stand. Raises Refused."""
    found = {}
    for name, text in request.form.items():
        key, _mark, code = name.partition(":")
        if key != "position" or not text.strip():
            continue
        if not re.fullmatch(r"\d{1,5}", text.strip()):
            raise Refused(_("A place in the list is a whole number: %(text)s", text=text[:20]))
        found[code] = int(text)
    return found


def _sent(above: Division | None) -> list[dict[str, Any]]:
    """Read the places of the form."""
    form = request.form
    entries: list[dict[str, Any]] = [
        {
            "code": name.removeprefix("name:"),
            **{key: form[full] for key in TEXTS if (full := f"{key}:{name.removeprefix('name:')}") in form},
            "retired": f"retired:{name.removeprefix('name:')}" in form,
        }
        for name in form
        if name.startswith("name:") and division(name.removeprefix("name:")) is not None
    ]
    entries += [one for entry in entries if (one := _of_own_city(entry)) is not None]
    new = {name: form.get(f"new_{name}", "").strip() for name in NEW}
    if any(new.values()):
        if any(unit.code == new["code"] for unit in all_divisions()):
            raise Refused(_("There is a place with the code %(code)s already.", code=new["code"]))
        entries.append({**new, "parent_code": above.code if above else ""})
    return entries


def _of_own_city(entry: dict[str, Any]) -> dict[str, Any] | None:
    """Take out of an entry of a municipality what counts for it as a city too; the postcode for that alone."""
    city, unit = own_cities().get(entry["code"]), division(entry["code"])
    if city is None:
        return None
    texts = {key: entry[key] for key in TEXTS if key in entry and entry[key].strip() != getattr(unit, key)}
    entry.pop("postcode", None)
    return {"code": city.code, **texts}


@blueprint.route("/places/merge", methods=["GET", "POST"])
@require(Perm.DICTIONARY_ADMIN)
def place_merge() -> Any:
    """Show what merging a place into another changes, and have it done once its name was typed."""
    code = request.values.get("code", "")
    gone = next((unit for unit in all_divisions() if unit.code == code), None)
    if gone is None:
        abort(404)
    into = request.form.get("into", "").strip()
    elsewhere = gone.level != "province" and "elsewhere" in request.values
    refused: Refused | None = None
    if request.method == "POST":
        try:
            with transaction() as current:
                rules.begin_change(current, _seen())
                rules.merge_division(current, code, into, request.form.get("typed", ""), elsewhere=elsewhere)
            toast(_("Merged; the records are being changed"))
            return go("customers.place_edit", within=gone.parent_code or None)
        except Refused as found:
            refused = found
    lines = [(str(TITLES[model]), count) for model, count in records_at(session(), code) if count]
    return render(
        "customers/place_merge.html",
        refused.status if refused else 200,
        gone=gone,
        path=_path(gone),
        others=_others(gone),
        elsewhere=elsewhere,
        into=into,
        lines=lines,
        total=sum(count for _title, count in lines),
        seen=versions(session()).get(COUNTER, 0),
        refused=refused.message if refused else None,
    )


@blueprint.post("/places/merge/undo")
@require(Perm.DICTIONARY_ADMIN)
def place_separate() -> Any:
    """Take a merge back."""
    code = request.form.get("code", "")
    gone = table().merged.get(code)
    try:
        with transaction() as current:
            rules.begin_change(current)
            rules.separate_division(current, code)
    except Refused as refused:
        return _page(422, refused.message)
    toast(_("Taken back; the records are being changed"))
    return go("customers.place_edit", within=gone.parent_code if gone is not None else None)


TITLES: dict[type[Any], Any] = {Company: _("Customers"), Address: _("Addresses")}


def _others(gone: Division) -> Sequence[tuple[str, str]]:
    """List the places of its level in the same province, those beside it first; for a province all others."""
    same = [unit for unit in divisions() if unit.level == gone.level and unit != gone]
    if gone.level != "province":
        same = [unit for unit in same if unit.province == gone.province]
    same.sort(key=lambda unit: unit.parent_code != gone.parent_code)
    return [
        (unit.code, " ".join(dict.fromkeys(filter(None, (unit.city, unit.district)))) or unit.name) for unit in same
    ]


@blueprint.get("/places/file")
@require(Perm.DICTIONARY_ADMIN)
def place_file() -> Response:
    """Send the table of places as a file."""
    own = {one.code for one in division_entries(session()) if one.retired}
    headers = {"Content-Disposition": 'attachment; filename="places.csv"'}
    return Response("\ufeff" + as_csv(all_divisions(), own), mimetype="text/csv", headers=headers)


@blueprint.post("/places/file")
@require(Perm.DICTIONARY_ADMIN)
def place_read() -> Any:
    """Take places from a file: those it names are added or changed, all others stay."""
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise Refused(_("Choose a file"))
        with transaction() as current:
            rules.begin_change(current)
            changed = read_divisions(current, sent.stream.read(MOST_BYTES + 1))
    except Refused as refused:
        return _page(422, refused.message)
    toast(ngettext("%(num)d place saved", "%(num)d places saved", changed))
    return go("customers.place_edit")
