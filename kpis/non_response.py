"""Do those who answer speak for those who were asked? Response and satisfaction by kind of customer. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from kpis import wilson

COLUMNS: Final = ("kind", "asked", "answered", "satisfied", "response", "low", "high", "rate", "rate_low", "rate_high")


@dataclass(frozen=True)
class Gauge:
    """`by_kind`: COLUMNS, shares in percent or NaN, the least answering first. `raw`: the rate of all answers;
    `weighted`: what it would be had every kind answered alike; `shift`: weighted - raw, in points. NaN without answers.
    `silent`: kinds that were asked and never answered: nobody knows of them, and `weighted` is without them.
    """

    by_kind: pd.DataFrame
    raw: float
    weighted: float
    silent: tuple[str, ...]

    @property
    def shift(self) -> float:
        return self.weighted - self.raw


def gauge(counts: pd.DataFrame) -> Gauge:
    """The gauge of `counts`: columns kind, asked (attempts that are over), answered (with a verdict), satisfied."""
    asked, answered, good = (counts[n].to_numpy(dtype=np.float64) for n in ("asked", "answered", "satisfied"))
    low, high = wilson.interval(np.minimum(answered, asked), asked)
    rate_low, rate_high = wilson.interval(good, answered)
    with np.errstate(invalid="ignore", divide="ignore"):
        response, rate = 100 * answered / asked, 100 * good / answered
    frame = pd.DataFrame(
        {
            "kind": counts["kind"].to_numpy(), "asked": asked.astype(np.int64), "answered": answered.astype(np.int64),
            "satisfied": good.astype(np.int64), "response": response, "low": 100 * low, "high": 100 * high,
            "rate": rate, "rate_low": 100 * rate_low, "rate_high": 100 * rate_high,
        }
    )  # fmt: skip
    some = answered > 0
    raw = 100 * good.sum() / answered.sum() if some.any() else float("nan")
    weighted = float((asked[some] * rate[some]).sum() / asked[some].sum()) if some.any() else float("nan")
    silent = tuple(str(kind) for kind in counts["kind"][~some & (asked > 0)])
    return Gauge(frame.sort_values("response", kind="stable")[list(COLUMNS)], float(raw), weighted, silent)
