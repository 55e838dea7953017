"""What a rule, as it is or changed, would have done in the past: asked of the facts, judged by alerts.backtest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from alerts import backtest, kinds
from alerts.backtest import Period
from alerts.changed import changed, said
from alerts.kinds.outages import UNTIL
from alerts.load import load
from alerts.load_duty import load as load_duty
from alerts.rules import Rule
from alerts.seen import World
from asking import Desk, moment_of
from kpis import catalogue, past, past_calls, past_outages
from kpis.past_figures import figures
from kpis.types import Options, Refusal, ShapedReader
from store.scope import Scope

WARN_MIN: Final = 10.0  # of warning before a limit that is of use: our choice, --warn-min changes it
EXAMPLES: Final = 200
LONGEST_DAYS: Final = 400
HOURLY: Final = "figures are looked at at every full hour, live ones at every tick"
KNOWN_NOW: Final = "due times, flags and numbers of customers are those known now"


@dataclass(frozen=True)
class Asked:
    """What the facts are asked for."""

    desk: Desk
    reader: ShapedReader
    period: Period

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self.period.start, self.period.end


def _clocks(rule: Rule, asked: Asked) -> dict[str, pd.DataFrame]:
    wanted = rule.on.get("categories", ())
    return {"clocks": past.clocks(asked.reader, rule.on["clocks"], wanted, *asked.span)}


def _called(rule: Rule, asked: Asked) -> dict[str, pd.DataFrame]:
    return {"calls": past_calls.matters(asked.reader, *asked.span)}


def _flagged(rule: Rule, asked: Asked) -> dict[str, pd.DataFrame]:
    return {"orders": past.flagged(asked.reader, *asked.span)}


def _outages(rule: Rule, asked: Asked) -> dict[str, pd.DataFrame]:
    rows, condition, end = past_outages.outages(asked.reader, *asked.span), str(rule.on["condition"]), asked.period.end
    if condition == "estimate_expired":
        rows = past_outages.with_estimates(rows, past_outages.estimates(asked.reader, end))
    return {"outages": past_outages.standing(rows, UNTIL[condition], end)}


def _areas(rule: Rule, asked: Asked) -> dict[str, pd.DataFrame]:
    per, days = str(rule.on["per"]), int(rule.on["window_days"])
    if per == "customer":
        raise Refusal(
            f"rule {rule.key}: the facts do not say which customers were out; back-test it per area or feeder"
        )
    since = asked.period.start - pd.Timedelta(days=days).to_pytimedelta()
    return {
        "areas": past_outages.often_out(
            past_outages.interruptions(asked.reader, per, since, asked.period.end), per, days
        )
    }


def _revisits(rule: Rule, asked: Asked) -> dict[str, pd.DataFrame]:
    return {"revisits": past.revisits(asked.reader, *asked.span)}


_FRAMES: Final[Mapping[str, Callable[[Rule, Asked], dict[str, pd.DataFrame]]]] = {
    "order_clock": _clocks,
    "third_call": _called,
    "order_flag": _flagged,
    "outage": _outages,
    "frequent_outage": _areas,
    "revisit": _revisits,
}


def _against_target(rule: Rule, asked: Asked) -> pd.DataFrame:
    """Spans of a rule against a target: what `alerts.kinds` sees of each hour, put together."""
    definition = catalogue.find(str(rule.on["kpi"]))
    options = asked.desk.settings.kpis.get(definition.key) or Options()
    level = str(rule.on.get("per", "site"))
    frame = figures(asked.reader, definition, options, level, asked.span, asked.desk.settings.site.tz)
    seen = kinds.look(rule, World(asked.period.end, {"figures": frame}))
    return past.unbroken(seen.frame) if seen is not None and len(seen.frame) else past.unbroken(pd.DataFrame())


def spans_of(rule: Rule, asked: Asked) -> pd.DataFrame:
    """The spans of `alerts.backtest` of one rule. Errors: ValueError for what has no past."""
    if rule.watches == "kpi":
        return _against_target(rule, asked)
    make = _FRAMES.get(rule.watches)
    return backtest.spans(rule, make(rule, asked) if make else {}, asked.period.end)


def answer(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """What the rule `rule` would have done from `start` to `end`, and with the changes `set` beside it.

    JSON-able: rule, version, watches, from, to, told (whom), as_it_is, changed (None without changes), difference,
    notes. Each of both outcomes: levels, the numbers of `alerts.backtest.summary`, and for order clocks `overruns`: how
    the rule warned of the limits that were really passed, with examples of those it missed or told too late.
    Errors: ValueError with a sentence.
    """
    rules = load(desk.settings.rules)
    rule = rules.get(str(args["rule"]))
    if rule is None:
        raise Refusal(f"no rule {args['rule']}; there are {', '.join(rules)}")
    if reason := backtest.NO_PAST.get(rule.watches):
        raise Refusal(f"rule {rule.key}: a {rule.watches} can not be back-tested: {reason}")
    other = changed(rule, args["set"]) if args.get("set") else None
    return compared(desk, scope, rule, other, args)


def compared(desk: Desk, scope: Scope, rule: Rule, other: Rule | None, args: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of `rule`, and of `other` beside it: another state of the same rule."""
    period = _period(desk, args)
    warn_min = float(args.get("warn_min") or WARN_MIN)
    with desk.facts.read(scope) as reader:
        asked = Asked(desk, reader, period)
        rows = spans_of(rule, asked)
        same = other is None or (other.on == rule.on and rule.watches not in ("kpi", "third_call", "frequent_outage"))
        other_rows = rows if same or other is None else spans_of(other, asked)
    found = {"as_it_is": _outcome(rule, rows, period, warn_min)}
    if other is not None:
        found["changed"] = _outcome(other, other_rows, period, warn_min)
    notes = [HOURLY] if rule.watches == "kpi" else [KNOWN_NOW]
    return {
        "rule": rule.key,
        "version": rule.version,
        "watches": rule.watches,
        "from": period.start.isoformat(),
        "to": period.end.isoformat(),
        "warn_min": warn_min,
        "changes": list(args.get("set") or ()),
        "told": _told(desk, rule),
        "as_it_is": found["as_it_is"][0],
        "changed": found["changed"][0] if other else None,
        "difference": _difference(found["as_it_is"][1], found["changed"][1]) if other else None,
        "notes": notes,
    }


