"""Who is told, with ledger, facts and duty file as the node joins them."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from alerts.lifecycle import Event, State
from alerts.transition import About
from kpis.calendar import Calendar
from saying import Office
from settings import Route, Settings
from settings_channels import Apprise
from store.facts.db import Facts
from store.ledger import Ledger, open_ledger, silences
from store.ledger.commands import record
from store.ledger.queries import standing_alerts
from tests.alerts.duty_town import NOW, PLACE, POLICY, RULES, SHANGHAI, at, duty, transition

PEOPLE = '[people.P1]\nrole = "crew"\nunit = "S1B1"\nemail = "p1@x.example"\n'
ROSTER = '[rosters.night]\npeople = ["P1", "P99"]\n'


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield opened
    opened.close()


@pytest.fixture
def office(tmp_path: Path, ledger: Ledger) -> Iterator[Office]:
    mail = Apprise(url=SecretStr("mailto://127.0.0.1:1"))
    settings = Settings(sources={}, channels={"mail": mail}, routes=(Route(to=("mail:duty@x.example",)),))
    facts = Facts(tmp_path / "facts.duckdb", "Asia/Shanghai")
    own = duty(PEOPLE + ROSTER + POLICY, ("mail",))
    yield Office(settings, facts, ledger, RULES, own, Calendar(SHANGHAI, {}), {})
    facts.close()


def test_an_alert_whose_rule_is_gone_does_not_stop_the_others(office: Office) -> None:
    office.prepare(NOW)
    gone = transition(Event.CLOSED, rule="gone", state=State.CLOSED, alert_id=1)
    closed, told = office.postings([gone, transition()], [], NOW)
    assert closed.drafts == ()
    assert [d.address for d in told.drafts] == ["duty@x.example", "p1@x.example"]


def test_the_end_of_a_silence_waits_for_an_alert_that_moved_in_that_very_turn(office: Office, ledger: Ledger) -> None:
    office.prepare(NOW)
    record(ledger, office.postings([transition()], [], NOW), NOW)
    number = silences.create(ledger, "Li", "drill", {"station": ["S1"]}, NOW, at(20), NOW)
    (row,) = standing_alerts(ledger)
    office.prepare(at(5))
    assert office.due([row], [row], at(16), ()) == []  # silenced: no step
    assert office.next_at(at(5)) == at(20)
    office.prepare(at(20))
    moved = transition(Event.MOVED, alert_id=row["id"], alert_version=row["version"], at=at(20))
    record(ledger, office.postings([moved], [row], at(20)), at(20))
    office.done(at(20))
    assert [s["id"] for s in silences.ended_untold(ledger, at(20))] == [number]
    office.prepare(at(21))
    (again,) = office.due(standing_alerts(ledger), standing_alerts(ledger), at(21), ())
    assert (again.event, again.reason) == (Event.REMINDED, "silence_ended")
    (posting,) = office.postings([again], standing_alerts(ledger), at(21))
    assert {d.address for d in posting.drafts} == {"duty@x.example", "p1@x.example"}
    record(ledger, [posting], at(21))
    office.done(at(21))
    assert silences.ended_untold(ledger, at(22)) == []


def test_a_figure_is_called_by_its_name(office: Office) -> None:
    office.prepare(NOW)
    low = {"value": 90.0, "low": 85, "high": 94, "n": 60, "target": 98.0}
    t = transition(rule="arrival_below_target", subject="arrival_on_time_rate:C1", inputs=low,
                   about=About(county="C1", category="kpi", clock="arrival_on_time_rate"))  # fmt: skip
    (posting,) = office.postings([t], [], NOW)
    assert "arrival_on_time_rate" not in posting.drafts[0].title
    assert "90 %，目标98 %" in posting.drafts[0].title


def test_what_is_held_back_about_an_ended_alert_is_withdrawn_and_the_others_hear(
    office: Office, ledger: Ledger
) -> None:
    office.prepare(NOW)
    record(ledger, office.postings([transition(level="red")], [], NOW), NOW)
    (row,) = standing_alerts(ledger)
    ended = transition(Event.CLEARED, "red", alert_id=row["id"], alert_version=row["version"], reason="clock_met",
                       about=PLACE, at=at(5))  # fmt: skip
    (posting,) = office.postings([ended], [row], at(5))
    assert [d.address for d in posting.drafts] == ["duty@x.example", "p1@x.example"]
    assert all(d.title.startswith("【守灯人】解除") for d in posting.drafts)
    office.recorded([ended], at(5), at(5))


def test_a_person_nobody_knows_is_told_once(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        office.prepare(NOW)
        office.prepare(at(1))
    assert [r.message.partition(";")[0] for r in caplog.records] == ["rosters.night: nobody has the code `P99`"]
