"""What the register prints, through the print page that its lists lead to."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select

from core.clock import local_today
from core.customers.models import Address, Bar, Company, Contact

pytestmark = pytest.mark.usefixtures("app")


def signed_in(people, browser_of, group):
    return browser_of(people.user("printer", [group]))


def test_the_list_leads_to_the_print_page_with_its_conditions(people, browser_of, company_of):
    company_of("成都甲酒业有限公司", address="人民南路1号", postcode="610041", city="成都市")
    company_of("成都乙酒业有限公司", city="成都市")
    browser = signed_in(people, browser_of, "decision_maker")
    text = browser.get("/companies?q=甲").text
    address = re.search(r'href="(/print\?[^"]+)"', text)
    assert address is not None
    page = browser.get(address[1].replace("&amp;", "&")).text
    assert "客户名单" in page
    assert "客户地址标签" in page


def test_labels_leave_out_whom_no_post_reaches(people, browser_of, company_of):
    company_of("成都甲酒业有限公司", address="人民南路1号", postcode="610041", city="成都市")
    company_of("成都乙酒业有限公司", city="成都市")
    browser = signed_in(people, browser_of, "decision_maker")
    page = browser.get("/print?resource=companies&template=core.company_label").text
    assert "成都市人民南路1号" in page
    assert "没有地址。" in page


def test_a_label_does_not_name_who_takes_no_post_and_says_so(people, browser_of, company_of, as_system):
    company = company_of(
        "成都甲酒业有限公司", address="人民南路1号", postcode="610041", city="成都市", contacts=["王建平"]
    )
    with as_system() as session:
        person = session.scalars(select(Contact)).one()
        session.get_one(Company, company.id).primary_contact_id = person.id
    browser = signed_in(people, browser_of, "decision_maker")
    assert "王建平 收" in browser.get("/print?resource=companies&template=core.company_label").text
    with as_system() as session:
        bar = {"channel": "post", "reason": "名片上注明不收", "set_on": local_today()}
        session.add(Bar(company_id=company.id, contact_id=person.id, **bar))
    page = browser.get("/print?resource=companies&template=core.company_label").text
    assert "成都市人民南路1号" in page
    assert "王建平 收" not in page
    assert "未印王建平，本人不收邮寄：名片上注明不收" in page


@pytest.mark.parametrize(
    ("days", "text"), [((-1, 1), "新桥路9号"), ((1, None), "人民南路1号"), ((-9, -1), "人民南路1号")]
)
def test_a_label_bears_the_address_that_counts_today(people, browser_of, company_of, as_system, days, text):
    company = company_of("成都甲酒业有限公司", address="人民南路1号", postcode="610041", city="成都市")
    first, last = (None if n is None else local_today() + dt.timedelta(days=n) for n in days)
    with as_system() as session:
        dated = Address(kind="delivery", text="新桥路9号", postcode="644000", valid_from=first, valid_to=last)
        dated.company_id = company.id
        session.add(dated)
    browser = signed_in(people, browser_of, "decision_maker")
    assert text in browser.get("/print?resource=companies&template=core.company_label").text


def test_who_may_not_print_is_told_so(people, browser_of):
    clerk = people.user("clerk", ["decision_maker"])
    people.grant(clerk, "core:company:print", "none")
    text = browser_of(clerk).get("/companies").text
    assert "你无权打印这个列表" in text
    assert "/print?resource=companies" not in text
