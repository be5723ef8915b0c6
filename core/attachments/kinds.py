"""What may be attached: the kinds of files, and how the content of each is told."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import Refused
from core.i18n import _

HEAD = 4096
UNPACKED = 1 << 30
"""No document of an office holds more than this when unpacked."""
MEMBERS = 20_000
MARKUP = (b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<svg", b"<?xml", b"<iframe", b"<!--")
PICTURES: Mapping[str, str] = {
    "jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "bmp": "BMP", "tif": "TIFF",
    "tiff": "TIFF",
}  # fmt: skip
"""Endings of pictures with what the picture library calls their format."""

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Kind:
    """One kind of file by its ending: the type that browsers are told, the group that people filter by, its check."""

    group: str
    media_type: str
    check: Callable[[BinaryIO], bool]


def starts(*marks: bytes) -> Callable[[BinaryIO], bool]:
    """Make the check of files that begin with one of these bytes."""
    return lambda content: content.read(HEAD).startswith(marks)


def at(offset: int, *marks: bytes) -> Callable[[BinaryIO], bool]:
    """Make the check of files with one of these bytes at a place."""
    return lambda content: content.read(HEAD)[offset:].startswith(marks)


def is_text(content: BinaryIO) -> bool:
    """Tell whether the content is plain text of a known encoding, and no page or drawing in disguise."""
    head = content.read(HEAD)
    bare = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\x00", b"").lower()
    if bare.startswith(MARKUP):
        return False
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return b"\x00" not in head and any(_decodes(head, name) for name in ("utf-8", "gb18030"))


def _decodes(head: bytes, encoding: str) -> bool:
    for cut in range(4):  # the head may end within a character
        try:
            head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def packed(folder: str, mark: str = "[Content_Types].xml") -> Callable[[BinaryIO], bool]:
    """Make the check of office documents: an archive with this folder and mark, of bearable size, without macros."""

    def check(content: BinaryIO) -> bool:
        try:
            with zipfile.ZipFile(content) as archive:
                found = archive.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
            return False
        names = {one.filename for one in found}
        if len(found) > MEMBERS or sum(one.file_size for one in found) > UNPACKED:
            raise Refused(_("it unpacks to more than a document can hold"))
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            raise Refused(_("it holds macros; save it without them"))
        return mark in names and any(name.startswith(folder) for name in names)

    return check


HEIF = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypheif")
OPEN_XML = "application/vnd.openxmlformats-officedocument."
KINDS: Mapping[str, Kind] = {
    "jpg": Kind("picture", "image/jpeg", starts(b"\xff\xd8\xff")),
    "jpeg": Kind("picture", "image/jpeg", starts(b"\xff\xd8\xff")),
    "png": Kind("picture", "image/png", starts(b"\x89PNG\r\n\x1a\n")),
    "gif": Kind("picture", "image/gif", starts(b"GIF87a", b"GIF89a")),
    "webp": Kind("picture", "image/webp", at(8, b"WEBP")),
    "bmp": Kind("picture", "image/bmp", starts(b"BM")),
    "tif": Kind("picture", "image/tiff", starts(b"II*\x00", b"MM\x00*")),
    "tiff": Kind("picture", "image/tiff", starts(b"II*\x00", b"MM\x00*")),
    "heic": Kind("picture", "image/heic", at(4, *HEIF)),
    "heif": Kind("picture", "image/heif", at(4, *HEIF)),
    "psd": Kind("picture", "image/vnd.adobe.photoshop", starts(b"8BPS")),
    "ai": Kind("picture", "application/pdf", starts(b"%PDF-")),
    "pdf": Kind("document", "application/pdf", starts(b"%PDF-")),
    "ofd": Kind("document", "application/ofd", packed("Doc_", "OFD.xml")),
    "docx": Kind("document", OPEN_XML + "wordprocessingml.document", packed("word/")),
    "pptx": Kind("slides", OPEN_XML + "presentationml.presentation", packed("ppt/")),
    "xlsx": Kind("table", OPEN_XML + "spreadsheetml.sheet", packed("xl/")),
    "doc": Kind("document", "application/msword", starts(OLE)),
    "wps": Kind("document", "application/vnd.ms-works", starts(OLE)),
    "ppt": Kind("slides", "application/vnd.ms-powerpoint", starts(OLE)),
    "dps": Kind("slides", "application/vnd.ms-powerpoint", starts(OLE)),
    "xls": Kind("table", "application/vnd.ms-excel", starts(OLE)),
    "et": Kind("table", "application/vnd.ms-excel", starts(OLE)),
    "rtf": Kind("document", "application/rtf", starts(b"{\\rtf")),
    "eml": Kind("document", "message/rfc822", is_text),
    "msg": Kind("document", "application/vnd.ms-outlook", starts(OLE)),
    "csv": Kind("table", "text/csv", is_text),
    "txt": Kind("document", "text/plain", is_text),
    "vcf": Kind("document", "text/vcard", is_text),
    "zip": Kind("archive", "application/zip", starts(ZIP, b"PK\x05\x06")),
    "rar": Kind("archive", "application/vnd.rar", starts(b"Rar!\x1a\x07")),
    "7z": Kind("archive", "application/x-7z-compressed", starts(b"7z\xbc\xaf\x27\x1c")),
    "mp3": Kind("recording", "audio/mpeg", starts(b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")),
    "wav": Kind("recording", "audio/wav", at(8, b"WAVE")),
    "amr": Kind("recording", "audio/amr", starts(b"#!AMR")),
    "m4a": Kind("recording", "audio/mp4", at(4, b"ftyp")),
    "mp4": Kind("recording", "video/mp4", at(4, b"ftyp")),
    "mov": Kind("recording", "video/quicktime", at(4, b"ftypqt", b"moov")),
}
"""By ending. What runs in a browser (HTML, SVG, XML) or on a machine is not among them and cannot be added."""

GROUPS = {
    "picture": _("Picture"),
    "document": _("Document"),
    "table": _("Table"),
    "slides": _("Slides"),
    "recording": _("Sound or film"),
    "archive": _("Archive"),
}


def ending_of(name: str) -> str:
    """Give the ending of a file's name, in small letters."""
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""


def kind_of(name: str, allowed: Sequence[str]) -> Kind:
    """Give the kind that a name claims to be. Raises Refused for what may not be attached here."""
    ending = ending_of(name)
    if ending not in KINDS or ending not in allowed:
        shown = "." + ending if ending else _("files without an ending")
        raise Refused(_("%(ending)s may not be attached here", ending=shown))
    return KINDS[ending]


def check_content(path: Path, name: str, allowed: Sequence[str]) -> Kind:
    """Give the kind of a file whose content is what its name says. Raises Refused."""
    kind = kind_of(name, allowed)
    with path.open("rb") as content:
        right = kind.check(content)
    if not right:
        ending = ending_of(name)
        raise Refused(_("the content is not what the ending .%(ending)s says", ending=ending))
    return kind
