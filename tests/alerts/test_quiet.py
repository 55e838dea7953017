"""Why a phone did not ring."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.lifecycle import Event
from alerts.outbox import post
from alerts.quiet import Quieting, heard, running_outages, running_windows
from alerts.routing import Recipient
from alerts.transition import Transition
from settings import Route
from tests.alerts.duty_town import (
    NOW,
    PLACE,
    POLICY,
    READERS,
    RULES,
    SHANGHAI,
    alert,
    at,
    duty,
    silence,
    site,
    transition,
)

RULE = RULES["repair_due"]
QUIET_HOURS = 'quiet_hours = "08:00-10:00"\n'
OF_OUTAGE = replace(PLACE, outage_no="O1")
HEARD = Recipient("mail", "p1@x.example", "P1", "zh")


@pytest.mark.parametrize(
    ("t", "quieting", "why"),
    [
        pytest.param(transition(), Quieting(), None, id="nothing keeps it quiet"),
        pytest.param(transition(Event.MOVED), Quieting(), "no further limit passed", id="moved"),
        pytest.param(transition(Event.HELD), Quieting(), "held back until it has lasted as long as its rule wants",
                     id="held"),
        pytest.param(transition(Event.LAPSED), Quieting(), "it was good again before anybody was told", id="lapsed"),
        pytest.param(transition(Event.CLEARED, alert_id=7), Quieting(told={7: (HEARD,)}),
                     "an all-clear from orange is not told by this rule", id="all-clear from orange"),
        pytest.param(transition(Event.CLEARED, "red", alert_id=7), Quieting(told={7: (HEARD,)}), None,
                     id="all-clear from red"),
        pytest.param(transition(Event.CLEARED, "red", alert_id=7), Quieting(), "nobody who was told of the raise",
                     id="all-clear of what nobody heard"),
        pytest.param(transition(Event.CLEARED, "red", alert_id=7),
                     Quieting([silence(station=["S1"])], {7: (HEARD,)}), None, id="all-clear in a silence"),
        pytest.param(transition(), Quieting([silence(station=["S1"])]), "silence 3 by Li until 2026-03-02 10:00",
                     id="silenced"),
        pytest.param(transition(level="red", critical=True), Quieting([silence(station=["S1"])]),
                     "silence 3 by Li until 2026-03-02 10:00", id="silenced, critical"),
        pytest.param(transition(), Quieting([silence(3, end=90, rule=["repair_due"]), silence(4, station=["S1"])]),
                     "silence 3 by Li until 2026-03-02 10:30", id="of two silences the one that ends last"),
        pytest.param(transition(), Quieting([silence(3, -60, 0, station=["S1"])]), None, id="a silence that ends now"),
        pytest.param(transition(), Quieting([silence(3, 1, 60, station=["S1"])]), None, id="one that begins later"),
        pytest.param(transition(), Quieting([silence(station=["S1"], level=["red"])]), None,
                     id="a silence of which one field does not match"),
        pytest.param(transition(), Quieting([silence()]), None, id="a silence of nothing silences nothing"),
        pytest.param(transition(about=OF_OUTAGE), Quieting(outages={"O1": 12}), "folded into alert 12",
                     id="orange clock of a running outage's order"),
        pytest.param(transition(level="red", about=OF_OUTAGE), Quieting(outages={"O1": 12}), None,
                     id="a clock past its limit is never folded"),
        pytest.param(transition(about=OF_OUTAGE), Quieting(outages={"O2": 12}), None, id="of another outage"),
        pytest.param(transition(Event.ESCALATED, about=OF_OUTAGE, step=1, alert_id=7), Quieting(outages={"O1": 12}),
                     "folded into alert 12", id="nor does what is folded climb"),
    ],
)  # fmt: skip
def test_why_nobody_is_told(t: Transition, quieting: Quieting, why: str | None) -> None:
    kept = post(t, RULE, site(), quieting, READERS, NOW)
    assert kept.quiet == why
    assert all(draft.quiet == why for draft in kept.drafts)
    if why is None:
        assert kept.drafts


def test_what_is_silenced_is_stored_for_each_who_would_have_been_told() -> None:
    kept = post(transition(), RULE, site(), Quieting([silence(station=["S1"])]), READERS, NOW)
    assert [(d.person, d.quiet) for d in kept.drafts] == [("P1", "silence 3 by Li until 2026-03-02 10:00")]
    assert kept.next_step_at == at(10)  # looked at again: by then the silence may have been ended


def test_an_alert_whose_rule_is_gone_is_closed_in_silence() -> None:
    gone = transition(Event.CLOSED, rule="gone", reason="rule_gone", alert_id=7)
    kept = post(gone, None, site(), Quieting(), READERS, NOW)
    assert (kept.drafts, kept.quiet) == ((), "its rule is no longer in the file")


def test_what_is_folded_climbs_no_ladder_of_its_own() -> None:
    kept = post(transition(about=OF_OUTAGE), RULE, site(), Quieting(outages={"O1": 12}), READERS, NOW)
    assert (kept.policy, kept.next_step_at) == ("repair", None)


def test_a_silenced_step_issues_no_supervision_order() -> None:
    t = transition(Event.ESCALATED, step=4, alert_id=7)
    assert post(t, RULE, site(), Quieting([silence(station=["S1"])]), READERS, NOW).supervision is None


@pytest.mark.parametrize(
    ("t", "text", "until"),
    [
        pytest.param(transition(), QUIET_HOURS, at(60), id="held back till quiet hours end"),
        pytest.param(transition(level="red"), QUIET_HOURS, at(60), id="red too"),
        pytest.param(transition(level="red", critical=True), QUIET_HOURS, None, id="critical breaks them"),
        pytest.param(transition(), 'quiet_hours = "22:00-09:01"\n', at(1), id="over midnight"),
        pytest.param(transition(), 'quiet_hours = "22:00-09:00"\n', None, id="they end exactly now"),
        pytest.param(transition(), QUIET_HOURS + '[people.P1]\nquiet_hours = "01:00-02:00"\n', None,
                     id="hours of one's own"),
        pytest.param(transition(), '[people.P1]\nquiet_hours = "08:00-11:00"\n', at(120), id="only one's own"),
        pytest.param(transition(), QUIET_HOURS + '[rosters.r]\npeople = ["P1"]\nrole = "crew"\n', None,
                     id="whoever is on shift has none"),
    ],
)  # fmt: skip
def test_quiet_hours(t: Transition, text: str, until: datetime | None) -> None:
    (draft,) = post(t, RULE, site(duty(text + POLICY)), Quieting(), READERS, NOW).drafts
    assert (draft.not_before, draft.quiet) == (until, None)
    assert (draft.why is None) is (until is None)
    if until:
        assert draft.why == f"quiet hours until {until.astimezone(SHANGHAI):%H:%M}"


def test_a_duty_mailbox_has_no_quiet_hours() -> None:
    town = site(duty(QUIET_HOURS), Route(to=("mail:duty@x.example",)))
    (draft,) = post(transition(), RULE, town, Quieting(), READERS, NOW).drafts
    assert draft.not_before is None


def test_an_all_clear_respects_quiet_hours_too() -> None:
    kept = post(transition(Event.CLEARED, "red", alert_id=7), RULE, site(duty(QUIET_HOURS + POLICY)),
                Quieting(told={7: (HEARD, Recipient("hook", ""))}), READERS, NOW)  # fmt: skip
    assert [(d.person, d.not_before) for d in kept.drafts] == [("P1", at(60)), (None, None)]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        pytest.param({}, {"O1": 5}, id="raised"),
        pytest.param({"state": "acknowledged"}, {"O1": 5}, id="acknowledged"),
        pytest.param({"state": "cleared"}, {}, id="cleared"),
        pytest.param({"state": "pending"}, {}, id="pending"),
        pytest.param({"clock": "not_started"}, {}, id="work that has not begun: nobody is out"),
        pytest.param({"clock": "notice_late"}, {}, id="a notice"),
        pytest.param({"category": "fault_report"}, {}, id="an order"),
        pytest.param({"outage_no": None}, {}, id="no number"),
    ],
)
def test_which_alerts_stand_for_running_outages(row: dict[str, Any], found: dict[str, int]) -> None:
    outage = {"category": "outage", "outage_no": "O1", "clock": "long"}
    rows = [alert(9, **outage), alert(5, **outage)] if not row else [alert(5, **(outage | row))]
    assert running_outages(rows) == found


def test_what_the_ledger_says_of_those_who_heard() -> None:
    row = {"channel": "mail", "address": "a", "person": "P1", "language": "zh", "exits": ["sms:1"]}
    assert heard({7: [row]}) == {7: (Recipient("mail", "a", "P1", "zh", ("sms:1",)),)}


WEEKLY = """
[[maintenance]]
name = "backup"
author = "Wang"
matches = { source = ["orders"] }
weekly = "sunday"
hours = "22:00-02:00"
"""


@pytest.mark.parametrize(
    ("when", "runs"),
    [
        pytest.param("2026-03-01T21:59:59+08:00", False, id="not yet"),
        pytest.param("2026-03-01T22:00:00+08:00", True, id="it begins"),
        pytest.param("2026-03-02T01:59:59+08:00", True, id="over midnight"),
        pytest.param("2026-03-02T02:00:00+08:00", False, id="it has ended"),
        pytest.param("2026-03-07T23:00:00+08:00", False, id="on a Saturday"),
        pytest.param("2026-03-08T23:00:00+08:00", True, id="a week later"),
    ],
)
def test_a_weekly_maintenance_window(when: str, runs: bool) -> None:
    found = running_windows(duty(WEEKLY).windows, SHANGHAI, datetime.fromisoformat(when))
    assert bool(found) is runs
    if runs:
        (window,) = found
        assert (window["reason"], window["by"], window["matches"]) == ("backup", "Wang", {"source": ["orders"]})
        assert window["ends_at"] - window["starts_at"] == timedelta(hours=4)
        assert window["starts_at"].tzinfo is UTC
