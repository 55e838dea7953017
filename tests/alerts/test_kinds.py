"""What each kind of rule sees of its subjects."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.kinds import LOOK, look
from alerts.lifecycle import Event, State
from alerts.rules import KINDS, Limit, Rule
from alerts.seen import instants, micros
from alerts.transition import Transition
from tests.alerts.city import NOW, REPAIR, RULES, frame, judged, minute, opened, repair, world


def rungs(found: list[Transition]) -> dict[str, tuple[int, str | None]]:
    return {t.subject: (t.rung, t.about.clock) for t in found}


def order(key: str = "1", **other: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "source": "orders",
        "source_key": key,
        "order_no": f"G{key}",
        "category": "complaint",
        "county": "C1",
    }
    row |= {"station": "S1", "channel": "95598", "grade": "general", "is_leapfrog": None, "call_count": 1}
    return row | {"accepted_at": minute(-60)} | other


def outage(no: str = "T1", **other: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"source": "outages", "outage_no": no, "kind": "fault", "county": "C1", "station": "S1"}
    times = ("started_at", "restored_at", "estimate_at", "planned_start_at", "planned_end_at", "announced_at")
    row |= dict.fromkeys(times) | {"sensitive_out": 0, "important_out": 0, "customers_now": 49, "critical": False}
    return row | {"started_at": minute(-60)} | other


def outages(*rows: dict[str, Any]) -> pd.DataFrame:
    times = [name for name in rows[0] if name.endswith("_at")]
    return pd.DataFrame(list(rows)).assign(**{t: pd.to_datetime([r[t] for r in rows], utc=True) for t in times})


def test_every_kind_of_rule_is_looked_at() -> None:
    assert set(LOOK) == set(KINDS)
    assert {rule.watches for rule in RULES.values()} == set(KINDS), "each kind has a shipped rule"


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.key)
def test_what_nobody_supplies_neither_raises_nor_clears(rule: Rule) -> None:
    assert look(rule, world(NOW)) is None


@pytest.mark.parametrize(
    ("at", "rung"),
    [
        pytest.param(45, 1, id="at the limit: the first"),
        pytest.param(45.1, 2, id="past it"),
        pytest.param(67.6, 3, id="past one and a half of it"),
        pytest.param(90.1, 4, id="past twice"),
    ],
)
def test_multiples_of_a_limit_are_rungs_of_their_own(at: float, rung: int) -> None:
    (t,) = judged(REPAIR, world(minute(at), clocks=frame(repair())))
    assert (t.rung, t.passed) == (rung, {"arrival": rung})


def test_a_further_rung_wakes_who_acknowledged_the_one_before() -> None:
    (red,) = judged(REPAIR, world(minute(50), clocks=frame(repair())))
    taken = opened(red) | {"state": State.ACKNOWLEDGED}
    (t,) = judged(REPAIR, world(minute(68), clocks=frame(repair())), [taken])
    assert (t.event, t.state, t.level, t.rung) == (Event.RAISED, State.RAISED, "red", 3)


def test_two_clocks_none_hides_the_other() -> None:
    rule = RULES["demand_due"]
    rows = [
        repair(clock="contact", start=-2000, due=-560, category="complaint"),
        repair(clock="answer", start=-2000, due=60, category="complaint"),
    ]
    (first,) = judged(rule, world(NOW, clocks=frame(*rows)))
    assert (first.about.clock, first.level) == ("contact", "red")
    standing = opened(first)
    (second,) = judged(rule, world(NOW, clocks=frame(*rows)), [standing])
    assert (second.event, second.about.clock, second.rung) == (Event.RAISED, "answer", 1)
    assert second.passed == {"contact": first.rung, "answer": 1}


def test_orders_of_another_category_are_not_the_rule_s() -> None:
    assert judged(REPAIR, world(minute(50), clocks=frame(repair(category="complaint")))) == []


def test_third_call() -> None:
    rows = pd.DataFrame([order("1", call_count=2), order("2", call_count=3), order("3", call_count=7)])
    assert rungs(judged(RULES["third_call"], world(NOW, orders=rows, calls=pd.DataFrame()))) == {
        "orders:2": (1, "calls"),
        "orders:3": (2, "calls"),
    }


def test_flags_of_an_order() -> None:
    rows = pd.DataFrame(
        [
            order("1"),
            order("2", channel="12398", grade="major"),
            order("3", is_leapfrog=True),
            order("4", grade="important"),
            order("5", channel="media", category="enquiry"),
        ]
    )
    found = rungs(judged(RULES["demand_escalated"], world(NOW, orders=rows)))
    assert found == {
        "orders:2": (1, "escalated"),
        "orders:3": (1, "leapfrog"),
        "orders:4": (1, "grade"),
        "orders:5": (1, "escalated"),
    }


def test_a_dissatisfied_answer_is_told_after_a_day_and_ends_when_it_is_taken_up() -> None:
    rows = pd.DataFrame([{"source": "revisits", "survey_no": "V1", "order_no": "G1", "answered_at": minute(0)}])
    rule = RULES["revisit_dissatisfied"]
    assert judged(rule, world(minute(1439), revisits=rows)) == []
    (t,) = judged(rule, world(minute(1440), revisits=rows))
    assert (t.level, t.about.order_no) == ("orange", "G1")
    (end,) = judged(rule, world(minute(1500), revisits=rows.iloc[:0]), [opened(t)])
    assert (end.event, end.reason) == (Event.CLEARED, "taken_up")


@pytest.mark.parametrize(
    ("rule", "row", "rung"),
    [
        pytest.param("estimate_expired", outage(estimate_at=minute(1)), 0, id="estimate not yet over"),
        pytest.param("estimate_expired", outage(estimate_at=minute(0)), 1, id="estimate over"),
        pytest.param("estimate_expired", outage(estimate_at=minute(-31)), 2, id="over for long"),
        pytest.param("estimate_expired", outage(estimate_at=minute(-31), restored_at=minute(-1)), 0, id="restored"),
        pytest.param("outage_long", outage(started_at=minute(-431)), 0, id="seven hours"),
        pytest.param("outage_long", outage(started_at=minute(-432)), 1, id="nearly eight"),
        pytest.param("outage_long", outage(started_at=minute(-480)), 2, id="eight"),
        pytest.param("sensitive_out", outage(sensitive_out=2), 1, id="sensitive"),
        pytest.param("sensitive_out", outage(started_at=minute(-5), sensitive_out=2), 0, id="sensitive, a blink"),
        pytest.param("important_out", outage(started_at=minute(0), important_out=1), 1, id="important at once"),
        pytest.param("important_out", outage(important_out=None), 0, id="nobody counted them"),
        pytest.param("plan_not_started", outage(started_at=None, planned_start_at=minute(-30)), 1, id="not begun"),
        pytest.param("plan_not_started", outage(planned_start_at=minute(-90)), 0, id="begun"),
        pytest.param("plan_not_restored", outage(planned_end_at=minute(-1)), 1, id="plan goes on"),
        pytest.param("plan_not_restored", outage(planned_end_at=minute(-61)), 2, id="an hour over"),
        pytest.param("notice_late", outage(kind="planned", started_at=None, planned_start_at=minute(7 * 1440 - 1)), 1,
                     id="seven days"),
        pytest.param("notice_late", outage(kind="planned", started_at=None, planned_start_at=minute(7 * 1440 + 1)), 0,
                     id="still time"),
        pytest.param("notice_late", outage(kind="temporary", started_at=None, planned_start_at=minute(1441)), 0,
                     id="temporary: 24 h"),
        pytest.param("notice_late", outage(kind="temporary", started_at=None, planned_start_at=minute(1439)), 1,
                     id="temporary, late"),
        pytest.param("notice_late", outage(kind="planned", started_at=None, planned_start_at=minute(60),
                                           announced_at=minute(-9)), 0, id="announced"),
        pytest.param("notice_late", outage(planned_start_at=minute(60)), 0, id="a fault needs no notice"),
    ],
)  # fmt: skip
def test_outages(rule: str, row: dict[str, Any], rung: int) -> None:
    found = judged(RULES[rule], world(NOW, outages=outages(row)))
    assert [t.rung for t in found] == ([rung] if rung else [])


def test_a_red_outage_of_many_or_important_customers_is_critical() -> None:
    rows = outages(outage("T1", important_out=1, critical=True), outage("T2", important_out=1))
    found = judged(RULES["important_out"], world(NOW, outages=rows))
    assert {t.subject: (t.critical, t.about.customers) for t in found} == {
        "outages:T1": (True, 49),
        "outages:T2": (False, 49),
    }


def test_three_outages_are_a_case_and_five_are_to_be_supervised() -> None:
    def place(code: str, count: int, per: str = "transformer_area") -> dict[str, Any]:
        known = {"per": per, "code": code, "count": count, "window_days": 60, "since": minute(-9000)}
        return known | {"source": "outages", "transformer_area": code, "county": "C1"}

    rows = pd.DataFrame([place("A", 1), place("B", 2), place("C", 3), place("D", 6), place("F", 9, "feeder")])
    found = judged(RULES["frequent_outage"], world(NOW, areas=rows))
    assert {t.subject: (t.level, t.rung) for t in found} == {
        "transformer_area:C": ("orange", 1),
        "transformer_area:D": ("red", 2),
    }
    assert {t.inputs["count"] for t in found} == {3, 6}


FIGURE: dict[str, Any] = {
    "key": "arrival_on_time_rate",
    "table": "work_orders",
    "level": "county",
    "unit": "C1",
    "county": "C1",
}
HELD = timedelta(minutes=10)


def figure(value: float, low: float, high: float, n: int = 100, target: float | None = 98) -> pd.DataFrame:
    told = {"value": value, "low": low, "high": high, "n": n, "target": target, "better": "higher"}
    return pd.DataFrame([FIGURE | told])


@pytest.mark.parametrize(
    ("rows", "blind", "events"),
    [
        pytest.param(figure(90, 85, 94), (), [Event.HELD], id="surely below: held back first"),
        pytest.param(figure(96, 90, 98.5), (), [], id="below, but perhaps by chance"),
        pytest.param(figure(50, 20, 80, n=3), (), [], id="three orders are no alarm"),
        pytest.param(figure(90, 85, 94, target=None), (), [], id="no target"),
        pytest.param(figure(90, 85, 94), ("orders",), [], id="its source is silent"),
        pytest.param(figure(99, 97, 99.9), (), [], id="fine"),
    ],
)
def test_a_figure_against_its_target(rows: pd.DataFrame, blind: tuple[str, ...], events: list[Event]) -> None:
    assert [t.event for t in judged(RULES["arrival_below_target"], world(NOW, blind, figures=rows))] == events


def test_a_figure_is_told_after_its_hold_and_ends_only_when_it_is_back() -> None:
    rule, bad = RULES["arrival_below_target"], figure(90, 85, 94)
    (held,) = judged(rule, world(NOW, figures=bad))
    pending = opened(held) | {"state": State.PENDING}
    assert judged(rule, world(NOW + HELD - timedelta(seconds=1), figures=bad), [pending]) == []
    (t,) = judged(rule, world(NOW + HELD, figures=bad), [pending])
    assert (t.event, t.state, t.inputs["n"]) == (Event.RAISED, State.RAISED, 100)
    standing = opened(t)
    perhaps, back = figure(96, 90, 98.5), figure(98.5, 95, 99.9)
    assert judged(rule, world(NOW + 2 * HELD, figures=perhaps), [standing]) == []
    assert [e.event for e in judged(rule, world(NOW + 2 * HELD, figures=back), [standing])] == [Event.CLEARED]
    assert [e.event for e in judged(rule, world(NOW + HELD, figures=back), [pending])] == [Event.LAPSED]


def vital(part: str, value: float | None, name: str = "") -> pd.DataFrame:
    return pd.DataFrame([{"part": part, "name": name, "value": value}])


@pytest.mark.parametrize(
    ("rule", "rows", "rung"),
    [
        pytest.param("calendar_ends", vital("calendar_days", 31), 0, id="a month left"),
        pytest.param("calendar_ends", vital("calendar_days", 29), 1, id="less"),
        pytest.param("calendar_ends", vital("calendar_days", 0), 2, id="over"),
        pytest.param("calendar_ends", vital("tick_s", 0), 0, id="another part"),
        pytest.param("calendar_ends", vital("calendar_days", None), 0, id="unknown"),
    ],
)
def test_vital_signs(rule: str, rows: pd.DataFrame, rung: int) -> None:
    assert [t.rung for t in judged(RULES[rule], world(NOW, vitals=rows))] == ([rung] if rung else [])


def test_a_vital_sign_between_its_limits_changes_nothing() -> None:
    rule = RULES["disk_nearly_full"]
    (held,) = judged(rule, world(NOW, vitals=vital("disk_free_percent", 9)))
    pending = opened(held) | {"state": State.PENDING}
    (t,) = judged(rule, world(minute(1), vitals=vital("disk_free_percent", 9)), [pending])
    standing = [opened(t)]
    assert judged(rule, world(minute(2), vitals=vital("disk_free_percent", 11)), standing) == []
    assert [e.event for e in judged(rule, world(minute(2), vitals=vital("disk_free_percent", 12.5)), standing)] == [
        Event.CLEARED
    ]


def test_clusters() -> None:
    rows = pd.DataFrame(
        [
            {"watch": "hotspot", "number": 7, "grade": 2, "since_at": minute(-60), "county": "C1", "observed": 14},
            {"watch": "wide_rise", "number": 8, "grade": 1, "since_at": minute(-60), "county": None, "observed": 90},
        ]
    )
    assert rungs(judged(RULES["hotspot"], world(NOW, clusters=rows))) == {"hotspot:7": (2, "hotspot")}
    assert rungs(judged(RULES["wide_rise"], world(NOW, clusters=rows))) == {"wide_rise:8": (1, "wide_rise")}


def test_suspicions_of_a_source() -> None:
    rows = pd.DataFrame([{"source": "orders", "what": "partial_reply", "since_at": minute(-1)}])
    (t,) = judged(RULES["source_suspicious"], world(NOW, suspicions=rows))
    assert (t.subject, t.event, t.about.source) == ("orders:partial_reply", Event.HELD, "orders")


SPAN = st.integers(1, 10**10)


@settings(max_examples=200, deadline=None)
@given(SPAN, st.floats(1, 300), st.booleans())
def test_a_rung_starts_at_the_first_microsecond_that_its_words_mean(whole: int, percent: float, is_from: bool) -> None:
    percent = round(percent, 2)
    limit = Limit("orange", from_percent=percent) if is_from else Limit("red", over_percent=percent)
    rule = Rule("r", 1, "order_clock", "w", "o", "a", "b", (limit,))
    start = micros([NOW])
    (at,) = instants(rule, start, start + whole)[:, 0] - start
    share = round(percent * 100) * whole

    def holds(used: int) -> bool:
        return 10_000 * used >= share if is_from else 10_000 * used > share

    assert holds(int(at))
    assert not holds(int(at) - 1)


def test_the_next_instant_is_known_beforehand() -> None:
    rows = frame(repair("1"), repair("2", due=100), repair("3", due=10))
    seen = look(REPAIR, world(minute(41), clocks=rows))
    assert seen is not None
    assert isinstance(seen.next_at, datetime)
    assert seen.next_at == minute(45) + timedelta(microseconds=1)


def test_a_clock_due_before_it_started_is_past_its_limit_once() -> None:
    """An order merged into one that was accepted later keeps the earlier deadline."""
    seen = world(minute(1), clocks=frame(repair(start=0, due=-75)))
    (t,) = judged(REPAIR, seen)
    assert (t.rung, t.level) == (2, "red")
    assert judged(REPAIR, world(minute(600), clocks=frame(repair(start=0, due=-75))), [opened(t)]) == []
