"""Scores, cases and what is wrong with revisits, by small worlds of one Friday."""

from typing import Any

import pandas as pd
import pytest

from kpis.cases import COLUMNS, dissatisfied_cases, faults
from kpis.catalogue import CATALOGUE
from kpis.evaluate import values
from kpis.left_out import left_out
from kpis.non_response import gauge
from kpis.scales import moved, scales
from kpis.types import Options
from tests.kpis.stage import NOW, Row, Stage, at, complaint, survey


def _answers(score: int, n: int, low: int = 0, high: int = 10) -> list[Row]:
    common: Row = {"outcome": "answered", "score": score, "scale_min": low, "scale_max": high}
    return [survey(f"{score}-{i}", "09:00", **common) for i in range(n)]


def test_the_net_promoter_score_and_its_interval() -> None:
    """The published example: 291 promoters, 476 passives, 395 detractors."""
    stage = Stage(
        surveys=[*_answers(9, 200), *_answers(10, 91), *_answers(8, 276), *_answers(7, 200), *_answers(6, 395)]
    )
    found = values(stage, CATALOGUE["net_promoter_score"], Options(), now=NOW).iloc[0]
    assert (found["n"], round(found["value"])) == (1162, -9)
    assert (found["high"] - found["low"]) / 2 == pytest.approx(4.4, abs=0.05)


@pytest.mark.parametrize(
    ("scale", "wanted"),
    [
        pytest.param((1, 5), {1: -100, 2: -100, 3: -100, 4: 0, 5: 100}, id="one to five"),
        pytest.param((1, 10), {6: -100, 7: 0, 8: 0, 9: 100, 10: 100}, id="one to ten"),
        pytest.param((0, 10), {6: -100, 7: 0, 8: 0, 9: 100}, id="nought to ten"),
        pytest.param((1, 3), {1: -100, 2: -100, 3: 100}, id="one to three"),
    ],
)
def test_who_promotes_on_which_scale(scale: tuple[int, int], wanted: dict[int, int]) -> None:
    stage = Stage(surveys=[row | {"reason_1": str(s)} for s in wanted for row in _answers(s, 1, *scale)])
    found = values(stage, CATALOGUE["net_promoter_score"], Options(), by=["reason_1"], now=NOW)
    assert dict(zip(found["reason_1"].astype(int), found["value"], strict=True)) == wanted


def test_a_scale_that_moved_is_a_fault_and_no_jump() -> None:
    before = [row | {"source_key": f"old {i}", "asked_at": at("09:00", -3)} for i, row in enumerate(_answers(9, 4))]
    stage = Stage(surveys=[*before, *_answers(4, 5, 1, 5), *({**r, "channel": "sms"} for r in _answers(8, 2))])
    found = values(stage, CATALOGUE["satisfaction_score_mean"], Options(), by=["channel"], now=NOW)
    assert dict(zip(found["n"], found["value"], strict=True)) == {5: 75.0, 2: 80.0}
    known = scales(stage, NOW)
    assert known["in_force"].tolist() == [False, True, True] or known["in_force"].sum() == 2
    (new, old) = moved(known).sort_values("in_force", ascending=False).to_dict("records")
    assert (new["scale_max"], new["n"], new["first_at"]) == (5, 5, at("09:00"))
    assert (old["scale_max"], old["n"], old["in_force"]) == (10, 4, False)


