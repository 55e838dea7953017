"""What the figures of this moment say about each rule's subjects. Vectorised: Python runs only over what may change."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import numpy as np
import pandas as pd

from alerts.lifecycle import Event, Reading, Standing, State, rank, step
from alerts.rules import Rule
from alerts.transition import Transition

OpenAlert = Mapping[str, Any]  # one row of store.ledger.queries.open_alerts
_KNOWN: Final = ("known_rank", "known_clock", "known_due_at", "known_critical")
_TIME: Final = "datetime64[us, UTC]"
_SPAN: Final = "timedelta64[us]"


class SourceState(Protocol):
    """What the facts know of one source."""

    @property
    def name(self) -> str: ...
    @property
    def as_of(self) -> datetime | None: ...
    @property
    def as_of_by_table(self) -> Mapping[str, datetime | None]:
        """The same for each canonical table it feeds."""

    @property
    def error(self) -> str | None: ...


def blind_sources(states: Iterable[SourceState], now: datetime, fresh_s: Mapping[str, float]) -> set[str]:
    """Names of the sources whose silence about orders proves nothing: never read, no longer set up, or too old.

    Only what feeds the orders counts: a stuck list of units beside them hides no order.
    """
    orders = {state.name: state.as_of_by_table.get("work_orders", state.as_of) for state in states}
    return {
        name
        for name, as_of in orders.items()
        if as_of is None or name not in fresh_s or now - as_of > timedelta(seconds=fresh_s[name])
    }


def judge_repairs(
    open_repairs: pd.DataFrame,
    open_alerts: Sequence[OpenAlert],
    rule: Rule,
    now: datetime,
    blind: Collection[str],
) -> list[Transition]:
    """The transitions that the running repair clocks ask for at `now`, by due time; cleared ones last.

    Shapes: `open_repairs` has one row per open order: source, source_key, order_no, county, station, feeder, clock,
    start_at, due_at, critical, call_count. An order that is not in it has no running clock any more.
    A source in `blind` neither raises nor clears; a row without a clock's times says nothing either.
    """
    alerts = {a["subject"]: a for a in open_alerts if a["rule"] == rule.key and a["source"] not in blind}
    frame = open_repairs[~open_repairs["source"].isin(list(blind))]
    frame = frame.assign(subject=frame["source"] + ":" + frame["source_key"])
    times = {c: pd.to_datetime(frame[c], utc=True).dt.as_unit("us") for c in ("start_at", "due_at")}
    timed = frame.assign(**times).dropna(subset=["start_at", "due_at"])
    timed = timed.assign(rank=_ranks(timed, rule, now))
    timed = timed.assign(critical=timed["critical"].isin([True]) & (timed["rank"] == rank("red")))
    found = []
    for row in _may_change(timed, alerts).to_dict("records"):
        if transition := _of_repair(row, alerts.get(row["subject"]), rule, now):
            found.append(transition)
    present = set(frame["subject"])
    gone = [_cleared(a, rule, now, "no_longer_open", {}) for s, a in alerts.items() if s not in present]
    return found + gone


def _ranks(timed: pd.DataFrame, rule: Rule, now: datetime) -> "np.ndarray[Any, Any]":
    """The rank of the level each running clock has reached. Whole microseconds: a limit is met exactly or not."""
    used = (pd.Timestamp(now) - timed["start_at"]).to_numpy(dtype=_SPAN).astype(np.int64)
    whole = (timed["due_at"] - timed["start_at"]).to_numpy(dtype=_SPAN).astype(np.int64)
    ranks = np.zeros(len(timed), dtype=np.int64)
    for limit in rule.levels:
        if limit.from_percent is not None:
            reached = (used * 100 >= whole * limit.from_percent) & (whole > 0)
        else:
            reached = used * 100 > whole * (limit.over_percent or 100)
        ranks[reached] = rank(limit.level)
    return ranks


def _may_change(timed: pd.DataFrame, alerts: Mapping[str, OpenAlert]) -> pd.DataFrame:
    """Rows whose reading is not what the ledger already holds, by due time; `step` decides about them."""
    known = pd.DataFrame(
        [(s, rank(a["level"]), a["clock"], a["due_at"], a["critical"]) for s, a in alerts.items()],
        columns=["subject", *_KNOWN],
    ).astype({"known_due_at": _TIME})
    worst = timed.sort_values(["rank", "due_at"], ascending=[False, True]).drop_duplicates("subject")
    both = worst.merge(known, on="subject", how="left")
    is_open = both["known_rank"].notna()
    differs = (both["rank"] != both["known_rank"]) | (both["clock"] != both["known_clock"])
    differs |= (both["due_at"] != both["known_due_at"]) | (both["critical"] != both["known_critical"])
    return both[np.where(is_open, differs, both["rank"] > 0)].sort_values("due_at", kind="stable")


def _level(row_rank: int, rule: Rule) -> str | None:
    return next((limit.level for limit in rule.levels if rank(limit.level) == row_rank), None)


def _standing(alert: OpenAlert | None) -> Standing:
    if alert is None:
        return Standing()
    state = State(alert["state"])
    return Standing(state, alert["level"], alert["clock"] or "", alert["due_at"], alert["critical"], alert["passed"])


def _reached_at(level: str | None, rule: Rule, start_at: datetime, due_at: datetime) -> datetime | None:
    """When the clock came to `level`: at that part of its limit."""
    of_limit = next((one.from_percent or one.over_percent or 100 for one in rule.levels if one.level == level), None)
    return None if of_limit is None else start_at + (due_at - start_at) * of_limit / 100


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _of_repair(row: Mapping[Hashable, Any], alert: OpenAlert | None, rule: Rule, now: datetime) -> Transition | None:
    due_at, start_at = row["due_at"].to_pydatetime(), row["start_at"].to_pydatetime()
    reading = Reading(_level(row["rank"], rule), row["clock"], due_at, row["critical"])
    taken = step(_standing(alert), reading)
    if taken is None:
        return None
    reached_at = _reached_at(reading.level, rule, start_at, due_at)
    inputs = {
        "clock": row["clock"],
        "start_at": start_at.isoformat(),
        "due_at": due_at.isoformat(),
        "used_percent": round((now - start_at) / (due_at - start_at) * 100, 2) if due_at > start_at else None,
        "late_s": None if reached_at is None else round((now - reached_at).total_seconds(), 1),
        "call_count": None if pd.isna(row["call_count"]) else int(row["call_count"]),
    }
    if alert is not None and taken.event is Event.CLEARED:
        same = alert["clock"] == row["clock"]
        return _cleared(alert, rule, now, "within_limit_again" if same else "clock_met", inputs)
    reason = "facts_changed" if taken.event is Event.MOVED else f"{row['clock']}_{reading.level}"
    return Transition(
        rule.key, rule.version, row["subject"], taken.event, taken.state, reading.level or "", now, reason,
        critical=reading.critical,
        alert_id=alert["id"] if alert else None, alert_version=alert["version"] if alert else None,
        passed=taken.passed, source=row["source"], order_no=_text(row["order_no"]), county=_text(row["county"]),
        station=_text(row["station"]), feeder=_text(row["feeder"]), clock=row["clock"], start_at=start_at,
        due_at=due_at, inputs=inputs,
    )  # fmt: skip


def _cleared(alert: OpenAlert, rule: Rule, now: datetime, reason: str, inputs: Mapping[str, Any]) -> Transition:
    """The end of `alert`; it keeps the level and place it had, so that those who were told hear of its end."""
    kept = ("source", "order_no", "county", "station", "feeder", "clock", "start_at", "due_at")
    return Transition(
        rule.key, rule.version, alert["subject"], Event.CLEARED, State.CLEAR, alert["level"], now, reason,
        alert_id=alert["id"], alert_version=alert["version"], inputs=inputs, **{name: alert[name] for name in kept},
    )  # fmt: skip


def judge_sources(
    states: Iterable[SourceState],
    open_alerts: Sequence[OpenAlert],
    rule: Rule,
    now: datetime,
    fresh_s: Mapping[str, float],
) -> list[Transition]:
    """The transitions that the sources' ages ask for; `fresh_s` is each source's promise in seconds.

    An alert about a source that is no longer set up ends.
    """
    alerts = {a["subject"]: a for a in open_alerts if a["rule"] == rule.key}
    judged = (
        _of_source(state, alerts.get(state.name), rule, now, timedelta(seconds=fresh_s[state.name]))
        for state in states
        if state.name in fresh_s
    )
    found = [transition for transition in judged if transition]
    return found + [_cleared(a, rule, now, "no_longer_watched", {}) for n, a in alerts.items() if n not in fresh_s]


def _source_reading(state: SourceState, rule: Rule, now: datetime, fresh: timedelta) -> Reading | None:
    """Stale beyond promise and hold is bad, within the promise good, between them (None) all stays as it is.

    A source that was never read is bad once it has failed to answer.
    """
    bad, good = Reading(rule.levels[0].level), Reading(None)
    if state.as_of is None:
        return bad if state.error else None
    age = now - state.as_of
    if age > fresh + rule.hold:
        return bad
    return good if age <= fresh else None


def _of_source(
    state: SourceState, alert: OpenAlert | None, rule: Rule, now: datetime, fresh: timedelta
) -> Transition | None:
    reading = _source_reading(state, rule, now, fresh)
    taken = step(_standing(alert), reading) if reading else None
    if reading is None or taken is None or taken.event is Event.MOVED:  # an age moves all the time
        return None
    inputs = {
        "as_of": state.as_of.isoformat() if state.as_of else None,
        "fresh_s": fresh.total_seconds(),
        "hold_s": rule.hold.total_seconds(),
        "error": state.error,
    }
    if alert is not None:
        return _cleared(alert, rule, now, "fresh_again", inputs)
    return Transition(
        rule.key, rule.version, state.name, taken.event, taken.state, reading.level or "", now,
        "stale" if state.as_of else "never_read", passed=taken.passed, source=state.name, start_at=state.as_of,
        due_at=state.as_of + fresh if state.as_of else None, inputs=inputs,
    )  # fmt: skip
