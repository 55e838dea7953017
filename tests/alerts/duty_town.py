"""A small utility for the tests of duty: two stations of one county, their people, and transitions about them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd

from alerts.duty import Duty
from alerts.duty_file import parse
from alerts.lifecycle import Event, State
from alerts.load import load
from alerts.messages import Reader
from alerts.people import Directory
from alerts.quiet import Quieting
from alerts.routing import OnDuty
from alerts.transition import About, Transition
from i18n import translator
from settings import Route

NOW: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday, 09:00 in Shanghai
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
RULES: Final = load(None)
CHANNELS: Final = ("mail", "sms", "hook")
UNITS: Final = pd.DataFrame(
    [
        ("X", "city", None),
        ("C1", "county", "X"),
        ("S1", "station", "C1"),
        ("S2", "station", "C1"),
        ("S1B1", "crew", "S1"),
        ("S1B2", "crew", "S1"),
        ("S1W1", "grid", "S1"),
        ("T1", "transformer_area", "S1W1"),
    ],
    columns=["code", "kind", "parent"],
)
PEOPLE: Final = pd.DataFrame(
    [
        ("P1", "crew", "S1B1"),
        ("P2", "crew", "S1B2"),
        ("P3", "area_manager", "S1W1"),
        ("P4", "patch_manager", "S1W1"),
        ("P5", "station_head", "S1"),
        ("P6", "county_duty", "C1"),
        ("P7", "county_duty", "C1"),
        ("P8", "city_duty", "X"),
    ],
    columns=["person_code", "role", "unit"],
).assign(
    name=lambda t: "姓名" + t["person_code"],
    phone=lambda t: "1380000" + t["person_code"],
    email=lambda t: t["person_code"].str.lower() + "@x.example",
    language="zh",
)
PLACE: Final = About(
    source="orders", order_no="G1", category="fault_report", city="X", county="C1", station="S1", feeder="F1",
    transformer_area="T1", crew="S1B1", clock="arrival", start_at=NOW - timedelta(minutes=40),
    due_at=NOW + timedelta(minutes=5),
)  # fmt: skip
POLICY: Final = """
[policies.repair]
steps = [
    { after_min = 0, to = ["crew"], repeat_min = 10 },
    { after_min = 15, to = ["station_head"] },
    { after_min = 30, to = ["county_duty"] },
    { after_min = 60, to = ["city_leader"] },
    { after_min = 120, supervise = true, deadline_h = 24 },
]
"""
NAMES: Final = {"C1": "东湖县", "S1": "城关供电所", "F1": "10kV柳河线", "S1B1": "城关一班", "T1": "柳河1号台区"}


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def weekday(day: date) -> bool:
    return day.weekday() < 5


def duty(text: str = POLICY, channels: Sequence[str] = CHANNELS) -> Duty:
    return parse(text, "duty.toml", dict.fromkeys(channels, "apprise"))


def site(own: Duty | None = None, *routes: Route, overrides: Sequence[Mapping[str, Any]] = ()) -> OnDuty:
    own = own or duty()
    directory = Directory.of(PEOPLE, UNITS, own.people)
    return OnDuty(own, directory, routes, lambda _: "zh", SHANGHAI, weekday, "zh", overrides)


def reader(language: str = "zh") -> Reader:
    name = {"en": "Lightkeeper", "zh": "守灯人"}[language]
    return Reader(translator(language), SHANGHAI, name, lambda code: NAMES.get(code, code))


READERS: Final = {"zh": reader("zh"), "en": reader("en")}
NOTHING_QUIET: Final = Quieting()


def transition(event: Event = Event.RAISED, level: str = "orange", **other: Any) -> Transition:
    """A transition of order G1's arrival clock at NOW."""
    state = State.CLEARED if event is Event.CLEARED else State.RAISED
    given: dict[str, Any] = {
        "rule": "repair_due", "rule_version": 2, "subject": "orders:1", "event": event, "state": state, "level": level,
        "at": NOW, "reason": "arrival", "about": PLACE, "rung": {"orange": 1, "red": 2}[level],
    }  # fmt: skip
    return Transition(**(given | other))


def alert(number: int = 7, **other: Any) -> dict[str, Any]:
    """The ledger's row of a raised alert about order G1."""
    about = {name: getattr(PLACE, name) for name in PLACE.__dataclass_fields__}
    row = {
        "id": number, "rule": "repair_due", "subject": "orders:1", "state": "raised", "level": "orange", "rung": 1,
        "critical": False, "passed": {"arrival": 1}, "version": 3, "raised_at": NOW, "woken_at": NOW,
        "policy": "repair", "step": 0, "next_step_at": at(10),
    }  # fmt: skip
    return {**about, **row, **other}


def silence(number: int = 3, start: float = -10, end: float = 60, **matches: list[str]) -> dict[str, Any]:
    """A silence by Li from `start` to `end` minutes after NOW."""
    return {
        "id": number, "kind": "silence", "matches": matches, "starts_at": at(start), "ends_at": at(end), "by": "Li",
        "reason": "drill",
    }  # fmt: skip
