"""What the rules say of one order, one clock at a time: plain code, written from the rule's words (docs/clocks.md).

It shares no code with the generator's pace nor with the product. The limits are those of simulator/limits.toml, here
once more in code; instants are whole epoch seconds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from simulator import names
from simulator.counting import COUNTING, FOREVER, Span, Spans, is_provisional
from simulator.instants import HOUR, MINUTE

SUSPENDED, RESUMED, SOLVED, REOPENED, MOVED = range(5)  # what of an order's events matters to clocks


@dataclass(frozen=True)
class Course:
    """An order as it is known at some moment. `stages`: those that came. `events`: (kind, when).

    `matter`: of a connection 0 home, 1 business, 2 high voltage, 3 that with two supplies; of others the position in
    names.MATTERS. `merged_since`: the earliest call among the orders merged into it.
    """

    order_no: str
    category: int
    area_class: int  # 0 town, 1 country, 2 remote
    stages: Mapping[str, int]
    events: Sequence[tuple[int, int]] = ()
    matter: int = 0
    merged_since: int | None = None
    identity: str = ""  # account number, else phone digits, else the home
    known_by: str = "account"  # account / phone / address
    area: int = -1  # its transformer area
    of_outage: bool = False
    channel: int = 0


class Line(NamedTuple):
    """One limit of one clock. `due`: None while a pause without end keeps it from being reached.

    `late_s`: by how much it was missed, 0 where it was kept. `is_moved`: a stop put it off.
    """

    due: int | None
    late_s: int
    is_moved: bool
    is_provisional: bool


class Clock(NamedTuple):
    """`minutes`: how long it took without its stops; None while it runs."""

    start: int
    end: int | None
    minutes: float | None
    lines: Mapping[str, Line]


# ---- which clocks an order has, from where to where -----------------------------------------------------------------
_CLOCKS: Final = {
    "dispatch": ("accepted", ("dispatched",)), "receive": ("dispatched", ("received",)),
    "arrival": ("accepted", ("arrived",)), "restoration": ("arrived", ("restored", "archived")),
    "contact": ("accepted", ("contacted",)), "answer": ("accepted", ("replied",)), "reply": ("restored", ("replied",)),
    "revisit": ("replied", ("revisited",)), "scheme": ("accepted", ("scheme",)),
    "install": ("inspected", ("connected",)), "connection": ("accepted", ("connected",)),
}  # fmt: skip
_SOLUTION_ENDS: Final = ("restoration", "answer", "reply")


def judged(course: Course, now: int) -> dict[str, Clock]:
    """Every clock of the order; none of one that was called off or merged into another."""
    if "cancelled" in course.stages or "merged" in course.stages:
        return {}
    limits = limits_of(course.category, course.area_class, course.matter)
    paused, closed = tuple(_between(course.events, SUSPENDED, RESUMED)), tuple(_closed(course.events))
    reopened = max((at for kind, at in course.events if kind == REOPENED), default=None)
    found: dict[str, Clock] = {}
    for key, (first, last) in _CLOCKS.items():
        start, end = _start(course, key, first), next((course.stages[s] for s in last if s in course.stages), None)
        if key in _SOLUTION_ENDS and reopened is not None:
            end = None if end is not None and end <= reopened else end
            start = None if key == "reply" and start is not None and start <= reopened else start
        if key == "receive" and start is not None:
            moves = (at for kind, at in course.events if kind == MOVED and start <= at and (end is None or at <= end))
            start = max(moves, default=start)
        if start is None:
            continue
        stops = [*_ended(paused, end), *(closed if key in _SOLUTION_ENDS else ())]
        found[key] = _clock(start, end, stops, limits.get(key, {}), now)
    return found


def _start(course: Course, key: str, stage: str) -> int | None:
    """Of an order into which others were merged the earliest call among them."""
    at = course.stages.get(stage)
    if stage == "accepted" and at is not None and course.merged_since is not None:
        return min(at, course.merged_since)
    return at


def _between(events: Sequence[tuple[int, int]], opens: int, closes: int) -> Iterator[Span]:
    """From each `opens` to the `closes` after it, FOREVER without one; at one moment what closes comes first."""
    begun: int | None = None
    for at, is_opening in sorted((at, kind == opens) for kind, at in events if kind in (opens, closes)):
        if is_opening and begun is None:
            begun = at
        elif not is_opening and begun is not None:
            yield begun, at
            begun = None
    if begun is not None:
        yield begun, FOREVER


def _closed(events: Sequence[tuple[int, int]]) -> Iterator[Span]:
    """From each solution to the reopening after it. A solution that nobody reopened is no stop."""
    return (span for span in _between(events, SOLVED, REOPENED) if span[1] != FOREVER)


def _ended(spans: Spans, end: int | None) -> Iterator[Span]:
    """A pause that nobody ended ends with the clock."""
    for begin, until in spans:
        yield begin, end if until == FOREVER and end is not None else until


def _clock(start: int, end: int | None, stops: Spans, limits: Mapping[str, tuple[str, int]], now: int) -> Clock:
    stood = list(_joined(stops, start))
    lines = {name: _line(start, end, stood, limit, now) for name, limit in limits.items()}
    if end is None or end < start:
        return Clock(start, end, None, lines)
    still = sum(max(min(e, end) - b, 0) for b, e in stood)
    return Clock(start, end, (end - start - still) / 60, lines)


def _joined(stops: Spans, start: int) -> Iterator[Span]:
    """What of `stops` lies after `start`, in order, each moment once."""
    reached = start
    for begin, until in sorted(stops):
        if until > max(begin, reached):
            yield max(begin, reached), until
            reached = until


def _line(start: int, end: int | None, stops: Spans, limit: tuple[str, int], now: int) -> Line:
    kind, amount = limit
    count = COUNTING[kind]
    due = count(start, amount, stops)
    late = 0 if due is None else max((now if end is None else end) - due, 0)
    is_moved = bool(stops) and due != count(start, amount, ())
    return Line(due, late, is_moved, due is not None and kind != "seconds" and is_provisional(kind, start, due))


# ---- the limits -----------------------------------------------------------------------------------------------------
Limits = Mapping[str, Mapping[str, tuple[str, int]]]


def _minutes(**lines: int) -> dict[str, tuple[str, int]]:
    return {name: ("seconds", n * MINUTE) for name, n in lines.items()}


def _days(**lines: int) -> dict[str, tuple[str, int]]:
    return {name: ("days", n) for name, n in lines.items()}


_WITHIN_A_DAY: Final = {"internal": ("seconds", 24 * HOUR)}
_CONTACT: Final = {"promise": ("seconds", 24 * HOUR), "internal": ("open", 8 * HOUR)}
_DEMANDS: Final[Mapping[int, Limits]] = {
    names.COMPLAINT: {
        "contact": _CONTACT, "answer": _days(promise=5, internal=4, regulatory=10), "revisit": _WITHIN_A_DAY,
    },
    names.REPORT: {"contact": _CONTACT, "answer": _days(promise=10, internal=9), "revisit": _WITHIN_A_DAY},
    names.OPINION: {"answer": _days(internal=9), "revisit": _WITHIN_A_DAY},
    names.SUGGESTION: {"answer": _days(internal=9)},
    names.APPLICATION: {"answer": _days(promise=5, internal=4), "revisit": _WITHIN_A_DAY},
}  # fmt: skip
# Promised and internal working days by matter: to the scheme, from inspection to meter, and as a whole.
_CONNECTIONS: Final = (
    ((2, 1), (2, 1), (5, 4)), ((3, 2), (3, 2), (6, 5)), ((10, 9), (4, 3), (22, 20)), ((20, 18), (4, 3), (32, 30)),
)  # fmt: skip
JUDGED: Final = (names.FAULT, names.CONNECTION, *_DEMANDS)  # categories that have limits at all


@cache
def limits_of(category: int, area_class: int, matter: int) -> Limits:
    """Clock -> line -> (how it counts, how much): what Linjiang allows itself for such an order."""
    if category == names.FAULT:
        return _of_repair(area_class)
    if category == names.CONNECTION:
        found = zip(("scheme", "install", "connection"), _CONNECTIONS[matter], strict=True)
        return {key: _days(promise=days, internal=own) for key, (days, own) in found} | {"revisit": _WITHIN_A_DAY}
    return _DEMANDS.get(category, {})


def _of_repair(area_class: int) -> Limits:
    is_town = area_class == 0
    promised, own, regulator = ((45, 40, 60), (90, 80, 120), (120, 110, 240))[area_class]
    return {
        "dispatch": _minutes(internal=3), "receive": _minutes(internal=5), "reply": _minutes(internal=25),
        "arrival": _minutes(promise=promised, internal=own, regulatory=regulator),
        "restoration": _minutes(promise=180 if is_town else 240, internal=175 if is_town else 235),
        "revisit": _WITHIN_A_DAY,
    }  # fmt: skip
