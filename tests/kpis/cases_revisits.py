"""Revisits: rows whose names say why they count, as seen at 14:32 on the Friday. MARK of surveys is their channel, so
the rows of one definition share the scale in force: that of the latest asked."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.kpis.judging import BAD, GOOD, OUT, Cases
from tests.kpis.stage import Row, at, survey


def _scored(key: str, score: float | None, asked: Any = "09:00", low: float = 1, high: float = 5, **more: Any) -> Row:
    return survey(key, asked, outcome="answered", score=score, scale_min=low, scale_max=high, **more)


SCORED: Cases = [
    (_scored("a score", 4), GOOD),
    (_scored("the lowest", 1), GOOD),
    (_scored("outside its scale", 6), OUT),
    (_scored("below its scale", 0), OUT),
    (_scored("without a score", None), OUT),
    (_scored("on the scale of before it moved", 9, at("09:00", -9), 0, 10), OUT),
    (_scored("a scale of one point", 1, high=1), OUT),
    (survey("without a scale", outcome="answered", score=3), OUT),
    (survey("unreachable", "09:10", outcome="unreachable", score=5, scale_min=1, scale_max=5), OUT),
]
NO: Final[Row] = {"outcome": "answered", "is_satisfied": False}


def _cases(hours: int) -> Cases:
    own = f"h{hours} "

    def bad(key: str, answered: Any, order: str | None, **more: Any) -> Row:
        return survey(own + key, at("08:00", -9), answered_at=answered, order_no=order, **{**NO, **more})

    return [
        (bad("reopened an hour later", at("10:00", -5), "reopened"), GOOD),
        (bad("contacted a day and a half later", at("08:00", -5), "contacted"), GOOD if hours == 48 else BAD),
        (bad("contacted only before the answer", at("23:00", -4), "contacted"), BAD),
        (bad("supervised in time", at("08:00", -5), "supervised"), GOOD),
        (bad("nobody did anything", at("08:00", -5), "nothing"), BAD),
        (bad("nobody did anything yet, and it is not late", at("14:33", -1), "nothing"), OUT),
        (bad("taken up at once today", "09:00", "today"), GOOD),
        (bad("a later revisit was satisfied", at("08:00", -5), "again"), GOOD),
        (bad("the later revisit comes in the future", at("08:00", -5), "later"), BAD),
        (bad("an order nobody knows", at("08:00", -5), "unknown"), BAD),
        (bad("no order", at("08:00", -5), None), OUT),
        (bad("satisfied", at("08:00", -5), "nothing", is_satisfied=True), OUT),
    ]


# Orders and revisits that the answers are about; they carry the mark of nobody.
ORDERS: Final[Sequence[tuple[str, Mapping[str, Any], tuple[str, Any] | None]]] = (
    ("reopened", {}, ("reopened", at("11:00", -5))),
    ("contacted", {"contacted_at": at("20:00", -4)}, None),
    ("supervised", {}, ("supervised", at("10:00", -5))),
    ("nothing", {"contacted_at": at("08:00", -7)}, None),
    ("today", {"contacted_at": at("10:00")}, None),
    ("again", {}, None),
    ("later", {}, None),
)
AGAIN: Final[Sequence[Row]] = [
    survey(order, at("08:00", -4), answered_at=answered, order_no=order, outcome="answered", is_satisfied=True)
    for order, answered in (("again", at("07:00", -4)), ("later", at("15:00")))
]
CASES: Final[dict[str, Cases]] = {
    "satisfaction_score_mean": SCORED,
    "net_promoter_score": SCORED,
    "revisit_response_rate": [
        (survey("answered", outcome="answered"), GOOD),
        (survey("unreachable", outcome="unreachable"), BAD),
        (survey("refused", outcome="refused"), BAD),
        (survey("still open"), OUT),
        (survey("answered in the future", outcome="answered", answered_at="15:00"), OUT),
    ],
    "revisit_success_rate": [
        (survey("answered", outcome="answered"), GOOD),
        (survey("refused", outcome="refused"), GOOD),
        (survey("unreachable", outcome="unreachable"), BAD),
        (survey("still open"), OUT),
    ],
    "dissatisfied_answers": [
        (survey("no", answered_at="10:00", **NO), GOOD),
        (survey("no, of a source without outcomes", answered_at="10:00", is_satisfied=False), GOOD),
        (survey("yes", answered_at="10:00", outcome="answered", is_satisfied=True), OUT),
        (survey("neither", answered_at="10:00", outcome="answered"), OUT),
        (survey("in the future", answered_at="15:00", **NO), OUT),
        (survey("nobody knows when", **NO), OUT),
    ],
    "dissatisfied_taken_up_24h_rate": _cases(24),
    "dissatisfied_taken_up_48h_rate": _cases(48),
    "complete_order_no_rate": [
        (survey("with an order", order_no="1"), GOOD),
        (survey("without"), BAD),
    ],
    "complete_score_rate": [
        (_scored("inside", 4), GOOD),
        (_scored("outside", 6), BAD),
        (_scored("none", None), BAD),
        (survey("no scale", outcome="answered", score=3), BAD),
        (survey("unreachable", outcome="unreachable"), OUT),
    ],
}
