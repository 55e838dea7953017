"""The living city: deterministic, the same however it is lived, alive at every hour."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.city import City, CityError
from tests.simulator.conftest import DAYS, NOW
from tests.simulator.sources import everything, rows

LIMITS = {"城区": (45, 180), "农村": (90, 240), "特殊边远地区": (120, 240)}


def test_the_same_seed_gives_the_same_rows_and_another_one_another_city(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("again", 1), ("other", 2)):
        with City(tmp_path / name, seed) as city:
            city.prepare(NOW, 2)
    first, again, other = (everything(tmp_path / name) for name in ("a", "again", "other"))
    assert again == first
    assert other["orders.GZGD95598"] != first["orders.GZGD95598"]
    assert other["outages.unit"] == first["outages.unit"]  # the network is the same in every city


def test_lived_step_by_step_it_has_the_rows_of_one_history(folder: Path, tmp_path: Path) -> None:
    """Steps of a second to hours, a restart, and a long absence: the rows must not tell."""
    at = NOW - timedelta(days=DAYS)
    with City(tmp_path) as city:
        city.prepare(at, 0)
        for k in range(30):
            at += timedelta(seconds=(1, 7, 61, 613, 5_003, 9_007)[k % 6])
            city.step(at)
    with City(tmp_path) as city:
        assert city.last() == at
        for _ in range(8):
            at += timedelta(minutes=47)
            city.step(at)
    with City(tmp_path) as city:
        city.prepare(NOW)
    assert everything(tmp_path) == everything(folder)


def test_a_step_repeated_after_a_crash_doubles_nothing(tmp_path: Path) -> None:
    """The truth commits last: a kill between the databases leaves the sources ahead of the mark of progress."""
    with City(tmp_path / "whole") as city:
        city.prepare(NOW, 2)
    with City(tmp_path / "killed") as city:
        city.prepare(NOW - timedelta(hours=5), 2)
        city.step(NOW - timedelta(hours=2))
    with closing(sqlite3.connect(tmp_path / "killed" / "truth.db")) as db, db:
        db.execute("UPDATE meta SET value = value - 3 * 3600 WHERE name = 'last'")
    with City(tmp_path / "killed") as city:
        city.prepare(NOW)
    assert everything(tmp_path / "killed") == everything(tmp_path / "whole")


def test_a_city_ahead_of_the_clock_is_left_as_it_is(tmp_path: Path) -> None:
    with City(tmp_path) as city:
        city.prepare(NOW, 0)
        before = everything(tmp_path)
        city.prepare(NOW - timedelta(hours=3))
        assert city.last() == NOW
        assert city.step(NOW - timedelta(hours=1)) == 0
    assert everything(tmp_path) == before


def test_a_folder_keeps_its_seed(tmp_path: Path) -> None:
    with City(tmp_path, seed=4) as city:
        city.prepare(NOW, 0)
    with pytest.raises(CityError, match="holds the city of seed 4; remove the folder or give --seed 4"):
        City(tmp_path, seed=5)


def test_about_600_orders_a_day_of_every_category(folder: Path) -> None:
    count = dict.fromkeys(range(11), 0)
    for table in ("GZGD95598", "FGZGD95598"):
        for r in rows(folder, "orders", f"SELECT gdlx, count(*) AS n FROM {table} GROUP BY gdlx"):  # noqa: S608
            count[int(r["gdlx"])] += r["n"]
    total = sum(count.values())
    assert 520 < total / (DAYS + 0.6) < 720
    assert min(count.values()) > 0
    assert 0.32 < count[0] / total < 0.45
    assert 0.012 < count[2] / total < 0.04


def test_nothing_is_written_that_has_not_happened_yet(folder: Path) -> None:
    local = NOW.astimezone(UTC) + timedelta(hours=8)
    for table, columns in {
        "GZGD95598": ("slsj", "jdsj", "ddxcsj", "kcsj", "hdsj", "shsj", "hfsj", "gdsj", "cxsj", "gxsj"),
        "FGZGD95598": ("slsj", "pdsj", "jdsj", "sclxsj", "hdsj", "shsj", "hfsj", "gdsj", "gxsj"),
    }.items():
        newest = rows(folder, "orders", f"SELECT {', '.join(f'max({c}) AS {c}' for c in columns)} FROM {table}")[0]  # noqa: S608
        assert max(v for v in newest.values() if v) <= f"{local:%Y-%m-%d %H:%M:%S}"
    ms = NOW.timestamp() * 1000
    outage = rows(
        folder, "outages", "SELECT max(start_time) AS s, max(restore_time) AS r, max(modified) AS m FROM outage"
    )
    assert all(v <= ms for v in outage[0].values())


def test_durations_are_minutes_as_text_that_keep_the_seconds(folder: Path) -> None:
    arrived = rows(folder, "orders", "SELECT slsj, ddxcsj, ddxcscfz FROM GZGD95598 WHERE ddxcscfz IS NOT NULL")
    assert len(arrived) > 500
    for r in arrived:
        start, end = (datetime.fromisoformat(r[c]) for c in ("slsj", "ddxcsj"))
        assert isinstance(r["ddxcscfz"], str)
        assert timedelta(minutes=float(r["ddxcscfz"])) == end - start


def test_at_every_moment_some_repair_is_near_its_limit_and_few_are_open(folder: Path) -> None:
    orders = rows(folder, "orders", "SELECT * FROM GZGD95598 WHERE sfzd = '否' AND cxsj IS NULL")
    spans = []
    for r in orders:
        start = datetime.fromisoformat(r["slsj"])
        arrive, restore = LIMITS[r["xcfl"]]
        arrived = datetime.fromisoformat(r["ddxcsj"]) if r["ddxcsj"] else None
        done = arrived + timedelta(minutes=float(r["gzxfscfz"])) if arrived and r["gzxfscfz"] else None
        near_arrival = start + timedelta(minutes=0.75 * arrive)
        near = arrived + timedelta(minutes=0.75 * restore) if arrived else None
        spans.append((start, arrived, done, near_arrival, near))
    first = datetime(2026, 11, 18)  # noqa: DTZ001 the database's own wall clock
    for k in range(6 * 60):
        at = first + timedelta(minutes=10 * k)
        if at > datetime(2026, 11, 20, 14, 30):  # noqa: DTZ001
            break
        alive = [s for s in spans if s[0] <= at and (s[2] is None or s[2] > at)]
        close = [s for s in alive if (s[3] <= at if s[1] is None or s[1] > at else s[4] is not None and s[4] <= at)]
        assert len(close) >= 1, at
        assert 3 <= len(alive) <= 120, at


def test_merged_calls_are_counted_at_their_parent(folder: Path) -> None:
    children = rows(folder, "orders", "SELECT zdbh, count(*) AS n FROM GZGD95598 WHERE sfzd = '是' GROUP BY zdbh")
    assert len(children) > 10
    for r in children:
        parent = rows(folder, "orders", "SELECT zdcs, tdbh, sfzd FROM GZGD95598 WHERE gdbh = ?", r["zdbh"])[0]
        assert parent["zdcs"] >= 1 + r["n"]
        assert parent["sfzd"] == "否"
        assert rows(folder, "outages", "SELECT 1 FROM outage WHERE outage_id = ?", parent["tdbh"])


def test_the_customers_out_of_a_running_outage_are_those_of_its_dark_areas(folder: Path) -> None:
    running = rows(folder, "outages", "SELECT * FROM outage WHERE start_time IS NOT NULL AND restore_time IS NULL")
    assert running
    for r in running:
        dark = rows(
            folder,
            "outages",
            "SELECT sum(customers) AS n FROM outage_area WHERE outage_id = ? AND off_time > 0 AND on_time IS NULL",
            r["outage_id"],
        )
        assert r["customers_out"] == dark[0]["n"]


def test_revisits_are_answered_or_not_and_mostly_content(folder: Path) -> None:
    got = {
        r["c"]: r["n"]
        for r in rows(folder, "surveys", "SELECT RESULT_CODE AS c, count(*) AS n FROM REVISIT GROUP BY 1")
    }
    assert got["Y"] > 5 * got["N"] > got["R"] > 0
    score = rows(folder, "surveys", "SELECT avg(SAT_CODE >= 4) AS s FROM REVISIT WHERE SAT_CODE IS NOT NULL")[0]["s"]
    assert 0.94 < score < 0.98


def test_a_reported_fault_stands_in_the_table_at_once(reporting_city: City, tmp_path: Path) -> None:
    reporting_city.report_fault("1001", "urban", NOW + timedelta(minutes=1))
    reporting_city.advance("1001", "arrived", NOW + timedelta(minutes=46, seconds=3))
    reporting_city.advance("1001", "restored", NOW + timedelta(minutes=90))
    (row,) = rows(tmp_path, "orders", "SELECT * FROM GZGD95598 WHERE gdbh = '1001'")
    assert (row["slsj"], row["xcfl"], row["ddxcscfz"]) == ("2026-11-20 14:33:00", "城区", "45.05")
    assert (row["ddxcsj"], row["gzxfscfz"], row["gdzt"]) == ("2026-11-20 15:18:03", "43.95", "已复电")
    assert row["gxsj"] == "2026-11-20 16:02:00"


def test_a_reported_fault_takes_only_stages_that_exist_in_order(reporting_city: City) -> None:
    reporting_city.report_fault("1002", "remote", NOW, county="LJ08")
    with pytest.raises(ValueError, match="1002: nobody is on site yet; advance it to arrived first"):
        reporting_city.advance("1002", "restored", NOW)
    with pytest.raises(ValueError, match="slept: no such stage; use dispatched"):
        reporting_city.advance("1002", "slept", NOW)
    with pytest.raises(ValueError, match="LJ01: has no remote area"):
        reporting_city.report_fault("1003", "remote", NOW, county="LJ01")


def test_an_old_fault_reported_now_is_stamped_now(reporting_city: City, tmp_path: Path) -> None:
    reporting_city.report_fault("1004", "rural", NOW - timedelta(hours=30), written=NOW)
    (row,) = rows(tmp_path, "orders", "SELECT slsj, gxsj, gdzt FROM GZGD95598 WHERE gdbh = '1004'")
    assert row == {"slsj": "2026-11-19 08:32:00", "gxsj": "2026-11-20 14:32:00", "gdzt": "已受理"}
