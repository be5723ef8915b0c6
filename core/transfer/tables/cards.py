"""Address cards (vCard 2.1, 3.0, 4.0) as a table: one row for each card, with the headings that contacts go by."""

from __future__ import annotations

import binascii
import codecs
import csv
import functools
import json
import quopri
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.transfer.tables.limits import MAX_CELL, MAX_ROWS, not_a_table, too_large, too_many_rows
from core.transfer.tables.plain import open_bytes, open_text

MARK = b"begin:vcard"
HEADINGS = (
    "姓名", "企业名称", "部门", "职务", "手机", "办公电话", "传真", "家庭电话", "电子邮件", "私人邮箱",
    "国家", "省份", "城市", "地址", "邮政编码", "家庭地址", "网址", "性别", "生日", "备注",
)  # fmt: skip
SKIPPED = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
"""Properties whose content is no text; it is passed over as it comes."""
LONGEST = 1024 * 1024
"""No property that is text is longer."""
MOST = 500
"""So many properties of one card are read."""
HEAD = rb"^(?:[\w-]{1,64}\.)?([\w-]{1,64})"
PROPERTY = re.compile(HEAD + rb"((?:;(?:[^:\"]|\"[^\"]*\")*)?):|" + HEAD + rb"((?:;[^:]*)?):", re.S)
"""A name, its parameters, whose values may stand in quotes, and a colon; a quote without its end counts as a sign."""
CHARSETS = frozenset({
    "ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "gb2312", "gbk", "gb18030", "hz", "big5", "big5hkscs",
    "cp950", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949", "iso8859-1", "iso8859-2", "iso8859-5", "iso8859-9",
    "iso8859-15", "koi8-r", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254",
})  # fmt: skip
"""What a card may say it is written in. Others are no charsets of texts, and some take for ever."""
ESCAPED = re.compile(r"\\(.)", re.S)
MOBILE = re.compile(r"^(?:\+?86)?1[3-9]\d{9}$")
HAN = re.compile(r"[\u3400-\u9fff]")
YEARLESS = ("--", "1604")
"""How a birthday without a year begins; the second is what one maker of phones writes for it."""
HERE = frozenset({"", "中国", "中华人民共和国", "cn", "china", "prc", "people's republic of china"})
"""How cards name the country whose postcodes have six digits."""
BETWEEN = "；"


@dataclass(frozen=True)
class Property:
    """One line of a card: its name, its types in small letters, its value as written, with escapes."""

    name: str
    types: frozenset[str]
    value: str

    @property
    def text(self) -> str:
        """The value as one text."""
        return plain(self.value)

    @property
    def parts(self) -> list[str]:
        """The value as the parts that semicolons divide."""
        return [plain(one) for one in re.split(r"(?<!\\)(?:\\\\)*;", self.value)]


@dataclass
class Card:
    """One card: its properties by name, in their order."""

    properties: dict[str, list[Property]] = field(default_factory=dict)
    size: int = 0

    def add(self, one: Property) -> None:
        """Take a line in."""
        self.size += 1
        self.properties.setdefault(one.name, []).append(one)

    def all(self, name: str) -> list[Property]:
        """Give all lines of a name."""
        return self.properties.get(name, [])

    def text(self, *names: str) -> str:
        """Give the first text that stands under one of the names."""
        return next((one.text for name in names for one in self.all(name) if one.text), "")


def is_cards(start: bytes) -> bool:
    """Tell a file of cards by its first bytes."""
    bare = start.removeprefix(codecs.BOM_UTF8).removeprefix(codecs.BOM_UTF16_LE).removeprefix(codecs.BOM_UTF16_BE)
    return bare.replace(b"\x00", b"").lstrip().lower().startswith(MARK)


def extract_cards(source: Path, folder: Path) -> None:
    """Write the cards of a file as a sheet beside it. Raises Unreadable."""
    target, count = folder / "sheet0.csv", 0
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADINGS)
        for card in read_cards(source):
            count += 1
            if count > MAX_ROWS:
                raise too_many_rows()
            row = row_of(card)
            writer.writerow([row.get(name, "")[:MAX_CELL] for name in HEADINGS])
    if not count:
        raise not_a_table()
    sheets = [{"name": "vCard", "file": target.name, "rows": count + 1}]
    (folder / "sheets.json").write_text(json.dumps(sheets), encoding="utf-8")


