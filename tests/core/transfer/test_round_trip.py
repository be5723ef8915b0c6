"""What was exported is imported again: columns and records are recognised, and nothing changes that nobody changed."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from itertools import pairwise

import pytest
from flask_babel import force_locale
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.auth.models import User
from core.columns import LunarDay
from core.customers.data.divisions import divisions
from core.customers.imports.words import words_of
from core.customers.models import (
    Address,
    Alias,
    Bar,
    Company,
    CompanyBrand,
    CompanyCategory,
    CompanyIndustry,
    Consent,
    Contact,
    CreditRating,
    Email,
    Need,
    OwnerChange,
    Phone,
)
from core.customers.queries.barring import current_consents
from core.customers.services.index import index_company
from core.db import Base, work
from core.formulas import bare, guarded
from core.listing.cli import everything
from core.listing.export import exportable, write_file
from core.listing.state import ListState
from core.overlay import overlay
from core.tags.models import Tag, Tagging
from core.tags.services import shared_tag
from core.transfer.models import ImportRow
from core.transfer.places import place_of
from core.transfer.reasons import say_all
from core.transfer.values import folded, split_words

LANGUAGES = ("zh_CN", "en")
NUMBERS = ["028-85550142", "13900000142", "+1 212-555-0100", "400-820-8820", "010-62345678-12", "62345678"]
DAY = dt.date(2026, 1, 2)
PLACES = [one for one in divisions() if one.level == "district" and not one.special_zone][::97]


POSTED = {
    "delivery": {"recipient": "王建平（收发室）", "valid_from": DAY},
    "warehouse": {"valid_from": DAY, "valid_to": dt.date(2026, 6, 30)},
    "factory": {"recipient": "李敏", "valid_to": DAY},
    "home": {"recipient": "家人", "valid_from": DAY, "valid_to": dt.date(2099, 1, 1)},
}


def posted(row):
    return row.recipient or "", str(row.valid_from), str(row.valid_to)


def exported(app, path, plural, locale, kind="csv", encoding="utf-8", names=None):
    """Write an export of everything, and give its headings."""
    zhike = app.extensions["zhike"]
    with work(zhike.database, reason="test") as unit, app.app_context(), force_locale(locale), path.open("w+b") as out:
        resource = place_of(unit.session).resource(plural)
        access = everything(zhike, resource)
        fields = exportable(resource, access, unit.session)
        chosen = names or [one.name for one in fields]
        write_file(out, unit.session, resource, access, ListState(), chosen, kind=kind, encoding=encoding, whole=True)
        return [str(one.title) for one in fields if one.name in chosen]


def rows_of(imports):
    """Give all rows of the tables of customers and what belongs to them."""

    def look(session):
        found = {}
        for table in Base.metadata.sorted_tables:
            if table.name.startswith(("core_company", "core_contact", "core_phone", "core_email", "core_address")) or (
                table.name in ("core_consent", "core_need", "core_tagging", "core_search_doc")
            ):
                key = table.c.id if "id" in table.c else next(iter(table.primary_key))
                found[table.name] = [tuple(row) for row in session.connection().execute(select(table).order_by(key))]
        return found

    return imports.ask(look)


def codes(session, dictionary):
    return [code for code, _title in overlay().choices(session, dictionary)]


TEXTS = st.one_of(
    # U+FFFD stands for a character that was lost: an import refuses it, and says so
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cs", "Co", "Cn", "Cc"), exclude_characters="\ufffd"),
        max_size=40,
    ),
    st.sampled_from(
        [
            "=1+1",
            "'=1+1",
            "-",
            "无",
            "@甲",
            "  两个  空格 ",
            "+86",
            "＝全角",
            "第一行\n\n - 第二行",
            "\t=x",
            "''-a",
            "0",
            "12",
        ]
    ),
)
NAMES = st.sampled_from(["川江源", "豫中", "锦绣", "O'Neil", "A&B", "=商", "甲、乙", "丽 江"])


def company(draw, session, number):
    """Draw a customer with everything that hangs on him."""
    place = draw(st.one_of(st.none(), st.sampled_from(PLACES)))
    one = lambda name: draw(st.one_of(st.none(), st.sampled_from(codes(session, name))))  # noqa: E731
    several = lambda name: draw(st.lists(st.sampled_from(codes(session, name)), unique=True, max_size=3))  # noqa: E731
    text = lambda most: draw(st.one_of(st.none(), TEXTS.map(lambda value: value[:most].strip() or None)))  # noqa: E731
    made = Company(
        name=f"{draw(NAMES)}{number}食品有限公司", short_name=text(100), legal_representative=text(60),
        website=draw(st.sampled_from([None, "https://example.com/a?b=1", "www.example.com"])),
        country=draw(st.sampled_from(["CN", "TW", "HK", "KR", "US", "GB"])), address=text(300),
        postcode=draw(st.sampled_from([None, "610041"])), area_code=draw(st.sampled_from([None, "028"])),
        ownership=one("ownership"), company_type=one("company_type"), scale=one("scale"),
        sales_channels=several("sales_channel"), target_regions=several("target_region"), roles=several("company_role"),
        industry_position=one("industry_position"), capital_band=one("capital_band"),
        registered_capital=draw(st.sampled_from([None, Decimal("1234567.80"), Decimal("0.05")])),
        headcount_band=one("headcount_band"), headcount=draw(st.sampled_from([None, 0, 12345])),
        founded_on=draw(st.sampled_from([None, dt.date(1998, 5, 4)])), general_manager=text(60), sales_head=text(60),
        publicity_head=text(60), introduction=text(400), agencies=text(400), projects=text(400), results=text(400),
        honours=text(400), assets=draw(st.sampled_from([None, Decimal("99999999.99")])),
        debts=draw(st.sampled_from([None, Decimal("-12.00")])), collector=text(60), source=one("source"),
        standing=draw(st.sampled_from(codes(session, "standing"))), remark=text(400), review_state="reviewed",
        source_note=text(200),
    )  # fmt: skip
    if place is not None:
        made.province, made.city, made.district = place.province, place.city, place.district
        made.division_code = draw(st.sampled_from([None, place.code]))
    session.add(made)
    session.flush()
    for code in several("industry"):
        session.add(CompanyIndustry(company_id=made.id, code=code))
    for code in several("product_category"):
        session.add(CompanyCategory(company_id=made.id, code=code))
    for brand in draw(st.lists(st.sampled_from(["川味", "K&B", "=牌"]), unique=True, max_size=2)):
        session.add(CompanyBrand(company_id=made.id, name=brand))
    session.add(Alias(company_id=made.id, kind="former", name=f"旧名{number}厂"))
    for kind in draw(st.lists(st.sampled_from(codes(session, "need")), max_size=3)):
        days = draw(st.sampled_from([(DAY, None), (DAY, dt.date(2026, 1, 3)), (dt.date(2030, 1, 1), None)]))
        session.add(Need(company_id=made.id, kind=kind, text=text(400), noted_on=days[0], valid_until=days[1]))
    if draw(st.booleans()):
        made.credit_rating, made.credit_valid_until = one("credit_rating"), draw(st.sampled_from([None, DAY]))
        made.credit_limit = draw(st.sampled_from([None, Decimal("0.00"), Decimal("50000.05")]))
    made.branch_kind = one("branch_kind")
    made.owner_id = draw(st.sampled_from([None, *session.scalars(select(User.id))]))
    reach(draw, session, made.id, None)
    for name in draw(st.lists(st.sampled_from(["重点 客户", "VIP", "-老"]), unique=True, max_size=2)):
        tag = shared_tag(session, name)
        session.add(Tagging(tag_id=tag, entity="company", record_id=made.id))
    session.flush()
    index_company(session, made)
    return made


def reach(draw, session, company_id, contact_id):
    whose = {"company_id": company_id, "contact_id": contact_id}
    for place, number in enumerate(draw(st.lists(st.sampled_from(NUMBERS), unique=True, max_size=3))):
        kind = draw(st.sampled_from(["office", "fax", "private"]))
        session.add(Phone(**whose, kind="mobile" if number.startswith("139") else kind, number=number, position=place))
    for place, address in enumerate(
        draw(st.lists(st.sampled_from(["a@example.com", "B.c@Example.com"]), max_size=2, unique=True))
    ):
        session.add(Email(**whose, kind="office", address=address, position=place))
    for text in draw(st.lists(st.sampled_from(["成都市武侯区人民南路四段12号", "=路 1号"]), max_size=2, unique=True)):
        dates = draw(st.sampled_from([{}, {"valid_from": DAY}, {"valid_from": DAY, "valid_to": dt.date(2026, 6, 30)},
                                      {"valid_to": DAY}]))  # fmt: skip
        who = draw(st.sampled_from([None, "王建平（销售部）", "李敏"]))
        session.add(Address(**whose, **dates, kind=draw(st.sampled_from(["office", "home"])), text=text, recipient=who))


BIRTHS = [
    {"birth_date": day, "birth_lunar": lunar}
    for day, lunar in ((None, False), (None, True), (dt.date(1968, 8, 15), False), (LunarDay(1990, 2, 30), True))
]


def contact(draw, session, of, number):
    """Draw a contact with everything."""
    one = lambda name: draw(st.one_of(st.none(), st.sampled_from(codes(session, name))))  # noqa: E731
    text = lambda most: draw(st.one_of(st.none(), TEXTS.map(lambda value: value[:most].strip() or None)))  # noqa: E731
    made = Contact(
        company_id=of.id, name=draw(st.sampled_from(["王建平", "李 敏", "O'Brien", "=张", "阿·不都"])) + str(number),
        gender=one("gender"), age=draw(st.sampled_from([None, 40])), position=one("position"), position_title=text(60),
        department=text(60), salutation=one("salutation"), postcode=draw(st.sampled_from([None, "610041"])),
        introduction=text(300), change_note=text(300), ethnicity=text(30), remark=text(300),
        invalid=draw(st.booleans()), **draw(st.sampled_from(BIRTHS)),
        education=one("education"), major=text(60), habits=text(300),
        hobbies=text(300), income=draw(st.sampled_from([None, Decimal("5000.50")])), income_note=text(200),
        social_relations=text(300), career=text(300), family=one("family"), character=one("character"),
        review_state="reviewed",
    )  # fmt: skip
    session.add(made)
    session.flush()
    reach(draw, session, of.id, made.id)
    for name in draw(st.lists(st.sampled_from(["重点 客户", "VIP", "-老"]), unique=True, max_size=2)):
        session.add(Tagging(tag_id=shared_tag(session, name), entity="contact", record_id=made.id))
    if draw(st.booleans()):
        for channel in draw(st.lists(st.sampled_from(["call", "sms", "all"]), unique=True, max_size=2)):
            session.add(Bar(company_id=of.id, contact_id=made.id, channel=channel, reason="本人要求", set_on=DAY))
            made.do_not_contact = made.do_not_contact or channel == "all"
        for given in draw(st.lists(st.booleans(), max_size=2)):
            said = {"channel": "mail", "purpose": "fair", "way": "talk", "wording": draw(TEXTS).strip() or "同意"}
            session.add(Consent(company_id=of.id, contact_id=made.id, given=given, stated_on=DAY, **said))
            session.flush()
    made.qualities = draw(st.dictionaries(st.sampled_from(codes(session, "quality")), st.integers(1, 5), max_size=2))
    return made


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("locale", LANGUAGES)
@given(data=st.data())
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_what_nobody_changed_stays_as_it_is(app, imports, as_system, test_database, tmp_path, locale, kind, data):
    test_database.reset(app)
    with as_system() as session:
        colleagues(session)
        firms = []
        for number in range(data.draw(st.integers(1, 4))):
            made = company(data.draw, session, number)
            made.parent_id = data.draw(st.sampled_from([None, *(one.id for one in firms)]))
            firms.append(made)
            people = [contact(data.draw, session, made, n) for n in range(data.draw(st.integers(0, 3)))]
            if people:
                made.primary_contact_id = people[0].id
    before = rows_of(imports)
    for plural in ("companies", "contacts"):
        path = tmp_path / f"{plural}.{kind}"
        exported(app, path, plural, locale, kind)
        for existing in ("overwrite", "fill"):
            batch = imports.run(path, resource=plural, existing=existing)
            why = imports.ask(lambda s, batch=batch: reasons(s, batch))
            assert {name for name, count in batch.counts.items() if count} <= {"unchanged"}, (plural, why)
    assert rows_of(imports) == before


def colleagues(session):
    session.add_all([User(username="li.min", name="李敏"), User(username="wang", name="王建平"),
                     User(username="wang2", name="王建平")])  # fmt: skip
    session.flush()


def reasons(session, batch):
    rows = session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id))
    return [(row.outcome, row.detail, say_all((row.detail or {}).get("errors", ()), {})) for row in rows]


@given(text=st.text(st.sampled_from("'=+-@＝ \t\n甲a1"), max_size=8))
def test_the_guard_against_formulas_is_taken_off_again(text):
    assert bare(guarded(text)) == text
    assert not guarded(text).lstrip().startswith(("=", "+", "-", "@", "＝"))


@pytest.mark.parametrize("locale", LANGUAGES)
def test_an_export_is_found_again_by_its_numbers_though_names_were_corrected(app, imports, as_system, tmp_path, locale):
    with as_system() as session:
        one = Company(name="川江源食品有限公司", city="成都市", remark="旧")
        session.add_all([one, Company(name="豫中调味有限公司", city="郑州市")])
        session.flush()
        number = one.code
    path = tmp_path / "out.csv"
    headings = exported(app, path, "companies", locale, names=["name", "code", "city", "remark"])
    lines = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    mine = next(line for line in lines if line[headings[1]] == number)
    mine |= {headings[0]: "川江源食品（集团）有限公司", headings[3]: "新"}
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, lines[0].keys())
        writer.writeheader()
        writer.writerows(lines)
    batch = imports.run(path)
    assert {name: count for name, count in batch.counts.items() if count} == {"updated": 1, "unchanged": 1}
    assert imports.ask(lambda s: s.scalar(select(Company.name).where(Company.code == number))).startswith(
        "川江源食品（集"
    )
    mine[headings[0]] = "北京同仁堂药店"
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, lines[0].keys())
        writer.writeheader()
        writer.writerow(mine)
    batch = imports.run(path)
    assert {name: count for name, count in batch.counts.items() if count} == {"review": 1}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_entry_of_every_list_is_read_back_from_an_export(app, locale):
    with work(app.extensions["zhike"].database, reason="test") as unit, app.app_context(), force_locale(locale):
        for name in ("industry", "product_category", "sales_channel", "target_region", "company_role", "position"):
            words = words_of(unit.session, name)
            entries = [(code, str(title)) for code, title in overlay().choices(unit.session, name)]
            for (code, title), (other, its) in pairwise([*entries, entries[0]]):
                read = [words.get(folded(one).lower()) for one in split_words(f"{title}、{its}", words)]
                assert read == [code, other], (name, title, its)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_contact_comes_whole_out_of_an_export_into_another_register(
    app, imports, as_system, test_database, tmp_path, locale, kind
):
    with as_system() as session:
        firm = Company(name="川江源食品有限公司", city="成都市")
        session.add(firm)
        session.flush()
        one = Contact(company_id=firm.id, name="王建平", qualities={"honesty": 4, "credit": 5}, birth_lunar=True,
                      birth_date=LunarDay(1990, 2, 30))  # fmt: skip
        session.add(one)
        session.flush()
        whose = {"company_id": firm.id, "contact_id": one.id}
        numbers = [("mobile", "13900000142"), ("mobile", "13900000143"), ("office", "028-85550142-8"),
                   ("fax", "028-85550143"), ("hotline", "400-820-8820"), ("other", "028-85550144"),
                   ("private", "028-85550777"), ("private", "13900000777")]  # fmt: skip
        session.add_all(Phone(**whose, kind=k, number=n, position=place) for place, (k, n) in enumerate(numbers))
        mails = [("office", "a@example.com"), ("office", "b@example.com"), ("private", "c@example.com")]
        session.add_all(Email(**whose, kind=k, address=a, position=place) for place, (k, a) in enumerate(mails))
        places = [("delivery", "成都市武侯区人民南路四段12号"), ("factory", "绵阳市涪城区二环路2号"),
                  ("home", "成都市锦江区一环路1号")]  # fmt: skip
        session.add_all(Address(**whose, kind=k, text=t, **POSTED[k]) for k, t in places)
        session.add(Tagging(tag_id=shared_tag(session, "重点 客户"), entity="contact", record_id=one.id))
        wish(session, one)
    path = tmp_path / f"out.{kind}"
    headings = exported(app, path, "contacts", locale, kind)
    assert len(set(headings)) == len(headings)
    before = person(imports)
    test_database.reset(app)
    batch = imports.run(path, resource="contacts", missing="create")
    assert {name: count for name, count in batch.counts.items() if count} == {"created": 1}
    assert person(imports) == before
    again = imports.run(path, resource="contacts")
    assert {name: count for name, count in again.counts.items() if count} == {"unchanged": 1}
    imports.undo(batch)
    assert imports.ask(lambda s: [one for table in (Bar, Consent, Contact) for one in s.scalars(select(table))]) == []


def wish(session, one):
    """Let a contact ask for this and that and agree to some."""
    whose, day = {"company_id": one.company_id, "contact_id": one.id}, dt.date(2026, 1, 2)
    session.add(Bar(**whose, channel="call", reason="本人要求：勿打 (一)", set_on=day))
    session.add(Bar(**whose, channel="post", reason="退件", set_on=day))
    said = {**whose, "way": "paper", "stated_on": day}
    session.add(
        Consent(**said, channel="sms", purpose="fair", given=True, wording="同意 · 接收\n展会", evidence="第 3 页")
    )
    session.add(Consent(**said, channel="mail", purpose="journals", given=True, wording="同意"))
    session.flush()
    session.add(Consent(**said | {"stated_on": dt.date(2026, 3, 4)}, channel="mail", purpose="journals", given=False))
    session.flush()
    for row, sms in ((session.scalars(select(Phone).where(Phone.number == "13900000143")).one(), True),
                     (session.scalars(select(Email).where(Email.address == "b@example.com")).one(), None),
                     (session.scalars(select(Address).where(Address.kind == "factory")).one(), None)):  # fmt: skip
        row.do_not_use, row.do_not_use_reason, row.do_not_use_on = sms is None, "本人 要求", day
        if sms:
            row.do_not_sms = True


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_company_comes_whole_out_of_an_export_into_another_register(
    app, imports, as_system, test_database, tmp_path, locale, kind
):
    with as_system() as session:
        firm = Company(
            name="川江源食品有限公司", short_name="川江源", country="CN", province="四川省", city="成都市",
            district="武侯区", division_code="510107", address="人民南路四段10号", postcode="610041", area_code="028",
            website="www.example.com", legal_representative="王建平", standing="key", roles=["partner"], scale="large",
            registered_capital=Decimal("1234567.80"), headcount=120, founded_on=dt.date(1998, 5, 4),
            remark="第一行\n第二行", introduction="酱油、醋", assets=Decimal("99999999.99"), debts=Decimal("12.00"),
            collector="李敏", source_note="名片", branch_kind="office", credit_rating="aa",
            credit_limit=Decimal("50000.50"), credit_valid_until=dt.date(2026, 12, 31),
        )  # fmt: skip
        colleagues(session)
        firm.owner_id = session.scalar(select(User.id).where(User.username == "li.min"))
        session.add(firm)
        session.flush()
        above = Company(name="西南糖酒集团有限公司", city="重庆市")
        session.add(above)
        session.flush()
        firm.parent_id = above.id
        session.add_all([
            Need(company_id=firm.id, kind="fair", text="春季：标摊两个\n角位↵B 馆", noted_on=DAY, valid_until=None),
            Need(company_id=firm.id, kind="fair", text="（2019年）老客户", noted_on=dt.date(2019, 3, 1),
                 valid_until=dt.date(2019, 6, 1)),
            Need(company_id=firm.id, kind="advertising", noted_on=DAY, valid_until=dt.date(2099, 1, 1)),
        ])  # fmt: skip
        one = Contact(company_id=firm.id, name="王建平")
        session.add(one)
        session.flush()
        firm.primary_contact_id = one.id
        session.add(Phone(company_id=firm.id, contact_id=one.id, kind="office", number="028-85559999"))
        numbers = [("other", "028-85550100"), ("office", "028-85550142-8"), ("office", "028-85550142-9"),
                   ("office", "028-85550143"), ("fax", "028-85550143"), ("fax", "028-85550144"),
                   ("hotline", "400-820-8820"), ("mobile", "13900000142"), ("mobile", "13900000143"),
                   ("private", "028-85550777"), ("private", "13900000777"), ("office", "+1 212-555-0100")]  # fmt: skip
        session.add_all(Phone(company_id=firm.id, kind=k, number=n, position=at) for at, (k, n) in enumerate(numbers))
        mails = [("office", "a@example.com"), ("office", "b@example.com"), ("private", "c@example.com")]
        session.add_all(Email(company_id=firm.id, kind=k, address=a, position=at) for at, (k, a) in enumerate(mails))
        places = [("delivery", "成都市武侯区人民南路四段12号"), ("warehouse", "绵阳市涪城区二环路2号"),
                  ("home", "成都市锦江区一环路1号")]  # fmt: skip
        session.add_all(Address(company_id=firm.id, kind=k, text=t, **POSTED[k]) for k, t in places)
        names = [("former", "成都酱园厂"), ("former", "成都市酱园"), ("alias", "川江源商行"), ("short", "川江"),
                 ("english", "Chuanjiang Foods Co., Ltd.")]  # fmt: skip
        session.add_all(Alias(company_id=firm.id, kind=k, name=n) for k, n in names)
        session.add_all([CompanyBrand(company_id=firm.id, name="川味"),
                         CompanyBrand(company_id=firm.id, name="锦绣", agent=True)])  # fmt: skip
        session.add(CompanyIndustry(company_id=firm.id, code=codes(session, "industry")[1]))
        session.add(Tagging(tag_id=shared_tag(session, "重点 客户"), entity="company", record_id=firm.id))
    path = tmp_path / f"out.{kind}"
    headings = exported(app, path, "companies", locale, kind)
    assert len(set(headings)) == len(headings)
    before = house(imports)
    test_database.reset(app)
    with as_system() as session:
        colleagues(session)
    foretold = imports.check(path)
    assert foretold.checks["targets"] == {}
    batch = imports.run(path)
    why = imports.ask(lambda s: reasons(s, batch))
    assert {name: count for name, count in batch.counts.items() if count} == {"created": 2}, why
    assert house(imports) == before
    history = imports.ask(
        lambda s: (
            s.scalars(select(CreditRating)).one().limit,
            s.scalars(select(OwnerChange)).one().after_id is not None,
        )
    )
    assert history == (Decimal("50000.50"), True)
    again = imports.run(path)
    assert {name: count for name, count in again.counts.items() if count} == {"unchanged": 2}
    assert house(imports) == before
    imports.undo(batch)
    for model in (Address, Need, CreditRating, OwnerChange, Company):
        assert imports.ask(lambda s, model=model: s.scalars(select(model)).all()) == []


def house(imports):
    apart = {"id", "code", "version", "created_at", "updated_at", "import_batch_id", "source", "reviewed_at",
             "primary_contact_id", "review_state", "entered_by_id", "parent_id", "owner_id", "claimed_at"}  # fmt: skip

    def look(session):
        one = session.scalars(select(Company).where(Company.branch_kind.is_not(None))).one()
        needs = sorted((row.kind, row.text or "", row.noted_on, str(row.valid_until)) for row in one.needs)
        columns = {c.name: getattr(one, c.name) for c in Company.__table__.columns if c.name not in apart}
        of_house = lambda rows: [row for row in rows if row.contact_id is None]  # noqa: E731
        tags = session.scalars(select(Tag.name).join(Tagging).where(Tagging.record_id == one.id))
        return (
            columns, sorted(tags), one.primary_contact.name, one.parent.name, one.owner.name, needs,
            sorted((row.kind, row.number, row.digits, row.extension or "") for row in of_house(one.phones)),
            sorted((row.kind, row.address) for row in of_house(one.emails)),
            sorted((row.kind, row.text, row.place_key or 0, *posted(row)) for row in of_house(one.addresses)),
            sorted((row.kind, row.name) for row in one.aliases),
            sorted((row.name, row.agent) for row in one.brands), [row.code for row in one.industries],
        )  # fmt: skip

    return imports.ask(look)


def test_a_number_that_an_export_masked_is_left_as_it_is(app, imports, as_system, tmp_path):
    with as_system() as session:
        firm = Company(name="川江源食品有限公司", city="成都市")
        session.add(firm)
        session.flush()
        one = Contact(company_id=firm.id, name="王建平")
        session.add(one)
        session.flush()
        session.add(Phone(company_id=firm.id, contact_id=one.id, kind="mobile", number="13900000142"))
    path = tmp_path / "masked.csv"
    numbers = "手机 139****0142；办公电话 028-85550142"
    row = f"王建平,川江源食品有限公司,139****0142,{numbers},销售部"
    path.write_text(f"姓名,公司名称,手机,全部号码,部门\n{row}\n", encoding="utf-8")
    batch = imports.run(path, resource="contacts", existing="fill")
    assert {name: count for name, count in batch.counts.items() if count} == {"updated": 1}
    assert person(imports)[5] == [("mobile", "13900000142"), ("office", "028-85550142")]


def person(imports):
    def look(session):
        one = session.scalars(select(Contact)).one()
        tags = session.scalars(select(Tag.name).join(Tagging).where(Tagging.record_id == one.id))
        return (
            one.name, one.qualities, one.birth_date, one.birth_lunar, sorted(tags),
            sorted((row.kind, row.number) for row in one.phones),
            sorted((row.kind, row.address) for row in one.emails),
            sorted((row.kind, row.text, *posted(row)) for row in one.addresses), one.do_not_contact,
            sorted((row.channel, row.reason, row.set_on) for row in session.scalars(select(Bar))),
            sorted((row.channel, row.purpose, row.given, row.wording, row.way, row.stated_on, row.evidence)
                   for row in current_consents(session.scalars(select(Consent).order_by(Consent.id.desc())))),
            sorted((row.do_not_use, str(getattr(row, "do_not_sms", "")), row.do_not_use_reason or "",
                    str(row.do_not_use_on or "")) for row in (*one.phones, *one.emails, *one.addresses)
                   if row.do_not_use or getattr(row, "do_not_sms", False)),
        )  # fmt: skip

    return imports.ask(look)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_contact_is_found_by_his_number_whatever_he_and_his_house_are_called_by_now(
    app, imports, as_system, tmp_path, locale
):
    with as_system() as session:
        firm = Company(name="川江源食品有限公司")
        session.add(firm)
        session.flush()
        people = [Contact(company_id=firm.id, name=name) for name in ("王建平", "李敏", "赵启明", "孙悦", "周海")]
        session.add_all(people)
        session.flush()
        wang, li, zhao, sun, zhou = people
        zhao.deleted_at = sun.deleted_at = zhou.erased_at = dt.datetime.now(dt.UTC)
        sun.merged_into_id = li.id
        firm.name = "川江源食品集团有限公司"
    path = tmp_path / "people.csv"
    number, name, tags = (
        ("联系人编号", "姓名", "标签") if locale == "zh_CN" else ("Contact number", "Full name", "Tags")
    )
    rows = [(wang.code, "王建萍", "VIP"), (sun.code, "李敏", "老友"), (zhao.code, "赵启明", ""),
            (zhou.code, "周海", ""), (li.code, "欧阳长风", ""), ("LX-009999", "某人", "")]  # fmt: skip
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([(number, name, tags), *rows])
    with force_locale(locale), app.app_context():
        foretold = imports.check(path, resource="contacts", existing="overwrite")
        batch = imports.run(path, resource="contacts", existing="overwrite")
    assert foretold.counts == batch.counts
    found = imports.ask(
        lambda s: {
            row.number - 1: (row.outcome, *(e["code"] for e in (row.detail or {}).get("errors", ())))
            for row in s.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id))
        }
    )
    assert found == {1: ("updated",), 2: ("updated",), 3: ("error", "in_bin"), 4: ("error", "erased"), 5: ("review",),
                     6: ("error", "required")}  # fmt: skip

    def look(session):
        rows = session.scalars(select(Tagging))
        return session.get(Contact, wang.id).name, {(row.record_id, session.get(Tag, row.tag_id).name) for row in rows}

    assert imports.ask(look) == ("王建萍", {(wang.id, "VIP"), (li.id, "老友")})
    imports.undo(batch)
    assert imports.ask(look) == ("王建平", set())
