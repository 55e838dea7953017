"""Third calls of the past: from when to when the calls of a customer on one matter stood at three and more."""

from datetime import datetime, timedelta
from typing import Final

import pandas as pd

from kpis.chains import OF_ORDER, calls
from kpis.past import called, further_calls, moment_at
from kpis.repeats import THIRD
from kpis.types import Reader, hours
from store.facts.schema import REACH_DAYS

_NEVER: Final = pd.Timestamp("2262-01-01", tz="UTC")


def called_together(reader: Reader, start: datetime, end: datetime) -> pd.DataFrame:
    """Of kpis.chains.third_calls what rules would have seen of matters of several orders from `start` to `end`.

    Shapes: columns of OF_ORDER, call_count, accepted_at (when three were reached), order_nos (of the whole matter),
    begin_at and end_at (NaT while it waits): one row per count of calls, from the third on, while an order of it waits.
    A further call on an order is an event of it (kpis.past.called).
    """
    orders = reader.frame(calls(reader, moment_at(start) - hours(timedelta(days=REACH_DAYS))), end)
    by_time = orders.sort_values("at", kind="stable").groupby("subject")["number"]
    numbers = by_time.agg(lambda n: " ".join(n.dropna()))
    rows = _by_call(orders, further_calls(reader, end))
    of = rows.groupby("subject")
    aside = rows["aside_at"].fillna(_NEVER)
    following = of["at"].shift(-1)
    last = aside.groupby(rows["subject"]).cummax()
    ends = last.where(following.isna() | (last < following), following)
    rows = rows.assign(
        call_count=of["calls"].cumsum(), accepted_at=rows["reached_at"], order_nos=rows["subject"].map(numbers),
        begin_at=rows["at"], end_at=ends.where(ends < _NEVER, pd.NaT),
    )  # fmt: skip
    lasts = rows["end_at"].isna() | ((rows["end_at"] > rows["begin_at"]) & (rows["end_at"] > pd.Timestamp(start)))
    several = of["number"].transform("nunique") > 1
    reached = (rows["at"] >= rows["reached_at"]) & (rows["call_count"] >= THIRD)
    names = [*OF_ORDER, "call_count", "accepted_at", "order_nos", "begin_at", "end_at"]
    return rows.loc[several & reached & (rows["begin_at"] < end) & lasts, names].reset_index(drop=True)


def _by_call(orders: pd.DataFrame, further: pd.DataFrame) -> pd.DataFrame:
    """The orders of each matter and the further calls on them, by time: at and calls of each."""
    key = ["given_by", "number"]
    of_order = orders[[*key, "subject"]].merge(
        further.rename(columns={"source": "given_by", "order_no": "number"}), on=key
    )
    told = of_order.groupby([*key, "subject"])["called_at"].size().rename("told")
    orders = orders.merge(told, how="left", on=[*key, "subject"])
    first = orders.assign(calls=(orders["calls"] - orders["told"].fillna(0).astype("int64")).clip(lower=1))
    later = orders.merge(of_order, on=[*key, "subject"]).assign(calls=1)
    later["at"] = later["at"].where(later["at"] > later["called_at"], later["called_at"])
    rows = pd.concat([first, later[first.columns]], ignore_index=True) if len(later) else first
    return rows.sort_values(["subject", "at"], kind="stable", ignore_index=True)


def matters(reader: Reader, start: datetime, end: datetime) -> pd.DataFrame:
    """What rules look at of `calls` (kpis.world) at some moment of the period: orders by their own calls, and those of
    one customer on one matter together."""
    together, alone = called_together(reader, start, end), called(reader, start, end)
    counted = set(" ".join(together["order_nos"]).split())
    alone = alone[~alone["order_no"].isin(counted)]
    parts = [part for part in (alone, together) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else alone