def read_cards(source: Path) -> Iterator[Card]:
    """Read the cards of a file one by one. A card within a card (AGENT) and what is no card are left out."""
    card: Card | None = None
    inner, last = 0, ""
    for raw in _properties(_lines(source)):
        found = PROPERTY.match(raw)
        if found is None:
            continue
        name = (found[1] or found[3]).decode("ascii", "replace").upper()
        content = raw[found.end() :].strip().lower() if name in ("BEGIN", "END") else b""
        if content == b"vcard" and name == "BEGIN":
            if card is not None and last == "AGENT":
                inner += 1
            else:
                if card is not None:
                    yield card
                card, inner = Card(), 0
        elif content == b"vcard" and card is not None:
            if inner:
                inner -= 1
            else:
                yield card
                card = None
        elif card is not None and not inner and name not in SKIPPED and card.size < MOST:
            card.add(_read(name, found[2] or found[4] or b"", raw[found.end() :]))
        last = name
    if card is not None:
        yield card


def _lines(source: Path) -> Iterator[bytes]:
    """Read the lines of a file as bytes; of UTF-16 as UTF-8."""
    with open_bytes(source) as content:
        start = content.read(4)
    marked = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if marked or start[1::2] == b"\x00\x00":
        with open_text(source, "utf-16" if marked else "utf-16-le") as text:
            while line := text.readline(LONGEST):
                yield line.encode("utf-8", "replace").rstrip(b"\r\n")
        return
    with open_bytes(source) as content:
        rest = b""
        while raw := content.readline(LONGEST):
            whole = raw.removeprefix(codecs.BOM_UTF8).rstrip(b"\r\n")
            if b"\r" not in whole and not rest:
                yield whole
                continue
            *lines, last = (rest + whole).split(b"\r")  # as old computers ended their lines
            rest = b"" if raw.endswith((b"\n", b"\r")) else last
            yield from lines if rest else (*lines, last)
        if rest:
            yield rest


