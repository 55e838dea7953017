"""A small city with a storm in station A1, and what the tests of the live views ask of its snapshots."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kpis.freshness import Promise
from kpis.live import LiveOptions, Observation
from kpis.snapshot import build
from kpis.types import LedgerView, OpenAlert
from tests.kpis.stage import NOW, UNITS, ZONE, Stage, area, at, complaint, fault, outage, survey

B1 = {"county": "B", "station": "B1", "feeder": "F3"}
A2 = {"station": "A2", "feeder": "F2"}
PROMISES = {"orders": 15.0, "outages": 900.0, "surveys": 15.0}
SHAPE = {
    "kpis": "key value n successes low high target better state level table definition_version trend previous",
    "repairs": "order_no source county station feeder crew stage clock start_at due_at call_count critical customers "
    "alert alert_id",
    "outages": "outage_no county station feeder kind customers_out started_at estimate_at lon lat",
    "counties": "code blue yellow orange red outages customers_out",
    "units": "code kind parent name_zh name_en lon lat",
    "sources": "name table feeds as_of read_at fresh_s state error",
}


@dataclass(frozen=True)
class State:
    name: str
    feeds: tuple[str, ...] = ()
    as_of: datetime | None = NOW
    read_at: datetime | None = NOW
    error: str | None = None
    as_of_by_table: Mapping[str, datetime | None] = field(default_factory=dict)

    @property
    def as_of_by_mapping(self) -> Mapping[str, datetime | None]:
        return self.as_of_by_table


def state(name: str, *feeds: str) -> State:
    """A source that was read just now, with one table for each of those it feeds, called as these."""
    return State(name, feeds, as_of_by_table=dict.fromkeys(feeds, NOW))


STATES = (
    state("orders", "work_orders"),
    state("outages", "outages", "outage_areas"),
    state("surveys", "surveys"),
)
OPTIONS = LiveOptions(ZONE, {}, {s.name: tuple(Promise(t, t, t, PROMISES[s.name]) for t in s.feeds) for s in STATES})


def alert(id_: int, subject: str, **fields: Any) -> OpenAlert:
    place: dict[str, Any] = {"county": "A", "station": "A1", "feeder": "F1", "clock": "arrival"}
    same: dict[str, Any] = {"rule": "repair_due", "level": "red", "state": "raised", "critical": False}
    return OpenAlert(id=id_, subject=subject, **(same | place | fields))


def storm() -> Stage:
    """The city of these tests; merged anew for each module."""
    return Stage(
        units=UNITS,
        work_orders=[
            fault("red", "13:40", call_count=3),
            fault("orange", "13:50"),
            fault("yellow", "13:57", is_sensitive=True),
            fault("blue", "14:05", **A2),
            fault("plain", "14:30", **B1, outage_no="O1"),
            fault("on site", "12:00", arrived_at="12:30", **B1),
            fault("unwatched", "14:00", area_class=None, **B1),
            fault("the customer's own", "12:00", arrived_at="12:30", asset_ownership="customer"),
            fault("done", "08:00", arrived_at="08:20", restored_at="09:00", status="closed"),
            fault("done late", "10:00", arrived_at="11:00", restored_at="12:00", status="closed", **B1),
            fault(
                "yesterday", at("23:00", -1), arrived_at=at("23:10", -1), restored_at=at("23:50", -1), status="closed"
            ),
            fault("a child", "13:00", parent_order_no="red"),
            fault("cancelled", "13:00", status="cancelled"),
            complaint("again", "09:00", identity_key="b"),
            complaint("last of the window", at("00:00", -29), identity_key="b", **B1),
            complaint("only in yesterday's window", at("23:59", -30), identity_key="a", **B1),
            complaint("in no window", at("23:59", -31), identity_key="a"),
        ],
        surveys=[
            *(survey(f"s{i}", outcome="answered", is_satisfied=i > 10) for i in range(40)),
            survey("no answer", outcome="unreachable"),
        ],
        outages=[
            outage("O1", customers_out=5000, estimate_at="15:00", **B1),
            outage("O2", "13:00", customers_out=40, lon=120.5, lat=30.1),
            outage("O3", "13:10", kind="planned", **A2),
            outage("O4", "09:00", customers_out=70, restored_at="13:30"),
            outage("O5", "15:00", customers_out=99),
        ],
        outage_areas=[
            area("O1", "T1", 900, "12:00"),
            area("O1", "T2", 400, "12:00", "13:00"),
            area("O1", "T3", 200, "12:20", None),
        ],
    )


def bodies(
    seen: Observation, ledger: LedgerView | None = None, unit: str | None = None, **options: Any
) -> dict[str, Any]:
    snapshot = build(seen, ledger or LedgerView(), STATES, replace(OPTIONS, **options), unit)
    return {name: part.body for name, part in snapshot.parts.items()}


def rows(part: dict[str, Any]) -> list[dict[str, Any]]:
    columns = part["columns"]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
