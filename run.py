#!/usr/bin/env python3
"""Set up, run, test and measure Zhike on a machine that has nothing but Python 3.11 or newer."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
ZHIKE = BIN / ("zhike.exe" if WINDOWS else "zhike")
UV = BIN / ("uv.exe" if WINDOWS else "uv")
FRONTEND = ROOT / "frontend"
ASSETS = ROOT / "core" / "static"
RUNTIME_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
BUILD_LOCK = ROOT / "requirements-build.lock"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


class Stop(Exception):
    """Set-up cannot go on; the message tells the person what to do."""


# Saying and running


def say(text: str) -> None:
    """Tell the person what is going on."""
    print(text, flush=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a piece of work and tell how long it took."""
    print(f"  {title} ... ", end="", flush=True)
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    say(f"{time.monotonic() - begun:.1f} s")


def run(*command: str | Path, what: str, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    """Run a command quietly; when it fails, show what it said and stop."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=None if env is None else dict(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        raise Stop(f"{what} failed (exit code {done.returncode}); what it said is above.")


def answer(*command: str | Path) -> str:
    """Run a command and hand back its standard output; its standard error is shown only when it fails."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr.decode(errors="replace"))
        raise Stop(f"{' '.join(str(part) for part in command[1:])!r} failed (exit code {done.returncode}).")
    return done.stdout.decode("utf-8")


# Stamps: what has been done already, so that the next run has nothing to do


def digest(paths: Iterable[Path], *more: str) -> str:
    """Hash the contents and names of files, and some words."""
    sha = hashlib.sha256("\0".join(more).encode())
    for path in sorted(paths):
        sha.update(b"\0" + path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return sha.hexdigest()


def stamp(name: str) -> Path:
    """Name the file that says for which inputs a piece of set-up was done."""
    return VENV / f"{name}.stamp"


def is_done(name: str, key: str) -> bool:
    """Tell whether the set-up was done for exactly these inputs."""
    try:
        return stamp(name).read_text(encoding="utf-8") == key
    except OSError:
        return False


def mark_done(name: str, key: str) -> None:
    """Note for which inputs the set-up was done."""
    stamp(name).write_text(key, encoding="utf-8")


# The environment


def can_make_environments() -> bool:
    """Tell whether this Python brings venv and the installer that venv needs (Debian packs them apart)."""
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def fetch_venv_module() -> None:
    """Install Debian's venv package where we may, else tell how."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if shutil.which("apt-get") is None:
        raise Stop("This Python has no 'venv' module. Install a complete Python 3.11 or newer, then run this again.")
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise Stop(f"This Python has no 'venv' module. Run 'sudo apt install {package}', then run this again.")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step(f"Installing {package} with apt"):
        run("apt-get", "-qq", "update", what="apt-get update", env=quiet)
        run("apt-get", "-qq", "install", "-y", package, what=f"Installing {package}", env=quiet)


def make_environment() -> None:
    """Make `.venv`, or make it anew when the folder was moved or its Python is gone."""
    key = f"{ROOT} {PYTHON.resolve()}"
    if PYTHON.exists() and is_done("venv", key):
        return
    if not can_make_environments():
        fetch_venv_module()
    with step("Making the environment in .venv"):
        run(sys.executable, "-m", "venv", "--clear", VENV, what="Making .venv")
    mark_done("venv", f"{ROOT} {PYTHON.resolve()}")


def locked(lock: Path, name: str) -> str:
    """Cut one package's lines, with its hashes, out of a lock."""
    found = re.search(rf"^{re.escape(name)}==(?:.*\\\n)*.*\n", lock.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise Stop(f"{lock.name} does not name {name}.")
    return found.group()


def install_packages(*, dev: bool) -> None:
    """Install what the locks say, then this checkout itself; with `dev`, the tools for testing too."""
    locks = [DEV_LOCK if dev else RUNTIME_LOCK, BUILD_LOCK]
    key = digest([*locks, ROOT / "setup.py"])
    if is_done("dev" if dev else "packages", key):
        return
    if not UV.exists():
        with step("Fetching the installer"), tempfile.TemporaryDirectory() as folder:
            wanted = Path(folder) / "uv.txt"
            wanted.write_text(locked(BUILD_LOCK, "uv"), encoding="utf-8")
            run(PYTHON, "-m", "pip", "install", "--require-hashes", "-r", wanted, what="Installing uv")
    with step("Installing the packages"):
        install = (UV, "pip", "install", "--compile-bytecode", "--python", PYTHON)
        chosen = [part for lock in locks for part in ("-r", lock)]
        run(*install, "--require-hashes", *chosen, what="Installing the packages")
        run(*install, "--no-deps", "--no-build-isolation", "-e", ROOT, what="Installing Zhike")
    with step("Compiling the packages"):
        compile_lean(VENV)
    mark_done("dev" if dev else "packages", key)


def compile_lean(*folders: Path) -> None:
    """Compile for a server that runs without docstrings (`core.cli.go_on_lean`); what is up to date is left."""
    command = [str(PYTHON), "-OO", "-X", "no_debug_ranges", "-m", "compileall", "-q", "-j", "2", *map(str, folders)]
    subprocess.run(command, capture_output=True, check=False)  # what does not compile is not for this Python


def frontend_sources() -> list[Path]:
    """List what the front end is built from."""
    return [path for path in FRONTEND.rglob("*") if path.is_file() and "node_modules" not in path.parts]


def with_node() -> dict[str, str]:
    """Give an environment in which scripts find the Node of `.venv` first."""
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}


def npm(*words: str) -> list[str]:
    """Spell a command of npm."""
    return [shutil.which("npm", path=str(BIN)) or "npm", *words]


def build_frontend() -> None:
    """Build `frontend/` into `core/static` when it changed, with the Node of the environment."""
    if not (FRONTEND / "package.json").exists():
        return
    key = digest([*frontend_sources(), BUILD_LOCK])
    if ASSETS.is_dir() and is_done("frontend", key):
        return
    fetched = digest([FRONTEND / "package-lock.json"])
    if not ((FRONTEND / "node_modules").is_dir() and is_done("npm", fetched)):
        with step("Fetching the front end's packages"):
            quiet = ("--no-audit", "--no-fund", "--prefer-offline")
            run(*npm("ci", *quiet), what="npm ci", cwd=FRONTEND, env=with_node())
        mark_done("npm", fetched)
    with step("Building the front end"):
        run(*npm("run", "build"), what="Building the front end", cwd=FRONTEND, env=with_node())
    mark_done("frontend", key)


def set_up(*, dev: bool = False) -> None:
    """Bring environment, packages and front end up to this checkout."""
    make_environment()
    install_packages(dev=dev)
    compile_lean(ROOT / "core", ROOT / "plugins")
    build_frontend()


# Running


def migrate() -> None:
    """Bring the database up to date."""
    run(ZHIKE, "db", "upgrade", what="Bringing the database up to date")


def home() -> Path:
    """Name the instance folder."""
    return ROOT / os.environ.get("ZHIKE_HOME", "instance")


def load_demo_once() -> None:
    """Load demo data into an instance that nobody has used yet, and keep its accounts beside it."""
    kept, begun = home() / "demo.json", home() / "demo.begun"
    if begun.exists():
        raise Stop(
            f"The demo data was loaded only in part. Remove {home()} (and the database that ZHIKE_DATABASE_URL names) "
            f"and run this again; or remove {begun.name} in it to go on as it is."
        )
    if kept.exists() or os.environ.get("ZHIKE_ENV") == "production":
        return
    migrate()
    if json.loads(answer(ZHIKE, "users", "list", "--json")):
        return
    begun.touch()
    with step("Loading the demo data"):
        loaded = answer(ZHIKE, "demo", "load", "--json")
    kept.touch(mode=0o600)
    kept.write_text(loaded, encoding="utf-8")
    begun.unlink()


def show_accounts() -> None:
    """Print who can sign in to the demo data."""
    with contextlib.suppress(OSError, ValueError):
        accounts = json.loads((home() / "demo.json").read_text(encoding="utf-8"))["accounts"]
        say("\n  Demo accounts (kept in instance/demo.json; change the passwords before others can reach this):")
        for account in accounts:
            groups = ", ".join(account.get("groups", []))
            say(f"    {account['name']:<12} {account['password']:<20} {groups}")


def check_port(host: str, port: int) -> None:
    """Stop early, with advice, when somebody else listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((host, port)) == 0:
            raise Stop(f"Something already listens on {host}:{port}. Stop it, or choose another with --port.")


def serve(options: argparse.Namespace) -> int:
    """Set up, load the demo data on the first run, bring the database up to date, and serve."""
    check_port(options.host, options.port)
    set_up()
    if not options.no_demo:
        load_demo_once()
        show_accounts()
    say(f"\n  Zhike serves on http://{options.host}:{options.port}   (Ctrl+C stops it)\n")
    command = [str(ZHIKE), "serve", "--upgrade", "--host", options.host, "--port", str(options.port)]
    if not WINDOWS:
        os.execv(command[0], command)
    return subprocess.call(command, cwd=ROOT)


def prepare(options: argparse.Namespace) -> int:
    """Set up and migrate; `.venv/bin/zhike` is ready afterwards, and with `--dev` the tools for testing too."""
    set_up(dev=options.dev)
    migrate()
    say(f"  Ready: {ZHIKE.relative_to(ROOT)}")
    return 0


def bench(options: argparse.Namespace) -> int:
    """Run the measurements."""
    set_up(dev=True)
    return subprocess.call([str(PYTHON), str(ROOT / "benchmarks" / "run.py"), *options.rest], cwd=ROOT)


# Testing


class Report:
    """What was checked, how it went and how long it took."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, bool, float, str]] = []
        self.counts: dict[str, int] = {}

    def check(self, title: str, command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> None:
        """Run one check, show what it says, and remember the last line of pytest."""
        say(f"\n=== {title}")
        begun = time.monotonic()
        last = ""
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        assert process.stdout
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            if re.search(r"\d+ (passed|failed|errors?)\b.* in [\d.]+s", line):
                last = re.sub(r"\x1b\[[0-9;]*m", "", line).strip(" =\n")
        code = process.wait()
        for number, word in re.findall(r"(\d+) (passed|failed|error|skipped)", last):
            self.counts[word] = self.counts.get(word, 0) + int(number)
        self.rows.append(
            (title, code == 0, time.monotonic() - begun, last or ("" if code == 0 else f"exit code {code}"))
        )

    def fail(self, title: str, reason: str) -> None:
        """Note a check that could not be made."""
        say(f"\n=== {title}\n{reason}")
        self.rows.append((title, False, 0.0, reason))

    def close(self) -> int:
        """Print the summary; the last line adds up all runs of pytest."""
        say("\n=== Summary")
        for title, good, seconds, note in self.rows:
            say(f"{'ok    ' if good else 'FAILED'} {title:<22} {seconds:7.1f} s  {note}")
        failed = self.counts.get("failed", 0) + self.counts.get("error", 0)
        say(f"{self.counts.get('passed', 0)} passed, {failed} failed")
        return 0 if all(good for _title, good, _seconds, _note in self.rows) else 1


def find_chromium() -> str | None:
    """Find a browser of the Chromium family; ZHIKE_CHROMIUM names one."""
    return os.environ.get("ZHIKE_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@contextlib.contextmanager
def lent_postgres() -> Iterator[str | None]:
    """Lend the address of an empty PostgreSQL database for the length of the block, or None."""
    if given := os.environ.get("ZHIKE_TEST_DATABASE_URL"):
        yield given
        return
    lender = subprocess.Popen(
        [str(PYTHON), str(ROOT / "tests" / "lend_postgres.py")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert lender.stdin
    assert lender.stdout
    try:
        yield lender.stdout.readline().strip() or None
    finally:
        lender.stdin.close()
        lender.wait(60)


def tool(*words: str) -> list[str | Path]:
    """Spell the command that runs a tool of the environment."""
    return [PYTHON, "-m", *words]


def test(options: argparse.Namespace) -> int:
    """Run linters, then all tests on SQLite, on PostgreSQL, and in a browser; go on after a failure and report all."""
    set_up(dev=True)
    report = Report()
    report.check("ruff check", tool("ruff", "check", "."))
    report.check("ruff format", tool("ruff", "format", "--check", "."))
    report.check("mypy", tool("mypy"))
    report.check("import contracts", [BIN / "lint-imports"])
    if (FRONTEND / "test").is_dir():
        report.check("front end", npm("--prefix", "frontend", "test"), with_node())
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    pytest = tool("pytest", *colour, "--ignore=tests/browser", "-n", "auto", *options.rest)
    report.check("pytest on SQLite", pytest, {"ZHIKE_TEST_DATABASE_URL": ""})
    with lent_postgres() as address:
        if address is None:
            report.fail("pytest on PostgreSQL", "No PostgreSQL: set ZHIKE_TEST_DATABASE_URL, or install one.")
        else:
            report.check("pytest on PostgreSQL", pytest, {"ZHIKE_TEST_DATABASE_URL": address})
    if chromium := find_chromium():
        flows = tool("pytest", *colour, "tests/browser", *options.rest)
        report.check("pytest in a browser", flows, {"ZHIKE_TEST_DATABASE_URL": "", "ZHIKE_CHROMIUM": chromium})
    else:
        report.fail("pytest in a browser", "No Chromium: install one (apt install chromium), or set ZHIKE_CHROMIUM.")
    return report.close()


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "serve": serve,
    "setup": prepare,
    "test": test,
    "bench": bench,
}


def main() -> int:
    """Read the command and carry it out."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="Without a command: set up and serve.")
    parser.add_argument("command", nargs="?", choices=COMMANDS, default="serve")
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to serve on (8000)")
    parser.add_argument("--no-demo", action="store_true", help="load no demo data on the first run")
    parser.add_argument("--dev", action="store_true", help="setup: the tools for testing too, for who writes plugins")
    options, rest = parser.parse_known_args()
    options.rest = rest
    if rest and options.command not in ("test", "bench"):
        parser.error(f"unknown: {' '.join(rest)}")
    os.chdir(ROOT)
    # The first start compiles what it imports; without the compiled files every later start would do so again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        return COMMANDS[options.command](options)
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.exit(f"Zhike needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    sys.exit(main())
