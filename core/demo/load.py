"""Fills an empty deployment with invented companies, contacts and accounts; plugins add their own."""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.util
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random  # repeatable on purpose
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from core.auth.models import Department, Group, Membership, User
from core.auth.passwords import hash_password
from core.auth.services.accounts import SAMPLE
from core.clock import local_today
from core.columns import utcnow
from core.customers.models import Company, Contact, Email, Need, Phone
from core.customers.models.search import company_code, reserve_numbers
from core.customers.services.index import Named, index_new
from core.customers.text import name_key, person_sort_key, sort_key
from core.db import transaction
from core.demo.names import company, person
from core.demo.twins import load_twins
from core.errors import Refused
from core.i18n import _
from core.overlay import overlay
from core.registry import AREAS, Registry
from core.state import bump

SCALES = {"small": 400, "medium": 20_000, "large": 100_000}
CHUNK = 2_000
CONTACTS = (1, 1, 2, 2, 2, 3, 3)
STANDINGS = ("prospect", "target", "customer", "regular", "key", "lost", "partner", "competitor")
STANDING_WEIGHTS = (30, 12, 30, 12, 8, 5, 2, 1)
STREETS = ("人民", "解放", "建设", "中山", "滨江", "新华", "文化", "东风", "糖坊", "酿造", "粮仓", "北门")
NEEDS = ("information", "advertising", "fair", "magazine")

DEPARTMENTS = ("总经理办公室", "市场部", "发行部", "会展部", "新闻中心", "综合服务部", "财务部")

ACCOUNTS: tuple[tuple[str, str, str, tuple[str, ...], str, str | None], ...] = (
    ("admin", "陈学敏", "总经理办公室", ("system_administrator",), "系统管理员", None),
    ("boss", "何建国", "总经理办公室", ("decision_maker",), "总经理", None),
    ("chief", "赵启明", "市场部", ("supervisor",), "部门经理", "boss"),
    ("sales", "周岚", "市场部", ("staff",), "广告业务员", "chief"),
    ("sales2", "李放", "市场部", ("staff",), "广告业务员", "chief"),
    ("lead", "王珊", "发行部", ("supervisor",), "部门经理", "boss"),
    ("desk", "李敏", "发行部", ("staff",), "征订专员", "lead"),
    ("desk2", "陈立", "发行部", ("staff",), "征订专员", "lead"),
    ("finance", "孙悦", "财务部", ("finance",), "财务总监", "boss"),
)


@dataclass(frozen=True)
class DemoCompany:
    """A company that plugins may hang their demo rows on."""

    id: int
    name: str
    owner_id: int | None
    address: str
    postcode: str
    contact_ids: tuple[int, ...]
    contact_names: tuple[str, ...]


@dataclass
class Demo:
    """What `load_demo(session, demo)` of an area or plugin gets; it gives the id of one record of each of its kinds."""

    rng: Random
    today: dt.date
    users: dict[str, int]
    companies: list[DemoCompany] = field(default_factory=list)


def load_demo(
    registry: Registry, count: int, seed: int, progress: Callable[[int], None] = lambda done: None
) -> dict[str, Any]:
    """Make accounts, then `count` companies with contacts in chunks, then the plugins' rows.

    Each is a transaction of its own. Returns `{accounts, ids, companies, contacts}`; the passwords are told this once.
    Raises Refused where there are customers.
    """
    with transaction() as session:
        if session.scalar(select(func.count()).select_from(Company)):
            raise Refused(_("There are customers already; demo data goes into an empty deployment only."))
        users, accounts = _accounts(session)
    demo = Demo(rng=Random(seed), today=local_today(), users=users)
    contacts = 0
    for start in range(0, count, CHUNK):
        with transaction() as session:
            contacts += _companies(session, demo, min(CHUNK, count - start))
        progress(min(start + CHUNK, count))
    first = demo.companies[0]
    ids = {"companies": first.id, "contacts": first.contact_ids[0]}
    _add_own(registry, [f"core.{area}" for area in AREAS], ids, demo)
    with transaction() as session:
        load_twins(session, first.id, count, [users[name] for name in ("sales2", "desk", "desk2")])
    _add_own(registry, registry.installed, ids, demo)
    return {"accounts": accounts, "ids": ids, "companies": count, "contacts": contacts}


