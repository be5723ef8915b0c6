"""Serves the application: web processes and the worker under one parent that keeps them alive."""

from __future__ import annotations

import ctypes
import gc
import mmap
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask

from core.auth.services.accounts import refuse_sample_passwords
from core.bulk import settle
from core.bus.figures import share_between_processes
from core.bus.health import watch
from core.bus.worker import run_worker
from core.db import system_session
from core.desk.live.streams import STREAMS, Streams
from core.errors import Refused
from core.i18n import _
from core.migrate import Migrations
from core.turns import Turns

if TYPE_CHECKING:
    from core.app import Zhike

log = structlog.get_logger(__name__)

ROLES = ("web", "worker", "live")
THREADS = 16
GRACE = 10
"""Seconds that requests and handlers in hand are given when the server is stopped."""
SHORT_LIFE = 10.0


@dataclass(frozen=True)
class Options:
    """How to serve. Without `live` pages ask for news every 20 seconds; without `web` only the streams are served."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    roles: frozenset[str] = frozenset(ROLES)
    pidfile: Path | None = None


def serve(app: Flask, options: Options) -> None:
    """Serve until told to stop. Raises Refused where the tables are not those that this program expects."""
    zhike: Zhike = app.extensions["zhike"]
    check_tables(zhike)
    check_passwords(zhike)
    with kept_pidfile(options.pidfile):
        if "web" not in options.roles and "live" not in options.roles:
            run_worker(app, zhike.bus)
        elif sys.platform == "win32":
            _serve_on_windows(app, options)
        else:
            _serve_forked(app, zhike, options)


def upgrade_tables(zhike: Zhike, owner: str | None = None) -> list[tuple[str, str, str]]:
    """Bring the tables of one owner or of all to head; give `(owner, before, after)`.

    Where rows were there before, the database takes stock of them: a migration may have written a whole table anew.
    """
    migrations = Migrations(zhike.config.database_url, zhike.registry)
    if not migrations.behind():
        heads = {one: migrations.head(one) for one in ([owner] if owner else migrations.owners)}
        return [(one, head, head) for one, head in heads.items()]
    done = migrations.upgrade(owner)
    if any(before and before != after for _owner, before, after in done):
        settle(zhike.database, everything=True)
    return done


def check_tables(zhike: Zhike) -> None:
    """Make sure that the tables of core and of every plugin are at head. Raises Refused with the command that helps."""
    behind = Migrations(zhike.config.database_url, zhike.registry).behind()
    if behind:
        names = ", ".join(f"{owner} ({at or '–'} → {head})" for owner, (at, head) in behind.items())
        text = _("The tables are not up to date: %(names)s. Run `zhike db upgrade`, then start again.", names=names)
        raise Refused(text)


def check_passwords(zhike: Zhike) -> None:
    """Refuse to serve in production while an open account has a password from demo data (promise S16)."""
    if zhike.config.is_production:
        with system_session("start", database=zhike.database) as session:
            refuse_sample_passwords(session)


@contextmanager
def kept_pidfile(path: Path | None) -> Iterator[None]:
    """Keep the process id in a locked file. Raises Refused while another server holds it; a dead one's is free."""
    if path is None:
        yield
        return
    with path.open("a+", encoding="ascii") as file:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Refused(_("Another server holds %(path)s.", path=path)) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        owner = os.getpid()
        try:
            yield
        finally:
            if os.getpid() == owner:
                path.unlink(missing_ok=True)


