"""The ledger of one limit, unfolded under its row: the rule, the calendar, and the clock's time line by line."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from dash import html

from dashboard.components import clock_words
from dashboard.components.alert_words import Reading
from kpis.calendar import Calendar
from kpis.explain import Ledger, moment
from kpis.explain_lines import Line


def unfolded(reading: Reading, ledger: Ledger, clock: str, calendar: Calendar) -> html.Div:
    """What stands under the row of a limit."""
    said = html.Div([html.P(sentence) for sentence in _rule(reading, ledger, calendar)], className="rule qq")
    return html.Div([_table(reading, ledger, clock), said] if ledger.lines else [said], className="ledger")


def _table(reading: Reading, ledger: Ledger, clock: str) -> html.Table:
    t = reading.view.t
    names = [(t("when##ledger"), ""), (t("time##ledger"), ""), (t("counted##ledger"), "r"), (t("left##ledger"), "r")]
    head = html.Tr([html.Th(name, className=kind, scope="col") for name, kind in names])
    rows = [_row(reading, ledger.limit.kind, line) for line in ledger.lines]
    name = t("time of the clock {clock}, line by line").format(clock=clock_words.clock(t, clock))
    return html.Table([html.Thead(head), html.Tbody(rows)], **{"aria-label": name})


def _row(reading: Reading, kind: str, line: Line) -> html.Tr:
    t, language = reading.view.t, reading.view.language
    what, why = clock_words.what(t, line.what), clock_words.why(t, language, line.what, line.reasons)
    if line.what == "over":
        why = reading.length(timedelta(microseconds=line.end - line.start))
    if line.is_ahead:
        what = t("{what} (to come)").format(what=what)
    amounts = [clock_words.amount(language, kind, value) for value in (line.counted, line.left)]
    cells = [
        html.Td(_when(reading, kind, line), className="when"),
        html.Td([html.Span(what), *([" ", html.Span(why, className="qq")] if why else [])]),
        html.Td(amounts[0] if line.counted else "", className="r"),
        html.Td(amounts[1], className="r"),
    ]
    return html.Tr(cells, className=f"is-{line.what}{' ahead' if line.is_ahead else ''}")


def _when(reading: Reading, kind: str, line: Line) -> list[Any]:
    """First and last moment; of one day its date is said once."""
    start, end = (_here(reading, at) for at in (line.start, line.end))
    first, last = clock_words.bounds(reading.view.language, kind, start, end)
    if first == last:
        return [html.Span(first)]
    day = clock_words.day(reading.view.language, start)
    if last.startswith(f"{day} "):
        last = last.removeprefix(f"{day} ")
    return [html.Span(first), " ", html.Span(["\N{EN DASH} ", last])]


def _here(reading: Reading, at: int) -> datetime:
    when = moment(at)
    assert when is not None, "a line has both its ends"  # noqa: S101 - the type can not say it
    return when.astimezone(reading.zone)


def _rule(reading: Reading, ledger: Ledger, calendar: Calendar) -> Iterator[str]:
    """Which limit and which tables of the calendar it was, and what about them is not sure."""
    t, limit = reading.view.t, ledger.limit
    said = t("Limit since {day}: {source}").format(day=limit.valid_from, source=t(limit.source))
    aside = "（{}）" if reading.view.language == "zh" else " ({})"
    yield said + (aside.format(t("to be confirmed by the customer")) if limit.confirm else "")
    for year in ledger.years:
        table = calendar.years.get(year)
        if table and table.is_official:
            yield t("Calendar {years}").format(years=f"{year}: {t(table.source)}")
        else:
            yield t("Calendar {years}").format(years=t("{year}: none yet, Monday to Friday").format(year=year))
    if ledger.is_provisional:
        yield t("provisional: a year without an official table")
