"""The indices of IEEE 1366 by hand: outages, areas and steps whose names say why, seen at 14:32 on the Friday."""

from datetime import timedelta
from typing import Any, Final

import pandas as pd
import pytest

from kpis import interruptions
from kpis.catalogue import CATALOGUE
from kpis.evaluate import rows_behind, together, values
from kpis.event_days import Threshold, threshold
from kpis.left_out import left_out
from kpis.measures import COLUMNS, finished, finished_at_once
from kpis.reliability import asai, by_area, celid, cemi
from kpis.served import BASE
from kpis.types import Options
from tests.kpis.stage import NOW, Row, Stage, area, at, complaint, outage, unit

# Figures of the catalogue that are judged here.
JUDGED: Final = frozenset(
    [
        *("saidi", "saifi", "caidi", "maifi", "customer_hours_lost"),
        *("estimate_in_time_rate", "estimate_kept_rate", "first_estimate_kept_rate", "estimate_changed_rate"),
        *("estimates_expired", "complaints_per_10000", "complaints_per_million"),
    ]
)
ALL_COUNT = Options(sustained_min=0)


def served(name: str, customers: int | None, **fields: Any) -> Row:
    place = {"city": "LJ", "county": "A", "station": "A1", "feeder": "F1", "customer_kind": "residential"}
    return {"source": "city", "source_key": name, "transformer_area": name, "customers": customers, **place, **fields}


def lasting(name: str, minutes: float, **fields: Any) -> Row:
    return outage(name, "08:00", restored_at=at("08:00") + timedelta(minutes=minutes), **fields)


def value(stage: Stage, key: str, options: Options | None = None, **how: Any) -> Any:
    return values(stage, CATALOGUE[key], options or Options(), now=NOW, **how)


def one(stage: Stage, key: str, options: Options | None = None) -> tuple[float, int]:
    found = value(stage, key, options).iloc[0]
    return found["value"], found["n"]


@pytest.fixture(scope="module")
def three() -> Stage:
    """The example of the guide's readers: 10,000 served."""
    outages = [
        lasting(name, minutes, customers_out=n) for name, n, minutes in (("a", 100, 5), ("b", 200, 10), ("c", 300, 11))
    ]
    return Stage(outages=outages, customers=[served("T1", 10_000)])


@pytest.mark.parametrize(
    ("key", "options", "expected", "n"),
    [
        ("saifi", ALL_COUNT, 0.06, 3),
        ("saidi", ALL_COUNT, 0.58, 3),
        ("caidi", ALL_COUNT, 9.67, 3),
        ("maifi", ALL_COUNT, 0, 0),
        ("saifi", Options(), 0.05, 2),
        ("saidi", Options(), 0.53, 2),
        ("caidi", Options(), 10.6, 2),
        ("maifi", Options(), 0.01, 1),
        ("customer_hours_lost", Options(), 88.33, 2),
    ],
)
def test_three_outages(three: Stage, key: str, options: Options, expected: float, n: int) -> None:
    found, counted = one(three, key, options)
    assert (round(found, 2), counted) == (expected, n)


def test_without_an_interruption_frequency_is_zero_and_the_mean_length_is_not_known() -> None:
    stage = Stage(outages=[lasting("short", 3, customers_out=9)], customers=[served("T1", 100)])
    assert [one(stage, key) for key in ("saifi", "saidi")] == [(0, 0), (0, 0)]
    assert pd.isna(one(stage, "caidi")[0]) and pd.isna(one(stage, "customer_hours_lost")[0])


@pytest.mark.parametrize(
    "stage",
    [
        pytest.param(Stage(outages=[lasting("x", 60, customers_out=9)]), id="nobody lists customers"),
        pytest.param(
            Stage(outages=[lasting("x", 60, customers_out=9)], customers=[served("T1", 0)]), id="they sum to 0"
        ),
        pytest.param(Stage(customers=[served("T1", 100)]), id="no outage was ever read"),
    ],
)
def test_missing_is_never_zero(stage: Stage) -> None:
    assert pd.isna(one(stage, "saifi")[0]) and pd.isna(one(stage, "saidi")[0])


