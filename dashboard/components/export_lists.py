"""Each list as a file: its columns, its rows in batches, and the lines that say what it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from dashboard.components import (
    alert_words,
    export_rows,
    filters,
    marks,
    narrowing,
    order_answers,
    order_cells,
    order_rows,
    terms,
)
from dashboard.components import format as say
from dashboard.components.alert_words import Reading
from dashboard.components.order_answers import Asked
from dashboard.components.sheet import MOST_ROWS, Column
from dashboard.components.tally import tallies
from store.scope import Scope

Line = tuple[str, str]


class BadFilter(ValueError):
    """The address asks for something that is not there: a file of something else would be mistaken for it."""


@dataclass(frozen=True)
class Listed:
    """One list. `name`: of the file, in plain letters; `label`: the same in the reader's language."""

    name: str
    label: str
    columns: Sequence[Column]
    batches: Iterator[pa.RecordBatch]
    rows: int
    lines: tuple[Line, ...] = ()


def orders(asked: Asked, most: int | None) -> Listed:
    """The orders or revisits behind the filter, in the list's usual order; at most `most` of them."""
    no_faults(asked)
    question, t = asked.question, asked.view.t
    table, shown = order_rows.whole(question)
    n = order_rows.total(question)
    desk = order_cells.Desk(asked.view, question.units, asked.house.settings.site.tz, question.now)
    read = question.reader.batches(shown.limit(most) if most is not None and n > most else shown, question.now)
    if table == "surveys":
        columns, arrays = export_rows.survey_columns(desk), export_rows.survey_arrays
    else:
        columns, arrays = export_rows.order_columns(desk), export_rows.order_arrays
    names = [str(i) for i in range(len(columns))]
    batches = (pa.record_batch(arrays(desk, batch), names=names) for batch in read if batch.num_rows)
    name, label = ("revisits", t("revisits##file")) if table == "surveys" else ("orders", t("Orders"))
    return Listed(name, label, columns, batches, n, (*filter_lines(asked), *_definition(asked)))


def units(asked: Asked, _most: int | None) -> Listed:
    """Every figure by unit, as the table by unit slices it."""
    no_faults(asked)
    t, question = asked.view.t, asked.question
    rows: list[tuple[Any, ...]] = []
    for tally in tallies(question).values():
        d, known = tally.definition, ["unit", "n", "successes", "value", "low", "high"]
        for code, n, good, *found in tally.by_unit[known].itertuples(index=False, name=None):
            place = code if isinstance(code, str) else None
            named = [None if pd.isna(rate) else float(rate) for rate in found]
            told = (question.units.name(place), place, t(d.label), d.key, int(n), int(good))
            rows.append((*told, *named, tally.target, d.version, t(d.formula)))
    texts = [t("unit##column"), t("code of the unit"), t("figure##column"), t("key of the figure")]
    rates = [t("value, %"), t("interval from, %"), t("interval to, %"), t("target, %")]
    columns = [
        *(Column(text) for text in texts),
        *(Column(text, "number") for text in (t("counted"), t("of these good"))),
        *(Column(text, "percent") for text in rates),
        Column(t("version of the definition"), "number"),
        Column(t("formula")),
    ]
    return Listed("units", t("Figures by unit"), columns, of_rows(columns, rows), len(rows), filter_lines(asked))


def alerts(reading: Reading, found: Sequence[alert_words.Alert], show: str, unit: str | None) -> Listed:
    """Alerts as the inbox lists them."""
    t, at = reading.view.t, alert_words.at
    zone = f" ({reading.zone.key})"
    texts = [
        *(t("alert no."), t("what##alert"), t("level"), t("state"), t("rule##column"), t("order no.")),
        *(t("county##column"), t("station"), t("feeder")),
    ]
    times = [
        *(t("clock started"), t("due##clock"), t("raised##column"), t("changed##column")),
        *(t("acknowledged##time"), t("cleared")),
    ]
    columns = [
        *(Column(text) for text in texts),
        *(Column(text + zone, "time") for text in times),
        *(Column(text) for text in (t("acknowledged by"), t("note"), t("why cleared"))),
    ]
    states = {"raised": t("not acknowledged##column"), "acknowledged": t("in progress"), "clear": t("cleared")}
    rows = [
        (
            str(a["id"]),
            alert_words.title(reading, a),
            marks.level_word(t, a["level"]),
            states.get(a["state"], a["state"]),
            a["rule"],
            a["order_no"],
            *(reading.units.name(a[name]) or None for name in ("county", "station", "feeder")),
            *(at(a[f"{name}_at"]) for name in ("start", "due", "raised", "changed", "acknowledged", "cleared")),
            *(a["acknowledged_by"], a["note"], a["cleared_reason"]),
        )
        for a in found
    ]
    zoned = pa.timestamp("us", reading.zone.key)
    shown = {"open": t("open"), "taken": t("in progress"), "cleared": t("cleared today##line")}
    lines = ((t("unit"), reading.units.name(unit) or t("all")), (t("state"), shown.get(show, show)))
    return Listed("alerts", t("Alerts"), columns, of_rows(columns, rows, zoned), len(rows), lines)


