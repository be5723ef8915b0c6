"""Pages of journals: subscriptions, the phone desk, dispatch and its labels, for clerk and stranger."""

from __future__ import annotations

import datetime as dt
import html
import io
import json
import re

import pytest
from click.testing import CliRunner
from pypdf import PdfReader
from sqlalchemy import func, select, update

from core.auth.audit import record
from core.auth.models import Audit
from core.clock import local_today
from core.customers.models import Company, Phone
from core.customers.services import bar, index_company
from core.overlay import overlay
from core.printing.models import PrintRun
from plugins.journals.models import Call, DispatchLine, Issue, Publication, Subscription
from plugins.journals.tests import factories

KEY = "k" * 20


@pytest.fixture
def house(as_system, people):
    """Make a clerk, another one, a publication and a customer of each."""
    clerk, other = people.user("clerk"), people.user("other")
    with as_system() as session:
        made = factories.publication(session)
        first = factories.issues(session, made)[0]
        mine = factories.company(session, owner_id=clerk.id)
        theirs = factories.company(session, "眉州腌渍食品厂", owner_id=other.id)
        for one in (mine, theirs):
            index_company(session, one)
        ids = {"publication": made.id, "issue": first.id, "mine": mine.id, "theirs": theirs.id}
    return {"clerk": clerk, "other": other, **ids}


def order(house, **values):
    """Fill the phone desk's form with one line."""
    year = local_today().year + 1
    return {
        "idempotency_key": KEY,
        "company": "成都锦城糖酒商贸有限公司",
        "company_id": str(house["mine"]),
        "recipient": "邓晓梅",
        "address": "成都市锦江区糖坊街 66 号",
        "postcode": "610021",
        "channel": "phone",
        "payment": "none",
        "outcome": "new",
        "publication-0": "tjbyk",
        "edition-0": "白酒版",
        "nature-0": "paid",
        "copies-0": "12",
        "first-0": f"{year}-05",
        "last-0": "12期",
        **values,
    }


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def test_a_whole_order_is_taken_at_the_desk_in_one_go(house, browser_of, as_system):
    browser = browser_of(house["clerk"])
    answer = browser.post("/journals/desk", order(house) | {"then": "next"})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert answer.location.endswith("/journals/desk")
    with as_system() as session:
        made = session.scalars(select(Subscription)).one()
        assert (made.copies, made.issue_count, made.edition, str(made.amount)) == (12, 12, "liquor", "1440.00")
        assert made.deliveries[0].postcode == "610021"
        assert session.scalars(select(Call.outcome)).all() == ["new"]
    page = browser.get("/journals/desk").get_data(as_text=True)
    assert "成都锦城糖酒商贸有限公司" in page


def test_the_same_order_sent_again_makes_one_subscription(house, browser_of, as_system):
    browser = browser_of(house["clerk"])
    for _time in range(3):
        assert browser.post("/journals/desk", order(house)).status_code == 303
    assert browser.post("/journals/desk", order(house, **{"copies-0": "13"})).status_code == 422
    with as_system() as session:
        assert (count(session, Subscription), count(session, Call)) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"company": "", "company_id": ""},
        {"company_id": "999999"},
        {"recipient": ""},
        {"address": ""},
        {"postcode": "61002"},
        {"publication-0": "没有这种刊物"},
        {"copies-0": "x"},
        {"copies-0": "0"},
        {"first-0": "1999-01"},
        {"last-0": "900期"},
        {"outcome": "nothing"},
        {"outcome": "considering"},
        {"outcome": "considering", "next_call_on": "2001-01-01"},
        {"outcome": "cancelled"},
        {"next_call_on": "someday"},
    ],
)
def test_a_wrong_order_saves_nothing_and_keeps_what_was_typed(house, browser_of, as_system, wrong):
    data = order(house) | wrong
    if data["company_id"] == "999999":
        data["company"] = "没有"
    answer = browser_of(house["clerk"]).post("/journals/desk", data)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'role="alert"' in text
    assert "白酒版" in text
    with as_system() as session:
        assert (count(session, Subscription), count(session, Call)) == (0, 0)


def test_an_order_without_a_customer_asks_for_him_alone_and_keeps_the_sums(house, browser_of):
    answer = browser_of(house["clerk"]).post("/journals/desk", order(house, company="", company_id=""))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "单位：请选择客户" in page
    assert "有 1 处要改" in page
    assert "integer" not in page
    assert "应收" in page
    assert re.search(r'id="n-0">[1-9].*id="a-0">[1-9]', page, re.S)