def _period(desk: Desk, args: Mapping[str, Any]) -> Period:
    start, end = moment_of(args.get("start")), moment_of(args.get("end"))
    if start is None or end is None:
        raise Refusal("a back-test needs a beginning and an end: --from and --to")
    end = min(end, desk.now())  # what is to come is not known
    if not start < end:
        raise Refusal(f"from {start.isoformat()} to {end.isoformat()}: ends before it begins; exchange them")
    if (end - start).days > LONGEST_DAYS:
        raise Refusal(f"{(end - start).days} days are too many for one back-test; ask for at most {LONGEST_DAYS}")
    return Period(start, end, desk.settings.site.tz)


@dataclass(frozen=True)
class _Subjects:
    """Whom a rule told of, once for each raise up to the period's end, and which of these lie within it."""

    told: pd.Series
    is_within: Any


def _outcome(rule: Rule, rows: pd.DataFrame, period: Period, warn_min: float) -> tuple[dict[str, Any], _Subjects]:
    """The numbers of one rule, and the subjects it told of."""
    found = backtest.replay(rule, rows, period.end)
    numbers: dict[str, Any] = {"levels": [said(limit) for limit in rule.levels]}
    numbers |= backtest.summary(rule, rows, found, period)
    if rule.watches == "order_clock":
        real = backtest.overruns(rows, found, period, warn_min)
        numbers["overruns"] = backtest.said_of(real) | {"examples": _examples(rows, real)}
        numbers["told_and_kept"] = backtest.kept(rows, found, period)
    start, _ = period.micros
    told = rows["subject"].iloc[found.raises["row"]]
    return numbers, _Subjects(told, (found.raises["at"] >= start).to_numpy())


