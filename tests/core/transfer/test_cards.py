"""Address cards as tables: every version, encoding and habit of those who write them."""

from __future__ import annotations

import base64
import quopri

import pytest
from sqlalchemy import func, select

from core.customers.models import Address, Company, Contact, Email, Phone
from core.transfer.tables import Stored, Unreadable
from core.transfer.tables.cards import HEADINGS, read_cards, row_of

CHINESE = """BEGIN:VCARD
VERSION:3.0
FN:罗承业
N:罗;承业;;;
ORG:成都锦城糖酒有限公司;市场部
TITLE:市场总监
TEL;TYPE=CELL,VOICE:13980001234
TEL;TYPE=WORK:028-85552290
item1.TEL;TYPE=WORK,FAX:028-85552291
EMAIL;TYPE=INTERNET,PREF:luo@example.com
ADR;TYPE=WORK:;;糖坊街66号3栋;成都市;四川省;610021;中国
BDAY:1975-03-01
NOTE:糖酒会上认识\\, 爱喝茶\\n第二行
END:VCARD
"""


@pytest.fixture
def rows(tmp_path):
    def read(content):
        source = tmp_path / "cards.vcf"
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        return [{k: v for k, v in row_of(card).items() if v} for card in read_cards(source)]

    return read


def old(name: str, value: str, charset: str) -> bytes:
    """Write a line of vCard 2.1 in quoted-printable, folded as phones do."""
    quoted = quopri.encodestring(value.encode(charset), quotetabs=True).replace(b"\n", b"\r\n")
    return f"{name};CHARSET={charset.upper()};ENCODING=QUOTED-PRINTABLE:".encode() + quoted + b"\r\n"


def test_a_card_is_a_row_with_all_that_it_says(rows):
    assert rows(CHINESE) == [
        {
            "姓名": "罗承业",
            "企业名称": "成都锦城糖酒有限公司",
            "部门": "市场部",
            "职务": "市场总监",
            "手机": "13980001234",
            "办公电话": "028-85552290",
            "传真": "028-85552291",
            "电子邮件": "luo@example.com",
            "国家": "中国",
            "省份": "四川省",
            "城市": "成都市",
            "地址": "四川省成都市糖坊街66号3栋",
            "邮政编码": "610021",
            "生日": "1975-03-01",
            "备注": "糖酒会上认识, 爱喝茶\n第二行",
        }
    ]


@pytest.mark.parametrize("charset", ["gbk", "gb2312", "utf-8"])
def test_cards_of_old_phones_are_read_in_their_encoding(rows, charset):
    company = "成都锦城糖酒副食品批发贸易有限责任公司双流分公司"
    content = (
        b"BEGIN:VCARD\r\nVERSION:2.1\r\n"
        + old("N", "张;三丰", charset)
        + old("ORG", f"{company};销售部", charset)
        + b"TEL;CELL;VOICE:13900001111\r\nTEL;HOME:028-1234567\r\nEND:VCARD\r\n"
    )
    (row,) = rows(content)
    assert (row["姓名"], row["企业名称"], row["部门"]) == ("张三丰", company, "销售部")
    assert (row["手机"], row["家庭电话"]) == ("13900001111", "028-1234567")


def test_a_file_in_gbk_or_utf_16_without_a_word_about_it_is_read(rows):
    for encoding in ("gb18030", "utf-16", "utf-8-sig"):
        assert rows(CHINESE.encode(encoding))[0]["企业名称"] == "成都锦城糖酒有限公司", encoding


def test_version_4_with_its_ways_of_writing_is_read(rows):
    content = (
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ana Doe\r\nORG:Example\r\nGENDER:F\r\nBDAY:19800322\r\n"
        'TEL;VALUE=uri;TYPE="cell,voice":tel:+86-139-0000-1111\r\n'
        "TEL;VALUE=uri;TYPE=work:tel:+86-28-85552290;ext=102\r\nEND:VCARD\r\n"
    )
    (row,) = rows(content)
    assert (row["手机"], row["办公电话"]) == ("+86-139-0000-1111", "+86-28-85552290-102")
    assert (row["生日"], row["性别"]) == ("1980-03-22", "女")


