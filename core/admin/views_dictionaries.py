"""The pages of dictionaries."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from flask import Response, abort, request

from core.admin import dictionaries as rules
from core.admin.views import blueprint
from core.auth.guard import require
from core.auth.permissions import Perm
from core.customers.pinyin import full_pinyin
from core.db import session, transaction
from core.errors import Conflict, Refused
from core.i18n import _, ngettext
from core.overlay import overlay
from core.plugin import Dictionary
from core.web import go, render, toast, zhike

__all__ = ["blueprint"]


def _dictionary(name: str) -> Dictionary:
    known = {one.name: one for one, _module in rules.dictionaries_of(zhike().registry)}
    return known.get(name) or abort(404)


@blueprint.get("/admin/dictionaries")
@require(Perm.DICTIONARY_ADMIN)
def dictionary_list() -> Any:
    """List the dictionaries; a key word finds them by their own titles and by those of their entries."""
    wanted = request.args.get("q", "").strip()[:60].lower()
    rows = []
    every = rules.dictionaries_of(zhike().registry)
    for one, module in every:
        choices = overlay().dictionary(session(), one.name).values()
        hits = [str(c.title) for c in choices if wanted and (wanted in str(c.title).lower() or wanted == c.code)]
        if wanted and not hits and wanted not in str(one.title).lower() and wanted not in one.name:
            continue
        retired = sum(choice.retired for choice in choices)
        rows.append({"dictionary": one, "module": module, "count": len(choices), "retired": retired, "hits": hits[:5]})
    return render("admin/dictionary_list.html", rows=rows, total=len(every), q=request.args.get("q", ""))


def _page(dictionary: Dictionary, status: int = 200, refused: Any = None) -> Any:
    choices = overlay().dictionary(session(), dictionary.name)
    titles = rules.titles_in(choices)
    uses = rules.uses_of(zhike().registry, dictionary.name)
    counts = rules.counts_of(session(), uses)
    wanted = request.args.get("q", "").strip()[:60].lower()
    shown = _matching(choices, titles, wanted) if wanted else set(choices)
    typed = request.form if status == 422 else {}
    rows = [
        {
            "code": choice.code,
            "place": place,
            "position": typed.get(f"position:{choice.code}", ""),
            "depth": depth,
            "title": typed.get(f"title:{choice.code}", titles[choice.code][0]),
            "title_en": typed.get(f"title_en:{choice.code}", titles[choice.code][1]),
            "said": choice.title,
            "into": overlay().title(session(), dictionary.name, choice.merged_into),
            "retired": f"retired:{choice.code}" in typed if f"title:{choice.code}" in typed else choice.retired,
            "count": counts[choice.code],
        }
        for place, (choice, depth) in enumerate(rules.tree_of(choices), start=1)
        if choice.code in shown
    ]
    return render(
        "admin/dictionary_detail.html",
        status,
        dictionary=dictionary,
        rows=rows,
        new={name: typed.get(f"new_{name}", "") for name in ("code", "title", "title_en", "parent")},
        total=len(choices),
        uppers=[(c.code, c.title) for c, depth in rules.tree_of(choices) if depth == 0] if _is_tree(choices) else [],
        uses=[use.title for use in uses],
        offered=rules.offered_in(zhike().registry, dictionary.name),
        unknown=sorted(code for code in counts if code not in choices),
        q=request.args.get("q", ""),
        seen=typed.get("seen") or rules.state_of(session(), dictionary.name),
        refused=refused,
    )


def _is_tree(choices: Mapping[str, Any]) -> bool:
    return any(choice.parent for choice in choices.values())


def _matching(choices: Mapping[str, Any], titles: Mapping[str, tuple[str, str]], wanted: str) -> set[str]:
    """Find entries by code and titles, with those that they stand under."""
    found: set[str] = set()
    for code in choices:
        if wanted in code or any(wanted in title.lower() for title in titles[code]):
            above: str | None = code
            while above is not None and above in choices and above not in found:
                found.add(above)
                above = choices[above].parent
    return found


@blueprint.get("/admin/dictionaries/<name>")
@require(Perm.DICTIONARY_ADMIN)
def dictionary_detail(name: str) -> Any:
    """Show the entries of a dictionary with how often each is used."""
    return _page(_dictionary(name))


@blueprint.post("/admin/dictionaries/<name>")
@require(Perm.DICTIONARY_ADMIN)
def dictionary_save(name: str) -> Any:
    """Rename, order and retire entries, and add one; a button of a row saves too, then moves the row."""
    dictionary = _dictionary(name)
    try:
        with transaction() as current:
            rules.begin_change(current, dictionary, request.form.get("seen", ""))
            places = _places(dictionary)
            changed = len({*rules.write_entries(current, dictionary, _sent(dictionary)), *places})
            rules.place_entries(current, dictionary, places)
            way, _mark, code = request.form.get("move", "").partition(":")
            if way in ("up", "down"):
                rules.move_entry(current, dictionary, code, up=way == "up")
    except Conflict as refused:
        return _page(dictionary, 409, refused.message)  # with what the other wrote: what was typed would overwrite it
    except Refused as refused:
        return _page(dictionary, 422, refused.message)
    if not request.form.get("move"):
        toast(ngettext("%(num)d entry saved", "%(num)d entries saved", changed))
    return go("admin.dictionary_detail", name=name, q=request.args.get("q") or None)


def _places(dictionary: Dictionary) -> dict[str, int]:
    """Read where entries shall stand. Raises Refused."""
    found = {}
    for code in overlay().dictionary(session(), dictionary.name):
        text = request.form.get(f"position:{code}", "").strip()
        if text and not re.fullmatch(r"\d{1,5}", text):
            raise Refused(_("A place in the list is a whole number: %(text)s", text=text))
        if text:
            found[code] = int(text)
    return found


def _sent(dictionary: Dictionary) -> list[dict[str, Any]]:
    """Read the entries of the form. Raises Refused."""
    known = overlay().dictionary(session(), dictionary.name)
    entries = []
    for code in known:
        if f"title:{code}" not in request.form:
            continue
        entry: dict[str, Any] = {"code": code, "title": request.form[f"title:{code}"].strip()}
        if f"title_en:{code}" in request.form:
            entry["title_en"] = request.form[f"title_en:{code}"].strip()
        entry["retired"] = f"retired:{code}" in request.form
        entries.append(entry)
    code, title = request.form.get("new_code", "").strip(), request.form.get("new_title", "").strip()
    if code or title:
        if code in known:
            raise Refused(_("There is an entry with the code %(code)s already.", code=code))
        english, parent = request.form.get("new_title_en", "").strip(), request.form.get("new_parent", "")
        if any(str(one.title) == title and (one.parent or "") == parent for one in known.values()):
            raise Refused(_("There is an entry %(title)s already.", title=title))
        code = code or _made_code(english or full_pinyin(title, " "), parent, known)
        entries.append({"code": code, "title": title, "title_en": english, "parent": parent})
    return entries


def _made_code(words: str, parent: str, known: Collection[str]) -> str:
    """Make a code out of an entry's title, for whoever needs none of his own."""
    slug = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:25].strip("_")
    slug = slug if slug[:1].isalpha() else f"entry_{slug}".strip("_")
    code = wanted = f"{parent}.{slug}" if parent else slug
    number = 1
    while code in known:
        number += 1
        code = f"{wanted}_{number}"
    return code


