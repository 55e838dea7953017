"""What rules against targets would have seen: the live figures of units, hour by hour."""

from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from kpis.evaluate import question
from kpis.measures import finished
from kpis.past import hours
from kpis.switching import PATH
from kpis.types import Definition, Options, ShapedReader

_START: Final = "backtest_start"


def figures(
    reader: ShapedReader,
    definition: Definition,
    options: Options,
    level: str,
    span: tuple[datetime, datetime],
    zone: ZoneInfo,
) -> pd.DataFrame:
    """The frame `figures` of alerts.seen.World for every full hour of `span`, with `at`.

    Each hour is judged by what had come by then, as the live figure was: the question is asked once an hour.
    """
    by = [] if level == "site" else list(PATH[: PATH.index(level) + 1])
    shape = ("back-test", definition.key, options, tuple(by))
    target = definition.target_of(options)

    def make() -> Any:
        return question(reader, definition, options, by=by, start=reader.time_hole(_START))

    found = []
    for at in hours(*span):
        first = at.astimezone(zone).date() - timedelta(days=(definition.window_days or 1) - 1)
        asked = reader.ask(shape, make, at, {_START: datetime.combine(first, time(), zone)})
        found.append(finished(asked, definition).assign(at=at))
    if not found:
        return pd.DataFrame()
    frame = pd.concat(found, ignore_index=True)
    frame = frame[frame["n"] > 0].reset_index(drop=True)
    frame = frame.assign(key=definition.key, table=definition.table, level=level, better=definition.better)
    return frame.assign(unit=frame[level] if by else None, target=np.nan if target is None else float(target))