def test_a_line_that_is_folded_within_a_character_is_put_together(rows):
    raw = "FN:成都锦城糖酒有限公司罗承业".encode()
    folded = raw[:10] + b"\r\n " + raw[10:]
    assert rows(b"BEGIN:VCARD\r\nVERSION:3.0\r\n" + folded + b"\r\nEND:VCARD\r\n")[0]["姓名"].endswith("罗承业")


def test_pictures_are_passed_over_and_cards_within_cards_left_out(rows):
    picture = base64.encodebytes(bytes(3_000_000)).replace(b"\n", b"\r\n ").rstrip()
    content = (
        b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN:One\r\nPHOTO;ENCODING=BASE64;JPEG:" + picture + b"\r\n\r\n"
        b"AGENT:\r\nBEGIN:VCARD\r\nFN:Inner\r\nEND:VCARD\r\nTITLE:Chief\r\nEND:VCARD\r\n"
        b"begin:vcard\r\nversion:3.0\r\nfn:Two\r\n"
    )
    assert [(row["姓名"], row.get("职务")) for row in rows(content)] == [("One", "Chief"), ("Two", None)]


def test_who_has_no_name_is_called_by_what_is_known_and_a_firm_is_nobody(rows):
    def one(*lines):
        return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""])

    assert rows(one("EMAIL:jane@example.com"))[0]["姓名"] == "jane"
    assert rows(one("N:Doe;John;;Dr.;"))[0]["姓名"] == "John Doe"
    firm = rows(one("FN:Example Ltd", "ORG:Example Ltd", "TEL:028-85552290"))[0]
    assert "姓名" not in firm
    assert firm["企业名称"] == "Example Ltd"
    assert "生日" not in rows(one("FN:a", "BDAY:--0322"))[0]


@pytest.mark.parametrize("shown", ["小明 王", "小明王", "王小明", "王 小明", ""])
def test_a_chinese_name_stands_family_first_whatever_the_language_of_the_phone(rows, shown):
    (row,) = rows(f"BEGIN:VCARD\nFN:{shown}\nN:王;小明;;;\nEND:VCARD\n")
    assert "".join(row["姓名"].split()) == "王小明"


def test_a_postcode_of_another_country_stays_in_its_address(rows):
    (row,) = rows("BEGIN:VCARD\nFN:John\nADR;TYPE=WORK:;;12 Quai des Chartrons;Bordeaux;;33000;France\nEND:VCARD\n")
    assert (row["地址"], row.get("邮政编码")) == ("12 Quai des Chartrons, Bordeaux, 33000, France", None)


def test_a_file_of_cards_is_a_table_of_the_import(tmp_path):
    source = tmp_path / "名片.vcf"
    source.write_text(CHINESE * 2, encoding="utf-8")
    stored = Stored.keep(source, tmp_path / "kept")
    layout = stored.guess({"姓名", "手机"}.__contains__)
    assert stored.headings(layout) == list(HEADINGS)
    assert [cells[0] for _number, cells in stored.records(layout)] == ["罗承业", "罗承业"]


