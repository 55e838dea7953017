"""The clocks of one order as a table, and what the script needs to count them down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dash import html

from dashboard.components import format as say
from dashboard.components import meanings, order_words
from dashboard.components.alert_words import Reading
from dashboard.components.order_course import OneOrder
from kpis.course import Clock, stages

HistoryOf = Mapping[int, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Shown:
    """One order, read, with its alerts (the newest first) and the transitions of each."""

    reading: Reading
    order: OneOrder
    alerts: Sequence[Mapping[str, Any]] = ()
    steps: HistoryOf | None = None

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


def counting(shown: Shown, clock: Clock, form: str) -> dict[str, Any]:
    """What the script needs to say how much time is left. It fills the element; the server leaves it empty."""
    if clock.start_at is None or clock.due_at is None:
        return {}
    unanswered = any(a["state"] == "raised" for a in shown.alerts)
    return {
        "data-left": form,
        "data-clock": clock.key,
        "data-start": ms(clock.start_at),
        "data-due": ms(clock.due_at),
        "data-filled": str(unanswered).lower(),
    }


def table(shown: Shown, found: tuple[Clock, ...]) -> html.Section | None:
    t = shown.reading.view.t
    if not found:
        return html.Section([html.H3(t("clocks")), html.P(t("No limit applies to this order."), className="q")])
    columns = [(t("limit##clock"), ""), (t("allowed"), "r"), (t("start##clock"), "r start"), (t("due##clock"), "r")]
    columns += [(t("used"), "r"), (t("result"), "")]
    head = html.Tr([html.Th(name, className=kind, scope="col") for name, kind in columns])
    body = [_line(shown, clock) for clock in found]
    area = order_words.area(t, shown.row["area_class"])
    by = html.Span(t("by the promise, {area}").format(area=area) if area else t("by the promise"), className="qq")
    card = meanings.explained(shown.reading.view, meanings.CLOCKS, shown.read)
    return html.Section(
        [
            html.Div([html.H3([t("clocks"), by]), card], className="titled"),
            html.Table([html.Thead(head), html.Tbody(body)]),
        ]
    )


def _line(shown: Shown, clock: Clock) -> html.Tr:
    """One clock. The two cells that change by the minute are filled by the script while it runs."""
    t, reading = shown.reading.view.t, shown.reading
    used, over = clock.used(shown.now), clock.over(shown.now)
    times = [shown.clock(moment) if moment else "" for moment in (clock.start_at, clock.due_at)]
    limit = reading.length(clock.limit) if clock.limit is not None else say.NONE
    cells: list[Any] = [html.Td(limit, className="r"), html.Td(times[0], className="r when start")]
    cells.append(html.Td(times[1], className="r when"))
    if clock.runs:
        cells.append(html.Td(className="r", **counting(shown, clock, "used")))
        cells.append(html.Td(**counting(shown, clock, "result")))
    else:
        late = t("{time} over").format(time=reading.length(over)) if over and clock.verdict == "late" else None
        word = order_words.verdict(t, clock.verdict)
        gone = say.NONE if clock.is_spoilt else ""
        cells.append(html.Td(reading.length(used) if used is not None else gone, className="r"))
        cells.append(html.Td(html.B(late) if late else word, className="qq" if not clock.due_at else ""))
    return html.Tr([html.Th(order_words.clock(t, clock.key), scope="row"), *cells])
