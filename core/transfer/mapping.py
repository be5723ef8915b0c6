"""Finds out which column of a file is which field: by its heading, else by what stands in it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.i18n import LOCALES, _, speaking
from core.plugin import Field
from core.transfer.tables.header import folded_heading
from core.transfer.values import unit_in

REFERENCE = "external_id"
REFERENCE_NAMES = (
    "id", "no", "no.", "record id", "record_id", "customer id", "customer_id", "external id", "external_id",
    "customer number", "编号", "客户编号", "客户号", "单位编号", "企业编号", "公司编号", "记录号", "外部编号",
    "名片编号", "客户代码",
)  # fmt: skip
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙"
    "黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔温殷庄施葛洪安颜倪牛章鲁樊兰聂耿焦管左梅柳欧辛祝裴涂柯骆尚申阮纪盛麦湛"
)
REASON = _("Reason of the error")
"""The heading of the column that is put beside rows that were refused."""
SERIAL_NAMES = frozenset({"序号", "行号", "serial", "sn", "no", "#"})
GENERIC = frozenset({"名称", "全称", "单位", "日期", "数量", "金额"})
"""Headings that say what they are of in the words before them: 产品名称 is no name of a customer."""
SNIFFED = {
    "phone": re.compile(
        r"^(\+?86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4}|(\(?0\d{2,3}\)?[- ]?)?[2-9]\d{6,7}([-转 ]\d{1,6})?)$"
    ),
    "email": re.compile(r"^[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}$"),
    "uscc": re.compile(r"^[0-9A-HJ-NP-RTUW-Y]{2}\d{6}[0-9A-HJ-NP-RTUW-Y]{10}$"),
    "date": re.compile(r"^(19|20)\d{2}[-/.年]?\d{1,2}[-/.月]?\d{1,2}日?$"),
    "url": re.compile(r"^(https?://|www\.)\S+$"),
    "postcode": re.compile(r"^\d{6}$"),
    "organisation": re.compile(
        r"^.{2,}(公司|集团|厂|商店|店|商行|超市|批发部|经营部|门市部|中心|合作社|酒楼|宾馆|酒店|协会|学校|大学|学院|医院|局|委员会)"
        r"([(（].*[)）])?$"
    ),
    "address": re.compile(r".*[省市县区].*(路|街|号|巷|镇|乡|村|道|大厦|广场)"),
    "person": re.compile(r"^[\u4e00-\u9fff·]{2,4}$"),
}
TOGETHER = re.compile(r"[/\\、,;|&+＆和及与或\s]+")
MARKED = re.compile(r"[/\\、,;|&+＆]")
HOLDING = {"phone": {"phone"}, "person": {"phone", "position"}, "address": {"postcode", "phone"}}
"""What a column may hold beside what it is called by: kinds or contents, with the kinds that go along."""
FIGURES = frozenset({"money", "int", "number"})
BEFORE = re.compile(
    r"(?:billing|mailing|shipping|business|primary|main|work|office|account|company|contact)(?!(?:id|no|number|code)$)(?=[a-z]{2})"
)
"""What programs put before their English headings: Billing City."""
COUNTED = re.compile(r"[\d一二三四五]|备用|其他|其它")
"""What tells a heading that is there again: 联系人2, 联系人二 姓名, 备用联系人."""
ENOUGH = {"organisation": 0.6, "address": 0.6}
"""What share of the values must look so; 0.8 where nothing is said."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Something that a column can be imported into.

    `sniffed` names the content by which an unknown heading is recognised: phone, email, uscc, date, url. `many` takes
    several columns; what goes into a `kept` one stays with the row of the import. One that may come `again` takes
    several whose headings are counted: 联系人1, 联系人2.
    """

    name: str
    title: Any
    kind: str = "text"
    required: bool = False
    aliases: tuple[str, ...] = ()
    dictionary: str | None = None
    group: Any = ""
    sniffed: str = ""
    many: bool = False
    max_length: int | None = None
    kept: bool = False
    again: bool = False

    @classmethod
    def of(cls, field: Field, **more: Any) -> Target:
        """Make the target of a resource's field."""
        given: dict[str, Any] = {
            "name": field.name,
            "title": field.title,
            "kind": field.kind,
            "required": field.required,
            "aliases": field.aliases,
            "dictionary": field.dictionary,
            "max_length": field.max_length,
        }
        return cls(**(given | more))


def reference_target(headings: Sequence[str] = ()) -> Target:
    """Give the target of a record's id in the file: kept, so that a second import updates."""
    aliases = (*REFERENCE_NAMES, *headings)
    return Target(name=REFERENCE, title=_("Id in the source"), aliases=aliases, max_length=120)