def test_what_only_begins_like_a_card_is_refused(tmp_path):
    source = tmp_path / "a.vcf"
    source.write_bytes(b"BEGIN:VCARDS\r\nnothing\r\n")
    with pytest.raises(Unreadable):
        Stored.keep(source, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_a_property_without_end_is_refused(tmp_path):
    source = tmp_path / "a.vcf"
    source.write_bytes(b"BEGIN:VCARD\r\nNOTE:" + b"x" * 70 + (b"\r\n " + b"y" * 70) * 20_000 + b"\r\nEND:VCARD\r\n")
    with pytest.raises(Unreadable):
        Stored.keep(source, tmp_path / "kept")


def test_cards_become_contacts_of_found_and_new_customers_and_are_taken_back(imports, tmp_path, as_system):
    with as_system() as session:
        session.add(Company(name="成都锦城糖酒有限公司", city="成都市", review_state="reviewed"))
    path = tmp_path / "名片.vcf"
    other = CHINESE.replace("罗承业", "王珊").replace("成都锦城糖酒有限公司", "锦绣印刷厂")
    path.write_text(CHINESE + other.replace("13980001234", "13980005678"), encoding="utf-8")
    foretold = imports.check(path, resource="contacts", missing="create")
    batch = imports.run(path, resource="contacts", missing="create")
    assert foretold.counts == batch.counts
    assert (batch.count("created"), batch.count("error")) == (2, 0)

    def look(session):
        found = session.scalars(select(Contact).where(Contact.name == "罗承业")).one()
        return (
            found.company.name,
            found.department,
            str(found.birth_date),
            [one.number for one in session.scalars(select(Phone).where(Phone.contact_id == found.id))],
            [one.address for one in session.scalars(select(Email).where(Email.contact_id == found.id))],
            [one.city for one in session.scalars(select(Address).where(Address.contact_id == found.id))],
        )

    company, department, birthday, phones, mails, cities = imports.ask(look)
    assert (company, department, birthday) == ("成都锦城糖酒有限公司", "市场部", "1975-03-01")
    assert set(phones) == {"13980001234", "028-85552290", "028-85552291"}
    assert (mails, cities) == (["luo@example.com"], ["成都市"])
    assert imports.run(path, resource="contacts", missing="create").count("unchanged") == 2
    imports.undo(batch)
    assert imports.ask(lambda s: s.scalar(select(func.count(Contact.id)))) == 0
    assert imports.ask(lambda s: s.scalars(select(Company.name)).all()) == ["成都锦城糖酒有限公司"]


@pytest.mark.parametrize(
    "charset", [b"undefined", b"punycode", b"idna", b"zlib", b"unicode_escape", b"\x00", b"\xff", b"x" * 4000, b""]
)
def test_a_charset_that_is_none_is_passed_over(rows, charset):
    said = "王建平".encode()
    assert rows(b"BEGIN:VCARD\r\nFN;CHARSET=" + charset + b":" + said + b"\r\nEND:VCARD\r\n") == [{"姓名": "王建平"}]


@pytest.mark.parametrize("charset", ["GBK", "gb2312", "Big5", "UTF-8", "utf8", "Shift_JIS", "ISO-8859-1"])
def test_every_charset_of_texts_is_known_by_its_usual_name(rows, charset):
    name = "王" if "8859" not in charset else "Müller"
    assert rows(b"BEGIN:VCARD\r\n" + old("FN", name, charset) + b"END:VCARD\r\n") == [{"姓名": name}]


def test_lines_that_end_as_on_old_computers_are_lines(rows):
    text = "BEGIN:VCARD\rFN:王建平\rTEL;TYPE=CELL:13900000142\rNOTE:" + "长" * 250_000 + "\rEND:VCARD\r"
    found = rows(text * 2)
    assert [(one["姓名"], one["手机"]) for one in found] == [("王建平", "13900000142")] * 2


def test_a_colon_within_quotes_ends_no_parameter(rows):
    address = 'ADR;LABEL="楼上:右;2";TYPE=work:;;糖坊街66号;成都市;四川省;;'
    card = f'BEGIN:VCARD\nFN:王建平\n{address}\nTEL;X="a:1\nEND:VCARD\n'
    assert rows(card)[0]["地址"] == "四川省成都市糖坊街66号"


def test_a_soft_line_that_goes_on_with_a_blank_is_one_word(rows):
    card = b"BEGIN:VCARD\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B=\r\n =E5=BB=BA\r\nEND:VCARD\r\n"
    assert rows(card) == [{"姓名": "王建"}]


def test_of_a_card_without_end_only_the_beginning_is_read(rows):
    card = "BEGIN:VCARD\nFN:王建平\n" + "".join(f"TEL:0285550{n:04d}\n" for n in range(2000)) + "END:VCARD\n"
    assert rows(card)[0]["办公电话"].count("；") < 500
