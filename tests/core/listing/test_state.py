"""Reading and writing the state of a list."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.listing.state import OPERATORS, Condition, ListState, from_form, read_state

FIELDS = ("name", "city", "headcount")


def read(query):
    """Read a query string."""
    return read_state(parse_qsl(query, keep_blank_values=True), FIELDS)


def test_values_of_one_field_are_alternatives():
    assert read("city=成都&city=重庆").conditions == (Condition("city", "eq", ("成都", "重庆")),)


def test_in_and_between_take_their_values_with_commas():
    assert read("city__in=a,b&headcount__between=1,9").conditions == (
        Condition("city", "in", ("a", "b")),
        Condition("headcount", "between", ("1", "9")),
    )


def test_a_span_may_be_open_at_one_end():
    assert read("headcount__between=,9").conditions[0].values == ("", "9")


def test_fields_left_empty_in_a_form_say_nothing():
    assert read("q=&city=&headcount__gt=+") == ListState()


@pytest.mark.parametrize(
    "query",
    [
        "town=x",
        "city__like=x",
        "city__=x",
        "__eq=x",
        "headcount__between=1",
        "headcount__between=1,2,3",
        "city__empty=perhaps",
        "city__in=,,",
        "size=7",
        "sort=town",
        "sort=name,city,headcount,-name,town",
        "city=%00",
    ],
)
def test_what_cannot_be_understood_is_told(query):
    state = read(query)
    assert state.problems
    assert all(str(p.text) for p in state.problems)


def test_a_surrogate_is_told():
    assert read_state([("city", "\ud800")], FIELDS).problems


words = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=","), min_size=1, max_size=20)
values = words.map(str.strip).filter(bool)


@st.composite
def states(draw):
    """Make any state that an address can carry."""
    conditions = {}
    for field in draw(st.lists(st.sampled_from(FIELDS), max_size=3)):
        op = draw(st.sampled_from(OPERATORS))
        if op == "empty":
            given_values = (draw(st.sampled_from("01")),)
        elif op == "between":
            given_values = (draw(values), draw(values | st.just("")))
        else:
            given_values = tuple(dict.fromkeys(draw(st.lists(values, min_size=1, max_size=3))))
        conditions[field, op] = Condition(field, op, given_values)
    return ListState(
        q=draw(values | st.just("")),
        view=(view := draw(st.sampled_from(["", "mine", "12"]))),
        edited=bool(view) and draw(st.booleans()),
        conditions=tuple(conditions.values()),
        sort=tuple(draw(st.sampled_from([(), ("name",), ("-city", "name")]))),
        size=draw(st.sampled_from([20, 50, 100])),
        after=draw(st.sampled_from(["", "WzFd"])),
    )


@given(states())
def test_what_is_written_is_read_again(state):
    again = read(state.query(paging=True))
    assert again == state
    assert again.problems == ()


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=6))
def test_any_parameters_are_read_without_an_error(pairs):
    state = read_state(pairs, FIELDS)
    assert read_state(state.pairs(paging=True), FIELDS) == state


def test_the_full_form_becomes_an_address():
    pairs = [("q", "x"), ("op.name", "starts"), ("v.name", "川"), ("op.city", "contains"), ("v.city", "")]
    pairs += [("op.headcount", "between"), ("v.headcount", "1"), ("v.headcount", ""), ("size", "")]
    assert from_form(pairs) == [("q", "x"), ("name__starts", "川"), ("headcount__between", "1,")]


def test_a_ready_choice_becomes_a_condition():
    assert from_form([("set.city", "empty:1"), ("set.name", "")]) == [("city__empty", "1")]
    assert from_form([("set.headcount", "eq:3")]) == [("headcount", "3")]


def test_an_address_without_form_fields_is_left_alone():
    assert from_form([("q", "x"), ("city", "y")]) is None
