"""The truth: judged by hand on made-up courses, and recounted from the source's own rows."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.truth import Course, judge, repeats, repeats_at, truth_at
from tests.simulator.conftest import DAYS, NOW
from tests.simulator.sources import rows

T = 1_800_000_000
M = 60


@pytest.mark.parametrize(
    ("course", "now", "late"),
    [
        pytest.param(
            Course("a", 0, 0, T, T + 45 * M, T + 60 * M), T + 999 * M, (False, False), id="to the minute is kept"
        ),
        pytest.param(Course("b", 0, 0, T, T + 45 * M + 1, T + 60 * M), T + 999 * M, (True, False), id="a second over"),
        pytest.param(
            Course("c", 0, 1, T, T + 90 * M), T + 90 * M + 240 * M, (False, False), id="country: 4 h from arrival"
        ),
        pytest.param(
            Course("d", 0, 1, T, T + 90 * M), T + 90 * M + 240 * M + 1, (False, True), id="open past the limit"
        ),
        pytest.param(
            Course("e", 0, 0, T, T + 1 * M, T + 181 * M), T + 999 * M, (False, False), id="town: 3 h from arrival"
        ),
        pytest.param(
            Course("f", 0, 0, T, T + 1 * M, T + 181 * M + 1), T + 999 * M, (False, True), id="town: a second over"
        ),
        pytest.param(Course("g", 0, 2, T, None), T + 120 * M, (False, False), id="remote: 2 h, not over yet"),
        pytest.param(Course("h", 0, 2, T, None), T + 120 * M + 1, (True, False), id="nobody came to the remote place"),
        pytest.param(Course("i", 0, 0, T, T + 50 * M), T + 40 * M, (False, False), id="what is to come is not known"),
        pytest.param(Course("j", 2, 0, T), T + 999 * M, None, id="a complaint has no arrival"),
        pytest.param(Course("k", 0, 0, T, cancelled=T + 50 * M), T + 51 * M, None, id="cancelled"),
        pytest.param(
            Course("l", 0, 0, T, cancelled=T + 50 * M), T + 46 * M, (True, False), id="late before it is cancelled"
        ),
        pytest.param(Course("m", 0, 0, T, merged=T + 5 * M), T + 99 * M, None, id="a child does not count"),
        pytest.param(Course("n", 0, 0, T), T - 1, None, id="not yet called"),
    ],
)
def test_the_rule(course: Course, now: int, late: tuple[bool, bool] | None) -> None:
    verdict = judge(course, now)
    assert (verdict and (verdict.arrival_late, verdict.restoration_late)) == late


def test_a_complaint_comes_back_within_thirty_days_by_the_same_customer_on_the_same_topic() -> None:
    day = 86_400
    made = [
        Course("1", 2, 0, T, identity="300010001", topic=1),
        Course("2", 2, 0, T + 30 * day, identity="300010001", topic=1),
        Course("3", 2, 0, T + 60 * day + 1, identity="300010001", topic=1),
        Course("4", 2, 0, T + 61 * day, identity="300010001", topic=2),
        Course("5", 2, 0, T + 61 * day, identity="10012345678", topic=1),
        Course("6", 5, 0, T + 62 * day, identity="300010001", topic=1),
    ]
    assert repeats(made) == {"2": "1"}


def test_the_truth_agrees_with_a_recount_of_the_rows(folder: Path) -> None:
    minutes = {"城区": (45, 180), "农村": (90, 240), "特殊边远地区": (120, 240)}
    now = datetime.fromtimestamp(NOW.timestamp(), UTC) + timedelta(hours=8)
    counted = {}
    for r in rows(folder, "orders", "SELECT * FROM GZGD95598 WHERE sfzd = '否' AND cxsj IS NULL"):
        start = datetime.fromisoformat(r["slsj"] + "+00:00")
        arrive, restore = (timedelta(minutes=m) for m in minutes[r["xcfl"]])
        arrived = start + timedelta(minutes=float(r["ddxcscfz"])) if r["ddxcscfz"] else None
        done = arrived + timedelta(minutes=float(r["gzxfscfz"])) if arrived and r["gzxfscfz"] else None
        late_here = arrived is not None and (done or now) - arrived > restore
        counted[r["gdbh"]] = ((arrived or now) - start > arrive, late_here)
    truth = truth_at(1, NOW, NOW.date() - timedelta(days=DAYS))
    assert {no: (v.arrival_late, v.restoration_late) for no, v in truth.items()} == counted
    assert any(a for a, _ in counted.values())
    assert any(r for _, r in counted.values())


def test_truth_db_tells_what_was_put_in(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "truth.db")) as db:
        kinds = dict(db.execute("SELECT kind, count(*) FROM injected GROUP BY kind").fetchall())
        verdicts = db.execute("SELECT count(*), avg(arrival_late), avg(restoration_late) FROM verdict").fetchone()
        years = dict(db.execute("SELECT year, is_invented FROM calendar").fetchall())
    assert set(kinds) == {"storm", "hotspot", "late_planned_outage", "repeated_complaint"}
    assert verdicts[0] > 1500
    assert 0.005 < verdicts[1] < 0.08
    assert 0.005 < verdicts[2] < 0.08
    assert years == {2026: 0, 2027: 1}


def test_late_planned_outages_are_late_in_the_source(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "truth.db")) as db:
        told = {s for (s,) in db.execute("SELECT subject FROM injected WHERE kind = 'late_planned_outage'")}
    late = rows(
        folder, "outages", "SELECT outage_id FROM outage WHERE outage_type <> 'FAULT' AND restore_time > plan_end"
    )
    assert {r["outage_id"] for r in late} <= told
    assert late


def test_repeated_complaints_agree_with_a_recount_of_the_rows(folder: Path) -> None:
    complaints = rows(folder, "orders", "SELECT * FROM FGZGD95598 WHERE gdlx = '2' ORDER BY slsj, gdbh")
    last: dict[tuple[str, str], str] = {}
    counted = {}
    for r in complaints:
        digits = "".join(ch for ch in r["lxdh"] if ch.isdigit())
        key = (r["yhbh"] or digits, r["ywlx1"])
        if key in last:  # nine days of history: all within thirty
            counted[r["gdbh"]] = last[key]
        last[key] = r["gdbh"]
    assert repeats_at(1, NOW, NOW.date() - timedelta(days=DAYS)) == counted
    assert counted
