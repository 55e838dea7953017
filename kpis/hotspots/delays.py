"""Recording delay: how complete the last hours are, and up to when a scan may look. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import pandas as pd

from kpis.hotspots.tables import BadTable, Floats

LEARN: Final = timedelta(days=60)
RIPE: Final = timedelta(days=7)  # what happened later may still be recorded, so its delays would look short
LEAST: Final = 0.8


@dataclass(frozen=True)
class Completeness:
    """Per source the share recorded within 0, 1, 2, ... hours (`within`), and the source's share of all cases."""

    within: Mapping[str, Floats]
    share: Mapping[str, float]

    def at_age(self, hours: int) -> float:
        """The expected completeness of an hour that ended `hours` ago: 0 to 1, over all sources by their shares."""
        return sum(self.share[s] * float(w[min(max(hours, 0), len(w) - 1)]) for s, w in self.within.items())


def learnt(rows: pd.DataFrame, now: datetime) -> Completeness | None:
    """From `rows` with source, occurred, recorded of the last 60 days; None where there is none old enough to tell.

    A source whose rows are all younger than a week is not learnt, and does not hold a look back.
    """
    for name in ("source", "occurred", "recorded"):
        if name not in rows.columns:
            raise BadTable(f"delays: no column {name}; there are {', '.join(map(str, rows.columns))}")
    ripe = rows[(rows["occurred"] >= now - LEARN) & (rows["occurred"] < now - RIPE)]
    if ripe.empty:
        return None
    late_h = (ripe["recorded"] - ripe["occurred"]).dt.total_seconds().to_numpy() / 3600
    hours = np.arange(int(RIPE.total_seconds() // 3600) + 1)
    within, share = {}, {}
    for source, at in ripe.groupby("source").indices.items():
        within[str(source)] = (np.sort(late_h[at]).searchsorted(hours, side="right")) / len(at)
        share[str(source)] = len(at) / len(ripe)
    return Completeness(within, share)


def looks_until(known: Completeness | None, now: datetime, *, least: float = LEAST) -> tuple[datetime, float]:
    """The end of the last whole hour that is expected to be `least` complete, and how complete it is.

    Cases after it are left out of a look: half-recorded hours would look like a fall, and a source that uploads at
    night like a rise elsewhere. A week back at most.
    """
    last = now.replace(minute=0, second=0, microsecond=0)
    if known is None:
        return last, 1.0
    for age in range(int(RIPE.total_seconds() // 3600)):
        if known.at_age(age) >= least:
            return last - timedelta(hours=age), known.at_age(age)
    return last - RIPE, known.at_age(int(RIPE.total_seconds() // 3600))
