from dataclasses import replace
from datetime import date

import pytest

from kpis.calendar import Year
from kpis.derive import Rules
from kpis.limits import Limit
from kpis.rules_said import Said, change, said
from settings import EventDays, Tier
from tests.kpis.stage import CALENDAR

URBAN = (("area_class", frozenset(["urban"])),)
FIRST = date(2022, 1, 1)
ARRIVAL = Limit("arrival", "promise", "elapsed", 45 * 60_000_000, URBAN, FIRST, "a text")
ANSWER = Limit("answer", "promise", "working_days", 5, (), FIRST, "a text")
RULES = Rules((ARRIVAL, ANSWER), CALENDAR)
BASE: Said = said(RULES, "code")


def with_limit(limit: Limit, **values: object) -> Rules:
    return replace(RULES, limits=tuple(replace(x, **values) if x == limit else x for x in RULES.limits))  # type: ignore[arg-type]


def with_year(year: int, off: frozenset[date]) -> Rules:
    years = {**CALENDAR.years, year: Year(off, frozenset(), "a notice")}
    return replace(RULES, calendar=replace(CALENDAR, years=years))


TYPHOON = EventDays(name="Typhoon", first=date(2026, 7, 1), last=date(2026, 7, 3), units=("C1",))
CHANGES = [
    pytest.param(
        with_limit(ARRIVAL, amount=40 * 60_000_000),
        ("limit arrival promise urban from 2022-01-01: 45 min -> 40 min",),
        (True, FIRST),
        id="a limit changed",
    ),
    pytest.param(
        with_limit(ANSWER, amount=3),
        ("limit answer promise from 2022-01-01: 5 working days -> 3 working days",),
        (True, FIRST),
        id="of working days",
    ),
    pytest.param(
        with_limit(ARRIVAL, pauses=frozenset()),
        ("limit arrival promise urban from 2022-01-01: 45 min -> 45 min, stopped by nothing",),
        (True, FIRST),
        id="what stops it",
    ),
    pytest.param(
        replace(RULES, limits=(*RULES.limits, replace(ARRIVAL, amount=30 * 60_000_000, valid_from=date(2027, 1, 1)))),
        ("limit arrival promise urban from 2027-01-01: 30 min (new)",),
        (True, date(2027, 1, 1)),
        id="a limit for the future",
    ),
    pytest.param(
        replace(RULES, limits=(ARRIVAL,)),
        ("limit answer promise from 2022-01-01: 5 working days (removed)",),
        (True, FIRST),
        id="a limit removed",
    ),
    pytest.param(
        with_year(2031, frozenset([date(2031, 1, 1)])),
        ("calendar 2031: published (new)", "calendar 2031-01-01: day off (new)"),
        (True, None),
        id="a year's table",
    ),
    pytest.param(
        replace(RULES, tiers=(Tier(tier="diamond", capacity_kva=10_000, arrears_cny=0),)),
        ("tier 1: diamond from 10000 kVA, owing at most 0 yuan (new)",),
        (True, None),
        id="a tier",
    ),
    pytest.param(
        replace(RULES, event_days=(TYPHOON,)),
        ("event days 1: Typhoon, 2026-07-01 to 2026-07-03, C1 (new)",),
        (False, None),
        id="days of an event concern every table",
    ),
]


@pytest.mark.parametrize(("rules", "words", "reach"), CHANGES)
def test_what_changed_is_said_in_words(rules: Rules, words: tuple[str, ...], reach: tuple[bool, date | None]) -> None:
    found = change(BASE, said(rules, "code"))
    assert found is not None
    assert (found.words, (found.orders_only, found.since)) == (words, reach)


def test_other_code_concerns_everything() -> None:
    found = change(BASE, said(RULES, "other code"))
    assert found is not None
    assert (found.orders_only, found.since) == (False, None)


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(RULES, id="the same"),
        pytest.param(with_limit(ARRIVAL, source="another text", confirm=True), id="only where it is written"),
    ],
)
def test_what_decides_about_nothing_is_no_change(rules: Rules) -> None:
    assert change(BASE, said(rules, "code")) is None
