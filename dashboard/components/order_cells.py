"""Rows of the list as cells in the reader's words. A cell is {text, tail, strong, fill}: plain data for the grid."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa

from dashboard.components import format as say
from dashboard.components import marks, terms
from dashboard.components.units import Units
from dashboard.components.view import View
from kpis.repeats import COMPLAINT_REPEAT

REPEATED: Final = timedelta(days=COMPLAINT_REPEAT.window_days or 30)
Row = Mapping[Any, Any]
Cell = dict[str, Any]


@dataclass(frozen=True)
class Desk:
    """What turning rows into cells needs beside the rows."""

    view: View
    units: Units
    zone: ZoneInfo
    now: datetime
    unanswered: frozenset[str] = frozenset()  # order numbers with an alert nobody acknowledged


def _cell(text: str = "", tail: str = "", strong: bool = False, fill: bool = False) -> Cell:
    return {"text": text, "tail": tail, "strong": strong, "fill": fill}


def cells(desk: Desk, table: str, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a page, each with its key as `id`: what the address calls an opened order."""
    one: Callable[[Desk, Row], dict[str, Any]] = order if table == "work_orders" else survey
    plain = pa.Table.from_pandas(rows, preserve_index=False).to_pylist()  # missing is None in every column
    return [{"id": f"{r['source']}:{r['source_key']}", **one(desk, r)} for r in plain]


def order(desk: Desk, row: Row) -> dict[str, Any]:
    """One work order."""
    t = desk.view.t
    return {
        "level": _level(desk, row),
        "order_no": row["order_no"] or row["source_key"],
        "accepted_at": _moment(desk, row["accepted_at"]),
        **_place(desk, row),
        "category": terms.category(t, row["category"]),
        "channel": terms.channel(t, row["channel"]),
        "stage": stage(desk, row),
        "arrival": _used(desk, row, row["accepted_at"], row["arrived_at"], row["arrival_due_at"]),
        "restoration": _restoration(desk, row),
        "due_at": _left(desk, row),
        "call_count": None if row["call_count"] is None else int(row["call_count"]),
        "outcome": outcome(desk, row),
    }


def survey(desk: Desk, row: Row) -> dict[str, Any]:
    """One revisit."""
    t = desk.view.t
    satisfied = row["is_satisfied"]
    return {
        "survey_no": row["survey_no"] or row["source_key"],
        "order_no": row["order_no"],
        "asked_at": _moment(desk, row["asked_at"]),
        "answered_at": _moment(desk, row["answered_at"]),
        **_place(desk, row),
        "category": terms.category(t, row["category"]),
        "channel": terms.channel(t, row["channel"]),
        "outcome": terms.answer(t, row["outcome"]),
        "score": None if row["score"] is None else f"{row['score']:g}",
        "satisfied": _cell(t("yes") if satisfied else t("no"), strong=not satisfied) if satisfied is not None else None,
    }


def _place(desk: Desk, row: Row) -> dict[str, Any]:
    county, station = desk.units.brief(row["county"]), desk.units.brief(row["station"])
    return {"county": county, "station": station, "feeder": desk.units.name(row.get("feeder"))}


def _moment(desk: Desk, at: datetime | None) -> str:
    return say.moment(at, desk.now, desk.zone, desk.view.language) if at else ""


def _length(desk: Desk, length: timedelta) -> str:
    return say.duration(length, desk.view.language)


def _come(desk: Desk, at: datetime | None) -> datetime | None:
    """`at` if it has come by now: a source may write a time ahead."""
    return at if at is not None and at <= desk.now else None


def running(desk: Desk, row: Row) -> tuple[datetime, datetime] | None:
    """Start and end of the clock that runs now."""
    due = row["due_at"]
    start = _come(desk, row["arrived_at"]) or row["accepted_at"]
    return (start, due) if due is not None and start is not None else None


def _level(desk: Desk, row: Row) -> str | None:
    clock = running(desk, row)
    if clock is None:
        return None
    start, due = clock
    length = due - start
    used = (desk.now - start) / length if length > timedelta() else (2.0 if desk.now > due else 1.0)
    return marks.level_of(used)


def _ended(desk: Desk, row: Row) -> datetime | None:
    return _come(desk, row["ended_at"]) or (desk.now if row["is_open"] else None)


def _used(desk: Desk, row: Row, start: datetime | None, met: datetime | None, due: datetime | None) -> Cell:
    """Time used of a limit. Strong while it runs or when it was too long."""
    if start is None or due is None:
        return _cell()
    met = _come(desk, met)
    end = met or _ended(desk, row)
    limit = f"/ {_length(desk, due - start)}"
    if end is None:
        return _cell(say.NONE, limit)
    return _cell(_length(desk, end - start), limit, strong=end > due or (met is None and bool(row["is_open"])))


def _restoration(desk: Desk, row: Row) -> Cell:
    arrived = _come(desk, row["arrived_at"])
    if arrived is None:
        waits = row["is_open"] and row["arrival_due_at"] is not None
        return _cell(tail=desk.view.t("not started") if waits else "")
    return _used(desk, row, arrived, row["restored_at"], row["restoration_due_at"])


def _left(desk: Desk, row: Row) -> Cell:
    """Time left of the running clock, or by how much the order was late."""
    t = desk.view.t
    if row["due_at"] is not None:
        left = row["due_at"] - desk.now
        if left >= timedelta():
            return _cell(_length(desk, left), strong=True)
        return _cell(t("{time} over").format(time=_length(desk, left)), strong=True, fill=_unanswered(desk, row))
    late = max((by for by in _lateness(desk, row) if by > timedelta()), default=None)
    return _cell(t("{time} over").format(time=_length(desk, late))) if late is not None else _cell()


def _unanswered(desk: Desk, row: Row) -> bool:
    return row["order_no"] in desk.unanswered


def _lateness(desk: Desk, row: Row) -> list[timedelta]:
    """By how much each clock of an order that has ended passed its limit."""
    arrived, ended = _come(desk, row["arrived_at"]), _come(desk, row["ended_at"])
    pairs = ((arrived or ended, row["arrival_due_at"]), (ended, row["restoration_due_at"] if arrived else None))
    return [end - due for end, due in pairs if end is not None and due is not None]


def stage(desk: Desk, row: Row) -> str:
    """How far the order has come."""
    t = desk.view.t
    if row["parent_order_no"]:
        return t("merged")
    if row["status"] == "cancelled":
        return t("cancelled")
    steps = (
        ("archived_at", t("archived")),
        ("restored_at", t("restored")),
        ("replied_at", t("replied")),
        ("arrived_at", t("on site")),
        ("contacted_at", t("contacted")),
        ("received_at", t("on the way")),
        ("dispatched_at", t("dispatched")),
    )
    if not row["is_open"] and not any(_come(desk, row[name]) for name, _ in steps[:3]):
        return t("closed")
    return next((word for name, word in steps if _come(desk, row[name])), t("accepted"))


def outcome(desk: Desk, row: Row) -> str:
    """How the order ended, in one word; empty while it is open."""
    t = desk.view.t
    words = []
    if row["category"] == "complaint" and row["previous_complaint_at"] is not None:
        if row["previous_complaint_at"] >= row["accepted_at"] - REPEATED:
            words.append(t("repeated"))
    elif not row["is_open"] and not row["parent_order_no"] and row["status"] != "cancelled":
        late = _lateness(desk, row)
        if late:
            words.append(t("late") if max(late) > timedelta() else t("on time"))
    return "".join(words)
