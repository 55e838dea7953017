"""The clocks of work orders: which stages start and end them, and their deadlines for whole tables. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpis.calendar import NEVER, Calendar, Flags, Ints
from kpis.clocks import OPEN, Due, Stops, due, stands
from kpis.limits import Limit, of_clock
from store.facts.schema import CLOCK_LINES, due_column

Words = npt.NDArray[np.object_]
CANCELLED: Final = "cancelled"
MOMENT: Final = pd.DatetimeTZDtype("us", "UTC")
SOLUTIONS: Final = ("restored_at", "replied_at", "archived_at")


@dataclass(frozen=True)
class Clock:
    """One clock. `end`: the first of these stages that is known ends it.

    `reopens`: the solution ends it, so a reopened order runs on. `restarts`: a transfer or a return starts it anew.
    """

    key: str
    start: str
    end: tuple[str, ...]
    reopens: bool = False
    restarts: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """Those it may have, the main one first."""
        return CLOCK_LINES[self.key]


CLOCKS: Final = (
    Clock("dispatch", "accepted_at", ("dispatched_at",)),
    Clock("receive", "dispatched_at", ("received_at",), restarts=True),
    Clock("arrival", "accepted_at", ("arrived_at",)),
    Clock("restoration", "arrived_at", ("restored_at", "archived_at"), reopens=True),
    Clock("contact", "accepted_at", ("contacted_at",)),
    Clock("answer", "accepted_at", ("replied_at",), reopens=True),
    Clock("reply", "restored_at", ("replied_at",), reopens=True),
    Clock("revisit", "replied_at", ("revisited_at",)),
    Clock("scheme", "accepted_at", ("scheme_at",)),
    Clock("install", "inspected_at", ("connected_at",)),
    Clock("connection", "accepted_at", ("connected_at",)),
)


@dataclass(frozen=True)
class Events:
    """What happened to the orders beside their stages. `row`: position of the order; in any order."""

    row: Ints
    kind: Words
    at: Ints
    reason: Words

    def of(self, *kinds: str) -> tuple[Ints, Words, Ints]:
        mine = np.isin(self.kind, kinds)
        return self.row[mine], self.kind[mine], self.at[mine]


def derived(
    rows: pd.DataFrame, merged_since: Ints, events: Events, limits: Sequence[Limit], calendar: Calendar
) -> dict[str, npt.NDArray[np.generic]]:
    """For each order the deadline of each clock and line, minutes of the clocks that ended, and how sure they are.

    `rows`: one order each, with canonical columns. `merged_since`: the earliest acceptance among the orders that were
    merged into it, NEVER for none. Deadlines are moments (datetime64[us]), NaT where there is none. `standing` and
    `provisional` name the clocks concerned, comma separated, None for none. `reopened_at`: the last reopening.
    """
    orders = Orders(rows, merged_since, events, calendar)
    found: dict[str, npt.NDArray[np.generic]] = {}
    standing, provisional = _Names(len(rows)), _Names(len(rows))
    for clock in CLOCKS:
        start, end = orders.start(clock), orders.end(clock)
        for line in clock.lines:
            answer = orders.due(clock, (start, end), of_clock(limits, clock.key, line))
            found[due_column(clock.key, line)] = answer.at.astype("datetime64[us]")
            standing.add(clock.key, answer.stands & (end == NEVER))
            provisional.add(clock.key, answer.provisional & (answer.at != NEVER))
        found[f"{clock.key}_min"] = orders.minutes(clock, start, end)
    found |= {"standing": standing.text, "provisional": provisional.text}
    return found | {"reopened_at": orders.reopened.astype("datetime64[us]")}


class _Names:
    """Names that hold for each row, joined."""

    def __init__(self, n: int) -> None:
        self.text: Words = np.full(n, None, dtype=object)

    def add(self, name: str, mask: Flags) -> None:
        for i in np.flatnonzero(mask):  # few: clocks that stand or reach a year without a table
            known = self.text[i]
            if known is None:
                self.text[i] = name
            elif name not in known.split(","):
                self.text[i] = f"{known},{name}"


class Orders:
    """The orders of one batch with their stops."""

    def __init__(self, rows: pd.DataFrame, merged_since: Ints, events: Events, calendar: Calendar) -> None:
        self.rows, self.events, self.calendar = rows, events, calendar
        self.n = len(rows)
        self._fitting: dict[tuple[str, frozenset[str]], Flags] = {}
        self._moments: dict[str, Ints] = {}
        self._words: dict[str, Words] = {}
        self.own = self._own()
        self.accepted = _earliest(self.moments("accepted_at"), merged_since)
        self.day = calendar.day_of(np.where(self.accepted == NEVER, self.moments("arrived_at"), self.accepted))
        self.reopened = self._reopened()
        self.solved = self._solved()
        self._stops: dict[tuple[bool, frozenset[str] | None], Stops] = {}

    def moments(self, column: str) -> Ints:
        if column not in self._moments:
            values = self.rows[column]
            if values.dtype != MOMENT:
                values = pd.to_datetime(values, utc=True).astype(MOMENT)
            found = np.asarray(values.to_numpy(dtype="datetime64[us]").astype(np.int64))
            found.flags.writeable = False  # all clocks share it
            self._moments[column] = found
        return self._moments[column]

    def words(self, column: str) -> Words:
        if column not in self._words:
            values = self.rows[column].astype(object)
            found = np.asarray(values.where(values.notna(), None).to_numpy(), dtype=object)
            found.flags.writeable = False
            self._words[column] = found
        return self._words[column]

    def _own(self) -> Flags:
        """Orders that have clocks: no merged child, not cancelled."""
        return np.asarray(pd.isna(self.rows["parent_order_no"]) & (self.words("status") != CANCELLED), dtype=bool)

    def start(self, clock: Clock) -> Ints:
        start = self.accepted if clock.start == "accepted_at" else self.moments(clock.start)
        if clock.restarts:
            start = self._restarted(start, self.end(clock))
        if clock.start == "restored_at":  # one that was no solution has nothing to be answered
            start = np.where(start <= self.reopened, NEVER, start)
        return np.where(self.own, start, NEVER)

    def _restarted(self, start: Ints, end: Ints) -> Ints:
        """The latest start, transfer or return up to the end; the start where none lies there."""
        row, _, at = self.events.of("transferred", "returned")
        until = np.where(end == NEVER, OPEN, end)
        latest = np.where(start <= until, start, NEVER)
        in_time = at <= until[row]
        np.maximum.at(latest, row[in_time], at[in_time])
        return np.where(latest == NEVER, start, latest)

    def end(self, clock: Clock) -> Ints:
        """NEVER while it runs, and for an order that was reopened since."""
        end = np.full(self.n, NEVER, dtype=np.int64)
        for stage in map(self.moments, clock.end):
            counts = stage > self.reopened if clock.reopens else stage != NEVER
            end = np.where((end == NEVER) & counts, stage, end)
        return end

    def _reopened(self) -> Ints:
        last = np.full(self.n, NEVER, dtype=np.int64)
        row, _, at = self.events.of("reopened")
        np.maximum.at(last, row, at)
        return last

    def _solved(self) -> Stops:
        """From each solution to the reopening after it; by the row's stages where no event tells of a solution."""
        row, kind, at = self.events.of("solved", "reopened")
        told = np.zeros(self.n, dtype=bool)
        told[row[(kind == "solved") & (at != NEVER)]] = True
        first = _earliest(*map(self.moments, SOLUTIONS))
        silent = np.flatnonzero(~told & (first != NEVER) & (first <= self.reopened))
        row = np.concatenate([row, silent])
        kind = np.concatenate([kind, np.full(len(silent), "solved", dtype=object)])
        at = np.concatenate([at, first[silent]])
        pairs = stands("solved", "reopened", row, kind, at)
        closed = pairs.end != OPEN  # a solution nobody reopened is an end, not a stop
        return Stops(pairs.row[closed], pairs.begin[closed], pairs.end[closed])

    def pauses(self, reasons: frozenset[str] | None) -> Stops:
        """From each pause for one of `reasons` to its end; None: every reason."""
        row, kind, at, reason = self.events.row, self.events.kind, self.events.at, self.events.reason
        if reasons is not None:
            accepted = (kind != "suspended") | np.isin(reason, list(reasons))
            row, kind, at = row[accepted], kind[accepted], at[accepted]
        return stands("suspended", "resumed", row, kind, at)

    def stops(self, clock: Clock, reasons: frozenset[str] | None) -> Stops:
        """What stops `clock` when `reasons` are accepted; None: every reason is."""
        key = (clock.reopens, reasons)
        if key not in self._stops:
            stops = self.pauses(reasons)
            if clock.reopens:
                both = [
                    np.concatenate(p)
                    for p in zip(*((s.row, s.begin, s.end) for s in (stops, self.solved)), strict=True)
                ]
                stops = Stops.of(*both)
            self._stops[key] = stops
        return self._stops[key]

    def due(self, clock: Clock, span: tuple[Ints, Ints], limits: Sequence[Limit]) -> Due:
        """Each order by the limit of highest rank that fits it. `span`: start and end of the clock."""
        start, end = span
        chosen = self.chosen(limits)
        nothing = np.full(self.n, NEVER, dtype=np.int64)
        answer = Due(
            nothing, np.zeros(self.n, dtype=bool), np.zeros(self.n, dtype=np.int64), np.zeros(self.n, dtype=bool)
        )
        for kind, reasons in dict.fromkeys((limit.kind, limit.pauses) for limit in limits):
            amounts = np.array([x.amount if (x.kind, x.pauses) == (kind, reasons) else 0 for x in limits] + [0])
            stops = self.stops(clock, reasons).until(end)
            part = due(kind, start, amounts[chosen], stops, self.calendar)
            mine = amounts[chosen] > 0
            answer = Due(*(np.where(mine, new, old) for new, old in zip(_fields(part), _fields(answer), strict=True)))
        return answer

    def chosen(self, limits: Sequence[Limit]) -> Ints:
        """The position of the limit that holds for each order; -1 where none fits."""
        chosen = np.full(self.n, -1, dtype=np.int64)
        for i, limit in enumerate(limits):  # the highest rank comes last and stays
            chosen[self._fits(limit)] = i
        return chosen

    def _fits(self, limit: Limit) -> Flags:
        fits = (self.day >= np.datetime64(limit.valid_from, "D").astype(np.int64)) & (self.day != NEVER)
        for column, values in limit.where:
            fits &= self._is_in(column, values)
        return np.asarray(fits)

    def _is_in(self, column: str, values: frozenset[str]) -> Flags:
        """Found once for all limits: they ask the same few things of an order."""
        key = (column, values)
        if key not in self._fitting:
            self._fitting[key] = np.isin(self.words(column), list(values))
        return self._fitting[key]

    def minutes(self, clock: Clock, start: Ints, end: Ints) -> npt.NDArray[np.float64]:
        """From start to end without the stops; NaN while it runs, and for an end before its start."""
        stops = self.stops(clock, None).since(start)
        until = np.minimum(stops.end, np.maximum(end[stops.row], stops.begin))  # none of it while the clock runs
        stood = np.zeros(self.n, dtype=np.int64)
        np.add.at(stood, stops.row, until - stops.begin)
        ended = (start != NEVER) & (end != NEVER) & (end >= start)
        return np.where(ended, (np.where(ended, end - start, 0) - stood) / 60e6, np.nan)


def _earliest(*moments: Ints) -> Ints:
    """Of each row the first moment that is known."""
    first = np.minimum.reduce([np.where(m == NEVER, OPEN, m) for m in moments])
    return np.where(first == OPEN, NEVER, first)


def _fields(answer: Due) -> tuple[npt.NDArray[np.generic], ...]:
    return answer.at, answer.stands, answer.left, answer.provisional
