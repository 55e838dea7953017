"""From a look at all nodes to its hotspots: at most five, sharing no place, each under its deepest name. Pure."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import pandas as pd

from kpis.hotspots.calibration import Calibration
from kpis.hotspots.family import Glance, Nodes, Ready, deepest, glance, looked
from kpis.hotspots.life import Seen
from kpis.hotspots.looks import Stream, Watch
from kpis.hotspots.tables import Ints
from kpis.hotspots.zones import Members

MOST: Final = 5
WEEK_H: Final = 168


@dataclass(frozen=True)
class Spot:
    """One cluster of a look: `members` of its zone, its chain, window (position) and node, how rare (-ln p)."""

    members: Members
    chain: int
    window: int
    node: int
    rarity: float
    statistic: float
    observed: int
    expected: float


def spots(made: Ready, watch: Watch, k: int, seen: Glance, least_rarity: float) -> list[Spot]:
    """The rarest zones of the `k`-th look from `least_rarity` on: the rarest, then the rarest without its places.

    Fewer than the watch's distinct customers make no cluster. Empty in nearly every look.
    """
    out: list[Spot] = []
    if seen.most < least_rarity:
        return out
    node, chain = np.nonzero(seen.rarity >= least_rarity)
    order = np.argsort(-seen.rarity[node, chain], kind="stable")
    taken = np.zeros(watch.places, dtype=np.bool_)
    for n, c in zip(node[order], chain[order], strict=True):
        one = _spot(watch, seen, int(n), int(c))
        if taken[one.members].any() or _customers(made, watch, k, one) < watch.customers:
            continue
        taken[one.members] = True
        out.append(one)
        if len(out) == MOST:
            break
    return out


def _spot(watch: Watch, seen: Glance, node: int, chain: int) -> Spot:
    here, paths = seen.looks[node], watch.paths
    window = int(here.window[chain])
    members = watch.zones.places(int(paths.chain[chain]), int(paths.entry[here.entry[chain]]))
    return Spot(
        members,
        int(paths.chain[chain]),
        window,
        node,
        float(seen.rarity[node, chain]),
        float(here.best[chain]),
        int(here.observed[members, window].sum()),
        float(here.expected[members, window].sum()),
    )


def _customers(made: Ready, watch: Watch, k: int, one: Spot) -> int:
    stream, plan = made.streams[one.node], made.plans[one.node]
    rows = slice(plan.start[k, one.window], plan.high[k])
    return len(np.unique(stream.customer[rows][np.isin(stream.place[rows], one.members)]))


def events_in(stream: Stream, members: Members, start_h: int, end_h: int) -> Ints:
    """Positions of the events of `members` from hour `start_h` up to, without, `end_h`."""
    rows = np.arange(*stream.hour.searchsorted([start_h, end_h]))
    return rows[np.isin(stream.place[rows], members)]


def seen_at(
    made: Ready, watch: Watch, nodes: Nodes, k: int, calibration: Calibration,
    ids: Sequence[Hashable] | pd.Index, origin: datetime, *, least_d: float = 3.0,
) -> list[Seen]:  # fmt: skip
    """The clusters of the `k`-th look that chance shows no oftener than once in `least_d` days, for `lives.step`.

    `ids`: names of the places; `origin`: the moment of hour 0.
    """
    view = glance(looked(made, watch, k), calibration.tails)
    found = spots(made, watch, k, view, calibration.level(least_d))
    return [_seen(made, watch, nodes, k, one, view, calibration, ids, origin) for one in found]


def _seen(
    made: Ready, watch: Watch, nodes: Nodes, k: int, one: Spot, view: Glance, calibration: Calibration,
    ids: Sequence[Hashable] | pd.Index, origin: datetime,
) -> Seen:  # fmt: skip
    excess = [
        float(a.observed[one.members, one.window].sum() - a.expected[one.members, one.window].sum()) for a in view.looks
    ]
    hour = int(made.plans[0].hours[k])
    start = hour - watch.windows_h[one.window]
    stream = made.streams[0]
    week = events_in(stream, one.members, hour - WEEK_H, hour)
    weight = view.looks[one.node].expected[one.members, -1]
    return Seen(
        weight={ids[m]: float(w) for m, w in zip(one.members.tolist(), weight, strict=True)},
        cases=frozenset(week.tolist()),
        node=nodes.paths[deepest(nodes, excess, one.node)],
        start=origin + timedelta(hours=start),
        observed=one.observed,
        expected=one.expected,
        statistic=one.statistic,
        recurrence_d=float(calibration.recurrence_d(one.rarity)),
        new=int((stream.hour[week] == hour - 1).sum()),
        is_relative=_is_relative(made.streams[one.node], watch, one, hour),
        name=watch.zones.names[one.chain],
        customers=_customers(made, watch, k, one),
        hours=watch.windows_h[one.window],
        chain=one.chain,
    )


def _is_relative(stream: Stream, watch: Watch, one: Spot, hour: int) -> bool:
    """Whether the zone's own past had as many in a window of this length about as often as not: the others fell.

    Past windows of the same hours of the day, back over the baseline. True: the window's count lies within their mean
    plus one standard deviation of a Poisson count.
    """
    length = watch.windows_h[one.window]
    step = -(-length // 24) * 24
    ends = np.arange(hour - step, hour - watch.baseline_h + length, -step)
    if not ends.size:
        return False
    at = stream.hour[np.isin(stream.place, one.members)]
    past = at.searchsorted(ends) - at.searchsorted(ends - length)
    return bool(one.observed <= past.mean() + np.sqrt(past.mean()))
