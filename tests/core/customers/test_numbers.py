"""Telephone numbers, e-mail addresses, postcodes and credit codes."""

from __future__ import annotations

import pytest

from core.customers.numbers import check_email, check_postcode, check_uscc, parse_phone, phone_query, split_phones


@pytest.mark.parametrize(
    ("typed", "digits", "shown", "kind"),
    [
        ("138 0000 0142", "13800000142", "13800000142", "mobile"),
        ("+86-138-0000-0142", "13800000142", "13800000142", "mobile"),
        ("013800000142", "13800000142", "13800000142", "mobile"),
        ("（０２８）８５５５２２９０", "02885552290", "028-85552290", "landline"),
        ("86-28-85552290", "02885552290", "028-85552290", "landline"),
        ("0833 555 1234", "08335551234", "0833-5551234", "landline"),
        ("4008101234", "4008101234", "400-810-1234", "hotline"),
        ("12315", "12315", "12315", "short"),
        ("8555-2290", "85552290", "85552290", "local"),
        ("+852 2345 6789", "85223456789", "+852 2345 6789", "foreign"),
        ("00852 2345 6789", "85223456789", "+852 2345 6789", "foreign"),
        ("+852-2345-6789", "85223456789", "+852 2345 6789", "foreign"),
        ("+81-3-5555-0123", "81355550123", "+81 3-5555-0123", "foreign"),
        ("+33 5 56 00 00 00", "33556000000", "+33 5 56 00 00 00", "foreign"),
        ("见名片", "见名片", "见名片", "unknown"),
        ("1.39E+10", "1.39E+10", "1.39E+10", "unknown"),
        ("2.85555E+10", "2.85555E+10", "2.85555E+10", "unknown"),
        ("1.3900000142E+10", "13900000142", "13900000142", "mobile"),
    ],
)
def test_numbers_come_into_one_form(typed, digits, shown, kind):
    parsed = parse_phone(typed)
    assert (parsed.digits, parsed.shown, parsed.kind) == (digits, shown, kind)


@pytest.mark.parametrize(
    "typed", ["028-85552290-801", "028-85552290转801", "(028)85552290 ext. 801", "028-85552290x801"]
)
def test_extensions_are_split_off(typed):
    parsed = parse_phone(typed)
    assert (parsed.digits, parsed.extension, parsed.shown) == ("02885552290", "801", "028-85552290-801")


def test_a_number_abroad_has_its_extension_behind_a_word_and_keeps_it_when_read_again():
    parsed = parse_phone("+852 2345 6789 转 12")
    assert (parsed.digits, parsed.extension, parsed.kind) == ("85223456789", "12", "foreign")
    assert parse_phone(parsed.shown) == parsed


def test_a_number_in_pairs_of_digits_is_one():
    assert split_phones("+33 5 56 00 00 00") == ["+33 5 56 00 00 00"]
    assert split_phones("028-85550142/43；内线 7") == ["028-85550142", "028-85550143"]


def test_a_number_without_area_code_takes_the_one_of_its_place():
    assert parse_phone("85552290", "028").digits == "02885552290"
    assert not parse_phone("85552290").complete


def test_several_numbers_in_one_cell_are_split():
    assert split_phones("028-85551234/85551235、13800000000  13900000000") == [
        "028-85551234",
        "028-85551235",
        "13800000000",
        "13900000000",
    ]
    assert split_phones("028 8555 1234") == ["028 8555 1234"]


def test_only_what_looks_like_a_number_is_searched_as_one():
    assert phone_query("028-8555") == "0288555"
    assert phone_query("0142") == "0142"
    assert phone_query("1919酒类") is None
    assert phone_query("12") is None


def test_a_credit_code_with_a_wrong_check_digit_is_refused():
    assert check_uscc(" 91210504667256055g ") == "91210504667256055G"
    with pytest.raises(ValueError, match="91210504667256055H"):
        check_uscc("91210504667256055H")


def test_postcodes_get_their_lost_zero_back():
    assert check_postcode("10036") == "010036"
    assert check_postcode("６１００００") == "610000"
    with pytest.raises(ValueError, match="6100"):
        check_postcode("6100")


def test_email_addresses_are_checked_without_asking_the_network():
    assert check_email(" wang@example.com ") == "wang@example.com"
    with pytest.raises(ValueError, match="@"):
        check_email("wang.example.com")
