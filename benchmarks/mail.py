"""10,000 letters of one mailing to a mail server in a process of its own, over kill -9 of the worker.

python benchmarks/mail.py [--letters N] [--kills N ...] [--database URL] [--only sqlite postgresql] [--json FILE]

For each database a run for each number of kills, spread over it; without kills it tells the letters a second from the
first that the server took to the last. The server keeps the Message-ID and the address of each letter it took.
Afterwards every recipient must be sent, or in doubt and shown as such: `missing` are those who are neither and did not
get one, `double` those who got two. A letter in doubt that the server has taken counts as taken, not as missing.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.kill_bus import new_database
from benchmarks.server import environment, free_port, zhike

ROOT = Path(__file__).resolve().parent.parent
SINK = """
import re, sys, time
from aiosmtpd.controller import UnthreadedController
import asyncio
out = open(sys.argv[2], "ab", buffering=0)
class Sink:
    async def handle_DATA(self, server, session, envelope):
        head = envelope.content.split(b"\\r\\n\\r\\n", 1)[0]
        key = re.search(rb"(?im)^message-id:\\s*<([^>]+)>", head).group(1)
        out.write(b"%f %s %s\\n" % (time.time(), key, envelope.rcpt_tos[0].encode()))
        return "250 OK"
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
controller = UnthreadedController(Sink(), hostname="127.0.0.1", port=int(sys.argv[1]), loop=loop)
controller.begin()
loop.run_forever()
"""
FILL = """
import sys
from core.app import create_app
from core.columns import utcnow
from core.db import system_transaction
from core.auth.models import User
from core.bulk import insert_rows
from core.mail.models import Letter, Mailing
from core.mail.services.letters import new_key
from core.overlay import overlay
app = create_app()
parts = app.extensions["zhike"]
count = int(sys.argv[1])
with app.app_context(), system_transaction("benchmark", database=parts.database) as session:
    overlay().change_setting(session, "core.mail_from", "news@press.example.com")
    overlay().change_setting(session, "core.mail_site", "https://crm.press.example.com")
    user = User(username="author", name="author")
    session.add(user)
    session.flush()
    body = "{称呼}：\\n\\n" + "本期样刊已寄出，请注意查收。" * 40 + "\\n\\n{单位}"
    mailing = Mailing(owner_id=user.id, name="x", kind="information", purpose="service", subject="{称呼}，样刊已寄出",
                      body=body, resource="contacts", state="running", started_at=utcnow(), recipients=count)
    session.add(mailing)
    session.flush()
    rows = [{"mailing_id": mailing.id, "bulk": True, "sender_id": user.id, "key": new_key(), "name": f"客人{n}",
             "address": f"guest{n}@guests.example.com", "address_key": f"guest{n}@guests.example.com", "subject": "x",
             "values": {"salutation": f"客人{n}", "company": "某某公司"}} for n in range(count)]
    insert_rows(session, Letter.__table__, rows)
"""
READ = """
import json
from collections import Counter
from sqlalchemy import select
from core.app import create_app
from core.db import system_session
from core.mail.models import Letter, Mailing
app = create_app()
with app.app_context(), system_session("benchmark", database=app.extensions["zhike"].database) as session:
    rows = session.execute(select(Letter.key, Letter.state, Letter.reason)).all()
    state = session.scalar(select(Mailing.state))
    print(json.dumps({"mailing": state, "letters": [list(row) for row in rows]}))
"""
STATES = """
import sys
from sqlalchemy import create_engine, text
engine = create_engine(sys.argv[1])
with engine.connect() as connection:
    print(connection.scalar(text("SELECT count(*) FROM core_letter WHERE state IN ('waiting', 'sending')")))
"""


@dataclass
class Result:
    """What one run came to. `sent` and `doubtful` are states; `taken` is what the server took."""

    letters: int
    kills: int
    seconds: float = 0.0
    a_second: float = 0.0
    sent: int = 0
    doubtful: int = 0
    doubtful_taken: int = 0
    refused: int = 0
    taken: int = 0
    missing: int = 0
    double: int = 0
    mailing: str = ""

    @property
    def good(self) -> bool:
        """Tell whether the promise holds: nobody missing, nobody twice, at most one in doubt a kill."""
        return not self.missing and not self.double and not self.refused and self.doubtful <= self.kills


def python(env: dict[str, str], code: str, *arguments: str) -> str:
    """Run a piece of Python in the deployment."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=env, check=True, text=True, stdout=subprocess.PIPE)
    return done.stdout


