"""A state change of an alert with its reason and inputs, as the ledger stores it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

from alerts.lifecycle import Event, State


@dataclass(frozen=True)
class About:
    """What an alert is about: the place, the people the facts name, and the condition that holds.

    `clock`: the condition: a clock of an order, what is wrong with an outage, the key of a KPI. `manager`: person code
    of the manager of the transformer area. `customers`: without supply, where the alert stands for an outage.
    """

    source: str | None = None
    order_no: str | None = None
    outage_no: str | None = None
    category: str | None = None  # of the order; outage, kpi, hotspot or watch else
    city: str | None = None
    county: str | None = None
    station: str | None = None
    feeder: str | None = None
    transformer_area: str | None = None
    crew: str | None = None
    handler: str | None = None
    manager: str | None = None
    clock: str | None = None
    start_at: datetime | None = None
    due_at: datetime | None = None
    customers: int | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "About":
        """What a row of the ledger's alerts says."""
        return cls(**{name: row[name] for name in ABOUT})

    @property
    def units(self) -> tuple[str, ...]:
        """Codes of the units it concerns, the larger first."""
        return tuple(u for u in (self.city, self.county, self.station) if u)


ABOUT: Final = tuple(f.name for f in fields(About))
NOWHERE: Final = About()


@dataclass(frozen=True)
class Transition:
    """One state change. `alert_id` and `alert_version` are None where it opens an alert.

    `level` and `rung` are those after it; of a cleared one those that ended. `passed`: per condition the highest rung
    told since the alert was last clear. `step`: of an escalation, the number of the step taken, from 1. `inputs` can be
    written as JSON.
    """

    rule: str
    rule_version: int
    subject: str
    event: Event
    state: State
    level: str
    at: datetime
    reason: str
    about: About = NOWHERE
    rung: int = 0
    critical: bool = False
    alert_id: int | None = None
    alert_version: int | None = None
    passed: Mapping[str, int] = field(default_factory=dict)
    step: int = 0
    inputs: Mapping[str, Any] = field(default_factory=dict)
