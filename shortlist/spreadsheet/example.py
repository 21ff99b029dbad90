"""The example of the template: invented, short, and with every case that a clerk meets."""

from datetime import date

EXAMPLE = {
    "list": [
        {
            "slug": "example",
            "title": "示例：某市年度实事候选名单",
            "language": "zh-Hans",
            "organiser": "示例单位",
            "introduction": "这是模板自带的示例，内容均为虚构。填写自己的名单前，请删去各表中的示例行。",
            "remarks": "示例数据均为虚构。",
        }
    ],
    "categories": [
        {
            "code": "1",
            "ordinal": "一",
            "name": "示例类别",
            "on_ballot": True,
            "declared_count": 2,
            "places": 1,
            "min_choices": 0,
            "max_choices": 2,
        }
    ],
    "candidates": [
        {
            "category": "1",
            "code": "101",
            "title": "示例：城区新增公园绿地。",
            "body": "截至2018年底，全市公园绿地由2015年的1.2万亩增加到2.5万亩，其中2018年新增超过3000亩。",
        },
        {
            "category": "1",
            "code": "102",
            "title": "示例：老旧小区改造受到居民欢迎。",
            "body": "坚持先问需于民，改什么、怎么改由居民商量决定。",
        },
    ],
    "evidence": [
        {
            "code": "101",
            "label": "公园绿地面积",
            "kind": "result",
            "scope": "全市",
            "raw": "1.2万亩",
            "bound": "equal",
            "unit": "亩",
            "period": "2015年",
            "start": date(2015, 1, 1),
            "end": date(2015, 12, 31),
            "headline": True,
            "quote": "全市公园绿地由2015年的1.2万亩增加到2.5万亩",
            "role": "value",
            "source": 1,
        },
        {
            "code": "101",
            "label": "公园绿地面积",
            "raw": "2.5万亩",
            "bound": "equal",
            "unit": "亩",
            "period": "截至2018年底",
            "end": date(2018, 12, 31),
            "quote": "截至2018年底",
            "role": "period",
        },
        {
            "code": "101",
            "label": "当年新增绿地",
            "kind": "result",
            "scope": "全市",
            "raw": "3000亩",
            "bound": "over",
            "unit": "亩",
            "period": "2018年",
            "start": date(2018, 1, 1),
            "end": date(2018, 12, 31),
            "quote": "其中2018年新增超过3000亩",
            "role": "value",
            "source": 1,
        },
        {
            "code": "102",
            "label": "改造方式",
            "kind": "qualitative",
            "quote": "改什么、怎么改由居民商量决定",
            "role": "value",
        },
    ],
    "sources": [
        {
            "number": 1,
            "title": "示例公报",
            "publisher": "示例单位",
            "published_on": date(2019, 1, 15),
            "page": "第2版",
            "url": "https://example.org/gongbao",
        }
    ],
}
