"""The register's exemptions in the facts: the column, the figures that heed it, and a kill at any moment."""

import os
import random
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from kpis.derive import Rules, derivers
from kpis.evaluate import values
from kpis.limits_file import load
from kpis.timeliness import ARRIVAL_ON_TIME
from kpis.types import Options
from store.facts.db import Facts
from store.facts.exempt import mirror
from store.ledger import open_ledger
from store.ledger.exemptions import standing
from store.scope import Scope
from tests.kpis.stage import CALENDAR, NOW, ZONE, Stage, complaint, fault, merged
from tests.store_facts.exempting import ORDERS
from tests.store_facts.made import batch

DERIVE = derivers(Rules(load(), CALENDAR))
LATE = fault("late", arrived_at="09:30")
IN_TIME = fault("in time", arrived_at="08:30")


def column(facts: Facts) -> dict[str, str]:
    with facts.read(Scope.everything("test")) as reader:
        rows = reader.frame(reader.table("work_orders").select("order_no", "exempt"), NOW)
    return {
        number: text for number, text in zip(rows["order_no"], rows["exempt"], strict=True) if isinstance(text, str)
    }


def on_time(stage: Stage) -> tuple[float, int]:
    row = values(stage, ARRIVAL_ON_TIME, Options(), now=NOW).iloc[0]
    return row["value"], row["n"]


def test_an_exempt_order_leaves_the_figure_and_comes_back_when_it_is_withdrawn() -> None:
    stage = Stage(work_orders=[LATE, IN_TIME])
    assert on_time(stage) == (50, 2)
    mirror(stage.facts, {("city", "late", "arrival"), ("city", "late", "answer")}, DERIVE)
    assert column(stage.facts) == {"late": ",answer,arrival,"}
    assert on_time(stage) == (100, 1)
    mirror(stage.facts, set(), DERIVE)
    assert column(stage.facts) == {}
    assert on_time(stage) == (50, 2)


def test_only_a_change_is_news_and_its_weeks_are_counted_again() -> None:
    stage = Stage(work_orders=[LATE, fault("old", LATE["accepted_at"] - timedelta(days=70))])
    counted: list[Any] = []

    def count(_: Any, start: Any, end: Any) -> Any:
        counted.append((start, end))
        orders = stage.table("work_orders")
        weeks = orders.select(week=orders.accepted_at.truncate("W"), latest="accepted_at")
        return stage.frame(weeks, NOW).assign(counted=NOW)

    def ask() -> None:
        with stage.facts.read(Scope.everything("test")) as reader:
            reader.weeks("test", "work_orders", NOW, NOW, count)

    ask()
    version = stage.facts.versions()["work_orders"]
    for _ in range(2):
        mirror(stage.facts, {("city", "old", "arrival")}, DERIVE)
    assert stage.facts.versions()["work_orders"] == version + 1
    counted.clear()
    ask()
    ((start, end),) = counted
    assert start <= LATE["accepted_at"] - timedelta(days=70) < end
    assert end < LATE["accepted_at"]


def test_orders_that_come_after_the_register_find_it() -> None:
    """After a rebuild of the facts the register is mirrored first, and the rows are read then."""
    facts = Facts(Path(":memory:"), str(ZONE))
    mirror(facts, {("s", "1001", "arrival")}, DERIVE)
    assert "work_orders" not in facts.versions()
    facts.merge(batch("work_orders", [{"order_no": "1001", "category": "fault_report", "accepted_at": NOW}]), DERIVE)
    assert column(facts) == {"1001": ",arrival,"}


def test_an_order_of_the_same_number_in_another_source_is_not_exempt() -> None:
    stage = Stage(work_orders=[LATE, {**LATE, "source": "town"}])
    mirror(stage.facts, {("town", "late", "arrival")}, DERIVE)
    assert on_time(stage) == (0, 1)


def test_what_else_is_known_of_the_order_stays() -> None:
    first, second = (complaint(key, at, identity_key="x") for key, at in (("1", "08:00"), ("2", "09:00")))
    stage = Stage(work_orders=[first, second])
    whole = stage.table("work_orders").order_by("order_no")
    before = stage.frame(whole, NOW)
    assert before["previous_complaint_at"].notna().sum() == 1
    mirror(stage.facts, {("city", "2", "answer")}, DERIVE)
    after = stage.frame(whole, NOW)
    assert after["exempt"].tolist()[1] == ",answer,"
    assert after.drop(columns="exempt").equals(before.drop(columns="exempt"))


def test_killed_between_ledger_and_facts_the_next_look_mends_it(tmp_path: Path) -> None:
    ledger_file, facts_file = f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "facts.duckdb"
    with Facts(facts_file, str(ZONE)) as facts:
        merged(facts, "work_orders", [fault(str(number)) for number in range(ORDERS)], DERIVE)
    killed_at = random.Random(3).randint(5, ORDERS - 5)  # noqa: S311
    command = [sys.executable, "-m", "tests.store_facts.exempting", ledger_file, str(facts_file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for number, _ in enumerate(process.stdout, 1):
            if number == killed_at:
                os.kill(process.pid, signal.SIGKILL)
                break
        process.wait()
    ledger = open_ledger(ledger_file)
    wanted = standing(ledger)
    ledger.close()
    with Facts(facts_file, str(ZONE)) as facts:
        mirrored = {order_no for (order_no,) in facts._db.sql("SELECT order_no FROM exempt_clocks").fetchall()}
        assert mirrored == set(column(facts))  # the two are one transaction
        mirror(facts, wanted, DERIVE)
        assert set(column(facts)) == {order_no for _, order_no, _ in wanted}
        assert len(wanted) > 2
