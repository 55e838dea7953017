"""The course of one order: its stages and its clocks, each with how it stands. Pure: a row and a moment in.

It says of one order what kpis.timeliness says of many; a test holds them together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from kpis.orders import NOT_OURS

Row = Mapping[Any, Any]  # a work order by column; missing is None
Verdict = Literal["on_time", "late", "overdue", "running", "not_started", "not_needed", "unknown"]
RUNS: Final = ("overdue", "running")

STAGES: Final = (
    *("accepted_at", "dispatched_at", "received_at", "contacted_at", "surveyed_at", "arrived_at", "restored_at"),
    *("replied_at", "reviewed_at", "revisited_at", "archived_at"),
)


@dataclass(frozen=True)
class Kind:
    """One kind of clock by the columns it stands on. `met`: the first of these that is known stops it."""

    key: str
    start: str
    met: tuple[str, ...]
    due: str


CLOCKS: Final = (
    Kind("arrival", "accepted_at", ("arrived_at",), "arrival_due_at"),
    Kind("restoration", "arrived_at", ("restored_at", "archived_at"), "restoration_due_at"),
    Kind("stated", "accepted_at", ("restored_at", "archived_at"), "given_due_at"),
)
# Impossible orders of times by the clock whose length they spoil (kpis.derive names them).
SPOILT_BY: Final[Mapping[str, frozenset[str]]] = {
    "arrival": frozenset(["arrived_before_accepted"]),
    "restoration": frozenset(["restored_before_arrived", "restored_before_accepted", "closed_before_opened"]),
    "stated": frozenset(["restored_before_accepted", "closed_before_opened", "limit_before_accepted"]),
}


@dataclass(frozen=True)
class Clock:
    """One limit of one order. `stop_at`: when it was met, or the order ended without; None while it runs.

    `is_spoilt`: its times can not be, so that its length is no length.
    """

    key: str
    start_at: datetime | None
    due_at: datetime | None
    stop_at: datetime | None
    verdict: Verdict
    is_spoilt: bool = False

    @property
    def limit(self) -> timedelta | None:
        return self.due_at - self.start_at if self.due_at and self.start_at else None

    @property
    def runs(self) -> bool:
        return self.verdict in RUNS

    def used(self, now: datetime) -> timedelta | None:
        """Time from its start to its stop, or to now while it runs."""
        end = self.stop_at or (now if self.runs else None)
        return end - self.start_at if end and self.start_at and not self.is_spoilt else None

    def over(self, now: datetime) -> timedelta | None:
        """By how much the limit was passed; None where it was not."""
        end = self.stop_at or (now if self.runs else None)
        return end - self.due_at if end and self.due_at and end > self.due_at else None


def come(row: Row, name: str, now: datetime) -> datetime | None:
    """The time in column `name` if it has come by now: a source may write a time ahead."""
    at: datetime | None = row[name]
    return at if at is not None and at <= now else None


def ended_at(row: Row, now: datetime) -> datetime | None:
    """When work on the order ended, however: supply back, or archived."""
    return come(row, "restored_at", now) or come(row, "archived_at", now)


def is_open(row: Row, now: datetime) -> bool:
    """As kpis.timeliness.is_open: one that will end later is open although its row says closed."""
    ends_later = row["restored_at"] is not None or row["archived_at"] is not None
    return ended_at(row, now) is None and (row["status"] in (None, "open") or ends_later)


def stages(row: Row, now: datetime) -> list[tuple[str, datetime]]:
    """The stages that have come, in the order in which they came."""
    found = [(name.removesuffix("_at"), at) for name in STAGES if (at := come(row, name, now)) is not None]
    return sorted(found, key=lambda stage: stage[1])


def faults(row: Row) -> tuple[str, ...]:
    """Names of the impossible orders of times in the row."""
    return tuple(str(row["faults"]).split(",")) if row["faults"] else ()


def why_uncounted(row: Row) -> str | None:
    """Why the order is in no timeliness figure: merged, cancelled, or None."""
    if row["parent_order_no"]:
        return "merged"
    return "cancelled" if row["status"] == "cancelled" else None


def is_ours(row: Row) -> bool:
    """As kpis.timeliness.ours_to_restore."""
    return row["asset_ownership"] != "customer" and (row["subcategory_1"] or "") not in NOT_OURS


def clocks(row: Row, now: datetime) -> tuple[Clock, ...]:
    """The clocks of the order that have a limit, and those that will have one once they start."""
    found = [_clock(kind, row, now) for kind in CLOCKS]
    return tuple(clock for clock in found if clock is not None)


def running(found: tuple[Clock, ...]) -> Clock | None:
    """The clock to look at now: the latest of the promise, else the source's own."""
    promised = [clock for clock in found if clock.runs and clock.key != "stated"]
    return promised[-1] if promised else next((clock for clock in found if clock.runs), None)


def _clock(kind: Kind, row: Row, now: datetime) -> Clock | None:
    start, due = come(row, kind.start, now), row[kind.due]
    if due is None or (start is None and row[kind.start] is not None):
        waits = kind.key == "restoration" and row["arrival_due_at"] is not None and start is None
        return Clock(kind.key, None, None, None, "not_started") if waits and _waits(row, now) else None
    met = next((at for name in kind.met if (at := come(row, name, now)) is not None), None)
    stop = met or ended_at(row, now)
    spoilt = bool(SPOILT_BY[kind.key] & set(faults(row)))
    return Clock(kind.key, start, due, stop, _verdict(row, (due, met, stop), now), spoilt)


def _waits(row: Row, now: datetime) -> bool:
    return is_open(row, now) and is_ours(row)


def _verdict(row: Row, times: tuple[datetime, datetime | None, datetime | None], now: datetime) -> Verdict:
    """How a clock stands with its limit, its being met and its stop."""
    due, met, stop = times
    if stop is not None and stop > due:
        return "late"
    if met is not None:
        return "on_time"
    if stop is not None:
        return "not_needed"  # settled before the limit without it
    if not is_open(row, now):
        return "unknown"  # closed without saying when
    return "overdue" if now > due else "running"
