"""The clocks of one order: each limit a row that unfolds to its ledger; and what the script needs to count down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from dash import html

from dashboard.components import clock_words
from dashboard.components import format as say
from dashboard.components.alert_words import Reading
from dashboard.components.order_course import OneOrder
from dashboard.components.order_unfolded import unfolded
from kpis import course
from kpis.course import is_open, is_ours, stages
from kpis.explain import Account, Explained, Ledger

COUNTS_DOWN: Final = ("running", "overdue")
HistoryOf = Mapping[int, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Shown:
    """One order, read, with its alerts (the newest first) and the transitions of each."""

    reading: Reading
    order: OneOrder
    alerts: Sequence[Mapping[str, Any]] = ()
    steps: HistoryOf | None = None
    explained: Explained | None = None
    exemptions: Sequence[Mapping[str, Any]] = ()

    @property
    def row(self) -> dict[str, Any]:
        return self.order.row

    @property
    def now(self) -> datetime:
        return self.reading.now

    @property
    def first(self) -> datetime:
        """The moment whose day the course is told on: times of that day need no date."""
        passed = stages(self.row, self.now)
        return self.row["accepted_at"] or (passed[0][1] if passed else self.now)

    @property
    def read(self) -> str | None:
        """When its row last changed in its source."""
        changed: datetime | None = self.row["changed_at"]
        return self.reading.clock(changed) if changed else None

    def clock(self, moment: datetime) -> str:
        return say.moment(moment, self.first, self.reading.zone, self.reading.view.language)

    @property
    def day(self) -> str:
        """The day of `first`; nothing when it is today."""
        first, today = (at.astimezone(self.reading.zone).date() for at in (self.first, self.now))
        return "" if first == today else say.day(first, self.reading.view.language)


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@dataclass(frozen=True)
class Clock:
    """One limit of one order. `line`: whose limit; None for that which the source states, which has no ledger.

    `counted`: what of the limit is used, in words; `stop_at`: None while it runs.
    """

    key: str
    line: str | None
    start_at: datetime | None
    due_at: datetime | None
    stop_at: datetime | None
    verdict: str
    allowed: str
    counted: str
    over: timedelta | None = None
    is_spoilt: bool = False
    ledger: Ledger | None = None

    @property
    def is_late(self) -> bool:
        return self.verdict in ("late", "overdue")


def clocks(shown: Shown) -> tuple[Clock, ...]:
    """Every limit of the order, clock by clock; last the one its source states. One that can no more start is none."""
    accounts = shown.explained.accounts if shown.explained else ()
    found = [_of(shown, account, ledger) for account in accounts for ledger in account.ledgers]
    waits = is_open(shown.row, shown.now)
    there = [
        c for c in found if c.verdict != "not_started" or (waits and (c.key != "restoration" or is_ours(shown.row)))
    ]
    return (*there, *_stated(shown))


def _of(shown: Shown, account: Account, ledger: Ledger) -> Clock:
    t, language, limit = shown.reading.view.t, shown.reading.view.language, ledger.limit
    used = limit.amount - ledger.left
    counted = (
        f"{used}/{limit.amount}" if limit.kind == "working_days" else shown.reading.length(timedelta(microseconds=used))
    )
    over = shown.now - ledger.due_at if ledger.verdict == "overdue" and ledger.due_at else ledger.over
    is_known = ledger.verdict != "not_started" and not account.is_spoilt
    return Clock(
        account.clock,
        ledger.line,
        account.start_at,
        ledger.due_at,
        account.stop_at,
        ledger.verdict,
        clock_words.allowed(t, language, limit.kind, limit.amount),
        counted if is_known else say.NONE,
        over,
        account.is_spoilt,
        ledger,
    )


def _stated(shown: Shown) -> tuple[Clock, ...]:
    """The limit the source itself states, judged by kpis.course."""
    for c in course.clocks(shown.row, shown.now):
        if c.key == "stated" and c.due_at:
            used = c.used(shown.now)
            words = [shown.reading.length(span) if span is not None else say.NONE for span in (c.limit, used)]
            verdict = "settled" if c.verdict == "not_needed" else c.verdict
            times = (c.start_at, c.due_at, c.stop_at)
            return (Clock(c.key, None, *times, verdict, words[0], words[1], c.over(shown.now), c.is_spoilt),)
    return ()


def leading(found: Sequence[Clock]) -> Clock | None:
    """The clock to look at now: of those that run the promise due first, else our own limits, else the source's."""
    runs = [c for c in found if c.verdict in COUNTS_DOWN and c.due_at]
    ranked = ("promise", "internal", "regulatory", None)
    return min(runs, key=lambda c: (ranked.index(c.line), c.due_at), default=None)


