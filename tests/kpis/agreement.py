"""Random histories through both computations of the clocks: the vectorised one and the plain one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from kpis.calendar import NEVER
from kpis.limits import of_clock
from kpis.order_clocks import CLOCKS, Orders, derived
from store.facts.schema import due_column
from tests.kpis.histories import Histories, histories
from tests.kpis.plain_clocks import Event, accepted, course, due, last_reopening, limit_of
from tests.kpis.plain_days import Days
from tests.kpis.worlds import World

NOTHING: Final = -1  # is left of a limit whose clock does not stand
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Disagreement:
    """`found`: column -> value of the vectorised computation, that of the plain one; only where they differ."""

    world: str
    order: Mapping[str, Any]
    events: list[Event]
    merged_since: datetime | None
    found: Mapping[str, tuple[Any, Any]]

    def __str__(self) -> str:
        order = "".join(f"\n    {name}: {value}" for name, value in self.order.items() if value is not None)
        events = "".join(
            f"\n    {at} {kind} ({reason})" for kind, at, reason in sorted(self.events, key=lambda e: e[1])
        )
        found = "".join(f"\n    {name}: vectorised {a}, plain {b}" for name, (a, b) in self.found.items())
        return f"{self.world}{found}\n  order{order}\n    merged since {self.merged_since}\n  events{events}\n"


def disagreements(seed: int, n: int, world: World) -> Iterator[Disagreement]:
    """Those of `n` random orders of `world` on which the two do not agree."""
    given = histories(np.random.default_rng(seed), n, world)
    columns = _columns(given, world)
    plain = Plain(world)
    events = _events(given)
    fields = {str(name): _values(given.rows[name].to_numpy()) for name in given.rows}
    merged = _values(given.merged_since.astype("datetime64[us]"))
    for i in range(n):
        order = {name: values[i] for name, values in fields.items()}
        expected = plain.derived(order, events.get(i, []), merged[i])
        found = {name: (values[i], expected[name]) for name, values in columns.items()}
        differing = {name: pair for name, pair in found.items() if not _equal(*pair)}
        if differing:
            yield Disagreement(world.name, order, events.get(i, []), merged[i], differing)


def _columns(given: Histories, world: World) -> dict[str, list[Any]]:
    found = derived(given.rows, given.merged_since, given.events, world.limits, world.calendar)
    orders = Orders(given.rows, given.merged_since, given.events, world.calendar)
    for clock in CLOCKS:
        span = orders.start(clock), orders.end(clock)
        for line in clock.lines:
            answer = orders.due(clock, span, of_clock(world.limits, clock.key, line))
            found[f"left by {due_column(clock.key, line)}"] = np.where(answer.stands, answer.left, NOTHING)
    return {name: _values(values) for name, values in found.items()}


def _values(values: Any) -> list[Any]:
    """As Python has them: aware moments, None for missing."""
    if values.dtype.kind == "M":
        micros = values.astype("datetime64[us]").astype(np.int64).tolist()
        return [None if m == NEVER else EPOCH + timedelta(microseconds=m) for m in micros]
    return [None if v is None or v != v else v for v in values.tolist()]  # noqa: PLR0124 (not a number)


def _events(given: Histories) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = {}
    events = given.events
    moments = _values(events.at.astype("datetime64[us]"))
    for row, kind, at, reason in zip(events.row.tolist(), events.kind.tolist(), moments, events.reason, strict=True):
        if at is not None:  # rule 8
            found.setdefault(row, []).append((kind, at, reason))
    return found


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < 1e-6
    return bool(one == other)


class Plain:
    """The columns of `kpis.order_clocks.derived`, order by order."""

    def __init__(self, world: World) -> None:
        self._days = Days(world.calendar)
        self._limits = [
            (
                clock.key,
                due_column(clock.key, line),
                [x for x in world.limits if (x.clock, x.line) == (clock.key, line)],
            )
            for clock in CLOCKS
            for line in clock.lines
        ]

    def derived(self, order: Mapping[str, Any], events: list[Event], merged_since: datetime | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        runs = {clock.key: course(clock.key, order, events, merged_since) for clock in CLOCKS}
        standing, provisional = [], []
        known = accepted(order, merged_since) or order["arrived_at"]
        day = known and self._days.of(known)
        for clock, run in runs.items():
            found[f"{clock}_min"] = None if run is None else run.minutes
        for clock, column, limits in self._limits:
            run = runs[clock]
            found[column], found[f"left by {column}"] = None, NOTHING
            limit = None if run is None or day is None else limit_of(order, day, limits)
            if run is None or limit is None:
                continue
            answer = due(run, limit, self._days)
            found[column] = answer.deadline
            if answer.left is not None:
                found[f"left by {column}"] = answer.left
                standing += [clock] if clock not in standing else []
            if answer.is_provisional and clock not in provisional:
                provisional.append(clock)
        return found | {
            "standing": ",".join(standing) or None,
            "provisional": ",".join(provisional) or None,
            "reopened_at": last_reopening(events),
        }
