"""Applications for a connection: from the application to the meter, in working days."""

from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from simulator.calendar import is_workday, workday_after
from simulator.customers import SEQUENCE
from simulator.instants import DAY, HOUR, MINUTE, Seconds, midnight
from simulator.names import CONNECTION
from simulator.network import Areas
from simulator.repairs import Real, Rng, office, orders

_MEAN: Final = 11.0  # applications a working day
_KINDS: Final = (0.56, 0.28, 0.1, 0.06)  # homes, businesses, high voltage with one supply and with two
# Working days to the scheme, from there to the inspection, from there to the meter: (least, most), and of the few that
# take long. High voltage builds in between: the customer's own time is left out of the limits, and so it is here.
_SCHEME: Final = (((1, 1), (2, 3)), ((1, 2), (3, 4)), ((3, 9), (10, 12)), ((8, 17), (19, 22)))
_BUILDING: Final = ((0, 2), (0, 2), (3, 8), (4, 9))
_METER: Final = (((1, 1), (2, 4)), ((1, 2), (3, 5)), ((1, 2), (4, 7)), ((1, 3), (4, 6)))
_LONG: Final = 0.06
MOST_DAYS: Final = 50  # from the application to the end of everything


def applied(rng: Rng, areas: Areas, day: int) -> pd.DataFrame:
    """The applications of `day` with their course; a few come on days off, by app."""
    n = int(rng.poisson(_MEAN if is_workday(date.fromordinal(day)) else 1.5))
    kind = rng.choice(4, n, p=_KINDS)
    accepted = np.sort(midnight(day) + rng.integers(8 * HOUR + 30 * MINUTE, 17 * HOUR + 30 * MINUTE, n))
    area, customer = _customers(rng, areas, kind)
    dispatched = accepted + rng.integers(5 * MINUTE, 40 * MINUTE, n)
    received = dispatched + rng.integers(4 * MINUTE, HOUR, n)
    contacted = office(rng, received + rng.integers(20 * MINUTE, 5 * HOUR, n))
    scheme, inspected, connected = _stages(rng, day, kind, contacted)
    replied = connected + rng.integers(10 * MINUTE, 4 * HOUR, n)
    reviewed = replied + rng.integers(20 * MINUTE, 3 * HOUR, n)
    revisited = office(rng, reviewed + rng.integers(30 * MINUTE, 11 * HOUR, n))
    return orders(
        n, category=CONNECTION, accepted=accepted, area=area, customer=customer, matter=kind,
        channel=rng.choice([0, 3, 5], n, p=[0.2, 0.6, 0.2]), dispatched=dispatched, received=received,
        contacted=contacted, scheme=scheme, inspected=inspected, connected=connected, replied=replied,
        reviewed=reviewed, revisited=revisited, archived=revisited + rng.integers(5 * MINUTE, HOUR, n),
    )  # fmt: skip


def _customers(rng: Rng, areas: Areas, kind: Seconds) -> tuple[Seconds, Seconds]:
    """(area, customer) of each kind, in step with simulator.customers."""
    n = len(kind)
    high, business = areas.high_voltage, areas.business
    weights = [areas.weight, areas.weight * (business > 0), areas.weight * (high > 0)]
    drawn = np.stack([rng.choice(len(high), n, p=w / w.sum()) for w in weights])
    area = drawn[np.minimum(kind, 2), np.arange(n)].astype(np.int64)
    first = np.choose(np.minimum(kind, 2), [(high + business)[area], high[area], np.zeros(n, dtype=np.int64)])
    last = np.choose(np.minimum(kind, 2), [areas.customers[area], (high + business)[area], high[area]])
    return area, area * SEQUENCE + first + (rng.random(n) * (last - first)).astype(np.int64)


def _stages(rng: Rng, day: int, kind: Seconds, contacted: Seconds) -> tuple[Seconds, Seconds, Seconds]:
    """Scheme, inspection and meter, each after the one before and within `MOST_DAYS`."""
    found: list[Seconds] = []
    before, days = contacted, np.zeros(len(kind), dtype=np.int64)
    for spans in (_SCHEME, None, _METER):
        days = days + (_drawn(rng, np.array(_BUILDING)[kind]) if spans is None else _spread(rng, np.array(spans)[kind]))
        at = _on_workday(day, days) + rng.integers(9 * HOUR, 17 * HOUR, len(kind))
        before = np.maximum(at, before + rng.integers(30 * MINUTE, 2 * HOUR, len(kind)))
        found.append(np.minimum(before, midnight(day) + MOST_DAYS * DAY + len(found) * HOUR))
    return found[0], found[1], found[2]


def _spread(rng: Rng, spans: Seconds) -> Seconds:
    """Days of the usual spans, or of the long ones. `spans`: row, usual or long, least and most."""
    is_long = rng.random(len(spans)) < _LONG
    return _drawn(rng, np.where(is_long[:, None], spans[:, 1], spans[:, 0]))


def _drawn(rng: Rng, spans: Seconds) -> Seconds:
    place: Real = rng.random(len(spans))
    return np.asarray(spans[:, 0] + (place * (spans[:, 1] - spans[:, 0] + 1)).astype(np.int64), dtype=np.int64)


def _on_workday(day: int, days: Seconds) -> Seconds:
    """Midnight of the working day so many after `day`."""
    start = date.fromordinal(day)
    return np.array([midnight(workday_after(start, int(n)).toordinal()) for n in days], dtype=np.int64)