STEPS: Final = [
    pytest.param(
        [area("x", "T1", 40, "08:00", "09:00"), area("x", "T2", 60, "08:00", "10:00")], 100, 160, id="two steps"
    ),
    pytest.param(
        [area("x", "T1", 40, "08:00", "09:00"), area("x", "T1", 40, "09:30", "10:00")], 80, 60, id="off, on, off"
    ),
    pytest.param([area("x", "T1", 40, "08:00")], 40, 40 * 2.5, id="a step without an end ends with its outage"),
    pytest.param(
        [area("x", "T1", 40, "08:00", "08:05"), area("x", "T2", 60, "08:00", "09:00")], 60, 60, id="5 min are none"
    ),
]


@pytest.mark.parametrize(("steps", "customers", "hours"), STEPS)
def test_steps_count_by_themselves(steps: list[Row], customers: float, hours: float) -> None:
    whole = outage("x", "08:00", restored_at="10:30", customers_out=999)
    stage = Stage(outages=[whole], outage_areas=steps, customers=[served("T1", 400), served("T2", 600)])
    assert one(stage, "saifi")[0] == pytest.approx(customers / 1000)
    assert one(stage, "customer_hours_lost")[0] == pytest.approx(hours)


def test_what_still_lasts_counts_so_far_and_an_evaluation_of_the_past_does_not_know_its_end() -> None:
    runs = outage("runs", "12:32", customers_out=10)
    later = outage("later", "13:32", restored_at=at("16:00"), customers_out=10)
    stage = Stage(outages=[runs, later], customers=[served("T1", 100)])
    assert one(stage, "saidi") == (18.0, 2)  # 120 min and 60 min of 10 in 100
    assert pd.isna(value(stage, "caidi", end=at("12:00"))["value"].iloc[0])


FLAWED: Final = {
    "no_start": [outage("a", None, planned_start_at="08:00", restored_at="09:00", customers_out=5)],  # type: ignore[arg-type]
    "restored_before_started": [outage("b", "09:00", restored_at="08:00", customers_out=5)],
    "uncounted": [outage("c", "08:00", restored_at="09:00")],
}


def test_what_is_wrong_is_named_and_counted_beside_the_figure() -> None:
    rows = [row for rows in FLAWED.values() for row in rows] + [outage("d", "08:00", restored_at="09:00")]
    steps = [
        area("d", "nowhere", 5, "08:00"),
        area("d", "T0", 5, "08:00"),
        area("d", "T1", 5, "08:00"),
        area("d", "T1", 5, "08:30", "08:10"),
        area("d", "known, without customers", 5, "08:00"),
    ]
    units = [unit("known, without customers", "transformer_area", "A1")]
    stage = Stage(outages=rows, outage_areas=steps, customers=[served("T0", 0), served("T1", 100)], units=units)
    found = stage.frame(interruptions.flaws(interruptions.interruptions(stage)), NOW)
    assert dict(zip(found["flaw"], found["rows"], strict=True)) == {
        "area_unknown": 1,
        "no_start": 1,
        "nobody_served": 2,
        "restored_before_started": 2,
        "uncounted": 1,
    }
    assert one(stage, "saifi") == (0.05, 1), "only what is right counts"
    assert set(found["flaw"]) == set(interruptions.FLAWS)


def test_places_without_an_outage_have_zero_and_places_nobody_lists_have_none() -> None:
    outages = [lasting("x", 60, customers_out=10), lasting("y", 60, customers_out=10, station="B1", county="B")]
    stage = Stage(outages=outages, customers=[served("T1", 100), served("T2", 50, station="A2")])
    found = value(stage, "saidi", by=["station"]).set_index("station")["value"]
    assert found["A1"] == 6 and found["A2"] == 0 and pd.isna(found["B1"])
    assert found.index.tolist() == ["A1", "A2", "B1"]
    by_kind = value(stage, "saidi", by=["kind"]).set_index("kind")["value"]
    assert by_kind["fault"] == pytest.approx(8), "cut by kind it is divided by all"
    assert value(stage, "saidi", where={"grid": ["G"]})["value"].isna().all(), "nobody lists customers by grid"
    assert value(stage, "saidi", where={"station": ["A1"]})["value"].tolist() == [6]