def test_the_desk_finds_a_customer_by_initials_and_prefills_the_order(house, browser_of):
    browser = browser_of(house["clerk"])
    assert "成都锦城糖酒" in browser.get("/journals/desk/customers?q=cdjc").get_data(as_text=True)
    page = browser.get("/journals/desk?q=锦城").get_data(as_text=True)
    assert "糖坊街 66 号" in page
    assert "610021" in page
    assert page.count("data-line=") >= 6
    assert "糖酒半月刊" in browser.get("/journals/desk/publications?q=tj").get_data(as_text=True)
    assert "白酒版" in browser.get("/journals/desk/editions?q=bjb").get_data(as_text=True)
    assert browser.get("/journals/desk?company_id=999999").status_code == 404


def test_the_desk_says_in_red_that_a_customer_must_not_be_called(house, browser_of, as_system):
    browser = browser_of(house["clerk"])
    with as_system() as session:
        customer = session.get(Company, house["mine"])
        session.add(Phone(company=customer, kind="office", number="028-85552290"))
    address = f"/journals/desk?company_id={house['mine']}"
    assert "tel:028" in browser.get(address).text
    with as_system() as session:
        bar(session, session.get(Company, house["mine"]), None, "call", "要求不再来电", by=None)
    page = browser.get(address).text
    assert '<span class="tag bad">不要拨打 · 要求不再来电</span>' in page
    assert "tel:028" not in page


def test_the_sums_follow_what_is_typed(house, browser_of):
    browser = browser_of(house["clerk"])
    lines = {k: v for k, v in order(house).items() if k.endswith("-0")}
    text = browser.get("/journals/desk/sums", query_string=lines | {"publication-1": "没有"}).get_data(as_text=True)
    assert "¥1,440.00" in text
    assert 'id="n-0"' in text
    assert "c-bad" in text


def test_a_colleagues_customer_can_be_called_but_not_subscribed(house, browser_of, as_system):
    browser = browser_of(house["clerk"])
    key = str(house["theirs"])
    assert "同事的客户" in browser.get(f"/journals/desk?company_id={key}").get_data(as_text=True)
    refused = browser.post("/journals/desk", order(house, company="眉州腌渍食品厂", company_id=key))
    assert refused.status_code == 422
    call = {"idempotency_key": "c" * 20, "company": "眉州腌渍食品厂", "company_id": key, "outcome": "no_answer"}
    assert browser.post("/journals/desk", call).status_code == 303
    with as_system() as session:
        assert (count(session, Subscription), count(session, Call)) == (0, 1)