def titles_in_all_languages(titles: Iterable[Any]) -> list[set[str]]:
    """Fold titles as they stand in a file, whichever language it was written in; for each what it may be."""
    wanted = list(titles)
    found: list[set[str]] = [set() for _one in wanted]
    for locale in LOCALES:
        with speaking(locale):
            for place, title in enumerate(wanted):
                found[place].add(folded_heading(str(title)))
    return [one - {""} for one in found]


class Vocabulary:
    """The headings that the targets of one resource go by.

    `others` are the titles of fields that our own files bring and that no column can go into: nothing is guessed there.
    """

    def __init__(self, targets: Sequence[Target], others: Iterable[Any] = ()) -> None:
        self.targets = list(targets)
        self.targets_by_name = {target.name: target for target in self.targets}
        self.by_name: dict[str, str] = {}
        self.by_title: dict[str, str] = {}
        self.titles: dict[str, set[str]] = {}
        for target, titles in zip(
            self.targets, titles_in_all_languages(one.title for one in self.targets), strict=True
        ):
            self.titles[target.name] = titles
            aliases = {folded_heading(str(name)) for name in (target.name, *target.aliases)} - {""}
            for name in titles | aliases:
                self.by_name.setdefault(name, target.name)
            for name in titles:
                self.by_title.setdefault(name, target.name)
        self.chiefs = {target.name for target in self.targets if target.sniffed in ("person", "address")}
        self.chief = next((target.name for target in self.targets if target.required), "")
        self.others = set().union(*titles_in_all_languages(others)) - self.by_name.keys()

    def knows(self, heading: str) -> bool:
        """Tell a heading of this resource from data and titles."""
        folded = folded_heading(heading)
        return folded in self.by_name or folded in SERIAL_NAMES or folded in self.others

    def meaning(self, heading: str) -> str:
        """Give the target that a heading goes by, else the folded heading itself."""
        folded = folded_heading(heading)
        return self.by_name.get(folded, folded)

    def _sure(self, heading: str, headings: Collection[str]) -> str | None:
        """Find the target of a heading; a title of one may be a word for another, whose own title is there as well."""
        alias, title = self.by_name.get(heading), self.by_title.get(heading)
        if alias is not None and title is not None and not self.titles[alias].isdisjoint({*headings} - {heading}):
            return title
        return alias

    def guess(self, headings: Sequence[str], sample: Sequence[Sequence[str]]) -> list[str]:
        """Give the target of each column, empty where none fits. Sure guesses come first; each target is given once."""
        found = [""] * len(headings)
        taken: set[str] = set()
        blank = [not any(map(str.strip, values)) for values in _columns(sample, len(headings))]
        order = sorted(range(len(headings)), key=blank.__getitem__)  # Title is empty where Job Title is not
        many = {target.name for target in self.targets if target.many}

        def give(place: int, name: str | None) -> None:
            if name and not found[place] and (name not in taken or name in many):
                found[place] = name
                taken.add(name)

        folded = [folded_heading(heading) for heading in headings]
        for place in order:  # 联系人/手机 are two, 联系人手机 is one
            both = self._together(headings[place]) if MARKED.search(headings[place]) else None
            give(place, both if both in self.chiefs else self._sure(folded[place], folded))
        for place, name in enumerate(folded):  # 电话1, Telephone_2
            give(place, self._sure(name.rstrip("0123456789"), folded) if name not in self.others else None)
        for place, name in enumerate(folded):  # 联系人一 姓名
            give(place, self._sure(COUNTED.sub("", name), folded) if name not in self.others else None)
        for place, name in enumerate(folded):
            give(place, self._sure(BEFORE.sub("", name), folded) if name not in self.others else None)
        for place, heading in enumerate(headings):  # 电话/手机/传真, 联系人及电话
            give(place, self._together(heading) if folded[place] not in self.others else None)
        for place, name in enumerate(folded):
            give(place, self._contained(name) if name not in self.others else None)
        again: dict[int, str] = {}
        for place, heading in enumerate(headings):
            if not found[place] and COUNTED.search(unicodedata.normalize("NFKC", heading)):
                again[place] = self._again(folded[place], taken)
        if any(self.targets_by_name[name].sniffed for name in again.values() if name):  # not a department alone
            found = [name or again.get(place, "") for place, name in enumerate(found)]
        for place, values in enumerate(_columns(sample, len(headings))):
            if not found[place] and folded[place] not in SERIAL_NAMES and folded[place] not in self.others:
                give(place, self._sniffed(values, taken))
        if REFERENCE not in taken:
            for place, name in enumerate(folded):
                if name not in self.others and name.endswith("id") and len(name) <= 20 and _unique(sample, place):
                    give(place, REFERENCE)
        return found

    def _again(self, heading: str, taken: Collection[str]) -> str:
        """Find what a counted heading means that one before it means as well; nothing where that may not be."""
        bare = COUNTED.sub("", heading)
        name = self.by_name.get(bare) or self._contained(bare) or ""
        return name if name in taken and self.targets_by_name[name].again else ""

    def _together(self, heading: str) -> str | None:
        """Find what a heading means that names several things, where one column takes them all."""
        pieces = [folded_heading(one) for one in TOGETHER.split(unicodedata.normalize("NFKC", heading)) if one.strip()]
        found = [self.targets_by_name[self.by_name[one]] for one in pieces if one in self.by_name]
        if len(pieces) < 2 or len(found) < len(pieces):
            return None
        if len({one.name for one in found}) == 1:
            return found[0].name
        for chief, others in HOLDING.items():  # numbers may stand behind a name, a postcode behind an address
            takes = [one for one in found if chief in (one.kind, one.sniffed)]
            rest = [one for one in found if one not in takes]
            if takes and all(one.kind in others for one in rest):
                return next((one for one in takes if one.sniffed == chief), takes[0]).name
        return None

    def _contained(self, heading: str) -> str | None:
        """Find the longest known heading that this one ends with, else holds (`客户单位名称`, `主要联系人`)."""
        named = self.by_name.keys() - GENERIC
        held = [name for name in named if len(name) >= 2 and not name.isascii() and name in heading]
        best = max(held, key=lambda name: (heading.endswith(name), len(name)), default="")
        near = len(best) * 2 >= len(heading) or (len(best) > 2 and heading.endswith(best))
        return self.by_name[best] if best and near else None

    def _sniffed(self, values: Sequence[str], taken: set[str]) -> str | None:
        filled = [unicodedata.normalize("NFKC", value).strip() for value in values if value.strip()]
        if len(filled) < 2:
            return None
        for kind, pattern in SNIFFED.items():
            if sum(bool(pattern.match(value)) for value in filled) >= ENOUGH.get(kind, 0.8) * len(filled):
                if kind == "person" and not _surnames(filled):
                    continue
                fitting = (t.name for t in self.targets if t.sniffed == kind and (t.many or t.name not in taken))
                return next(fitting, None)
        return None

    def read(self, given: Mapping[str, str], headings: Sequence[str]) -> list[str]:
        """Apply a mapping `{heading: field}` as a person wrote it; fields go by name or any of their titles.

        Raises KeyError with what is not known.
        """
        wanted = {folded_heading(heading): field for heading, field in given.items()}
        known = {target.name for target in self.targets}
        found = []
        for heading in headings:
            field = wanted.pop(folded_heading(heading), "").strip()
            name = field if field in known else self.by_name.get(folded_heading(field), "") if field else ""
            if field and not name:
                raise KeyError(field)
            found.append(name)
        if wanted:
            raise KeyError(next(iter(wanted)))
        return found


