"""Rows and alerts for the alert tests, judged and recorded as the watch does it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd

from alerts import judge, kinds
from alerts.lifecycle import Event, State
from alerts.load import load
from alerts.posting import Draft, Posting
from alerts.rules import Rule
from alerts.seen import World
from alerts.transition import ABOUT, Transition
from store.ledger import Ledger, commands, queries

NOW: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
RULES: Final = load(None)
REPAIR: Final = RULES["repair_due"]
STALE: Final = RULES["source_stale"]
COLUMNS: Final = (
    "source", "source_key", "order_no", "category", "city", "county", "station", "feeder", "transformer_area", "crew",
    "handler", "manager", "outage_no", "customers", "clock", "start_at", "due_at", "critical", "call_count",
)  # fmt: skip
NAMES: Final = {"C1": "东湖县", "S1": "城关供电所", "F1": "10kV柳河线"}


@dataclass(frozen=True)
class Source:
    name: str
    as_of: datetime | None
    error: str | None = None
    table: str = "gd"


def minute(m: float) -> datetime:
    return NOW + timedelta(minutes=m)


def repair(key: str = "1", clock: str = "arrival", start: float = 0, due: float = 45, **other: Any) -> dict[str, Any]:
    """One open order whose clock started `start` and is due `due` minutes after NOW."""
    row: dict[str, Any] = {
        "source": "orders",
        "source_key": key,
        "order_no": f"G{key}",
        "category": "fault_report",
        "county": "C1",
        "station": "S1",
        "feeder": "F1",
    }
    row |= {"clock": clock, "start_at": minute(start), "due_at": minute(due), "critical": False, "call_count": 1}
    return row | other


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(COLUMNS))


def world(now: datetime, blind: Collection[str] = (), **frames: pd.DataFrame) -> World:
    """What rules look at: only these frames are supplied; `blind`: sources silent about every table."""
    return World(now, frames, dict.fromkeys(("work_orders", "outages", "surveys"), blind))


def judged(rule: Rule, seen: World, standing: Sequence[Mapping[str, Any]] = ()) -> list[Transition]:
    """What `rule` makes of `seen`, as the watch asks it."""
    found = kinds.look(rule, seen)
    own = [a for a in standing if a["rule"] == rule.key]
    return judge.judge(rule, found, own, seen.now) if found else []


def judge_repairs(
    rows: pd.DataFrame, alerts: Sequence[Mapping[str, Any]], rule: Rule, now: datetime, blind: Collection[str] = ()
) -> list[Transition]:
    return judged(rule, world(now, blind, clocks=rows), alerts)


def judge_sources(
    states: Sequence[Source],
    alerts: Sequence[Mapping[str, Any]],
    rule: Rule,
    now: datetime,
    fresh_s: Mapping[str, float],
) -> list[Transition]:
    return judged(rule, world(now, sources=sources_frame(states, fresh_s)), alerts)


def sources_frame(states: Sequence[Source], fresh_s: Mapping[str, float]) -> pd.DataFrame:
    """The tables of sources; `fresh_s`: the promise of each that is watched."""
    rows = [(s.name, s.table, s.as_of, s.error, fresh_s[s.table]) for s in states if s.table in fresh_s]
    return pd.DataFrame(rows, columns=["name", "table", "as_of", "error", "fresh_s"])


def posting(transition: Transition, *to: str) -> Posting:
    """`transition` told to `to`, e.g. mail:duty@example.org."""
    exits = (exit_.partition(":") for exit_ in to)
    drafts = tuple(
        Draft(channel, address, "zh", transition.subject, transition.reason) for channel, _, address in exits
    )
    return Posting(transition, drafts)


def raised(key: str = "1", **other: Any) -> Transition:
    """A new alert about an order past its arrival limit."""
    found = judge_repairs(frame(repair(key, **other)), [], REPAIR, minute(50))
    assert [t.event for t in found] == [Event.RAISED]
    return found[0]


class Desk:
    """Judge, timers and ledger as the watch joins them, of one rule."""

    def __init__(self, ledger: Ledger, rule: Rule = REPAIR, to: Iterable[str] = ()) -> None:
        self.ledger, self.rule, self.to = ledger, rule, tuple(to)

    def judge(self, at: float, *rows: dict[str, Any], blind: Sequence[str] = ()) -> list[Transition]:
        """Judges `rows` `at` minutes after NOW and records what follows, until nothing more does."""
        return self.look(world(minute(at), blind, clocks=frame(*rows)))

    def look(self, seen: World) -> list[Transition]:
        taken: list[Transition] = []
        while True:
            standing = queries.standing_alerts(self.ledger)
            found = judged(self.rule, seen, standing)
            busy = [t.alert_id for t in found if t.alert_id]
            found += judge.timers({self.rule.key: self.rule}, standing, seen.now, busy)
            if not found:
                return taken
            commands.record(self.ledger, [posting(t, *(self.to if t.event in TOLD else ())) for t in found])
            taken += found


TOLD: Final = (Event.RAISED, Event.REOPENED, Event.CLEARED, Event.REMINDED)


def opened(transition: Transition, alert_id: int = 1) -> dict[str, Any]:
    """The row of `standing_alerts` that the ledger makes of a transition that opened an alert."""
    row = {name: getattr(transition, name) for name in ("rule", "subject", "level", "rung", "critical")}
    row |= {name: getattr(transition.about, name) for name in ABOUT}
    row |= {"acknowledged_until": None, "cleared_at": None, "raised_at": transition.at, "next_step_at": None}
    return row | {"id": alert_id, "version": 1, "state": State.RAISED, "passed": dict(transition.passed)}
