"""What rules of alerting look at, made of one observation: clocks, outages with their orders, values of units."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

import numpy as np
import pandas as pd

from kpis import watched
from kpis.catalogue import LIVE
from kpis.freshness import Promise
from kpis.live import LiveOptions, Observation
from kpis.matters import Matters
from kpis.measures import with_rates
from kpis.switching import PATH
from kpis.types import Definition, SourceState
from kpis.urgent import Urgent

_FIGURE: Final = ("key", "table", "level", "unit", *PATH, "value", "low", "high", "n", "target", "better")


def with_customers(orders: pd.DataFrame, outages: pd.DataFrame, options: LiveOptions) -> pd.DataFrame:
    """`orders` with customers of their outage now; critical also where these are more than the site's limit."""
    known_ones = outages[outages["outage_no"].notna()]
    out = known_ones["customers_now"].where(known_ones["is_running"]).groupby(known_ones["outage_no"]).max()
    customers = orders["outage_no"].map(out).astype("Int64")
    is_large = (customers > options.critical_customers).fillna(False).astype(bool)
    return orders.assign(customers=customers, critical=orders["critical"].astype(bool) | is_large)


def running_clocks(orders: pd.DataFrame, clocks: Sequence[str]) -> pd.DataFrame:
    """One row per order and running clock of `clocks`: the order's columns and clock, start_at, due_at."""
    plain = orders.drop(columns=[f"{clock}_{end}" for clock in clocks for end in ("start", "due")])
    found = []
    for clock in clocks:
        runs = orders[f"{clock}_due"].notna()
        if runs.any():
            times = {"start_at": orders[f"{clock}_start"][runs], "due_at": orders[f"{clock}_due"][runs]}
            found.append(plain[runs].assign(clock=clock, **times))
    if not found:
        none = plain["accepted_at"].iloc[:0]
        return plain.iloc[:0].assign(clock="", start_at=none, due_at=none)
    return pd.concat(found, ignore_index=True)


def with_orders(
    outages: pd.DataFrame, clocks: pd.DataFrame, running: pd.DataFrame, options: LiveOptions, now: datetime
) -> pd.DataFrame:
    """`outages` with what hangs on them: customers_now, critical, and of their open orders how many there are
    (orders_open), how many are past a limit (orders_past) and the earliest due time (earliest_due_at).

    `running`: those of the observation, with customers_now.
    """
    key = ["source", "outage_no"]
    now_out = running.dropna(subset=["outage_no"]).drop_duplicates(key).set_index(key)["customers_now"]
    counted = now_out.reindex(pd.MultiIndex.from_frame(outages[key])).array  # a join of empty frames fails
    customers = pd.Series(counted, index=outages.index).fillna(outages["customers_out"]).astype("Int64")
    of = clocks[clocks["outage_no"].notna()]
    by = of.assign(past=of["due_at"] < now).groupby("outage_no")
    found = outages.assign(
        customers_now=customers,
        orders_open=outages["outage_no"].map(by["source_key"].nunique()),
        orders_past=outages["outage_no"].map(by["past"].sum()),
        earliest_due_at=outages["outage_no"].map(by["due_at"].min())
        if len(of)
        else of["due_at"].reindex(outages.index),
    )
    is_large = found["customers_now"] > options.critical_customers
    important = found[["sensitive_out", "important_out"]].fillna(0).gt(0).any(axis=1)
    return found.assign(critical=is_large.fillna(False).astype(bool) | important)


def calls(third: pd.DataFrame) -> pd.DataFrame:
    """Matters of several orders of one customer that wait (kpis.chains.third_calls), under the order with which three
    were reached: its columns, call_count of all of them, accepted_at, and order_nos."""
    several = third[third["is_open"].astype(bool) & third["order_nos"].str.contains(" ", na=False)]
    told = several.rename(columns={"count": "call_count", "reached_at": "accepted_at"})
    return told.drop(columns=["subject", "since", "last_at", "is_open"]).assign(critical=False).reset_index(drop=True)


def revisits(cases: pd.DataFrame) -> pd.DataFrame:
    """Dissatisfied answers that nobody took up (kpis.cases)."""
    names = ["source", "survey_no", "order_no", *PATH, "answered_at"]
    return cases.loc[cases["is_open"].astype(bool), names].reset_index(drop=True)


def figures(observation: Observation, options: LiveOptions, wanted: Collection[tuple[str, str]]) -> pd.DataFrame:
    """The live rates that are `wanted`, by key and level (site / county / station), today or over their window.

    Shapes: key, table, level, unit (None for the site), city, county, station, value, low, high, n, target, better;
    rows only where something was counted.
    """
    found = [
        _rate(observation, options, definition, level)
        for definition in LIVE
        for level in ("site", "county", "station")
        if (definition.key, level) in wanted and definition.statistic == "rate"
    ]
    found = [one for one in found if len(one)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[*_FIGURE])


def _rate(observation: Observation, options: LiveOptions, definition: Definition, level: str) -> pd.DataFrame:
    days = definition.window_days or 1
    counts = observation.counts[definition.table, days]
    names = {f"{definition.key}:n": "n", f"{definition.key}:successes": "successes"}
    inside = counts.loc[counts["offset"] > -days, [*PATH, *names]].rename(columns=names)
    by = [] if level == "site" else list(PATH[: PATH.index(level) + 1])
    if by:
        one = inside.groupby(by, dropna=False)[["n", "successes"]].sum().reset_index()
    else:
        one = inside[["n", "successes"]].sum().to_frame().T
    one = with_rates(one[one["n"] > 0])
    one = one.assign(key=definition.key, table=definition.table, level=level, better=definition.better)
    target = definition.target_of(options.of_kpi(definition.key))
    return one.assign(unit=one[level] if by else None, target=np.nan if target is None else float(target))


def _set_up(rows: pd.DataFrame, options: LiveOptions) -> pd.DataFrame:
    """Rows of sources that are still set up: what is known of another one is old for ever."""
    return rows[rows["source"].isin(list(options.promises))] if options.promises else rows


def of_promises(seen: Urgent, options: LiveOptions, now: datetime) -> dict[str, pd.DataFrame]:
    """Of `alerts.seen.World` what a promise hangs on: orders, clocks, outages."""
    opened = watched.without_repairs(_set_up(seen.open_orders, options))
    orders = with_customers(opened, seen.outages, options)
    clocks = running_clocks(orders, options.clocks)
    outages = with_orders(_set_up(seen.watched_outages, options), clocks, seen.outages, options, now)
    return {"orders": orders, "clocks": clocks, "outages": outages}


def of_matters(slow: Matters) -> dict[str, pd.DataFrame]:
    """Of `alerts.seen.World`: calls, areas, revisits."""
    return {"calls": calls(slow.third), "areas": slow.often, "revisits": revisits(slow.cases)}


def of_sources(states: Sequence[SourceState], promises: Mapping[str, Sequence[Promise]]) -> pd.DataFrame:
    """The frame `sources` of `alerts.seen.World`: each table of the sources that were read or failed."""
    rows = [
        (s.name, promise.table, s.as_of_by_mapping.get(promise.mapping), s.error, promise.fresh_s)
        for s in states
        for promise in promises.get(s.name, ())
    ]
    return pd.DataFrame(rows, columns=["name", "table", "as_of", "error", "fresh_s"])