def test_a_subscription_with_several_recipients_is_taken_changed_and_cancelled(house, browser_of, as_system):
    browser = browser_of(house["clerk"])
    form = {
        "idempotency_key": KEY,
        "company_id": str(house["mine"]),
        "first_issue_id": str(house["issue"]),
        "issue_count": "6",
        "copies": "5",
        "nature": "paid",
        "channel": "sales",
        "payment": "none",
        "recipient-0": "邓晓梅",
        "address-0": "成都市锦江区糖坊街 66 号",
        "postcode-0": "610021",
        "copies-0": "2",
        "recipient-4": "何苗",
        "address-4": "重庆市沙坪坝区汉渝路 12 号",
        "postcode-4": "400020",
        "copies-4": "3",
    }
    for name in ("company", "company_id"):
        begun = browser.get(f"/journals/subscriptions/new?{name}={house['mine']}").get_data(as_text=True)
        assert "糖坊街" in begun
    assert browser.post("/journals/subscriptions/new", form | {"copies": "9"}).status_code == 422
    assert browser.post("/journals/subscriptions/new", form | {"postcode-4": "12"}).status_code == 422
    answer = browser.post("/journals/subscriptions/new", form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    page = browser.get(answer.location).get_data(as_text=True)
    assert "汉渝路" in page
    edit = browser.get(f"{answer.location}/edit").get_data(as_text=True)
    version = re.search(r'name="version"[^>]*value="(\d+)"', edit)[1]
    change = {k: v for k, v in form.items() if k not in ("company_id", "first_issue_id")} | {"payment": "full"}
    assert browser.post(f"{answer.location}/edit", change | {"version": version}).status_code == 303
    assert browser.post(f"{answer.location}/edit", change | {"version": version}).status_code == 422
    assert browser.post(f"{answer.location}/cancel", {"cancel_reason": ""}).status_code == 422
    assert browser.post(f"{answer.location}/cancel", {"cancel_reason": "budget"}).status_code == 303
    stranger = browser_of(house["other"])
    assert stranger.get(answer.location).status_code == 404
    assert stranger.post(f"{answer.location}/cancel", {"cancel_reason": "budget"}).status_code == 404
    with as_system() as session:
        made = session.scalars(select(Subscription)).one()
        assert (made.state, made.payment) == ("cancelled", "full")


def test_publications_and_issues_are_kept_by_chiefs_only(house, people, browser_of, as_system):
    chief = browser_of(people.user("chief", groups=("supervisor",)))
    values = {
        "idempotency_key": KEY, "title": "参展指南", "code": "CZZN", "frequency": "quarterly", "price": "20",
        "closing_days": "30", "dispatch_days": "3", "active": "y", "editions": ["food"],
    }  # fmt: skip
    answer = chief.post("/journals/publications/new", values)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert chief.post("/journals/publications/new", values | {"idempotency_key": "other" * 4}).status_code == 422
    year = local_today().year + 1
    assert chief.post(f"{answer.location}/issues", {"year": str(year + 2)}).status_code == 303
    with as_system() as session:
        made = session.scalars(select(Publication).where(Publication.code == "CZZN")).one()
        issue = session.scalars(
            select(Issue).where(Issue.publication_id == made.id).order_by(Issue.number.desc())
        ).first()
        assert issue.cover_date.year == year + 2
        key = issue.id
    page = chief.get(f"/journals/issues/{key}/edit").get_data(as_text=True)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)[1]
    form = {
        "version": version, "label": "年刊", "theme": "秋交会", "cover_date": f"{year + 2}-10-05",
        "closing_date": f"{year + 2}-09-01", "dispatch_date": f"{year + 2}-10-01",
    }  # fmt: skip
    assert chief.post(f"/journals/issues/{key}/edit", form).status_code == 303
    page = chief.get(f"/journals/issues/{key}").get_data(as_text=True)
    assert "秋交会" in page
    assert 'name="of" value="journals/issue"' in page  # files are added
    assert 'name="of" value="journals/publication"' in chief.get(answer.location).get_data(as_text=True)
    clerk = browser_of(house["clerk"])
    assert clerk.get("/journals/publications/new").status_code == 403
    assert clerk.post(f"/journals/issues/{key}/edit", form).status_code == 403


@pytest.fixture
def run(house, browser_of, as_system):
    """Dispatch an issue to five recipients, one of them held."""
    with as_system() as session:
        issue = session.get(Issue, house["issue"])
        shares = [
            factories.recipient(n + 1, recipient=f"收刊人{n}", postcode=code)
            for n, code in enumerate(("644000", "400020", "610021", "401120", ""))
        ]
        customer = session.get(Company, house["theirs"])
        factories.subscription(session, customer, issue, recipients=shares)
    browser = browser_of(house["clerk"])
    answer = browser.post(f"/journals/issues/{house['issue']}/dispatch")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return browser, answer.location


@pytest.mark.parametrize("typed", ["锦城", "cdjc", "number"])
def test_subscriptions_are_found_by_their_customer(house, people, browser_of, as_system, typed):
    with as_system() as session:
        issue = session.get(Issue, house["issue"])
        mine, theirs = (
            factories.subscription(session, session.get(Company, house[which]), issue) for which in ("mine", "theirs")
        )
        wanted, other, number = mine.id, theirs.id, mine.code
    browser = browser_of(people.user("chief", groups=("decision_maker",)))
    found = re.findall(
        r'<tr data-id="(\d+)"', browser.get(f"/journals/subscriptions?q={number if typed == 'number' else typed}").text
    )
    assert str(wanted) in found
    assert str(other) not in found
    assert "data-id=" not in browser_of(house["other"]).get("/journals/subscriptions?q=锦城").text.split("<tbody>")[-1]


