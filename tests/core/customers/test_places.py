"""Places within names."""

from __future__ import annotations

import pytest

from core.customers.places import place_words, without_place


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("四川省成都市锦江区锦城糖酒有限公司", "锦城糖酒有限公司"),
        ("成都锦城糖酒有限公司", "锦城糖酒有限公司"),
        ("锦城糖酒有限公司", "锦城糖酒有限公司"),
        ("成都", "成都"),
        ("", ""),
    ],
)
def test_places_are_cut_off_the_beginning(name, core):
    assert without_place(name) == core


def test_a_place_is_known_by_its_long_and_short_names():
    assert place_words("四川省", "成都市", None) == ("四川省", "四川", "成都市", "成都")
    assert "红河" in place_words("云南省", "红河哈尼族彝族自治州", "")