def _add_own(registry: Registry, names: Sequence[str], ids: dict[str, int], demo: Demo) -> None:
    """Let each area or plugin that has a `demo.py` add its rows, in a transaction of its own."""
    for name in names:
        if name not in registry.modules or name in registry.broken:
            continue
        package = registry.modules[name].__name__.rpartition(".")[0]
        if importlib.util.find_spec(f"{package}.demo") is not None:
            with transaction() as session:
                ids |= importlib.import_module(f"{package}.demo").load_demo(session, demo)


def _accounts(session: Session) -> tuple[dict[str, int], list[dict[str, Any]]]:
    departments: dict[str, Department] = {}
    for title in DEPARTMENTS:
        found = session.scalar(select(Department).where(Department.name == title)) or Department(name=title)
        session.add(found)
        session.flush()
        found.path = f"/{found.id}/"
        departments[title] = found
    groups = {group.name: group.id for group in session.scalars(select(Group))}
    password = f"demo-{secrets.token_hex(4)}"
    hashed = hash_password(password)
    users: dict[str, int] = {}
    accounts = []
    for username, name, department, memberships, position, supervisor in ACCOUNTS:
        user = User(username=username, name=name, password_hash=hashed, position=position, prefs={SAMPLE: True})
        user.department_id = departments[department].id
        user.supervisor_id = users[supervisor] if supervisor else None
        session.add(user)
        session.flush()
        users[username] = user.id
        for group in memberships:
            session.execute(insert(Membership).values(user_id=user.id, group_id=groups[group]))
        told = {"name": username, "password": password, "person": name}
        accounts.append(told | {"groups": list(memberships), "department": department})
    bump(session, "rights")
    return users, accounts


def _companies(session: Session, demo: Demo, count: int) -> int:
    """Make one chunk of companies with all that hangs on them; return the number of contacts."""
    connection = session.connection()
    next_id = (session.scalar(select(func.max(Company.id))) or 0) + 1
    contact_id = (session.scalar(select(func.max(Contact.id))) or 0) + 1
    codes = [company_code(number) for number in reserve_numbers(connection, count)]
    rows: dict[str, list[dict[str, Any]]] = {"company": [], "contact": [], "phone": [], "email": [], "need": []}
    names: list[Named] = []
    industries, categories = [], []
    places = _places(session)
    trades = _trade_codes(session, "industry", INDUSTRIES)
    goods = _trade_codes(session, "product_category", CATEGORIES)
    owners = [demo.users[name] for name in ("sales", "sales2", "desk", "desk2")]
    used: set[str] = set()
    primaries = []
    for offset in range(count):
        rng = demo.rng
        key = next_id + offset
        place = rng.choice(places)
        name, brand, trade = company(rng, place["short"])
        while name in used:
            name, brand, trade = company(rng, place["short"])
        used.add(name)
        row = _company(demo, key, codes[offset], name, brand, place, rng.choice([*owners, None, *owners]))
        rows["company"].append(row)
        industries.append({"company_id": key, "code": rng.choice(trades[trade])})
        categories.append({"company_id": key, "code": rng.choice(goods[trade])})
        rows["phone"].append(_phone(key, None, "office", f"{place['area']}-5555{rng.randrange(10_000):04d}"))
        people = []
        for position in range(rng.choice(CONTACTS)):
            who, gender = person(rng)
            people.append((contact_id, who))
            rows["contact"].append(_contact(demo, contact_id, key, who, gender, position, row))
            mobile = f"1{rng.choice('3589')}{rng.randrange(10)}0000{rng.randrange(10_000):04d}"
            rows["phone"].append(_phone(key, contact_id, "mobile", mobile))
            if rng.random() < 0.5:
                mail = f"c{contact_id}@example.com"
                rows["email"].append(_reach(key, contact_id, "office") | {"address": mail, "address_key": mail})
            names.append(Named(contact_id, [who], True, "contact"))
            contact_id += 1
        rows["need"].extend(_needs(demo, key))
        names.append(
            Named(
                key,
                [name, row["short_name"], brand],
                True,
                places=(place["province"], place["city"], place["district"]),
            )
        )
        primaries.append({"b_id": key, "b_contact": people[0][0]})
        demo.companies.append(
            DemoCompany(
                key, name, row["owner_id"], row["address"], row["postcode"],
                tuple(p[0] for p in people), tuple(p[1] for p in people),
            )
        )  # fmt: skip
    _store(session, rows, industries, categories, primaries)
    for kind in ("company", "contact"):
        index_new(session, [named for named in names if named.resource == kind])
    _restart_numbering(session)
    return len(rows["contact"])


