"""What a column and a sheet are, and the words that some columns know in both languages."""

from dataclasses import dataclass

from django.utils.functional import Promise

from shortlist.models import Evidence, Point, Quote

# The first word of each is the one that the template offers; all are understood, whatever the language.
KINDS = {
    Evidence.Kind.RESULT: ("结果", "result", "成果", "已实现"),
    Evidence.Kind.STANDARD: ("标准", "standard"),
    Evidence.Kind.TARGET: ("目标", "target"),
    Evidence.Kind.PLANNED: ("计划", "planned", "规划", "安排"),
    Evidence.Kind.CONTRACTED: ("签约", "contracted", "合同"),
    Evidence.Kind.APPROVED: ("批准", "approved", "获批"),
    Evidence.Kind.COMPARISON: ("比较", "comparison", "对比"),
    Evidence.Kind.QUALITATIVE: ("定性", "qualitative"),
}
BOUNDS = {
    Point.Bound.EQUAL: ("等于", "equal"),
    Point.Bound.ABOUT: ("约", "about", "左右"),
    Point.Bound.OVER: ("超过", "more than", "over"),
    Point.Bound.AT_LEAST: ("至少", "at least", "不低于", "不少于"),
    Point.Bound.UNDER: ("不到", "less than", "under", "低于"),
    Point.Bound.AT_MOST: ("至多", "at most", "不超过", "不高于"),
}
ROLES = {
    Quote.Role.VALUE: ("数值", "value"),
    Quote.Role.PERIOD: ("时间", "period"),
    Quote.Role.SCOPE: ("范围", "scope"),
}
FLAGS = {
    True: ("是", "yes", "true", "1", "y", "√", "✓", "对"),
    False: ("否", "no", "false", "0", "n", "×", "✗", "不"),
}


@dataclass(frozen=True)
class Column:
    """One column. `form` is what a cell holds: text, long, body, code, digit, count, flag, date or choice.

    A required column must stand in the sheet, and no cell of it may be empty.
    """

    name: str
    chinese: str
    english: str
    help: Promise
    form: str = "text"
    required: bool = False
    also: tuple[str, ...] = ()
    words: dict | None = None
    width: int = 14

    @property
    def headings(self):
        return (self.chinese, self.english, *self.also)


@dataclass(frozen=True)
class Sheet:
    """One sheet. A list without the optional ones is complete."""

    key: str
    chinese: str
    english: str
    columns: tuple[Column, ...]
    required: bool = True

    def column(self, name):
        return next(column for column in self.columns if column.name == name)
