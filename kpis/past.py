"""What rules of alerting would have seen: the rows of kpis.watched with from when to when each of them held.

The facts keep the last state of each row, so the past is told with what is known now: due times, estimates where nobody
wrote down how they changed, flags.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import ibis
import numpy as np
import pandas as pd

from kpis.order_clocks import CLOCKS, Clock
from kpis.orders import fault_reports, ours_to_restore, own, put_aside
from kpis.revisits import dissatisfied, followed
from kpis.switching import PATH
from kpis.types import Reader
from kpis.watched import REPAIR, WHILE_OPEN, is_critical
from store.facts import schema

_CALLS: Final = ("urged", "merged")  # events that are a further call about the order's matter
_NEVER: Final = ibis.null(schema.NOW.type())


def clocks(
    reader: Reader, wanted: Collection[str], categories: Collection[str], start: datetime, end: datetime
) -> pd.DataFrame:
    """The order clocks with a limit that ran at some moment of start to end; of these `categories`, or of all.

    Shapes: subject, order_no, category, county, station, critical, clock, start_at, due_at, begin_at, end_at (NaT while
    it runs). An order that was reopened has its clock twice: until the solution, and from the reopening.
    """
    asked = [_clock(reader, clock, categories, start, end) for clock in CLOCKS if clock.key in wanted]
    frame = reader.frame(ibis.union(*asked) if len(asked) > 1 else asked[0], end)
    return _both(frame)


def _clock(reader: Reader, clock: Clock, categories: Collection[str], start: datetime, end: datetime) -> Any:
    t = reader.table("work_orders")
    due = t[schema.due_column(clock.key, clock.lines[0])]
    exempt = t.exempt.fill_null("").contains(f",{clock.key},")
    counts = [
        own(t),
        due.notnull(),
        t[clock.start].notnull(),
        t.accepted_at < moment_at(end),
        t[clock.start] < moment_at(end),
    ]
    counts += [~exempt, _was_listed(t)]
    if clock.key in REPAIR:
        counts.append(fault_reports(t))
    if clock.key == "restoration":
        counts.append(ours_to_restore(t))
    if categories:
        counts.append(t.category.isin(list(categories)))
    t = t.filter(counts)
    stages = dict.fromkeys(clock.end, clock.reopens)
    over = (t.restored_at, t.archived_at) if clock.key in WHILE_OPEN else (put_aside(t),)
    begin = ibis.greatest(t.accepted_at, t[clock.start])
    times = _spans(t, begin, [(t[s], reopens) for s, reopens in stages.items()] + [(s, True) for s in over])
    t = t.select(
        *("order_no", "category", "county", "station"),
        subject=_subject(t, "source_key"),
        critical=is_critical(t),
        clock=ibis.literal(clock.key),
        start_at=t[clock.start],
        due_at=t[schema.due_column(clock.key, clock.lines[0])],
        **times,
    )
    return _within(t, start, end)


def moment_at(moment: datetime) -> Any:
    return ibis.literal(moment, type=schema.NOW.type())


def _subject(t: ibis.Table, key: str) -> Any:
    """As alerts.kinds names it."""
    return t.source + ":" + t[key].cast("string")


def _was_listed(t: ibis.Table) -> Any:
    """Not a row that says closed and never says since when: nobody can tell whether it ever was open."""
    return t.status.isnull() | (t.status != "closed") | t.archived_at.notnull() | t.restored_at.notnull()


def _spans(t: ibis.Table, begin: Any, ends: list[tuple[Any, bool]]) -> dict[str, Any]:
    """begin_at, end_at, again_at, again_end_at: from when to when `ends` let it run, before and after a reopening.

    `ends`: each moment that ends it, and whether a reopening undoes that.
    """
    again = t.reopened_at
    first = ibis.least(*(at for at, _ in ends)) if len(ends) > 1 else ends[0][0]
    holding = [ibis.ifelse((at <= again).fill_null(False), _NEVER, at) if undone else at for at, undone in ends]
    last = ibis.least(*holding) if len(holding) > 1 else holding[0]
    apart = (first < again).fill_null(False)  # it ended, and the reopening undid that
    runs_again = apart & (last.isnull() | (last > again))
    return {
        "begin_at": begin,
        "end_at": ibis.ifelse(apart, first, last),
        "again_at": ibis.ifelse(runs_again, ibis.greatest(again, begin), _NEVER),
        "again_end_at": ibis.ifelse(runs_again, last, _NEVER),
    }


def _within(t: ibis.Table, start: datetime, end: datetime) -> ibis.Table:
    """Rows of which some part lies in the period and lasts."""
    lasts = t.end_at.isnull() | (t.end_at > ibis.greatest(t.begin_at, moment_at(start)))
    again = t.again_at.notnull() & (t.again_end_at.isnull() | (t.again_end_at > moment_at(start)))
    return t.filter(t.begin_at < moment_at(end), lasts | again)


def _both(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per span instead of two in a row."""
    again = frame[frame["again_at"].notna()]
    frame = frame.drop(columns=["again_at", "again_end_at"])
    if again.empty:
        return frame
    again = again.assign(begin_at=again["again_at"], end_at=again["again_end_at"])
    found = pd.concat([frame, again[frame.columns]], ignore_index=True)
    lasts = found["end_at"].isna() | (found["end_at"] > found["begin_at"])
    return found[lasts].reset_index(drop=True)


