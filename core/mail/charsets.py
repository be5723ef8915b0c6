"""Decodes what e-mails say, whatever charset they name, and also where the name is wrong or missing."""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re

ALIASES = {
    "gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "x-gbk": "gb18030", "cn-gb": "gb18030",
    "gb_2312-80": "gb18030", "hz-gb-2312": "hz", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "korean": "cp949",
    "big5": "big5hkscs", "x-big5": "big5hkscs", "shift_jis": "cp932", "x-sjis": "cp932", "unicode-1-1-utf-7": "utf-7",
    "iso-8859-1": "cp1252", "us-ascii": "ascii", "ansi_x3.4-1968": "ascii", "iso-8859-8-i": "iso-8859-8",
    "unicode": "utf-16", "utf8": "utf-8",
}  # fmt: skip
"""Names that Python lacks or takes too narrowly: programs write gb2312 and mean its successors."""
GUESSES = ("utf-8", "gb18030")
_WORD = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]*)\?=")
_RUN = re.compile(r"=\?[^?\s]{1,40}\?[bBqQ]\?[^?]*\?=(?:\s+=\?[^?\s]{1,40}\?[bBqQ]\?[^?]*\?=)*")


def codec_of(name: str | None) -> str | None:
    """Give the codec for a charset's name; None for one that nobody knows."""
    bare = (name or "").strip().strip("\"'").lower().partition("*")[0]
    wanted = ALIASES.get(bare, bare)
    try:
        return codecs.lookup(wanted).name if wanted else None
    except (LookupError, UnicodeError, ValueError):
        return None


def decoded(raw: bytes, charset: str | None = None) -> str:
    """Decode bytes by the charset that is named, else by what they look like. Never raises."""
    codec = codec_of(charset)
    for one in (codec, *GUESSES):
        if one is None:
            continue
        try:
            return _plain(raw.decode(one))
        except (UnicodeError, LookupError, ValueError):
            continue
    try:
        return _plain(raw.decode(codec or "latin-1", "replace"))
    except (UnicodeError, LookupError, ValueError):
        return _plain(raw.decode("latin-1"))


def _plain(text: str) -> str:
    """Drop what no database keeps: NUL and halves of pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").lstrip("\ufeff")


def raw_text(value: str) -> str:
    """Decode the bytes above ASCII that stand in a header as they are, against the rules."""
    try:
        value.encode("ascii")
    except UnicodeEncodeError:
        return decoded(value.encode("utf-8", "surrogateescape"))
    return value


def words(value: str) -> str:
    """Decode the encoded words of a header. Pieces of one charset are joined first: some cut a character in two."""
    return _RUN.sub(lambda run: _run(run.group(0)), raw_text(value))


def _run(text: str) -> str:
    parts: list[tuple[str, bytes]] = []
    for charset, kind, body in _WORD.findall(text):
        raw = _bytes_of(kind, body)
        if parts and parts[-1][0].lower() == charset.lower():
            parts[-1] = (charset, parts[-1][1] + raw)
        else:
            parts.append((charset, raw))
    return "".join(decoded(raw, charset) for charset, raw in parts)


def _bytes_of(kind: str, body: str) -> bytes:
    raw = body.encode("ascii", "replace")
    if kind in "qQ":
        return quopri.decodestring(raw.replace(b"_", b" "), header=False)
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return b""


def run_tokens(value: str) -> tuple[str, dict[str, str]]:
    """Put plain words in place of encoded ones and of what is not ASCII, so that addresses can be told apart.

    Give the text and what each of these words stands for.
    """
    known: dict[str, str] = {}

    def keep(text: str) -> str:
        token = f"zw{len(known)}x"
        known[token] = text
        return token

    text = _RUN.sub(lambda run: keep(_run(run.group(0))), raw_text(value))
    text = re.sub(r"[^\x00-\x7f]+", lambda found: keep(found.group(0)), text)
    return text, known
