"""From a frame to lists that JSON can hold."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd


def columns(frame: pd.DataFrame, names: Sequence[str]) -> dict[str, list[Any]]:
    """The named columns as lists of equal length."""
    return {name: plain(frame[name]) for name in names}


def plain(column: pd.Series) -> list[Any]:
    """Times as epoch milliseconds, everything else as it is; None for missing."""
    missing = column.isna().to_numpy()
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        values = column.dt.as_unit("ms").astype("int64").tolist()
    else:
        values = column.astype(object).tolist()
    return (
        [None if absent else value for value, absent in zip(values, missing, strict=True)] if missing.any() else values
    )


def epoch_ms(moment: datetime | None) -> int | None:
    """Milliseconds since 1970; None stays None."""
    return None if moment is None else round(moment.timestamp() * 1000)
