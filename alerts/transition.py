"""A state change of an alert with its reason and inputs, as the ledger stores it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerts.lifecycle import Event, State


@dataclass(frozen=True)
class Transition:
    """One state change. `alert_id` and `alert_version` are None where it opens an alert.

    `level` is the level after it; of a cleared one the level that ended. `inputs` can be written as JSON.
    """

    rule: str
    rule_version: int
    subject: str
    event: Event
    state: State
    level: str
    at: datetime
    reason: str
    critical: bool = False
    alert_id: int | None = None
    alert_version: int | None = None
    passed: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    order_no: str | None = None
    county: str | None = None
    station: str | None = None
    feeder: str | None = None
    clock: str | None = None
    start_at: datetime | None = None
    due_at: datetime | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def units(self) -> tuple[str, ...]:
        """Codes of the units it concerns, the larger first."""
        return tuple(u for u in (self.county, self.station) if u)
