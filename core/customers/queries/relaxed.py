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
from core.customers.places import (
    BRACKETS,
    cities_spelt,
    place_within,
    place_words,
    places_before,
    present_names,
    without_legal_form,
)
from core.customers.queries.matching import Match, Rows, Way, beginning, ways
from core.customers.text import half_width, name_key, terms
from core.transfer.mapping import SURNAMES

CANDIDATES = 250
COMPARED = 60
LONGEST = 8
"""So many characters of a name are enough to know it; what follows is trade and legal form."""
PAIRS = 4
"""So many pairs are looked for: more make the index go through more, and the names are compared anyway."""
SHORTEST, SHORT_NAME, LETTERS = 3, 6, 6
RUNS = re.compile(r"[a-z]+|[0-9]+|[^a-z0-9]+")
ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))
"""Sounds that many do not tell apart, the beginnings first."""
TALK = re.compile(
    r"\s*的?(?:联系)?(?:电话|手机|号码|地址|方式|传真|邮箱|邮编|官网|联系人)$|"
    rf"[\s(（-]*[{''.join(sorted(SURNAMES))}](?:经理|总|小姐|先生|女士|厂长|主任|老师|老板|会计)[)）]?$"
)
"""What is typed behind a name of what is wanted of it: the telephone, the person to be asked for."""
SAME_SOUND, SKIPPED, CHANGED, SWAPPED = 0.4, 0.55, 1.0, 0.8


@dataclass(frozen=True, slots=True)
class Step:
    """One looser condition, and what the names found by it are compared with; nothing where they need no comparing."""

    groups: tuple[tuple[Way, ...], ...]
    compared: str = ""


def steps(text: str) -> Iterator[Step]:
    """List the conditions for a text, the nearest first."""
    typed = half_width(text)
    bare = TALK.sub("", typed)
    if bare != typed and (asked := terms(bare)):
        yield Step(tuple(tuple(ways(term)) for term in asked))
    found = terms(BRACKETS.sub(r" \1 ", bare))
    key = "".join(found)
    if key.isascii():
        if key.isalpha():
            yield from _letters(found, key)
            yield from _city_before(key)
            yield from _letter_slips(key)
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
        left = term
        while name := _place_before(left):
            places.append(name)
            left = left[len(name) :]
        if left:
            rest.append(left)
    return rest, places


def _place_before(term: str) -> str:
    """Give the place that a term begins with, by its present name or a former one; the longer of both."""
    former = next((n for n in range(min(LONGEST, len(term) - 2), 1, -1) if present_names(term[:n])), 0)
    present = next(iter(places_before(term)), "")
    return present if len(present) >= former else term[:former]


def _placed(found: Sequence[str]) -> Iterator[Step]:
    """Take places for where a company is, whether or not they stand in its name."""
    rest, places = _taken_apart(found)
    if places and rest:
        groups = (tuple(ways(without_legal_form(term))) for term in rest)
        yield Step((*(_place_group(name) for name in places), *groups))
    elif len(found) == 1 and (cut := place_within(without_legal_form(found[0]))) is not None:
        brand, place, trade = cut
        yield Step((_place_group(place), tuple(ways(brand)), tuple(ways(trade))))


def _spelt_group(letters: str) -> tuple[Way, ...]:
    """Give the ways to be in a city that letters stand for; none where they stand for none."""
    return tuple(way for name in cities_spelt(letters) for way in _place_group(name))


def _city_before(key: str) -> Iterator[Step]:
    """Take the first letters for a city, by initials or pinyin, and the rest for a name that does not hold it."""
    for size in range(len(key) - SHORTEST, 1, -1):
        if city := _spelt_group(key[:size]):
            yield Step((city, tuple(beginning(key[size:]))))


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
    if len(runs) > 1 and (city := _spelt_group(runs[0])):
        yield Step((city, *(tuple(ways(run)) for run in runs[1:] if len(run) > 1)))


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


def _letter_slips(key: str) -> Iterator[Step]:
    """Read letters of which one is wrong, missing or too many, or two are swapped: what is around is there."""
    found: dict[Way, None] = {}
    if whole := _syllables(key):
        around = [(whole[:place], whole[place + width :]) for place in range(len(whole)) for width in (1, 2)]
    else:
        head = next(filter(None, (_syllables(key[:end]) for end in range(len(key) - 1, 0, -1))), [])
        tail = next(filter(None, (_syllables(key[start:]) for start in range(1, len(key)))), [])
        around = [(one, other) for one in (head, head[:-1]) for other in (tail, tail[1:])]
    for before, behind in around:
        pairs = ["=" + a + b for part in (before[-3:], behind[:3]) for a, b in pairwise(part)]
        if len(pairs) > 1 or len(before) > 1:  # one pair behind is but a trade
            found[Way(tuple(dict.fromkeys(pairs)))] = None
    if found and len(key) >= LETTERS:
        yield Step((tuple(found),), key)


def _syllables(key: str) -> list[str]:
    """Read letters as whole syllables; nothing where they are none."""
    return next((list(parts) for parts, rest in segmentations(key) if not rest), [])


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
    spelt = text.isascii()
    base: Rows = select(*columns, Company.name, SearchDoc.pinyin if spelt else SearchDoc.text).select_from(SearchDoc)
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
    if step.compared.isascii():
        return _nearly_spelt(rows, step.compared)
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


def _nearly_spelt(rows: Sequence[Any], letters: str) -> Iterator[tuple[tuple[float, int, str], Any]]:
    """Give the rows of whose pinyin no more than one letter, or a pair that was swapped, is another."""
    pairs = {letters[i : i + 3] for i in range(len(letters) - 2)}
    near = [(-sum(one in row[-1] for one in pairs), i) for i, row in enumerate(rows)]
    for row in [rows[i] for _shared, i in sorted(near)[: COMPARED // 3]]:
        cost = min((distance(letters, one) for one in str(row[-1]).split()), default=CHANGED + 1)
        if cost <= CHANGED:
            yield (cost, len(row[-2]), row[-2]), row


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