@pytest.mark.parametrize("by", [[], ["station"]])
def test_figures_of_the_same_rows_are_the_same_in_one_pass(by: list[str]) -> None:
    outages = [lasting("x", 60, customers_out=10), lasting("y", 3, customers_out=10, station="B1", county="B")]
    stage = Stage(outages=outages, customers=[served("T1", 100), served("T2", 50, station="A2")])
    ours = [CATALOGUE[key] for key in ("saidi", "saifi", "caidi", "maifi", "customer_hours_lost")]
    found = together(stage, ours, lambda _: Options(), by=by, beside=True, now=NOW)
    for d in ours:
        alone = value(stage, d.key, by=by, beside=True)
        mine = found[d.key].set_index(by).loc[alone[by[0]]].reset_index() if by else found[d.key]
        pd.testing.assert_frame_equal(mine[alone.columns], alone, check_dtype=False, check_index_type=False)


def test_days_of_major_events_are_told_apart() -> None:
    stage = Stage(outages=[lasting("x", 60, customers_out=10)], customers=[served("T1", 100)])
    found = value(stage, "saidi", beside=True).iloc[0]
    assert (found["ordinary_value"], found["ordinary_n"]) == (6, 1)


def test_worst_served_areas() -> None:
    steps = [area("x", "T1", 40, f"{h:02d}:00", f"{h:02d}:30") for h in (1, 3, 5, 7)] + [
        area("x", "T2", 60, "01:00", "10:00")
    ]
    stage = Stage(
        outages=[outage("x", "01:00", restored_at="10:30")],
        outage_areas=steps,
        customers=[served("T1", 40), served("T2", 60)],
    )
    areas = by_area(interruptions.frame(stage, NOW), 5)
    assert areas[["times", "total_min", "longest_min"]].to_numpy().tolist() == [[4, 120, 30], [1, 540, 540]]
    assert [cemi(areas, n, 100) for n in (0, 3, 4)] == [100, 40, 0]
    assert [
        celid(areas, 2, 100, total=True),
        celid(areas, 2, 100, total=False),
        celid(areas, 9.1, 100, total=True),
    ] == [100, 60, 0]
    assert cemi(areas, 0, None) is None and cemi(areas, 0, 0) is None


def test_availability() -> None:
    assert asai(14.4, at("00:00"), at("00:00", 1)) == pytest.approx(99)
    assert asai(None, at("00:00"), at("00:00", 1)) is None and asai(1.0, at("00:00"), at("00:00")) is None


def test_event_days_need_history_and_say_how_they_deviate() -> None:
    few = threshold([1.0] * 364)
    assert not few.has_history and few.is_event(99) is None and few.days == 364
    e = 2.718281828459045
    many = [e, e**3] * 200 + [0.0] * 50  # logarithms 1 and 3; days without an interruption have none
    n, n_1 = threshold(many, "n"), threshold(many)
    assert n.days == 400 and n.alpha == pytest.approx(2) and n.beta == pytest.approx(1)
    assert n.minutes == pytest.approx(e**4.5) and n_1.beta == pytest.approx((400 / 399) ** 0.5)
    assert isinstance(n_1, Threshold) and n_1.minutes is not None and n.minutes is not None and n_1.minutes > n.minutes
    assert n.is_event(e**4.6) is True and n.is_event(e**4.4) is False


def said(no: str, when: str, estimate: str | None, kind: str = "estimate_set") -> Row:
    row: Row = {"source": "city", "source_key": f"{no} {when} {kind}", "outage_no": no, "kind": kind, "at": at(when)}
    return {**row, "estimate_at": at(estimate) if estimate else None}


ESTIMATES: Final[list[Any]] = [  # outage, what was said, then: in time, first kept, changed
    (lasting("told at 15 min, kept to the minute", 120), [("08:15", "10:00")], True, True, False),
    (lasting("told a minute late, late", 121), [("08:16", "10:00")], False, False, False),
    (lasting("changed", 180), [("08:10", "10:00"), ("09:30", "11:00", "estimate_changed")], True, False, True),
    (
        lasting("the same said again", 60),
        [("08:10", "10:00"), ("08:30", "10:00", "estimate_changed")],
        True,
        True,
        False,
    ),
    (lasting("nothing said", 120), [], False, None, None),
    (outage("runs, past it", "08:00"), [("08:10", "14:31")], True, False, None),
    (outage("runs, within it", "08:00"), [("08:10", "14:33")], True, None, None),
    (outage("young, nothing said", "14:20"), [], None, None, None),
    (lasting("planned", 120, kind="planned"), [("08:30", "09:00")], None, None, None),
]


