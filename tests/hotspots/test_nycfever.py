"""The published answer: SaTScan's sample of 194 emergency visits (Kulldorff), and a reference run of SaTScan 10.3.2."""

from pathlib import Path

import pandas as pd
import pytest

from examples.real_rows import DATA
from kpis.hotspots.forms import permutation
from kpis.hotspots.scan import Rules, Scan
from kpis.hotspots.windows import ending_now
from kpis.hotspots.zones import Circles

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    folder = (ROOT / DATA).resolve() / "nycfever"
    if not folder.is_dir():
        pytest.skip(f"the real rows are not there: no folder {DATA}/nycfever beside the repository")
    cases = pd.read_csv(folder / "NYCfever.cas", sep=r"\s+", names=["place", "count", "time"])
    return cases, pd.read_csv(folder / "NYCfever.geo", sep=r"\s+", names=["place", "lat", "lon"])


def _scan(tables: tuple[pd.DataFrame, pd.DataFrame], n: int, stratum: str | None = None) -> Scan:
    cases, places = tables
    rules = Rules(replications=n)
    windows = lambda n: ending_now(n, range(1, 8))  # noqa: E731
    return permutation(cases, places, windows, zones=Circles(radius=3), step="D", stratum=stratum, rules=rules)


def test_the_published_clusters(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    found = _scan(tables, 9_999).clusters
    told = [
        (one.places, f"{one.first:%m-%d}", one.observed, round(one.expected, 2), round(one.statistic, 6))
        for one in found[:3]
    ]
    assert told == [
        ((11418, 11415, 11419, 11435, 11416, 11421, 11451, 11375, 11417), "11-22", 4, 0.67, 3.845418),
        ((11372,), "11-24", 2, 0.16, 3.164201),
        ((10472,), "11-23", 2, 0.29, 2.137259),
    ]
    assert all(f"{one.last:%Y-%m-%d}" == "2001-11-24" for one in found)
    assert found[0].radius == pytest.approx(2.90, abs=0.005)
    # Of 99,999 replications: 0.20362, 0.49243, 0.95849; here 9,999, whose sampling error is up to 0.005.
    assert [one.p for one in found[:3]] == pytest.approx([0.20362, 0.49243, 0.95849], abs=0.015)


def test_times_exchanged_within_the_weekday(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    cases, places = tables
    weekday = pd.to_datetime(cases["time"]).dt.day_of_week
    found = _scan((cases.assign(weekday=weekday), places), 9_999, stratum="weekday").clusters
    assert (found[0].observed, round(found[0].expected, 2)) == (7, 2.49)
    assert found[0].p == pytest.approx(0.0785, abs=0.01)
