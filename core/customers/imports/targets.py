"""What the columns of a file of customers can go into, and the headings by which they are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.i18n import _
from core.plugin import Resource
from core.transfer.mapping import Target
from core.transfer.tables.header import folded_heading

CONTACT = _("Contacts")


@dataclass(frozen=True)
class Line:
    """A target: a field of the resource by name, or one with a title of its own. `|` separates further headings."""

    name: str
    aliases: str = ""
    kind: str = "text"
    title: Any = None
    group: Any = ""
    sniffed: str = ""
    many: bool = False
    dictionary: str | None = None
    max_length: int | None = None


LINES: Sequence[Line] = (
    Line(
        "name",
        "购方名称|购买方|买方|买方名称|采购单位|采购方|开票抬头|发票抬头|抬头|报名单位|签约单位|合同单位|对方单位|门店|店铺名称|"
        "厂商|厂商名称|商号|字号|商家|店名|门店名称|客商|客商名称|开票单位|机构名称|往来单位|合作单位|参展商|"
        "参展商名称|参会单位|法人单位|单位名|厂家|厂家名称|甲方|firm name|"
        "vendor|supplier|exhibitor|企业名称|公司名称|单位名称|客户名称|客户|企业|公司全称|厂名|商户名称|收件单位|"
        "收货单位|参展单位|订户名称|订户|"
        "全称|名称|客户名|户名|单位|订阅单位|收报单位|收刊单位|用户名称|会员单位|供应商|供应商名称|经销商|"
        "经销商名称|付款单位|"
        "customer|company|company name|customer name|organization|organisation|organization name|account|account name|"
        "firm",
        sniffed="organisation",
    ),
    Line("short_name", "公司简称|客户简称|单位简称|abbreviation"),
    Line("former_name", "前身|原名称|曾用名|原名|former names", title=_("Former name"), many=True, max_length=400),
    Line(
        "alias", "别称|又称|俗称|别名|又名|其他名称|also known as", title=_("Other name"), many=True, max_length=400,
        dictionary="alias_kind",
    ),
    Line("english_name", "英文名称|英文名|外文名称", title=_("English name"), many=True, max_length=400),
    Line("uscc", "信用编码|统一信用代码|统一代码|社会信用代码|纳税人识别号|credit code|tax id", sniffed="uscc"),
    Line("legal_representative", "法定代表|法人姓名|法人代表姓名"),
    Line("website", "网页|网站地址|公司网址|web site|官方网站|网页地址|主页|官网|web|url|homepage", sniffed="url"),
    Line("country", "country region|国别|nation"),
    Line("province", "所属省份|state province|省份直辖市|省市自治区|所在省|省自治区|state"),
    Line("city", "地市|所在市|地级市|town"),
    Line("district", "县区|所在区|county"),
    Line("region", "所属省市|注册地|行政区域|省市|地区|所在地|所在地区|区域|省市区|所属地区|"
        "area", title=_("Province and city in one")),
    Line("division_code", "行政区划代码|区划代码|地区代码|行政区划|division", title=_("Division code")),
    Line("address", "厂址|单位住址|通信地点|通讯地点|通讯处|联络地址|办公地点|详细住址|坐落|经营地址|生产地址|"
        "mailing address|通信地址|联系地址|单位地址|公司地址|办公地址|"
        "注册地址|住所|邮寄地址|收件地址|投递地址|邮寄地点|"
        "详细地址|送货地址|收货地址|street|mailing address|street address", sniffed="address"),
    Line("postcode", "邮政区号|zip postal code|邮政编号|邮区|zip postal|zippostal|p.c.|邮码|邮政编码|zip|zip code|"
        "postal code|post code", "postcode", sniffed="postcode"),
    Line("area_code", "长途区号"),
    Line(
        "phone",
        "联系方式|办公室电话|座机号|座机号码|联系号码|热线|服务热线|总机|telephone|办公电话|公司电话|单位电话|"
        "固定电话|座机|电话号码|区号电话|联系电话|电话传真|telephone|tel|tel no|"
        "phone number|phone no|office phone",
        "phone",
        sniffed="phone",
        many=True,
    ),
    Line("fax", "传真号|传真号码|传真电话|fax number|fax no", "phone", many=True),
    Line(
        "email", "信箱|电子信箱|电子邮箱地址|邮箱地址|邮件地址|电邮地址|电邮|电子邮箱|电子邮件|邮箱|公司邮箱|mail|"
        "email address|"
        "e-mail address", "email", sniffed="email",
        many=True,
    ),
    Line(
        "all_phones", "全部号码|其他电话|other phones", "kinds", title=_("All numbers"), many=True,
        dictionary="phone_kind",
    ),
    Line(
        "all_emails", "全部邮箱|其他邮箱|all e-mails|other emails", "kinds", title=_("All e-mail addresses"), many=True,
        dictionary="email_kind",
    ),
    Line(
        "all_addresses", "其他地址|其它地址|更多地址|other addresses", "long", title=_("Further addresses"), many=True,
        dictionary="address_kind",
    ),
    Line("private_phone", "", "phone", many=True),
    Line("private_email", "", "email", many=True),
    Line("home_address", "", "long", many=True),
    Line("ownership", "单位性质|公司性质|经济性质|所有制", "choice"),
    Line("company_type", "企业类别|单位类型|公司类型", "choice"),
    Line("scale", "规模", "choice"),
    Line("industries", "所属产业|行业分类|主营范围|产业|行业类别|所属行业|主营|segment|industries", "choices"),
    Line("categories", "经营品项|品项|产品名称|主打产品|主营产品|产品|经营类别|品类|category|product category|"
        "products", "choices"),
    Line("sales_channels", "渠道|sales channel", "choices"),
    Line("target_regions", "经营区域|销售区域", "choices"),
    Line("brands", "经营代理品牌|主营品牌|brand", "list"),
    Line("agent_brands", "代理品牌|代理的品牌|经销品牌", "list"),
    Line("tags", "标签|客户标签|标记|tags|tag|label|labels", "list"),
    Line("projects", "主营业务|业务范围|business scope|main business", "long"),
    Line("introduction", "公司介绍|企业介绍|单位介绍|公司简介|单位简介|profile|description", "long"),
    Line("agencies", "代理产品|经销代理", "long"),
    Line("results", "效益", "long"),
    Line("honours", "荣誉", "long"),
    Line("industry_position", "行业地位", "choice"),
    Line("registered_capital", "实缴资本|注册资本金|注册资金|注册资本|capital", "money"),
    Line("capital_band", "注册资金档次", "choice"),
    Line("headcount", "从业人员|从业人员数|公司人数|企业人数|员工|职工|员工数|"
        "员工总数|职工总数|从业人数|员工人数|number of employees|职工人数|employees", "int"),
    Line("headcount_band", "", "choice"),
    Line("founded_on", "建立时间|建立日期|登记时间|登记日期|登记日|注册日|创办日期|创建日期|"
        "开办时间|成立年份|成立年月|注册时间|建厂时间|创立时间|创办时间|创建时间|开业时间|established|成立时间|"
        "registration date|founded", "date"),
    Line("assets", "总资产", "money"),
    Line("debts", "", "money"),
    Line("standing", "客户级别|客户状态", "choice"),
    Line("roles", "合作角色|角色", "choices"),
    Line("general_manager", "总经理姓名"),
    Line("sales_head", "销售总监|销售负责人姓名|销售经理"),
    Line("publicity_head"),
    Line("collector", "采集人"),
    Line(
        "owner_id", "业务人员|业务负责人|销售员|销售代表|跟进人|维护人|"
        "挂牌人|挂牌业务员|业务员姓名|业务代表|客户经理|所属业务员|owner|account owner|account manager|"
        "salesperson|sales rep", "user", max_length=120,
    ),
    Line("all_needs", "客户需求|需求类型|需求类别", "long", many=True, dictionary="need"),
    Line(
        "parent_id", "所属集团|隶属单位|隶属公司|上级企业|上级公司|上级单位|母公司|总公司|parent|head office",
        "company", max_length=200,
    ),
    Line("parent_code", "上级编号|上级公司编号|上级单位编号|母公司编号|parent number|parent id", max_length=120),
    Line("branch_kind", "机构类型|分支类型", "choice"),
    Line("credit_rating", "信用等级|资信等级|信用评级|资信评级|credit level", "choice"),
    Line("credit_limit", "授信额度|赊销额度|信用额度", "money"),
    Line("credit_valid_until", "资信有效期|信用有效期|评级有效期", "date"),
    Line("credit_reason", "评级理由|资信说明|评级说明", "long", title=_("Why the credit is rated so")),
    Line("source", "信息来源渠道|获客渠道|信息来源|来源|客户来源|information source", max_length=200),
    Line("source_note", "来源说明|source note"),
    Line("remark", "说明|附注|remarks|note|notes|comment", "long"),
    Line(
        "contact", "联络人|对接人|接洽人|联系人员|contact_name|联系人姓名|姓名|收件人|收报人|收刊人|经办人|负责人|"
        "主要联系人|contact name|contact person",
        "person", group=CONTACT, sniffed="person", max_length=60,
    ),
    Line("contact_family_name", "last name|family name|surname|姓氏|姓", "text", _("Family name of the contact"),
         CONTACT, max_length=30),
    Line("contact_given_name", "first name|given name|forename|名字", "text", _("Given name of the contact"),
         CONTACT, max_length=30),
    Line("contact_gender", "性别|gender|sex", "choice", _("Gender of the contact"), CONTACT, dictionary="gender"),
    Line(
        "contact_position", "职位|职务|职称|头衔|联系人职务|position|job title|title", "position",
        _("Position of the contact"), CONTACT, dictionary="position", max_length=60,
    ),
    Line("contact_department", "部门|所在部门|department", "text", _("Department"), CONTACT, max_length=60),
    Line("contact_salutation", "称谓|称呼|salutation", "text", _("Salutation of the contact"), CONTACT, max_length=30),
    Line(
        "contact_mobile",
        "手机|手机号|手机号码|移动电话|联系人手机|mobile|mobile no|mobile number|cell phone|cell|mobile phone",
        "phone", _("Mobile of the contact"), CONTACT, many=True,
    ),
    Line("contact_phone", "联系人电话|直线电话|direct line|direct phone", "phone", _("Phone of the contact"), CONTACT,
         many=True),
    Line("contact_email", "联系人邮箱|联系人邮件|contact email", "email", _("E-mail of the contact"), CONTACT,
         many=True),
)  # fmt: skip

HEADINGS = frozenset(folded_heading(alias) for line in LINES for alias in line.aliases.split("|") if alias) | {
    "电话",
    "地址",
    "备注",
    "联系人",
    "传真",
    "邮编",
    "法人代表",
}
"""What a cell holds where the headings stand once more between the rows."""
ALIASES = {"former_name": "former", "alias": "alias", "english_name": "english"}
PHONES = {
    "phone": ("office", False),
    "fax": ("fax", False),
    "contact_mobile": ("mobile", True),
    "contact_phone": ("office", True),
    "private_phone": ("private", False),
}
EMAILS = {"email": ("office", False), "contact_email": ("office", True), "private_email": ("private", False)}
NAMES = ("contact_family_name", "contact_given_name")
"""The parts of a name that some programs keep apart."""
BANDS = {"registered_capital": "capital_band", "headcount": "headcount_band"}
"""Figures that files often give as a band; then the band is filled."""
CREDIT = ("credit_rating", "credit_limit", "credit_valid_until")
BELONGING = frozenset({"owner_id", "parent_id", "parent_code", "credit_reason"})
"""What a row says in words and the planning finds out, or what is no column of a company."""
PARTS = frozenset({"industries", "categories", "brands", "agent_brands", "tags"})
CODES = frozenset({"sales_channels", "target_regions", "roles"})
PLACE = frozenset({"province", "city", "district", "region", "division_code", "area_code", "postcode", "address"})
CONTACT_COLUMNS = {
    "contact": "name",
    "contact_gender": "gender",
    "contact_position": "position_title",
    "contact_department": "department",
    "contact_salutation": "salutation",
}


def company_targets(resource: Resource) -> list[Target]:
    """Give the targets with the titles, aliases and dictionaries of the resource's own fields."""
    fields = {field.name: field for field in resource.fields}
    claimed = {alias for line in LINES for alias in line.aliases.split("|")}
    made = []
    for line in LINES:
        field = fields.get(line.name)
        if field is None and line.title is None:
            continue  # this registry does not have the field
        own = tuple(alias for alias in line.aliases.split("|") if alias)
        from_field = tuple(alias for alias in field.aliases if alias not in claimed) if field else ()
        made.append(
            Target(
                name=line.name,
                title=line.title or (field.title if field else line.name),
                kind=line.kind,
                required=line.name == "name",
                aliases=(*own, *from_field),
                dictionary=line.dictionary or (field.dictionary if field else None),
                group=line.group or resource.title,
                sniffed=line.sniffed,
                many=line.many,
                again=line.name in CONTACT_COLUMNS,
                max_length=line.max_length or (field.max_length if field else None),
            )
        )
    return made
