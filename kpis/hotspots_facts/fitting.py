"""The threshold of a site: what is replayed, how bursty its own history is, and the fit. Pure, for a process apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from kpis.hotspots.calibration import (
    BLOCKS_A_DAY,
    REPLAY_DAYS,
    Calibration,
    Exchange,
    exchanged,
    exchanged_days,
    fitted,
    nulls,
)
from kpis.hotspots.family import Nodes, Path, nodes_of
from kpis.hotspots.looks import Stream, Watch
from kpis.hotspots.replays import proven
from kpis.hotspots.tables import Floats, Ints

EXCHANGES: Final[dict[str, Exchange]] = {"events": exchanged, "days": exchanged_days}
LEAST_MAXIMA: Final = 200  # of days, for the tail (family.tail)
FIRST_PROOF: Final = 4  # histories: two correct the level, two measure it
PROOF_PART: Final = 5  # of a weekly fit: one history in five is played through the whole life
MOST_NODES: Final = 60
BURSTS_FROM: Final = 1.1  # times the burstiness of the same history with events exchanged one by one
_TRIALS: Final = 19


@dataclass(frozen=True)
class Task:
    """All that a fit needs: arrays and numbers, so that it can be handed to another process."""

    stream: Stream
    watch: Watch
    paths: tuple[Path, ...]
    nodes: Nodes
    hours: Ints
    exchange: str
    burstiness: float
    histories: int
    proof: int
    budget_30d: float
    seed: int


def replay_hours(stream: Stream, watch: Watch, end_h: int, *, every_h: int = 1) -> Ints:
    """The hours of looks over the last 30 days that have a baseline before them, or a third of a shorter history."""
    first = int(stream.hour[0])
    whole = end_h - first
    start = max(end_h - REPLAY_DAYS * 24, first + min(watch.baseline_h, whole * 2 // 3))
    days = (end_h - start) // 24
    return np.arange(end_h - days * 24 + every_h, end_h + 1, every_h, dtype=np.int64)


def node_paths(stream: Stream, paths: Sequence[Path], watch: Watch, end_h: int) -> tuple[Path, ...]:
    """The nodes to be looked at: all, top categories, deeper ones with 30 cases; one of those that hold the same.

    At most 60, those with the most cases.
    """
    inside = (stream.hour >= end_h - watch.baseline_h) & (stream.hour < end_h)
    counts = np.bincount(stream.leaf[inside], minlength=len(paths))
    made = nodes_of(paths, counts)
    seen: set[bytes] = set()
    kept: list[tuple[int, Path]] = []
    for path, holds in zip(made.paths, made.holds, strict=True):
        if (mark := holds.tobytes()) not in seen:
            seen.add(mark)
            kept.append((int(counts[holds].sum()), path))
    most = sorted(kept, key=lambda one: -one[0])[:MOST_NODES]
    return tuple(path for _, path in kept if (_, path) in most)


def burstiness(stream: Stream) -> float:
    """Variance / mean of the cases of a place on a day, beside what place and day explain; about 1 without bursts."""
    known = stream.place >= 0
    place, day = stream.place[known], stream.hour[known] // 24
    kind = stream.stratum[known] // BLOCKS_A_DAY
    chi, free = 0.0, 0
    for one in np.unique(kind):
        rows = kind == one
        _, p = np.unique(place[rows], return_inverse=True)
        _, d = np.unique(day[rows], return_inverse=True)
        of_place, of_day = np.bincount(p), np.bincount(d)
        cell, n = np.unique(p.astype(np.int64) * len(of_day) + d, return_counts=True)
        mean = of_place[cell // len(of_day)] * of_day[cell % len(of_day)] / rows.sum()
        chi += float((n**2 / mean).sum() - rows.sum())
        free += (len(of_place) - 1) * (len(of_day) - 1)
    return chi / free if free else 1.0


def exchange_of(stream: Stream, seed: int = 0) -> tuple[str, float]:
    """How times are exchanged in histories of this site, and its burstiness against events exchanged one by one.

    Whole days of a place where complaints come in bursts: a level learnt from events one by one would raise many times
    the budget then. The site's history counts as bursty when it is more so than each of 19 exchanged ones, by a tenth.
    """
    own = burstiness(stream)
    others = [burstiness(exchanged(stream, np.random.default_rng([seed, n]))) for n in range(_TRIALS)]
    ratio = own / max(float(np.mean(others)), 1e-9)
    return ("days" if own > max(others) and ratio > BURSTS_FROM else "events"), ratio


def task_of(
    stream: Stream, watch: Watch, nodes: Nodes, end_h: int, histories: int, proof: int, budget_30d: float, seed: int
) -> Task:
    exchange, ratio = exchange_of(stream, seed)
    hours = replay_hours(stream, watch, end_h)
    return Task(stream, watch, nodes.paths, nodes, hours, exchange, ratio, histories, proof, budget_30d, seed)


def first_histories(hours: Ints) -> int:
    """The fewest histories that a tail can be fitted to."""
    days = max(len(hours) // 24, 1)
    return -(-LEAST_MAXIMA // days) + 1


def replayed(task: Task, history: int) -> Floats:
    """(looks, nodes) the largest ratios of one exchanged history."""
    seed = task.seed * 1_000_003 + history
    made: Any = nulls(task.stream, task.watch, task.nodes, task.hours, 1, seed, exchange=EXCHANGES[task.exchange])
    return np.asarray(made[0])


def fit(task: Task, maxima: Sequence[Floats]) -> Calibration:
    """The threshold from replayed histories, its level proven by some played through the whole life."""
    scale = fitted(np.stack(maxima), task.hours, budget_30d=task.budget_30d)
    exchange = EXCHANGES[task.exchange]
    return proven(task.stream, task.watch, task.nodes, scale, task.hours, task.proof, task.seed + 1, exchange=exchange)
