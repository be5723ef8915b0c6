"""Finds companies by what was typed not quite as it is: a slip, a former place, letters for characters, a short name.

This is asked only when the search for what was typed finds nothing. From step to step the condition is looser; the
first step that gives something that is like enough to what was typed ends the search.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from core.customers.models import Company, SearchDoc
from core.customers.pinyin import readings_table, segmentations, syllables
from core.customers.places import place_words, places_before, present_names, without_legal_form
from core.customers.queries.matching import Match, Rows, Way, ways
from core.customers.text import name_key, terms

CANDIDATES = 250
COMPARED = 60
LONGEST = 8
"""So many characters of a name are enough to know it; what follows is trade and legal form."""
PAIRS = 4
"""So many pairs are looked for: more make the index go through more, and the names are compared anyway."""
SHORTEST, SHORT_NAME = 3, 6
RUNS = re.compile(r"[a-z]+|[0-9]+|[^a-z0-9]+")
ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))
"""Sounds that many do not tell apart, the beginnings first."""
SAME_SOUND, SKIPPED, CHANGED, SWAPPED = 0.4, 0.55, 1.0, 0.8


@dataclass(frozen=True, slots=True)
class Step:
    """One looser condition, and what the names found by it are compared with; nothing where they need no comparing."""

    groups: tuple[tuple[Way, ...], ...]
    compared: str = ""


def steps(text: str) -> Iterator[Step]:
    """List the conditions for a text, the nearest first."""
    found = terms(text)
    key = "".join(found)
    if key.isascii():
        if key.isalpha():
            yield from _letters(found, key)
        return
    yield from _placed(found)
    if any(run.isascii() and run.isalpha() for run in RUNS.findall(key)):
        yield from _mixed(key)
        return
    core, places = _core(found)
    if len(core) >= 2:
        spoken = tuple(dict.fromkeys("=" + a + b for a, b in pairwise(syllables(core)[: PAIRS + 1])))
        if spoken:
            yield Step(((Way(spoken),), *places), core)
    if len(core) >= SHORTEST:
        slips = list(_slips(core[:LONGEST]))
        if len(core) <= SHORT_NAME:
            slips.append(Way(tuple(dict.fromkeys(core))))
        yield Step((tuple(slips), *places), core)
    spoken_slips = tuple(_spoken_slips(core[:LONGEST])) if len(core) > SHORTEST else ()
    if spoken_slips:  # none where digits stand among the characters: they have no sound each
        yield Step((spoken_slips, *places), core)


Groups = tuple[tuple[Way, ...], ...]


def _place_group(name: str) -> tuple[Way, ...]:
    """Give the ways to be in a place: as a word of the address, as part of the name, by its present name.

    Of a long and a short name the short one is enough: who has the long one has both.
    """
    known = dict.fromkeys([*place_words(name), *present_names(name)])
    words = [word for word in known if not any(word != other and word.startswith(other) for other in known)]
    return (*(Way((f"#{word}",)) for word in words), *(way for word in words for way in ways(word)))


def _taken_apart(found: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell the terms from the places that are among them or begin them."""
    rest: list[str] = []
    places: list[str] = []
    for term in found:
        if present_names(term):
            places.append(term)
            continue
        size = next((n for n in range(min(LONGEST, len(term) - 2), 1, -1) if present_names(term[:n])), 0)
        before = [term[:size]] if size else list(places_before(term))
        cut = len("".join(before))
        places += before
        if term[cut:]:
            rest.append(term[cut:])
    return rest, places


def _placed(found: Sequence[str]) -> Iterator[Step]:
    """Take places for where a company is, whether or not they stand in its name."""
    rest, places = _taken_apart(found)
    if places and rest:
        groups = (tuple(ways(without_legal_form(term))) for term in rest)
        yield Step((*(_place_group(name) for name in places), *groups))


def _core(found: Sequence[str]) -> tuple[str, Groups]:
    """Give what was typed without places and legal form, and the places as conditions."""
    rest, places = _taken_apart(found)
    core = without_legal_form("".join(rest))
    if len(core) < 2:
        return without_legal_form("".join(found)), ()
    return core, tuple(_place_group(name) for name in places)


def _slips(core: str) -> Iterator[Way]:
    """Give one way for each place where a character is wrong, missing or too many, or two are swapped.

    All else stands there: as pairs, and where hardly a pair is left, as characters.
    """
    for width in (1, 2):
        for place in range(len(core) - width + 1):
            wrong = set(range(place, place + width))
            pairs = [i for i in range(len(core) - 1) if not wrong & {i, i + 1}][:PAIRS]
            tokens = [core[i : i + 2] for i in pairs]
            if len(pairs) < 2:
                covered = {*pairs, *(i + 1 for i in pairs)} if width == 1 else set()
                tokens += [core[i] for i in range(len(core)) if i not in covered and (width == 2 or i != place)]
            if len(tokens) > 1:
                yield Way(tuple(dict.fromkeys(tokens)))


