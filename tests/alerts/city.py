"""Rows and alerts for the alert tests, built as the pipeline builds them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd

from alerts import judge
from alerts.lifecycle import Event, State
from alerts.load import load
from alerts.messages import Reader
from alerts.outbox import Posting, post
from alerts.rules import Rule
from alerts.transition import Transition
from i18n import translator
from settings import Route
from store.ledger import Ledger, commands, queries

NOW: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
RULES: Final = load(None)
REPAIR: Final = RULES["repair_due"]
STALE: Final = RULES["source_stale"]
COLUMNS: Final = (
    "source", "source_key", "order_no", "county", "station", "feeder", "clock", "start_at", "due_at", "critical",
    "call_count",
)  # fmt: skip
NAMES: Final = {"C1": "东湖县", "S1": "城关供电所", "F1": "10kV柳河线"}


@dataclass(frozen=True)
class Source:
    name: str
    as_of: datetime | None
    error: str | None = None
    as_of_by_table: Mapping[str, datetime | None] = field(default_factory=dict)


def minute(m: float) -> datetime:
    return NOW + timedelta(minutes=m)


def repair(key: str = "1", clock: str = "arrival", start: float = 0, due: float = 45, **other: Any) -> dict[str, Any]:
    """One open order whose clock started `start` and is due `due` minutes after NOW."""
    row: dict[str, Any] = {
        "source": "orders",
        "source_key": key,
        "order_no": f"G{key}",
        "county": "C1",
        "station": "S1",
        "feeder": "F1",
    }
    row |= {"clock": clock, "start_at": minute(start), "due_at": minute(due), "critical": False, "call_count": 1}
    return row | other


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(COLUMNS))


def reader(language: str = "en") -> Reader:
    site = {"en": "Lightkeeper", "zh": "守灯人"}[language]
    return Reader(translator(language), SHANGHAI, site, lambda code: NAMES.get(code, code))


def posting(transition: Transition, *to: str, routes: Sequence[Route] = ()) -> Posting:
    """`transition` told to `to`, e.g. mail:duty@example.org."""
    routes = routes or ([Route(to=to)] if to else [])
    return post(transition, RULES, routes, lambda _: "zh", {"zh": reader("zh")}, transition.at)


def raised(key: str = "1", **other: Any) -> Transition:
    """A new alert about an order past its arrival limit."""
    found = judge.judge_repairs(frame(repair(key, **other)), [], REPAIR, minute(50), ())
    assert [t.event for t in found] == [Event.RAISED]
    return found[0]


class Desk:
    """Judge and ledger as the pipeline joins them."""

    def __init__(self, ledger: Ledger, rule: Rule = REPAIR, to: Iterable[str] = ()) -> None:
        self.ledger, self.rule, self.to = ledger, rule, tuple(to)

    def judge(self, at: float, *rows: dict[str, Any], blind: Sequence[str] = ()) -> list[Transition]:
        """Judges `rows` `at` minutes after NOW and records what follows."""
        found = judge.judge_repairs(frame(*rows), queries.open_alerts(self.ledger), self.rule, minute(at), blind)
        commands.record(self.ledger, [posting(t, *self.to) for t in found])
        return found


def opened(transition: Transition, alert_id: int = 1) -> dict[str, Any]:
    """The row of `open_alerts` that the ledger makes of a transition that opened an alert."""
    names = ("rule", "subject", "level", "critical", "source", "order_no", "county", "station", "feeder", "clock")
    row = {name: getattr(transition, name) for name in (*names, "start_at", "due_at")}
    return row | {"id": alert_id, "version": 1, "state": State.RAISED, "passed": dict(transition.passed)}