def _store(
    session: Session,
    rows: dict[str, list[dict[str, Any]]],
    industries: list[dict[str, Any]],
    categories: list[dict[str, Any]],
    primaries: list[dict[str, Any]],
) -> None:
    from sqlalchemy import bindparam, update

    from core.customers.models import CompanyCategory, CompanyIndustry

    connection = session.connection()
    models: Sequence[tuple[type[Any], list[dict[str, Any]]]] = (
        (Company, rows["company"]),
        (Contact, rows["contact"]),
        (Phone, rows["phone"]),
        (Email, rows["email"]),
        (Need, rows["need"]),
        (CompanyIndustry, industries),
        (CompanyCategory, categories),
    )
    for model, values in models:
        if values:
            connection.execute(insert(model.__table__), values)
    table: Any = Company.__table__
    statement = update(table).where(table.c.id == bindparam("b_id")).values(primary_contact_id=bindparam("b_contact"))
    connection.execute(statement, primaries)


def _company(
    demo: Demo, key: int, code: str, name: str, brand: str, place: dict[str, str], owner: int | None
) -> dict[str, Any]:
    rng = demo.rng
    now = utcnow() - dt.timedelta(minutes=rng.randrange(60 * 24 * 700))
    reviewed = rng.random() < 0.92
    street = (
        f"{rng.choice('人民解放建设中山滨江新华文化东风')}{rng.choice(('路', '街', '大道'))}{rng.randrange(1, 400)}号"
    )
    return {
        "id": key,
        "code": code,
        "name": name,
        "name_key": name_key(name),
        "sort_key": sort_key(name),
        "short_name": f"{place['short']}{brand}",
        "country": "CN",
        "division_code": place["code"],
        "province": place["province"],
        "city": place["city"],
        "district": place["district"],
        "address": f"{place['city']}{place['district']}{street}",
        "postcode": place["postcode"],
        "area_code": place["area"],
        "ownership": rng.choice(("private", "private", "state", "joint", "collective", "individual")),
        "company_type": rng.choice(("production", "trade", "trade", "service")),
        "scale": rng.choices(("large", "medium", "small"), (1, 3, 6))[0],
        "sales_channels": [],
        "target_regions": [],
        "standing": rng.choices(STANDINGS, STANDING_WEIGHTS)[0],
        "roles": [],
        "owner_id": owner,
        "claimed_at": now if owner else None,
        "entered_by_id": owner or demo.users["desk"],
        "review_state": "reviewed" if reviewed else "submitted",
        "reviewed_by_id": demo.users["chief"] if reviewed else None,
        "reviewed_at": now if reviewed else None,
        "last_contact_on": demo.today - dt.timedelta(days=rng.randrange(200)) if rng.random() < 0.7 else None,
        "created_at": now,
        "updated_at": now,
        "version": 1,
        "custom": {},
    }


