"""The back-test says what the live judge would have recorded: the same histories, replayed through judge and ledger."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
import pytest

from alerts import backtest, kinds
from alerts.backtest import Period
from alerts.changed import changed, said
from alerts.lifecycle import Event
from alerts.rules import Rule
from alerts.seen import World, moment
from store.ledger import Ledger, queries
from store.ledger.ledger import open_ledger
from tests.alerts.city import NOW, REPAIR, RULES, SHANGHAI, Desk, minute, repair

HOURS: Final = 8
UNTIL: Final = minute(60 * HOURS)
DAY: Final = Period(NOW, UNTIL, SHANGHAI)
TIMES: Final = ("start_at", "due_at", "begin_at", "end_at")
Told = set[tuple[str, str, int, datetime]]


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with_none = open_ledger("sqlite:///:memory:")
    yield with_none
    with_none.close()


def history(*rows: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows))
    frame = frame.assign(subject=frame["source"] + ":" + frame["source_key"])
    times = {
        name: pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]") for name in TIMES if name in frame
    }
    return frame.assign(**times)


def span(key: str, begin: float, end: float | None, **other: Any) -> dict[str, Any]:
    """A clock that ran from minute `begin` to before `end` (None: still)."""
    row = repair(key, start=begin) | {"begin_at": minute(begin), "end_at": None if end is None else minute(end)}
    return row | other


def drawn(seed: int, n: int = 10) -> pd.DataFrame:
    """Orders with an arrival and a restoration clock, some reopened: every case in which alerts meet."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        begin = int(rng.integers(0, 180))
        arrived = begin + int(rng.integers(20, 150))
        due = minute(begin + 45)
        rows.append(span(f"{i}", begin, arrived, due_at=due))
        restored = arrived + int(rng.integers(10, 200))
        limit = minute(arrived + int(rng.integers(30, 90)))
        rest = {"clock": "restoration", "due_at": limit}
        rows.append(span(f"{i}", arrived, restored if rng.random() < 0.8 else None, **rest))
        if rows[-1]["end_at"] and rng.random() < 0.5:
            again = restored + int(rng.integers(1, 90))
            rows.append(span(f"{i}", again, again + 40, **rest) | {"start_at": minute(arrived)})
    return history(*rows)


def live(rule: Rule, frame: pd.DataFrame, ledger: Ledger, name: str = "clocks") -> Told:
    """What the judge records of `frame`: looked at as rows change and at every instant it knows."""
    desk, found = Desk(ledger, rule), set()
    changes = {at.to_pydatetime() for name_ in ("begin_at", "end_at") for at in frame[name_].dropna()}
    ticks = sorted({*(at for at in changes if at <= UNTIL), *(minute(m) for m in range(0, 60 * HOURS, 60)), UNTIL})
    for tick, following in pairwise([*ticks, UNTIL + timedelta(seconds=1)]):
        at: datetime | None = tick
        while at is not None and at < following and at <= UNTIL:
            stands = (frame["begin_at"] <= at) & (frame["end_at"].isna() | (frame["end_at"] > at))
            seen = World(at, {name: frame[stands].drop(columns=["begin_at", "end_at"])})
            found |= {
                (t.subject, t.about.clock or "", t.rung, t.at)
                for t in desk.look(seen)
                if t.event in (Event.RAISED, Event.REOPENED)
            }
            looked = kinds.look(rule, seen)
            at = looked.next_at if looked else None
    return found


def past(rule: Rule, frame: pd.DataFrame, name: str = "clocks") -> Told:
    rows = backtest.spans(rule, {name: frame}, UNTIL)
    raises = backtest.replay(rule, rows, UNTIL).raises
    of = rows.iloc[raises["row"]]
    return {
        (subject, clock, rung, moment(at) or UNTIL)
        for subject, clock, rung, at in zip(of["subject"], of["clock"], raises["rung"], raises["at"], strict=True)
    }


