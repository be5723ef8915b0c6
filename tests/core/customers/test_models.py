"""Tables of the register: keys that follow the name, numbers, merge policies, the schema itself."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.customers.models import Address, Company, Contact, Email, Phone
from core.customers.models.policy import keys_without_policy
from core.db import Base


def test_a_company_takes_its_keys_from_its_name(app, as_system):
    with as_system() as session:
        company = Company(name="重慶（江小白）酒業 有限公司")
        session.add(company)
        session.flush()
        assert company.name_key == "重庆江小白酒业有限公司"
        assert company.sort_key.startswith("chong qing jiang xiao bai")
        company.name = "乐清市糖酒公司"
        assert (company.name_key, company.sort_key[:8]) == ("乐清市糖酒公司", "yue qing")


def test_customer_numbers_rise_and_are_readable(app, as_system):
    with as_system() as session:
        first, second = Company(name="甲"), Company(name="乙")
        session.add(first)
        session.flush()
        session.add(second)
        session.flush()
        assert first.code.startswith("KH-")
        assert int(second.code[3:]) == int(first.code[3:]) + 1
        assert len(first.code) == 9


def test_a_credit_code_belongs_to_one_company(app, as_system):
    with pytest.raises(IntegrityError), as_system() as session:
        session.add_all([Company(name="甲", uscc="91210504667256055G"), Company(name="乙", uscc="91210504667256055G")])


def test_phones_and_emails_are_kept_in_one_form(app, as_system):
    with as_system() as session:
        company = Company(name="成都锦城糖酒有限公司")
        contact = Contact(company=company, name="单小明")
        phone = Phone(company=company, kind="office", number="（028）８５５５ ２２９０转801")
        email = Email(company=company, contact=contact, kind="office", address=" Wang@Example.com ")
        session.add_all([company, contact, phone, email])
        session.flush()
        assert (phone.digits, phone.tail, phone.extension) == ("02885552290", "09225558820", "801")
        assert phone.number == "028-85552290-801"
        assert (email.address, email.address_key) == ("Wang@Example.com", "wang@example.com")
        assert contact.sort_key == "shan xiao ming"


def test_several_codes_are_found_one_by_one(app, as_system):
    with as_system() as session:
        session.add(Company(name="甲", sales_channels=["city", "mall"]))
        session.add(Company(name="乙", sales_channels=["county"]))
        session.flush()
        session.expire_all()
        found = session.scalars(select(Company).where(Company.sales_channels.like("%,mall,%"))).all()
        assert [(c.name, c.sales_channels) for c in found] == [("甲", ["city", "mall"])]


def test_an_address_counts_between_its_dates():
    import datetime as dt

    address = Address(valid_from=dt.date(2026, 1, 1), valid_to=dt.date(2026, 6, 30))
    assert address.valid_on(dt.date(2026, 6, 30))
    assert not address.valid_on(dt.date(2026, 7, 1))
    assert not address.valid_on(dt.date(2025, 12, 31))


def test_every_reference_to_a_customer_declares_its_merge_policy():
    assert keys_without_policy(Base.metadata) == []


def test_a_plugin_whose_reference_has_no_merge_policy_is_broken_and_named(app, monkeypatch):
    from core import app as application
    from core.errors import Misdeclared
    from core.registry import Registry

    registry = Registry()
    monkeypatch.setattr(application, "keys_without_policy", lambda metadata: ["demo_visit.company_id"])
    application._check_merge_policies(registry)
    assert "demo_visit.company_id" in registry.broken["demo"]
    monkeypatch.setattr(application, "keys_without_policy", lambda metadata: ["core_phone.company_id"])
    with pytest.raises(Misdeclared, match="core_phone"):
        application._check_merge_policies(registry)