def _examples(rows: pd.DataFrame, real: pd.DataFrame) -> list[dict[str, Any]]:
    """The overruns that were missed or told too late, the worst warned first."""
    bad = real[real["outcome"] != "warned"].sort_values("warned_min", na_position="first", kind="stable")
    bad = bad.head(EXAMPLES)
    shown = rows.iloc[bad["row"]]
    due = [at.isoformat() for at in shown["due_at"]]
    columns = (shown["order_no"], shown["clock"], shown["station"], due, bad["warned_min"], bad["outcome"])
    return [
        {"order_no": no, "clock": clock, "station": None if pd.isna(station) else station, "due_at": at,
         "warned_min": None if pd.isna(warned) else round(warned, 1), "outcome": outcome}
        for no, clock, station, at, warned, outcome in zip(*columns, strict=True)
    ]  # fmt: skip


def _told(desk: Desk, rule: Rule) -> list[dict[str, Any]]:
    """Whom the rule's escalation would have rung, in its order, as long as nobody acknowledges; routes may add others.

    Roles and rosters, not persons: who is on duty is the roster's of each hour.
    """
    policy = load_duty(desk.settings).policies.get(rule.policy or "")
    return (
        [{"after_min": step.after.total_seconds() / 60, "to": list(step.to)} for step in policy.steps] if policy else []
    )


def _difference(before: _Subjects, after: _Subjects) -> dict[str, Any]:
    """Subjects of the period that only one of both ever tells of, with examples."""
    codes, subjects = pd.factorize(pd.concat([before.told, after.told], ignore_index=True))
    of_before, of_after = codes[: len(before.told)], codes[len(before.told) :]
    ever = np.zeros((2, len(subjects)), dtype=bool)
    within = ever.copy()
    ever[0, of_before], ever[1, of_after] = True, True
    within[0, of_before[before.is_within]], within[1, of_after[after.is_within]] = True, True
    lost, won = np.flatnonzero(within[0] & ~ever[1]), np.flatnonzero(within[1] & ~ever[0])
    return {
        "only_as_it_is": len(lost),
        "only_changed": len(won),
        "both": int((ever[0] & ever[1]).sum()),
        "examples_only_as_it_is": sorted(subjects[lost[:EXAMPLES]].tolist()),
        "examples_only_changed": sorted(subjects[won[:EXAMPLES]].tolist()),
    }


def lines(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """An answer as rows of a table: what, as_it_is, changed."""
    sides = [side for side in ("as_it_is", "changed") if told[side] is not None]
    numbers = [_numbers(told[side]) for side in sides]
    rows = [
        {"what": what, **{side: of.get(what) for side, of in zip(sides, numbers, strict=True)}} for what in numbers[0]
    ]
    rows += [
        {"what": f"raises {' '.join(u or '-' for u in unit)}", **{side: _of_unit(told[side], unit) for side in sides}}
        for unit in _stations(told, sides)
    ]
    return rows


def _numbers(one: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"rungs": "; ".join(one["levels"])}
    found |= {name: one[name] for name in ("raises", "alerts", "hours", "most_at_once", "critical")}
    found |= {f"raises {level}": n for level, n in one["by_level"].items()}
    if "overruns" in one:
        found |= {f"overruns {name}": value for name, value in one["overruns"].items() if name != "examples"}
        found["told and kept"] = one["told_and_kept"]
    return found


def _stations(told: Mapping[str, Any], sides: Sequence[str]) -> list[tuple[str | None, str | None]]:
    return list(dict.fromkeys((u["county"], u["station"]) for side in sides for u in told[side]["units"]))


def _of_unit(one: Mapping[str, Any], unit: tuple[str | None, str | None]) -> int:
    return next((u["raises"] for u in one["units"] if (u["county"], u["station"]) == unit), 0)


ANSWERS: Final = {"backtest": answer}
