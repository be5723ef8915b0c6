"""The palette asks every resource; none of them may fail, whatever was typed."""

from __future__ import annotations

import pytest

from core.desk.queries import find_record_by_number, find_records, find_records_by_code


@pytest.mark.parametrize("text", ["川", "kjj", "0142", "100%_\\", "'"])
def test_every_resource_answers_a_key_word_and_a_number(app, people, as_user, text):
    user = people.user("boss", ("decision_maker",))
    for resource in app.extensions["zhike"].registry.resources():
        with as_user(user) as session:
            assert find_records(session, resource, text, 5) == [], resource.key
            assert find_record_by_number(session, resource, 10**9) == [], resource.key
            assert find_records_by_code(session, resource, "KH-999999") == [], resource.key