@pytest.fixture(scope="module")
def told() -> Stage:
    events = [said(row["outage_no"], *words) for row, notes, *_ in ESTIMATES for words in notes]
    return Stage(outages=[row for row, *_ in ESTIMATES], outage_events=events)


@pytest.mark.parametrize(
    ("place", "key"), [(0, "estimate_in_time_rate"), (1, "first_estimate_kept_rate"), (2, "estimate_changed_rate")]
)
def test_estimates(told: Stage, place: int, key: str) -> None:
    found = told.frame(rows_behind(told, CATALOGUE[key], Options()).select("source_key", "is_success"), NOW)
    verdicts = dict(zip(found["source_key"], found["is_success"].astype(bool), strict=True))
    assert verdicts == {row["source_key"]: v[place] for row, _, *v in ESTIMATES if v[place] is not None}


def test_a_source_that_tells_no_estimates_is_not_judged_by_them() -> None:
    stage = Stage(outages=[lasting("x", 120, estimate_at="09:00")])
    assert one(stage, "estimate_in_time_rate")[1] == 0
    assert one(stage, "estimate_kept_rate") == (0, 1), "but by the estimate that stands"


def test_estimates_expired() -> None:
    rows = [
        outage("past", "08:00", estimate_at="14:31"),
        outage("this moment", "08:00", estimate_at="14:32"),
        outage("none", "08:00"),
        outage("over", "08:00", restored_at="14:00", estimate_at="12:00"),
    ]
    assert one(Stage(outages=rows), "estimates_expired") == (1, 1)


def test_complaints_per_customer_have_an_interval() -> None:
    orders = [
        complaint("a"),
        complaint("b"),
        complaint("child", parent_order_no="a"),
        complaint("off", status="cancelled"),
    ]
    stage = Stage(work_orders=orders, customers=[served("T1", 20_000)])
    found = value(stage, "complaints_per_10000").iloc[0]
    assert (found["value"], found["n"]) == (1, 2) and 0.2 < found["low"] < 0.4 and 3.5 < found["high"] < 3.8
    assert one(stage, "complaints_per_million")[0] == 100
    assert pd.isna(one(Stage(work_orders=orders), "complaints_per_million")[0])
    none = value(
        Stage(work_orders=[complaint("x", "07:00")], customers=[served("T1", 100)]),
        "complaints_per_10000",
        start=at("08:00"),
    )
    assert none[["value", "n"]].to_numpy().tolist() == [[0, 0]]


@pytest.mark.parametrize("base", [60.0, 0.0, None])
def test_a_ratio_among_many_figures_of_one_row_is_the_same(base: float | None) -> None:
    row = {"n": 2, "value": 300.0, BASE: base}
    for key in ("caidi", "customer_hours_lost"):
        wanted = finished(pd.DataFrame([row]), CATALOGUE[key]).iloc[0]
        got = finished_at_once({f"{key}:{name}": value for name, value in row.items()}, [CATALOGUE[key]])[key]
        pd.testing.assert_series_equal(
            pd.Series(got)[list(COLUMNS)].astype(float), wanted[list(COLUMNS)].astype(float), check_names=False
        )


def test_what_a_figure_leaves_out_is_counted_beside_it() -> None:
    rows = [row for rows in FLAWED.values() for row in rows] + [outage("d", "08:00", restored_at="09:00")]
    steps = [area("d", "nowhere", 5, "08:00"), area("d", "T0", 5, "08:00"), area("d", "T1", 5, "08:00")]
    far = outage("far", "09:00", restored_at="08:00", customers_out=5, station="B1", county="B")
    stage = Stage(outages=[*rows, far], outage_areas=steps, customers=[served("T0", 0), served("T1", 100)])
    wanted = {"no_start": 1, "restored_before_started": 2, "uncounted": 1, "area_unknown": 1, "nobody_served": 1}
    for key in ("saidi", "saifi", "caidi", "maifi", "customer_hours_lost"):
        assert left_out(stage, CATALOGUE[key], NOW) == wanted
    mine = left_out(stage, CATALOGUE["saidi"], NOW, where={"station": ["A1"]}, start=at("00:00"), end=at("23:00"))
    assert mine == wanted | {"no_start": 0, "restored_before_started": 1}, "without a start it is of no period"
    assert left_out(stage, CATALOGUE["estimate_kept_rate"], NOW) == {"restored_before_started": 2}
    assert left_out(stage, CATALOGUE["complaints_per_10000"], NOW) == {}