def lines(log: Path) -> list[list[str]]:
    """Read what the server took: moment, Message-ID, address."""
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


def worker(env: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a worker in a process group of its own."""
    command = [sys.executable, "-m", "core.cli", "worker"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True, **quiet)


def run(home: Path, database: str, letters: int, kills: int) -> Result:
    """Send all letters; kill the worker each time that another share of them was taken."""
    port, log = free_port(), home / "taken.log"
    env = environment(home, database, ZHIKE_MAIL_URL=f"smtp://127.0.0.1:{port}")
    zhike(env, "db", "upgrade")
    python(env, FILL, str(letters))
    sink = subprocess.Popen([sys.executable, "-c", SINK, str(port), str(log)], cwd=ROOT)
    result = Result(letters, kills)
    working = worker(env)
    left, started = kills, time.monotonic()
    try:
        while True:
            time.sleep(0.05)
            if sink.poll() is not None:
                raise RuntimeError("the server that is to take the letters has ended; it needs aiosmtpd")
            taken = len(lines(log)) if left else 0
            if left and taken > letters * (kills - left + 1) / (kills + 1):
                os.killpg(working.pid, signal.SIGKILL)
                working.wait()
                left -= 1
                working = worker(env)
            elif not left:
                time.sleep(1)
                if over(env, home):
                    break
            if time.monotonic() - started > 1800:
                raise RuntimeError("the letters were not sent within half an hour")
    finally:
        working.terminate()
        working.wait(20)
        sink.terminate()
        sink.wait(20)
    return count(result, lines(log), json.loads(python(env, READ)))


def over(env: dict[str, str], home: Path) -> bool:
    """Tell whether nothing waits any more."""
    url = env.get("ZHIKE_DATABASE_URL") or f"sqlite:///{home / 'zhike.db'}"
    return python(env, STATES, url.replace("postgresql://", "postgresql+psycopg://")).strip() == "0"


def count(result: Result, taken: list[list[str]], read: dict[str, Any]) -> Result:
    """Compare what the server took with what the program says."""
    got = Counter(key.partition("@")[0] for _moment, key, _address in taken)
    states = Counter(state for _key, state, _reason in read["letters"])
    moments = [float(moment) for moment, _key, _address in taken]
    result.seconds = max(moments) - min(moments)
    result.a_second = len(taken) / result.seconds
    result.taken, result.sent, result.refused = len(taken), states["sent"], states["refused"]
    result.doubtful, result.mailing = states["doubtful"], read["mailing"]
    result.doubtful_taken = sum(1 for key, state, _reason in read["letters"] if state == "doubtful" and got[key])
    result.missing = sum(1 for key, state, _reason in read["letters"] if not got[key] and state != "doubtful")
    result.double = sum(1 for number in got.values() if number > 1)
    return result


def main() -> int:
    """Run every combination; the exit code is 1 when one of them broke the promise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--kills", type=int, nargs="+", default=[0, 5])
    parser.add_argument("--database", default=os.environ.get("ZHIKE_TEST_DATABASE_URL", ""))
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = {}
    for kind in ("sqlite", *(("postgresql",) if options.database else ())):
        if options.only and kind not in options.only:
            continue
        for kills in options.kills:
            with tempfile.TemporaryDirectory() as folder, new_database(options.database) as spare:
                result = run(Path(folder), spare if kind == "postgresql" else "", options.letters, kills)
            results[f"{kind}, {kills} kills"] = {**asdict(result), "good": result.good}
            print(
                f"{kind:<10} {result.letters} letters, {kills} kills: {result.taken} taken, {result.missing} missing, "
                f"{result.double} double, {result.sent} sent, {result.doubtful} in doubt "
                f"({result.doubtful_taken} of them taken), {result.a_second:.0f} a second",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps(results, indent=2), encoding="utf-8")
    return 0 if all(result["good"] for result in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
