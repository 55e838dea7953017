"""Looks, categories as one family, and the threshold from the budget, on a small invented utility."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import pandas as pd
import pytest

from bench.hotspots_city import Background, City, Rise, city, stream, usual, with_rise
from kpis.hotspots.calibration import (
    Calibration,
    exchanged,
    exchanged_days,
    fitted,
    kept,
    look_hours,
    measured,
    nulls,
    tuned,
)
from kpis.hotspots.family import Nodes, Tail, deepest, glance, looked, nodes_of, ready, tail
from kpis.hotspots.forms import permutation
from kpis.hotspots.found import seen_at
from kpis.hotspots.looks import Stream, Watch, look, planned, watch_of
from kpis.hotspots.replays import alarms, played, proven
from kpis.hotspots.scan import Rules
from kpis.hotspots.tables import BadTable, Flags
from kpis.hotspots.windows import ending_now
from kpis.hotspots.zones import Circles, zones_of

moment = partial(datetime, tzinfo=UTC)

ORIGIN = moment(2026, 1, 5)
LEAVES = [("supply", "voltage"), ("supply", "outage"), ("service", "bill")]


@pytest.fixture(scope="module")
def town() -> tuple[City, Watch]:
    made = city(Background(units=60, per_day=30), 64, 3)
    zones = zones_of(made.places, Circles(nearest=12, share=None), ["feeder"], np.ones(60))
    return made, watch_of(zones, 60)


def test_a_look_is_the_permutation_scan(town: tuple[City, Watch]) -> None:
    """The same best zone as `forms.permutation` over the same hours, with strata, with numba and without."""
    made, watch = town
    events = stream(usual(made, np.random.default_rng(4)))
    hour = 62 * 24 + 5
    rows = (events.hour >= hour - watch.baseline_h) & (events.hour < hour)
    table = pd.DataFrame({"place": events.place[rows], "time": events.hour[rows], "s": events.stratum[rows]})
    scan = permutation(
        table, made.places, lambda n: ending_now(n, watch.windows_h), zones=Circles(nearest=12, share=None),
        sets=["feeder"], stratum="s", period=(hour - watch.baseline_h, hour - 1), rules=Rules(replications=0,
        least=3, floor=2.0),
    )  # fmt: skip
    for compiled in (True, False):
        way = replace(watch, is_compiled=compiled)
        found = look(events, way, planned(events, way, [hour]), 0)
        assert found.best.max() == pytest.approx(scan.clusters[0].statistic, abs=1e-10)
        assert found.observed[list(scan.clusters[0].places)].sum(axis=0).max() >= scan.clusters[0].observed


def test_events_of_unknown_places_count_in_the_totals_alone(town: tuple[City, Watch]) -> None:
    made, watch = town
    events = stream(usual(made, np.random.default_rng(4)))
    lost = replace(events, place=np.where(np.arange(len(events.place)) % 10 == 0, -1, events.place))
    plan = planned(lost, watch, [62 * 24])
    found = look(lost, watch, plan, 0)
    assert found.total == plan.high[0] - plan.low[0]
    assert found.observed[:, -1].sum() < plan.high[0] - plan.start[0, -1]


def test_nodes_are_all_tops_and_leaves_with_enough_cases() -> None:
    nodes = nodes_of(LEAVES, [40, 29, 3])
    assert nodes.paths == ((), ("service",), ("supply",), ("supply", "voltage"))
    assert nodes.holds.tolist() == [[True] * 3, [False, False, True], [True, True, False], [True, False, False]]


@pytest.mark.parametrize(
    ("excess", "name"),
    [
        pytest.param([10, 2, 8, 7.9], ("supply", "voltage"), id="nearly all of it is one leaf"),
        pytest.param([10, 2, 8, 4], ("supply",), id="mixed leaves of one top"),
        pytest.param([10, 5, 5, 3], (), id="mixed tops"),
    ],
)
def test_a_hotspot_is_named_by_the_deepest_node_with_most_of_it(excess: list[float], name: tuple[str, ...]) -> None:
    nodes = nodes_of(LEAVES, [40, 29, 3])
    assert nodes.paths[deepest(nodes, excess, 0)] == name


def test_a_tail_gives_the_chance_of_large_maxima_even_with_many_zeros() -> None:
    rng = np.random.default_rng(1)
    maxima = np.where(rng.random(20_000) < 0.6, 0.0, rng.gumbel(5, 0.8, 20_000))
    fit = tail(maxima)
    high = float(np.quantile(maxima, 0.999))
    assert np.exp(-fit.rarity(high)) == pytest.approx(0.001, rel=0.3)
    assert fit.level(0.001) == pytest.approx(high, rel=0.05)
    assert fit.rarity(0.0) == 0
    with pytest.raises(BadTable, match="200 maxima"):
        tail(maxima[:50])


def test_exchanging_keeps_place_and_time_of_each_stratum(town: tuple[City, Watch]) -> None:
    events = stream(usual(town[0], np.random.default_rng(4)))
    other = exchanged(events, np.random.default_rng(1))
    assert np.array_equal(other.hour, events.hour)
    assert not np.array_equal(other.place, events.place)
    for s in np.unique(events.stratum):
        rows = events.stratum == s
        assert _rows(events, rows) == _rows(other, rows)


def test_exchanging_days_keeps_what_a_place_has_on_a_day_together(town: tuple[City, Watch]) -> None:
    events = stream(usual(town[0], np.random.default_rng(4)))
    other = exchanged_days(events, np.random.default_rng(1))
    assert np.all(np.diff(other.hour) >= 0)
    assert np.array_equal(np.bincount(other.place), np.bincount(events.place))
    assert np.array_equal(other.hour // 24 % 7 < 5, other.stratum >= 6)  # working days stay working days
    assert np.array_equal(np.bincount(other.hour % 24), np.bincount(events.hour % 24))
    blocks = [np.unique(np.stack([e.place, e.hour // 24]), axis=1, return_counts=True)[1] for e in (events, other)]
    assert blocks[1].mean() >= blocks[0].mean()  # never taken apart; some fall on one day by chance
    assert not np.array_equal(other.place, events.place)


def _rows(events: Stream, rows: Flags) -> list[tuple[int, ...]]:
    return sorted(zip(events.place[rows], events.leaf[rows], events.customer[rows], strict=True))


@pytest.fixture(scope="module")
def calibrated(town: tuple[City, Watch]) -> tuple[Nodes, Calibration]:
    made, watch = town
    events = stream(usual(made, np.random.default_rng(4)))
    nodes = nodes_of([("supply",), ("service",)], [1, 1])
    nodes = Nodes(nodes.paths, np.array([[True] * 6, [False] * 3 + [True] * 3, [True] * 3 + [False] * 3]))
    hours = look_hours(events, watch, every_h=6)
    return nodes, fitted(nulls(events, watch, nodes, hours, 40, 1), hours)


def test_recurrence_and_level_are_one_scale(calibrated: tuple[Nodes, Calibration]) -> None:
    _, made = calibrated
    days = [3.0, 7.0, 37.5, 100.0, 365.0]
    levels = [made.level(d) for d in days]
    assert levels == sorted(levels)
    assert made.recurrence_d(levels) == pytest.approx(days)
    assert made.level(made.alert_d) == pytest.approx(made.alert)


def test_a_planted_rise_is_found_where_and_as_what_it_is(
    town: tuple[City, Watch], calibrated: tuple[Nodes, Calibration]
) -> None:
    made, watch = town
    nodes, scale = calibrated
    members = np.flatnonzero(made.places.table["feeder"] == 2)
    rise = Rise(members, 59 * 24, 24, 24.0, leaf=4)  # of the top that is the leaves 3 to 5
    events, _ = with_rise(usual(made, np.random.default_rng(8)), made, rise, np.random.default_rng(9))
    split = ready(stream(events), watch, nodes, [60 * 24])
    seen = seen_at(split, watch, nodes, 0, scale, made.places.ids, ORIGIN)
    assert seen[0].recurrence_d > 365
    assert seen[0].node == nodes.paths[1]
    assert len(set(seen[0].weight) & set(members)) >= 5
    assert abs(seen[0].start - (ORIGIN + timedelta(days=59))) <= timedelta(hours=12)
    assert not seen[0].is_relative
    assert all(not set(a.weight) & set(b.weight) for a in seen for b in seen if a is not b)


def test_a_fall_elsewhere_is_called_relative(town: tuple[City, Watch], calibrated: tuple[Nodes, Calibration]) -> None:
    """Nothing rises; two days ago everybody else fell silent, as when their records stopped coming."""
    made, watch = town
    nodes, scale = calibrated
    events = usual(made, np.random.default_rng(8))
    members = np.flatnonzero(made.places.table["feeder"] == 2)
    stay = (events["hour"] < 61 * 24) | np.isin(events["place"], members)
    split = ready(stream({name: a[stay] for name, a in events.items()}), watch, nodes, [63 * 24])
    seen = seen_at(split, watch, nodes, 0, scale, made.places.ids, ORIGIN, least_d=3.0)
    assert seen
    assert seen[0].is_relative


def test_one_customer_alone_makes_no_hotspot(town: tuple[City, Watch], calibrated: tuple[Nodes, Calibration]) -> None:
    made, watch = town
    nodes, scale = calibrated
    rise = Rise(np.array([7]), 62 * 24, 24, 30.0)
    events, planted = with_rise(usual(made, np.random.default_rng(8)), made, rise, np.random.default_rng(9))
    one = {**events, "customer": np.where(planted, 77, events["customer"])}
    usual_ones = np.isin(events["place"], [7]) & (events["hour"] >= 55 * 24) & ~planted
    quiet = {name: a[~usual_ones] for name, a in one.items()}
    split = ready(stream(quiet), watch, nodes, [63 * 24])
    assert all(
        7 not in s.weight or len(s.weight) > 1 for s in seen_at(split, watch, nodes, 0, scale, made.places.ids, ORIGIN)
    )
    view = glance(looked(split, watch, 0), scale.tails)
    assert view.most > scale.alert  # the statistic alone would have raised it


def test_the_guard_keeps_the_last_scale_when_the_new_one_is_far_off(calibrated: tuple[Nodes, Calibration]) -> None:
    _, made = calibrated
    near, far = replace(made, alert=made.alert * 1.29), replace(made, alert=made.alert * 0.6)
    assert kept(made, near) == (near, None)
    last, why = kept(made, far)
    assert last is made
    assert why is not None
    assert "40%" in why
    assert kept(None, far) == (far, None)


def test_the_measured_rate_has_the_interval_of_a_count(calibrated: tuple[Nodes, Calibration]) -> None:
    made = measured(calibrated[1], [3, 0, 1], 120.0)
    assert made.measured_30d == pytest.approx(1.0)
    assert made.low == pytest.approx(1.0899 / 4, abs=1e-3)
    assert made.high == pytest.approx(10.2416 / 4, abs=1e-3)


@pytest.mark.parametrize(
    ("counts", "moves"),
    [
        pytest.param([8] * 10, np.log(3), id="ten times too many: three times at most"),
        pytest.param([1] * 10, np.log(0.375 / 0.8), id="half as many"),
        pytest.param([0] * 10, np.log(1 / 3), id="none: to a third at most"),
    ],
)
def test_the_level_moves_to_the_budget(calibrated: tuple[Nodes, Calibration], counts: list[int], moves: float) -> None:
    made = replace(calibrated[1], days=800)
    moved = tuned(measured(made, counts, 800.0))
    assert moved.alert - made.alert == pytest.approx(made.daily.scale * moves)


def test_replays_prove_the_level_with_the_rules_of_life(
    town: tuple[City, Watch], calibrated: tuple[Nodes, Calibration]
) -> None:
    made, watch = town
    nodes, scale = calibrated
    events = stream(usual(made, np.random.default_rng(4)))
    hours = look_hours(events, watch, every_h=6)
    found = proven(events, watch, nodes, scale, hours, 6, 1)
    assert found.alert != scale.alert
    assert found.low <= found.measured_30d <= found.high
    assert found.high < 30  # 24 days of replays: not far above the budget, and the interval says how little is known
    rise = Rise(np.flatnonzero(made.places.table["feeder"] == 2), 59 * 24, 48, 24.0)
    sick, _ = with_rise(usual(made, np.random.default_rng(8)), made, rise, np.random.default_rng(9))
    lines, after = played(stream(sick), watch, nodes, found, hours, made.places.ids, ORIGIN)
    assert alarms(lines) >= 1
    assert any(h.lives for h in after[int(hours[-1])]) or lines[-1].kind == "ended"


def test_too_short_a_stream_is_refused(town: tuple[City, Watch]) -> None:
    made, watch = town
    events = stream(usual(made, np.random.default_rng(4)))
    with pytest.raises(BadTable, match="days are too few"):
        look_hours(events.where(events.hour < 50 * 24), watch)


def test_a_tail_below_its_start_rises_evenly() -> None:
    fit = Tail(4.0, 0.1, 1.0)
    assert fit.rarity([0, 2, 4]) == pytest.approx([0, -np.log(0.1) / 2, -np.log(0.1)])
