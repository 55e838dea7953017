"""One figure beside its target, the period before, the same a year ago, the year so far and its share of the whole."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from kpis.evaluate import EVERYTHING, Where, values
from kpis.periods import Period, previous, year_ago, year_to_date
from kpis.types import Definition, Options, Reader

# 环比, 同比, 累计: the prefix of their columns and how their period comes from that of the figure.
BESIDE: Final = {"previous_": previous, "year_ago_": year_ago, "year_to_date_": year_to_date}


def periods(period: Period, zone: ZoneInfo) -> Mapping[str, Period]:
    """Those a figure of `period` is compared with, by their prefix."""
    return {prefix: of(period, zone) for prefix, of in BESIDE.items()}


def compared(
    reader: Reader,
    definition: Definition,
    options: Options,
    period: Period,
    *,
    by: Sequence[str] = (),
    where: Where = EVERYTHING,
    zone: ZoneInfo,
    now: datetime,
) -> pd.DataFrame:
    """What `values` gives for `period`, with more columns.

    Shapes: target; share, the part of all rows counted that stand in this slice, in percent; previous_, year_ago_ and
    year_to_date_ value, n, low and high. A slice that has rows in another period only has n 0 in this one.
    """

    def of(span: Period, *, beside: bool = False) -> pd.DataFrame:
        return values(
            reader, definition, options, by=by, where=where, start=span.start, end=span.end, beside=beside, now=now
        )

    found = of(period, beside=True)
    for prefix, span in periods(period, zone).items():
        other = of(span)[[*by, "value", "n", "low", "high"]]
        other = other.rename(columns={name: f"{prefix}{name}" for name in ("value", "n", "low", "high")})
        found = found.merge(other, on=list(by), how="outer") if by else pd.concat([found, other], axis=1)
    ends = ("n", "successes") if definition.statistic == "rate" else ("n",)
    counts = [name for name in found.columns if name.rsplit("_", 1)[-1] in ends]
    found[counts] = found[counts].fillna(0).astype("int64")
    whole = found["n"].sum()
    return found.assign(target=_target(definition, options), share=100 * found["n"] / whole if whole else np.nan)


def _target(definition: Definition, options: Options) -> float:
    target = definition.target_of(options)
    return np.nan if target is None else target
