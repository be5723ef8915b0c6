"""Times the pages of tasks at many tasks of many people, and one look of the reminders.

`python -m benchmarks.tasks --tasks 1000000 [--database-url URL] [--home DIR]` prints JSON.
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

PEOPLE = 200
CHUNK = 20_000
COMPANIES = 2_000


def fill(url: str, count: int, users: list[int]) -> None:
    """Write tasks up to a number: of each twenty one is open, due some days around today, most by oneself."""
    from sqlalchemy import func, insert, select, text

    from core.clock import local_today
    from core.db import make_engine
    from core.tasks.models import Task
    from core.tasks.services import end_of

    engine = make_engine(url)
    table: Any = Task.__table__
    rng, today = Random(7), local_today()
    days = {n: end_of(today + dt.timedelta(days=n)) for n in range(-900, 40)}
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM core_task_step"))
        connection.execute(text("DELETE FROM core_task"))
        companies = list(connection.scalars(text("SELECT id FROM core_company")))
    now = dt.datetime.now(dt.UTC)
    for start in range(0, count, CHUNK):
        rows = []
        for number in range(start, min(start + CHUNK, count)):
            person = users[rng.randrange(len(users))]
            waits = number % 20 == 0
            due = days[rng.randrange(-6, 30) if waits else -rng.randrange(1, 900)]
            rows.append(
                {
                    "title": f"回访客户 {number}", "assignee_id": person,
                    "giver_id": person if number % 5 else users[rng.randrange(len(users))],
                    "state": "accepted" if waits else "closed", "open": waits, "priority": "normal", "source": "hand",
                    "due_at": due, "timed": False, "company_id": companies[rng.randrange(len(companies))],
                    "kept": False, "href": "", "repeat": "", "repeat_every": 1, "repeat_after": "done", "put_off": 0,
                    "done_at": None if waits else due, "created_at": now, "updated_at": now, "version": 1,
                }
            )  # fmt: skip
        with engine.begin() as connection:
            connection.execute(insert(table), rows)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        assert connection.scalar(select(func.count()).select_from(table)) == count
    engine.dispose()


def more_people(url: str, count: int) -> list[int]:
    """Make colleagues in the department of the clerk `sales` and in others; give the ids of all clerks."""
    from sqlalchemy import insert, select, text

    from core.auth.models import Group, Membership, User
    from core.db import make_engine

    engine = make_engine(url)
    with engine.begin() as connection:
        departments = list(connection.scalars(text("SELECT id FROM core_department ORDER BY id")))
        staff = connection.scalar(select(Group.id).where(Group.name == "staff"))
        have = list(connection.scalars(select(User.id).where(User.username.like("bench%"))))
        for number in range(len(have), count):
            made = {"username": f"bench{number}", "name": f"员工{number}"}
            made |= {"department_id": departments[number % len(departments)]}
            key = connection.execute(insert(User).values(made).returning(User.id)).scalar_one()
            connection.execute(insert(Membership).values(user_id=key, group_id=staff))
            have.append(key)
        connection.execute(text("UPDATE core_state_version SET version = version + 1 WHERE name = 'rights'"))
        known = ("sales", "sales2", "desk", "desk2", "chief")
        have += list(connection.scalars(select(User.id).where(User.username.in_(known))))
    engine.dispose()
    return have


PAGES = {
    "today": "/tasks?view=today", "overdue": "/tasks?view=overdue", "week": "/tasks?view=week",
    "mine": "/tasks?view=mine", "given": "/tasks?view=given", "closed": "/tasks?view=closed", "all_i_see": "/tasks",
    "card": "/cards/core.tasks", "quick": "/tasks/quick",
}  # fmt: skip
CHIEF = {"department": "/tasks?view=department", "department_all": "/tasks", "board": "/tasks/board"}
BOSS = {
    "everything": "/tasks",
    "unassigned": "/tasks?view=nobody",
    "board_of_all": "/tasks/board",
    "schedule_of_all": "/calendar?whose=all",
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    home = options.home or Path(tempfile.mkdtemp(prefix="zhike-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    env = environment(home, options.database_url)
    loaded = load(env, COMPANIES)
    url = options.database_url or f"sqlite:///{home / 'zhike.db'}"
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    fill(url, options.tasks, more_people(url, PEOPLE))
    result: dict[str, Any] = {"tasks": options.tasks, "people": PEOPLE, "database": url.split(":")[0]}
    passwords = {one["name"]: one["password"] for one in loaded["accounts"]}
    with served(env) as (port, _process, _cold):
        for name, pages in (("sales", PAGES), ("chief", CHIEF), ("boss", BOSS)):
            client = Client(port)
            client.sign_in(name, passwords[name])
            for what, address in pages.items():
                result[what] = milliseconds(page(client, [address]))
            if name == "boss":
                following = "/tasks"
                for _page in range(50):
                    following = next_page(client, following) or following
                result["page_50"] = milliseconds(page(client, [following]))
                first = loaded["ids"]["companies"]
                result["of_a_customer"] = milliseconds(
                    page(client, [f"/companies/{first + n}/tasks" for n in range(30)])
                )
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
