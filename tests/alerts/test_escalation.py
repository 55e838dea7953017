"""Steps, repetitions and the end of silences; then a whole night on a moving clock."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.escalation import REPEAT, SILENCE_ENDED, due, next_step_at, reminders, told_of_end
from alerts.lifecycle import Event
from alerts.outbox import post
from alerts.posting import Posting
from alerts.quiet import Quieting
from settings import Route
from tests.alerts.duty_town import NOW, POLICY, READERS, RULES, alert, at, duty, silence, site, transition

DUTY = duty()
REPAIR = DUTY.policies["repair"]


@pytest.mark.parametrize(
    ("row", "minute", "found"),
    [
        pytest.param(alert(), 9, [], id="not yet"),
        pytest.param(alert(), 10, [(Event.REMINDED, 0, REPEAT)], id="the crew again after its ten minutes"),
        pytest.param(alert(next_step_at=at(15)), 15, [(Event.ESCALATED, 1, "step_1")], id="the station's head"),
        pytest.param(alert(next_step_at=at(10)), 200, [(Event.ESCALATED, 1, "step_1")],
                     id="one step at a time, however late"),
        pytest.param(alert(step=4, next_step_at=at(120)), 120, [], id="no step is left"),
        pytest.param(alert(step=3, next_step_at=at(120)), 120, [(Event.ESCALATED, 4, "step_4")], id="supervision"),
        pytest.param(alert(state="acknowledged"), 60, [], id="somebody has it"),
        pytest.param(alert(state="cleared"), 60, [], id="it is clear"),
        pytest.param(alert(next_step_at=None), 60, [], id="it follows no escalation"),
        pytest.param(alert(policy="gone"), 60, [], id="its escalation is no longer in the file"),
        pytest.param(alert(rule="gone"), 60, [], id="its rule is no longer in the file"),
    ],
)  # fmt: skip
def test_what_time_alone_asks_for(row: dict[str, Any], minute: float, found: list[tuple[Event, int, str]]) -> None:
    taken = due([row], RULES, DUTY, [], at(minute))
    assert [(t.event, t.step, t.reason) for t in taken] == found
    assert all((t.alert_id, t.alert_version, t.passed) == (7, 3, {"arrival": 1}) for t in taken)


def test_an_alert_that_takes_another_step_at_this_moment_waits() -> None:
    assert due([alert()], RULES, DUTY, [], at(10), busy={7}) == []


def test_a_silenced_alert_climbs_no_further() -> None:
    assert due([alert()], RULES, DUTY, [silence(station=["S1"])], at(10)) == []
    assert len(due([alert()], RULES, DUTY, [silence(station=["S2"])], at(10))) == 1


def test_those_longest_due_come_first() -> None:
    rows = [alert(1, next_step_at=at(9)), alert(2, next_step_at=at(3)), alert(3, next_step_at=at(6))]
    assert [t.alert_id for t in due(rows, RULES, DUTY, [], at(10))] == [2, 3, 1]


@pytest.mark.parametrize(
    ("taken", "minute", "begins", "next_min"),
    [
        pytest.param(0, 0, True, 10, id="raised: the crew again first"),
        pytest.param(0, 10, False, 15, id="told again: then the station's head"),
        pytest.param(0, 14.5, False, 15, id="not a minute later than its time"),
        pytest.param(1, 15, True, 30, id="head told: county next"),
        pytest.param(1, 45, True, 60, id="told late: the head has its quarter of an hour all the same"),
        pytest.param(2, 30, True, 60, id="county told: the leader next"),
        pytest.param(3, 60, True, 120, id="leader told: supervision next"),
        pytest.param(4, 120, True, None, id="nothing follows"),
    ],
)
def test_when_the_next_step_is_due(taken: int, minute: float, begins: bool, next_min: float | None) -> None:
    found = next_step_at(REPAIR, taken, NOW, at(minute), begins=begins)
    assert found == (None if next_min is None else at(next_min))


def test_without_an_escalation_nothing_follows() -> None:
    assert next_step_at(None, 0, NOW, NOW, begins=True) is None


def test_the_end_of_a_silence_tells_what_is_still_raised() -> None:
    ended = silence(3, -60, 0, station=["S1"])
    rows = [alert(1), alert(2, state="acknowledged"), alert(3, station="S2"), alert(4)]
    told = reminders([ended, silence(4, -60, 0, county=["C1"])], rows[:3], RULES, [], NOW)
    assert [(t.alert_id, t.event, t.reason, t.inputs["silence"]) for t in told] == [
        (1, Event.REMINDED, SILENCE_ENDED, 4),
        (3, Event.REMINDED, SILENCE_ENDED, 4),
    ]
    assert reminders([ended], rows, RULES, [silence(5, -5, 60, station=["S1"])], NOW) == []
    assert [t.alert_id for t in reminders([ended], rows, RULES, [], NOW, busy={1})] == [4]
    assert reminders([], rows, RULES, [], NOW) == []


def test_a_silence_is_told_in_full_only_when_no_alert_was_passed_over() -> None:
    """An alert that took another step in that very turn is told again in the next one."""
    ended = [silence(3, -60, 0, station=["S1"]), silence(4, -60, 0, station=["S2"])]
    rows = [alert(1), alert(2, station="S2"), alert(3, state="acknowledged")]
    assert told_of_end(ended, rows, busy=()) == [3, 4]
    assert told_of_end(ended, rows, busy={1}) == [4]
    assert told_of_end(ended, rows, busy={3}) == [3, 4]


def _stored(row: dict[str, Any], p: Posting) -> dict[str, Any]:
    """What the ledger keeps of a posting (store.ledger.commands._changed)."""
    t = p.transition
    return {**row, "step": max(row["step"], t.step), "next_step_at": p.next_step_at, "policy": p.policy}


def test_a_night_nobody_answers() -> None:
    """Crew, crew again, head, county, leader, supervision order; on a clock that moves by the minute."""
    own = duty('[people.L]\nrole = "city_leader"\nunit = "X"\nphone = "1"\nemail = "l@x.example"\n' + POLICY)
    town = site(own, Route(level=("red",), to=("hook:never",)))
    raised = post(transition(), RULES["repair_due"], town, Quieting(), READERS, NOW)
    row = _stored(alert(), raised)
    rung: list[tuple[int, list[str | None], str | None]] = [(0, [d.person for d in raised.drafts], None)]
    for minute in range(1, 300):
        for t in due([row], RULES, own, [], at(minute)):
            p = post(t, RULES["repair_due"], town, Quieting(), READERS, at(minute))
            row = _stored(row, p)
            rung.append((minute, [d.person for d in p.drafts], p.supervision.unit if p.supervision else None))
    assert rung == [
        (0, ["P1"], None),
        (10, ["P1"], None),
        (15, ["P5"], None),
        (30, ["P6", "P7"], None),
        (60, ["L"], None),
        (120, [], "C1"),
    ]


def test_a_supervision_order_has_matter_and_deadline() -> None:
    t = transition(Event.ESCALATED, step=4, alert_id=7, inputs={"woken_at": NOW.isoformat()})
    p = post(t, RULES["repair_due"], site(), Quieting(), READERS, at(120))
    assert p.supervision is not None
    assert p.supervision.deadline_at == at(120) + timedelta(hours=24)
    assert p.supervision.matter == "工单G1到达现场已超时1小时55分（东湖县 城关供电所 10kV柳河线）"
    assert p.next_step_at is None


def test_a_step_is_of_the_escalation_it_was_counted_in() -> None:
    """Another route may match by then: the night's escalation has no second step of the day's."""
    own = duty(POLICY + '[policies.night]\nsteps = [{ after_min = 0, to = ["city_duty"] }]\n')
    town = site(own, Route(hours="09:10-20:00", policy="night"))
    raised = post(transition(), RULES["repair_due"], town, Quieting(), READERS, NOW)
    assert raised.policy == "repair"
    (t,) = due([alert(next_step_at=at(15))], RULES, own, [], at(15))
    stepped = post(t, RULES["repair_due"], town, Quieting(), READERS, at(15))
    assert (stepped.policy, [d.person for d in stepped.drafts]) == ("repair", ["P5"])
    again = post(transition(level="red"), RULES["repair_due"], town, Quieting(), READERS, at(15))
    assert (again.policy, [d.person for d in again.drafts]) == ("night", ["P8"])
