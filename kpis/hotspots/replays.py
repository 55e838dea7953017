"""A stream played look by look through the whole life of hotspots: what would have been told. Pure."""

from collections.abc import Hashable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from kpis.hotspots.calibration import Calibration, Exchange, exchanged, measured, tuned
from kpis.hotspots.family import Nodes, ready
from kpis.hotspots.found import seen_at
from kpis.hotspots.life import Hotspot, Kind, Line, Settings
from kpis.hotspots.lives import step
from kpis.hotspots.looks import Stream, Watch
from kpis.hotspots.tables import Ints

After = dict[int, tuple[Hotspot, ...]]


def played(
    stream: Stream, watch: Watch, nodes: Nodes, scale: Calibration, hours: Ints,
    ids: Sequence[Hashable] | pd.Index, origin: datetime,
) -> tuple[list[Line], After]:  # fmt: skip
    """The lines of history that looks at `hours` add, and the hotspots after each look by its hour."""
    made = ready(stream, watch, nodes, hours)
    settings = Settings(alert_d=scale.alert_d)
    lives: tuple[Hotspot, ...] = ()
    lines: list[Line] = []
    after: After = {}
    for k, hour in enumerate(hours.tolist()):
        seen = seen_at(made, watch, nodes, k, scale, ids, origin)
        if seen or lives:
            lives, more = step(lives, seen, origin + timedelta(hours=hour), settings=settings)
            lines += more
        after[hour] = lives
    return lines, after


def alarms(lines: Sequence[Line]) -> int:
    """How many hotspots were opened, or opened again."""
    return sum(line.kind in (Kind.OPENED, Kind.REOPENED) for line in lines)


def proven(
    stream: Stream, watch: Watch, nodes: Nodes, scale: Calibration, hours: Ints, histories: int, seed: int,
    *, exchange: Exchange = exchanged,
) -> Calibration:  # fmt: skip
    """`scale` with its level corrected by exchanged histories played through the whole life, and their rate then.

    The first half of `histories` corrects (two false hotspots at once count as two here), the second measures.
    """
    ids, origin = range(watch.places), datetime(2000, 1, 1, tzinfo=UTC)
    days = len(hours) * float(np.diff(hours).min(initial=24)) / 24
    for half in range(2):
        counts = []
        for n in range(-(-histories // 2)):
            quiet = exchange(stream, np.random.default_rng([seed, half, n]))
            counts.append(alarms(played(quiet, watch, nodes, scale, hours, ids, origin)[0]))
        scale = measured(scale, counts, days * len(counts))
        scale = tuned(scale) if half == 0 else scale
    return scale
