"""What a rule's subjects make of its alerts. Pure and vectorised: Python runs only over what may change."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from alerts.lifecycle import Event, Reading, Standing, State, Step, standing_of, step
from alerts.rules import Rule
from alerts.seen import NEVER, Seen, micro, micros, moment
from alerts.transition import ABOUT, About, Transition

Alert = Mapping[str, Any]  # one row of store.ledger.queries.standing_alerts
_TIMES: Final = ("start_at", "due_at")
NOTHING: Final[Mapping[str, Any]] = {}
_BAD: Final = (State.PENDING, State.RAISED, State.ACKNOWLEDGED)


def judge(rule: Rule, seen: Seen, standing: Sequence[Alert], now: datetime) -> list[Transition]:
    """The transitions that `seen` asks for; those raised first by due time, those ended last.

    `standing`: the rule's alerts that are not closed. A source that is blind neither raises nor clears.
    """
    if seen.blind is None or (seen.frame.empty and not standing):
        return []
    over = {a["subject"] for a in standing if _is_over(a, rule, now)}  # closed first: what comes now is another alert
    alerts = {a["subject"]: a for a in standing if a["source"] not in seen.blind and a["subject"] not in over}
    frame = seen.frame[~seen.frame["subject"].isin(list(over))] if over and len(seen.frame) else seen.frame
    if len(frame) and seen.blind:
        frame = frame[~frame["source"].isin(list(seen.blind))]
    found = []
    if len(frame):
        for row in _may_change(frame, alerts):
            if transition := _judged(row, alerts.get(row["subject"]), rule, seen, now):
                found.append(transition)
    present = set(frame["subject"]) if len(frame) else set()
    gone = (a for subject, a in alerts.items() if subject not in present and a["state"] in _BAD)
    return found + [_ended(a, rule, now, seen.gone, _step_of_end(a, now)) for a in gone]


def _is_over(alert: Alert, rule: Rule, now: datetime) -> bool:
    """It is clear, and the time in which it may come back under its number has passed."""
    return bool(alert["state"] == State.CLEARED and now >= alert["cleared_at"] + rule.reopen)


def _may_change(frame: pd.DataFrame, alerts: Mapping[str, Alert]) -> list[dict[Hashable, Any]]:
    """One row per subject whose reading is not what the ledger holds, by due time; `step` decides about them.

    Of several conditions of a subject the one that passed a rung untold comes first, else the worst: so that no clock
    hides another.
    """
    held = list(alerts.values())
    place = pd.Index(list(alerts), dtype=object).get_indexer(pd.Index(frame["subject"], dtype=object))
    rung = frame["rung"].to_numpy(dtype=np.float64, na_value=np.nan)
    named = frame["subject"].notna().to_numpy()  # a row without a name must not stop the others
    rows = np.flatnonzero(named & ~np.isnan(rung) & ((rung > 0) | (place >= 0)))
    if not len(rows):
        return []
    seen, place, rung = frame.iloc[rows], place[rows], rung[rows]
    clock, due = seen["clock"].fillna("").to_numpy(dtype=object), micros(seen["due_at"])
    told = np.array([held[p]["passed"].get(c, 0) if p >= 0 else 0 for p, c in zip(place, clock, strict=True)])
    untold = rung > told
    order = np.lexsort((due, -rung, ~untold))
    _, first = np.unique(seen["subject"].to_numpy(dtype=str)[order], return_index=True)
    worst = order[first]
    critical = seen["critical"].isin([True]).to_numpy()
    change = [
        w
        for w in worst[np.argsort(due[worst], kind="stable")]
        if untold[w]
        or _differs(held[place[w]] if place[w] >= 0 else None, int(rung[w]), clock[w], due[w], bool(critical[w]))
    ]
    return seen.iloc[change].to_dict("records")


def _differs(alert: Alert | None, rung: int, clock: str, due: int, critical: bool) -> bool:
    """Whether an alert that stands is not as it is seen now."""
    if alert is None or alert["state"] not in _BAD:
        return rung > 0
    known = NEVER if alert["due_at"] is None else micro(alert["due_at"])
    is_as_seen = (rung, clock, due, critical) == (alert["rung"], alert["clock"] or "", known, alert["critical"])
    return not is_as_seen or alert["state"] == State.PENDING


def _plain(value: Any) -> Any:
    """A cell as the ledger takes it: None for missing, JSON-able otherwise."""
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if value is None or value is pd.NaT or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value.item() if isinstance(value, np.generic) else value


def _about(row: Mapping[Any, Any]) -> About:
    found = {name: _plain(row.get(name)) for name in ABOUT}
    for name in _TIMES:
        if found[name] is not None:
            found[name] = pd.Timestamp(found[name]).to_pydatetime()
    return About(**found)


def _reached(rule: Rule, about: About, told: int, rung: int) -> datetime | None:
    """When it came to the level of `rung` beyond what was told: that of the first rung of the level which nobody heard.

    None where that is not a matter of time.
    """
    level = rule.level(rung)
    missed = (limit for limit in rule.levels[told:rung] if limit.level == level)
    limit, start, due = next(missed, None), about.start_at, about.due_at
    if limit is None or start is None:
        return None
    if limit.after_min is not None:
        return start + timedelta(minutes=limit.after_min)
    is_share = limit.from_percent is not None or limit.over_percent is not None
    return start + (due - start) * limit.percent / 100 if is_share and due and due > start else None


def _inputs(
    row: Mapping[Any, Any], about: About, seen: Seen, now: datetime, reached: datetime | None = None
) -> dict[str, Any]:
    """What was known when it was judged, as JSON."""
    start, due = about.start_at, about.due_at
    found: dict[str, Any] = {"clock": about.clock, "start_at": start, "due_at": due}
    if start and due and due > start:
        found["used_percent"] = round((now - start) / (due - start) * 100, 2)
    if reached is not None and now >= reached:
        found["late_s"] = round((now - reached).total_seconds(), 1)
    found |= {name: _plain(row.get(name)) for name in seen.inputs}
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in found.items()}


def _judged(row: Mapping[Any, Any], alert: Alert | None, rule: Rule, seen: Seen, now: datetime) -> Transition | None:
    about = _about(row)
    reading = Reading(int(row["rung"]), about.clock or "", about.due_at, bool(row["critical"]))
    taken = step(standing_of(alert) if alert else Standing(), reading, rule.hold if _waits(rule) else timedelta(0), now)
    if taken is None or (taken.event is Event.MOVED and _is_ageing(rule)):
        return None
    if alert is not None and taken.event in (Event.CLEARED, Event.LAPSED):
        same = (alert["clock"] or "") == reading.clock
        reason = "within_limit_again" if same else "clock_met"
        return _ended(alert, rule, now, reason, taken, _inputs(row, about, seen, now))
    level, told = rule.level(reading.rung), (alert["passed"].get(reading.clock, 0) if alert else 0)
    reason = "facts_changed" if taken.event is Event.MOVED else f"{about.clock or rule.watches}_{level}"
    return Transition(
        rule.key, rule.version, row["subject"], taken.event, taken.state, level, now, reason[:64],
        about=about, rung=reading.rung, critical=reading.critical,
        alert_id=alert["id"] if alert else None, alert_version=alert["version"] if alert else None,
        passed=taken.passed, inputs=_inputs(row, about, seen, now, _reached(rule, about, told, reading.rung)),
    )  # fmt: skip


def _waits(rule: Rule) -> bool:
    """Whether the hold is the lifecycle's; a source's stands in what is seen of it already."""
    return rule.watches != "source"


def _is_ageing(rule: Rule) -> bool:
    """What it watches moves all the time: that alone is no transition."""
    return rule.watches in ("source", "vital", "kpi")


def _step_of_end(alert: Alert, now: datetime) -> Step:
    return step(standing_of(alert), Reading(0), timedelta(0), now) or Step(State.CLEARED, Event.CLEARED, {})


def _ended(
    alert: Alert, rule: Rule, now: datetime, reason: str, taken: Step, inputs: Mapping[str, Any] = NOTHING
) -> Transition:
    """The end of `alert`; it keeps its place and the highest rung told: those who were told hear of its end."""
    rung = max([alert["rung"], *alert["passed"].values()])
    return Transition(
        rule.key, rule.version, alert["subject"], taken.event, taken.state, rule.level(rung) or alert["level"], now,
        reason, about=About.of(alert), rung=rung, alert_id=alert["id"], alert_version=alert["version"],
        inputs=dict(inputs),
    )  # fmt: skip


def timers(
    rules: Mapping[str, Rule], standing: Iterable[Alert], now: datetime, busy: Collection[int] = ()
) -> list[Transition]:
    """What time alone asks for: windows that are over, acknowledgements that were forgotten, rules that are no more.

    `busy`: ids of alerts that take another step at this moment.
    """
    found = []
    for alert in standing:
        if alert["id"] in busy:
            continue
        rule, until = rules.get(alert["rule"]), alert["acknowledged_until"]
        if rule is None:
            found.append(_timed(alert, 0, Event.CLOSED, State.CLOSED, "rule_gone", now))
        elif _is_over(alert, rule, now):
            found.append(_timed(alert, rule.version, Event.CLOSED, State.CLOSED, "not_again", now))
        elif alert["state"] == State.ACKNOWLEDGED and until is not None and now >= until:
            found.append(_timed(alert, rule.version, Event.REMINDED, State.RAISED, "acknowledgement_ran_out", now))
    return found


def _timed(alert: Alert, version: int, event: Event, state: State, reason: str, now: datetime) -> Transition:
    return Transition(
        alert["rule"], version, alert["subject"], event, state, alert["level"], now, reason, about=About.of(alert),
        rung=alert["rung"], critical=alert["critical"], alert_id=alert["id"], alert_version=alert["version"],
        passed=alert["passed"],
    )  # fmt: skip


def timer(alert: Alert, rule: Rule | None) -> datetime | None:
    """The instant from which `timers`, a hold or an escalation asks for something; None: never by time alone.

    It stays as it is until the alert takes a step.
    """
    state = alert["state"]
    found: datetime | None = None
    if rule is None:
        found = alert["changed_at"]
    elif state == State.PENDING:
        found = alert["raised_at"] + rule.hold
    elif state == State.CLEARED:
        found = alert["cleared_at"] + rule.reopen
    elif state == State.ACKNOWLEDGED:
        found = alert["acknowledged_until"]
    elif state == State.RAISED:
        found = alert["next_step_at"]
    return found


class Timers:
    """The timers of the alerts that stand: of thousands only those are looked at that took a step."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self._rules = rules
        self._standing: Sequence[Alert] = ()
        self._kept: dict[int, tuple[int, int]] = {}  # version and timer
        self._at = np.empty(0, dtype=np.int64)

    def look(self, standing: Sequence[Alert]) -> None:
        """Takes in what stands now."""
        old, self._kept = self._kept, {}
        for alert in standing:
            kept = old.get(alert["id"])
            if kept is None or kept[0] != alert["version"]:
                at = timer(alert, self._rules.get(alert["rule"]))
                kept = (alert["version"], NEVER if at is None else micro(at))
            self._kept[alert["id"]] = kept
        self._standing = standing
        self._at = np.fromiter((at for _, at in self._kept.values()), np.int64, len(self._kept))

    def come(self, now: datetime) -> list[Alert]:
        """The alerts whose timer has come."""
        return [self._standing[i] for i in np.flatnonzero(self._at <= micro(now)).tolist()]

    def next_at(self, after: datetime) -> datetime | None:
        """The next timer after `after`."""
        ahead = self._at[(self._at > micro(after)) & (self._at != NEVER)]
        return moment(int(ahead.min())) if len(ahead) else None