def test_each_figure_of_the_workbench_opens_the_list_that_it_counts(run, people, browser_of, as_system):
    browser = browser_of(people.user("chief", groups=("decision_maker",)))
    today = local_today()
    with as_system() as session:
        beyond = (today.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        covers = {one.cover_date: one.id for one in session.scalars(select(Issue))}
        inside = next(key for day, key in sorted(covers.items()) if today.replace(day=1) <= day < beyond)
        session.execute(update(DispatchLine).values(issue_id=inside))
        first = session.scalar(select(func.min(DispatchLine.id)))
        session.execute(update(DispatchLine).where(DispatchLine.id == first).values(issue_id=covers[beyond]))
        for one in session.scalars(select(Subscription)):
            one.starts_on, one.ends_on = today, today
    page = browser.get("/").text
    for title in ("在订份数", "发刊份数"):
        href, value = re.search(
            rf'<a href="([^"]+)"><span class="l">{title}</span><span class="v">([\d,]+)<', page
        ).groups()
        listed = browser.get(html.unescape(href))
        assert listed.status_code == 200
        assert int(value.replace(",", "")) > 0
        foot = listed.text[listed.text.index("<tfoot>") :]
        assert f">{value}<" in foot.split("</tfoot>")[0]


def test_what_cannot_be_made_is_told_where_it_was_asked_for(run, house, people, browser_of):
    browser, _address = run
    issue, publication = f"/journals/issues/{house['issue']}", f"/journals/publications/{house['publication']}"
    again = browser.post(f"{issue}/dispatch")
    assert again.status_code == 422
    assert f'action="{issue}/dispatch"' in again.text
    assert 'class="note bad"' in again.text
    chief = browser_of(people.user("chief", groups=("supervisor",)))
    for year in ("12", "1995"):
        answer = chief.post(f"{publication}/issues", {"year": year})
        assert answer.status_code == 422
        assert f'name="year" inputmode="numeric" value="{year}"' in answer.text
        assert 'class="note bad"' in answer.text
    assert chief.post("/journals/publications/999/issues", {"year": "12"}).status_code == 404


def test_a_run_shows_totals_and_who_is_held(run):
    browser, address = run
    page = browser.get(address).get_data(as_text=True)
    assert "没有有效邮编" in page
    assert "封印完好" in page
    assert browser.get("/journals/runs").status_code == 200
    listed = browser.get("/journals/dispatches").get_data(as_text=True)
    assert listed.count("data-id=") >= 4


def test_who_prints_the_labels_reads_their_addresses_in_the_list(run, house, people, browser_of):
    browser, address = run
    number = address.rsplit("/", 1)[1]
    page = browser.get(f"/journals/dispatches?run_id={number}").text
    assert {code for code in ("644000", "400020", "610021", "401120") if code in page} == {
        "644000", "400020", "610021", "401120"
    }  # fmt: skip
    assert "糖坊街" in page
    line = re.search(r'<tr data-id="(\d+)"', page)[1]
    assert "糖坊街" in browser.get(f"/journals/dispatches/{line}").text
    people.grant(house["clerk"], "journals:dispatch:print", "none")
    for shown in (f"/journals/dispatches?run_id={number}", f"/journals/dispatches/{line}"):
        assert "糖坊街" not in browser.get(shown).text


def labels(run, **more):
    browser, address = run
    number = address.rsplit("/", 1)[1]
    form = {"resource": "journals/dispatches", "template": "journals.labels", "query": f"run_id={number}", **more}
    return browser, form


def test_labels_are_printed_in_order_of_postcode_and_put_on_record(run, as_system):
    browser, form = labels(run, start="3")
    page = browser.get("/print", query_string=form).get_data(as_text=True)
    assert "<svg" in page
    assert page.index("400020") < page.index("401120") < page.index("610021") < page.index("644000")
    answer = browser.post("/print", form)
    assert answer.status_code == 200
    text = PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    assert text.index("400020") < text.index("401120") < text.index("610021") < text.index("644000")
    assert "收刊人1 收" in text
    assert "2 份" in text
    with as_system() as session:
        logged = session.scalars(select(PrintRun)).one()
        assert (logged.row_count, logged.page_count, logged.template) == (4, 1, "journals.labels")
        assert session.scalar(select(func.count(Audit.id)).where(Audit.kind == "print")) == 1
    assert "发刊标签" in browser.get("/print").get_data(as_text=True)


def test_a_part_can_be_left_off_and_other_templates_work(run):
    browser, form = labels(run, parted="1", part=["postcode", "recipient"])
    text = PdfReader(io.BytesIO(browser.post("/print", form).data)).pages[0].extract_text()
    assert "糖坊街" not in text
    for name in ("journals.envelopes", "journals.list"):
        assert browser.get("/print", query_string=form | {"template": name}).status_code == 200
        answer = browser.post("/print", form | {"template": name})
        assert answer.data.startswith(b"%PDF")
    assert browser.get("/print", query_string=form | {"start": "99"}).status_code == 422
    assert browser.post("/print", form | {"start": "x"}).status_code == 422
    assert browser.get("/print", query_string=form | {"template": "nothing"}).status_code == 404
    assert browser.get("/print?resource=nothing").status_code == 404
    assert browser.get("/print", query_string=form | {"query": "nonsense=1"}).status_code == 422


def test_the_limit_of_a_day_stops_at_its_number(run, as_system):
    with as_system() as session:
        overlay().change_setting(session, "journals.label_rows_a_day", 6)
    browser, form = labels(run)
    assert browser.post("/print", form).status_code == 200
    refused = browser.post("/print", form)
    assert refused.status_code == 422
    assert "只剩 2" in refused.get_data(as_text=True)
    with as_system() as session:
        assert count(session, PrintRun) == 1


def test_without_the_right_nothing_is_printed(run, house, people, browser_of):
    _browser, form = labels(run)
    people.grant(house["other"], "journals:dispatch:print", "none")
    reader = browser_of(house["other"])
    page = reader.get("/print", query_string=form)
    assert page.status_code == 200
    assert "644000" not in page.get_data(as_text=True)
    assert reader.post("/print", form).status_code == 403


def test_the_command_prints_what_the_page_prints(run, app, tmp_path, as_system):
    from core.cli import cli

    number = int(run[1].rsplit("/", 1)[1])
    target = tmp_path / "labels.pdf"
    command = [
        "print",
        "journals/dispatches",
        "--template",
        "journals.labels",
        "--query",
        json.dumps({"run_id": number}),
    ]
    done = CliRunner().invoke(cli, [*command, "--out", str(target), "--as", "clerk", "--json"], obj={"app": app})
    assert done.exit_code == 0, done.output
    assert json.loads(done.output.splitlines()[-1])["labels"] == 4
    assert "644000" in PdfReader(target).pages[0].extract_text()
    assert CliRunner().invoke(cli, [*command, "--out", str(target)], obj={"app": app}).exit_code == 0
    with as_system() as session:
        assert session.scalars(select(PrintRun.user_id).order_by(PrintRun.id)).all()[1] is None


def test_later_changes_of_an_address_do_not_change_what_was_sent(run, as_system):
    with as_system() as session:
        made = session.scalars(select(Subscription)).one()
        for delivery in made.deliveries:
            delivery.address = "搬走了"
    with as_system() as session:
        assert all("糖坊街" in line.address for line in session.scalars(select(DispatchLine)))


def test_the_audit_trail_leads_to_what_it_tells_of(house, people, browser_of, as_system):
    chief = people.user("chief", groups=("system_administrator",))
    with as_system() as session:
        record(session, "edit", entity="journals_publication", entity_id=house["publication"], changes={"name": [1, 2]})
    page = browser_of(chief).get("/admin/audit?kind=edit")
    assert page.status_code == 200
    assert f'href="/journals/publications/{house["publication"]}"' in page.text


def test_the_trail_tells_tables_without_a_list_in_words(house, people, browser_of, as_system):
    boss = people.user("boss", ("decision_maker",), name="何建国")
    with as_system() as session:
        called = {"outcome": "no_answer", "next_call_on": dt.date(2026, 12, 4), "called_by_id": house["clerk"].id}
        session.add(Call(company_id=house["mine"], **called))
        session.flush()
        run = {"issue_id": [None, house["issue"]], "copies": [None, 37], "line_count": [None, 12], "seal": [None, "ab"]}
        record(session, "create", entity="journals_dispatch_run", entity_id=1, changes=run)
        held = {"run_id": [None, 1], "recipient": [None, "颜亦桦"], "reason": [None, "postcode"]}
        record(session, "create", entity="journals_held_line", entity_id=1, changes=held)
    page = re.sub(r"<[^>]+>", "", browser_of(boss).get("/admin/audit").text)
    called = ("通话 #1", "处理结果：无人接听", "下次联系：2026-12-04")
    for words in (*called, "发刊批次 #1", "份数：37", "封印：ab", "原因：没有有效邮编"):
        assert words in page, words
    for raw in ("journals_call", "journals_dispatch_run", "journals_held_line", "no_answer", "line_count"):
        assert raw not in page, raw