def flagged(reader: Reader, start: datetime, end: datetime) -> pd.DataFrame:
    """Orders with a flag that were listed at some moment of the period: what rules of flags look at of
    kpis.watched.open_orders, and begin_at, end_at."""
    t = _orders(reader, end)
    grades = t.grade.isin(["important", "major", "special"])
    some = t.channel.isin(["12398", "media"]) | t.is_leapfrog | grades
    return _both(reader.frame(_within(_listed(t.filter(some.fill_null(False))), start, end), end))


def called(reader: Reader, start: datetime, end: datetime) -> pd.DataFrame:
    """The same of orders with more than one call, a row for each count of calls.

    A further call is an event (urged, merged); calls that no event tells of count from the beginning.
    """
    t = _orders(reader, end)
    listed = _listed(t.filter(t.call_count.fill_null(1) > 1))
    return _by_call(_both(reader.frame(_within(listed, start, end), end)), further_calls(reader, end))


def _orders(reader: Reader, end: datetime) -> Any:
    t = reader.table("work_orders")
    return t.filter(own(t), t.accepted_at < moment_at(end), _was_listed(t))


def _listed(t: ibis.Table) -> Any:
    return t.select(
        *("source", "source_key", "order_no", "category", *PATH, "channel", "grade", "is_leapfrog", "accepted_at"),
        call_count=t.call_count.fill_null(1),
        critical=is_critical(t),
        **_spans(t, t.accepted_at, [(put_aside(t), True)]),
    )


def further_calls(reader: Reader, end: datetime) -> pd.DataFrame:
    """Calls about an order after the first, as its events tell: source, order_no, called_at."""
    e = reader.table("order_events")
    e = e.filter(e.kind.isin(_CALLS), e["at"].notnull(), e["at"] < moment_at(end))
    return reader.frame(e.select("source", "order_no", called_at=e["at"]), end)


def _by_call(rows: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """Each span of an order cut at its calls, with the count from there on."""
    key = ["source", "order_no"]
    calls = calls.merge(rows[key].drop_duplicates(), on=key).sort_values([*key, "called_at"], kind="stable")
    told = calls.groupby(key)["called_at"].transform("size")
    by = calls.groupby(key)
    calls = calls.assign(nth=by.cumcount() + 1, told=told, until=by["called_at"].shift(-1))
    n = calls.drop_duplicates(key).set_index(key)["told"]
    counted = n.reindex(pd.MultiIndex.from_frame(rows[key])).fillna(0).to_numpy(dtype=np.int64)
    first = calls[calls["nth"] == 1].set_index(key)["called_at"]
    first_at = first.reindex(pd.MultiIndex.from_frame(rows[key])).array
    base = (rows["call_count"] - counted).clip(lower=1)
    before = rows.assign(call_count=base, end_at=earlier(rows["end_at"], pd.Series(first_at, rows.index)))
    after = rows.assign(base=base).merge(calls, on=key)
    after["begin_at"] = after["begin_at"].where(after["begin_at"] > after["called_at"], after["called_at"])
    after["end_at"] = earlier(after["end_at"], after["until"])
    after["call_count"] = after["base"] + after["nth"]
    parts = [part[rows.columns] for part in (before, after) if len(part)]
    found = pd.concat(parts, ignore_index=True) if parts else rows
    return found[found["end_at"].isna() | (found["end_at"] > found["begin_at"])].reset_index(drop=True)


def earlier(a: pd.Series, b: pd.Series) -> pd.Series:
    """The earlier of both; where one is missing the other."""
    return a.where(b.isna() | (a <= b), b)


def revisits(reader: Reader, start: datetime, end: datetime) -> pd.DataFrame:
    """Dissatisfied answers: source, survey_no, order_no, place, answered_at, begin_at, end_at (taken up, as
    kpis.revisits has it)."""
    t = followed(reader)
    bad = t.filter(dissatisfied(t), t.answered_at < moment_at(end))
    rows = reader.frame(
        bad.select("source", "survey_no", "order_no", *PATH, "answered_at", end_at=bad.taken_up_at), end
    )
    rows = rows.assign(begin_at=rows["answered_at"])
    return rows[rows["end_at"].isna() | (rows["end_at"] > pd.Timestamp(start))].reset_index(drop=True)


def hours(start: datetime, end: datetime) -> Iterator[datetime]:
    """Every full hour after `start` up to `end`."""
    at = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while at <= end:
        yield at
        at += timedelta(hours=1)


def unbroken(seen: pd.DataFrame) -> pd.DataFrame:
    """Rows by hour (at, subject, rung, and what else they say) as spans of one rung: begin_at, end_at.

    Where the rung is missing nobody could say: then it stays what it was. A subject not listed in an hour is well.
    """
    if seen.empty:
        return seen.assign(begin_at=seen.get("at"), end_at=seen.get("at"))
    hour, at = pd.factorize(seen["at"], sort=True)
    code, subject = pd.factorize(seen["subject"])
    rung = np.zeros((len(subject), len(at)))
    rung[code, hour] = seen["rung"].to_numpy(dtype=np.float64, na_value=np.nan)
    rung = pd.DataFrame(rung).ffill(axis=1).fillna(0).to_numpy(dtype=np.int64)
    before = np.concatenate([np.full((len(subject), 1), -1), rung[:, :-1]], axis=1)
    row, column = np.nonzero(rung != before)
    same = np.append(row[1:] == row[:-1], False)
    until = pd.Series(at[np.append(column[1:], 0)]).where(same)
    first = seen.drop_duplicates("subject").set_index("subject").loc[subject[row]].reset_index()
    found = first.assign(rung=rung[row, column], begin_at=at[column], end_at=until.to_numpy())
    found["end_at"] = pd.to_datetime(found["end_at"], utc=True)
    return found[found["rung"] > 0].reset_index(drop=True)