def _serve_forked(app: Flask, zhike: Zhike, options: Options) -> None:
    from gunicorn.app.base import BaseApplication
    from gunicorn.arbiter import Arbiter
    from gunicorn.glogging import Logger
    from gunicorn.workers.gthread import ThreadWorker

    class Threads(ThreadWorker):  # type: ignore[misc]
        """Gunicorn's threads; a connection that a view offered to the live channel leaves them after its answer."""

        def finish_request(self, conn: Any, fs: Any) -> None:
            streams = app.extensions.get(STREAMS)
            if streams is not None and streams.take(conn.sock):
                self.nr_conns -= 1
                return
            super().finish_request(conn, fs)

    class Log(Logger):  # type: ignore[misc]
        """Gunicorn's log, through ours."""

        def setup(self, cfg: Any) -> None:
            self.error_log.propagate = True
            self.error_log.setLevel("WARNING")
            self.access_log.propagate = False

    evenly = Evenly(options.workers)

    class Pages(BaseApplication):  # type: ignore[misc]
        """The web role for gunicorn: the application is made before the fork, so that its memory is shared."""

        def load_config(self) -> None:
            settings = {
                "bind": f"{options.host}:{options.port}",
                "workers": options.workers,
                "worker_class": Threads,
                "threads": THREADS,
                "preload_app": True,
                "timeout": 120,
                "graceful_timeout": GRACE,
                "keepalive": 15,
                "proc_name": "zhike",
                "logger_class": Log,
                "control_socket_disable": True,
                "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108
                "pre_fork": evenly.take_slot,
                "post_fork": lambda arbiter, worker: become_web(app, zhike, live="live" in options.roles),
                "child_exit": evenly.free_slot,
                "pre_request": evenly.begin,
                "post_request": evenly.end,
            }
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return Turns(app) if "web" in options.roles else only_streams(app)

    class House(Arbiter):  # type: ignore[misc]
        """Gunicorn's parent, which also keeps one worker process alive."""

        worker_pid = 0
        worker_born = 0.0
        short_lives = 0

        def manage_workers(self) -> None:
            super().manage_workers()
            if "worker" in options.roles:
                self.keep_worker()

        def keep_worker(self) -> None:
            if self.worker_pid and is_alive(self.worker_pid):
                return
            now = time.monotonic()
            if self.worker_pid:
                log.warning("worker ended, starting another", pid=self.worker_pid)
                self.short_lives = self.short_lives + 1 if now - self.worker_born < SHORT_LIFE else 0
                self.worker_pid = 0
            if now - self.worker_born < min(self.short_lives / 10, 1.0):
                return
            self.worker_born = now
            self.worker_pid = os.fork()
            if self.worker_pid == 0:
                self.become_worker()

        def become_worker(self) -> None:
            code = 1
            try:
                for number in (*self.SIGNALS, signal.SIGCHLD):
                    signal.signal(number, signal.SIG_DFL)
                for listener in self.LISTENERS:
                    listener.sock.close()
                after_fork(zhike, "zhike-worker")
                run_worker(app, zhike.bus, parent=os.getppid())
                code = 0
            except BaseException:
                log.exception("worker failed")
            finally:
                sys.stderr.flush()
                os._exit(code)

        def stop(self, graceful: bool = True) -> None:
            if self.worker_pid and is_alive(self.worker_pid):
                os.kill(self.worker_pid, signal.SIGTERM)
            until = time.monotonic() + GRACE + 2
            super().stop(graceful)
            while self.worker_pid and is_alive(self.worker_pid) and time.monotonic() < until:
                time.sleep(0.05)
            if self.worker_pid and is_alive(self.worker_pid):
                os.kill(self.worker_pid, signal.SIGKILL)

    share_between_processes(zhike.config.home / "figures")
    watch(app)
    warm_up(app)
    zhike.database.engine.dispose()
    zhike.bus.queue.close()
    pages = Pages()
    log.info("serving", address=f"http://{options.host}:{options.port}", roles=sorted(options.roles))
    gc.collect()
    give_back()
    gc.freeze()  # what is loaded by now stays shared between the processes
    gc.set_threshold(50_000, 20, 50)
    House(pages).run()


class Evenly:
    """Spreads kept-alive connections: a process with more requests in hand than another lets one of them go.

    A browser or proxy keeps its connection with the process that once accepted it, so that all may meet at one
    process. When its answer says that the connection ends, the next one is accepted by whoever is less busy.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.in_hand = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("i")  # shared by the processes after the fork
        self.slots: dict[int, int] = {}

    def take_slot(self, arbiter: Any, worker: Any) -> None:
        """Give a process that is about to be forked a place to count in."""
        taken = set(self.slots.values())
        slot = next(n for n in range(len(self.in_hand)) if n not in taken)
        self.slots[worker.age] = worker.slot = slot
        self.in_hand[slot] = 0

    def free_slot(self, arbiter: Any, worker: Any) -> None:
        """Take the place of a process that ended back."""
        self.slots.pop(worker.age, None)

    def begin(self, worker: Any, request: Any) -> None:
        """Count a request, and let its connection go where this process is busier than another by two."""
        self.in_hand[worker.slot] += 1
        if self.in_hand[worker.slot] > min(self.in_hand[: self.workers]) + 1:
            request.force_close()

    def end(self, worker: Any, request: Any, environ: Any, response: Any) -> None:
        """Count a request that is answered."""
        self.in_hand[worker.slot] -= 1


def become_web(app: Flask, zhike: Zhike, *, live: bool) -> None:
    """Begin the life of a process that answers requests."""
    after_fork(zhike, "zhike-web")
    if live:
        app.extensions[STREAMS] = Streams(zhike.database, zhike.registry)


def only_streams(app: Flask) -> Any:
    """Give an application that answers nothing but the live channel and the question whether it lives."""

    def answer(environ: Any, start: Any) -> Any:
        if environ.get("PATH_INFO") in ("/live", "/healthz"):
            return app.wsgi_app(environ, start)
        start("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return []

    return answer


def warm_up(app: Flask) -> None:
    """Load before the fork what the first requests need, so that the processes share it and nobody waits for it."""
    app.extensions["zhike"].bus.queue.tell("sweep")
    app.test_client().get("/login")


def give_back() -> None:
    """Give pages that loading left empty back to the system, where the C library can: some 5 MB of the whole server."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc
    if trim is not None:
        trim(0)


def is_alive(pid: int) -> bool:
    """Tell whether a child still runs; reap it where nobody has yet."""
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False


def after_fork(zhike: Zhike, name: str) -> None:
    """Show in `ps` and `top` what this process is. Its parent has closed its connections and opens no more."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(name, encoding="ascii")
    zhike.bus.queue.forget()


def _serve_on_windows(app: Flask, options: Options) -> None:
    """Serve with waitress; the worker is a process of its own, started again when it ends."""
    import subprocess
    import threading

    from waitress import serve as serve_wsgi

    def keep_worker() -> None:
        while True:
            subprocess.run([sys.executable, "-m", "core.cli", "worker"], check=False)
            time.sleep(2)

    if "worker" in options.roles:
        threading.Thread(target=keep_worker, name="worker", daemon=True).start()
    log.info("serving", address=f"http://{options.host}:{options.port}", roles=sorted(options.roles))
    serve_wsgi(app, host=options.host, port=options.port, threads=THREADS)
