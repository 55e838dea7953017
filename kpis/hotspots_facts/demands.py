"""The demands that may gather: one row per order, with its place, its customer and its category path."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import ibis
import numpy as np
import pandas as pd

from kpis.hotspots.family import Path
from kpis.hotspots.tables import Ints
from kpis.orders import own
from kpis.types import Reader
from settings_hotspots import REPEATED

LEVELS: Final = ("category", "subcategory_1", "subcategory_2")
PLACE: Final = ("transformer_area", "feeder", "grid", "station", "county", "city", "area_class", "lon", "lat")
_WEIGHTY: Final = ("important", "major", "special")  # grades of complaints that make an alert critical


def _instant(at: datetime) -> Any:
    return ibis.literal(at, type="timestamp('UTC', 6)")


def wanted(t: ibis.Table, categories: Sequence[str]) -> Any:
    """Orders of `categories` that stand for themselves; of repeated fault reports those with a demand before them."""
    plain = [name for name in categories if name != REPEATED]
    found = t.category.isin(plain) if plain else ibis.literal(False)
    if REPEATED in categories:
        found |= (t.category == "fault_report") & t.previous_demand_at.notnull()
    return own(t) & found


def demands(reader: Reader, categories: Sequence[str], start: datetime, end: datetime) -> pd.DataFrame:
    """Demands accepted from `start` up to, without, `end`, oldest first.

    Shapes: source, source_key, order_no, LEVELS, PLACE, place_unknown, identity_key, accepted_at, outage_no,
    is_outage_topic, weighty (a sensitive or important customer, or a grade that makes an alert critical).
    """
    t = reader.table("work_orders")
    t = t.filter(t.accepted_at >= _instant(start), t.accepted_at < _instant(end), wanted(t, categories))
    weighty = t.is_sensitive.fill_null(False) | t.is_important_customer.fill_null(False)
    chosen = t.select(
        *("source", "source_key", "order_no", *LEVELS, *PLACE, "place_unknown", "identity_key", "accepted_at"),
        *("outage_no", "is_outage_topic"),
        weighty=weighty | t.grade.isin(_WEIGHTY).fill_null(False),
    )
    rows = reader.frame(chosen, end)
    return rows.sort_values(["accepted_at", "source", "source_key"], ignore_index=True)


def leaves(rows: pd.DataFrame) -> tuple[Ints, tuple[Path, ...]]:
    """The position of each row's category path, and the paths: a level that is not known ends its path."""
    code = np.zeros(len(rows), dtype=np.int64)
    names: list[pd.Index] = []
    for level in LEVELS:  # by numbers: an index of tuples takes a second for 50,000 rows
        of_level, index = pd.factorize(rows[level].fillna("").astype(str), sort=True)
        code = code * max(len(index), 1) + of_level
        names.append(pd.Index(index))
    used, leaf = np.unique(code, return_inverse=True)
    parts = np.unravel_index(used, [max(len(index), 1) for index in names])
    paths = zip(*(index[at].tolist() for index, at in zip(names, parts, strict=True)), strict=True)
    return leaf.astype(np.int64), tuple(_trimmed(path) for path in paths)


def _trimmed(path: tuple[str, ...]) -> Path:
    ends = path.index("") if "" in path else len(path)
    return tuple(path[:ends])


def keys(rows: pd.DataFrame) -> pd.Series:
    """A name for each order that stays the same from look to look."""
    return rows["source"].astype(str) + ":" + rows["source_key"].astype(str)
