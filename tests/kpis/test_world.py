"""What rules of alerting are fed with: places often out, dissatisfied answers that nobody took up."""

from dataclasses import replace
from datetime import datetime
from typing import Final

import pandas as pd
import pytest

from alerts import kinds
from alerts.load import load as load_rules
from alerts.rules import Limit
from alerts.seen import World
from kpis import urgent, world
from kpis.live import LiveOptions, observe
from kpis.urgent import Memory
from node import often_of
from tests.kpis.stage import NOW, ZONE, Row, Stage, area, at, complaint, outage, survey

RULES = load_rules(None)
OFTEN: Final = replace(RULES["frequent_outage"], levels=(Limit("orange", from_count=2), Limit("red", from_count=3)))
OPTIONS = LiveOptions(ZONE, {}, {}, often=often_of(RULES | {"frequent_outage": OFTEN}))


def frames(stage: Stage, now: datetime = NOW) -> dict[str, pd.DataFrame]:
    memory = Memory()
    seen = urgent.look(stage, OPTIONS.clocks, {}, memory, now)
    return {
        **world.of_promises(seen, OPTIONS, now),
        **world.of_matters(observe(stage, OPTIONS, {}, memory, now).matters),
    }


def _cut(number: str, days: int, place: str) -> tuple[Row, Row]:
    start, end = at("12:00", -days), at("13:00", -days)
    return outage(number, start, restored_at=end), area(number, place, 50, "12:00") | {"off_at": start, "on_at": end}


@pytest.fixture(scope="module")
def stage() -> Stage:
    """T1 out three times and T2 twice in 60 days, T3 once and once long ago; one answer waits, one was taken up."""
    cuts = [_cut(f"{place}-{days}", days, place) for place, days in (
        ("T1", 5), ("T1", 9), ("T1", 40), ("T2", 8), ("T2", 59), ("T3", 7), ("T3", 61),
    )]  # fmt: skip
    orders = [complaint("o1", at("08:00", -3)), complaint("o2", at("08:00", -3), contacted_at=at("12:00", -1))]
    no: Row = {"outcome": "answered", "is_satisfied": False, "answered_at": at("09:10", -2)}
    surveys = [survey(f"s{i}", at("09:00", -2), survey_no=f"s{i}", order_no=f"o{i}", **no) for i in (1, 2)]
    return Stage(
        outages=[one for one, _ in cuts], outage_areas=[one for _, one in cuts], work_orders=orders, surveys=surveys
    )


def test_rules_say_how_often_and_in_how_many_days() -> None:
    (often,) = often_of(RULES | {"frequent_outage": OFTEN})
    assert (often.per, often.outages, often.days) == ("transformer_area", 3, 60)


def test_places_from_the_least_count_that_a_rule_looks_at(stage: Stage) -> None:
    areas = frames(stage)["areas"].sort_values("code", ignore_index=True)
    told = areas[["per", "source", "code", "transformer_area", "count", "window_days"]].to_numpy().tolist()
    assert told == [["transformer_area", "city", "T1", "T1", 3, 60], ["transformer_area", "city", "T2", "T2", 2, 60]]
    assert areas["since"].tolist() == [at("12:00", -40), at("12:00", -59)]
    assert set(areas["county"]) == {"A"}


def test_the_shipped_rules_see_them(stage: Stage) -> None:
    seen = World(NOW, frames(stage))
    often = kinds.look(OFTEN, seen)
    assert often is not None
    assert dict(zip(often.frame["subject"], often.frame["rung"], strict=True)) == {
        "transformer_area:T1": 2, "transformer_area:T2": 1,
    }  # fmt: skip
    cases = kinds.look(RULES["revisit_dissatisfied"], seen)
    assert cases is not None
    assert cases.frame[["subject", "order_no", "start_at"]].to_numpy().tolist() == [["city:s1", "o1", at("09:10", -2)]]


def test_without_rows_the_rules_see_that_all_is_well() -> None:
    seen = World(NOW, frames(Stage()))
    for rule in (OFTEN, RULES["revisit_dissatisfied"]):
        found = kinds.look(rule, seen)
        assert found is not None and found.frame.empty