def _spoken_slips(core: str) -> Iterator[Way]:
    """Give the ways with one wrong character where others may be written as what sounds the same."""
    sounds = syllables(core)
    if len(sounds) != len(core):
        return
    for place in range(len(core)):
        pairs = [i for i in range(len(core) - 1) if place not in (i, i + 1)][:PAIRS]
        if pairs:
            yield Way(tuple(dict.fromkeys("=" + sounds[i] + sounds[i + 1] for i in pairs)))


def _mixed(key: str) -> Iterator[Step]:
    """Read characters with letters between them: the letters are the initials or the pinyin of others."""
    runs = RUNS.findall(key)
    written = [run for run in runs if not (run.isascii() and run.isalpha())]
    known = [way for run in written for way in ([tuple(ways(run))] if len(run) > 1 else [(Way((run,)),)])]
    letters = "".join(run if run.isascii() else "".join(s[0] for s in syllables(run)) for run in runs)
    spoken = "".join(run if run.isascii() else "".join(syllables(run)) for run in runs)
    by_initials = Way(_pairs(letters), SearchDoc.initials, f"%{letters}%") if len(letters) > 1 else None
    found = [by_initials] if by_initials is not None else []
    found += [way for way in ways(spoken) if way.column is SearchDoc.pinyin]
    if found:
        yield Step((*known, tuple(found)))


def _pairs(letters: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys("~" + a + b for a, b in pairwise(letters)))


def _letters(found: Sequence[str], key: str) -> Iterator[Step]:
    """Read letters: syllables written apart, sounds that are easily mistaken."""
    if len(found) > 1:
        yield Step((tuple(ways(key)),))
    for parts, rest in segmentations(key):
        if len(parts) < 2 or rest:
            return
        pairs = (product(_sounds_like(one), _sounds_like(other)) for one, other in pairwise(parts[:LONGEST]))
        yield Step(tuple(tuple(Way(("=" + a + b,)) for a, b in pair) for pair in pairs))


def _sounds_like(syllable: str) -> tuple[str, ...]:
    """Give the syllables that are easily taken for this one, itself first."""
    starts = {syllable}
    for long, short in ALIKE[:3]:
        if syllable.startswith(long):
            starts.add(short + syllable[2:])
        elif syllable.startswith(short):
            starts.add(long + syllable[1:])
    found = dict.fromkeys([syllable, *sorted(starts)])
    for start in sorted(starts):
        for long, short in ALIKE[3:]:
            if start.endswith(long):
                found[start.removesuffix(long) + short] = None
            elif start.endswith(short):
                found[start.removesuffix(short) + long] = None
    return tuple(found)


def relaxed(
    session: Session, text: str, visible: ColumnElement[bool], columns: Sequence[Any], limit: int
) -> list[Sequence[Any]]:
    """Give rows of `columns` for the companies that are most like what was typed, the best first."""
    base: Rows = select(*columns, Company.name, SearchDoc.text).select_from(SearchDoc)
    base = base.join(Company, Company.id == SearchDoc.record_id).where(visible)
    for step in steps(text):
        statement = Match("company", step.groups).apply(base, session).limit(CANDIDATES)
        ranked = list(_ranked(session.execute(statement).all(), step))
        if ranked:
            return [row for _order, row in sorted(ranked, key=lambda pair: pair[0])[:limit]]
    return []


def _ranked(rows: Sequence[Any], step: Step) -> Iterable[tuple[tuple[float, int, str], Any]]:
    if not step.compared:
        return [((0.0, len(row[-2]), row[-2]), row) for row in rows]
    core = step.compared[: LONGEST + 2]
    characters = {*core, *(core[i : i + 2] for i in range(len(core) - 1))}
    if len(rows) > COMPARED:
        near = [(-sum(one in row[-1] for one in characters), len(row[-2]), i) for i, row in enumerate(rows)]
        rows = [rows[i] for _shared, _length, i in sorted(near)[:COMPARED]]
    found = []
    for row in rows:
        whole = set(core) <= set(row[-1])  # a short name leaves much out, yet nothing in it is wrong
        allowed = SKIPPED * len(core) if whole else max(CHANGED, 0.25 * len(core))
        name = without_legal_form(name_key(row[-2]))
        cost = min(distance(core, one) for one in dict.fromkeys([name, *str(row[-1]).split("\n")]))
        if cost <= allowed:
            found.append(((cost, len(name), name), row))
    return found


def distance(typed: str, name: str) -> float:
    """Measure how far what was typed is from the part of a name that is most like it.

    A character of the same sound counts less than another one; what is left out of the name least.
    """
    sound = readings_table().get
    sounds = [sound(character, character) for character in name]
    before = [0.0] * (len(name) + 1)
    older: list[float] = before
    for i, character in enumerate(typed):
        row = [before[0] + CHANGED]
        spoken = sound(character, character)
        for j, other in enumerate(name):
            if character == other:
                best = before[j]
            else:
                best = before[j] + (SAME_SOUND if spoken == sounds[j] else CHANGED)
            best = min(best, before[j + 1] + CHANGED, row[j] + SKIPPED)
            if i and j and character == name[j - 1] and typed[i - 1] == other:
                best = min(best, older[j - 1] + SWAPPED)
            row.append(best)
        older, before = before, row
    return min(before)
