"""The threshold: fitted in a process of its own at low priority, resumed after a stop, stored in the ledger."""

import hashlib
import json
import os
import pickle
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

import numpy as np

from kpis.hotspots.calibration import Calibration, fitted, kept
from kpis.hotspots.family import Path as CategoryPath
from kpis.hotspots_facts import state
from kpis.hotspots_facts.fitting import (
    FIRST_PROOF,
    PROOF_PART,
    Task,
    first_histories,
    fit,
    node_paths,
    replay_hours,
    replayed,
    task_of,
)
from kpis.hotspots_facts.sight import Sight
from settings_hotspots import Hotspots
from store.ledger import hotspots
from store.ledger.ledger import Ledger

NICE: Final = 10
STALE: Final = timedelta(days=7)  # a fit that was begun earlier is begun anew
ROUGH: Final = 4  # a threshold from fewer than a quarter of the histories wanted guards nothing
Fitted = tuple[Calibration, tuple[CategoryPath, ...]]


def fingerprint(options: Hotspots) -> str:
    """Of all that a threshold holds for."""
    named = {"unit", "radius_urban_km", "radius_rural_km", "nearest", "baseline_days", "budget_30d", "categories"}
    return hashlib.blake2b(options.model_dump_json(include=named).encode(), digest_size=16).hexdigest()


def task(sight: Sight, options: Hotspots, *, is_first: bool, seed: int = 1) -> Task:
    """What to fit: at first with as few histories as a tail can be fitted to."""
    stream, watch = sight.stream, sight.ground.watch
    paths = node_paths(stream, sight.paths, watch, sight.hour)
    few = first_histories(replay_hours(stream, watch, sight.hour))
    histories = few if is_first else max(options.histories, few)
    proof = FIRST_PROOF if is_first else max(FIRST_PROOF, histories // PROOF_PART)
    return task_of(stream, watch, sight.nodes(paths), sight.hour, histories, proof, options.budget_30d, seed)


def fitted_here(one: Task) -> Calibration:
    """Fitted in this process: for a few histories only."""
    return fit(one, [replayed(one, n) for n in range(one.histories)])


def quick(sight: Sight, options: Hotspots, every_h: int) -> Fitted:
    """A threshold for trying things out, in seconds: looks hours apart, not proven through the whole life."""
    stream, watch = sight.stream, sight.ground.watch
    one = task(sight, options, is_first=True)
    hours = replay_hours(stream, watch, sight.hour, every_h=every_h)
    one = replace(one, hours=hours)
    maxima = np.stack([replayed(one, n) for n in range(one.histories)])
    return fitted(maxima, hours, budget_30d=options.budget_30d), one.paths


def store(ledger: Ledger, options: Hotspots, one: Task, made: Calibration, at: datetime, *, guard: bool) -> None:
    """Stores a fitted threshold; where it lies far from the one in use, that one stays, and the row says why."""
    mark = fingerprint(options)
    last = hotspots.calibration(ledger, mark)
    why = None
    if guard and last is not None and last["histories"] * ROUGH > made.histories:
        before, paths = state.to_calibration(last["body"])
        why = kept(before, made)[1] if paths == one.paths else None
    beside = {"exchange": one.exchange, "burstiness": round(one.burstiness, 3), "proof": one.proof}
    body = state.of_calibration(made, one.paths, **beside)
    row = {"fitted_at": at, "fingerprint": mark, "histories": made.histories, "kept_because": why, "body": body}
    hotspots.add_calibration(ledger, row)


class Fit:
    """A fit in a child process. Its folder holds the task and one file per finished history: a stop loses one."""

    def __init__(self, folder: Path, mark: str) -> None:
        self._folder, self._mark = folder, mark
        self._process: BaseProcess | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def start(self, one: Task, at: datetime, *, is_waited_for: bool = False) -> None:
        """Goes on with a fit of the same settings that was begun within a week, else begins `one`.

        `is_waited_for`: nothing is found before it is there, so that it is not put behind everything else.
        """
        if not self._is_begun(at, one.histories):
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True)
            _write(self._folder / "task.pickle", pickle.dumps(one))
            told = {"fingerprint": self._mark, "at": at.isoformat(), "histories": one.histories}
            _write(self._folder / "begun.json", json.dumps(told).encode())
        self._process = get_context("spawn").Process(
            target=run, args=(self._folder, os.getpid(), 0 if is_waited_for else NICE), name="hotspots", daemon=True
        )
        self._process.start()

    def _is_begun(self, at: datetime, histories: int) -> bool:
        try:
            told = json.loads((self._folder / "begun.json").read_text())
            since = at - datetime.fromisoformat(told["at"])
            same = told["fingerprint"] == self._mark and told["histories"] == histories
        except (OSError, ValueError, KeyError):
            return False
        return bool(same and timedelta(0) <= since < STALE and not (self._folder / "done.pickle").exists())

    def taken(self) -> tuple[Task, Calibration] | None:
        """The result of a process that has finished, once; None where there is none.

        Errors: RuntimeError where it failed; what it had is thrown away, and the next one begins anew.
        """
        if self._process is None or self._process.is_alive():
            return None
        self._process.join()
        code, self._process = self._process.exitcode or 0, None
        if code > 0:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise RuntimeError(f"hotspots: fitting a threshold failed (code {code}); it is begun anew at the next look")
        done = self._folder / "done.pickle"
        if not done.exists():
            return None  # it was stopped: the next look goes on with what it has
        found: tuple[Task, Calibration] = pickle.loads(done.read_bytes())  # noqa: S301  our own file
        shutil.rmtree(self._folder, ignore_errors=True)
        return found

    def stop(self) -> None:
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join(5)


def run(folder: Path, parent: int, nice: int) -> None:
    """The child: replays what is not replayed yet, then fits. Ends when its parent has ended."""
    os.nice(nice)
    one: Task = pickle.loads((folder / "task.pickle").read_bytes())  # noqa: S301  written by our parent
    maxima: list[Any] = []
    for n in range(one.histories):
        if os.getppid() != parent:
            return
        file = folder / f"{n:05}.npy"
        if not file.exists():
            _write_array(file, replayed(one, n))
        maxima.append(np.load(file))
    _write(folder / "done.pickle", pickle.dumps((one, fit(one, maxima))))


def _write_array(file: Path, values: Any) -> None:
    half = file.with_suffix(".half")
    with half.open("wb") as out:
        np.save(out, values)
    half.replace(file)


def _write(file: Path, content: bytes) -> None:
    half = file.with_suffix(".half")
    half.write_bytes(content)
    half.replace(file)
