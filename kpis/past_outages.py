"""What rules of alerting would have seen of outages: the rows of kpis.watched with from when to when they held."""

from collections.abc import Collection
from datetime import datetime

import pandas as pd

from kpis.past import earlier, moment_at
from kpis.switching import PATH
from kpis.types import Reader
from kpis.watched import PLANS_AHEAD, PLANS_BACK


def outages(reader: Reader, start: datetime, end: datetime) -> pd.DataFrame:
    """Outages and plans of the period as kpis.world supplies them, with begin_at: since when they were watched.

    Where somebody wrote down how the estimate changed there is a row for each, with until_at: when the next one came.
    customers_now: at the most recent report.
    """
    t = reader.table("outages")
    near = t.planned_start_at.notnull() & (t.planned_start_at < moment_at(end + PLANS_AHEAD))
    t = t.filter((t.started_at < moment_at(end)) | near)
    t = t.filter(t.restored_at.isnull() | (t.restored_at > moment_at(start)))
    t = t.select(
        *("source", "outage_no", "kind", *PATH, "feeder", "transformer_area", "customers_out", "sensitive_out"),
        *("important_out", "estimate_at", "planned_start_at", "planned_end_at", "announced_at"),
        *("started_at", "restored_at"),
    )
    frame = reader.frame(t, end)
    important = frame[["sensitive_out", "important_out"]].fillna(0).gt(0).any(axis=1)
    return frame.assign(customers_now=frame["customers_out"], critical=important)


def with_estimates(outages: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """`outages`, each with a row per estimate that was `said` (source, outage_no, at, estimate_at) and until_at."""
    key = ["source", "outage_no"]
    said = said.sort_values([*key, "at"], kind="stable")
    said = said.assign(until_at=said.groupby(key)["at"].shift(-1)).rename(columns={"at": "said_at"})
    both = outages.drop(columns="estimate_at").merge(said, on=key, how="inner")
    silent = outages.merge(said[key].drop_duplicates(), on=key, how="left", indicator=True)
    never = pd.Series(pd.NaT, silent.index, dtype="datetime64[us, UTC]")
    silent = silent[silent["_merge"] == "left_only"].assign(said_at=never, until_at=never)
    parts = [part for part in (both, silent[both.columns]) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else silent


def estimates(reader: Reader, end: datetime) -> pd.DataFrame:
    """source, outage_no, at, estimate_at: every estimate that was told before `end`."""
    e = reader.table("outage_events")
    e = e.filter(e.kind.isin(["estimate_set", "estimate_changed"]), e["at"] < moment_at(end), e.estimate_at.notnull())
    return reader.frame(e.select("source", "outage_no", "at", "estimate_at"), end)


def standing(outages: pd.DataFrame, ends: Collection[str], end: datetime) -> pd.DataFrame:
    """`outages` as they were before any of `ends` came (those columns are empty), with begin_at and end_at.

    A plan is watched from PLANS_AHEAD before its start; one that never began until PLANS_BACK after it.
    """
    first = outages[list(ends)].min(axis=1)
    planned = outages["planned_start_at"] - PLANS_AHEAD
    begin = planned if "started_at" in ends else outages["started_at"]
    if "started_at" in ends:
        first = earlier(first, outages["planned_start_at"] + PLANS_BACK)
    if "until_at" in outages:
        first = earlier(first, outages["until_at"])
        begin = begin.where(outages["said_at"].isna() | (begin > outages["said_at"]), outages["said_at"])
    empty = dict.fromkeys(ends, pd.Series(pd.NaT, outages.index, dtype="datetime64[us, UTC]"))
    found = outages.assign(**empty, begin_at=begin, end_at=first)
    return found[found["begin_at"].notna() & (first.isna() | (first > found["begin_at"]))].reset_index(drop=True)


def interruptions(reader: Reader, per: str, since: datetime, end: datetime) -> pd.DataFrame:
    """code, county, station, at: each time a place (`per`: transformer_area or feeder) went out, once per outage."""
    o = reader.table("outages")
    o = o.filter(o.started_at.between(moment_at(since), moment_at(end)))
    if per == "feeder":
        found = o.filter(o.feeder.notnull()).select("source", "county", "station", code=o.feeder, at=o.started_at)
        return reader.frame(found, end)
    a = reader.table("outage_areas").select("source", "outage_no", "transformer_area")
    both = o.drop("transformer_area").inner_join(a, ["source", "outage_no"])
    both = both.mutate(code=both.transformer_area)
    found = both.group_by(["source", "outage_no", "code"]).agg(
        county=both.county.min(), station=both.station.min(), at=both.started_at.min()
    )
    return reader.frame(found.select("source", "county", "station", "code", "at"), end)


def often_out(events: pd.DataFrame, per: str, window_days: int) -> pd.DataFrame:
    """Places with how often they were out within the window, a row for each time that this changed.

    Shapes: per, source, code, county, station, count, window_days, since, begin_at, end_at; none for a count of 0.
    """
    n, window = len(events), pd.Timedelta(days=window_days)
    step = pd.concat([events.assign(step=1), events.assign(at=events["at"] + window, step=-1)], ignore_index=True)
    step = step.sort_values(["code", "at", "step"], kind="stable").reset_index(drop=True)
    count = step["step"].cumsum()  # every place begins and ends with none: one sum over all will do
    until = step["at"].shift(-1).where(step["code"].eq(step["code"].shift(-1)))
    step = step.assign(count=count, begin_at=step["at"], end_at=until, since=step["at"] - window)
    some = step["count"].gt(0) & (until.isna() | (until > step["at"])) if n else step["count"].gt(0)
    return step[some].assign(per=per, window_days=window_days).drop(columns=["at", "step"]).reset_index(drop=True)
