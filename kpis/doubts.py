"""What is hard to believe about the rows of a source: silence, a volume far from its usual hour, a column that fell
empty, ends that are the estimates, a scale that moved. Each is told and nothing is closed on it.

What reading itself doubts (a list that lost its rows, a page that stops early, a clock ahead) the collectors tell.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import ibis
import numpy as np

from kpis.scales import moved, scales
from kpis.types import Reader, known
from store.facts import schema
from store.facts.schema import COUNTED_AT, NOW

# Our choices, wide enough that no ordinary day and no storm meets them.
SPAN: Final = timedelta(hours=3)  # rows of the last hours, as they were recorded ...
LATE: Final = timedelta(hours=1)  # ... leaving out the last one: rows are recorded late
WEEKS: Final = 6  # the same hours of as many weeks before are what is usual
USUAL: Final = 20  # rows at least, usually; fewer say nothing
FEW: Final = 0.2  # times the least of these weeks
MANY: Final = 20.0  # times the most of them
LEAST: Final = 50  # rows of a day in which a column must be empty
FILLED: Final = 0.8  # of the rows of the week before that have it
ENDS: Final = 10  # restored outages with an estimate
EQUAL: Final = 0.5  # of these: restored at the very second of the estimate
NEWS: Final = timedelta(days=30)  # a scale that moved longer ago is no news
_COLUMNS_OF: Final = ("work_orders", "surveys", "outages")


@dataclass(frozen=True)
class Doubt:
    """`what`: silent_source, unusual_volume, column_fell_empty, restored_at_the_estimate or scale_moved. `about`: the
    numbers and names of its sentence; times are aware."""

    source: str
    what: str
    about: Mapping[str, Any]
    since_at: datetime


def doubts(reader: Reader, now: datetime) -> list[Doubt]:
    """All there are at `now`."""
    return [*_volumes(reader, now), *_empty_columns(reader, now), *_estimates(reader, now), *_scales(reader, now)]


def _volumes(reader: Reader, now: datetime) -> Iterator[Doubt]:
    end = now - LATE
    t = reader.table("work_orders")
    weeks = [(end - timedelta(weeks=w) - SPAN, end - timedelta(weeks=w)) for w in range(WEEKS + 1)]
    t = t.filter(t.accepted_at >= ibis.literal(weeks[-1][0]), t.accepted_at < NOW)
    counts = {
        f"w{w}": ((t.accepted_at >= ibis.literal(start)) & (t.accepted_at < ibis.literal(stop))).sum()
        for w, (start, stop) in enumerate(weeks)
    }
    start, stop = weeks[0]
    for row in reader.frame(t.group_by("source").agg(**counts), now).to_dict("records"):
        there, past = int(row["w0"]), [int(row[f"w{w}"]) for w in range(1, WEEKS + 1)]
        usual = float(np.median(past))
        if usual < USUAL or min(past) == 0:  # seldom anything, or not yet so many weeks
            continue
        about = {"n": there, "usual": round(usual), "start": start, "stop": stop}
        if there == 0:
            yield Doubt(row["source"], "silent_source", about, start)
        elif not FEW * min(past) <= there <= MANY * max(past):
            yield Doubt(row["source"], "unusual_volume", about, start)


def _empty_columns(reader: Reader, now: datetime) -> Iterator[Doubt]:
    """Times are left out: those of young rows are empty by right."""
    young_from, old_from = now - timedelta(days=1), now - timedelta(days=8)
    for name in _COLUMNS_OF:
        t, at = reader.table(name), COUNTED_AT[name]
        columns = [c.name for c in schema.TABLES[name].own if not c.derived and c.kind != "time"]
        t = t.filter(t[at] >= ibis.literal(old_from), t[at] < ibis.literal(now - LATE))
        is_young = t[at] >= ibis.literal(young_from)
        counts = {"young:": is_young.sum(), "old:": (~is_young).sum()}
        for c in columns:
            counts |= {f"young:{c}": (t[c].notnull() & is_young).sum(), f"old:{c}": (t[c].notnull() & ~is_young).sum()}
        for row in reader.frame(t.group_by("source").agg(**counts), now).to_dict("records"):
            young, old = int(row["young:"]), int(row["old:"])
            fell = [c for c in columns if row[f"young:{c}"] == 0 and row[f"old:{c}"] >= FILLED * old]
            if young >= LEAST and old >= LEAST and fell:
                about = {"table": name, "columns": fell, "n": young}
                yield Doubt(row["source"], "column_fell_empty", about, young_from)


def _estimates(reader: Reader, now: datetime) -> Iterator[Doubt]:
    t = reader.table("outages")
    since = ibis.literal(now - timedelta(days=7))
    t = t.filter(known(t.restored_at).notnull(), t.restored_at >= since, t.estimate_at.notnull())
    equal = (t.restored_at == t.estimate_at).sum()
    found = t.group_by("source").agg(n=t.count(), equal=equal, since=t.restored_at.min())
    for row in reader.frame(found, now).to_dict("records"):
        if row["n"] >= ENDS and row["equal"] >= EQUAL * row["n"]:
            about = {"n": int(row["n"]), "equal": int(row["equal"])}
            yield Doubt(row["source"], "restored_at_the_estimate", about, row["since"].to_pydatetime())


def _scales(reader: Reader, now: datetime) -> Iterator[Doubt]:
    for (source, channel), of in moved(scales(reader, now)).groupby(["source", "channel"], dropna=False):
        since = of[of["in_force"]].iloc[0]["first_at"].to_pydatetime()
        if since >= now - NEWS:
            spans = [f"{low:g}-{high:g}" for low, high in zip(of["scale_min"], of["scale_max"], strict=True)]
            yield Doubt(str(source), "scale_moved", {"channel": channel, "scales": spans}, since)
