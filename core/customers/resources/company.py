"""The Resource of companies."""

from __future__ import annotations

from typing import Any

from core.customers.models import Company, CompanyBrand, CompanyCategory, CompanyIndustry, Email, Phone
from core.customers.queries import best_companies, count_companies, search_companies
from core.customers.queries.barring import bars_of_companies_where, load_bars_of_companies
from core.customers.resources import loads, needs, pool
from core.customers.resources.parts import OF_COMPANY
from core.customers.services import change_owner, index_company, update_company
from core.customers.services.rows import part_values
from core.i18n import _, n_
from core.plugin import Field, Resource, SystemView
from core.review.fields import review_field
from core.standing.fields import rule_field
from core.tags.fields import tag_fields
from core.ties.fields import group_field
from core.worklogs.fields import next_contact_field

STANDING_TONES = {
    "key": "p",
    "regular": "ok",
    "customer": "ok",
    "target": "te",
    "prospect": "o",
    "lost": "w",
    "partner": "v",
    "competitor": "w",
    "blacklist": "bad",
}


def _resource() -> Resource:
    return COMPANY


FIELDS = (
    Field(
        name="name", title=_("Company name"), field_class="brief", required=True, default=True, sortable=True,
        sort_path="sort_key", importable=True, editable=True, max_length=200, order=1,
        aliases=("企业名称", "客户名称", "公司名称", "单位名称", "公司", "单位", "名称", "name", "company"),
        needs=("credit_rating",), render="customers/cells.html#name_marks",
    ),
    Field(
        name="needs", title=_("Needs"), kind="choices", dictionary="need", field_class="brief", default=True,
        load=loads.needs, where=loads.needs_where(Company.id), render="customers/cells.html#needs",
        exportable=False, order=2,
    ),
    Field(
        name="code", title=_("Customer number"), field_class="brief", sortable=True, order=3,
        aliases=("企业ID", "客户编号", "编号"),
    ),
    Field(
        name="standing", title=_("Rating"), kind="choice", dictionary="standing", field_class="brief", default=True,
        sortable=True, importable=True, editable=True, tones=STANDING_TONES, order=4,
        aliases=("客户考核", "客户类型", "客户类别"),
    ),
    Field(
        name="division", title=_("Region"), kind="division", path="division_code", field_class="brief",
        choices=loads.division_choices, listed=False, order=5,
    ),
    Field(
        name="province", title=_("Province"), field_class="brief", default=True, importable=True, order=6,
        aliases=("省份", "省", "所在省份"), max_length=40,
    ),
    Field(
        name="city", title=_("City"), field_class="brief", default=True, importable=True, order=7,
        aliases=("城市", "市", "所在城市"), max_length=40,
    ),
    Field(
        name="district", title=_("District"), field_class="brief", importable=True, order=8,
        aliases=("区", "县", "区县"), max_length=40,
    ),
    Field(
        name="industries", title=_("Industry"), kind="choices", dictionary="industry", path="industries.code",
        field_class="brief", default=True, load=loads.several(CompanyIndustry, "code"), importable=True, editable=True,
        where=loads.branch_where(CompanyIndustry, "industry"), order=9, aliases=("行业", "所属行业", "segment"),
    ),
    Field(
        name="contact", title=_("Primary contact"), path="contacts.name", load=loads.primary_contacts, default=True,
        where=loads.contact_where, importable=True, order=10, aliases=("联系人", "姓名", "contact"),
    ),
    Field(
        name="phone", title=_("Phone"), kind="phone", path="phones.number", default=True, importable=True,
        load=loads.first(Phone, "number", "company", ("office", "hotline", "mobile", "other")),
        where=loads.phone_where("company"), order=11,
        aliases=("电话", "联系电话", "办公电话", "固话", "手机", "phone", "tel"),
    ),
    Field(
        name="owner_id", title=_("Owner"), kind="user", field_class="brief", default=True, sortable=True,
        sort_path="owner_id", importable=True, order=12, aliases=("业务员", "挂牌业务员", "负责人"),
    ),
    Field(
        name="claimed_at", title=_("Claimed at"), kind="datetime", field_class="brief", order=12,
    ),
    *pool.FIELDS,
    *needs.FIELDS,
    Field(
        name="last_contact_on", title=_("Last contact"), kind="date", field_class="brief", default=True, sortable=True,
        importable=True, order=13, aliases=("最近联系", "最后联系日期"),
    ),
    next_contact_field(order=13),
    Field(
        name="updated_at", title=_("Last change"), kind="datetime", field_class="brief", sortable=True, order=14,
    ),
    Field(name="created_at", title=_("Entered at"), kind="datetime", field_class="brief", order=15),
    review_field(16),
    Field(
        name="short_name", title=_("Short name"), field_class="brief", importable=True, editable=True, max_length=100,
        order=17, aliases=("简称", "企业简称"),
    ),
    Field(
        name="uscc", title=_("Unified social credit code"), importable=True, editable=True, max_length=18, order=18,
        aliases=("统一社会信用代码", "信用代码", "税号", "uscc"),
    ),
    Field(
        name="legal_representative", title=_("Legal representative"), importable=True, editable=True, max_length=60,
        order=19, aliases=("法人代表", "法定代表人", "法人"),
    ),
    Field(
        name="fax", title=_("Fax"), kind="phone", importable=True, filterable=False, order=20, aliases=("传真", "fax"),
        load=loads.first(Phone, "number", "company", ("fax",)),
    ),
    Field(
        name="email", title=_("E-mail"), kind="email", path="emails.address", importable=True, order=21,
        load=loads.first(Email, "address", "company", ("office",)), where=loads.email_where("company"),
        aliases=("电子邮件", "电子邮箱", "邮箱", "email", "e-mail"),
    ),
    Field(
        name="all_phones", title=_("All numbers"), filterable=False, order=21,
        load=loads.every(Phone, "number", "company", "phone_kind"),
    ),
    Field(
        name="all_emails", title=_("All e-mail addresses"), filterable=False, order=21,
        load=loads.every(Email, "address", "company", "email_kind"),
    ),
    Field(
        name="all_addresses", title=_("Further addresses"), kind="long", filterable=False, order=24,
        load=loads.addresses("company"),
    ),
    Field(
        name="former_name", title=_("Former name"), field_class="brief", filterable=False, order=17,
        load=loads.names("former"),
    ),
    Field(
        name="alias", title=_("Other name"), field_class="brief", filterable=False, order=17,
        load=loads.names("alias", "short"),
    ),
    Field(
        name="english_name", title=_("English name"), field_class="brief", filterable=False, order=17,
        load=loads.names("english"),
    ),
    Field(
        name="private_phone", title=_("Private phone"), field_class="private", filterable=False, order=50,
        load=loads.every(Phone, "number", "company"),
    ),
    Field(
        name="private_email", title=_("Private e-mail"), field_class="private", filterable=False, order=50,
        load=loads.every(Email, "address", "company"),
    ),
    Field(
        name="home_address", title=_("Home address"), kind="long", field_class="private", filterable=False, order=50,
        load=loads.addresses("company", private=True),
    ),
    Field(
        name="website", title=_("Web address"), kind="url", importable=True, editable=True, max_length=200, order=22,
        aliases=("网址", "网站", "website"),
    ),
    Field(
        name="country", title=_("Country"), kind="choice", dictionary="country", importable=True, editable=True,
        order=23, aliases=("国家", "所在国家"),
    ),
    Field(
        name="address", title=_("Address"), importable=True, editable=True, max_length=300, order=24,
        aliases=("地址", "具体地址", "通讯地址", "详细地址", "address"),
    ),
    Field(
        name="postcode", title=_("Postcode"), importable=True, editable=True, max_length=12, order=25,
        aliases=("邮编", "邮政编码", "postcode", "zip"),
    ),
    Field(
        name="area_code", title=_("Area code"), importable=True, editable=True, max_length=8, order=26,
        aliases=("区号", "电话区号"),
    ),
    Field(
        name="ownership", title=_("Ownership"), kind="choice", dictionary="ownership", importable=True, editable=True,
        order=27, aliases=("企业性质",),
    ),
    Field(
        name="company_type", title=_("Company type"), kind="choice", dictionary="company_type", importable=True,
        editable=True, order=28, aliases=("企业类型",),
    ),
    Field(
        name="scale", title=_("Company size"), kind="choice", dictionary="scale", importable=True, editable=True,
        order=29, aliases=("企业规模",),
    ),
    Field(
        name="categories", title=_("Products and services"), kind="choices", dictionary="product_category",
        path="categories.code", load=loads.several(CompanyCategory, "code"), importable=True, editable=True, order=30,
        where=loads.branch_where(CompanyCategory, "product_category"),
        aliases=("经营产品", "产品类别", "经营产品服务类别"),
    ),
    Field(
        name="bars", title=_("Must not be reached by"), kind="choices", dictionary="contact_channel",
        field_class="brief", load=load_bars_of_companies, where=bars_of_companies_where,
        render="customers/cells.html#bars", order=30,
    ),
    Field(
        name="brands", title=_("Brands"), kind="tags", path="brands.name", load=loads.several(CompanyBrand, "name"),
        importable=True, editable=True, order=31, aliases=("品牌", "经营品牌"),
    ),
    Field(
        name="agent_brands", title=_("Brands carried as an agent"), kind="tags", filterable=False, order=31,
        load=loads.several(CompanyBrand, "name", CompanyBrand.agent),
    ),
    Field(
        name="sales_channels", title=_("Sales channels"), kind="choices", dictionary="sales_channel", importable=True,
        editable=True, order=32, aliases=("销售渠道",),
    ),
    Field(
        name="roles", title=_("Roles"), kind="choices", dictionary="company_role", field_class="brief",
        importable=True, editable=True, order=33, aliases=("兼有身份",),
    ),
    Field(
        name="target_regions", title=_("Target regions"), kind="choices", dictionary="target_region", importable=True,
        editable=True, order=34, aliases=("目标经营区域",),
    ),
    Field(
        name="industry_position", title=_("Place in the industry"), kind="choice", dictionary="industry_position",
        importable=True, editable=True, order=35, aliases=("行业位置",),
    ),
    Field(
        name="capital_band", title=_("Registered capital"), kind="choice", dictionary="capital_band", importable=True,
        editable=True, order=36, aliases=("注册资金", "注册资本"),
    ),
    Field(
        name="registered_capital", title=_("Registered capital, amount"), kind="money", importable=True, editable=True,
        order=37, aliases=("注册资金金额",),
    ),
    Field(
        name="headcount_band", title=_("Headcount"), kind="choice", dictionary="headcount_band", importable=True,
        editable=True, order=38, aliases=("公司规模", "人员规模"),
    ),
    Field(
        name="headcount", title=_("Headcount, number"), kind="number", importable=True, editable=True, order=39,
        aliases=("员工人数", "人数"),
    ),
    Field(
        name="founded_on", title=_("Founded on"), kind="date", importable=True, editable=True, order=40,
        aliases=("成立日期", "注册日期", "reg_date"),
    ),
    Field(
        name="general_manager", title=_("General manager"), importable=True, editable=True, max_length=60, order=41,
        aliases=("总经理", "厂长", "总经理(厂长)"),
    ),
    Field(
        name="sales_head", title=_("Sales contact"), importable=True, editable=True, max_length=60, order=42,
        aliases=("销售负责人",),
    ),
    Field(
        name="publicity_head", title=_("Publicity contact"), importable=True, editable=True, max_length=60, order=43,
        aliases=("宣传负责人",),
    ),
    Field(
        name="introduction", title=_("Introduction"), kind="long", importable=True, editable=True, order=44,
        aliases=("企业简介", "简介"),
    ),
    Field(
        name="agencies", title=_("Agencies held"), kind="long", importable=True, editable=True, order=45,
        aliases=("产品经销代理",),
    ),
    Field(
        name="projects", title=_("Business scope"), kind="long", importable=True, editable=True, order=46,
        aliases=("经营项目", "经营范围", "scope"),
    ),
    Field(
        name="results", title=_("Business results"), kind="long", importable=True, editable=True, order=47,
        aliases=("企业效益",),
    ),
    Field(
        name="honours", title=_("Honours"), kind="long", importable=True, editable=True, order=48,
        aliases=("企业荣誉",),
    ),
    Field(
        name="credit_rating", title=_("Credit rating"), kind="choice", dictionary="credit_rating",
        field_class="private", importable=True, order=49,
        tones={"aaa": "ok", "aa": "ok", "a": "ok", "c": "w", "d": "bad"},
    ),
    Field(
        name="credit_limit", title=_("Credit limit"), kind="money", field_class="private", importable=True, order=50,
    ),
    Field(
        name="credit_valid_until", title=_("Rating holds until"), kind="date", field_class="private", importable=True,
        order=50,
    ),
    Field(
        name="assets", title=_("Assets"), kind="money", field_class="private", importable=True, editable=True,
        order=51, aliases=("资产",),
    ),
    Field(
        name="debts", title=_("Debts"), kind="money", field_class="private", importable=True, editable=True, order=52,
        aliases=("资产负债", "负债"),
    ),
    Field(
        name="parent_id", title=_("Parent company"), kind="company", field_class="brief", importable=True,
        editable=True, order=53, aliases=("上级公司", "上级单位", "母公司", "总公司"),
    ),
    Field(
        name="parent_code", title=_("Number of the parent company"), field_class="brief", filterable=False, order=53,
        load=loads.parent_codes,
    ),
    Field(
        name="branch_kind", title=_("Kind of branch"), kind="choice", dictionary="branch_kind", importable=True,
        editable=True, order=54,
    ),
    Field(
        name="collector", title=_("Collected by"), importable=True, editable=True, max_length=60, order=55,
        aliases=("信息采集人",),
    ),
    Field(name="entered_by_id", title=_("Entered by"), kind="user", field_class="brief", order=56),
    Field(
        name="source", title=_("Information source"), kind="choice", dictionary="source", importable=True,
        editable=True, order=57, aliases=("信息来源", "来源"),
    ),
    Field(
        name="source_note", title=_("Where it comes from"), importable=True, editable=True, max_length=200, order=57,
    ),
    Field(
        name="remark", title=_("Remark"), kind="long", importable=True, editable=True, order=58, aliases=("备注",)
    ),
    *tag_fields(_resource, "company", order=60),
    rule_field(62),
    group_field(54),
    Field(name="import_batch_id", title=_("Import run"), kind="number", listed=False, exportable=False, order=59),
)  # fmt: skip

