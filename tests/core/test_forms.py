"""What forms take for an answer."""

from __future__ import annotations

import pytest
from wtforms.validators import InputRequired

from core.forms import BaseForm, DateField, LongField, MoneyField, NumberField, TextField

BLANK = ("", " ", "   ", "\u3000", "\r\n", "\t", "\0", " \0 ")


class Needed(BaseForm):
    """Needs all its fields."""

    text = TextField("Text", [InputRequired("Enter it")])
    long = LongField("Long", [InputRequired("Enter it")])
    day = DateField("Day", [InputRequired("Enter it")])
    amount = MoneyField("Amount", [InputRequired("Enter it")])
    number = NumberField("Number", [InputRequired("Enter it")])


@pytest.mark.parametrize("blank", BLANK)
def test_blanks_alone_are_no_answer(app, blank):
    names = ("text", "long", "day", "amount", "number")
    with app.test_request_context("/", method="POST", data=dict.fromkeys(names, blank)):
        form = Needed()
        assert not form.validate()
        assert {name: form.errors.get(name) for name in names} == {name: ["Enter it"] for name in names}
        assert [form[name].raw_data for name in names] == [[""]] * 5


def test_an_answer_is_one(app):
    sent = {"text": " a ", "long": "b\r\nc", "day": "2026-03-18", "amount": "1,286.5", "number": "3"}
    with app.test_request_context("/", method="POST", data=sent):
        form = Needed()
        assert form.validate(), form.errors
        assert (form.text.data, form.long.data) == ("a", "b\nc")
