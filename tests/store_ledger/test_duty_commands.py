"""Silences, stand-ins and supervision orders in the ledger; and the number that a new alert's notices carry."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from alerts.lifecycle import Event
from alerts.outbox import post
from alerts.quiet import Quieting, heard, running_windows
from alerts.routing import OnDuty
from alerts.targets import MATCHABLE
from alerts.transition import Transition
from settings import Route
from store.ledger import Ledger, StoreError, rosters, silences, supervision, told
from store.ledger.commands import record
from store.ledger.queries import outbox, standing_alerts
from tests.alerts.duty_town import NOW, POLICY, READERS, RULES, SHANGHAI, at, duty, site, transition

STATION = {"station": ["S1"]}
WINDOW = """
[[maintenance]]
name = "rebuilding"
author = "Wang"
matches = { station = ["S1"] }
starts_at = 2026-03-02T08:00:00+08:00
ends_at = 2026-03-02T10:00:00+08:00
"""


def told_to(ledger: Ledger, t: Transition, town: OnDuty | None = None, quieting: Quieting | None = None) -> int:
    return record(ledger, [post(t, RULES[t.rule], town or site(), quieting or Quieting(), READERS, t.at)])


def of_alert(ledger: Ledger, event: Event, level: str = "orange", **other: Any) -> Transition:
    (row,) = standing_alerts(ledger)
    return transition(event, level, alert_id=row["id"], alert_version=row["version"], **other)


def test_a_silence_is_kept_with_its_author_reason_and_end(ledger: Ledger) -> None:
    number = silences.create(ledger, " Li ", "drill", STATION, NOW, at(60), NOW)
    later = silences.create(ledger, "Li", "storm", {"rule": ["repair_due"]}, at(70), at(90), NOW)
    (one, two) = silences.standing(ledger, NOW)
    assert (one["id"], two["id"]) == (number, later)
    assert (one["by"], one["reason"], one["matches"], one["ends_at"], one["kind"]) == (
        "Li", "drill", STATION, at(60), "silence",
    )  # fmt: skip
    assert [s["id"] for s in silences.standing(ledger, at(60))] == [later]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"ends_at": None}, "silence: has no end; say until when", id="no end"),
        pytest.param({"ends_at": at(0)}, "its end is not after its start and now", id="end has passed"),
        pytest.param({"starts_at": at(70)}, "its end is not after its start and now", id="ends before it starts"),
        pytest.param({"by": "  "}, "silence: no name is given", id="no author"),
        pytest.param({"reason": ""}, "silence: no reason is given", id="no reason"),
        pytest.param({"reason": "x" * 501}, "the reason is too long; 500 characters at most", id="long reason"),
        pytest.param({"matches": {}}, "would keep every alert quiet", id="everything"),
        pytest.param({"matches": {"station": []}}, "would keep every alert quiet", id="no value"),
        pytest.param({"matches": {"moon": ["1"]}}, "alerts have no moon; there are rule", id="unknown field"),
        pytest.param({"kind": "sleep"}, "sleep is no kind", id="kind"),
    ],
)
def test_a_silence_that_says_too_little_is_refused(ledger: Ledger, change: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {
        "by": "Li",
        "reason": "drill",
        "matches": STATION,
        "starts_at": NOW,
        "ends_at": at(60),
        "now": NOW,
    }
    with pytest.raises(StoreError, match=said):
        silences.create(ledger, **(given | change))
    assert silences.standing(ledger, NOW) == []


def test_what_may_be_silenced_is_what_alerts_have() -> None:
    assert silences.MATCHABLE == MATCHABLE


def test_the_end_of_a_silence_is_told_once(ledger: Ledger) -> None:
    number = silences.create(ledger, "Li", "drill", STATION, NOW, at(60), NOW)
    assert silences.ended_untold(ledger, at(59)) == []
    assert [s["id"] for s in silences.ended_untold(ledger, at(60))] == [number]
    silences.mark_told(ledger, [number], at(60))
    assert silences.ended_untold(ledger, at(61)) == []
    silences.mark_told(ledger, [], at(61))


def test_a_silence_may_be_ended_early_and_is_told_at_once(ledger: Ledger) -> None:
    number = silences.create(ledger, "Li", "drill", STATION, NOW, at(60), NOW)
    ahead = silences.create(ledger, "Li", "later", STATION, at(30), at(60), NOW)
    silences.end(ledger, number, "Wang", at(5))
    (one,) = silences.ended_untold(ledger, at(5))
    assert (one["id"], one["ends_at"], one["ended_by"]) == (number, at(5), "Wang")
    with pytest.raises(StoreError, match="has ended already"):
        silences.end(ledger, number, "Wang", at(6))
    with pytest.raises(StoreError, match="there is no such silence"):
        silences.end(ledger, 99, "Wang", at(6))
    silences.end(ledger, ahead, "Wang", at(6))
    assert silences.standing(ledger, at(31)) == []


def test_maintenance_windows_of_the_file_are_entered_once_and_follow_it(ledger: Ledger) -> None:
    found = running_windows(duty(WINDOW).windows, SHANGHAI, NOW)
    assert (silences.announce(ledger, found, NOW), silences.announce(ledger, found, at(1))) == (1, 0)
    (one,) = silences.standing(ledger, NOW)
    assert (one["kind"], one["by"], one["reason"], one["ends_at"]) == ("maintenance", "Wang", "rebuilding", at(60))
    longer = running_windows(duty(WINDOW.replace("T10:00", "T11:00")).windows, SHANGHAI, at(2))
    assert silences.announce(ledger, longer, at(2)) == 0
    assert [s["ends_at"] for s in silences.standing(ledger, at(2))] == [at(120)]
    silences.end(ledger, one["id"], "Li", at(3))
    assert silences.announce(ledger, longer, at(4)) == 0
    assert silences.standing(ledger, at(4)) == []
    assert silences.announce(ledger, [], at(4)) == 0


def test_somebody_stands_in_until_it_is_withdrawn(ledger: Ledger) -> None:
    first = rosters.enter(ledger, "night", "P7", NOW, at(60), "Li", "ill", NOW)
    second = rosters.enter(ledger, "night", "P8", at(10), at(20), "Li", "leave", at(1))
    assert [(o["id"], o["person"]) for o in rosters.standing(ledger, NOW)] == [(first, "P7"), (second, "P8")]
    rosters.withdraw(ledger, second, "Li", at(2))
    assert [o["id"] for o in rosters.standing(ledger, at(3))] == [first]
    assert rosters.standing(ledger, at(60)) == []
    for number, said in ((second, "is over already"), (99, "there is no such entry")):
        with pytest.raises(StoreError, match=said):
            rosters.withdraw(ledger, number, "Li", at(3))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"ends_at": None}, "stand in: has no end", id="no end"),
        pytest.param({"ends_at": at(-1)}, "its end is not after", id="past"),
        pytest.param({"person": " "}, "no person is given", id="nobody"),
        pytest.param({"roster": ""}, "no roster is given", id="no roster"),
        pytest.param({"by": ""}, "no name is given", id="no author"),
        pytest.param({"reason": ""}, "no reason is given", id="no reason"),
    ],
)
def test_an_entry_that_says_too_little_is_refused(ledger: Ledger, change: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {
        "roster": "night",
        "person": "P7",
        "starts_at": NOW,
        "ends_at": at(60),
        "by": "Li",
        "reason": "x",
    }
    with pytest.raises(StoreError, match=said):
        rosters.enter(ledger, **(given | change), now=NOW)


def test_a_supervision_order_from_escalation_to_outcome(ledger: Ledger) -> None:
    told_to(ledger, transition())
    told_to(ledger, of_alert(ledger, Event.ESCALATED, step=4, at=at(120)))
    (order,) = supervision.listed(ledger)
    assert (order["unit"], order["issued_at"], order["deadline_at"]) == ("C1", at(120), at(120 + 24 * 60))
    assert order["details"]["order_no"] == "G1"
    assert order["matter"].startswith("工单G1到达现场")
    assert supervision.listed(ledger, unit="C2") == []
    with pytest.raises(StoreError, match="nobody has received it"):
        supervision.close(ledger, order["id"], "Wang", "done", at(130))
    supervision.receive(ledger, order["id"], "Wang", at(130))
    with pytest.raises(StoreError, match="was received already"):
        supervision.receive(ledger, order["id"], "Wang", at(131))
    with pytest.raises(StoreError, match="no outcome is given"):
        supervision.close(ledger, order["id"], "Wang", "", at(131))
    supervision.close(ledger, order["id"], "Wang", "restored", at(140))
    assert supervision.listed(ledger) == []
    (closed,) = supervision.listed(ledger, "all")
    assert (closed["received_by"], closed["closed_at"], closed["outcome"]) == ("Wang", at(140), "restored")
    acts: list[Callable[[], None]] = [
        lambda: supervision.receive(ledger, order["id"], "W", at(141)),
        lambda: supervision.close(ledger, 99, "W", "x", at(141)),
    ]
    for act, said in zip(acts, ("is closed already", "there is no such order"), strict=True):
        with pytest.raises(StoreError, match=said):
            act()
    with pytest.raises(StoreError, match="late is no state; there are open, all"):
        supervision.listed(ledger, "late")


def test_a_new_alert_s_notices_carry_its_number(ledger: Ledger) -> None:
    told_to(ledger, transition())
    (row,) = standing_alerts(ledger)
    with ledger.reading() as session:
        (body,) = session.connection().exec_driver_sql("SELECT body FROM deliveries").scalars()
    assert f"告警编号：{row['id']}" in body.splitlines()


HEAD = Route(level=("red",), to=("person:P5",))


def test_those_who_heard_of_the_raise_hear_of_its_end(ledger: Ledger) -> None:
    town = site(duty(), HEAD)
    told_to(ledger, transition(level="red"), town)
    told_to(ledger, of_alert(ledger, Event.ESCALATED, "red", step=2, at=at(30)), town)
    (row,) = standing_alerts(ledger)
    found = told.told_of(ledger, [row["id"]])
    assert [r["person"] for r in found[row["id"]]] == ["P5", "P1", "P6", "P7"]
    cleared = of_alert(ledger, Event.CLEARED, "red", at=at(40), reason="clock_met")
    posting = post(cleared, RULES["repair_due"], town, Quieting(told=heard(found)), READERS, at(40))
    assert [d.person for d in posting.drafts] == ["P5", "P1", "P6", "P7"]
    assert told.told_of(ledger, []) == {}


def test_who_heard_of_an_earlier_raise_only_does_not_count(ledger: Ledger) -> None:
    told_to(ledger, transition(), site(duty(), Route(level=("orange",), to=("person:P8",))))
    told_to(ledger, of_alert(ledger, Event.RAISED, "red", at=at(5)), site(duty(), HEAD))
    (row,) = standing_alerts(ledger)
    assert [r["person"] for r in told.told_of(ledger, [row["id"]])[row["id"]]] == ["P5", "P1"]


@pytest.mark.parametrize(
    ("text", "quieting"),
    [
        pytest.param('quiet_hours = "08:00-10:00"\n', Quieting(), id="quiet hours"),
        pytest.param("", Quieting(outages={"O1": 3}), id="folded"),
    ],
)
def test_who_was_kept_from_the_raise_does_not_hear_of_its_end(ledger: Ledger, text: str, quieting: Quieting) -> None:
    t = transition()
    folded = replace(t, about=replace(t.about, outage_no="O1"))
    told_to(ledger, folded, site(duty(text + POLICY)), quieting)
    (row,) = standing_alerts(ledger)
    assert told.told_of(ledger, [row["id"]]) == {}


def test_what_ended_in_the_night_wakes_nobody_in_the_morning(ledger: Ledger) -> None:
    town = site(duty('quiet_hours = "08:00-10:00"\n' + POLICY), Route(level=("orange",), to=("hook:",)))
    told_to(ledger, transition(), town)
    assert outbox(ledger) == {"pending": 2}
    (row,) = standing_alerts(ledger)
    assert told.withdraw_held(ledger, [], at(1)) == 0
    assert told.withdraw_held(ledger, [row["id"]], at(60)) == 0  # its time has come: it goes out
    assert told.withdraw_held(ledger, [row["id"]], at(30)) == 1
    assert outbox(ledger) == {"pending": 1, "quiet": 1}
    assert [r["channel"] for r in told.told_of(ledger, [row["id"]])[row["id"]]] == ["hook"]


def test_times_are_aware(ledger: Ledger) -> None:
    silences.create(ledger, "Li", "drill", STATION, NOW, at(60), NOW)
    rosters.enter(ledger, "night", "P7", NOW, at(60), "Li", "ill", NOW)
    for rows in (silences.standing(ledger, NOW), rosters.standing(ledger, NOW)):
        assert all(v.tzinfo is not None for row in rows for v in row.values() if isinstance(v, datetime))
