"""A served application and signed-in pages of a real browser; a page that complains in its console fails its test."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page
from sqlalchemy import update
from werkzeug.serving import make_server

from core.auth.models import User, WebSession
from core.auth.sessions import COOKIE, new_token, token_hash
from core.db import system_transaction

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium where there is one, else the one that playwright installed."""
    found = os.environ.get("ZHIKE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    own = {"executable_path": found} if found else {}
    return {**browser_type_launch_args, **own, "args": ["--no-sandbox"]}


@dataclass
class Site:
    """The application as it is served."""

    url: str
    app: Flask

    def sign_in(self, user: User) -> str:
        """Sign a user in and return the cookie's token."""
        token = new_token()
        with system_transaction("test", database=self.app.extensions["zhike"].database) as session:
            session.add(WebSession(token_hash=token_hash(token), user_id=user.id))
        return token

    def prefer(self, user: User, **values: Any) -> None:
        """Set a user's language, theme or density."""
        with system_transaction("test", database=self.app.extensions["zhike"].database) as session:
            session.execute(update(User).where(User.id == user.id).values(**values))


@pytest.fixture
def site(app: Flask) -> Iterator[Site]:
    """Serve the application on a free port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.port}", app)
    server.shutdown()
    thread.join()


@pytest.fixture
def open_page(site: Site, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page in which a user has signed in: `open_page(user, "/companies", viewport=PHONE)`."""
    contexts = []
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def opened(user: User | None, address: str, *, viewport: dict[str, int] = DESKTOP, scripts: bool = True) -> Page:
        context = browser.new_context(viewport=viewport, java_script_enabled=scripts)  # type: ignore[arg-type]
        contexts.append(context)
        if user is not None:
            context.add_cookies([{"name": COOKIE, "value": site.sign_in(user), "url": site.url}])
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(site.url + address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def findings() -> Callable[[Page], list[str]]:
    """List the accessibility findings of a page (WCAG 2.0 to 2.2 A and AA, and best practices)."""

    def of(page: Page) -> list[str]:
        answer = Axe().run(page, options={"runOnly": RULES}).response
        return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in answer["violations"]]

    return of
