"""Places, industries and dictionaries that ship."""

from __future__ import annotations

from flask_babel import force_locale

from core.customers.data import divisions as places
from core.customers.data import industries
from core.customers.dictionaries import DICTIONARIES
from core.overlay import overlay


def test_there_are_34_provinces_and_every_unit_hangs_below_one():
    assert len(places.below()) == 34
    codes = places.divisions_by_code()
    assert all(unit.parent_code in codes for unit in places.divisions() if unit.level != "province")


def test_a_district_knows_its_postcode_and_area_code():
    unit = places.find_division("四川省", "成都市", "锦江区")
    assert unit is not None
    assert (unit.code, unit.level, unit.area_code) == ("510104", "district", "028")
    assert unit.postcode.startswith("610")


def test_places_are_found_by_short_names_and_by_old_ones():
    assert places.find_division("浙江", "杭州") == places.find_division("浙江省", "杭州市")
    moved = places.find_division("广西壮族自治区", "柳州地区", "忻城县")
    assert moved is not None
    assert moved.city == "来宾市"
    assert places.find_division("火星省") is None


def test_the_national_classification_is_whole():
    names = [one.name for one in industries.path("1512")]
    assert names == ["制造业", "酒、饮料和精制茶制造业", "酒的制造", "白酒制造"]
    assert len(industries.below()) == 20
    assert len([code for code in industries.activities() if len(code) == 4]) == 1380


def test_codes_of_a_dictionary_are_unique_and_have_their_parents():
    for dictionary in DICTIONARIES:
        entries = dictionary.load() if dictionary.load else dictionary.entries
        codes = [entry.code for entry in entries]
        assert len(codes) == len(set(codes)), dictionary.name
        assert all(entry.parent in codes for entry in entries if entry.parent), dictionary.name
        assert all(len(code) <= 30 for code in codes), dictionary.name


def test_countries_are_named_in_the_readers_language(app, as_user, people):
    with app.test_request_context(), as_user(people.user("zhou")) as session:
        with force_locale("zh_CN"):
            assert overlay().title(session, "country", "DE") == "德国"
        with force_locale("en"):
            assert overlay().title(session, "country", "DE") == "Germany"
        assert next(iter(overlay().dictionary(session, "country"))) == "CN"


def test_entries_are_shown_in_chinese(app, as_user, people):
    with app.test_request_context(), force_locale("zh_CN"), as_user(people.user("zhou")) as session:
        assert overlay().title(session, "standing", "key") == "重点客户"
        assert overlay().title(session, "industry", "liquor.baijiu") == "白酒制造"
