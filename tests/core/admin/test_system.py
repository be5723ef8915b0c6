"""The page of the deployment: what it says by itself, and what only when somebody asks it to look."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from flask import Flask

from core.mail.sending import server_of, use_server
from core.testing.harness import Browser, People


@pytest.fixture
def root(people: People, browser_of: Callable[..., Browser]) -> Browser:
    return browser_of(people.user("root", groups=("system_administrator",)))


def row(page: str, name: str) -> str:
    """Give what stands beside a part of the deployment."""
    return page.split(f'<th scope="row">{name}</th>')[1].split("</tr>", maxsplit=1)[0]


def test_the_mail_server_is_asked_when_somebody_presses_check(app: Flask, root: Browser) -> None:
    parts = app.extensions["zhike"]
    _url, folder = server_of(parts.database)
    with socket.socket() as probe:  # a port on which nobody listens
        probe.bind(("127.0.0.1", 0))
        use_server(parts.database, f"smtp://127.0.0.1:{probe.getsockname()[1]}", folder)
        page = root.get("/admin/system").text
        assert 'href="/admin/system?check=1"' in page
        assert "<td>—</td>" in row(page, "邮件"), "nobody asked"
        checked = row(root.get("/admin/system?check=1").text, "邮件")
    assert "连接正常" not in checked
    assert "<td>—</td>" not in checked, "the reason is named"
    use_server(parts.database, None, folder)
    assert "连接正常" in row(root.get("/admin/system?check=1").text, "邮件")


def test_tables_that_lag_behind_are_named_on_request(root: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    lagging = {"journals": ("journals_0001_initial", "journals_0002_more")}
    monkeypatch.setattr("core.migrate.Migrations.pending", lambda self: lagging)
    assert "journals_0002_more" not in root.get("/admin/system").text
    page = root.get("/admin/system?check=1").text
    assert "journals_0001_initial" in page
    assert "journals_0002_more" in page
