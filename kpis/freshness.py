"""How fresh each table of a source is against its own promise. Pure.

The most overdue table is the one whose promise ran out first: the order of two tables then never changes while
neither is read, and a hold beyond the promise ends for the most overdue one first. Age divided by the promise would
have a name on a wall change to and fro by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from kpis.types import SourceState
from settings_sources import Source, mapping_id

_REAL_LAG_S: Final = 3.0  # a tick, a read and a merge, with room
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Promise:
    """How old the data of one table of a source may be, in seconds of the site's clock."""

    mapping: str  # settings_sources.mapping_id
    table: str  # its name in the source
    into: str  # canonical table
    fresh_s: float

    def ends_at(self, as_of: datetime) -> datetime:
        """Until when data that are complete up to `as_of` keep the promise."""
        return as_of + timedelta(seconds=self.fresh_s)

    def is_broken(self, as_of: datetime | None, now: datetime) -> bool:
        """Whether the table is late; one that was never read whole is."""
        return as_of is None or now > self.ends_at(as_of)


def promises_of(source: Source, pace: float = 1.0) -> tuple[Promise, ...]:
    """One for each table, in the settings' order.

    `pace`: site seconds in a real one. A faster site is read at the real pace all the same: what that costs in site
    time is allowed to every table, and no more, so that one which falls silent still turns stale.
    """
    found = []
    for table in source.tables:
        every_s = table.every_s or source.poll_s
        fresh_s = table.fresh_s or source.fresh_s + (table.every_s or 0.0)
        allowed_s = fresh_s + (pace - 1) * (every_s + _REAL_LAG_S)
        found.append(Promise(mapping_id(table, source.tables), table.table, table.into, allowed_s))
    return tuple(found)


def most_overdue(promises: Iterable[Promise], as_of: Mapping[str, datetime | None]) -> Promise | None:
    """The promise that runs out, or ran out, first; before all others one that was never kept. None without any."""

    def ends_at(promise: Promise) -> datetime:
        known = as_of.get(promise.mapping)
        return _NEVER if known is None else promise.ends_at(known)

    return min(promises, key=ends_at, default=None)


def blind_sources(
    states: Iterable[SourceState],
    now: datetime,
    promises: Mapping[str, Sequence[Promise]],
    table: str = "work_orders",
) -> set[str]:
    """Names of the sources whose silence about the canonical `table` proves nothing: never read, or too old.

    Only what feeds the table counts: a stuck list of units beside it hides no order. A source that is no longer set up
    is watched no more: its rows are left out, and its alerts end.
    """
    as_of = {s.name: s.as_of_by_mapping for s in states}
    return {
        name
        for name, own in promises.items()
        if name in as_of and any(p.is_broken(as_of[name].get(p.mapping), now) for p in own if p.into == table)
    }
