"""Telephone numbers, e-mail addresses, postcodes and credit codes in one fixed form."""

from __future__ import annotations

import functools
import operator
import re
from dataclasses import dataclass

from core.customers.text import half_width

SPLIT = re.compile(r"[,，、;；/|\n\r\t或和及]+|\s{2,}| (?=[+0-9(]{3,})(?<=[0-9)] )(?=1[3-9]\d{9})")
_EXTENDED = r"(?:\s*(?:转|分机|ext\.?|x|\*|#)\s*\d{1,6})?"
WITHIN = re.compile(
    r"(?<!\d)(?:(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|[48]00[- ]?\d{3}[- ]?\d{4}"
    + _EXTENDED
    + r"|(?:\(?0\d{2,3}\)?[- ]{0,2})?[2-8]\d{6,7}"
    + _EXTENDED
    + r")(?!\d)",
    re.IGNORECASE,
)
"""A number within other words."""
FAX = re.compile(r"传真|电传|fax|(?<![a-z])f\s*[:.]", re.IGNORECASE)
RANGE = re.compile(r"(\d)\s*[~～至]\s*(\d{1,2})$")
BEHIND = re.compile(r"(?:分机号?|转|ext\.?)\s*[:：]?\s*(\d{1,6})", re.IGNORECASE)
SHORT_END = re.compile(r"(\d{7,8}/\d{1,2})\s+(?=\D*\d{5})")
LABEL = re.compile(r"(?<=\d)\s*\([^()\d]*\)\s*$")
"""What a number is, in brackets behind it."""
SCIENTIFIC = re.compile(r"(\d)\.?(\d*)E\+?(\d{1,2})", re.IGNORECASE)
"""How a spreadsheet writes a long figure: 1.39E+10."""
LETTERS = re.compile(r"(?<=\d)[oO](?=[\d-])|(?<![a-zA-Z])[oO](?=\d{2})")
NEIGHBOUR = re.compile(r"(852|853)[- ]?\d{8}|886[- ]\d[- ]?\d{7,8}")
"""Hong Kong, Macao and Taiwan, written without a plus."""
_WORDS, _ENDED = r"转|分机|ext\.?|x|\*|#", r"\s*(\d{1,6})\s*(?:号|分机)?\)?$"
EXTENSION = re.compile(rf"\(?(?:{_WORDS}|-|—|–){_ENDED}", re.IGNORECASE)
FOREIGN_EXTENSION = re.compile(rf"\s*\(?(?:{_WORDS}){_ENDED}", re.IGNORECASE)
"""Abroad a hyphen stands between the groups of a number as well: +81-3-5555-0123."""
MOBILE = re.compile(r"1[3-9]\d{9}")
HOTLINE = re.compile(r"[48]00\d{7}")
LANDLINE = re.compile(r"(0(?:10|2\d)|0[3-9]\d{2})(\d{7,8})")
LOCAL = re.compile(r"[2-8]\d{6,7}")
SHORT = re.compile(r"1\d{2,4}|9\d{4,5}")
SHORTEST = 3
"""Digits of the shortest number; +33 5 56 00 00 00 has no three together."""
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_DIGITS = {character: number for number, character in enumerate(USCC_ALPHABET)}
USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")
POSTCODE = re.compile(r"\d{6}")


@dataclass(frozen=True, slots=True)
class ParsedPhone:
    """A telephone number taken apart. `digits` is what is searched and compared; `shown` is how it is written.

    `kind` is mobile, landline, hotline, short, foreign, local (no area code) or unknown.
    """

    digits: str
    shown: str
    extension: str = ""
    kind: str = "unknown"

    @property
    def complete(self) -> bool:
        """Tell whether the number can be dialled from anywhere."""
        return self.kind not in ("local", "unknown")


