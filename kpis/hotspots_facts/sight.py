"""What one look looks at: demands as events at places, in strata, up to the last hour that is complete enough."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from kpis.hotspots.baseline import Confirmed, capped
from kpis.hotspots.bundles import bundled
from kpis.hotspots.family import Nodes, Path
from kpis.hotspots.looks import Stream, stream_of
from kpis.hotspots.strata import blocks
from kpis.hotspots.tables import Flags, Ints
from kpis.hotspots_facts.demands import keys, leaves
from kpis.hotspots_facts.ground import Ground

HOUR: timedelta = timedelta(hours=1)


@dataclass(frozen=True)
class Sight:
    """`rows`: one per event, in the order of `stream`, with order_no, source, source_key, key, place, calls.

    `origin`: the moment of hour 0, a midnight of the site. `paths`: category paths by leaf. `left_out`: what is in no
    circle or in no place, and what was brought to its new feeder, by reason.
    """

    ground: Ground
    stream: Stream
    rows: pd.DataFrame
    origin: datetime
    until: datetime
    first: datetime | None
    paths: tuple[Path, ...]
    left_out: Mapping[str, int]
    n_cases: int

    @property
    def hour(self) -> int:
        """The first hour that the look does not know."""
        return round((self.until - self.origin) / HOUR)

    def of(self, path: Path) -> Flags:
        """Which events are of the category `path` or below it."""
        inside = np.array([leaf[: len(path)] == path for leaf in self.paths], dtype=np.bool_)
        return inside[self.stream.leaf] if len(self.stream.leaf) else np.zeros(0, dtype=np.bool_)

    def nodes(self, paths: Sequence[Path]) -> Nodes:
        """The nodes of these paths over the leaves of this look: those that a threshold was learnt for."""
        holds = np.array([[leaf[: len(p)] == p for leaf in self.paths] for p in paths], dtype=np.bool_)
        return Nodes(tuple(paths), holds.reshape(len(paths), len(self.paths)))

    def hours_of(self, moment: datetime) -> int:
        return int((moment - self.origin) // HOUR)


def sight(
    rows: pd.DataFrame, ground: Ground, until: datetime, zone: ZoneInfo, is_working: Callable[[date], bool],
    confirmed: Sequence[Confirmed] = (),
) -> Sight:  # fmt: skip
    """The events of `rows` (demands with `place`) before `until`: what one customer says at a place in 24 h is one."""
    known = rows[(rows["accepted_at"] < until).to_numpy()]
    calls = known.assign(place=known["place"].fillna(""), customer=known["identity_key"], time=known["accepted_at"])
    events = bundled(calls)
    events = capped(events, confirmed).reset_index(drop=True) if confirmed else events
    first = events["accepted_at"].iloc[0].to_pydatetime() if len(events) else None
    origin = datetime.combine((first or until).astimezone(zone).date(), time(), zone).astimezone(until.tzinfo)
    since = events["accepted_at"] - pd.Timestamp(origin)
    hour = np.asarray(since // pd.Timedelta(HOUR), dtype=np.int64)
    leaf, paths = leaves(events)
    stratum = blocks(events["accepted_at"].dt.tz_convert(zone), is_working)
    place = ground.places.ids.get_indexer(pd.Index(events["place"])).astype(np.int64)
    stream = stream_of(place, hour, stratum, leaf, _customers(events["identity_key"]))
    events = events.assign(key=keys(events))
    left_out = {"unknown_place": int((place < 0).sum()), **ground.faults}
    moved = _moved(events, ground)
    return Sight(
        ground, stream, events, origin, until, first, paths, {**left_out, **({"moved": moved} if moved else {})},
        int(events["calls"].sum()) if len(events) else 0,
    )  # fmt: skip


def _customers(identity: pd.Series) -> Ints:
    """A number for each customer; who is not known is somebody of his own."""
    code = pd.factorize(identity)[0].astype(np.int64)
    return np.where(code < 0, int(code.max(initial=0)) + 1 + np.arange(len(code)), code)


def _moved(events: pd.DataFrame, ground: Ground) -> int:
    """How many events were brought to the feeder on which their area hangs now."""
    if ground.unit != "feeder":
        return 0
    there = events["feeder"].notna() & (events["place"] != "")
    return int((events["feeder"].where(there) != events["place"].where(there)).where(there, other=False).sum())
