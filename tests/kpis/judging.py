"""Puts hand-judged rows before the definitions: all of them in one set of facts, as they are in life."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, Protocol

from kpis.catalogue import CATALOGUE
from kpis.derive import Rules, derivers
from kpis.limits import Limit
from kpis.limits_file import load
from store.facts.exempt import mirror
from tests.kpis.stage import CALENDAR, Row, Stage, at, complaint, fault, merged

OUT, GOOD, BAD = None, True, False
Verdict = bool | None
Cases = Sequence[tuple[Row, Verdict]]
# The column that says for which definition a row was made: a dimension that no definition looks at.
MARK: Final = {"work_orders": "cause_2", "outages": "cause_2", "surveys": "channel"}
_MINUTE: Final = 60_000_000


def _limit(clock: str, line: str, minutes: int, **where: str) -> Limit:
    conditions = tuple(sorted((name, frozenset([value])) for name, value in where.items()))
    return Limit(clock, line, "elapsed", minutes * _MINUTE, conditions, date(2020, 1, 1), "of these tests")


# Limits that sites set themselves, beside the shipped ones.
LIMITS: Final = (
    *load(),
    _limit("arrival", "internal", 30, category="fault_report"),
    _limit("restoration", "internal", 120, category="fault_report"),
    _limit("reply", "internal", 60, category="fault_report"),
    _limit("scheme", "promise", 48 * 60, category="service_application", subcategory_1="connection"),
    _limit("install", "promise", 24 * 60, category="service_application", subcategory_1="connection"),
)


def connection(key: str, accepted: Any, **fields: Any) -> Row:
    """A new residential connection: scheme in 48 h, power 24 h after inspection, all of it in 5 working days."""
    kind: Row = {"category": "service_application", "subcategory_1": "connection", "customer_kind": "residential"}
    return complaint(key, accepted, **{**kind, **fields})


def demand(category: str, key: str, accepted: Any, **fields: Any) -> Row:
    return complaint(key, accepted, **{"category": category, **fields})


def exempt(clock: str, row: Row) -> Row:
    """`row`, with an approved exemption of `clock`."""
    return {**row, "exempt": clock}


def course(row: Row, *events: tuple[str, Any]) -> Row:
    """`row`, to whose order these events (kind, moment) happened."""
    return {**row, "events": events}


def fault_ended(key: str, **fields: Any) -> Row:
    """A fault report of 08:00 with all its stages."""
    times = {"dispatched_at": "08:02", "received_at": "08:05", "arrived_at": "08:20", "restored_at": "09:00"}
    return fault(key, **{**times, "status": "closed", **fields})


class Beside(Protocol):
    """Rows of no definition that those of some speak of: orders (number, fields, event) and revisits."""

    @property
    def ORDERS(self) -> Sequence[tuple[str, Mapping[str, Any], tuple[str, Any] | None]]: ...
    @property
    def AGAIN(self) -> Sequence[Row]: ...


def judged_together(cases: Mapping[str, Cases], others: Beside | None = None) -> Stage:
    """All rows in one set of facts; those of a definition carry its key in the column MARK."""
    tables: dict[str, list[Row]] = {"work_orders": [], "outages": [], "surveys": []}
    events: list[Row] = []
    exemptions: set[tuple[str, str, str]] = set()
    for key, rows in cases.items():
        table = CATALOGUE[key].table
        assert len({row["source_key"] for row, _ in rows}) == len(rows) > 0, key
        for row, _ in rows:
            name = named(key, row)
            for kind, moment in row.get("events", ()):
                events.append(_event(name, len(events), kind, moment))
            if "exempt" in row:
                exemptions.add(("city", name, row["exempt"]))
            plain = {c: v for c, v in row.items() if c not in ("events", "exempt")}
            own_number = ("source_key", "order_no") if table == "work_orders" else ("source_key",)
            numbers: Row = {c: name for c in own_number if c in plain}
            tables[table].append({**plain, **numbers, MARK[table]: key})
    if others is not None:
        tables["surveys"] += others.AGAIN
        for number, fields, event in others.ORDERS:
            tables["work_orders"].append(complaint(number, at("08:00", -9), **fields))
            events += [_event(number, len(events), *event)] if event else []
    stage, derive = Stage(), derivers(Rules(LIMITS, CALENDAR))
    for into, mine in {"order_events": events, **tables}.items():
        merged(stage.facts, into, mine, derive)
    mirror(stage.facts, exemptions, derive)
    return stage


def named(key: str, row: Row) -> str:
    return f"{key}: {row['source_key']}"


def _event(order: str, number: int, kind: str, moment: Any) -> Row:
    return {"source": "city", "source_key": str(number), "order_no": order, "kind": kind, "at": moment}
