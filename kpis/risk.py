"""Red, yellow or green: a station's risk as a weighted score whose parts are all shown. Pure.

Each indicator gives points from 0 (`fine`) to 100 (`poor`) for the value its cases prove: the end of its 95 % interval
nearer to fine. So few cases give few points, and a station is not red by chance.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from kpis import wilson
from settings import Stations

Dimension = Literal["demand", "quality", "efficiency"]
LEAST_N: Final = 5  # cases below which an indicator says nothing of a station
LEAST_WEIGHT: Final = 0.5  # part of the weights that must be known for a colour
COLOURS: Final = ("green", "yellow", "red")
PER: Final = 1e4


@dataclass(frozen=True)
class Part:
    """One indicator: `counts` over `base`, columns of the facts; per 10,000 where base is `served`, else in percent."""

    key: str
    label: str
    dimension: Dimension
    counts: str
    base: str
    weight: float

    @property
    def is_per_customer(self) -> bool:
        return self.base == "served"

    @property
    def scale(self) -> float:
        return PER if self.is_per_customer else 100.0


# Three dimensions and about ten indicators, as Shandong scores its stations; the weights are our choice.
PARTS: Final = (
    Part("fault_reports", "Fault reports", "demand", "faults", "served", 10),
    Part("complaints", "Complaints", "demand", "complaints", "served", 15),
    Part("opinions", "Opinions and reports", "demand", "opinions", "served", 10),
    Part("interruptions", "Customers interrupted", "demand", "interrupted", "served", 10),
    Part("repeats", "Repeat complaints", "quality", "repeats", "complaints_judged", 10),
    Part("three_calls", "Three calls on one matter", "quality", "thrice", "orders", 10),
    Part("dissatisfied", "Dissatisfied", "quality", "dissatisfied", "answers", 15),
    Part("arrival_late", "Late arrivals", "efficiency", "arrivals_late", "arrivals", 10),
    Part("restoration_late", "Late restorations", "efficiency", "restorations_late", "restorations", 5),
    Part("answers_late", "Late answers to complaints", "efficiency", "replies_late", "replies", 5),
)


def scored(facts: pd.DataFrame, settings: Stations) -> pd.DataFrame:
    """The score of each row of `facts` (kpis.station_facts), the highest first.

    Shapes: columns of `facts`; for each part KEY_value, KEY_n, KEY_low, KEY_points (missing where it says nothing);
    score (missing where too little is known), known (part of the weights that is), colour (None without a score).
    """
    found = facts.copy()
    total, known = np.zeros(len(facts)), np.zeros(len(facts))
    weights = weights_of(settings)
    for part in PARTS:
        made = _part(facts, part, settings)
        found = found.assign(**{f"{part.key}_{name}": column for name, column in made.items()})
        points = made["points"].to_numpy(dtype="float64")
        says = ~np.isnan(points)
        total += np.where(says, points, 0) * weights[part.key]
        known += np.where(says, weights[part.key], 0)
    share = known / sum(weights.values())
    score = pd.Series(np.where(share >= LEAST_WEIGHT, total / np.where(known > 0, known, 1), np.nan), index=facts.index)
    found = found.assign(score=score, known=share, colour=colours(score, settings))
    return found.sort_values(["score", "station"], ascending=[False, True], na_position="last").reset_index(drop=True)


def weights_of(settings: Stations) -> Mapping[str, float]:
    """The weight of each part: the site's, else the shipped one."""
    own = {key: one.weight for key, one in settings.indicators.items()}
    given = {part.key: own.get(part.key) for part in PARTS}
    return {part.key: part.weight if given[part.key] is None else float(given[part.key] or 0) for part in PARTS}


def colours(score: pd.Series, settings: Stations) -> pd.Series:
    """green, yellow or red; None where there is no score."""
    level = np.digitize(score.fillna(0), (settings.yellow, settings.red))
    names = pd.Series(np.array(COLOURS, dtype=object)[level], index=score.index, dtype=object)
    return names.where(score.notna(), None)


def limits(facts: pd.DataFrame, part: Part, settings: Stations) -> tuple[float, float]:
    """What is fine and what is poor: the site's settings, else the rate of all stations together and twice it."""
    own = settings.indicators.get(part.key)
    both = facts[part.base].notna() & facts[part.counts].notna()
    base = float(facts.loc[both, part.base].sum())
    mean = part.scale * float(facts.loc[both, part.counts].sum()) / base if base > 0 else np.nan
    fine = own.fine if own and own.fine is not None else mean
    poor = own.poor if own and own.poor is not None else 2 * fine
    return fine, poor


def _part(facts: pd.DataFrame, part: Part, settings: Stations) -> dict[str, pd.Series]:
    counts, base = (facts[name].astype("float64") for name in (part.counts, part.base))
    base = base.where(base > 0)
    value = part.scale * counts / base
    n = (counts if part.is_per_customer else base).fillna(0)
    # Interruptions of one outage fall together: customers are no independent cases, and their share is known exactly.
    low = value if part.key == "interruptions" else _low(counts, base) * part.scale
    fine, poor = limits(facts, part, settings)
    span = poor - fine
    # Where the whole site has none of it, nobody has more than is fine.
    reached = (low - fine) / span if span > 0 else low * 0
    enough = base.notna() & counts.notna() & (n >= LEAST_N)
    quiet = (
        base.notna() & counts.notna() & (n < LEAST_N) & part.is_per_customer
    )  # few cases among many customers are good news
    points = (100 * reached.clip(0, 1)).where(enough).mask(quiet, 0.0)
    return {"value": value, "n": n, "low": low, "points": points}


def _low(counts: pd.Series, base: pd.Series) -> pd.Series:
    n = base.fillna(0)
    low, _ = wilson.interval(np.minimum(counts.fillna(0), n), n)
    return pd.Series(low, index=counts.index)
