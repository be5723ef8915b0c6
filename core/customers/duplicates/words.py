"""Words that names of companies are built of: legal forms, kinds of house, trades; characters that look alike."""

from __future__ import annotations

import re

_LEGAL = """
股份有限责任公司 集团股份有限公司 集团有限责任公司 有限责任公司 股份有限公司 集团有限公司 责任有限公司 有限股份公司
有限公司 股份公司 集团公司 责任公司 总公司 公司 有限责任公 有限责任 有限责 有限公 有限 股份 集团 总部 coltd limited
corp inc ltd co
"""
LEGAL = _LEGAL.split()
"""Legal forms, also those that a narrow column cut off; the longest first."""

LEGAL_END = re.compile("(?:" + "|".join(sorted(LEGAL, key=len, reverse=True)) + ")$")
LEGAL_INSIDE = re.compile(r"(?:有限责任公司|股份有限公司|有限公司|总公司|集团公司|公司)(?=.{2,}$)")
"""A legal form in the middle: what follows it names a branch."""
LEGAL_MIDDLE = re.compile(r"\(?(?:集团|股份)\)?")

COUNTING = frozenset("abcdefghijklmnopqrstuvwxyz0123456789一二三四五六七八九十东南西北甲乙丙丁")
"""What counts houses: names that differ in one of these mean two."""

KINDS = {
    "厂": "works", "总厂": "works", "工厂": "works", "商行": "shop", "经营部": "shop", "批发部": "shop", "商店": "shop",
    "门店": "shop", "贸易行": "shop", "销售部": "shop", "经销部": "shop", "合作社": "cooperative",
    "专业合作社": "cooperative", "个体": "shop", "行": "shop",
}  # fmt: skip
KIND_END = re.compile("(?:" + "|".join(sorted(KINDS, key=len, reverse=True)) + ")$")

BRANCH = re.compile(
    r"(?:分公司|子公司|分厂|分店|分部|分行|分社|分局|分院|分校|分场|分销处|门市部?|办事处|联络处|代表处|营业部|营业所|服务部|"
    r"收购[站点]|直营店|专卖店|连锁店|加盟店|旗舰店|体验店|专柜)$"
)
"""Endings of a name that make it a house of its own beside its parent."""

DEPARTMENT = re.compile(
    r"(?:采购|财务|市场|行政|人事|人力资源|企划|宣传|品牌|招商|客服|技术|质检|储运|综合|供应|生产|研发|后勤|物资|总务)"
    r"(?:部|处|科|室|中心|办公室)?$|(?:销售|业务|供销|经营)科$|"
    r"(?:总部|本部|总公司|(?:总经理|董事长|厂长)?办公室|总经办|综合办|前台|传达室|收发室|停用|作废|重复|新|旧|已搬|已改名|微信|注销)$|"
    r"(?:vip|重点|重要|(?:老|新|大|重点|重要)客户|已?(?:停业|停产|注销|倒闭|歇业|关闭)|黑名单|无效|赠阅)$"
)
"""Parts of a house, and notes of a clerk, that make no other customer of it."""

HOUSE = re.compile(r"(?:店|厂|门市|车间|基地|站|部|处)$")
"""What makes a house of its own in brackets behind the legal form: （城南店）, （二厂）."""
PERSON = re.compile(
    r"(?:[\s—/,，:：-]+|[\s]*[(（])[一-鿿]{1,3}(?:经理|总|小姐|先生|女士|厂长|主任|老师|老板|部长|科长|会计)[)）]?$"
)
"""Whom a clerk asks for, behind a name: -张经理, （王总）."""
PERSON_ENDS = frozenset("理总姐生士长任师板计)")
LINE_NUMBER = re.compile(r"^[\s*★☆●#]*(?:[(]?\d{1,4}[、.)](?=\s*[^\d\s、.)])\s*)?")
"""Stars and the number of a line before a name."""
NUMERALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾", "一二三四五六七八九十")
NUMERAL = frozenset("壹贰叁肆伍陆柒捌玖拾0123456789")
FIGURE = re.compile(r"(?<!\d)\d(?!\d)")
SHOP_END = re.compile(r"(?:分公司|分店|分厂|门市部?|店|厂|部|处)$")
NUMBER = re.compile(
    r"第?([零〇一二三四五六七八九十百]+|\d+)(?=分|门市|店|厂|部|车间|食|粮|糖|商|副|印|号|库|公司|酒|仓|连|营|农|茶|$)"
)
ORDINAL = re.compile(r"第([零〇一二三四五六七八九十百]+|\d+)")
TOWN = re.compile(r"^[\u4e00-\u9fff]{1,4}?(?:镇|乡|街道)(?=.{3,}$)")
"""The name of a town at the beginning."""
FORMER = re.compile(r"[(\[【](?:原名?|曾用名|前身|旧称|又名|简称)[:：]?(.{3,})[)\]】]$")
"""A former name in brackets behind the name."""

