"""What time alone asks for of an alert nobody has taken: the next step, the same step again, a silence's end. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from alerts.duty import Duty, Policy
from alerts.lifecycle import Event, State
from alerts.quiet import Row, covers, matches, silence_of
from alerts.rules import Rule
from alerts.transition import About, Transition

REPEAT: Final = "not_acknowledged"
SILENCE_ENDED: Final = "silence_ended"


def due(
    alerts: Iterable[Row],
    rules: Mapping[str, Rule],
    duty: Duty,
    silences: Sequence[Row],
    now: datetime,
    busy: Collection[int] = (),
) -> list[Transition]:
    """The steps that alerts in state raised are due for at `now`, by their time.

    ESCALATED with the number of the step, or REMINDED where the step they stand on repeats. A silenced alert climbs no
    further: it is told again when the silence ends. `busy`: ids of alerts that take another step at this moment.
    An alert takes one step at a time, however long nobody looked.
    """
    found = []
    for alert in sorted((a for a in alerts if _is_due(a, now, busy)), key=lambda a: (a["next_step_at"], a["id"])):
        rule, policy = rules.get(alert["rule"]), duty.policies.get(alert["policy"] or "")
        if rule is None or policy is None:
            continue
        transition = _step(alert, rule, policy, now)
        if transition and silence_of(transition, silences, now) is None:
            found.append(transition)
    return found


def _is_due(alert: Row, now: datetime, busy: Collection[int]) -> bool:
    is_waiting = alert["state"] == State.RAISED and alert["id"] not in busy
    return bool(is_waiting and alert["next_step_at"] is not None and alert["next_step_at"] <= now)


def _step(alert: Row, rule: Rule, policy: Policy, now: datetime) -> Transition | None:
    taken = alert["step"]
    ahead, here = policy.step(taken + 1), policy.step(taken)
    woken = alert["woken_at"] or alert["raised_at"]
    if ahead is not None and (here is None or here.repeat is None or woken + ahead.after <= now):
        return _of(alert, rule, Event.ESCALATED, f"step_{taken + 1}", now, taken + 1)
    if here is not None and here.repeat is not None:
        return _of(alert, rule, Event.REMINDED, REPEAT, now, taken)
    return None


def _of(alert: Row, rule: Rule, event: Event, reason: str, now: datetime, step: int = 0, **inputs: Any) -> Transition:
    woken = alert["woken_at"] or alert["raised_at"]
    return Transition(
        alert["rule"], rule.version, alert["subject"], event, State.RAISED, alert["level"], now, reason,
        about=About.of(alert), rung=alert["rung"], critical=alert["critical"], alert_id=alert["id"],
        alert_version=alert["version"], passed=alert["passed"], step=step,
        inputs={"woken_at": woken.isoformat(), "policy": alert["policy"], **inputs},
    )  # fmt: skip


def reminders(
    ended: Iterable[Row],
    alerts: Iterable[Row],
    rules: Mapping[str, Rule],
    silences: Sequence[Row],
    now: datetime,
    busy: Collection[int] = (),
) -> list[Transition]:
    """What those are told again whom a silence kept from hearing: every alert still raised that `ended` covered and no
    other silence covers now. An alert that several ended ones covered is told once.
    """
    ended = list(ended)
    found = []
    for alert in alerts if ended else ():
        rule = rules.get(alert["rule"])
        if rule is None or alert["state"] != State.RAISED or alert["id"] in busy:
            continue
        again = _of(alert, rule, Event.REMINDED, SILENCE_ENDED, now, alert["step"])
        covering = [s["id"] for s in ended if matches(s["matches"], again)]
        if covering and silence_of(again, silences, now) is None:
            found.append(_of(alert, rule, Event.REMINDED, SILENCE_ENDED, now, alert["step"], silence=covering[-1]))
    return found


def told_of_end(ended: Iterable[Row], alerts: Iterable[Row], busy: Collection[int]) -> list[int]:
    """Ids of the ended silences whose alerts have all been told again; the others wait for the next turn.

    `busy`: ids of alerts that took another step at this moment, of which nobody was told.
    """
    waiting = [a for a in alerts if a["id"] in busy and a["state"] == State.RAISED]
    return [s["id"] for s in ended if not any(covers(s, a) for a in waiting)]


def next_step_at(
    policy: Policy | None, taken: int, woken_at: datetime, now: datetime, *, begins: bool
) -> datetime | None:
    """When the step after `taken` is due, or the one it stands on is told again; None: nothing follows.

    `begins`: step `taken` was told for the first time just now, or the waiting starts anew; then the next one has its
    whole time, also where this one came late: nobody is passed over because the watch stood still.
    """
    if policy is None:
        return None
    ahead, here = policy.step(taken + 1), policy.step(taken)
    times = []
    if ahead is not None:
        gap = ahead.after - (here.after if here else timedelta(0))
        times.append(now + gap if begins else max(woken_at + ahead.after, now))
    if here is not None and here.repeat is not None:
        times.append(now + here.repeat)
    return min(times, default=None)
