"""One form sent n times makes one record (promise R10)."""

from __future__ import annotations

import threading

import pytest
from flask import Blueprint, request
from sqlalchemy import func, select

from core.app import create_app
from core.auth.guard import signed_in
from core.auth.models import Department, IdempotencyKey
from core.db import transaction
from core.errors import Refused
from core.testing.harness import Browser
from core.web import go_to, new_key, remember, repeated

TRIES = 100


@pytest.fixture
def desk(app, test_database):
    """Give an application with one creating form, as every creating view is written."""
    blueprint = Blueprint("forms", __name__)

    @blueprint.post("/forms")
    @signed_in
    def create():
        with transaction() as session:
            if (address := repeated(session)) is not None:
                return go_to(address)
            made = Department(name=request.form["name"])
            session.add(made)
            session.flush()
            if made.name == "refused":
                raise Refused("not this one")
            return go_to(remember(session, f"/forms/{made.id}"))

    made = create_app(test_database.config())
    made.register_blueprint(blueprint)
    yield made
    made.extensions["zhike"].database.engine.dispose()


def departments(as_system):
    with as_system() as session:
        return session.scalar(select(func.count()).select_from(Department))


def test_a_form_sent_a_hundred_times_at_once_makes_one_record(desk, people, as_system):
    user, key, answers = people.user("zhou", groups=("system_administrator",)), new_key(), []
    waiting = iter(range(TRIES))
    lock = threading.Lock()

    def send():
        browser = Browser(desk, user)
        while True:
            with lock:
                if next(waiting, None) is None:
                    return
            answers.append(browser.post("/forms", {"name": "市场部", "idempotency_key": key}))

    senders = [threading.Thread(target=send) for _ in range(8)]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    assert len(answers) == TRIES
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert departments(as_system) == 1


def test_the_same_key_with_other_content_is_refused(desk, people, as_system):
    browser, key = Browser(desk, people.user("zhou", groups=("system_administrator",))), new_key()
    assert browser.post("/forms", {"name": "市场部", "idempotency_key": key}).status_code == 303
    assert browser.post("/forms", {"name": "开发部", "idempotency_key": key}).status_code == 422
    assert departments(as_system) == 1


def test_a_refused_save_gives_its_key_back(desk, people, as_system):
    browser, key = Browser(desk, people.user("zhou", groups=("system_administrator",))), new_key()
    assert browser.post("/forms", {"name": "refused", "idempotency_key": key}).status_code == 422
    with as_system() as session:
        assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0
    assert browser.post("/forms", {"name": "市场部", "idempotency_key": key}).status_code == 303
    assert departments(as_system) == 1


def test_a_key_is_its_users_own_and_may_be_long(desk, people, as_system):
    key = "k" * 200
    for name in ("zhou", "wang"):
        browser = Browser(desk, people.user(name, groups=("system_administrator",)))
        assert browser.post("/forms", {"name": name, "idempotency_key": key}).status_code == 303
    assert departments(as_system) == 2
