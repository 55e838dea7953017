"""Which figures a change of the past moved: each definition and month of the site, before and after."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.operations as ops
import pandas as pd

from kpis.evaluate import values
from kpis.measures import aggregates
from kpis.periods import Every
from kpis.types import Definition, Options, Reader
from store.facts import schema

ByMonth = Mapping[tuple[str, date], tuple[float, int]]
"""Value (NaN for none) and n by key and first day of the month."""


def by_month(
    reader: Reader, definitions: Sequence[Definition], options: Mapping[str, Options], every: Every, now: datetime
) -> ByMonth:
    """Every definition in every month that has rows of it."""
    found: dict[tuple[str, date], tuple[float, int]] = {}
    for d in definitions:
        frame = values(reader, d, options.get(d.key) or Options(), every=every, now=now).dropna(subset=["bucket"])
        for bucket, value, n in zip(frame["bucket"], frame["value"], frame["n"], strict=True):
            found[d.key, bucket.date()] = (float(value), int(n))
    return found


class _Everything:
    """The canonical tables as they are, for expressions that nobody asks."""

    def table(self, name: str) -> Any:
        return ibis.table(schema.ibis_schema(schema.TABLES[name]), name=name)

    def frame(self, expr: Any, now: datetime) -> pd.DataFrame:
        raise NotImplementedError(f"nobody is asked for {expr} at {now}")


def looks_at(definition: Definition, options: Options) -> frozenset[str]:
    """The columns of its table on which its value of a month rests."""
    t = definition.rows_in(_Everything())
    parts = aggregates(t, definition, options).values()
    return frozenset({"day", definition.counted_at, *(f.name for e in parts for f in e.op().find(ops.Field))})


def moved(before: ByMonth, after: ByMonth) -> list[dict[str, Any]]:
    """What differs, in the order of the catalogue and the months: key, month, value and n before and after.

    A value that is not there is null, and its n 0.
    """
    keys = list(dict.fromkeys(key for key, _ in (*before, *after)))
    found = []
    for place in sorted({*before, *after}, key=lambda p: (keys.index(p[0]), p[1])):
        old, new = before.get(place, (math.nan, 0)), after.get(place, (math.nan, 0))
        if not _same(old, new):
            key, month = place
            found.append(
                {
                    "key": key,
                    "month": month.strftime("%Y-%m"),
                    "value_before": _plain(old[0]),
                    "value_after": _plain(new[0]),
                    "n_before": old[1],
                    "n_after": new[1],
                }
            )
    return found


def _same(old: tuple[float, int], new: tuple[float, int]) -> bool:
    """Means and sums of other blocks of rows may differ in the last digit."""
    both_missing = math.isnan(old[0]) and math.isnan(new[0])
    return old[1] == new[1] and (both_missing or math.isclose(old[0], new[0], rel_tol=1e-9, abs_tol=1e-9))


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value
