"""The fit in a process of its own: resumed after a stop, guarded, and the exchange that a history asks for."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gathering import threshold
from kpis.hotspots.calibration import Calibration
from kpis.hotspots.looks import stream_of
from kpis.hotspots_facts import fitting, state
from store.ledger import hotspots
from tests.gathering.district import Desk, usual


@pytest.fixture
def task(desk: Desk) -> fitting.Task:
    sight = desk.gathering.eyes.sight(desk.now(), 90)
    return threshold.task(sight, desk.gathering.options, is_first=True)


def test_a_fit_apart_gives_what_a_fit_here_gives_and_goes_on_where_it_was_stopped(
    desk: Desk, task: fitting.Task, tmp_path: Path
) -> None:
    folder = tmp_path / "fit"
    fit = threshold.Fit(folder, "mark")
    fit.start(task, desk.now())
    fit.stop()
    np.save(folder / "00000.npy", fitting.replayed(task, 0))
    before = (folder / "00000.npy").stat().st_mtime_ns
    again = threshold.Fit(folder, "mark")
    again.start(task, desk.now() + timedelta(hours=1))
    assert json.loads((folder / "begun.json").read_text())["at"] == desk.now().isoformat()
    assert again._process is not None
    again._process.join(120)
    assert (folder / "00000.npy").stat().st_mtime_ns == before
    done = again.taken()
    assert done is not None
    assert done[1] == threshold.fitted_here(task)
    assert again.taken() is None
    assert not folder.exists()


def test_a_level_far_from_the_last_one_is_not_taken_and_says_why(desk: Desk, task: fitting.Task) -> None:
    options = desk.gathering.options
    row = hotspots.calibration(desk.ledger, threshold.fingerprint(options))
    assert row is not None
    scale, _ = state.to_calibration(row["body"])
    far = Calibration(scale.tails, scale.daily, 2 * scale.alert, 0.8, 20, 400)
    threshold.store(desk.ledger, options, task, far, desk.now(), guard=True)
    kept = hotspots.calibration(desk.ledger, threshold.fingerprint(options))
    assert kept is not None
    assert kept["id"] == row["id"]
    assert "100%" in kept["kept_because"]
    assert desk.ask()["calibration"]["kept_because"] == kept["kept_because"]


def test_other_settings_want_another_threshold(desk: Desk) -> None:
    options = desk.gathering.options
    for change in ({"unit": "grid"}, {"budget_30d": 0.5}, {"categories": ("opinion",)}, {"nearest": 50}):
        other = options.model_copy(update=change)
        assert threshold.fingerprint(other) != threshold.fingerprint(options)
    assert threshold.fingerprint(options.model_copy(update={"every_min": 60})) == threshold.fingerprint(options)


def bursts(size: int) -> Any:
    """Cases in bursts of `size` within a place's day."""
    rng = np.random.default_rng(3)
    n = 4000 // size
    place, day = np.repeat(rng.integers(0, 40, n), size), np.repeat(rng.integers(0, 70, n), size)
    hour = day * 24 + rng.integers(0, 24, len(place))
    stratum = np.where(day % 7 < 5, 6, 0) + hour % 24 // 4
    return stream_of(place, hour, stratum)


@pytest.mark.parametrize(("size", "exchange"), [(1, "events"), (3, "days")])
def test_whole_days_are_exchanged_where_complaints_come_in_bursts(size: int, exchange: str) -> None:
    found, ratio = fitting.exchange_of(bursts(size))
    assert found == exchange
    assert ratio == pytest.approx(size if size > 1 else 1, rel=0.25)


def test_a_short_history_is_replayed_with_the_baseline_it_has(desk: Desk) -> None:
    sight = desk.gathering.eyes.sight(desk.now(), 90)
    stream, watch = sight.stream, sight.ground.watch
    hours = fitting.replay_hours(stream, watch, int(stream.hour[-1]) + 1)
    assert len(hours) % 24 == 0
    assert hours[0] - stream.hour[0] >= len(hours)
    short = stream.where(stream.hour >= stream.hour[-1] - 40 * 24)
    assert len(fitting.replay_hours(short, watch, int(short.hour[-1]) + 1)) == 13 * 24


def test_of_nodes_that_hold_the_same_one_is_looked_at(desk: Desk) -> None:
    desk.put("work_orders", usual(days=60, per_day=2, seed=9, first=90_000))
    sight = desk.gathering.eyes.sight(desk.now(), 90)
    paths = fitting.node_paths(sight.stream, sight.paths, sight.ground.watch, sight.hour)
    assert paths[0] == ()
    assert ("complaint",) not in paths  # all there are
    assert ("complaint", "voltage") in paths
