"""A city of synthetic orders for the browser pages, from one seed, in real facts and a real ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from alerts.lifecycle import Event, State
from alerts.posting import Draft, Posting
from alerts.transition import ABOUT, About, Transition
from kpis.catalogue import CATALOGUE
from store.facts.db import Facts
from store.ledger import Ledger, open_ledger
from store.ledger.commands import record
from store.ledger.queries import counts, open_alerts
from store.scope import Scope
from tests.dashboard.picture import HandHouse, hand_settings, picture
from tests.dashboard_pages.facts import filled

NOW: Final = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)  # Friday 14:32 at the site
ZONE: Final = ZoneInfo("Asia/Shanghai")
COUNTIES: Final = {
    "C1": ("江城区", "Jiangcheng District"),
    "C2": ("沙湾县", "Shawan County"),
    "C3": ("石桥县", "Shiqiao County"),
    "C4": ("临湖市", "Linhu City"),
    "C5": ("青龙土家族自治县", "Qinglong Tujia Autonomous County"),
}
_PLACES: Final = {
    "城东": "Chengdong", "城西": "Chengxi", "滨江": "Binjiang", "开发区": "Kaifaqu", "沙湾": "Shawan", "大圩": "Daxu",
    "高坪": "Gaoping", "石桥": "Shiqiao", "采石": "Caishi", "湖口": "Hukou", "北渡": "Beidu", "莲塘": "Liantang",
    "陈集": "Chenji", "柳林": "Liulin", "青龙": "Qinglong",
}  # fmt: skip
STATIONS: Final = {f"S{i}": (f"{zh}供电所", f"{en} Station") for i, (zh, en) in enumerate(_PLACES.items(), 1)}
COUNTY_OF: Final = {code: f"C{i // 3 + 1}" for i, code in enumerate(STATIONS)}
FEEDERS: Final = {f"F{i}": (f"{zh}线", f"{en} Line") for i, (zh, en) in enumerate(_PLACES.items(), 1)}
CATEGORIES: Final = ("fault_report", "complaint", "enquiry", "suggestion", "service_application", "praise")
CHANNELS: Final = ("95598", "12345", "app", "12398")


def units() -> pd.DataFrame:
    """City, counties, stations and a feeder each."""
    rows: list[tuple[str | None, ...]] = [("LJ", "city", None, "临江市", "Linjiang")]
    rows += [(c, "county", "LJ", *names) for c, names in COUNTIES.items()]
    rows += [(s, "station", COUNTY_OF[s], *names) for s, names in STATIONS.items()]
    rows += [(f, "feeder", f"S{f[1:]}", *names) for f, names in FEEDERS.items()]
    frame = pd.DataFrame(rows, columns=["code", "kind", "parent", "name_zh", "name_en"])
    return frame.assign(source="orders", source_key=frame["code"])


def work_orders(n: int, days: int = 30, seed: int = 1) -> pd.DataFrame:
    """`n` orders of the `days` before NOW; most fault reports end in time, the newest are still open."""
    chance = np.random.default_rng(seed)
    ago = np.sort(chance.uniform(0, days * 86400, n))
    accepted = pd.Series(pd.Timestamp(NOW) - pd.to_timedelta(ago.round(), unit="s"))
    station = chance.integers(0, len(STATIONS), n)
    category = chance.choice(CATEGORIES, n, p=(0.5, 0.12, 0.2, 0.06, 0.08, 0.04))
    fault = category == "fault_report"
    to_arrive = pd.to_timedelta((chance.gamma(6, 4.6, n) * (1 + 0.12 * (station % 4))).round() * 60, unit="s")
    to_restore = pd.to_timedelta((chance.gamma(4, 24, n)).round() * 60, unit="s")
    arrived = (accepted + to_arrive).where(fault & (accepted + to_arrive <= NOW))
    restored = (arrived + to_restore).where(fault & (arrived + to_restore <= NOW))
    replied = (accepted + to_restore * 6).where(~fault & (accepted + to_restore * 6 <= NOW))
    ended = restored.fillna(replied)
    codes = list(STATIONS)
    return pd.DataFrame(
        {
            "source": "orders",
            "source_key": [f"{i}" for i in range(n)],
            "order_no": [f"20261120{n - i:06d}" for i in range(n)],
            "channel": chance.choice(CHANNELS, n, p=(0.6, 0.2, 0.15, 0.05)),
            "category": category,
            "subcategory_1": np.where(fault, "high_voltage", "service"),
            "identity_key": chance.integers(0, max(2, n // 2), n).astype(str),
            "city": "LJ",
            "county": [COUNTY_OF[codes[s]] for s in station],
            "station": [codes[s] for s in station],
            "feeder": [f"F{s + 1}" for s in station],
            "area_class": np.where(station % 3 == 0, "urban", "rural"),
            "accepted_at": accepted,
            "dispatched_at": (accepted + pd.Timedelta("2min")).where(accepted + pd.Timedelta("2min") <= NOW),
            "received_at": (accepted + pd.Timedelta("4min")).where(accepted + pd.Timedelta("4min") <= NOW),
            "arrived_at": arrived,
            "restored_at": restored,
            "replied_at": replied,
            "archived_at": (ended + pd.Timedelta("3h")).where(ended + pd.Timedelta("3h") <= NOW),
            "status": np.where(ended.notna(), "closed", "open"),
            "call_count": chance.geometric(0.8, n),
        }
    )


def surveys(orders: pd.DataFrame, seed: int = 2) -> pd.DataFrame:
    """A revisit for every fourth order that has ended; most are satisfied."""
    chance = np.random.default_rng(seed)
    done = orders[orders["status"] == "closed"].iloc[::4]
    n = len(done)
    outcome = chance.choice(["answered", "unreachable", "refused"], n, p=(0.7, 0.25, 0.05))
    satisfied = pd.Series(chance.random(n) < 0.96, dtype="boolean").where(outcome == "answered")
    asked = done["accepted_at"].reset_index(drop=True) + pd.Timedelta("6h")
    asked = asked.where(asked <= NOW, pd.Timestamp(NOW))
    return pd.DataFrame(
        {
            "source": "surveys",
            "source_key": [f"{i}" for i in range(n)],
            "survey_no": [f"HF{i:06d}" for i in range(n)],
            "order_no": done["order_no"].to_numpy(),
            "city": "LJ",
            "county": done["county"].to_numpy(),
            "station": done["station"].to_numpy(),
            "channel": "phone",
            "category": done["category"].to_numpy(),
            "asked_at": asked,
            "answered_at": asked.where(outcome == "answered"),
            "outcome": outcome,
            "score": np.where(outcome == "answered", 5.0, np.nan),
            "scale_min": 1.0,
            "scale_max": 5.0,
            "is_satisfied": satisfied,
        }
    )


def transition(subject: str, level: str, clock: str | None, due: datetime, **more: Any) -> Transition:
    """A raise of the rule repair_due at NOW; `more` replaces any field."""
    fields: dict[str, Any] = {
        "rule": "repair_due", "rule_version": 1, "subject": subject, "event": Event.RAISED, "state": State.RAISED,
        "level": level, "rung": {"orange": 1, "red": 2}[level], "at": NOW - timedelta(minutes=5),
        "reason": f"{clock}_{level}", "source": "orders", "category": "fault_report",
        "order_no": subject, "county": "C1", "station": "S1", "feeder": "F1", "clock": clock,
        "start_at": due - timedelta(hours=3), "due_at": due,
    }  # fmt: skip
    fields |= more
    about = About(**{name: fields.pop(name) for name in ABOUT if name in fields})
    return Transition(about=about, **fields)


def raise_alerts(ledger: Ledger) -> None:
    """One past its limit, one close to it, one silent source; the first was told by mail."""
    told = (Draft("mail", "duty@example.org", "zh", "东湖线复电超时", "工单 1001"),)
    late = transition("1001", "red", "restoration", NOW - timedelta(minutes=18))
    soon = transition("1002", "orange", "arrival", NOW + timedelta(minutes=6), station="S5", county="C2", feeder="F5")
    silent = transition(
        "outages", "orange", "stale", NOW, rule="source_stale", reason="stale", order_no=None, county=None,
        station=None, feeder=None, due_at=None, start_at=NOW - timedelta(minutes=9), source="outages", category="watch",
    )  # fmt: skip
    record(ledger, [Posting(late, told), Posting(soon, quiet="no route names anybody"), Posting(silent, told)])


def grow_red(ledger: Ledger, alert_id: int) -> None:
    """The clock of an open orange alert runs out, as the judge finds it."""
    alert = next(a for a in open_alerts(ledger) if a["id"] == alert_id)
    same = {name: alert[name] for name in ("county", "station", "feeder", "order_no")}
    step = {"alert_id": alert_id, "alert_version": alert["version"], "at": NOW}
    red = transition(alert["subject"], "red", alert["clock"], alert["due_at"], **same, **step)
    assert record(ledger, [Posting(red, quiet="no route names anybody")]) == 1


@dataclass
class DeskHouse(HandHouse):
    """The hand house with rooms: orders in facts, alerts in a ledger, phones."""

    catalogue: Mapping[str, Any] = field(default_factory=lambda: CATALOGUE)
    facts: Any = None
    read_by: list[Scope] = field(default_factory=list)

    def reader(self, scope: Scope) -> Any:
        self.read_by.append(scope)
        return self.facts.read(scope)

    def close(self) -> None:
        self.facts.close()
        self.ledger.close()

    def tick(self) -> None:
        """What the node's tick does for the pages: the ledger's counts reach the snapshot."""
        log = picture()["alerts"].body["log"]
        self.show(alerts={**counts(self.ledger), "log": log})


def messages(limit: int) -> list[dict[str, Any]]:
    """What the demonstration's receivers got."""
    found = [
        {
            "received_at": NOW - timedelta(minutes=i * 3),
            "way": "mail" if i % 2 == 0 else "webhook",
            "recipient": "duty@example.org" if i % 2 == 0 else "",
            "subject": f"【临江供电服务】红色：工单{1001 + i}复电超时{18 - i}分",
            "body": "事项：抢修时限\n地点：城东供电所\n处置：联系班组",
            "key": f"k{i}",
        }
        for i in range(6)
    ]
    return found[:limit]


def facts(folder: Path, n: int) -> Facts:
    """The facts of `n` orders, their surveys and the units."""
    orders = work_orders(n)
    return filled(folder, {"work_orders": orders, "surveys": surveys(orders), "units": units()}, NOW)


def house(folder: Path, n: int = 3000, alerts: bool = True, known: Facts | None = None) -> DeskHouse:
    """A house with `n` orders, six messages and, where wanted, three open alerts. `known`: facts to take instead."""
    one = DeskHouse(hand_settings(folder), site_now=NOW, phones=messages)
    one.facts = known or facts(folder, n)
    one.ledger = open_ledger(f"sqlite:///{folder / 'ledger.db'}")
    if alerts:
        raise_alerts(one.ledger)
    one.tick()
    return one