def test_a_dissatisfied_answer_is_a_case_with_owner_deadline_and_outcome() -> None:
    no: dict[str, Any] = {"outcome": "answered", "is_satisfied": False, "reason_1": "R1"}
    surveys = [
        survey("late", at("08:00", -2), answered_at=at("08:05", -2), order_no="1", **no),
        survey("fresh", "09:00", answered_at="09:05", order_no="2", **no),
        survey("done", at("08:00", -2), answered_at=at("08:05", -2), order_no="3", **no),
        survey(
            "later", at("08:00", -1), answered_at=at("20:05", -1), order_no="3", outcome="answered", is_satisfied=True
        ),
        survey("nobody's", at("08:00", -3), answered_at=at("08:05", -3), **no),
        survey("old", at("08:00", -40), answered_at=at("08:05", -40), order_no="1", **no),
    ]
    orders = [
        complaint("1", at("08:00", -5), handler="P1", manager="P9"),
        complaint("2", at("08:00", -5), manager="P2"),
    ]
    found = dissatisfied_cases(Stage(surveys=surveys, work_orders=[*orders, complaint("3", at("08:00", -5))]), NOW)
    assert list(found.columns) == list(COLUMNS)
    said = found[["subject", "owner", "outcome", "is_open", "is_late"]].astype(object)
    assert said.where(said.notna(), None).to_numpy().tolist() == [
        ["city:nobody's", None, None, True, True],
        ["city:late", "P1", None, True, True],
        ["city:fresh", "P2", None, True, False],
        ["city:done", None, "satisfied", False, True],
    ]
    assert found["has_order"].tolist() == [False, True, True, True]
    assert found["due_at"].iloc[2] == at("09:05", 1)


def test_what_is_wrong_with_revisits_is_counted_by_name() -> None:
    scale: Row = {"outcome": "answered", "scale_min": 1, "scale_max": 5}
    surveys = [
        survey("fine", order_no="1", score=4, is_satisfied=True, **scale),
        survey("names none", score=4, **scale),
        survey("names nobody's", order_no="9", score=4, **scale),
        survey("outside", order_no="1", score=6, **scale),
        survey("no scale", order_no="1", score=3, outcome="answered"),
        survey("says both", order_no="1", score=1, is_satisfied=True, **scale),
        survey("says both too", order_no="1", score=5, is_satisfied=False, **scale),
    ]
    found = faults(Stage(surveys=surveys, work_orders=[complaint("1")]), NOW)
    assert found == {"no_order": 1, "unknown_order": 1, "outside_scale": 1, "no_scale": 1, "contradicts": 2}
    assert set(faults(Stage(), NOW).values()) == {0}


def test_those_who_answer_need_not_speak_for_those_who_were_asked() -> None:
    """Residents answer eight times as often and are content; had businesses answered alike, it would be 85 %."""
    counts = pd.DataFrame(
        {
            "kind": ["residential", "business", "high"],
            "asked": [100, 100, 5],
            "answered": [80, 10, 0],
            "satisfied": [80, 7, 0],
        }
    )
    found = gauge(counts)
    assert found.by_kind["kind"].tolist() == ["high", "business", "residential"]
    assert found.raw == pytest.approx(100 * 87 / 90)
    assert found.weighted == pytest.approx(85.0)
    assert found.shift == pytest.approx(85 - 100 * 87 / 90)
    assert found.silent == ("high",)
    nothing = gauge(counts.iloc[:0])
    assert nothing.by_kind.empty and pd.isna(nothing.raw)


def test_what_a_figure_of_revisits_leaves_out_is_counted_beside_it() -> None:
    scale: Row = {"outcome": "answered", "scale_min": 1, "scale_max": 5, "answered_at": "09:05"}
    surveys = [
        survey("fine", order_no="1", score=4, is_satisfied=True, **scale),
        survey("outside", order_no="1", score=6, **scale),
        survey("no scale", order_no="1", score=3, outcome="answered"),
        survey("old scale", at("09:00", -9), order_no="1", score=9, **{**scale, "scale_max": 10}),
        survey("no order", is_satisfied=False, score=1, **scale),
        survey("unknown order", order_no="9", is_satisfied=False, score=1, **scale),
    ]
    stage = Stage(surveys=surveys, work_orders=[complaint("1")])
    scored = {"outside_scale": 1, "no_scale": 1, "old_scale": 1}
    assert left_out(stage, CATALOGUE["satisfaction_score_mean"], NOW) == scored
    assert left_out(stage, CATALOGUE["net_promoter_score"], NOW, start=at("00:00"), end=at("23:00")) == scored | {
        "old_scale": 0
    }
    assert left_out(stage, CATALOGUE["dissatisfied_taken_up_48h_rate"], NOW) == {"no_order": 1}
    assert left_out(stage, CATALOGUE["satisfaction_rate"], NOW) == {}
    found = values(stage, CATALOGUE["satisfaction_score_mean"], Options(), now=NOW).iloc[0]
    assert found["n"] == 3, "fine, no order, unknown order"
