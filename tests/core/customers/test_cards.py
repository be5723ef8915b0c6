"""Address cards of contacts: as files, and as codes that a phone reads."""

from __future__ import annotations

import contextvars
import datetime as dt
import io
import re
from urllib.parse import unquote

import pytest
from sqlalchemy import select, update

from core.auth.models import Audit
from core.customers.cards import Card, Place, _place, code_of, write_card
from core.customers.models import Address, Company, Contact, Email, Phone
from core.overlay import overlay
from core.transfer.tables.cards import read_cards, row_of


@pytest.fixture
def house(people, as_system):
    boss = people.user("boss", ("decision_maker",))
    clerk = people.user("zhou")
    with as_system() as session:
        company = Company(
            name="成都锦城糖酒有限公司", owner_id=clerk.id, province="四川省", city="成都市", address="糖坊街66号",
            postcode="610021", review_state="reviewed",
        )  # fmt: skip
        session.add(company)
        session.flush()
        made = []
        for name in ("罗承业", "王,强;\r\nTEL:110"):
            one = Contact(company=company, name=name, position_title="市场总监", review_state="reviewed")
            one.birth_date = dt.date(1975, 3, 1)
            one.phones = [
                Phone(company=company, kind="office", number="028-85552290"),
                Phone(company=company, kind="mobile", number="13980001234"),
                Phone(company=company, kind="private", number="028-66667777"),
            ]
            one.emails = [Email(company=company, kind="office", address="luo@example.com")]
            one.addresses = [Address(company=company, kind="home", text="河边路1号")]
            session.add(one)
            session.flush()
            made.append(one.id)
        return {"boss": boss, "clerk": clerk, "company": company.id, "contacts": made}


def read_back(content: bytes, tmp_path):
    source = tmp_path / "back.vcf"
    source.write_bytes(content)
    return [{k: v for k, v in row_of(card).items() if v} for card in read_cards(source)]


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_a_saved_card_says_what_the_contact_says(house, browser_of, tmp_path, version):
    key = house["contacts"][0]
    answer = browser_of(house["boss"]).get(f"/contacts/{key}/card.vcf?version={version}")
    assert answer.headers["Content-Type"] == "text/vcard; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert f"VERSION:{version}\r\n" in answer.text
    assert read_back(answer.data, tmp_path) == [
        {
            "姓名": "罗承业",
            "企业名称": "成都锦城糖酒有限公司",
            "职务": "市场总监",
            "手机": "13980001234",
            "办公电话": "028-85552290",
            "家庭电话": "028-66667777",
            "电子邮件": "luo@example.com",
            "家庭地址": "河边路1号",
            "国家": "中国",
            "省份": "四川省",
            "城市": "成都市",
            "地址": "四川省成都市糖坊街66号",
            "邮政编码": "610021",
            "生日": "1975-03-01",
        }
    ]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("赵小明", "N:赵;小明;;;"),
        ("欧阳修", "N:欧阳;修;;;"),
        ("歐陽修", "N:歐陽;修;;;"),
        ("司马", "N:司马;;;;"),
        ("王　芳", "N:王;芳;;;"),
        ("John Paul O'Neill", "N:O'Neill;John Paul;;;"),
        ("Smith, Jane", "N:Smith;Jane;;;"),
        ("买买提·吐尔逊", "N:买买提·吐尔逊;;;;"),
        ("Madonna", "N:Madonna;;;;"),
        ("王,强;", "N:王\\,强\\;;;;;"),
    ],
)
@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_a_card_holds_family_and_given_name_apart(name, line, version):
    card = Card(1, name, "成都锦城糖酒有限公司")
    lines = write_card(card, version).split("\r\n")
    assert line in lines
    assert lines[3] == "FN:" + name.replace(",", "\\,").replace(";", "\\;")


def test_what_somebody_typed_stays_within_its_line(house, browser_of, tmp_path):
    answer = browser_of(house["boss"]).get(f"/contacts/{house['contacts'][1]}/card.vcf")
    assert "\r\nTEL:110" not in answer.text
    assert all(len(line.encode()) <= 75 for line in answer.text.split("\r\n"))
    (row,) = read_back(answer.data, tmp_path)
    assert "王,强;" in row["姓名"]


def test_a_selection_and_all_of_a_customer_are_saved_counted_and_on_record(house, browser_of, as_system, tmp_path):
    boss = browser_of(house["boss"])
    form = {"query": "", "format": "vcf", "ids": ",".join(map(str, house["contacts"]))}
    answer = boss.post("/contacts/export", form)
    assert answer.headers["Content-Disposition"].endswith(".vcf")
    assert len(read_back(answer.data, tmp_path)) == 2
    assert len(read_back(boss.post("/contacts/export", {"query": "", "format": "vcf4"}).data, tmp_path)) == 2
    assert len(read_back(boss.get(f"/companies/{house['company']}/contacts.vcf").data, tmp_path)) == 2
    with as_system() as session:
        lines = session.scalars(select(Audit).where(Audit.kind == "export").order_by(Audit.id)).all()
        assert [(one.changes["format"], one.changes["rows"]) for one in lines] == [("vcf", 2), ("vcf4", 2), ("vcf", 2)]
        overlay().change_setting(session, "core.export_rows_a_day", 7)
    assert boss.get(f"/contacts/{house['contacts'][0]}/card.vcf").status_code == 200
    page = boss.get(f"/companies/{house['company']}/contacts.vcf")
    assert page.status_code == 422
    assert "要导出 2 行" in page.text
    assert "/allowances/new?quota=core.export_rows_a_day&amp;rows=2&amp;what=" in page.text
    assert "联系人：成都锦城糖酒有限公司" in unquote(page.text)
    assert "download" not in boss.get(f"/contacts/{house['contacts'][0]}/code").text  # else nobody sees why not


