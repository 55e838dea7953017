"""Who came back: demands of one customer on one matter, by plain code of its own."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Final, NamedTuple

from simulator.instants import DAY
from simulator.names import (
    APPLICATION,
    COMPLAINT,
    CONNECTION,
    ENQUIRY,
    FAULT,
    MATTERS,
    OPINION,
    REPORT,
    SUGGESTION,
)
from simulator.truth import courses_at
from simulator.verdicts import Course

_DEMANDS: Final = frozenset([COMPLAINT, REPORT, OPINION, SUGGESTION, ENQUIRY, APPLICATION, CONNECTION, FAULT])
_ABOUT_OUTAGES: Final = frozenset(["停送电投诉", "频繁停电", "停电", "停电咨询", "停电信息"])
_LEVEL: Final = (0, 1, 2, 0, 3, 0)  # 95598, 12345, 12398, App, media, other
DAYS: Final = 60


class Return(NamedTuple):
    """A demand that came back: `before` is the order number of the last one."""

    order_no: str
    before: str
    days: float
    category: int
    known_by: str
    is_higher: bool  # than every one of the 60 days before


def returns(courses: Iterable[Course]) -> Iterator[Return]:
    """Every demand with an earlier one of the customer on the matter within 60 days."""
    chains: dict[tuple[str, object], list[Course]] = {}
    wanted = [c for c in courses if c.category in _DEMANDS and not {"cancelled", "merged"} & c.stages.keys()]
    for course in sorted(wanted, key=lambda c: (c.stages["accepted"], c.order_no)):
        chain = chains.setdefault((course.identity, _matter(course)), [])
        at = course.stages["accepted"]
        near = [c for c in chain if at - c.stages["accepted"] <= DAYS * DAY]
        if near:
            highest = max(_LEVEL[c.channel] for c in near)
            days = (at - near[-1].stages["accepted"]) / DAY
            higher = _LEVEL[course.channel] > highest
            yield Return(course.order_no, near[-1].order_no, days, course.category, course.known_by, higher)
        chain.append(course)


def _matter(course: Course) -> object:
    if course.category == CONNECTION:
        return course.category
    words = MATTERS[course.category][course.matter]
    about_outage = course.category == FAULT or course.of_outage or bool(_ABOUT_OUTAGES & set(words))
    return ("at", course.area) if about_outage else (course.category, words[0])


def returns_at(seed: int, now: datetime, since: date) -> list[Return]:
    """`returns` among the orders accepted up to `now` since the city's first day `since`."""
    return list(returns(courses_at(seed, now, since)))