@pytest.mark.parametrize("seed", [1])
def test_clocks_are_told_as_the_live_judge_told_them(seed: int, ledger: Ledger) -> None:
    frame = drawn(seed)
    recorded = live(REPAIR, frame, ledger)
    assert past(REPAIR, frame) == recorded
    assert {rung for _, _, rung, _ in recorded} == {1, 2, 3, 4}
    alerts = queries.alerts(ledger, "all")
    found = backtest.replay(REPAIR, backtest.spans(REPAIR, {"clocks": frame}, UNTIL), UNTIL)
    assert len(found.alerts["alert"].unique()) == len(alerts)
    assert sum(a["reopened"] for a in alerts) == len(found.alerts) - len(alerts) > 0


def outage(no: str, begin: int, end: int | None, **other: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"source": "outages", "outage_no": no, "source_key": no, "kind": "fault", "county": "C1"}
    row |= {"station": "S1", "started_at": minute(begin), "estimate_at": minute(begin + 60), "customers_now": 9}
    row |= {"restored_at": None, "sensitive_out": 0, "important_out": 0, "critical": False}
    row |= dict.fromkeys(("planned_start_at", "planned_end_at", "announced_at"))
    return row | {"begin_at": minute(begin), "end_at": None if end is None else minute(end)} | other


@pytest.mark.parametrize("key", ["estimate_expired", "sensitive_out"])
def test_outages_are_told_as_the_live_judge_told_them(key: str, ledger: Ledger) -> None:
    rng = np.random.default_rng(7)
    rows = [
        outage(f"T{i}", b, b + int(rng.integers(5, 200)), sensitive_out=i % 3)
        for i, b in enumerate(rng.integers(0, 240, 12).tolist())
    ]
    frame = history(*rows)
    times = [name for name in map(str, frame) if name.endswith("_at")]
    frame = frame.assign(**{t: pd.to_datetime(frame[t], utc=True).astype("datetime64[us, UTC]") for t in times})
    recorded = live(RULES[key], frame.drop(columns="subject"), ledger, "outages")
    assert past(RULES[key], frame.drop(columns="subject"), "outages") == recorded
    assert len(recorded) > 5


def test_calls_are_told_as_the_live_judge_told_them(ledger: Ledger) -> None:
    counts = [(1, 0, 20), (2, 20, 50), (3, 50, 90), (4, 90, 95), (5, 95, 130), (3, 400, None)]
    rows = [
        {"source": "orders", "source_key": "1", "order_no": "G1", "category": "complaint", "county": "C1",
         "station": "S1",
         "accepted_at": minute(0), "channel": "95598", "grade": None, "is_leapfrog": None, "call_count": n,
         "critical": False, "begin_at": minute(begin), "end_at": None if end is None else minute(end)}
        for n, begin, end in counts
    ]  # fmt: skip
    frame = history(*rows).drop(columns="subject")
    recorded = live(RULES["third_call"], frame, ledger, "calls")
    assert past(RULES["third_call"], frame, "calls") == recorded
    told = sorted((rung, at) for _, _, rung, at in recorded)
    assert told == [(1, minute(50)), (1, minute(400)), (2, minute(95))]


def numbers(rule: Rule, frame: pd.DataFrame, period: Period = DAY) -> dict[str, Any]:
    rows = backtest.spans(rule, {"clocks": frame}, period.end)
    found = backtest.replay(rule, rows, period.end)
    real = backtest.overruns(rows, found, period, 10)
    told = backtest.summary(rule, rows, found, period)
    return told | {"overruns": backtest.said_of(real), "kept": backtest.kept(rows, found, period)}


