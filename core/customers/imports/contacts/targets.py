"""What the columns of a file of contacts can go into, and the headings by which they are known.

The company: `company_code` (KH-000286, or its id in a source), `company_reference` (its id in the source), `company`
(its name), `company_city` (where several bear it). The person: `external_id` (the id in the source), `name`, `gender`,
`position` (a word of the dictionary, else it is the title on the card), `position_title`, `department`, `salutation`,
`postcode`, `age`, `introduction`, `change_note`, `invalid`, `tags` (a list), `remark`. How he is reached, each in
several columns or several in one cell: `mobile`, `phone`, `fax`, `private_phone`, `email`, `private_email`, and one a
line: `address`, `home_address`; all of one sort with their kinds, as an export writes them (传真 028-85550143；手机
13900000142): `all_phones`, `all_emails`, `all_addresses`. Sensitive: `birth_date` (solar, or written as a lunar date:
农历1968年八月十五), `birth_lunar` (yes where the date is lunar), `ethnicity`, `education`, `major`, `habits`,
`hobbies`, `income`, `income_note`, `social_relations`, `career`, `family`, `character`, and `quality_…` for each score
of the dictionary, or `scores` for all of them (诚实度 4；信用度 5). Wishes (`core.customers.wishes`):
`do_not_contact` and `own_bars` (是, or 电话：本人要求（2026-01-02）), `bar_call`, `bar_sms`, `bar_mail`, `bar_post`
with `bar_reason` and `bar_on`, `method_bars` for single numbers; `statements` as an export writes them, or
`consent_call` and so on with `consent_purpose`, `consent_way`, `consent_on`, `consent_wording`, `consent_evidence`.
The `external_id` may be our own number: LX-000286.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from core.customers.imports.targets import Line
from core.i18n import _
from core.overlay import overlay
from core.plugin import Resource
from core.transfer.mapping import Target
from core.transfer.tables.header import folded_heading

COMPANY = _("Customer")
WISHES = _("Wishes and consents")
REACH = _("How to reach the person")
PRIVATE = _("Private life")
QUALITY = "quality_"

LINES: Sequence[Line] = (
    Line(
        "name",
        "尊称|姓名|联系人|联系人姓名|名字|中文名|全名|收件人|full name|contact|contact name|contact person|person",
        sniffed="person",
    ),
    Line("company_code", "企业ID|客户代码|customer number", title=_("Customer number"), group=COMPANY, max_length=20),
    Line(
        "company_reference", "客户编号|单位编号|企业编号|公司编号|company id|customer id|account id",
        title=_("Id of the customer in the source"), group=COMPANY, max_length=120,
    ),
    Line(
        "company",
        "供职单位|工作单位名称|所属公司|所属单位|企业名称|公司名称|单位名称|客户名称|客户|企业|单位|公司|工作单位|"
        "就职单位|所在单位|company name|customer|"
        "organization|organisation|account|employer",
        title=_("Company name"), group=COMPANY, sniffed="organisation", max_length=200,
    ),
    Line(
        "company_city", "城市|所在城市|公司城市|单位城市|city",
        title=_("City of the customer"), group=COMPANY, max_length=40,
    ),
    Line("gender", "性别|sex", "choice"),
    Line("position", "职衔|岗位|职位名称|职位|职务|职称|job title|title|role"),
    Line("position_title", "头衔|名片职务"),
    Line("department", "科室|所属科室|处室|部门|所在部门"),
    Line("salutation", "称谓|称呼", "choice"),
    Line(
        "mobile", "联系方式|联系号码|移动手机|手机|手机号|手机号码|移动电话|mobile phone|cell|cell phone",
        "phone", group=REACH, many=True, sniffed="phone",
    ),
    Line(
        "phone", "办公座机|直拨电话|座机号码|business phone|电话|办公电话|联系电话|座机|直线电话|固定电话|telephone|"
        "tel|work phone",
        "phone", group=REACH, many=True,
    ),
    Line("fax", "传真|传真号码", "phone", title=_("Fax"), group=REACH, many=True),
    Line(
        "all_phones", "其他电话|other phones", "kinds", group=REACH, many=True, dictionary="phone_kind"
    ),
    Line("email", "邮箱地址|电子邮箱地址|信箱|邮件地址|email address|电子邮件|邮箱|电子邮箱|e-mail|mail|"
        "email address", "email", group=REACH, many=True, sniffed="email"),
    Line(
        "address", "通讯处|联络地址|地址|办公地址|通讯地址|邮寄地址|address|street",
        "long", title=_("Address"), group=REACH, many=True,
    ),
    Line(
        "all_emails", "其他邮箱|all e-mails|other emails", "kinds", group=REACH, many=True, dictionary="email_kind"
    ),
    Line("all_addresses", "其他地址|other addresses", "long", group=REACH, many=True, dictionary="address_kind"),
    Line("postcode", "邮编|邮政编码|zip|postal code", "postcode"),
    Line("age", "年龄", "int"),
    Line("introduction", "个人简介|简介|about", "long"),
    Line("change_note", "变更信息|变动", "long"),
    Line("invalid", "失效|失效标志|已离职|离职", "bool"),
    Line("tags", "标签|联系人标签|标记|tag|label|labels", "list", many=True),
    Line("do_not_contact", "勿扰|请勿打扰|免打扰|禁止联系|不得联系|拒绝联系|勿联系|dnc|opt out|opted out", "wishes",
         group=WISHES, many=True),
    Line("own_bars", "勿扰方式|拒收|拒收方式|禁止联系方式|不得联系方式|勿扰渠道|opt out of|unsubscribed from", "wishes",
         group=WISHES, many=True),
    Line("bar_call", "勿打电话|拒接电话|拒绝来电|电话勿扰|不接电话|请勿致电|do not call|no calls|do not phone", "wish",
         title=_("Not to be telephoned"), group=WISHES),
    Line("bar_sms", "拒收短信|勿发短信|短信勿扰|短信退订|退订短信|do not text|no sms|do not sms|sms opt out", "wish",
         title=_("Not to be texted"), group=WISHES),
    Line("bar_mail", "拒收邮件|勿发邮件|邮件勿扰|邮件退订|退订邮件|拒收电子邮件|do not email|do not e-mail|no email|"
         "no mailings|email opt out|unsubscribed", "wish", title=_("Not to be e-mailed"), group=WISHES),
    Line("bar_post", "拒收信函|拒收邮寄|勿寄|勿邮寄|请勿邮寄|拒收纸质|do not post|no post|do not mail", "wish",
         title=_("Not to be posted to"), group=WISHES),
    Line("bar_reason", "勿扰原因|拒收原因|拒绝原因|禁止联系原因|勿扰说明|退订原因|opt out reason|do not contact reason",
         title=_("Why the person must not be reached"), group=WISHES, max_length=200),
    Line("bar_on", "勿扰日期|拒收日期|拒绝日期|退订日期|退订时间|拒收时间|opt out date|unsubscribed on", "date",
         title=_("Since when the person must not be reached"), group=WISHES),
    Line("method_bars", "勿用号码|停用号码", "long", group=WISHES, many=True),
    Line("statements", "同意记录|授权记录", "long", group=WISHES, many=True),
    Line("consent_call", "同意电话|同意来电|接受电话|同意电话联系|授权电话|consent call|phone consent", "consent",
         title=_("Agrees to telephone calls"), group=WISHES),
    Line("consent_sms", "同意短信|同意接收短信|接受短信|授权短信|consent sms|sms consent", "consent",
         title=_("Agrees to short messages"), group=WISHES),
    Line("consent_mail", "同意邮件|同意接收邮件|同意电子邮件|接受邮件|授权邮件|consent email|email consent|opt in",
         "consent", title=_("Agrees to e-mail"), group=WISHES),
    Line("consent_post", "同意邮寄|同意接收邮寄|接受邮寄|授权邮寄|consent post", "consent",
         title=_("Agrees to post"), group=WISHES),
    Line("consent_purpose", "同意用途|同意事项|授权用途|授权目的|purpose", title=_("Purpose of the consent"),
         group=WISHES, dictionary="consent_purpose", max_length=200),
    Line("consent_way", "同意方式|同意途径|授权方式|consent way|obtained by", "choice", title=_("How it was stated"),
         group=WISHES, dictionary="consent_way"),
    Line("consent_on", "同意日期|同意时间|授权日期|授权时间|consent date|consented on", "date", title=_("Stated on"),
         group=WISHES),
    Line("consent_wording", "同意内容|同意原文|授权内容|同意书内容|wording", "long", title=_("Wording"), group=WISHES,
         max_length=2000),
    Line("consent_evidence", "同意凭证|同意证据|授权凭证|evidence|proof", "long", title=_("Evidence"), group=WISHES,
         max_length=2000),
    Line("remark", "备注|说明|notes|note|comment", "long"),
    Line(
        "private_phone", "私人电话|家庭电话|住宅电话|宅电|home phone",
        "phone", title=_("Private phone"), group=PRIVATE, many=True,
    ),
    Line("private_email", "私人邮箱|个人邮箱", "email", title=_("Private e-mail"), group=PRIVATE, many=True),
    Line("home_address", "家庭地址|家庭住址|住址", "long", title=_("Home address"), group=PRIVATE, many=True),
    Line("ethnicity", "民族"),
    Line("birth_date", "出生日期|生日|出生年月|birthday|birth date|date of birth", "birth"),
    Line("birth_lunar", "农历|农历生日|lunar", "bool"),
    Line("birth_leap", "闰月|leap month", "bool"),
    Line("education", "学历|文化程度", "choice"),
    Line("major", "专业"),
    Line("habits", "个人习惯|习惯", "long"),
    Line("hobbies", "爱好|兴趣|兴趣爱好", "long"),
    Line("income", "收入|收入状况", "money"),
    Line("income_note", "收入说明"),
    Line("social_relations", "社会关系", "long"),
    Line("career", "履历|简历|工作经历", "long"),
    Line("family", "家庭构成|家庭", "choice"),
    Line("character", "性格|性格分析", "choice"),
    Line("scores", "素质评价|素质", "kinds", dictionary="quality"),
)  # fmt: skip
DICTIONARIES = ("position", "contact_channel", "consent_purpose", "consent_way")
"""Dictionaries of fields that are texts here."""
NUMBER_HEADINGS = ("联系人编号", "人员编号", "contact number", "contact id", "contact no", "contact no.")
"""Headings of an id in the source beyond the usual ones; that of our own exports among them."""
HEADINGS = frozenset(folded_heading(alias) for line in LINES for alias in line.aliases.split("|") if alias)


def contact_targets(session: Session, resource: Resource) -> list[Target]:
    """Give the targets with the titles, aliases and dictionaries of the resource's own fields."""
    fields = {field.name: field for field in resource.fields}
    claimed = {alias for line in LINES for alias in line.aliases.split("|")}
    made = []
    for line in LINES:
        field = fields.get(line.name)
        own = tuple(alias for alias in line.aliases.split("|") if alias)
        more = tuple(alias for alias in field.aliases if alias not in claimed) if field else ()
        private = field is not None and field.field_class == "private"
        made.append(
            Target(
                name=line.name,
                title=line.title or (field.title if field else line.name),
                kind=line.kind,
                required=line.name == "name",
                aliases=(*own, *more),
                dictionary=line.dictionary or (field.dictionary if field else None),
                group=line.group or (PRIVATE if private else resource.title),
                sniffed=line.sniffed,
                many=line.many,
                max_length=line.max_length or (field.max_length if field else None),
            )
        )
    return [*made, *_qualities(session)]


def _qualities(session: Session) -> list[Target]:
    """Give one target for each score."""
    scores: Sequence[tuple[str, Any]] = overlay().choices(session, "quality")
    return [
        Target(name=f"{QUALITY}{code}", title=title, kind="int", aliases=(str(title),), group=_("Qualities"))
        for code, title in scores
    ]
