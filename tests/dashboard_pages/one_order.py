"""Orders worth a second look, beside the synthetic city: late with an outage, merged, impossible, back again."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pandas as pd

from alerts.lifecycle import Event, State
from alerts.posting import Draft, Posting
from store.ledger import open_ledger
from store.ledger.answers import acknowledge
from store.ledger.commands import record
from store.ledger.queries import open_alerts
from tests.dashboard.picture import hand_settings
from tests.dashboard_pages.city import (
    NOW,
    DeskHouse,
    messages,
    raise_alerts,
    surveys,
    transition,
    units,
    work_orders,
)
from tests.dashboard_pages.facts import filled

LATE: Final = "orders:late"  # restoration 18 min over, an outage of 612 customers, its estimate passed
SOON: Final = "orders:soon"
BACK: Final = "orders:back"  # a complaint that came back
ODD: Final = "orders:odd"  # restored before it was accepted
DONE: Final = "orders:done"
THEIRS: Final = "orders:theirs"  # in the customer's own installation: nobody promised to restore it


def _ago(**delta: float) -> pd.Timestamp:
    return pd.Timestamp(NOW - timedelta(**delta))


def _order(key: str, number: str, **more: Any) -> dict[str, Any]:
    place = {"city": "LJ", "county": "C1", "station": "S1", "feeder": "F1", "area_class": "urban"}
    own = {"source": "orders", "source_key": key, "order_no": number, "category": "fault_report", "channel": "95598"}
    return {**own, **place, "status": "open", "call_count": 1, "subcategory_1": "高压故障", **more}


def orders() -> pd.DataFrame:
    """The special ones."""
    late = _order(
        "late", "3611200412", accepted_at=_ago(hours=3, minutes=46), dispatched_at=_ago(hours=3, minutes=44),
        received_at=_ago(hours=3, minutes=41), arrived_at=_ago(hours=3, minutes=18), outage_no="T20261120-031",
        call_count=9, crew="S1B1", customer_no="3300112233446021", customer_kind="residential", is_sensitive=True,
    )  # fmt: skip
    theirs = _order(
        "theirs", "3611200413", accepted_at=_ago(hours=5), arrived_at=_ago(hours=4), subcategory_1="客户内部故障",
    )  # fmt: skip
    soon = _order("soon", "3611200405", accepted_at=_ago(minutes=39), dispatched_at=_ago(minutes=37), crew="S1B1")
    children = [
        _order(f"child{i}", f"361120042{i}", accepted_at=_ago(minutes=200 - i), parent_order_no="3611200412",
               status="closed")
        for i in range(3)
    ]  # fmt: skip
    before = _order(
        "before", "3611100001", category="complaint", accepted_at=_ago(days=9), status="closed", identity_key="ann",
        replied_at=_ago(days=8), archived_at=_ago(days=7), subcategory_1="停送电投诉",
    )  # fmt: skip
    back = _order(
        "back", "3611200300", category="complaint", accepted_at=_ago(hours=5), identity_key="ann",
        contacted_at=_ago(hours=4), subcategory_1="停送电投诉",
    )  # fmt: skip
    odd = _order(
        "odd", "3611200199", accepted_at=_ago(hours=9), arrived_at=_ago(hours=8, minutes=30),
        restored_at=_ago(hours=10), archived_at=_ago(hours=7), status="closed",
    )  # fmt: skip
    done = _order(
        "done", "3611200188", accepted_at=_ago(hours=20), dispatched_at=_ago(hours=20), arrived_at=_ago(hours=19.5),
        restored_at=_ago(hours=17), archived_at=_ago(hours=15), status="closed", station="S2", feeder="F2",
    )  # fmt: skip
    return pd.DataFrame([late, theirs, soon, *children, before, back, odd, done])


def events() -> pd.DataFrame:
    told = [("urged", 87, None, None), ("urged", 42, "催促送电", None), ("supervised", 8, None, "S1")]
    rows = [
        {"order_no": "3611200412", "kind": kind, "at": _ago(minutes=ago), "reason": why, "by": by}
        for kind, ago, why, by in told
    ]
    return pd.DataFrame(rows).assign(source="orders", source_key=[f"e{i}" for i in range(len(rows))])


def outages() -> dict[str, pd.DataFrame]:
    """One outage, its switching steps, and what was said of it."""
    key = {"source": "outages", "outage_no": "T20261120-031"}
    place = {"city": "LJ", "county": "C1", "station": "S1", "feeder": "F1"}
    times = {"started_at": _ago(hours=3, minutes=50), "estimate_at": _ago(minutes=12)}
    one = {**key, **place, **times, "source_key": "o1", "kind": "fault", "customers_out": 900}
    areas = [
        {**key, "source_key": "a1", "transformer_area": "A1", "customers": 612, "off_at": _ago(hours=3, minutes=50)},
        {**key, "source_key": "a2", "transformer_area": "A2", "customers": 288, "off_at": _ago(hours=3, minutes=50),
         "on_at": _ago(hours=1)},
    ]  # fmt: skip
    said = [{**key, "source_key": "n1", "kind": "estimate_set", "at": _ago(hours=2), "estimate_at": _ago(minutes=12)}]
    return {"outages": pd.DataFrame([one]), "outage_areas": pd.DataFrame(areas), "outage_events": pd.DataFrame(said)}


def survey() -> pd.DataFrame:
    """The revisit of the order that is done."""
    row = {
        "source": "surveys", "source_key": "s-done", "survey_no": "HF900001", "order_no": "3611200188", "city": "LJ",
        "county": "C1", "station": "S2", "channel": "phone", "category": "fault_report", "asked_at": _ago(hours=14),
        "answered_at": _ago(hours=14), "outcome": "answered", "score": 2.0, "scale_min": 1.0, "scale_max": 5.0,
        "is_satisfied": False, "reason_1": "复电慢",
    }  # fmt: skip
    return pd.DataFrame([row]).astype({"is_satisfied": "boolean"})


def crew() -> pd.DataFrame:
    row = {"source": "orders", "source_key": "S1B1", "code": "S1B1", "kind": "crew", "parent": "S1"}
    return pd.DataFrame([{**row, "name_zh": "城东一班", "name_en": "Chengdong crew 1"}])


def alerts(one: DeskHouse) -> None:
    """The late order's alert: orange, acknowledged, then red and told."""
    due = NOW - timedelta(minutes=18)
    same = {"order_no": "3611200412"}
    mail = (Draft("mail", "duty@example.org", "zh", "东湖线复电紧迫", "工单 3611200412"),)
    soon = transition(LATE, "orange", "restoration", due, at=due - timedelta(minutes=18), **same)
    record(one.ledger, [Posting(soon, mail)])
    alert = next(a for a in _open(one) if a["subject"] == LATE)
    acknowledge(one.ledger, alert["id"], "张三", "配变烧毁，正在更换", due - timedelta(minutes=16), seen_version=1)
    alert = next(a for a in _open(one) if a["subject"] == LATE)
    step = {"alert_id": alert["id"], "alert_version": alert["version"], "at": due, "event": Event.RAISED}
    red = transition(LATE, "red", "restoration", due, state=State.RAISED, **same, **step)
    head = (Draft("mail", "head@example.org", "zh", "东湖线复电超时", "工单 3611200412"),)
    assert record(one.ledger, [Posting(red, head)]) == 1


def _open(one: DeskHouse) -> list[dict[str, Any]]:
    return open_alerts(one.ledger)


def house(folder: Path, n: int = 3000) -> DeskHouse:
    """The city with these orders in it."""
    plain = work_orders(n)
    tables = {
        "work_orders": pd.concat([plain, orders()], ignore_index=True),
        "surveys": pd.concat([surveys(plain), survey()], ignore_index=True),
        "units": pd.concat([units(), crew()], ignore_index=True),
        "order_events": events(),
        **outages(),
    }
    one = DeskHouse(hand_settings(folder), site_now=NOW, phones=messages)
    one.facts = filled(folder, tables, NOW)
    one.ledger = open_ledger(f"sqlite:///{folder / 'ledger.db'}")
    raise_alerts(one.ledger)
    alerts(one)
    one.tick()
    return one