def _columns(sample: Sequence[Sequence[str]], width: int) -> Iterable[list[str]]:
    for place in range(width):
        yield [row[place] for row in sample if place < len(row)]


def _surnames(values: Sequence[str]) -> bool:
    """Tell names of people from other short words: most begin with a frequent surname, and few are equal."""
    return sum(value[0] in SURNAMES for value in values) >= 0.7 * len(values) and len(set(values)) > len(values) / 2


def _unique(sample: Sequence[Sequence[str]], place: int) -> bool:
    values = [row[place].strip() for row in sample if place < len(row)]
    return bool(values) and all(values) and len(set(values)) == len(values)


def own_columns(headings: Sequence[str]) -> list[int]:
    """Give the places of a file's own columns: all but the reason that we put beside rows that were refused."""
    (reasons,) = titles_in_all_languages([REASON])
    return [place for place, heading in enumerate(headings) if folded_heading(heading) not in reasons]


def signature(headings: Sequence[str]) -> str:
    """Fingerprint a layout by its own headings, so that its mapping is found again, for its corrected rows too."""
    own = (folded_heading(headings[place]) for place in own_columns(headings))
    return hashlib.sha256("\x1f".join(own).encode()).hexdigest()


Known = Callable[[str], bool]


def units_of(headings: Sequence[str], mapping: Sequence[str], targets: Mapping[str, Target]) -> dict[int, str]:
    """Give the sizes that the headings of figures name, by column: 万 of 注册资金（万元）."""
    figures = [place for place, name in enumerate(mapping) if name in targets and targets[name].kind in FIGURES]
    found = {place: unit_in(headings[place]) for place in figures if place < len(headings)}
    return {place: unit for place, unit in found.items() if unit}
