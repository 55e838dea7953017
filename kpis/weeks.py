"""Counts of past weeks, kept: years of orders are counted once, and only what may still move is counted again.

A verdict compares the times of a row with each other and with now. Once now has passed all these times it stays as it
is, until the row changes, and then the facts count its week again. A definition that adds something to a time before it
compares it with now would move later: such a one is never kept.
"""

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import ibis
import ibis.expr.operations as ops
import pandas as pd

from kpis.measures import Asked, measures, verdicts
from kpis.types import COUNTED_AT, Definition, Reader, ShapedReader
from store.facts import schema

DIMS: Final = {
    "work_orders": ("city", "county", "station", "category", "channel"),
    "surveys": ("city", "county", "station", "category"),
}
FRESH: Final = timedelta(days=14)  # younger weeks change with every tick
WEEK: Final = timedelta(days=7)
MOST: Final = 8  # spans that are counted besides the kept weeks, each by a question of its own
Span = tuple[datetime | None, datetime | None]  # [start, end); None is open
_STILL: Final = (  # what may stand between now and a verdict
    ops.Comparison, ops.Field, ops.Literal, ops.Coalesce, ops.IfElse, ops.IsNull, ops.NotNull, ops.And, ops.Or, ops.Not,
    ops.InValues, ops.Cast, ops.Relation, ops.SearchedCase,
)  # fmt: skip


def names(definition: Definition) -> tuple[str, str]:
    """Columns of its counts: rows that count, and good ones among them."""
    return f"{definition.key}:n", f"{definition.key}:successes"


def counts(t: ibis.Table, by: Mapping[str, Any], definitions: Asked, **more: Any) -> ibis.Table:
    """n and successes of each definition in the rows of `t`, by the columns `by`; each verdict is computed once."""
    known = t.select(**by, **verdicts(t, definitions), **more)
    counted = {name: n.cast("int64") for name, n in measures(known, definitions).items()}
    for d, _options in definitions:  # what is no rate has no good rows
        n, good = names(d)
        counted.setdefault(good, counted[n] * 0)
    return known.group_by(list(by)).aggregate(**{name: known[name].max() for name in more}, **counted)


class Past:
    """The kept counts that hold at `now` within [start, end) and `where`: `frame`, None without any; and `rest`, the
    spans to be counted besides."""

    def __init__(
        self,
        reader: ShapedReader,
        table: str,
        definitions: Asked,
        where: Mapping[str, Sequence[str]],
        span: Span,
        now: datetime,
    ) -> None:
        self.frame: pd.DataFrame | None = None
        self.rest: list[Span] = [span]
        start, end = span
        before = min(end, now - FRESH) if end else now - FRESH
        if not set(where) <= set(DIMS.get(table, ())) or (start is not None and before - start < 2 * WEEK):
            return
        frame = _kept(reader, table, tuple(definitions), now)
        if frame is None or frame.empty:
            return
        inside = (frame["week"] + WEEK <= before).to_numpy()
        if start is not None:
            inside = inside & (frame["week"] >= start).to_numpy()
        if not inside.any():
            return
        weeks = frame["week"][inside]
        first, last = weeks.min().to_pydatetime(), weeks.max().to_pydatetime() + WEEK
        moving = weeks[(frame["latest"] >= now)[inside]].unique()  # the time of a row has not passed
        spans = _spans([*sorted(week.to_pydatetime() for week in moving), last])
        for from_, until in spans:
            inside = inside & ((frame["week"] < from_) | (frame["week"] >= until)).to_numpy()
        self.rest = [*spans[:-1], (spans[-1][0], end)]
        if start is not None and start < first:
            self.rest.append((start, first))
        for dim, texts in where.items():
            inside = inside & frame[dim].isin(texts).to_numpy()
        self.frame = frame[inside]


def _spans(weeks: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """Sorted weeks as at most MOST spans [start, end), with the weeks between near ones where there are too many."""
    spans, gap = [(week, week + WEEK) for week in weeks], timedelta(0)
    while True:
        joined = spans[:1]
        for start, end in spans[1:]:
            first = joined.pop()[0] if start - joined[-1][1] <= gap else start
            joined.append((first, end))
        if len(joined) <= MOST:
            return joined
        spans, gap = joined, 2 * gap + WEEK


def _kept(reader: ShapedReader, table: str, definitions: Asked, now: datetime) -> pd.DataFrame | None:
    name: Hashable = (table, definitions)
    if not reader.kept(("may be kept", name), "", lambda: _all_still(reader, table, definitions)):
        return None

    def count(everything: Reader, start: datetime, end: datetime) -> pd.DataFrame:
        return _counted(everything, table, definitions, (start, end), now)

    return reader.weeks(name, table, now - FRESH, now, count)


def _counted(
    reader: Any, table: str, definitions: Asked, span: tuple[datetime, datetime], now: datetime
) -> pd.DataFrame:
    def make() -> Any:
        t = reader.table(table)
        at = t[COUNTED_AT[table]]
        t = t.filter(at >= _moment(reader, "start"), at < _moment(reader, "end"))
        week = t[COUNTED_AT[table]].truncate("W")
        return counts(
            t, {"week": week, **{dim: t[dim] for dim in DIMS[table]}}, definitions, latest=_latest(t, definitions)
        )

    frame = reader.ask(("weeks", table, definitions), make, now, dict(zip(("start", "end"), span, strict=True)))
    latest = frame.groupby("week")["latest"].transform("max")
    some = frame[[names(d)[0] for d, _ in definitions]].to_numpy().any(axis=1)
    some |= (latest >= now).to_numpy() | ~frame["week"].duplicated().to_numpy()  # what moves may count later
    return frame.assign(latest=latest, counted=pd.Timestamp(now))[some]


def _moment(reader: ShapedReader, name: str) -> Any:
    return ibis.literal(reader.time_hole(name), type=schema.NOW.type())


def _latest(t: ibis.Table, definitions: Asked) -> Any:
    """The last of the times that the verdicts look at."""
    looked = {f.name for verdict in verdicts(t, definitions).values() for f in verdict.op().find(ops.Field)}
    times = [c for c in t.columns if c in looked and t[c].type().is_timestamp()]
    return ibis.greatest(*(t[c] for c in times or [COUNTED_AT[_table_of(definitions)]]))


def _table_of(definitions: Asked) -> str:
    return definitions[0][0].table


def _all_still(reader: Reader, table: str, definitions: Asked) -> bool:
    t = reader.table(table)
    return all(is_still(verdict) for verdict in verdicts(t, definitions).values())


def is_still(verdict: Any) -> bool:
    """Whether `verdict` compares times with now as they are."""
    now = schema.NOW.op()
    above = {node for node in verdict.op().find(ops.Value) if node != now and holds_now(node)}
    beside = {beneath for node in above if isinstance(node, ops.Comparison) for beneath in node.find(ops.Value)}
    return all(isinstance(node, _STILL) for node in above | beside)


def holds_now(node: Any) -> bool:
    """Whether now stands anywhere in this part of an expression."""
    now = schema.NOW.op()
    return any(found == now for found in node.find(ops.Literal))
