"""The truth: judged by hand on made-up courses, and recounted from the source's own rows."""

import sqlite3
import unicodedata
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulator.truth import repeats, repeats_at, truth_at
from simulator.verdicts import Course
from tests.simulator.conftest import DAYS, NOW
from tests.simulator.sources import rows

T = 1_800_000_000


def test_a_complaint_comes_back_within_thirty_days_by_the_same_customer_on_the_same_topic() -> None:
    def complaint(no: str, day: float, identity: str, matter: int, category: int = 2, **more: int) -> Course:
        stages = {"accepted": T + int(day * 86_400), **more}
        return Course(no, category, 0, stages, matter=matter, identity=identity)

    made = [
        complaint("1", 0, "300010001", 2),
        complaint("2", 30, "300010001", 3),  # another matter of the same class
        complaint("3", 60 + 1 / 86_400, "300010001", 2),
        complaint("4", 61, "300010001", 4),
        complaint("5", 61, "10012345678", 2),
        complaint("6", 62, "300010001", 2, category=5),
        complaint("7", 63, "300010001", 2, cancelled=T),
        complaint("8", 64, "300010001", 2),
    ]
    assert repeats(made) == {"2": "1", "8": "3"}


def test_the_truth_agrees_with_a_recount_of_the_rows(folder: Path) -> None:
    """Of the orders to which nothing happened that stops or restarts a clock."""
    minutes = {"城区": (45, 180), "农村": (90, 240), "特殊边远地区": (120, 240)}
    now = datetime.fromtimestamp(NOW.timestamp(), UTC) + timedelta(hours=8)
    counted = {}
    plain = """SELECT * FROM GZGD95598 g WHERE sfzd = '否' AND cxsj IS NULL AND gdbh NOT IN
        (SELECT gdbh FROM GDGC WHERE gclx IN ('挂起', '恢复', '办结', '重开', '合并'))"""
    for r in rows(folder, "orders", plain):
        start = datetime.fromisoformat(r["slsj"] + "+00:00")
        arrive, restore = (timedelta(minutes=m) for m in minutes[r["xcfl"]])
        arrived = start + timedelta(minutes=float(r["ddxcscfz"])) if r["ddxcscfz"] else None
        done = arrived + timedelta(minutes=float(r["gzxfscfz"])) if arrived and r["gzxfscfz"] else None
        late_here = arrived is not None and (done or now) - arrived > restore
        counted[r["gdbh"]] = ((arrived or now) - start > arrive, late_here)
    truth = truth_at(1, NOW, NOW.date() - timedelta(days=DAYS))

    def is_late(no: str, clock: str) -> bool:
        return clock in truth[no] and truth[no][clock].lines["promise"].late_s > 0

    assert {no: (is_late(no, "arrival"), is_late(no, "restoration")) for no in counted} == counted
    assert any(a for a, _ in counted.values())
    assert any(r for _, r in counted.values())
    assert len(counted) > 1500


def test_truth_db_tells_what_was_put_in(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "truth.db")) as db:
        kinds = dict(db.execute("SELECT kind, count(*) FROM injected GROUP BY kind").fetchall())
        share = "SELECT clock, line, count(*), avg(late_s > 0) FROM verdict GROUP BY 1, 2"
        verdicts = {(clock, line): (n, late) for clock, line, n, late in db.execute(share)}
        years = dict(db.execute("SELECT year, is_invented FROM calendar").fetchall())
    assert set(kinds) == {"storm", "hotspot", "late_planned_outage", "repeated_complaint"}
    assert verdicts["arrival", "promise"][0] > 1500
    assert 0.01 < verdicts["arrival", "promise"][1] < 0.06
    assert 0.01 < verdicts["restoration", "promise"][1] < 0.06
    assert len(verdicts) == 20
    assert all(late < 0.2 for _, late in verdicts.values())
    assert years == {2026: 0, 2027: 1}


def test_what_is_recorded_is_what_the_courses_give_at_last(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "truth.db")) as db:
        kept = {(no, c, n): (due, late) for no, c, n, due, late in db.execute("SELECT * FROM verdict")}
    at_last = NOW + timedelta(days=365)
    found = {
        (no, key, name): (line.due, line.late_s)
        for no, own in truth_at(1, at_last, NOW.date() - timedelta(days=DAYS)).items()
        for key, clock in own.items()
        for name, line in clock.lines.items()
        if (no, key, name) in kept and clock.end is not None
    }
    assert len(found) > 10_000
    assert all(kept[key] == told for key, told in found.items())


def test_late_planned_outages_are_late_in_the_source(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "truth.db")) as db:
        told = {s for (s,) in db.execute("SELECT subject FROM injected WHERE kind = 'late_planned_outage'")}
    late = rows(
        folder, "outages", "SELECT outage_id FROM outage WHERE outage_type <> 'FAULT' AND restore_time > plan_end"
    )
    assert {r["outage_id"] for r in late} <= told
    assert late


def test_repeated_complaints_agree_with_a_recount_of_the_rows(folder: Path) -> None:
    complaints = rows(
        folder, "orders", "SELECT * FROM FGZGD95598 WHERE gdlx = '2' AND cxsj IS NULL ORDER BY slsj, gdbh"
    )
    last: dict[tuple[object, str], str] = {}
    counted = {}
    for r in complaints:
        digits = "".join(ch for ch in r["lxdh"] or "" if ch.isdigit())
        home = "".join(ch for ch in unicodedata.normalize("NFKC", r["lxdz"]) if ch.isalnum())
        key = (r["yhbh"] or digits or (home, r["sstq"]), r["ywlx1"])
        if key in last:  # nine days of history: all within thirty
            counted[r["gdbh"]] = last[key]
        last[key] = r["gdbh"]
    assert repeats_at(1, NOW, NOW.date() - timedelta(days=DAYS)) == counted
    assert counted
