"""Starts a real server on a benchmark database and talks to it as a browser would."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(home: Path, database_url: str = "", **more: str) -> dict[str, str]:
    """Give the environment of a deployment in `home`."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("ZHIKE_")}
    clean |= {"ZHIKE_HOME": str(home), "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    if database_url:
        clean["ZHIKE_DATABASE_URL"] = database_url
    return clean | more


def zhike(env: dict[str, str], *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a `zhike` command to its end; raises when it fails."""
    command = [sys.executable, "-m", "core.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, check=True, text=True, stdout=subprocess.PIPE, **more)


@contextlib.contextmanager
def served(env: dict[str, str], *, workers: int = 2) -> Iterator[tuple[int, subprocess.Popen[bytes], float]]:
    """Serve in a process of its own; gives port, process and the seconds until the first answer."""
    port = free_port()
    started = time.perf_counter()
    command = [sys.executable, "-m", "core.cli", "serve", "--port", str(port), "--workers", str(workers)]
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                Client(port).get("/login")
                break
            except OSError:
                if process.poll() is not None or time.perf_counter() - started > 60:
                    raise RuntimeError("the server did not start") from None
                time.sleep(0.02)
        yield port, process, time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


class Answer:
    """A status, headers and a whole body."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.body = response.read()
        self.status = response.status
        self.headers = response.headers

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


class Client:
    """A browser with one kept-alive connection, a cookie and the form token."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookie = ""
        self.token = ""

    def get(self, address: str, **headers: str) -> Answer:
        """Ask for a page."""
        return self._send("GET", address, None, headers)

    def post(self, address: str, form: dict[str, Any]) -> Answer:
        """Send a form with its token."""
        body = urllib.parse.urlencode({"csrf_token": self.token, **form}, doseq=True)
        return self._send("POST", address, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def _send(self, method: str, address: str, body: str | None, headers: dict[str, str]) -> Answer:
        if self.cookie:
            headers = {**headers, "Cookie": self.cookie}
        target = urllib.parse.quote(address, safe="/?&=%:+,-_.~")
        try:
            self.connection.request(method, target, body, headers)
            response = self.connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            if method != "GET":  # a kept-alive connection that lay idle was closed: ask once more, as a browser does
                raise
            self.connection.close()
            self.connection.request(method, target, body, headers)
            response = self.connection.getresponse()
        answer = Answer(response)
        for line in answer.headers.get_all("Set-Cookie") or ():
            if line.startswith("zhike_session="):
                self.cookie = line.split(";", 1)[0]
        found = re.search(rb'name="csrf-token" content="([0-9a-f]+)"', answer.body)
        if found:
            self.token = found[1].decode()
        return answer

    def again(self) -> Client:
        """Open another connection with the same session."""
        other = Client(self.connection.port)
        other.cookie, other.token = self.cookie, self.token
        return other

    def sign_in(self, name: str, password: str) -> None:
        """Sign in; raises when the name or password is wrong."""
        self.get("/login")
        answer = self.post("/login", {"username": name, "password": password})
        if answer.status not in (302, 303):
            raise RuntimeError(f"sign-in answered {answer.status}")
        self.get("/account")


def load(env: dict[str, str], companies: int) -> dict[str, Any]:
    """Migrate and fill a deployment with invented customers; keeps the answer beside the data for the next run."""
    kept = Path(env["ZHIKE_HOME"]) / f"demo-{companies}.json"
    zhike(env, "db", "upgrade")
    if not kept.exists():
        answer = zhike(env, "demo", "load", "--companies", str(companies), "--json", stderr=subprocess.DEVNULL)
        kept.write_text(answer.stdout, encoding="utf-8")
    loaded: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return loaded


def memory_of(process: subprocess.Popen[bytes]) -> float:
    """Add up the proportional memory of a process and all below it, in MB (Linux)."""
    total = 0.0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            chain: list[int] = []
            pid = int(entry.name)
            while pid > 1 and len(chain) < 20:
                chain.append(pid)
                pid = int((Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if process.pid in chain:
                rollup = (entry / "smaps_rollup").read_text()
                total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1]) / 1024  # type: ignore[index]
        except (OSError, ValueError, TypeError):
            continue
    return total
