"""Random orders that meet every rule of docs/clocks.md often: their rows, events and merged orders, by a seed."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpis.calendar import NEVER, Ints
from kpis.limits import CONDITIONS
from kpis.order_clocks import Events
from tests.kpis.worlds import CODES, REASONS, World

Random = np.random.Generator
SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

STAGES: Final = (
    "accepted_at", "dispatched_at", "received_at", "arrived_at", "restored_at", "contacted_at", "replied_at",
    "revisited_at", "archived_at", "scheme_at", "inspected_at", "connected_at",
)  # fmt: skip
KINDS: Final = ("suspended", "resumed", "solved", "reopened", "transferred", "returned", "urged", "merged")
OFTEN: Final = (0.3, 0.25, 0.11, 0.13, 0.07, 0.06, 0.05, 0.03)
# Around these the rules change: New Year, Spring Festival, days off, make-up days, summer time, a year without table.
DAYS: Final = (
    "2023-12-31", "2024-02-09", "2024-02-18", "2024-03-10", "2024-03-31", "2024-04-06", "2024-10-06", "2024-10-27",
    "2024-11-03", "2024-12-31", "2025-01-26", "2025-02-08", "2025-03-30", "2025-09-28", "2025-10-08", "2025-12-31",
    "2026-02-14", "2026-02-28", "2026-03-29", "2026-04-24", "2026-09-06", "2026-09-20", "2026-10-29", "2026-12-24",
    "2025-11-02", "2026-12-31", "2027-02-06",
)  # fmt: skip
# Wall times at which something opens or closes, in seconds of the day.
EDGES: Final = tuple(
    h * 3600 + m * 60 + s
    for h, m, s in (
        (0, 0, 0), (23, 59, 59), (8, 30, 0), (12, 0, 0), (13, 30, 0), (17, 30, 0), (22, 0, 0), (6, 0, 0), (1, 30, 0),
        (2, 0, 0), (2, 15, 0), (3, 0, 0), (9, 0, 0),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Histories:
    """`rows`: one order each; `merged_since` and `events` as `kpis.order_clocks.derived` takes them."""

    rows: pd.DataFrame
    merged_since: Ints
    events: Events


def histories(random: Random, n: int, world: World) -> Histories:
    """`n` orders of `world`. Missing and impossible moments are among them; so are equal ones."""
    anchors = _near(random, _days(random, n), world)
    stages: dict[str, Ints] = {}
    for name in STAGES:
        stages[name] = anchors = _next(random, anchors, stages, world)
    given = {name: np.where(random.random(n) < _missing(name), NEVER, at) for name, at in stages.items()}
    rows = pd.DataFrame({name: pd.to_datetime(at.astype("datetime64[us]"), utc=True) for name, at in given.items()})
    for name in CONDITIONS:
        rows[name] = random.choice(np.array([*CODES[name], None], dtype=object), n)
    rows["status"] = _words(random, n, ("open", "closed", "cancelled", None), (0.45, 0.45, 0.05, 0.05))
    rows["parent_order_no"] = _words(random, n, (None, "parent"), (0.95, 0.05))
    since = stages["accepted_at"] - _span(random, n) + _span(random, n)
    merged_since = np.where(random.random(n) < 0.15, since, NEVER)
    return Histories(rows, merged_since, _events(random, stages, world))


def _missing(stage: str) -> float:
    return {"accepted_at": 0.03, "restored_at": 0.3, "replied_at": 0.35, "connected_at": 0.4}.get(stage, 0.15)


def _words(random: Random, n: int, of: tuple[str | None, ...], often: tuple[float, ...]) -> npt.NDArray[np.object_]:
    return np.array(of, dtype=object)[random.choice(len(of), n, p=often)]


def _days(random: Random, n: int) -> Ints:
    """Half on a day around which a rule changes, half on any day of 38 months."""
    some = np.array(DAYS, dtype="datetime64[us]").astype(np.int64)
    special = random.choice(some, n) + random.integers(-3, 2, n) * DAY
    first = int(some[0])
    return np.where(random.random(n) < 0.5, special, first + random.integers(0, 1150, n) * DAY)


def _near(random: Random, days: Ints, world: World) -> Ints:
    """Moments on the site's `days`: at an edge or a second beside it, else at any time."""
    n = len(days)
    seconds = np.where(random.random(n) < 0.3, random.choice(np.array(EDGES), n), random.integers(0, 86_400, n))
    wall = pd.DatetimeIndex((days + (seconds + _beside(random, n)) * SECOND).astype("datetime64[us]"))
    here = wall.tz_localize(world.zone, ambiguous=random.random(n) < 0.5, nonexistent="shift_forward")
    at = here.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[us]").astype(np.int64)
    return np.asarray(at + np.where(random.random(n) < 0.02, SECOND // 2, 0))


def _beside(random: Random, n: int) -> Ints:
    return random.choice(np.array([0, 0, 0, 1, -1]), n)


def _span(random: Random, n: int) -> Ints:
    """From seconds to some weeks, in whole seconds."""
    return np.exp(random.uniform(0, np.log(2_600_000), n)).astype(np.int64) * SECOND


def _next(random: Random, last: Ints, stages: dict[str, Ints], world: World) -> Ints:
    """The next stage: a while after the last, at a limit's length after acceptance, at an edge, or out of order."""
    n = len(last)
    if not stages:
        return last
    accepted = stages["accepted_at"]
    amount = random.choice(np.array(world.amounts), n) + _beside(random, n) * SECOND
    edge = _near(random, _day_of(last + _span(random, n), world), world)
    how = random.random(n)
    found = np.where(how < 0.55, last + _span(random, n), np.where(how < 0.7, accepted + amount, edge))
    found = np.where(how > 0.88, last, found)
    return np.where(how > 0.92, last - _span(random, n), found)


def _day_of(at: Ints, world: World) -> Ints:
    """Midnight of the site's day of a moment, as if its wall clock were UTC."""
    here = pd.DatetimeIndex(at.astype("datetime64[us]")).tz_localize("UTC").tz_convert(world.zone).tz_localize(None)
    return here.normalize().to_numpy().astype("datetime64[us]").astype(np.int64)


def _events(random: Random, stages: dict[str, Ints], world: World) -> Events:
    """None to eight of an order, in any order: beside a stage, beside the one before, at an edge or at any time."""
    n = len(stages["accepted_at"])
    counts = np.where(random.random(n) < 0.3, 0, random.integers(1, 9, n))
    at_all = np.stack(list(stages.values()))
    rows: list[Ints] = []
    moments: list[Ints] = []
    last = stages["accepted_at"]
    for number in range(int(counts.max())):
        how = random.random(n)
        stage = at_all[random.integers(0, len(at_all), n), np.arange(n)] + _beside(random, n) * SECOND
        limit = last + random.choice(np.array(world.amounts), n) + _beside(random, n) * SECOND
        edge = _near(random, _day_of(last + _span(random, n), world), world)
        last = np.select([how < 0.35, how < 0.5, how < 0.75, how < 0.83], [stage, limit, edge, last], 0) + np.where(
            how >= 0.83, last + _span(random, n), 0
        )
        has = number < counts
        rows.append(np.flatnonzero(has))
        moments.append(last[has])
    row, at = np.concatenate(rows), np.concatenate(moments)
    at = np.where(random.random(len(at)) < 0.01, NEVER, at)
    mixed = random.permutation(len(row))
    kind = _words(random, len(row), KINDS, OFTEN)
    reason: Any = random.choice(np.array([*REASONS, None], dtype=object), len(row))
    return Events(row[mixed], kind, at[mixed], reason)
