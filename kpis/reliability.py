"""How often and how long is supply interrupted? The indices of IEEE 1366, from areas switched step by step."""

from datetime import datetime
from typing import Any, Final

import ibis
import pandas as pd

from kpis.interruptions import interruptions, usable
from kpis.types import Definition, Options, Predicate

IEEE: Final = "IEEE 1366-2012, 3; DL/T 836 has the same figures by other names"
_WHOSE: Final = (
    "An outage counts with its whole length on the day it began. Planned work is in it; it can be cut off by kind. "
    "Areas that are still off count up to now, so a figure with running outages is provisional. An area that goes "
    "off, on and off again is interrupted twice. "
)
_SERVED: Final = "Customers served are those listed now; where none are listed there is no figure. "
_LEFT_OUT: Final = (
    "Left out and counted beside it: steps without a start or that end before it, customers nobody counted, "
    "areas in no list, areas that serve nobody. "
)


def sustained(t: ibis.Table, options: Options) -> Any:
    """Longer than the threshold, also those that still last."""
    return usable(t) & (t.minutes > options.sustained_min)


def momentary(t: ibis.Table, options: Options) -> Any:
    """Over within the threshold. One that lasts and is young is neither yet."""
    return usable(t) & t.back_at.notnull() & (t.minutes <= options.sustained_min)


def customers(t: ibis.Table, _options: Options) -> Any:
    return t.customers


def customer_minutes(t: ibis.Table, _options: Options) -> Any:
    return t.minutes * t.customers


def customer_hours(t: ibis.Table, _options: Options) -> Any:
    return t.minutes * t.customers / 60


def _index(
    key: str, label: str, formula: str, rows: Predicate, amount: Predicate, unit: str, **more: Any
) -> Definition:
    return Definition(
        key=key,
        label=label,
        formula=formula,
        table="outages",
        view=interruptions,
        rows=rows,
        amount=amount,
        family="reliability",
        better="lower",
        unit=unit,
        source=IEEE,
        **{"statistic": "ratio", "per": "served", "note": _WHOSE + _SERVED + _LEFT_OUT} | more,
    )


SAIDI: Final = _index(
    "saidi",
    "Minutes without supply (SAIDI)",
    "minutes without supply x customers, sustained interruptions / customers served",
    sustained,
    customer_minutes,
    "min",
)
SAIFI: Final = _index(
    "saifi",
    "Interruptions per customer (SAIFI)",
    "customers interrupted, sustained interruptions / customers served",
    sustained,
    customers,
    "per customer",
)
CAIDI: Final = _index(
    "caidi",
    "Length of an interruption (CAIDI)",
    "minutes without supply x customers / customers interrupted, sustained interruptions",
    sustained,
    customer_minutes,
    "min",
    per=customers,
    note=_WHOSE + _LEFT_OUT + "Without a sustained interruption there is none. ",
)
MAIFI: Final = _index(
    "maifi",
    "Short interruptions per customer (MAIFI)",
    "customers interrupted, momentary interruptions / customers served",
    momentary,
    customers,
    "per customer",
)
LOST: Final = _index(
    "customer_hours_lost",
    "Customer-hours lost",
    "sum of hours without supply x customers, sustained interruptions",
    sustained,
    customer_hours,
    "h",
    statistic="sum",
    per=None,
    note=_WHOSE
    + _LEFT_OUT
    + "Customers, not transformer areas as some offices count. Without an interruption there is none. ",
)
RELIABILITY: Final = (SAIDI, SAIFI, CAIDI, MAIFI, LOST)


def asai(saidi_min: float | None, start: datetime, end: datetime) -> float | None:
    """ASAI (供电可靠率) in percent: the share of [start, end) with supply, of the mean customer. None without SAIDI.

    By outages that began in the period with their whole length, so a long one may make it less than it was.
    """
    period_min = (end - start).total_seconds() / 60
    if saidi_min is None or pd.isna(saidi_min) or period_min <= 0:
        return None
    return max(0.0, 100 * (1 - saidi_min / period_min))


def by_area(found: pd.DataFrame, sustained_min: float) -> pd.DataFrame:
    """Sustained interruptions of each transformer area: columns transformer_area, customers, times, total_min,
    longest_min. `found`: kpis.interruptions.frame; rows without an area say nothing of single customers."""
    long = found[found["transformer_area"].notna() & (found["minutes"] > sustained_min)]
    return (
        long.groupby("transformer_area")
        .agg(
            customers=("customers", "max"),
            times=("minutes", "size"),
            total_min=("minutes", "sum"),
            longest_min=("minutes", "max"),
        )
        .reset_index()
    )


def share(areas: pd.DataFrame, hit: pd.Series, served: float | None) -> float | None:
    """Customers of the areas that are `hit`, in percent of those served; None where nobody lists them."""
    if served is None or pd.isna(served) or served <= 0:
        return None
    return float(100 * areas.loc[hit, "customers"].sum() / served)


def cemi(areas: pd.DataFrame, n: int, served: float | None) -> float | None:
    """CEMI-n per area: customers in areas with more than `n` sustained interruptions, in percent of those served.

    Sources list areas, not customers, so all customers of an area count alike. Source: IEEE 1366-2012, 3.
    """
    return share(areas, areas["times"] > n, served)


def celid(areas: pd.DataFrame, hours: float, served: float | None, *, total: bool) -> float | None:
    """CELID-t (`total`) or CELID-s per area: customers in areas that were off for `hours` or more together, or at one
    time, in percent of those served. Source: IEEE 1366-2012, 3."""
    column = "total_min" if total else "longest_min"
    return share(areas, areas[column] >= 60 * hours, served)


def worst(areas: pd.DataFrame, many: int) -> pd.DataFrame:
    """The areas with most interruptions, then longest without supply."""
    order = ["times", "total_min", "transformer_area"]
    return areas.sort_values(order, ascending=[False, False, True]).head(many).reset_index(drop=True)
