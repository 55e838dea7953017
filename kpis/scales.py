"""Scales of scores: which are in use, and which moved. A scale that moved is a fault, not a jump of the figure."""

from datetime import datetime
from typing import Final

import ibis
import pandas as pd

from kpis.types import Reader
from store.facts.schema import NOW

COLUMNS: Final = ("source", "channel", "scale_min", "scale_max", "n", "first_at", "last_at", "in_force")


def scales(reader: Reader, now: datetime) -> pd.DataFrame:
    """One row per scale that a source and channel used, the latest of each first.

    Shapes: COLUMNS; n: revisits asked on it; in_force: it is the latest of its source and channel. More than one row of
    a source and channel: the scale moved, at `first_at` of the one in force.
    """
    t = reader.table("surveys")
    t = t.filter(t.asked_at <= NOW, t.scale_min.notnull(), t.scale_max.notnull())
    found = t.group_by(["source", "channel", "scale_min", "scale_max"]).agg(
        n=t.count(), first_at=t.asked_at.min(), last_at=t.asked_at.max()
    )
    frame = reader.frame(found.order_by("source", "channel", ibis.desc("last_at")), now)
    first = ~frame.duplicated(["source", "channel"])
    return frame.assign(in_force=first)[list(COLUMNS)]


def moved(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of `scales` in whose source and channel the scale moved."""
    return frame[frame.duplicated(["source", "channel"], keep=False)].reset_index(drop=True)
