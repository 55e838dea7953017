import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError

from alerts.lifecycle import Event
from store.ledger import (
    Ledger,
    StoreError,
    duty,  # noqa: F401  its tables are of the ledger too
    gatherings,  # noqa: F401
    open_ledger,
)
from store.ledger.answers import acknowledge
from store.ledger.base import Base
from store.ledger.commands import record
from store.ledger.models import Alert
from store.ledger.queries import alerts, counts, critical_since, deliveries, history, log, open_alerts, outbox
from tests.alerts.city import REPAIR, Desk, frame, judge_repairs, minute, posting, raised, repair

MAIL = "mail:duty@example.org"


def test_migrations_make_the_tables_of_the_models(ledger: Ledger) -> None:
    with ledger.reading() as session:
        assert compare_metadata(MigrationContext.configure(session.connection()), Base.metadata) == []


def test_two_nodes_may_open_a_new_ledger_at_once(url: str) -> None:
    gate = Barrier(2)

    def start() -> int:
        gate.wait(10)
        opened = open_ledger(url)
        found = len(open_alerts(opened))
        opened.close()
        return found

    with ThreadPoolExecutor(2) as pool:
        assert [f.result(60) for f in [pool.submit(start), pool.submit(start)]] == [0, 0]


def test_sqlite_is_set_up_to_survive(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'a' / 'b' / 'ledger.db'}")
    with ledger.reading() as session:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [session.connection().exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    ledger.close()
    assert found == ["wal", 2, 1, 15_000]


def test_a_ledger_of_a_newer_version_is_refused(url: str) -> None:
    ledger = open_ledger(url)
    with ledger.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    ledger.close()
    with pytest.raises(StoreError, match=r"9999.*newer version wrote it"):
        open_ledger(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("ledger", "is no database URL; write sqlite:///FILE", id="no URL"),
        pytest.param("mysql://x/y", "mysql is not supported", id="other database"),
        pytest.param("postgresql://u:secret@127.0.0.1:1/x",
                     r"u:\*\*\*@127.0.0.1:1/x: connection.*check", id="nobody there"),
    ],
)  # fmt: skip
def test_a_bad_url_is_told_without_its_password(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        open_ledger(url)
    assert "secret" not in str(caught.value)


def test_times_come_back_aware_and_in_utc(ledger: Ledger) -> None:
    at = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    record(ledger, [posting(replace(raised(), at=at))])
    (row,) = open_alerts(ledger)
    assert row["raised_at"] == at
    assert row["raised_at"].tzinfo is UTC


def test_a_naive_time_is_refused(ledger: Ledger) -> None:
    with pytest.raises(StatementError, match="aware times only"):
        record(ledger, [posting(replace(raised(), at=datetime(2026, 3, 2)))])  # noqa: DTZ001
    assert alerts(ledger, "all") == []


def test_a_transition_and_its_messages_are_stored_together_or_not_at_all(ledger: Ledger) -> None:
    good = posting(raised("1"), MAIL, "hook:")
    twice = posting(raised("2"), MAIL)
    with pytest.raises(IntegrityError):
        record(ledger, [good, replace(twice, drafts=twice.drafts * 2)])
    assert (alerts(ledger, "all"), outbox(ledger), log(ledger)) == ([], {}, [])
    assert record(ledger, [good]) == 1
    assert outbox(ledger) == {"pending": 2}
    (row,) = open_alerts(ledger)
    (line,) = history(ledger, row["id"])
    assert {d["channel"] for d in line["deliveries"]} == {"mail", "hook"}
    assert len({d["key"] for d in line["deliveries"]}) == 2
    assert (line["inputs"]["used_percent"], line["rule_version"], line["quiet"]) == (111.11, 2, None)


def test_two_racing_judges_raise_once_and_tell_once(ledger: Ledger) -> None:
    gate = Barrier(2)

    def judge(keys: list[str]) -> int:
        postings = [posting(raised(key), MAIL) for key in keys]
        gate.wait(10)
        return record(ledger, postings)

    keys = [str(n) for n in range(60)]
    with ThreadPoolExecutor(2) as pool:
        taken = [f.result(60) for f in (pool.submit(judge, keys), pool.submit(judge, keys[::-1]))]
    assert sum(taken) == 60
    assert len(open_alerts(ledger)) == 60
    assert outbox(ledger) == {"pending": 60}


def test_two_racing_judges_clear_once(ledger: Ledger) -> None:
    desk, gate = Desk(ledger), Barrier(2)
    desk.judge(50, *(repair(str(n)) for n in range(20)))

    def clear() -> int:
        found = judge_repairs(frame(), open_alerts(ledger), REPAIR, minute(51), ())
        gate.wait(10)
        return record(ledger, [posting(t, MAIL) for t in found])

    with ThreadPoolExecutor(2) as pool:
        assert sum(f.result(60) for f in [pool.submit(clear), pool.submit(clear)]) == 20
    assert open_alerts(ledger) == []
    assert outbox(ledger) == {"pending": 20}


def test_a_step_judged_before_an_acknowledgement_is_dropped_and_comes_with_the_next_turn(ledger: Ledger) -> None:
    desk = Desk(ledger, to=[MAIL])
    desk.judge(41, repair())
    (seen,) = open_alerts(ledger)
    escalation = replace(raised(), alert_id=seen["id"], alert_version=seen["version"])
    acknowledge(ledger, seen["id"], "王芳", "已联系班组", minute(45))
    assert record(ledger, [posting(escalation, MAIL)]) == 0
    assert outbox(ledger) == {"pending": 1}
    assert [t.level for t in desk.judge(46, repair())] == ["red"]
    (row,) = open_alerts(ledger)
    assert (row["state"], row["level"], row["acknowledged_by"], row["version"]) == ("raised", "red", "王芳", 3)
    assert outbox(ledger) == {"pending": 2}


def test_the_whole_life_of_an_order_s_alert(ledger: Ledger) -> None:
    desk = Desk(ledger, to=[MAIL])
    late = repair(clock="restoration", start=55, due=100)
    turns = [(40, repair()), (41, repair()), (44, repair()), (46, repair()), (60, late), (99, late), (101, late)]
    for at, row in turns:
        desk.judge(at, row)
    desk.judge(110)
    desk.judge(111)
    assert [(e["event"], e["level"], e["clock"], e["alert_id"]) for e in reversed(log(ledger))] == [
        ("raised", "orange", "arrival", 1),
        ("raised", "red", "arrival", 1),
        ("cleared", "red", "arrival", 1),
        ("raised", "orange", "restoration", 2),
        ("raised", "red", "restoration", 2),
        ("cleared", "red", "restoration", 2),
    ]
    assert open_alerts(ledger) == []
    assert [(a["id"], a["cleared_reason"]) for a in alerts(ledger, "all")] == [(2, "no_longer_open"), (1, "clock_met")]
    assert len(deliveries(ledger)) == 6


def test_a_further_clock_wakes_the_same_alert(ledger: Ledger) -> None:
    desk = Desk(ledger)
    desk.judge(50, repair())
    acknowledge(ledger, 1, "王芳", "", minute(50))
    desk.judge(51, repair(clock="restoration", start=-200, due=50))
    (row,) = open_alerts(ledger)
    assert (row["id"], row["state"], row["clock"]) == (1, "raised", "restoration")
    assert row["passed"] == {"arrival": 2, "restoration": 2}
    assert [t.event for t in desk.judge(52, repair())] == [Event.MOVED]  # back again: shown, but nobody is woken


def test_a_critical_alert_waits_from_its_first_critical_moment_until_somebody_answers(ledger: Ledger) -> None:
    desk = Desk(ledger)
    desk.judge(50, repair())
    assert critical_since(ledger, [1]) == {}
    desk.judge(55, {**repair(), "critical": True})
    desk.judge(57, {**repair(due=40), "critical": True})  # moved: it has been critical all the time
    assert critical_since(ledger, [1]) == {1: minute(55)}
    acknowledge(ledger, 1, "王芳", "", minute(58))
    assert critical_since(ledger, [1]) == {}
    desk.judge(60, {**repair(clock="restoration", start=-200, due=50), "critical": True})
    assert critical_since(ledger, [1, 9]) == {1: minute(60)}
    assert critical_since(ledger, []) == {}


@pytest.mark.parametrize(
    ("alert_id", "by", "note", "seen", "said"),
    [
        pytest.param(1, "  ", "x", None, "nobody is named; give the name", id="no name"),
        pytest.param(1, "王芳", "x" * 501, None, "too long", id="a novel"),
        pytest.param(9, "王芳", "", None, "alert 9: there is no such alert", id="no such alert"),
        pytest.param(2, "王芳", "", None, r"alert 2: is already cleared \(no_longer_open\)", id="clear"),
        pytest.param(1, "王芳", "", 7, "alert 1: is red now, not what you saw", id="it rose meanwhile"),
    ],
)
def test_an_acknowledgement_that_can_not_be_taken(
    ledger: Ledger, alert_id: int, by: str, note: str, seen: int | None, said: str
) -> None:
    desk = Desk(ledger)
    desk.judge(50, repair("1"))
    desk.judge(50, repair("1"), repair("2"))
    desk.judge(51, repair("1"))
    with pytest.raises(StoreError, match=said):
        acknowledge(ledger, alert_id, by, note, minute(52), seen_version=seen)
    assert counts(ledger) == {"open": {"orange": 0, "red": 1}, "unacknowledged": {"orange": 0, "red": 1}}


def test_an_acknowledgement_is_kept_with_name_note_and_line(ledger: Ledger) -> None:
    Desk(ledger).judge(50, repair())
    assert acknowledge(ledger, 1, " 王芳 ", "已联系班组", minute(52), seen_version=1) == 2
    assert acknowledge(ledger, 1, "李强", "接手", minute(53)) == 3
    (row,) = open_alerts(ledger)
    assert (row["state"], row["acknowledged_by"], row["note"]) == ("acknowledged", "李强", "接手")
    assert row["acknowledged_at"] == minute(53)
    assert [(e["event"], e["by"], e["note"]) for e in history(ledger, 1)] == [
        ("raised", None, None),
        ("acknowledged", "王芳", "已联系班组"),
        ("acknowledged", "李强", "接手"),
    ]
    assert counts(ledger) == {"open": {"orange": 0, "red": 1}, "unacknowledged": {"orange": 0, "red": 0}}


def test_answers_fit_into_json(ledger: Ledger) -> None:
    desk = Desk(ledger, to=[MAIL])
    desk.judge(50, repair("1"), repair("2"))
    desk.judge(51, repair("1"))
    assert [a["subject"] for a in json.loads(json.dumps(alerts(ledger)))] == ["orders:1"]
    assert [a["subject"] for a in json.loads(json.dumps(alerts(ledger, "all")))] == ["orders:2", "orders:1"]
    assert json.loads(json.dumps(history(ledger, 1)))[0]["at"] == "2026-03-02T01:50:00+00:00"
    assert {d["state"] for d in json.loads(json.dumps(deliveries(ledger)))} == {"pending"}


def test_a_number_is_never_given_twice(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    Desk(ledger).judge(50, repair())
    with ledger.writing() as session:
        session.execute(text("DELETE FROM transitions"))
        session.execute(text("DELETE FROM alerts"))
    Desk(ledger).judge(50, repair())
    with ledger.reading() as session:
        assert [a.id for a in session.query(Alert)] == [2]
    ledger.close()