def test_numbers_of_a_day() -> None:
    frame = history(
        span("1", 0, 50),  # orange at 40.5, red at 45
        span("2", 0, 44),  # orange, and kept
        span("3", 0, 30),  # nothing
        span("4", 60, None, station="S2", due_at=minute(160)),  # orange at 150, red at 160, once more at 210 and 260
    )
    told = numbers(REPAIR, frame)
    assert told["by_level"] == {"orange": 3, "red": 4}
    assert told["raises"] == 7
    assert (told["alerts"], told["most_at_once"]) == (3, 2)
    assert told["hours"] == round((9.5 + 3.5 + (480 - 150)) / 60, 2)
    assert told["by_day"] == [{"day": "2026-03-02", "orange": 3, "red": 4}]
    assert told["units"] == [
        {"county": "C1", "station": "S2", "raises": 4, "alerts": 1, "hours": 5.5},
        {"county": "C1", "station": "S1", "raises": 3, "alerts": 2, "hours": 0.22},
    ]
    assert told["kept"] == 1
    assert told["overruns"] == {
        "n": 2, "warned": 1, "late": 1, "missed": 0, "share_late_percent": 50.0, "median_min": 7.2,
    }  # fmt: skip


def test_another_limit_warns_earlier_and_says_what_it_would_miss() -> None:
    frame = history(span("1", 0, 50), span("2", 0, 47))
    earlier = numbers(changed(REPAIR, ["from_percent=60@orange"]), frame)["overruns"]
    assert (earlier["warned"], earlier["median_min"]) == (2, 18.0)
    later = Rule(**{**vars(REPAIR), "levels": REPAIR.levels[2:3]})  # only past one and a half times the limit
    assert numbers(later, frame)["overruns"]["missed"] == 2


def test_raises_before_the_period_are_no_raises_and_standing_ones_count_their_hours() -> None:
    later = Period(minute(60), minute(120), SHANGHAI)
    told = numbers(REPAIR, history(span("1", 0, 90, due_at=minute(45))), later)
    assert told["by_level"] == {
        "orange": 0,
        "red": 1,
    }  # one and a half at 67.5; it ended at 90, which is not past twice
    assert (told["alerts"], told["hours"]) == (1, 0.5)


def test_nothing_in_the_past_is_nothing() -> None:
    told = numbers(REPAIR, history(span("1", 0, 10)))
    assert (told["raises"], told["alerts"], told["hours"], told["most_at_once"]) == (0, 0, 0.0, 0)
    assert told["overruns"]["share_late_percent"] is None
    assert told["by_day"] == [{"day": "2026-03-02", "orange": 0, "red": 0}]


@pytest.mark.parametrize("key", ["source_stale", "source_suspicious", "tick_late", "hotspot", "wide_rise"])
def test_what_has_no_past_is_refused_with_the_reason(key: str) -> None:
    with pytest.raises(ValueError, match=f"rule {key}: a .* can not be back-tested: .{{20,}}"):
        backtest.spans(RULES[key], {}, NOW)


def test_changes_are_those_that_were_asked_for() -> None:
    rule = changed(REPAIR, ["over_percent=120@red", "from_percent=95@orange"])
    assert [said(limit) for limit in rule.levels] == [
        "orange from_percent 95", "red over_percent 120", "red over_percent 150", "red over_percent 200",
    ]  # fmt: skip
    assert said(changed(REPAIR, ["over_percent=80@orange"]).levels[0]) == "orange over_percent 80"
    assert said(changed(REPAIR, ["over_percent=160@red2"]).levels[2]) == "red over_percent 160"
    assert changed(RULES["arrival_below_target"], ["least_n=50", "hold_s=0"]).on["least_n"] == 50


@pytest.mark.parametrize(
    ("change", "cure"),
    [
        pytest.param("over_percent", "write NAME=NUMBER@LEVEL", id="no number"),
        pytest.param("over_percent=80", "of which level", id="no level"),
        pytest.param("over_percent=80@red4", "has 3 rungs of red", id="no such rung"),
        pytest.param("after_min=5@red", "means nothing here", id="not its measure"),
        pytest.param("over_percent=80@red", "does not start after", id="red before orange"),
        pytest.param("least=5", "unknown least", id="no such option"),
    ],
)
def test_a_change_that_makes_no_rule_is_refused(change: str, cure: str) -> None:
    with pytest.raises(ValueError, match=cure):
        changed(REPAIR, [change])