@blueprint.route("/admin/dictionaries/<name>/merge", methods=["GET", "POST"])
@require(Perm.DICTIONARY_ADMIN)
def dictionary_merge(name: str) -> Any:
    """Show what merging an entry into another changes, and have it done once its title was typed."""
    dictionary = _dictionary(name)
    registry = zhike().registry
    choices = overlay().dictionary(session(), name)
    code = request.values.get("code", "")
    if code not in choices:
        abort(404)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            with transaction() as current:
                into, typed = request.form.get("into", ""), request.form.get("typed", "")
                count = rules.merge_entries(current, registry, dictionary, code, into, typed)
            toast(
                ngettext("Merged; %(num)d record is being changed", "Merged; %(num)d records are being changed", count)
            )
            return go("admin.dictionary_detail", name=name)
        except Refused as found:
            refused = found
    uses = rules.uses_of(registry, name)
    lines = [(use.title, rules.counts_of(session(), [use])[code]) for use in uses]
    return render(
        "admin/dictionary_merge.html",
        422 if refused else 200,
        dictionary=dictionary,
        code=code,
        title=str(choices[code].title),
        others=[(c.code, c.title, depth) for c, depth in rules.tree_of(choices) if c.code != code and not c.retired],
        into=request.form.get("into", ""),
        lines=[(title, count) for title, count in lines if count],
        total=sum(count for _title, count in lines),
        refused=refused.message if refused else None,
    )


@blueprint.get("/admin/dictionaries/<name>/file")
@require(Perm.DICTIONARY_ADMIN)
def dictionary_file(name: str) -> Response:
    """Send a dictionary as a file."""
    _dictionary(name)
    text = rules.as_csv(overlay().dictionary(session(), name))
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response("\ufeff" + text, mimetype="text/csv", headers=headers)


@blueprint.post("/admin/dictionaries/<name>/file")
@require(Perm.DICTIONARY_ADMIN)
def dictionary_read(name: str) -> Any:
    """Take entries from a file: those it names are added or changed, all others stay."""
    dictionary = _dictionary(name)
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise Refused(_("Choose a file"))
        with transaction() as current:
            changed = rules.read_entries(current, dictionary, sent.stream.read(rules.MOST_BYTES + 1))
    except Refused as refused:
        return _page(dictionary, 422, refused.message)
    toast(ngettext("%(num)d entry saved", "%(num)d entries saved", changed))
    return go("admin.dictionary_detail", name=name)
