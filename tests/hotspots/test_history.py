"""What the past is made of before a look: strata, bundles, delay, capped hotspots, moved units."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import numpy as np
import pandas as pd
import pytest

from kpis.hotspots.baseline import Confirmed, NotEnough, begun_anew, capped, not_enough
from kpis.hotspots.bundles import bundled
from kpis.hotspots.delays import learnt, looks_until
from kpis.hotspots.strata import blocks, combined

moment = partial(datetime, tzinfo=UTC)

NOW = moment(2026, 11, 30, 12, 20)


def test_blocks_are_four_hours_of_working_and_other_days() -> None:
    local = pd.Series(pd.to_datetime(["2026-11-28 03:59", "2026-11-28 04:00", "2026-11-30 23:59"]))
    assert blocks(local, lambda day: day != date(2026, 11, 28)).tolist() == [0, 1, 11]


def test_combined_strata_are_one_for_each_combination() -> None:
    both = combined(np.array([0, 0, 1, 1, 0]), np.array([5, 6, 5, 5, 5]))
    assert both.tolist() == [0, 1, 2, 2, 0]


def test_five_calls_of_one_customer_in_a_day_are_one_event() -> None:
    at = pd.Timestamp("2026-11-01 10:00") + pd.to_timedelta([0, 1, 5, 9, 23.9, 24, 30, 0.5, 0, 0], unit="h")
    who = ["a"] * 7 + ["b", None, None]
    calls = pd.DataFrame({"place": "t1", "customer": who, "time": at})
    events = bundled(calls)
    assert events.groupby("customer")["calls"].apply(list).to_dict() == {"a": [5, 2], "b": [1]}
    assert len(events) == 5  # and two of nobody known


def test_one_customer_at_two_places_is_two_events() -> None:
    at = pd.to_datetime(["2026-11-01 10:00", "2026-11-01 11:00"])
    assert len(bundled(pd.DataFrame({"place": ["t1", "t2"], "customer": "a", "time": at}))) == 2


def _recorded(nightly: bool) -> pd.DataFrame:
    occurred = pd.date_range(NOW - timedelta(days=50), NOW - timedelta(days=8), freq="h")
    recorded = occurred.normalize() + timedelta(hours=26) if nightly else occurred + timedelta(minutes=90)
    return pd.DataFrame({"source": "night" if nightly else "soon", "occurred": occurred, "recorded": recorded})


@pytest.mark.parametrize(
    ("rows", "until"),
    [
        pytest.param(_recorded(False), moment(2026, 11, 30, 10), id="known after two hours"),
        pytest.param(_recorded(True), moment(2026, 11, 29, 14), id="uploaded at night"),
        pytest.param(_recorded(False).iloc[:0], moment(2026, 11, 30, 12), id="nothing learnt holds nothing back"),
    ],
)
def test_a_look_ends_where_four_fifths_are_known(rows: pd.DataFrame, until: datetime) -> None:
    found, complete = looks_until(learnt(rows, NOW), NOW)
    assert found == until
    assert complete >= 0.8


def test_completeness_is_weighed_by_source() -> None:
    both = pd.concat([_recorded(False).iloc[::4], _recorded(True)])
    known = learnt(both, NOW)
    assert known is not None
    assert known.at_age(3) == pytest.approx(known.share["soon"] + known.share["night"] * known.within["night"][3])


@pytest.mark.parametrize(
    ("days", "cases", "missing"),
    [
        pytest.param(28, 30, None, id="just enough"),
        pytest.param(20, 100, NotEnough(8, 0), id="too short"),
        pytest.param(56, 12, NotEnough(0, 18), id="too few"),
    ],
)
def test_not_enough_history(days: float, cases: int, missing: NotEnough | None) -> None:
    assert not_enough(days, cases) == missing


def test_a_confirmed_hotspot_is_thinned_to_what_was_expected() -> None:
    at = pd.date_range("2026-11-01", periods=20, freq="h", tz="UTC")
    cases = pd.DataFrame({"place": ["t1"] * 18 + ["t2"] * 2, "time": at})
    one = Confirmed(frozenset(["t1"]), moment(2026, 11, 1, 4), moment(2026, 11, 1, 14), 2.6)
    left = capped(cases, [one])
    inside = left[(left["place"] == "t1") & (left["time"] >= one.start) & (left["time"] < one.end)]
    assert len(inside) == 3
    assert len(left) == 20 - 10 + 3
    assert len(capped(cases, [Confirmed(frozenset(["t9"]), one.start, one.end, 1.0)])) == 20


def test_a_confirmed_hotspot_of_one_category_leaves_the_others_alone() -> None:
    at = pd.date_range("2026-11-01", periods=20, freq="h", tz="UTC")
    cases = pd.DataFrame({"place": "t1", "time": at, "category": ["complaint", "opinion"] * 10})
    cases.loc[19, "category"] = None
    about = {"category": "complaint"}
    left = capped(cases, [Confirmed(frozenset(["t1"]), at[0].to_pydatetime(), at[19].to_pydatetime(), 2.0, about)])
    assert left["category"].value_counts(dropna=False).tolist() == [9, 2, 1]


def test_a_moved_unit_begins_anew_in_strata_of_its_own_time() -> None:
    at = pd.date_range(NOW - timedelta(days=56), NOW, freq="D")
    cases = pd.concat([pd.DataFrame({"place": p, "time": at}) for p in ("old", "moved", "just moved")])
    changes = pd.DataFrame(
        {"place": ["moved", "just moved"], "changed_at": [NOW - timedelta(days=30), NOW - timedelta(days=5)]}
    )
    rows, short = begun_anew(cases, changes, NOW)
    assert short == ("just moved",)
    assert set(rows["place"]) == {"old", "moved"}
    assert rows[rows["place"] == "moved"]["time"].min() >= NOW - timedelta(days=30)
    assert rows[rows["place"] == "old"].groupby("epoch").size().to_dict() == {0: 26, 1: 31}
    assert set(rows[rows["place"] == "moved"]["epoch"]) == {1}


def test_a_moved_unit_is_no_cluster_for_having_no_past() -> None:
    from kpis.hotspots.forms import permutation
    from kpis.hotspots.scan import Rules
    from kpis.hotspots.windows import ending_now
    from kpis.hotspots.zones import Circles

    rng = np.random.default_rng(5)
    cases = pd.DataFrame({"place": rng.integers(0, 9, 900), "time": rng.integers(0, 56, 900)})
    places = pd.DataFrame({"place": range(9), "x": range(9), "y": 0.0})
    cases["moment"] = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(cases["time"], unit="D")
    changes = pd.DataFrame({"place": [4], "changed_at": [pd.Timestamp("2026-01-01", tz="UTC") + timedelta(days=26)]})
    renamed = cases.drop(columns="time").rename(columns={"moment": "time"})
    rows, _ = begun_anew(renamed, changes, moment(2026, 2, 26))

    def p(table: pd.DataFrame, stratum: str | None) -> float:
        scan = permutation(
            table, places, lambda n: ending_now(n, (20, 28)), zones=Circles(radius=1), step="D", stratum=stratum,
            rules=Rules(replications=99),
        )  # fmt: skip
        return min((one.p for one in scan.clusters if 4 in one.places and one.p is not None), default=1.0)

    assert p(rows, None) <= 0.05  # with no strata its empty past makes it one
    assert p(rows, "epoch") > 0.05
