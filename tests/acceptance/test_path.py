"""From a row in a source database to a phone and to an answer of the command line, through real processes."""

import os
import signal
import sqlite3
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx

from bench import nodes
from tests.acceptance.conftest import CONFIG, Demo, until

LONG_AGO = timedelta(hours=5)


def overdue(demo: Demo, order_no: str) -> None:
    """A fault report nobody went to, written to the source now."""
    now = datetime.now(UTC)
    with demo.city() as city:
        city.report_fault(order_no, "urban", now - LONG_AGO, written=now)


def level_of(subject: str) -> str:
    """The level that the title of a message about an order tells: 【site】level：order ..."""
    return subject.partition("】")[2].partition("：")[0]


def open_alert(demo: Demo, order_no: str) -> dict[str, object] | None:
    return next((a for a in demo.json("alerts", "--state", "open") if a["order_no"] == order_no), None)


def test_a_repair_past_its_limit_reaches_mail_and_webhook_once(demo: Demo) -> None:
    overdue(demo, "ACC-1")
    found = until(lambda: {m["way"] for m in demo.phones("ACC-1")} >= {"mail", "webhook"}, 30, "mail and webhook")
    assert found
    messages = demo.phones("ACC-1")
    came = Counter((m["way"], m["recipient"], m["key"]) for m in messages)
    assert set(came.values()) == {1}, f"a message came twice: {came}"
    assert len({(way, recipient) for way, recipient, _ in came}) == len(came), f"two messages of one raise: {came}"
    alert = open_alert(demo, "ACC-1")
    assert alert is not None
    assert (alert["rule"], alert["level"], alert["state"]) == ("repair_due", "red", "raised")


def test_three_reports_of_one_customer_on_one_matter_reach_a_phone_once(demo: Demo) -> None:
    now = datetime.now(UTC)
    with demo.city() as city:
        for number, days in (("3C-1", 9), ("3C-2", 4), ("3C-3", 0)):
            at = now - timedelta(days=days, minutes=1)
            city.report_fault(number, "urban", at, written=now, customer="somebody who calls thrice")
        city.report_fault("3C-else", "urban", now - timedelta(minutes=1), written=now, customer="a neighbour")

    def told() -> list[dict[str, object]]:
        return [m for m in demo.phones("3C-3") if "第3次来电" in f"{m['subject']}"]

    until(told, 90, "a text about the third call")  # the matters of all customers are asked once a minute
    (alert,) = (
        a for a in demo.json("alerts", "--state", "open") if a["rule"] == "third_call" and "3C-" in a["subject"]
    )
    assert (alert["order_no"], alert["level"]) == ("3C-3", "orange")
    keys = Counter((m["way"], m["recipient"]) for m in told())
    assert set(keys.values()) == {1}, f"told twice: {keys}"
    assert "3C-else" not in str(told())


def test_its_end_clears_the_alert(demo: Demo) -> None:
    overdue(demo, "ACC-2")
    until(lambda: open_alert(demo, "ACC-2"), 30, "the alert")
    now = datetime.now(UTC)
    with demo.city() as city:
        city.advance("ACC-2", "arrived", now)
    until(lambda: open_alert(demo, "ACC-2") is None, 30, "the alert's end")


def test_commands_answer_beside_the_running_node(demo: Demo) -> None:
    (value,) = demo.json("kpi", "arrival_on_time_rate")
    assert value["n"] > 100
    assert value["low"] <= value["value"] <= value["high"]
    by_county = demo.json("kpi", "arrival_on_time_rate", "--by", "county", "channel")
    assert sum(v["n"] for v in by_county) == value["n"]
    assert {frozenset(v["by"]) for v in by_county} == {frozenset({"county", "channel"})}
    failures = demo.json("orders", "--kpi", "arrival_on_time_rate", "--outcome", "failure", "--limit", "100000")
    assert abs(len(failures) - (value["n"] - value["successes"])) <= 3  # the city lives on between the two questions
    assert not {"name", "phone", "address", "text"} & set(failures[0])


def test_health_readiness_and_metrics(demo: Demo) -> None:
    assert httpx.get(f"{demo.url}/healthz").json()["status"] == "ok"
    assert httpx.get(f"{demo.url}/readyz").status_code == 200
    text = httpx.get(f"{demo.url}/metrics").text
    assert 'lightkeeper_source_queries_total{source="orders"}' in text
    assert "lightkeeper_tick_seconds_bucket" in text


def test_a_killed_node_loses_nothing_and_doubles_nothing(demo: Demo) -> None:
    for number in range(3):
        overdue(demo, f"KILL-{number}")
        os.killpg(demo.process.pid, signal.SIGKILL)
        demo.process.wait(10)
        demo.restart()
    for number in range(3):
        until(partial(demo.phones, f"KILL-{number}"), 30, f"a message about KILL-{number}")
        # Killed before it could note an answer, a node sends again under the same key. A second key would be a second
        # message, which nobody can tell from a second overrun.
        keys = defaultdict(set)
        for m in demo.phones(f"KILL-{number}"):
            keys[m["way"], m["recipient"], level_of(m["subject"])].add(m["key"])
        assert {len(k) for k in keys.values()} == {1}, f"KILL-{number}: one transition under two keys: {dict(keys)}"
    nodes.stop(demo.process)
    last = demo.command("collect", "--once", "--config", str(CONFIG))  # what the city wrote after the last poll
    assert last.returncode == 0, last.stderr
    with sqlite3.connect(demo.city_folder / "orders.db") as db:
        (in_source,) = db.execute("SELECT count(*) FROM GZGD95598 WHERE slsj IS NOT NULL").fetchone()
    kept = demo.json("orders", "--where", "category=fault_report", "--limit", "100000", "--at", "2100-01-01T00:00:00Z")
    numbers = [row["order_no"] for row in kept]
    assert len(numbers) == len(set(numbers)) == in_source
    demo.restart()
