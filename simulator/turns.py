"""Turns in the course of an order: sent to the wrong crew, set aside, called off, opened again.

Drawn from a stream of its own after the day, so that the straight courses are those of a city without turns.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulator.events import (
    ASKED_TO_WAIT,
    BAD_WEATHER,
    BUSY,
    DONE,
    NO_ACCESS,
    NOT_OURS,
    NOT_SOLVED,
    OUTAGE_PLANNED,
    PAPERS_MISSING,
    READY,
    REOPENED,
    RESUMED,
    RETURNED,
    SOLVED,
    SUSPENDED,
    TRANSFERRED,
    event,
)
from simulator.instants import DAY, HOUR, MINUTE, NEVER, Seconds
from simulator.names import CONNECTION, FAULT
from simulator.repairs import AGAIN, GRID, STAGES, Real, Rng, col, office

Flags = npt.NDArray[np.bool_]
Turned = tuple[pd.DataFrame, list[pd.DataFrame]]
# Shares of the orders that take a turn: fault reports, other demands that go to a unit, connections.
LATE_DISPATCH: Final = 0.035
LATE_RECEIPT: Final = 0.045
LATE_REPLY: Final = 0.04
MISSENT: Final = (0.03, 0.05, 0.03)
PAUSED: Final = (0.06, 0.08, 0.2)
REOPENS: Final = (0.025, 0.05, 0.06)
CALLED_OFF: Final = (0.0, 0.01, 0.04)  # fault reports are called off in simulator.repairs


def turned(rng: Rng, orders: pd.DataFrame) -> Turned:
    """`orders` with their turns, and the events that tell of them (columns of simulator.events.event).

    The orders of outages, and those that are aimed at a moment (`is_aimed`), keep their course: others hang on it.
    """
    free = (col(orders, "outage") < 0) & (col(orders, "is_aimed") == 0) & (col(orders, "cancelled") == NEVER)
    free &= col(orders, "received") < NEVER
    kind = np.select([col(orders, "category") == FAULT, col(orders, "category") == CONNECTION], [0, 2], 1)

    def drawn(shares: tuple[float, float, float]) -> Flags:
        return np.asarray(free & (rng.random(len(orders)) < np.array(shares)[kind]))

    orders = _slowly(rng, orders, free & (kind == 0))
    orders, off = _called_off(rng, orders, drawn(CALLED_OFF))
    free &= ~off
    orders, missent = _missent(rng, orders, drawn(MISSENT))
    orders, pauses = _paused(rng, orders, drawn(PAUSED), kind)
    orders, reopened = _reopened(rng, orders, drawn(REOPENS), kind)
    return orders, [*missent, *pauses, *reopened]


def shown(orders: pd.DataFrame, now: int) -> pd.DataFrame:
    """`orders` with each stage as the source shows it at `now`: the second one once it came.

    A reopening empties what it takes back; of other demands than repairs the last reply stays.
    """
    reopened, is_fault = col(orders, "reopened") <= now, col(orders, "category") == FAULT
    if not reopened.any():
        return orders
    again = {}
    for name in AGAIN:
        second = col(orders, f"{name}_again")
        taken = reopened & (is_fault | (second <= now) | (name != "replied"))
        again[name] = np.where(taken, second, col(orders, name))
    return orders.assign(**again)


def _slowly(rng: Rng, orders: pd.DataFrame, free: Flags) -> pd.DataFrame:
    """Some are dispatched, some received, some answered after the internal limit."""
    n = len(orders)
    dispatch = np.where(free & (rng.random(n) < LATE_DISPATCH), rng.integers(20, 90, n) * GRID, 0)
    receipt = np.where(free & (rng.random(n) < LATE_RECEIPT), rng.integers(90, 420, n), 0)
    dispatched, received = col(orders, "dispatched") + dispatch, col(orders, "received") + dispatch + receipt
    fits = free & (received + MINUTE < col(orders, "arrived"))
    late = np.where(free & (rng.random(n) < LATE_REPLY), rng.integers(15 * MINUTE, 50 * MINUTE, n), 0)
    after = {name: col(orders, name) + late for name in ("replied", "reviewed", "archived")}
    after["revisited"] = np.where(col(orders, "revisited") < NEVER, col(orders, "revisited") + late, NEVER)
    return orders.assign(
        **after,
        dispatched=np.where(fits, dispatched, col(orders, "dispatched")),
        received=np.where(fits, received, col(orders, "received")),
    )


def _called_off(rng: Rng, orders: pd.DataFrame, chosen: Flags) -> tuple[pd.DataFrame, Flags]:
    at = col(orders, "received") + rng.integers(10 * MINUTE, 2 * DAY, len(orders))
    chosen &= at < np.minimum(col(orders, "replied"), col(orders, "scheme"))
    out = {"cancelled": np.where(chosen, at, col(orders, "cancelled"))}
    for name in STAGES:
        if name not in ("accepted", "cancelled", "merged"):
            out[name] = np.where(chosen & (col(orders, name) > at), NEVER, col(orders, name))
    return orders.assign(**out), chosen


def _missent(rng: Rng, orders: pd.DataFrame, chosen: Flags) -> Turned:
    """Sent back or on before anybody accepted it: received after that, some sent on twice."""
    n = len(orders)
    moved = col(orders, "dispatched") + rng.integers(MINUTE, 6 * MINUTE, n)
    again = moved + rng.integers(MINUTE, 4 * MINUTE, n)
    twice = rng.random(n) < 0.2
    received = np.where(twice, again, moved) + rng.integers(40, 7 * MINUTE, n)
    chosen = chosen & (received + 2 * MINUTE < np.minimum(col(orders, "arrived"), col(orders, "contacted")))
    back = rng.random(n) < 0.4
    found = [
        event(RETURNED, chosen & back, moved, NOT_OURS),
        event(TRANSFERRED, chosen & ~back, moved, BUSY),
        event(TRANSFERRED, chosen & twice, again, NOT_OURS),
    ]
    return orders.assign(received=np.where(chosen, received, col(orders, "received"))), found


# Where a pause may begin, by kind of order: between which two stages, and how often.
_PHASES: Final = (
    (("accepted", "dispatched", 0.08), ("dispatched", "received", 0.08), ("received", "arrived", 0.4),
     ("arrived", "restored", 0.24), ("restored", "replied", 0.1), ("replied", "revisited", 0.1)),
    (("received", "contacted", 0.2), ("contacted", "replied", 0.65), ("replied", "revisited", 0.15)),
    (("contacted", "scheme", 0.4), ("scheme", "inspected", 0.3), ("inspected", "connected", 0.3)),
)  # fmt: skip
_WHY: Final = (
    (ASKED_TO_WAIT, BAD_WEATHER, NO_ACCESS), (PAPERS_MISSING, ASKED_TO_WAIT, NO_ACCESS),
    (PAPERS_MISSING, ASKED_TO_WAIT, OUTAGE_PLANNED),
)  # fmt: skip
# How a pause is written: with its end, begun twice, ended and begun at one moment, in two pieces, an end alone, no end.
PLAIN, DOUBLE, RENEWED, SPLIT, STRAY, OPEN = range(6)


def _paused(rng: Rng, orders: pd.DataFrame, chosen: Flags, kind: Seconds) -> Turned:
    """Set aside for a while; what comes after is that much later. Mostly: a fifth goes on as if nothing had been."""
    n = len(orders)
    begin = _begins(rng, orders, kind)
    length = _lengths(rng, n, kind)
    chosen = chosen & (begin < NEVER)
    form = rng.choice(6, n, p=[0.55, 0.12, 0.08, 0.1, 0.05, 0.1])
    shifts = chosen & (form != STRAY) & (rng.random(n) < 0.8)
    end, third = begin + length, begin + length // 3
    why = np.array(_WHY)[kind, rng.integers(0, 3, n)]
    found = [
        event(SUSPENDED, chosen & (form != STRAY), begin, why),
        event(SUSPENDED, chosen & (form == DOUBLE), third, ASKED_TO_WAIT),
        event(RESUMED, chosen & np.isin(form, (RENEWED, SPLIT)), third, READY),
        event(SUSPENDED, chosen & (form == RENEWED), third, why),
        event(SUSPENDED, chosen & (form == SPLIT), begin + length // 2, why),
        event(RESUMED, chosen & (form != OPEN), end, READY),
    ]
    out = {}
    for name in STAGES[1:]:
        at = col(orders, name)
        out[name] = np.where(shifts & (at > begin) & (at < NEVER), at + length, at)
    night = shifts & (out["revisited"] < NEVER)
    calm = office(rng, out["revisited"][night])
    out["archived"][night] = np.maximum(out["archived"][night], calm + 5 * MINUTE)
    out["revisited"][night] = calm
    return orders.assign(**out), found


def _begins(rng: Rng, orders: pd.DataFrame, kind: Seconds) -> Seconds:
    """A moment between two stages of each order; NEVER where the later one does not come."""
    n = len(orders)
    begin = np.full(n, NEVER, dtype=np.int64)
    chance, place = rng.random(n), rng.uniform(0.05, 0.95, n)
    for own, phases in enumerate(_PHASES):
        limit = 0.0
        for first, then, share in phases:
            a, b = col(orders, first), col(orders, then)
            here = (kind == own) & (chance >= limit) & (chance < limit + share) & (a < NEVER) & (b < NEVER)
            begin = np.where(here, a + (np.where(here, b - a, 0) * place).astype(np.int64), begin)
            limit += share
    return begin


def _lengths(rng: Rng, n: int, kind: Seconds) -> Seconds:
    """Repairs wait for minutes to a day, other demands for hours to days, connections for days; whole GRIDs."""
    repair = np.clip(rng.lognormal(np.log(50 * MINUTE), 1.0, n), 4 * MINUTE, 26 * HOUR)
    demand = np.where(rng.random(n) < 0.4, rng.uniform(HOUR, 8 * HOUR, n), rng.integers(1, 5, n) * DAY)
    connection = rng.integers(1, 9, n) * DAY
    return (np.choose(kind, [repair, demand, connection]) / GRID).astype(np.int64) * GRID


def _reopened(rng: Rng, orders: pd.DataFrame, chosen: Flags, kind: Seconds) -> Turned:
    """Solved, and open again: the customer says that nothing is. Some say so twice, some had been set aside over it."""
    n = len(orders)
    is_fault = kind == 0
    solved = np.where(is_fault, col(orders, "restored"), col(orders, "replied"))
    replied = col(orders, "replied")
    chosen = chosen & (solved < NEVER) & (replied < NEVER)
    at = replied + np.where(is_fault, rng.integers(10 * MINUTE, 12 * HOUR, n), rng.integers(HOUR, 3 * DAY, n))
    second = _second_course(rng, orders, at, is_fault)
    out = {"reopened": np.where(chosen, at, NEVER)}
    for name in AGAIN:
        first = col(orders, name)
        out[f"{name}_again"] = np.where(chosen, second[name], NEVER)
        out[name] = np.where(chosen & (first > at), NEVER, first)
    ends = np.where(is_fault, second["restored"], second["replied"])
    twice, over = chosen & (rng.random(n) < 0.12), chosen & (rng.random(n) < 0.15)
    found = [
        event(SOLVED, chosen, solved, DONE, said=at),
        event(REOPENED, chosen, at, NOT_SOLVED),
        event(REOPENED, twice, at + (ends - at) // 3, NOT_SOLVED),
        event(SUSPENDED, over, solved - MINUTE, ASKED_TO_WAIT),
        event(RESUMED, over, at + (ends - at) // 2, READY),
    ]
    return orders.assign(**out), found


def _second_course(rng: Rng, orders: pd.DataFrame, at: Seconds, is_fault: Flags) -> dict[str, Seconds]:
    """The stages that come again after a reopening `at`; NEVER where there was none before."""
    n = len(orders)
    wait: Real = np.clip(rng.lognormal(np.log(55 * MINUTE), 0.8, n), 8 * MINUTE, 9 * HOUR)
    arrived = np.where(is_fault, col(orders, "arrived"), at)
    restored = arrived + ((at + wait.astype(np.int64) - arrived) // GRID + 1) * GRID
    replied = np.where(is_fault, restored + rng.integers(4 * MINUTE, 25 * MINUTE, n), at)
    replied = np.where(is_fault, replied, office(rng, at + rng.integers(3 * HOUR, 5 * DAY, n)))
    reviewed = replied + rng.integers(8 * MINUTE, HOUR, n)
    revisited = office(rng, reviewed + rng.integers(20 * MINUTE, 12 * HOUR, n))
    return {
        "restored": np.where(is_fault, restored, NEVER), "replied": replied, "reviewed": reviewed,
        "revisited": revisited, "archived": revisited + rng.integers(5 * MINUTE, HOUR, n),
    }  # fmt: skip