@functools.lru_cache(20_000)
def parse_phone(value: str, area_code: str = "") -> ParsedPhone:
    """Read a telephone number as people write it; a number without area code takes `area_code` where one is given."""
    text = LETTERS.sub("0", half_width(value).strip())
    if text.endswith(".0") and text[:-2].isdigit():
        text = text[:-2]  # a figure of a spreadsheet
    if figure := SCIENTIFIC.fullmatch(text):
        whole = figure[1] + figure[2]
        if len(whole) != int(figure[3]) + 1:
            return ParsedPhone(text[:20], text, "", "unknown")  # its last digits are lost
        text = whole
    if NEIGHBOUR.fullmatch(text):
        text = f"+{text}"
    text = LABEL.sub("", text)
    if re.match(r"(?:\+|00)(?!0|86)", text):
        return _foreign(text)
    body, extension = _split_extension(text)
    digits = re.sub(r"\D", "", body)
    plain = _without_country(digits)
    if MOBILE.fullmatch(plain):
        return ParsedPhone(plain, plain, extension, "mobile")
    if HOTLINE.fullmatch(plain):
        return _with_extension(plain, f"{plain[:3]}-{plain[3:6]}-{plain[6:]}", extension, "hotline")
    if landline := LANDLINE.fullmatch(plain):
        return _with_extension(plain, f"{landline[1]}-{landline[2]}", extension, "landline")
    if LOCAL.fullmatch(plain):
        if area_code.startswith("0"):
            return _with_extension(area_code + plain, f"{area_code}-{plain}", extension, "landline")
        return _with_extension(plain, plain, extension, "local")
    if SHORT.fullmatch(plain):
        return ParsedPhone(plain, plain, extension, "short")
    return ParsedPhone(digits[:20] or text[:20], text, "", "unknown")


def _split_extension(text: str) -> tuple[str, str]:
    """Cut the extension off; digits behind a hyphen are one only when a whole number stands before them."""
    found = EXTENSION.search(text)
    if found is None:
        return text, ""
    before = _without_country(re.sub(r"\D", "", text[: found.start()]))
    whole = (MOBILE, HOTLINE, LANDLINE, LOCAL)
    if any(pattern.fullmatch(before) for pattern in whole):
        joined = _without_country(re.sub(r"\D", "", text))
        hyphen = text[found.start()] in "-—–"
        if not (hyphen and any(pattern.fullmatch(joined) for pattern in (MOBILE, HOTLINE, LANDLINE))):
            return text[: found.start()], found[1]
    return text, ""


def _without_country(digits: str) -> str:
    for prefix in ("0086", "86"):
        rest = digits.removeprefix(prefix)
        if rest != digits and (MOBILE.fullmatch(rest) or LANDLINE.fullmatch("0" + rest) or LANDLINE.fullmatch(rest)):
            return rest if MOBILE.fullmatch(rest) or rest.startswith("0") else "0" + rest
    if len(digits) == 12 and digits.startswith("01") and MOBILE.fullmatch(digits[1:]):
        return digits[1:]  # a mobile dialled as long distance
    return digits


def _with_extension(digits: str, shown: str, extension: str, kind: str) -> ParsedPhone:
    return ParsedPhone(digits, f"{shown}-{extension}" if extension else shown, extension, kind)


def _foreign(text: str) -> ParsedPhone:
    import phonenumbers

    found = FOREIGN_EXTENSION.search(text)
    extension = found[1] if found else ""
    digits = re.sub(r"\D", "", text[: found.start()] if found else text)
    try:
        number = phonenumbers.parse("+" + digits.removeprefix("00"))
    except phonenumbers.NumberParseException:
        return ParsedPhone(digits[:20], text, extension, "unknown")
    kind = "foreign" if phonenumbers.is_possible_number(number) else "unknown"
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    said = f"{shown} ext. {extension}" if extension else shown
    return ParsedPhone(f"{number.country_code}{number.national_number}", said, extension, kind)


def masked_phone(value: str) -> str:
    """Write a mobile number so that two can be told apart and neither dialled: 139****0142. Others stay as they are."""
    return f"{value[:3]}****{value[-4:]}" if len(value) == 11 and value.startswith("1") else value


def masked_phones(value: str) -> str:
    """Write several numbers so, each with its kind before it: 手机 139****0142；办公 028-85552290."""
    parts = [one.rpartition(" ") for one in value.split("；")]
    return "；".join(f"{kind}{blank}{masked_phone(number)}" for kind, blank, number in parts)


def is_masked_phone(value: str) -> bool:
    """Tell whether a number was written by `masked_phone`."""
    return "****" in value