PARTS = {
    "phones": ("phone", "number"),
    "emails": ("email", "address"),
    "addresses": ("address", "text"),
    "aliases": ("short_name", "name"),
    "brands": ("brands", "name"),
    "industries": ("industries", "code"),
    "categories": ("categories", "code"),
    "needs": ("needs", "kind"),
    "relations": ("relations", "other_id"),
}
UNCHECKED = (
    "standing", "last_contact_on", "credit_rating", "credit_limit", "credit_valid_until", "import_batch_id", "code",
    "needs", "relations", "invalid", "do_not_use", "do_not_sms", "do_not_use_reason", "do_not_use_on",
    "do_not_use_by_id",
)  # fmt: skip
"""What the daily work notes of a customer, and who must not be called: it counts at once, reviewed or not."""

POOL_COLUMNS = (
    "needs",
    "standing",
    "province",
    "city",
    "industries",
    "phone",
    "in_pool_since",
    "pool_reason",
    "last_owner",
    "last_contact_on",
)
FALLING_COLUMNS = (
    "needs", "standing", "province", "contact", "phone", "owner_id", "claimed_at", "last_contact_on", "falls_on",
)  # fmt: skip
VIEWS = (
    SystemView(name="mine", title=_("My customers"), query="owner_id=me", counted=True, order=10),
    SystemView(name="key", title=_("Key accounts"), query="standing=key", counted=True, order=20),
    SystemView(name="quiet", title=_("No contact for 90 days"), query="last_contact_on__lt=-90d", order=30),
    SystemView(
        name="free", title=_("Public pool"), query="owner_id=none", columns=POOL_COLUMNS, counted=True, order=40
    ),
    SystemView(
        name="falling",
        title=_("Falling into the pool"),
        query=pool.falling_soon,
        columns=FALLING_COLUMNS,
        order=45,
    ),
    SystemView(
        name="check", title=_("To be checked"), query="review_state=submitted", counted=True, hot=True, order=50
    ),
)


def _importer(resource: Resource) -> Any:
    """Load what imports companies when somebody imports."""
    from core.customers.imports import CompanyImporter

    return CompanyImporter(resource)


COMPANY = Resource(
    name="company",
    plural="companies",
    title=_("Customer"),
    title_plural=_("Customers"),
    model=Company,
    fields=FIELDS,
    customer="id",
    owner="owner_id",
    reviewed=True,
    parts=PARTS,
    part_fields=OF_COMPANY,
    part_values=part_values,
    unchecked=UNCHECKED,
    change=update_company,
    change_owner=change_owner,
    after_review=index_company,
    extensible=True,
    importer=_importer,
    detail="customers.company_detail",
    new="customers.company_new",
    edit="customers.company_edit",
    listing="customers.company_list",
    search=search_companies,
    search_count=count_companies,
    find=best_companies,
    search_hint=_("Name, initials, contact, phone, number"),
    only=Company.alive,
    quick_filters=("division", "standing", "review_state", "last_contact_on"),
    views=VIEWS,
    card=(("standing",), ("city", "phone", "owner_id"), ("needs", "last_contact_on")),
    unit=n_(" customer", " customers"),
    icon="building",
    order=10,
)
