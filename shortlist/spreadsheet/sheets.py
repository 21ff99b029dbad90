"""The sheets of a list: their columns, what a cell of each holds, what to write there."""

from django.utils.translation import gettext_lazy as _

from .columns import Column, Sheet
from .evidence_sheet import EVIDENCE

LIST = Sheet(
    "list",
    "名单",
    "List",
    (
        Column(
            "slug",
            "网址代号",
            "address",
            _("The end of the list's web address: small letters, digits and hyphens, such as shanxi-2019."),
            required=True,
            also=("slug", "地址"),
            width=18,
        ),
        Column(
            "title", "标题", "title", _("The title of the list."), required=True, also=("名单标题",), width=40
        ),
        Column("language", "语言", "language", _("zh-Hans (Chinese) or en; empty means zh-Hans."), width=10),
        Column("organiser", "主办单位", "organiser", _("Who publishes the list."), width=24),
        Column(
            "introduction",
            "名单说明",
            "introduction",
            _("What readers see above the list."),
            "long",
            also=("简介", "说明"),
            width=50,
        ),
        Column(
            "remarks",
            "编者注",
            "remarks",
            _("What readers must know of the text: gaps, inferences, one remark a line."),
            "long",
            width=50,
        ),
    ),
)

RULES = (
    Column(
        "on_ballot",
        "列入选票",
        "on the ballot",
        _("是 or 否; 否 for a category that is only named, never voted on. Empty means 是."),
        "flag",
        also=("on_ballot",),
    ),
    Column(
        "declared_count",
        "公布项数",
        "declared count",
        _("How many candidates the source says there are."),
        "count",
        also=("declared_count",),
    ),
    Column("places", "入选名额", "places", _("How many will be chosen. Empty means 10."), "count"),
    Column(
        "min_choices",
        "最少选",
        "fewest choices",
        _("The fewest that a ballot may pick. Empty means 0."),
        "count",
        also=("min_choices", "最少可选"),
    ),
    Column(
        "max_choices",
        "最多选",
        "most choices",
        _("The most that a ballot may pick. Empty means 10."),
        "count",
        also=("max_choices", "最多可选"),
    ),
    Column(
        "inference",
        "推断说明",
        "what is inferred",
        _("What the editor infers and the source does not say; readers see it."),
        "long",
        also=("inference",),
        width=40,
    ),
)
ORDINAL = Column("ordinal", "序号", "ordinal", _("As printed, such as 二."), also=("类别序号",), width=8)

CATEGORIES = Sheet(
    "categories",
    "类别",
    "Categories",
    (
        Column(
            "code",
            "类别代码",
            "category code",
            _("One digit from 1 to 9: the first digit of the codes of its candidates."),
            "digit",
            required=True,
            also=("代码", "code", "digit"),
        ),
        ORDINAL,
        Column(
            "name",
            "名称",
            "name",
            _("The name without its ordinal, such as 改善民生."),
            required=True,
            also=("类别名称", "类别", "category name"),
            width=24,
        ),
        *RULES,
    ),
)

CANDIDATES = Sheet(
    "candidates",
    "候选项目",
    "Candidates",
    (
        Column(
            "category",
            "类别",
            "category",
            _("The digit or the name of a category of the list."),
            required=True,
        ),
        Column(
            "code",
            "代码",
            "code",
            _("Three digits, the first that of the category, such as 201."),
            "code",
            required=True,
        ),
        Column(
            "title",
            "标题",
            "title",
            _("The first sentence, as printed, with its full stop, on one line."),
            required=True,
            width=40,
        ),
        Column(
            "body",
            "正文",
            "text",
            _("All that follows the title, as printed."),
            "body",
            also=("body",),
            width=80,
        ),
        Column(
            "order",
            "顺序",
            "order",
            _("The place within the category. Empty means as in the sheet."),
            "count",
        ),
    ),
)

SOURCES = Sheet(
    "sources",
    "来源",
    "Sources",
    (
        Column(
            "number",
            "编号",
            "number",
            _("A number of your own, by which evidence names the source."),
            width=8,
        ),
        Column("title", "标题", "title", _("The title of the document or article."), required=True, width=40),
        Column("publisher", "发布单位", "publisher", _("Empty if it is not known."), width=24),
        Column(
            "published_on",
            "发布日期",
            "published on",
            _("Such as 2019-10-22; empty if it is not known."),
            "date",
            also=("published_on",),
        ),
        Column("page", "版面", "page", _("Such as 第3版; empty if it is not known.")),
        Column("url", "网址", "web address", _("The whole address with https://."), also=("url",), width=40),
        Column("remarks", "备注", "remarks", _("What else is to be said of the source."), "long", width=40),
    ),
    required=False,
)

SHEETS = (LIST, CATEGORIES, CANDIDATES, EVIDENCE, SOURCES)
EXAMPLE_MARKS = ("示例", "Example")
EXPLANATION = ("说明", "Explanation")

# The one table of a CSV file: candidates, with what is to be said of their category in the same row.
TABLE = Sheet(
    "table",
    "",
    "",
    (
        *CANDIDATES.columns,
        Column(
            "name",
            "类别名称",
            "category name",
            _("The name of the category, where 类别 gives only its digit."),
        ),
        ORDINAL,
        *RULES,
    ),
)
