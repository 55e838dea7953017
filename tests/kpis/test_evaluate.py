import math
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from kpis.catalogue import CATALOGUE, HEADLINES, LIVE, find
from kpis.docs import markdown
from kpis.evaluate import rows_behind, to_values, values
from kpis.types import DIMS, BadValue, Options, UnknownDimension, UnknownKpi
from tests.kpis.stage import NOW, Stage, at, fault, survey

ARRIVAL, SATISFACTION = CATALOGUE["arrival_on_time_rate"], CATALOGUE["satisfaction_rate"]
OPTIONS = Options()


@pytest.fixture(scope="module")
def stage() -> Stage:
    """Station A1: two on time, one late, one of them yesterday; B1: one late at hour 9; one order of no station."""
    b1 = {"county": "B", "station": "B1"}
    return Stage(
        work_orders=[
            fault("a", arrived_at="08:30"),
            fault("b", at("08:00", -1), arrived_at=at("08:30", -1)),
            fault("c", "10:00", arrived_at="11:00"),
            fault("d", "09:00", arrived_at="09:50", **b1),
            fault("e", "09:59", arrived_at="10:00", station=None),
        ],
        surveys=[survey("s", outcome="unreachable")],
    )


def test_slices_come_in_order_with_their_own_interval(stage: Stage) -> None:
    found = values(stage, ARRIVAL, OPTIONS, by=["county", "station"], now=NOW)
    assert list(found.columns) == ["county", "station", "value", "n", "successes", "low", "high"]
    assert found[["county", "n", "successes"]].to_numpy().tolist() == [["A", 3, 2], ["A", 1, 1], ["B", 1, 0]]
    assert found["station"].isna().tolist() == [False, True, False]
    assert found["value"].tolist() == pytest.approx([200 / 3, 100, 0])
    assert ((found["low"] <= found["value"]) & (found["value"] <= found["high"])).all()


def test_without_rows_the_value_is_missing_and_n_is_zero(stage: Stage) -> None:
    found = values(stage, SATISFACTION, OPTIONS, now=NOW)
    assert found[["n", "successes"]].to_numpy().tolist() == [[0, 0]]
    assert found[["value", "low", "high"]].isna().all(axis=None)
    assert values(stage, SATISFACTION, OPTIONS, by=["county"], now=NOW).empty


WHERE = [
    pytest.param({"station": ["A1"]}, 3, id="one value"),
    pytest.param({"station": ["A1", "B1"]}, 4, id="several values are alternatives"),
    pytest.param({"station": [""]}, 1, id="the empty text is not known"),
    pytest.param({"station": ["", "B1"]}, 2, id="not known or B1"),
    pytest.param({"station": ["A1"], "hour": ["8"]}, 2, id="two dimensions must both hold; whole numbers as text"),
    pytest.param({"day": ["2026-11-19"]}, 1, id="a day of the site"),
    pytest.param({"station": ["no such"]}, 0, id="a value nobody has"),
]


@pytest.mark.parametrize(("where", "n"), WHERE)
def test_where(stage: Stage, where: dict[str, list[str]], n: int) -> None:
    assert values(stage, ARRIVAL, OPTIONS, where=where, now=NOW)["n"].tolist() == [n]
    assert len(stage.frame(rows_behind(stage, ARRIVAL, OPTIONS, where=where), NOW)) == n


def test_the_period_holds_its_start_and_not_its_end(stage: Stage) -> None:
    found = values(stage, ARRIVAL, OPTIONS, start=at("09:00"), end=at("10:00"), now=NOW)
    assert found["n"].tolist() == [2]


@pytest.mark.parametrize(("outcome", "keys"), [("success", "abe"), ("failure", "cd"), (None, "abcde")])
def test_the_rows_behind_a_value_by_outcome(stage: Stage, outcome: str | None, keys: str) -> None:
    behind = rows_behind(stage, ARRIVAL, OPTIONS, outcome=outcome)
    found = stage.frame(behind.order_by("source_key"), NOW)
    assert "".join(found["source_key"]) == keys


def test_an_unknown_dimension_is_refused_with_the_nearest(stage: Stage) -> None:
    with pytest.raises(
        UnknownDimension, match=r"arrival_on_time_rate can not be sliced by `staton`.*did you mean station"
    ):
        values(stage, ARRIVAL, OPTIONS, by=["staton"], now=NOW)
    with pytest.raises(UnknownDimension, match=r"satisfaction_rate .* `feeder` \(its rows are surveys\)"):
        values(stage, SATISFACTION, OPTIONS, where={"feeder": ["F1"]}, now=NOW)


def test_a_column_that_is_no_dimension_is_refused(stage: Stage) -> None:
    """Otherwise customers' numbers could be listed by slicing."""
    for name in ("customer_no", "identity_key", "order_no"):
        with pytest.raises(UnknownDimension):
            values(stage, ARRIVAL, OPTIONS, by=[name], now=NOW)


