"""Writes down the due times of jobs and runs them, each due time once."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import structlog
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from core.bus.house import Bus
from core.bus.lease import Superseded, claim, fail, finish, free_the_dead, hold, ready
from core.bus.models import JobClock, JobRun
from core.bus.schedule import parse
from core.clock import zone
from core.columns import utcnow
from core.db import Actor, insert_into, transaction, work
from core.errors import ZhikeError
from core.plugin import Job
from core.state import versions

log = structlog.get_logger(__name__)

LONG_LEASE = dt.timedelta(seconds=60)
RENEW = 15.0


class NoSuchJob(ZhikeError):
    """The plugin is here and on, but no longer has the job that this run is of."""


class Turn:
    """A run of a `chunked` job: it opens its own transactions, each of which proves that the run is still ours."""

    def __init__(self, bus: Bus, claimed: JobRun) -> None:
        self.bus = bus
        self.id = claimed.id
        self.user_id = claimed.user_id
        self._claimed = claimed
        self._lost = threading.Event()

    @contextmanager
    def transaction(self, *, actor: Actor | None = None) -> Iterator[Session]:
        """Write one chunk, as the program or as an actor. Raises Superseded when somebody else has the run."""
        if self._lost.is_set():
            raise Superseded(f"job run {self.id} was taken by somebody else")
        reason = None if actor is not None else f"job {self._claimed.job}"
        with work(self.bus.database, actor=actor, reason=reason), transaction() as session:
            versions(session)
            hold(session, JobRun, self._claimed).tries = 1  # it moves: what fails from here on starts counting anew
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read as the program between two chunks."""
        with work(self.bus.database, reason=f"job {self._claimed.job}") as unit:
            versions(unit.session)
            yield unit.session

    def note(self, session: Session, text: str) -> None:
        """Show how far it is, on the screen of jobs; within one of its transactions."""
        session.execute(update(JobRun).where(JobRun.id == self.id).values(result=text[:2000]))

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Prolong the lease from a thread while the job runs."""
        ended = threading.Event()

        def renew() -> None:
            while not ended.wait(RENEW):
                try:
                    with work(self.bus.database, reason="bus"), transaction() as session:
                        hold(session, JobRun, self._claimed).lease_until = utcnow() + LONG_LEASE
                except Superseded:
                    self._lost.set()
                    return
                except Exception:  # the database is away or busy: the next beat tries again
                    log.warning("lease was not prolonged", job_run=self.id, exc_info=True)

        thread = threading.Thread(target=renew, name=f"lease of job run {self.id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def run_job(bus: Bus, run_id: int) -> bool:
    """Run a job if its run is due and free; tell whether it is done. A failure is noted, not raised."""
    with work(bus.database, reason="bus") as unit:
        name = unit.session.scalar(select(JobRun.job).where(JobRun.id == run_id))
    _plugin, job = bus.known.jobs.get(name or "", ("", None))
    lease = {"lease": LONG_LEASE} if job is not None and job.chunked else {}
    claimed = claim(bus, JobRun, run_id, **lease)
    if claimed is None:
        return False
    with structlog.contextvars.bound_contextvars(job=claimed.job, job_run=run_id):
        try:
            if job is None:
                raise NoSuchJob(f"there is no job {claimed.job} any more")
            (_in_chunks if job.chunked else _at_once)(bus, job, claimed)
        except Superseded:
            log.warning("job run was taken over")
            return False
        except (Exception, SystemExit) as error:
            log.warning("job failed", tries=claimed.tries, exc_info=True)
            fail(bus, JobRun, claimed, error)
            return False
    return True


def _at_once(bus: Bus, job: Job, claimed: JobRun) -> None:
    started = utcnow()
    with work(bus.database, reason=f"job {job.name}"), transaction() as session:
        row = hold(session, JobRun, claimed)
        row.started_at = started
        said = job.run(session, **row.arguments)
        row.result = "" if said is None else str(said)[:2000]
        finish(row)


def _in_chunks(bus: Bus, job: Job, claimed: JobRun) -> None:
    turn = Turn(bus, claimed)
    with turn.transaction() as session:
        session.execute(update(JobRun).where(JobRun.id == claimed.id).values(started_at=utcnow()))
    with turn.kept_alive():
        said = job.run(turn, **claimed.arguments)
    with turn.transaction() as session:
        row = hold(session, JobRun, claimed)
        if said is not None:
            row.result = str(said)[:2000]
        finish(row)


def tick(bus: Bus, now: dt.datetime | None = None) -> list[int]:
    """Write down what fell due since the last look and return the runs to be done.

    After a gap only the newest due time is run; the earlier ones are written down as missed. A clock that was set back
    starts from where it is now: due times that have a row are not run again, missed ones that come due again are.
    """
    now = now or utcnow()
    with work(bus.database, reason="bus clock") as unit:
        working = bus.working(unit.session)
        clocks = {row.job: (row.schedule, row.seen_until) for row in unit.session.scalars(select(JobClock))}
    wanted = {n: j for n, (plugin, j) in bus.known.jobs.items() if j.schedule and plugin in working}
    if gone := clocks.keys() - wanted.keys():
        with work(bus.database, reason="bus clock"), transaction() as session:
            session.execute(delete(JobClock).where(JobClock.job.in_(gone)))
    made = []
    for name, job in wanted.items():
        schedule, seen = clocks.get(name, ("", now))
        if schedule == job.schedule and seen <= now and not any(islice(_due(job, seen, now), 1)):
            continue
        with work(bus.database, reason="bus clock"), transaction() as session:
            run = _write_down(session, job, bus.known.jobs[name][0], now)
            if run is not None:
                made.append(run.id)
    return made


def _due(job: Job, after: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
    return parse(job.schedule).between(after, until, zone())


def _write_down(session: Session, job: Job, plugin: str, now: dt.datetime) -> JobRun | None:
    """Write a job's due times up to now under the lock of its clock row; give the run that is to be done, if any."""
    first = {"job": job.name, "schedule": job.schedule, "seen_until": now}
    session.execute(insert_into(session, JobClock).values(first).on_conflict_do_nothing())
    clock = session.scalars(select(JobClock).where(JobClock.job == job.name).with_for_update()).one()
    if clock.schedule != job.schedule or clock.seen_until > now:
        clock.schedule, clock.seen_until = job.schedule, now
        return None
    ticks = list(_due(job, clock.seen_until, now))
    clock.seen_until = now
    if not ticks:
        return None
    rows = select(JobRun).where(JobRun.job == job.name, JobRun.tick.between(ticks[0], ticks[-1]))
    known = {row.tick: row for row in session.scalars(rows)}
    *earlier, newest = ticks
    skipped = [moment for moment in earlier if moment not in known]
    if skipped:
        values = {"job": job.name, "plugin": plugin, "state": "missed", "ticks": len(skipped), "due_at": skipped[-1]}
        session.execute(insert(JobRun).values(**values, tick=skipped[-1], error=""))
        log.warning("due times were missed", job=job.name, first=skipped[0], last=skipped[-1], count=len(skipped))
    run = known.get(newest)
    if run is None:
        run = JobRun(job=job.name, plugin=plugin, tick=newest, due_at=newest)
        session.add(run)
        session.flush()
        return run
    if run.state == "missed":
        run.state, run.due_at, run.ticks = "waiting", newest, 1
        return run
    return None


def due_runs(bus: Bus, *, grace: float = 0.0, limit: int = 50) -> list[int]:
    """List runs that are due and free, oldest first."""
    with work(bus.database, reason="bus") as unit:
        now = utcnow()
        statement = (
            select(JobRun.id)
            .where(ready(JobRun, now), JobRun.due_at <= now - dt.timedelta(seconds=grace))
            .where(JobRun.plugin.in_(bus.working(unit.session)))
            .order_by(JobRun.due_at, JobRun.id)
            .limit(limit)
        )
        return list(unit.session.scalars(statement))


def sweep_runs(bus: Bus, *, grace: float = 0.0, seconds: float = 30.0) -> int:
    """Run what is due, whatever the queue knows of it; return how many were done."""
    until = time.monotonic() + seconds
    done = 0
    free_the_dead(bus)
    for run_id in due_runs(bus, grace=grace):
        if time.monotonic() >= until:
            break
        done += run_job(bus, run_id)
    return done
