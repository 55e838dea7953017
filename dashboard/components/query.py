"""Which orders a page shows: one frozen query, read from the URL and written back to it, so that a view can be sent."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from kpis.periods import Grain, Period, named
from store.facts.schema import CATEGORIES

ROLLING: Final[dict[str, int | None]] = {"today": 1, "7d": 7, "30d": 30, "all": None}  # days up to today
# Parts of the calendar, as kpis.periods names them.
CALENDAR: Final[dict[str, Grain]] = {
    "yesterday": "day",
    "week": "week",
    "last_week": "week",
    "month": "month",
    "last_month": "month",
    "quarter": "quarter",
    "last_quarter": "quarter",
    "year": "year",
    "last_year": "year",
}
PERIODS: Final = ("today", "yesterday", "7d", "30d", *list(CALENDAR)[1:], "all")
STATES: Final = ("all", "open", "closed")
OUTCOMES: Final = ("success", "failure")
CUSTOMERS: Final = ("high_voltage", "low_voltage_business", "residential")
EVENTS: Final = ("with", "without")  # days of major events
EXEMPT: Final = ("after", "before")  # approved exemptions: after they are taken off, or as if there were none
# Dimensions a row of a table by them narrows to; the rows without one are the empty text, written "-" in the URL.
MORE: Final = (
    *("county", "station", "feeder", "grid", "transformer_area", "area_class", "crew", "handler", "manager"),
    *("subcategory_1", "subcategory_2", "subcategory_3", "cause_1", "cause_2", "tier", "hour", "weekday"),
    *("source", "source_verdict", "event_day", "customer_kind", "category", "channel"),
)
NUMBERS: Final[Mapping[str, Collection[str]]] = {
    "hour": [str(n) for n in range(24)],
    "weekday": [str(n) for n in range(1, 8)],
}
UNKNOWN: Final = "-"
FIRST_DAY: Final = date(1900, 1, 2)
LAST_DAY: Final = date(9998, 12, 30)
# Only channels an order comes in by; a survey's own channels are no filter of this page.
CHANNELS: Final = ("95598", "12345", "12398", "app", "media", "other")


@dataclass(frozen=True)
class OrderQuery:
    """A filter on orders. None: no restriction. `first` and `last`: site days, both included, instead of `period`."""

    unit: str | None = None
    category: str | None = None
    channel: str | None = None
    period: str = "7d"
    first: date | None = None
    last: date | None = None
    state: str = "all"
    kpi: str | None = None  # only the rows this KPI counts
    outcome: str | None = None  # with `kpi`: only its successes or failures
    customer: str | None = None
    events: str = "with"
    exempt: str = "after"
    more: tuple[tuple[str, str], ...] = ()  # further dimensions, each with the value its rows have

    def search(self) -> str:
        """The query string, without its question mark; empty for the default view."""
        return urlencode(self.args())

    def args(self) -> dict[str, str]:
        """What differs from the default view, in the URL's words."""
        default = OrderQuery()
        own = (f.name for f in fields(self) if f.name != "more")
        pairs = ((_WORD.get(name, name), getattr(self, name), getattr(default, name)) for name in own)
        found = {word: str(value) for word, value, usual in pairs if value != usual}
        return found | {f"{BY}{dim}": value or UNKNOWN for dim, value in self.more}

    def days(self, today: date) -> tuple[date | None, date]:
        """First (None: from the beginning) and last site day the query covers."""
        if self.first or self.last:
            return self.first, self.last or today
        if self.period in CALENDAR:
            part = named(self.period, datetime.combine(today, time(12), UTC), ZoneInfo("UTC"))
            return part.start.date(), (part.end - timedelta(microseconds=1)).date()
        length = ROLLING[self.period]
        return (None if length is None else today - timedelta(days=length - 1)), today

    def span(self, now: datetime, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        """The moments [start, end) of `days`, in UTC. A running period has no end: what comes in counts."""
        today = now.astimezone(zone).date()
        first, last = self.days(today)
        start = datetime.combine(first, time(), zone).astimezone(UTC) if first else None
        is_over = self.last is not None or last < today
        end = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC) if is_over else None
        return start, end

    def whole(self, now: datetime, zone: ZoneInfo) -> Period | None:
        """`span` as a period to compare with others, at most up to now; None when it has no beginning."""
        start, end = self.span(now, zone)
        grain: Grain | None = "day" if self.period == "today" else CALENDAR.get(self.period)
        if start is None or start >= now:
            return None
        own = self.first or self.last
        return Period(start, min(end, now) if end else now, None if own else grain)


# Words of the URL where they differ from the names here.
_WORD: Final = {"first": "from", "last": "to"}
BY: Final = "by_"  # before a dimension of `more`


@dataclass(frozen=True)
class Fault:
    """A part of the URL that was left out because it cannot be used."""

    word: str
    value: str
    hint: str | None = None


def _day(text: str) -> date | None:
    """A day whose ends are moments that can be asked for (kpis.evaluate), in every zone."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def parse(args: Mapping[str, str], kpis: Mapping[str, object]) -> tuple[OrderQuery, list[Fault]]:
    """The query in `args` and what of it cannot be used. Words of other parts of the page (lang, theme) are ignored."""
    faults: list[Fault] = []
    found: dict[str, Any] = {"unit": args.get("unit") or None}
    for name, known in (
        ("category", CATEGORIES),
        ("channel", CHANNELS),
        ("period", tuple(PERIODS)),
        ("state", STATES),
        ("kpi", tuple(kpis)),
        ("outcome", OUTCOMES),
        ("customer", CUSTOMERS),
        ("events", EVENTS),
        ("exempt", EXEMPT),
    ):
        value = args.get(name)
        if value in known:
            found[name] = value
        elif value:
            faults.append(Fault(name, value, next(iter(get_close_matches(value, known, 1)), None)))
    for name, word in _WORD.items():
        if text := args.get(word):
            found[name] = _day(text)
            if found[name] is None:
                faults.append(Fault(word, text, "2026-11-20"))
    found["more"] = tuple(_more(args, faults))
    return _agreeing(OrderQuery(**found), faults), faults


def _more(args: Mapping[str, str], faults: list[Fault]) -> Iterator[tuple[str, str]]:
    for word, text in args.items():
        dim = word.removeprefix(BY)
        if not word.startswith(BY) or not text:
            continue
        if dim not in MORE:
            known = [f"{BY}{one}" for one in MORE]
            faults.append(Fault(word, text, next(iter(get_close_matches(word, known, 1)), None)))
        elif dim in NUMBERS and text != UNKNOWN and text not in NUMBERS[dim]:
            faults.append(Fault(word, text, "7"))
        else:
            yield dim, "" if text == UNKNOWN else text


def _agreeing(query: OrderQuery, faults: list[Fault]) -> OrderQuery:
    """`query` without parts that contradict each other."""
    if query.first and query.last and query.first > query.last:
        faults.append(Fault("from", str(query.first), str(query.last)))
        query = replace(query, first=None)
    if query.outcome and not query.kpi:
        faults.append(Fault("outcome", query.outcome))
        query = replace(query, outcome=None)
    if query.first or query.last:
        query = replace(query, period=OrderQuery.period)
    return query


def args_of(search: str | None) -> dict[str, str]:
    """The pairs of a location's search string; the last of a repeated word counts."""
    return dict(parse_qsl((search or "").removeprefix("?")))
