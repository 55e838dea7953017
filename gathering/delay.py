"""How completely the last hours are recorded, learnt by watching: how many of an hour's demands were known how soon."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from kpis.hotspots.delays import LEARN, Completeness

AGES: Final = 48  # hours after which an hour counts as recorded
LEAST: Final = 200  # demands that must have been watched, else nothing is known


def counts(rows: pd.DataFrame, now: datetime) -> dict[str, list[int]]:
    """Per source how many known demands were accepted in the hour that ended 0, 1, ... hours before `now`'s hour."""
    end = now.replace(minute=0, second=0, microsecond=0)
    age = (end - rows["accepted_at"]).dt.total_seconds().to_numpy(dtype=np.float64) / 3600
    whole = np.ceil(age).astype(np.int64) - 1
    fresh = (whole >= 0) & (whole < AGES)
    sources = rows["source"].to_numpy(dtype=object)
    return {
        str(source): np.bincount(whole[fresh & (sources == source)], minlength=AGES).tolist()
        for source in pd.unique(rows["source"])
    }


def learnt(looks: Sequence[Mapping[str, Any]], rows: pd.DataFrame, now: datetime) -> Completeness | None:
    """From what earlier looks knew of each hour (`counts` up to `counted_to`) against what is known now; None while too
    little was watched.

    The facts keep the latest version of a row and not when its first came, so that nothing older can tell.
    """
    known: dict[str, np.ndarray[Any, Any]] = {}
    final: dict[str, np.ndarray[Any, Any]] = {}
    hours = _by_hour(rows)
    for look in looks:
        to = look["body"].get("counted_to")
        if to is None:
            continue
        at = datetime.fromisoformat(to).replace(minute=0, second=0, microsecond=0)
        if not now - LEARN <= at <= now - timedelta(hours=2 * AGES):
            continue
        for source, seen in (look["body"].get("counts") or {}).items():
            of = hours.get(source)
            if of is None or len(seen) != AGES:
                continue
            spans = [at - timedelta(hours=age + 1) for age in range(AGES)]
            known[source] = known.get(source, np.zeros(AGES)) + np.array(seen)
            final[source] = final.get(source, np.zeros(AGES)) + of.reindex(spans, fill_value=0).to_numpy()
    enough = {s: n for s, n in final.items() if n.sum() >= LEAST and n.min() > 0}
    if not enough:
        return None
    within = {s: np.append(np.minimum(np.maximum.accumulate(known[s] / n), 1.0), 1.0) for s, n in enough.items()}
    of_source = {s: int((rows["source"] == s).sum()) for s in enough}
    whole = sum(of_source.values())
    return Completeness(within, {s: n / whole for s, n in of_source.items()}) if whole else None


def _by_hour(rows: pd.DataFrame) -> dict[str, pd.Series]:
    found = rows.assign(hour=rows["accepted_at"].dt.floor("h")).groupby(["source", "hour"]).size()
    return {str(s): found.xs(s, level="source") for s in found.index.get_level_values("source").unique()}