def split_phones(value: str) -> list[str]:
    """Split a cell that holds several numbers, at commas, strokes, semicolons, wide gaps and words between them.

    What is shortened is written out: 0571-88551234/5 and 0571-88551234～6 (the last figures), 0571-88551234、88551240
    (the area code), 88551234转801、802 (another extension), 88551234，分机801.
    """
    found: list[str] = []
    pieces = SHORT_END.sub(r"\1/", half_width(value))
    for piece in SPLIT.split(pieces):
        part = piece.strip()
        if not re.search(r"\d", part):
            continue
        before = parse_phone(found[-1]) if found else None
        if before is not None and not before.extension and (behind := BEHIND.fullmatch(part)):
            found[-1] = f"{before.shown}-{behind[1]}"
        elif before is not None and (full := _written_out(part, before)):
            found.append(full)
        elif len(re.findall(r"\d", part)) >= SHORTEST:
            found += _apart(part)
    return found if "；" in value else _with_area(found)  # our own exports: each stands as it is


def _written_out(part: str, before: ParsedPhone) -> str:
    """Give the whole number of which a piece holds the end alone; nothing where it is a number itself."""
    if not re.fullmatch(r"\d{1,4}", part) or before.kind not in ("landline", "local", "hotline"):
        return ""
    plain = before.shown.removesuffix(f"-{before.extension}") if before.extension else before.shown
    if before.extension:
        return f"{plain}-{part}" if len(part) == len(before.extension) else ""
    return "" if len(part) == 3 else plain[: -len(part)] + part


def _apart(part: str) -> list[str]:
    """Take apart a piece that holds a range of numbers, or several among other words."""
    if (span := RANGE.search(part)) is not None and (whole := parse_phone(part[: span.end(1)])).complete:
        first, last = int(span[1]), int(span[2][-1])
        if len(span[2]) == 1 and first < last and not whole.extension:
            return [whole.shown[:-1] + str(one) for one in range(first, last + 1)]
    if parse_phone(part).kind != "unknown":
        return [part]
    held = list(WITHIN.finditer(part))
    rest = WITHIN.sub("", part)
    if not held or re.search(r"\d{3}", rest):
        return [part]
    if (
        part[held[0].end() :].lstrip().startswith("(")
    ):  # 028-85550143(电话)028-85550144(传真): what each is stands behind
        ends = [*(one.start() for one in held[1:]), len(part)]
        return [part[one.start() : end].strip() for one, end in zip(held, ends, strict=True)]
    starts = [0, *(one.end() for one in held)]
    return [part[start : one.end()].strip() for start, one in zip(starts, held, strict=False)]


def _with_area(parts: list[str]) -> list[str]:
    """Give numbers without an area code that of the one before them."""
    area, found = "", []
    for part in parts:
        phone = parse_phone(part)
        if phone.kind == "landline":
            area = LANDLINE.fullmatch(phone.digits)[1]  # type: ignore[index]
        elif phone.kind == "local" and area:
            label = "传真 " if is_fax(part) else ""
            found.append(label + parse_phone(part, area).shown)
            continue
        found.append(part)
    return found


def is_fax(part: str) -> bool:
    """Tell whether a number is said to be a fax: 传真 028-85550143."""
    return FAX.search(part) is not None


def phone_query(value: str) -> str | None:
    """Give the digits of something typed when it looks like (a part of) a telephone number, else None."""
    text = half_width(value).strip()
    digits = re.sub(r"\D", "", text)
    if len(digits) < 3 or re.search(r"[^\d\s()+\-—–.转#*]", text):
        return None
    return parse_phone(text).digits


def email_key(value: str) -> str:
    """Give the form in which e-mail addresses are compared."""
    return half_width(value).strip().lower()[:200]


def check_email(value: str) -> str:
    """Give an e-mail address in its normal form. Raises ValueError when it cannot be one."""
    from email_validator import validate_email

    found = validate_email(half_width(value).strip(), check_deliverability=False, globally_deliverable=False)
    return found.normalized


def check_uscc(value: str) -> str:
    """Give a unified social credit code in its normal form. Raises ValueError on a wrong check digit (GB 32100)."""
    code = half_width(value).strip().replace(" ", "").replace("-", "").upper()
    if not USCC.fullmatch(code):
        raise ValueError(value)
    total = sum(map(operator.mul, USCC_WEIGHTS, map(USCC_DIGITS.__getitem__, code)))
    if USCC_ALPHABET[-total % 31] != code[17]:
        raise ValueError(value)
    return code


def check_postcode(value: str) -> str:
    """Give a postcode of six digits, with the leading zero that a spreadsheet took. Raises ValueError."""
    digits = half_width(value).strip().removesuffix(".0")
    if re.fullmatch(r"\d{5}", digits):
        digits = "0" + digits
    if not POSTCODE.fullmatch(digits):
        raise ValueError(value)
    return digits