def _properties(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Put folded lines together: those that go on with a blank, and those of quoted-printable that end with `=`."""
    pieces: list[bytes] = []
    size, soft, skipping = 0, False, False
    for line in lines:
        goes_on = bool(pieces) and (soft or line[:1] in (b" ", b"\t"))
        if not goes_on:
            if pieces:
                yield b"".join(pieces)
            pieces, size = [], 0
            found = PROPERTY.match(line)
            skipping = found is not None and (found[1] or found[3]).decode("ascii", "replace").upper() in SKIPPED
            if not line:
                continue
        piece = line[1:] if goes_on and (not soft or line[:2] in (b" =", b"\t=")) else line
        quoted = b"QUOTED-PRINTABLE" in (pieces[0] if pieces else line).upper()[:200]
        soft = quoted and piece.endswith(b"=")
        if skipping and pieces:
            continue
        size += len(piece)
        if size > LONGEST:
            raise too_large()
        pieces.append(piece[:-1] if soft else piece)
    if pieces:
        yield b"".join(pieces)


def _read(name: str, head: bytes, content: bytes) -> Property:
    types: set[str] = set()
    encoding = charset = ""
    for one in head.decode("ascii", "replace").split(";"):
        key, mark, value = one.strip().partition("=")
        if not mark:
            key, value = ("ENCODING", key) if key.upper() in ("QUOTED-PRINTABLE", "BASE64", "B") else ("TYPE", key)
        value = value.strip('"')
        if key.upper() == "ENCODING":
            encoding = value.upper()
        elif key.upper() == "CHARSET":
            charset = value
        elif key.upper() == "TYPE":
            types.update(part.strip().lower() for part in value.split(",") if part.strip())
    if encoding == "QUOTED-PRINTABLE":
        content = quopri.decodestring(content)
    elif encoding in ("BASE64", "B"):
        try:
            content = binascii.a2b_base64(content)
        except binascii.Error:
            content = b""
    return Property(name, frozenset(types), _decoded(content, charset))


def _decoded(content: bytes, charset: str) -> str:
    for encoding in (_known(charset), "utf-8", "gb18030"):
        try:
            text = content.decode(encoding) if encoding else None
        except UnicodeError:
            continue
        if text is not None:
            return text.replace("\x00", "")
    return content.decode("utf-8", "replace")


@functools.lru_cache(64)
def _known(charset: str) -> str:
    """Give the name of a charset by any of its names; nothing for what is none."""
    try:
        name = codecs.lookup(charset).name if charset.isprintable() else ""
    except LookupError:
        return ""
    return name if name in CHARSETS else ""


def plain(value: str) -> str:
    """Take the escapes out of a value."""
    return ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


# --- as a row


def row_of(card: Card) -> Mapping[str, str]:
    """Give a card as a row by heading."""
    row = {
        "姓名": person_of(card),
        "职务": card.text("TITLE", "ROLE"),
        "网址": card.text("URL"),
        "备注": BETWEEN.join(one.text for one in card.all("NOTE") if one.text),
        "电子邮件": _mails(card, home=False),
        "私人邮箱": _mails(card, home=True),
        "性别": {"M": "男", "F": "女"}.get(card.text("GENDER", "X-GENDER")[:1].upper(), ""),
        "生日": _birthday(card.text("BDAY")),
    }
    units = next((one.parts for one in card.all("ORG")), [])
    row["企业名称"] = units[0] if units else ""
    row["部门"] = " ".join(one for one in units[1:] if one)
    for heading, numbers in _phones(card).items():
        row[heading] = BETWEEN.join(dict.fromkeys(numbers))
    return {**row, **_address(card)}


def person_of(card: Card) -> str:
    """Name the person: as the card shows him, else by family and given name, else by what else is known of him."""
    full = card.text("FN")
    family, given, *_rest = [*next((one.parts for one in card.all("N")), []), "", ""]
    if HAN.search(family) and given and "".join(full.split()) == given + family:
        return family + given  # as phones that are set to English show him
    if full and full != card.text("ORG").replace(";", " ").strip():
        return " ".join(full.split())
    if family or given:
        return f"{family}{given}" if HAN.search(family + given) else f"{given} {family}".strip()
    if card.all("ORG"):
        return ""
    return card.text("NICKNAME") or card.text("EMAIL").partition("@")[0]


def _preferred(found: list[Property]) -> list[Property]:
    return sorted(found, key=lambda one: "pref" not in one.types)


def _phones(card: Card) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in _preferred(card.all("TEL")):
        number = re.sub(r"^tel:", "", one.text, flags=re.I).replace(";ext=", "-")
        if not number:
            continue
        bare = re.sub(r"[^\d+]", "", number)
        if "fax" in one.types:
            heading = "传真" if "home" not in one.types else "家庭电话"
        elif one.types & {"cell", "mobile", "iphone"} or (MOBILE.match(bare) and "home" not in one.types):
            heading = "手机"
        else:
            heading = "家庭电话" if "home" in one.types else "办公电话"
        found.setdefault(heading, []).append(number)
    return found


def _mails(card: Card, *, home: bool) -> str:
    found = [one.text for one in _preferred(card.all("EMAIL")) if one.text and ("home" in one.types) == home]
    return BETWEEN.join(dict.fromkeys(found))


def _address(card: Card) -> Mapping[str, str]:
    """Give the first address of each sort, whole; of the office its parts as well."""
    row: dict[str, str] = {}
    for one in _preferred(card.all("ADR")):
        parts = [" ".join(part.split()) for part in [*one.parts, *[""] * 7][:7]]
        box, extended, street, city, region, postcode, country = parts
        text = " ".join(part for part in (street, extended, box) if part)
        here = country.lower() in HERE
        if HAN.search(text):
            whole = "".join(part for part in (region, city) if part and part not in text) + text
        else:
            state = region if here else f"{region} {postcode}".strip()
            whole = ", ".join(part for part in (text, city, state, country) if part)
        if "home" in one.types:
            row.setdefault("家庭地址", whole)
        elif "地址" not in row:
            row |= {"地址": whole, "城市": city, "省份": region, "国家": country}
            row["邮政编码"] = postcode if here else ""
    return row


def _birthday(text: str) -> str:
    """Give a birthday as a date; one without its year is none."""
    day = text.partition("T")[0].strip()
    if day.startswith(YEARLESS):
        return ""
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if re.fullmatch(r"\d{8}", day) else day
