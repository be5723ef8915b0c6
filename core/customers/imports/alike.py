"""Tells of rows that no key leads anywhere which company they probably are, in the register or earlier in the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.customers.duplicates.compare import Frequencies, Likeness, compare
from core.customers.duplicates.engine import THRESHOLD, unpacked
from core.customers.duplicates.register import Register
from core.customers.duplicates.subjects import Subject, subject
from core.customers.models import Company
from core.customers.queries.candidates import by_name, by_reach
from core.customers.queries.duplicates import given
from core.transfer.importer import Options, Row

AT_ONCE = 2000
FEW = 150
"""So many companies are read in the time in which one row is looked up: a short file looks its rows up."""

Found = tuple[int, Likeness]


class Alike:
    """Finds the likeliest company of each row of one import.

    A long file has the whole register read once; rows of a short one are looked up in the indexes. Rows of the file
    that are not written yet go by their number, negative.
    """

    def __init__(self) -> None:
        self.register: Register | None = None
        self.lookup = False
        self.log: list[tuple[str, int, Any]] = []
        self._last: Subject | None = None

    def open(self, session: Session, options: Options) -> Register:
        """Give the register, read when it is first asked for."""
        if self.register is not None:
            return self.register
        register = self.register = Register()
        company = Company.__table__.c
        others = or_(company.import_batch_id.is_(None), company.import_batch_id != options.batch_id)
        before = session.connection().scalar(select(func.count()).select_from(Company.__table__).where(others)) or 0
        self.lookup = options.rows * FEW < before
        last = 0
        while True:
            ids = self._following(session, last, options)
            if not ids:
                return register
            for one in given(session, ids):
                register.add(subject(one))
            last = ids[-1]

    def _following(self, session: Session, last: int, options: Options) -> Sequence[int]:
        company = Company.__table__.c
        statement = select(company.id).where(
            company.id > last, company.deleted_at.is_(None), company.merged_into_id.is_(None)
        )
        if self.lookup:
            statement = statement.where(company.import_batch_id == options.batch_id)
        return session.connection().scalars(statement.order_by(company.id).limit(AT_ONCE)).all()

    def find(self, session: Session, row: Row, options: Options) -> Found | None:
        """Give the likeliest company of a row."""
        register = self.open(session, options)
        wanted = self.subject_of(row)
        found = [(likeness.score, id_ > 0, -abs(id_), id_, likeness) for id_, likeness in register.alike(wanted)]
        if self.lookup:
            found += [
                (likeness.score, True, -id_, id_, likeness) for id_, likeness in self._looked_up(session, row, wanted)
            ]
        best = max(found, default=None, key=lambda one: one[:3])
        return (best[3], best[4]) if best else None

    def _looked_up(self, session: Session, row: Row, wanted: Subject) -> list[Found]:
        assert self.register is not None
        ids = [*by_reach(session, wanted), *by_name(session, row.values["company"]["name"], wanted)]
        ids = [one for one in dict.fromkeys(ids) if one not in self.register]
        others = [subject(one) for one in given(session, ids)] if ids else []
        cities: dict[str, set[str]] = {}
        for one in others:
            cities.setdefault(one.names[0].core, set()).add(one.where[:4])
        often = Frequencies(lambda core: len(cities.get(core, ())) or 1, lambda place, core: 1, lambda person: 1)
        compared = ((one.id, compare(wanted, one, often)) for one in others)
        return [(id_, found) for id_, found in compared if found.score >= THRESHOLD and not found.conflict]

    def subject_of(self, row: Row) -> Subject:
        """Give what is compared of a row; it is mostly held right after it was looked for."""
        if self._last is None or self._last.id != -row.number:
            self._last = unpacked(row.values["subject"])._replace(id=-row.number)
        return self._last

    # --- keeping in step with what is written

    def expect(self, row: Row) -> None:
        """Hold a row that is about to become a company."""
        assert self.register is not None
        one = self.subject_of(row)
        self.register.add(one)
        self.log.append(("added", one.id, None))

    def forget(self, rows: Sequence[Row]) -> None:
        """Hold no longer what will not become a company after all."""
        for row in rows:
            if self.register is not None and -row.number in self.register:
                self.log.append(("removed", -row.number, self.register[-row.number]))
                self.register.remove(-row.number)

    def written(self, row: Row) -> None:
        """Learn under which id the company of a row was stored."""
        if self.register is not None and row.record_id is not None and -row.number in self.register:
            self.register.rename(-row.number, row.record_id)
            self.log.append(("renamed", row.record_id, -row.number))

    def changed(self, session: Session, ids: Sequence[int]) -> None:
        """Read companies anew that were updated."""
        register = self.register
        known = sorted({one for one in ids if register is not None and one in register})
        if register is None or not known:
            return
        for one in given(session, known):
            self.log.append(("changed", one.id, register[one.id]))
            register.add(subject(one))

    def settled(self, *, kept: bool) -> None:
        """Learn that what was written since the last time stands, or was rolled back."""
        register = self.register
        if not kept and register is not None:
            for what, id_, before in reversed(self.log):
                if what == "added":
                    register.remove(id_)
                elif what == "renamed":
                    register.rename(id_, before)
                else:
                    register.add(before)
        self.log.clear()
