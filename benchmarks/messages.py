"""Times the message centre, the bell and the search at many messages of many people.

`python -m benchmarks.messages --messages 1000000 [--database-url URL] [--home DIR]` prints JSON. A message has one
receiver; the clerk `sales` holds each tenth, which is more than anybody gets in ten years.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import tempfile
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.pages import milliseconds, next_page, page
from benchmarks.server import Client, environment, load, served
from benchmarks.tasks import COMPANIES, PEOPLE, more_people
from core.bulk import settle
from core.config import load_config
from core.db import Database

CHUNK = 20_000
DAYS = 900
UNREAD_DAYS = 2
"""What is older was read."""
WORDS = ("回访", "报价", "合同", "展位", "样刊", "开票", "到款", "拜访", "订单", "投诉")


def fill(url: str, count: int, users: list[int], busy: int) -> None:
    """Write messages with their copies: six in ten received, three reports of the system, one put away."""
    from sqlalchemy import func, insert, select, text

    from core.db import make_engine
    from core.messages.finding import tokens_of
    from core.messages.models import Message, MessageCopy, MessageWords

    engine = make_engine(url)
    messages: Any = Message.__table__
    copies: Any = MessageCopy.__table__
    rng, now = Random(7), dt.datetime.now(dt.UTC)
    with engine.begin() as connection:
        if (connection.scalar(select(func.count()).select_from(messages)) or 0) >= count:
            return  # of an earlier run in the same home
        connection.execute(text("DELETE FROM core_message_copy"))
        connection.execute(text("DELETE FROM core_message"))
        companies = list(connection.scalars(text("SELECT id FROM core_company")))
    for start in range(0, count, CHUNK):
        made: list[dict[str, Any]] = []
        held: list[dict[str, Any]] = []
        words: list[dict[str, Any]] = []
        for number in range(start + 1, min(start + CHUNK, count) + 1):
            sent = now - dt.timedelta(days=DAYS) * (1 - number / count)
            receiver = busy if number % 10 == 0 else users[rng.randrange(len(users))]
            kind = rng.randrange(10)
            sender = users[rng.randrange(len(users))] if kind < 7 else None
            about = companies[rng.randrange(len(companies))] if kind in (0, 1, 7, 8) else None
            read = sent if number < count * (1 - UNREAD_DAYS / DAYS) else None
            urgent = number % 50 == 0
            made.append(
                {
                    "id": number, "sender_id": sender, "module": "" if sender else "core.tasks", "kind": "",
                    "title": f"{WORDS[number % len(WORDS)]}客户 {number}", "content": f"请处理第 {number} 号，谢谢。",
                    "priority": "high" if urgent else "normal", "needs_receipt": False, "sticky": False,
                    "record_kind": "company" if about else None, "record_id": about, "company_id": about,
                    "thread_id": number - 1 if kind == 5 else None, "audience": "", "receivers": 1, "sent_at": sent,
                }
            )  # fmt: skip
            plain = {"message_id": number, "sender_id": sender, "priority": made[-1]["priority"], "sent_at": sent}
            plain |= {"note": "", "feedback": "", "filed_under": "", "done_at": None}
            folder = "filed" if kind == 6 else "inbox" if sender else "system"
            due = sent if urgent and read is None else None
            held.append({**plain, "user_id": receiver, "side": "in", "folder": folder, "read_at": read, "due_at": due})
            if sender:
                mine = {"user_id": sender, "side": "out", "folder": "sent", "read_at": sent, "due_at": None}
                held.append({**plain, **mine})
            said = tokens_of(made[-1]["title"], made[-1]["content"], {receiver, sender or receiver})
            words.append({"message_id": number, "tokens": said})
        with engine.begin() as connection:
            connection.execute(insert(messages), made)
            connection.execute(insert(copies), held)
            connection.execute(insert(MessageWords.__table__), words)  # type: ignore[arg-type]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT setval('core_message_id_seq', (SELECT max(id) FROM core_message))"))
        assert connection.scalar(select(func.count()).select_from(messages)) == count
    engine.dispose()


FOLDERS = ("todo", "inbox", "sent", "system", "filed")
PAGES = {
    **{name: f"/messages?folder={name}" for name in FOLDERS},
    "unread": "/messages?folder=inbox&unread=1", "urgent": "/messages?folder=inbox&priority=high",
    "search_common": "/messages?folder=inbox&q=报价", "search_rare": "/messages?folder=inbox&q=没有这句话",
    "bell": "/badge", "newest": "/messages/latest", "card": "/cards/core.messages",
}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    home = options.home or Path(tempfile.mkdtemp(prefix="zhike-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    env = environment(home, options.database_url)
    loaded = load(env, COMPANIES)
    url = options.database_url or f"sqlite:///{home / 'zhike.db'}"
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    users = more_people(url, PEOPLE)
    fill(url, options.messages, users, user_of(url, "sales"))
    settle(Database(load_config(env)), everything=True)
    result: dict[str, Any] = {"messages": options.messages, "people": PEOPLE, "database": url.split(":")[0]}
    passwords = {one["name"]: one["password"] for one in loaded["accounts"]}
    with served(env) as (port, _process, _cold):
        for name in ("sales", "chief"):
            client = Client(port)
            client.sign_in(name, passwords[name])
            result[name] = {what: milliseconds(page(client, [address])) for what, address in PAGES.items()}
            following = "/messages?folder=inbox"
            for _page in range(50):
                following = next_page(client, following) or following
            result[name]["page_50"] = milliseconds(page(client, [following]))
            form = {"to": f"u{user_of(url, 'desk')}", "title": "请回电", "content": "客户等你回电。"}
            result[name]["sending"] = milliseconds(lambda client=client, form=form: sent(client, form))  # type: ignore[misc]
    print(json.dumps(result, ensure_ascii=False, indent=1))


def sent(client: Client, form: dict[str, Any]) -> None:
    """Send a message; raises where it was refused."""
    answer = client.post("/messages/new", form)
    if answer.status not in (302, 303):
        raise RuntimeError(f"sending answered {answer.status}")


def user_of(url: str, name: str) -> int:
    """Give the id of an account."""
    from sqlalchemy import create_engine, text

    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT id FROM core_user WHERE username = :name"), {"name": name})
    engine.dispose()
    return int(found or 0)


if __name__ == "__main__":
    main()
