"""Words around figures in Chinese official texts: units, bounds, kinds. Nothing here needs Django."""

import re

# Longer units stand before those that they begin with.
UNITS = (
    "微克/立方米|元/吨|个百分点|百分点|个工作日|工作日|个小时|个月|平方公里|平方千米|"
    "平方米|立方米|吨标准煤|千瓦时|千瓦|兆瓦|公里|千米|公顷|公斤|千克|小时|分钟|人次|"
    "架次|车次|班次|户次|件次|标箱|人民币|美元|欧元|港元|元|吨|亩|米|斤|幢|栋|例|"
    "宗|笔|起|份|户|人|名|位|家|件|项|套|张|台|处|座|所|个|条|辆|间|床|艘|支|"
    "场|次|种|部|册|篇|头|羽|株|棵|眼|对|倍|岁|天|克|km²|km|kWh|kW|"
    "MW|GW|℃|%|‰|％"
)

# Units that count things: the noun that follows says which.
COUNTING = set("个家名位件项套张台处座所条辆间艘支场次种部册篇户幢栋例宗份")
SHARES = {"%", "‰", "百分点", "个百分点"}

# What follows a figure and shows that it is none, or one of another kind: 项目, 个大幅度下降, 2号线.
NOT_AFTER = {
    "项": re.compile(r"目|规划"),
    "个": re.compile(r"大幅|方面|维度|字(?!节)|层面"),
    "家": re.compile(r"庭|园"),
    "起": re.compile(r"来|步|点"),
    "例": re.compile(r"[如行会]"),
    "份": re.compile(r"额"),
    "场": re.compile(r"所|地|馆|景"),
    "部": re.compile(r"门|分|署|委|级"),
    "人": re.compile(r"工智能"),
    "位": re.compile(r"居|列|数|于"),
    "次": re.compile(r"会议|全会"),
    "所": re.compile(r"有|需"),
    "张": re.compile(r"网"),
    "对": re.compile(r"(?!夫妻|夫妇|青年)"),
    "支": re.compile(r"持|撑|部|出"),
    "台": re.compile(r"账|阶|湾"),
    "件": re.compile(r"(?!$)(?:大事|实事)"),
    "元": re.compile(r"素|旦"),
    "天": re.compile(r"气|然"),
}
# 为期3年, 近6年: a span of time that measures nothing by itself. 连续6年 is a claim.
LASTING = re.compile(r"(?:连续|持续)\s*$")

BOUNDS_BEFORE = [
    ("at_least", re.compile(r"(?:不少于|不低于|至少|不小于)\s*$")),
    ("at_most", re.compile(r"(?:不超过|不高于|不多于|至多|最多|控制在)\s*$")),
    ("over", re.compile(r"(?:超过|超出|超|逾|突破|高于|多于|大于|优于)\s*$")),
    ("under", re.compile(r"(?:不足|不到|低于|少于|小于)\s*$")),
    ("about", re.compile(r"(?:接近|将近|大约|约为|约|近)\s*$")),
]
BOUNDS_AFTER = [
    ("about", re.compile(r"\s*(?:左右|上下)")),
    ("at_least", re.compile(r"\s*(?:以上|及以上)")),
    ("at_most", re.compile(r"\s*(?:以下|以内|之内)")),
]

# The first that is found in the words of a claim decides.
KINDS = [
    ("target", re.compile(r"力争|确保|目标是|将达到|预计|到20[2-9][0-9]年(?:底)?[，,]?(?:将|力争)")),
    ("contracted", re.compile(r"签约|签订|协议|意向")),
    ("approved", re.compile(r"授信|获批|批准|核准|批复")),
    ("planned", re.compile(r"计划(?!目标|生育)|安排|储备|拟(?=[建投新引])")),
    ("standard", re.compile(r"每[人户套亩].{0,6}补[助贴]|标准|时限|工作日|补[助贴]每")),
    ("comparison", re.compile(r"[高低多少]出|[高低快慢优]于(?:全国|全省|同期|经济)|平均水平|居全国|全国第")),
]

PEOPLE = re.compile(
    r"人口|人员|人数|老人|老年人|群众|居民|职工|学生|农民|劳动力|游客|旅客|党员|干部|儿童|患者|市民|青年|运动员|志愿者"
)
HOUSEHOLDS = re.compile(r"户数|农户|住户")
