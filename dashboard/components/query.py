"""Which orders a page shows: one frozen query, read from the URL and written back to it, so that a view can be sent."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from store.facts.schema import CATEGORIES

PERIODS: Final[dict[str, int | None]] = {"today": 1, "7d": 7, "30d": 30, "all": None}  # days up to today
STATES: Final = ("all", "open", "closed")
OUTCOMES: Final = ("success", "failure")
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

    def search(self) -> str:
        """The query string, without its question mark; empty for the default view."""
        return urlencode(self.args())

    def args(self) -> dict[str, str]:
        """What differs from the default view, in the URL's words."""
        default = OrderQuery()
        pairs = ((_WORD.get(f.name, f.name), getattr(self, f.name), getattr(default, f.name)) for f in fields(self))
        return {word: str(value) for word, value, usual in pairs if value != usual}

    def days(self, today: date) -> tuple[date | None, date]:
        """First (None: from the beginning) and last site day the query covers."""
        if self.first or self.last:
            return self.first, self.last or today
        length = PERIODS[self.period]
        return (None if length is None else today - timedelta(days=length - 1)), today

    def span(self, now: datetime, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        """The moments [start, end) of `days`, in UTC. A running period has no end: what comes in counts."""
        first, last = self.days(now.astimezone(zone).date())
        start = datetime.combine(first, time(), zone).astimezone(UTC) if first else None
        end = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC) if self.last else None
        return start, end


# Words of the URL where they differ from the names here.
_WORD: Final = {"first": "from", "last": "to"}


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
    return _agreeing(OrderQuery(**found), faults), faults


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