SYNONYMS = (
    ("贸易", "商贸 经贸 工贸 贸易 商业 贸 经济贸易 进出口贸易 外贸 国际贸易 工商贸"),
    ("销售", "销售 营销 经销 购销 批发 零售 供销"),
    ("食品", "食品 副食品 副食 食品工业 食品加工 食品制造"),
    ("糖酒", "糖酒 糖酒副食 烟酒 名烟名酒 副食糖酒 糖业烟酒 糖烟酒"),
    ("酒业", "酒业 酒 酿酒 酿造 白酒 酒水 葡萄酒 果酒 啤酒 黄酒 酒类 酒厂"),
    ("饮料", "饮料 饮品 食品饮料 矿泉水 饮用水 水业"),
    ("茶业", "茶业 茶叶 茶 花茶 茶艺 茶文化 茶场 茶厂 红茶 绿茶"),
    ("粮油", "粮油 粮油食品 粮食 粮 粮贸 粮油贸易 油脂 粮油购销 植物油 食用油 粮食购销 储备粮"),
    ("米业", "米业 大米 米 精米 米面 稻米"),
    ("面业", "面业 面粉 制粉 面 挂面 面食"),
    ("肉", "肉类 肉食品 肉业 肉制品 冷鲜肉 畜禽 牧业 畜牧 屠宰"),
    ("水产", "水产 水产品 渔业 海产 海产品 海洋食品 海鲜"),
    ("乳业", "乳业 乳品 奶业 乳制品 牛奶"),
    ("调味", "调味品 调味食品 酱业 酱菜 盐业 味业 香料 淀粉 糖业 制糖"),
    ("糕点", "糕点 烘焙 糖果 面包 饼业 饼干 炒货 干果 果业 蜜饯 休闲食品"),
    ("农业", "农业 农产品 农副产品 农牧 农林 农资 种业 种植 养殖 生态农业 农业科技 农业发展 果蔬 蔬菜 土特产 特产"),
    ("餐饮", "餐饮 餐饮管理 餐饮服务 酒店 酒店管理 饭店 餐厅 宾馆 大酒店 饮食 饮食服务 配餐"),
    ("印刷", "印刷 印务 彩印 印业 印刷包装 印制 制版 印刷厂 数码印刷"),
    ("包装", "包装 包装制品 包装材料 纸业 纸箱 纸箱包装 纸品 塑料包装 彩印包装 包装印刷 塑料 塑料制品 包装制造"),
    ("传媒", "传媒 文化传媒 传播 文化传播 文化 文化艺术 影视 影视文化 广告 广告传媒 广告策划 策划 文化发展 文化创意"),
    ("会展", "会展 展览 会展服务 展览服务 会议 会议服务 展示"),
    ("物流", "物流 货运 运输 仓储 供应链 供应链管理 冷链物流 配送 速递 快递 物资"),
    ("科技", "科技 技术 科技发展 信息技术 网络科技 电子商务 网络 信息 信息科技 电子 生物科技 生物 生物技术 科贸"),
    ("机械", "机械 设备 机械设备 食品机械 机电 制造 器材"),
    ("发展", "发展 实业 实业发展 产业 开发 企业 企业管理 管理 投资 投资管理 控股 咨询 工业 商务 服务 制品 加工"),
    ("连锁", "商业管理 连锁 超市 百货 商厦 商场 购物中心 便利店 连锁超市 生产 进出口 国际 生态 中心 市场"),
)  # fmt: skip
"""Trades in classes: words of one class stand for each other now and then."""

TRADES: dict[str, str] = {word: chief for chief, words in SYNONYMS for word in words.split()}
TRADE_LENGTHS = sorted({len(word) for word in TRADES}, reverse=True)

_LOOK_ALIKES = """
未末 己已巳 土士 人入八 大太犬 天夭 日曰 千干于 戊戌戍 王玉主 今令 鸟乌岛 贝见 广厂 元无 力刀九 田由甲申电 候侯
睛晴清情请 拔拨 折拆析 杨扬 淮准 冶治 沐沫休体 采彩 辛幸 兰三 云去 风凤 又叉 几凡 壶壸 茶荼 银很 钢铜 铭络 泰秦春
祥样详 瑞端 嘉喜 恒桓垣 鑫金 盛成 丰手 荣莱 菜采 华毕 圆园 园围 昌冒 品晶 福副富 辉挥 宏宠 龙尤 发友 旺汪 润闰 源原
洋样 恩思 永水 冰泳 江汪 河何 湖糊 海悔 佳住往 住主 仁仕 利和 明朋 眀明 腾滕 顺须 贸货 质资 粮粗 粉纷 油抽 洒酒 味昧
麦麥 夏复 复夏 双汉 仓仑 沧沦 赢嬴 巨臣 亚业 兴光 旭昶 旗族 康庚 泉皇 皇星 真直 冠寇 乐东 东车 天无 坊纺 纺仿 博搏傅
科料 斗科 蓝篮 桥侨 桔橘 铁轶 钻钴 雅稚 邦帮 禾木 本木 夫失 失矢 牛午 半平 白自 目且 旦且 石右 古吉 台合
"""
LOOK_ALIKES: dict[str, str] = {character: group[0] for group in _LOOK_ALIKES.split() for character in group[1:]}
"""Characters that are taken for each other by sight, each with the first of its group."""