def counting(shown: Shown, clock: Clock, form: str) -> dict[str, Any]:
    """What the script needs to say how much time is left. It fills the element; the server leaves it empty."""
    if clock.start_at is None or clock.due_at is None:
        return {}
    unanswered = any(a["state"] == "raised" for a in shown.alerts)
    return {
        "data-left": form,
        "data-clock": clock.key,
        "data-name": clock_words.clock(shown.reading.view.t, clock.key),
        "data-start": ms(clock.start_at),
        "data-due": ms(clock.due_at),
        "data-filled": str(unanswered).lower(),
    }


def section(shown: Shown, found: Sequence[Clock]) -> html.Section:
    """All clocks, each in a row that unfolds."""
    t = shown.reading.view.t
    if not found:
        return html.Section([html.H3(t("clocks")), html.P(t("No limit applies to this order."), className="q")])
    late = sum(c.is_late for c in found)
    said = t("{late} of {n} late").format(late=late, n=len(found)) if late else t("none late")
    names = (t("limit##clock"), t("allowed"), t("due##clock"), t("used"), t("result"))
    head = html.Div([html.Span(name) for name in names], className="clock-head", **{"aria-hidden": "true"})
    rows = [_row(shown, clock) for clock in found]
    return html.Section(
        [html.H3([t("clocks"), html.Span(said, className="qq")]), html.Div([head, *rows])], className="clocks"
    )


def _row(shown: Shown, clock: Clock) -> Any:
    """One limit. The cell that changes by the minute is filled by the script while the clock runs."""
    t = shown.reading.view.t
    whose = clock_words.line(t, clock.line) if clock.line else ""
    due = shown.clock(clock.due_at) if clock.due_at else say.NONE
    cells = [
        html.Span([clock_words.clock(t, clock.key), " ", html.Span(whose, className="qq")], className="name"),
        html.Span(clock.allowed),
        html.Span(due, title=t("due##clock")),
        html.Span(clock.counted, title=t("used")),
        html.Span(**counting(shown, clock, "result")) if clock.verdict in COUNTS_DOWN else _result(shown, clock),
    ]
    if clock.ledger is None or shown.explained is None:
        return html.Div(cells, className="clock-row")
    unfold = unfolded(shown.reading, clock.ledger, clock.key, shown.explained.calendar)
    return html.Details(
        [html.Summary(cells, className="clock-row"), unfold],
        className="clock-one",
        **{"data-fold": f"{clock.key}-{clock.line}"},
    )


def _result(shown: Shown, clock: Clock) -> html.Span:
    t, reading = shown.reading.view.t, shown.reading
    if clock.verdict == "late" and clock.over:
        return html.Span(html.B(t("{time} over").format(time=reading.length(clock.over))))
    left = ""
    if clock.ledger and clock.verdict == "stands":
        limit = clock.ledger.limit
        left = clock_words.allowed(t, reading.view.language, limit.kind, clock.ledger.left)
    said = clock_words.verdict(t, clock.key, clock.verdict, left)
    return html.Span(said, className="" if clock.verdict == "on_time" else "q")