def test_asking_for_the_head_of_a_card_counts_no_row(house, browser_of, as_system):
    boss, path = browser_of(house["boss"]), f"/contacts/{house['contacts'][0]}/card.vcf"
    with as_system() as session:
        overlay().change_setting(session, "core.export_rows_a_day", 1)
    for _time in range(3):
        answer = contextvars.Context().run(boss.client.head, path)
        assert (answer.status_code, answer.mimetype, answer.data) == (200, "text/vcard", b"")
    with as_system() as session:
        assert session.scalars(select(Audit).where(Audit.kind == "export")).all() == []
    assert boss.get(path).status_code == 200
    assert boss.get(path).status_code == 422


def test_saving_cards_needs_the_right_to_export(house, browser_of):
    clerk = browser_of(house["clerk"])
    assert clerk.get(f"/contacts/{house['contacts'][0]}/card.vcf").status_code == 403
    assert clerk.get(f"/companies/{house['company']}/contacts.vcf").status_code == 403
    assert "contacts.vcf" not in clerk.get(f"/companies/{house['company']}/contacts").text


def test_a_number_that_must_not_be_used_is_on_no_card(house, browser_of, as_system):
    with as_system() as session:
        session.execute(update(Phone).where(Phone.kind == "mobile").values(do_not_use=True))
        session.execute(update(Contact).where(Contact.id == house["contacts"][0]).values(do_not_contact=True))
    text = browser_of(house["boss"]).get(f"/contacts/{house['contacts'][0]}/card.vcf").text
    assert "13980001234" not in text
    assert "NOTE:不要联系" in text


def scanned(svg: bytes) -> str:
    """Read a code as a phone would: draw it, and look at it."""
    import zxingcpp
    from PIL import Image

    size = int(re.search(rb'viewBox="0 0 (\d+) ', svg)[1])
    picture = Image.new("L", (size, size), 255)
    path = re.search(rb'<path[^>]*class="qrline"[^>]*d="([^"]+)"|<path[^>]*stroke="#000"[^>]*d="([^"]+)"', svg)
    x = y = 0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", (path[1] or path[2]).decode()):
        values = [float(one) for one in numbers.split()]
        if command == "M":
            x, y = values
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            for place in range(int(values[0])):
                picture.putpixel((int(x) + place, int(y)), 0)
            x += values[0]
    (found,) = zxingcpp.read_barcodes(picture.resize((size * 6, size * 6), Image.Resampling.NEAREST))
    return str(found.text)


def test_the_code_of_a_contact_is_read_by_a_phone_and_holds_what_the_viewer_sees(house, browser_of, people):
    key = house["contacts"][0]
    answer = browser_of(house["boss"]).get(f"/contacts/{key}/code.svg")
    assert answer.mimetype == "image/svg+xml"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    text = scanned(answer.data)
    assert "FN:罗承业" in text
    assert "13980001234" in text
    assert "028-66667777" not in text  # looking at private numbers is put on record, a code is not
    assert "BDAY" not in text
    other = people.user("other")
    seen = scanned(browser_of(other).get(f"/contacts/{key}/code.svg").data)
    assert "028-85552290" in seen
    assert "13980001234" not in seen
    page = browser_of(other).get(f"/contacts/{key}/code").text
    assert f"/contacts/{key}/code.svg" in page
    assert "没有手机和私人号码" in page


def test_a_long_card_leaves_out_what_is_needed_least_until_it_can_be_read():
    places = [Place("WORK", "很长的地址" * 100, "成都市", "四川省", "610021", "CN")]
    card = Card(1, "罗承业", "成都锦城糖酒有限公司", phones=[("CELL", "13980001234")], places=places)
    text = scanned(code_of(card).encode())
    assert "13980001234" in text
    assert "很长的地址" not in text
    assert io.StringIO(write_card(card)).readline() == "BEGIN:VCARD\r\n"


def test_what_an_address_says_of_its_place_stands_once_on_a_card(as_system, company_of):
    company = company_of("成都锦城糖酒有限公司", contacts=["罗承业"])
    with as_system() as session:
        held = session.get(Company, company.id)
        held.address, held.province, held.city, held.district = (
            "四川省成都市锦江区红星路1号",
            "四川省",
            "成都市",
            "锦江区",
        )
        session.flush()
        place = _place(session, held, held.address)
    assert (place.province, place.city, place.street, place.country) == ("四川省", "成都市锦江区", "红星路1号", "中国")