_ARROW: Final = {"text": pa.string(), "number": pa.int64(), "percent": pa.float64(), "decimal": pa.float64()}


def of_rows(
    columns: Sequence[Column], rows: Sequence[tuple[Any, ...]], time: pa.DataType | None = None
) -> Iterator[pa.RecordBatch]:
    """A short list as one batch."""
    kinds = [time if c.kind == "time" else _ARROW[c.kind] for c in columns]
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    arrays = [pa.array(values, kind) for values, kind in zip(cells, kinds, strict=True)]
    yield pa.record_batch(arrays, names=[str(i) for i in range(len(columns))])


def no_faults(asked: Asked, *words: str) -> None:
    """Errors: BadFilter for what can not be used of the address, or of those `words` of it that the list goes by."""
    faults = [fault for fault in asked.faults if not words or fault.word in words]
    if faults:
        raise BadFilter(" ".join(filters.sentence(asked.view, fault) for fault in faults))


def filter_lines(asked: Asked) -> tuple[Line, ...]:
    """The filter in words, every part of it: what does not narrow says so."""
    t, query, view = asked.view.t, asked.query, asked.view
    first, last = asked.days
    days = say.days(first, last, view.language) if first else t("since the beginning")
    years = f" ({first.isoformat()} \N{EN DASH} {last.isoformat()})" if first else f" (\N{EN DASH} {last.isoformat()})"
    every = t("all")
    return (
        (t("unit"), asked.question.units.name(query.unit) or every),
        (t("period"), days + years),
        (t("category"), terms.category(t, query.category) if query.category else every),
        (t("channel"), terms.channel(t, query.channel) if query.channel else every),
        (t("state"), terms.state(t, query.state)),
        *((said, t("yes")) for said, _ in narrowing.narrowed(asked)),
    )


def _definition(asked: Asked) -> tuple[Line, ...]:
    t, query = asked.view.t, asked.query
    if not query.kpi:
        return ()
    d = asked.house.catalogue[query.kpi]
    return (
        (t("only the rows of"), f"{t(d.label)} ({d.key}): {terms.outcome(t, d.key, query.outcome)}"),
        (t("definition##line"), t(d.formula)),
        (t("note"), t(d.note)),
        (t("version of the definition"), str(d.version)),
    )


@dataclass(frozen=True)
class Made:
    """When and by whom a file was made, and how fresh what it was made of is."""

    site: str
    scope: Scope
    now: datetime
    data_as_of: str

    def lines(self, t: say.Translate, listed: Listed, desk: order_cells.Desk) -> tuple[Line, ...]:
        """Everything the sheet about the file says."""
        n = say.count(listed.rows)
        rest = t("{n}; only the first {most} are in this file, the CSV holds all of them")
        rows = n if listed.rows <= MOST_ROWS else rest.format(n=n, most=say.count(MOST_ROWS))
        units = t("all") if self.scope.units is None else ", ".join(map(desk.units.name, self.scope.units))
        return (
            (t("site##line"), self.site),
            (t("list##line"), listed.label),
            (t("rows##line"), rows),
            *listed.lines,
            (t("units the reader may see"), units),
            (t("data as of"), self.data_as_of),
            (t("made##line"), export_rows.moment(self.now, desk)),
            (t("made by"), self.scope.user),
            (t("time zone of all times"), desk.zone.key),
        )


def as_of(asked: Asked) -> str:
    return order_answers.as_of(asked)