def _contact(
    demo: Demo, key: int, company_id: int, name: str, gender: str, position: int, company: dict[str, Any]
) -> dict[str, Any]:
    rng = demo.rng
    born = demo.today - dt.timedelta(days=rng.randrange(365 * 24, 365 * 62))
    return {
        "id": key,
        "company_id": company_id,
        "name": name,
        "name_key": name_key(name),
        "sort_key": person_sort_key(name),
        "gender": gender,
        "position": rng.choice(POSITIONS[min(position, 1)]),
        "birth_date": born if rng.random() < 0.4 else None,
        "birth_lunar": False,
        "birth_leap": False,
        "invalid": False,
        "do_not_contact": False,
        "qualities": {},
        "entered_by_id": company["entered_by_id"],
        "review_state": company["review_state"],
        "reviewed_by_id": company["reviewed_by_id"],
        "reviewed_at": company["reviewed_at"],
        "created_at": company["created_at"],
        "updated_at": company["updated_at"],
        "version": 1,
        "custom": {},
    }


INDUSTRIES = {
    "酒": ("liquor",),
    "糖": ("sugar",),
    "食": ("food",),
    "饮": ("drink",),
    "装": ("package",),
    "商": ("trading",),
    "媒": ("media",),
}
CATEGORIES = {
    "酒": ("baijiu", "wine", "beer"),
    "糖": ("sugar",),
    "食": ("leisure", "staple"),
    "饮": ("drink",),
    "装": ("packing",),
    "商": ("baijiu", "leisure", "staple"),
    "媒": ("service",),
}

POSITIONS = (
    ("chairman", "general_manager", "general_manager"),
    ("marketing_head", "sales_head", "publicity_head", "chief_engineer", "clerk"),
)


def _reach(company_id: int, contact_id: int | None, kind: str) -> dict[str, Any]:
    now = utcnow()
    return {
        "company_id": company_id,
        "contact_id": contact_id,
        "kind": kind,
        "position": 0,
        "invalid": False,
        "do_not_use": False,
        "created_at": now,
        "updated_at": now,
    }


def _phone(company_id: int, contact_id: int | None, kind: str, number: str) -> dict[str, Any]:
    digits = number.replace("-", "")
    return _reach(company_id, contact_id, kind) | {"number": number, "digits": digits, "tail": digits[::-1]}


def _needs(demo: Demo, company_id: int) -> Iterator[dict[str, Any]]:
    rng = demo.rng
    for kind in NEEDS:
        if rng.random() < 0.28:
            noted = demo.today - dt.timedelta(days=rng.randrange(400))
            yield {
                "company_id": company_id,
                "kind": kind,
                "noted_on": noted,
                "valid_until": noted + dt.timedelta(days=rng.choice((90, 180, 365))),
                "created_at": utcnow(),
                "updated_at": utcnow(),
            }


def _places(session: Session) -> list[dict[str, str]]:
    """List districts with their postcodes and area codes, those of the south-west more often."""
    from core.customers.data.divisions import divisions

    cities = {unit.code: unit.short_name for unit in divisions() if unit.level == "city"}
    places = []
    for unit in divisions():
        if unit.level != "district" or not unit.postcode or not unit.area_code or unit.special_zone:
            continue
        place = {
            "code": unit.code, "province": unit.province, "city": unit.city, "district": unit.district,
            "postcode": unit.postcode, "area": unit.area_code,
            "short": cities.get(unit.parent_code, unit.city),
        }  # fmt: skip
        places.extend([place] * (4 if unit.code[:2] in ("51", "50") else 1))
    return places


def _trade_codes(session: Session, dictionary: str, parents: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """List a dictionary's lower entries by the key of the trade whose upper entries hold them."""
    entries = overlay().dictionary(session, dictionary).values()
    return {trade: [c.code for c in entries if c.parent in above] for trade, above in parents.items()}


def _restart_numbering(session: Session) -> None:
    """Let PostgreSQL's own counters go on after the ids that were given by hand."""
    if session.get_bind().dialect.name == "postgresql":
        for model in (Company, Contact):
            table = model.__tablename__
            session.execute(
                select(
                    func.setval(func.pg_get_serial_sequence(table, "id"), select(func.max(model.id)).scalar_subquery())
                )
            )
