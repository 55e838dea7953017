"""What is answered to a question about one figure fits the interface as it is described."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from dashboard.figures_api import Question, Value
from figuring import kpi, of_query
from kpis.types import Refusal, UnknownKpi
from store.scope import Scope
from tests.kpis.stage import complaint, fault
from tests.past.conftest import HandDesk

ANSWERS = TypeAdapter(list[Value])
EVERYBODY = Scope.everything("test")


@pytest.fixture
def told(desk: HandDesk) -> HandDesk:
    late = fault("late", "08:00", arrived_at="09:00", restored_at="09:30")
    desk.merge(work_orders=[late, fault("b", county="B", station="B1", arrived_at="08:10"), complaint("c")])
    return desk


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, id="whole"),
        pytest.param({"by": ["county,hour"], "where": ["channel="]}, id="by dimensions, with values not known"),
        pytest.param({"every": "week", "period": "month"}, id="by week"),
        pytest.param({"by": ["county"], "period": "today", "compare": True}, id="compared"),
        pytest.param({"from": "2026-11-20T00:00:00+08:00", "option": ["target=97"]}, id="since, with an option"),
    ],
)
@pytest.mark.parametrize("key", ["arrival_on_time_rate", "arrival_minutes_mean", "open_orders"])
def test_every_answer_is_as_described(told: HandDesk, key: str, asked: dict[str, Any]) -> None:
    found = ANSWERS.validate_python(kpi(told, EVERYBODY, of_query(key, Question.model_validate(asked).params())))
    assert found
    assert {value.key for value in found} == {key}
    assert sum(value.n for value in found) > 0


def test_what_is_refused_names_what_is_near(told: HandDesk) -> None:
    with pytest.raises(UnknownKpi) as unknown:
        of_query("arival_on_time_rate", {})
    assert unknown.value.nearest[0] == "arrival_on_time_rate"
    for params, near in (
        ({"period": ["lastmonth"]}, "last_month"),
        ({"every": ["weeks"]}, "week"),
        ({"by": ["conty"]}, "county"),
    ):
        with pytest.raises(Refusal) as refused:
            kpi(told, EVERYBODY, of_query("arrival_on_time_rate", params))
        assert near in refused.value.nearest and f"did you mean {refused.value.nearest[0]}" in str(refused.value)
    with pytest.raises(Refusal, match="parameter wher: did you mean where"):
        of_query("arrival_on_time_rate", {"wher": ["county=A"]})