@pytest.mark.parametrize(("dim", "text"), [("hour", "eight"), ("day", "20.11.2026"), ("weekday", "Friday")])
def test_a_value_of_the_wrong_kind_is_refused(stage: Stage, dim: str, text: str) -> None:
    with pytest.raises(BadValue, match=f"{dim}={text}: .*; write a"):
        values(stage, ARRIVAL, OPTIONS, where={dim: [text]}, now=NOW)


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    assert find("satisfaction_rate") is SATISFACTION
    with pytest.raises(UnknownKpi, match=r"`arival_on_time_rate`; did you mean arrival_on_time_rate"):
        find("arival_on_time_rate")


@pytest.mark.parametrize("table", DIMS)
@pytest.mark.parametrize("dim", sorted({dim for dims in DIMS.values() for dim in dims}))
def test_a_table_takes_its_own_dimensions_and_no_other(stage: Stage, table: str, dim: str) -> None:
    d = next(d for d in CATALOGUE.values() if d.table == table and d.at is None)
    if dim in DIMS[table]:
        found = values(stage, d, OPTIONS, by=[dim], now=NOW)
        assert found["n"].sum() == values(stage, d, OPTIONS, now=NOW)["n"].sum() and dim in found
        return
    with pytest.raises(UnknownDimension, match=rf"{d.key} can not be sliced by `{dim}` \(its rows are {table}\)") as no:
        values(stage, d, OPTIONS, by=[dim], now=NOW)
    assert set(no.value.nearest) <= set(DIMS[table])
    assert all(near in str(no.value) for near in no.value.nearest or DIMS[table])


@pytest.mark.parametrize(
    ("key", "wrong", "near"),
    [
        ("arrival_on_time_rate", "managr", "manager"),
        ("arrival_on_time_rate", "customer", "customer_kind"),
        ("satisfaction_rate", "subcategory_1", "category"),
        ("planned_notice_rate", "cause", "cause_1"),
        ("planned_notice_rate", "event", "event_day"),
    ],
)
def test_the_nearest_name_is_told(stage: Stage, key: str, wrong: str, near: str) -> None:
    with pytest.raises(UnknownDimension) as refused:
        values(stage, CATALOGUE[key], OPTIONS, where={wrong: ["x"]}, now=NOW)
    assert near in refused.value.nearest and near in str(refused.value)


def test_every_dimension_of_every_definition_can_be_asked() -> None:
    empty = Stage()
    for definition in CATALOGUE.values():
        assert values(empty, definition, OPTIONS, by=definition.dims, now=NOW).empty


def test_the_json_form(stage: Stage) -> None:
    frame = values(stage, ARRIVAL, OPTIONS, by=["day", "hour", "station"], now=NOW)
    found = to_values(frame, ARRIVAL, datetime(2026, 11, 20, 6, 31, tzinfo=UTC), NOW)
    assert found[0] | {"low": 0, "high": 0} == {
        "key": "arrival_on_time_rate",
        "by": {"day": "2026-11-19", "hour": 8, "station": "A1"},
        "value": 100.0,
        "n": 1,
        "successes": 1,
        "low": 0,
        "high": 0,
        "unit": "%",
        "as_of": "2026-11-20T06:31:00+00:00",
        "provisional": True,
        "definition_version": 2,
    }
    assert found[-1]["by"]["station"] == "A1" and found[2]["by"]["station"] is not None
    assert [v["by"]["station"] for v in found].count(None) == 1


def test_the_json_form_of_nothing_is_null_not_zero(stage: Stage) -> None:
    (found,) = to_values(values(stage, SATISFACTION, OPTIONS, now=NOW), SATISFACTION, None, NOW, at("09:00"))
    assert (found["value"], found["low"], found["high"], found["n"]) == (None, None, None, 0)
    assert (found["as_of"], found["provisional"], found["by"]) == (None, False, {})
    assert not any(isinstance(v, float) and math.isnan(v) for v in found.values())


def test_days_are_days_of_the_site(stage: Stage) -> None:
    found = values(stage, ARRIVAL, OPTIONS, by=["day"], now=NOW)
    assert [str(d)[:10] for d in found["day"]] == [str(date(2026, 11, 19)), str(date(2026, 11, 20))]


def test_the_catalogue_is_in_order_and_its_page_is_up_to_date() -> None:
    assert [d.key for d in HEADLINES] == [
        "arrival_on_time_rate",
        "restoration_on_time_rate",
        "complaint_repeat_rate",
        "satisfaction_rate",
    ]
    assert tuple(CATALOGUE.values())[: len(HEADLINES)] == HEADLINES == LIVE[: len(HEADLINES)]
    assert set(LIVE) == {d for d in CATALOGUE.values() if d.window_days}
    page = Path(__file__).parents[2] / "docs" / "definitions.md"
    assert page.read_text(encoding="utf-8") == markdown(CATALOGUE)
