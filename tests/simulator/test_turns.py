"""What turns an order from its course, as the source's own rows tell of it."""

from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest

from simulator.city import City, CityError
from simulator.day import LOOK_BACK, draw
from simulator.instants import midnight
from simulator.network import network
from tests.simulator.conftest import NOW
from tests.simulator.sources import rows

EVENTS = "SELECT gdbh, gclx, fssj, gxsj, yy FROM GDGC ORDER BY gdbh, gcbh"


def test_every_kind_of_event_comes_and_each_with_its_reason(folder: Path) -> None:
    found = {r["gclx"]: r["n"] for r in rows(folder, "orders", "SELECT gclx, count(*) AS n FROM GDGC GROUP BY 1")}
    assert set(found) == {"催办", "转派", "合并", "督办", "退单", "挂起", "恢复", "办结", "重开"}
    assert found["挂起"] > 100
    assert found["重开"] >= found["办结"] > 30
    assert rows(folder, "orders", "SELECT 1 FROM GDGC WHERE yy IS NULL OR czdw IS NULL") == []


def test_nothing_is_told_before_it_happened_and_a_solution_only_once_it_failed(folder: Path) -> None:
    reopened = {r["gdbh"]: r["fssj"] for r in rows(folder, "orders", EVENTS) if r["gclx"] == "重开"}
    first = {r["gdbh"]: r["fssj"] for r in reversed(rows(folder, "orders", EVENTS)) if r["gclx"] == "重开"}
    for r in rows(folder, "orders", EVENTS):
        if r["gclx"] == "办结":
            assert r["fssj"] < r["gxsj"] == first[r["gdbh"]]
        else:
            assert r["fssj"] == r["gxsj"]
    assert reopened


def test_pauses_come_in_all_forms(folder: Path) -> None:
    of: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for r in rows(folder, "orders", EVENTS):
        if r["gclx"] in ("挂起", "恢复"):
            of[r["gdbh"]].append((r["gclx"], r["fssj"]))
    forms = {"".join("+" if kind == "挂起" else "-" for kind, _ in told) for told in of.values()}
    assert {"+-", "++-", "+", "-"} <= forms
    assert any(told[0][0] == "挂起" and len({at for _, at in told}) < len(told) for told in of.values())


def test_a_reopened_repair_is_empty_again_until_it_is_mended(tmp_path: Path) -> None:
    at = NOW - timedelta(days=2)
    seen = set()
    with City(tmp_path) as city:
        city.prepare(at, 3)
        while at < NOW:
            at += timedelta(hours=3)
            city.step(at)
            last = {r["gdbh"]: r["fssj"] for r in rows(tmp_path, "orders", EVENTS) if r["gclx"] == "重开"}
            for r in rows(tmp_path, "orders", "SELECT gdbh, gzxfscfz, hdsj, gdsj, gdzt, cxsj FROM GZGD95598"):
                if r["gdbh"] in last and r["gzxfscfz"] is None:
                    assert (r["hdsj"], r["gdsj"], r["gdzt"]) == (None, None, "已到达")
                    seen.add(r["gdbh"])
                elif r["gdbh"] in last and r["hdsj"]:
                    assert r["hdsj"] > last[r["gdbh"]]
    assert seen


def test_some_who_called_first_are_merged_into_another(folder: Path) -> None:
    earlier = rows(
        folder,
        "orders",
        "SELECT c.gdbh FROM GZGD95598 c JOIN GZGD95598 p ON p.gdbh = c.zdbh WHERE c.sfzd = '是' AND c.slsj < p.slsj",
    )
    assert earlier


def test_connections_go_from_scheme_to_meter(folder: Path) -> None:
    found = rows(folder, "orders", "SELECT * FROM YKBZSQ")
    assert len(found) > 40
    assert {r["yhlx"] for r in found} == {"01", "02", "03"}
    for r in found:
        told = [r[c] for c in ("slsj", "pdsj", "jdsj", "sclxsj", "fadfsj", "jgjysj", "zbjdsj") if r[c]]
        assert told == sorted(told)
        assert (r["htrl"] is None) == (r["yhlx"] != "01")
        assert r["gdfs"] == "单电源" or r["yhlx"] == "01"


def test_every_order_has_its_manager_and_once_received_its_handler(folder: Path) -> None:
    people = {r["staff_code"]: r["duty"] for r in rows(folder, "outages", "SELECT staff_code, duty FROM staff")}
    for table, duty in (("GZGD95598", "crew"), ("FGZGD95598", "patch_manager"), ("YKBZSQ", "patch_manager")):
        for r in rows(folder, "orders", f"SELECT jdsj, cbry, tqjl FROM {table}"):  # noqa: S608
            assert people[r["tqjl"]] == "area_manager"
            assert (r["cbry"] is not None) == (r["jdsj"] is not None)
            assert r["cbry"] is None or people[r["cbry"]] in (duty, "patch_manager")


def test_no_row_changes_later_than_the_city_looks_back() -> None:
    """The longest are connections of high voltage that were set aside and opened again."""
    first = NOW.date().toordinal()
    for day in range(first - 60, first):
        for name, courses in draw(network(), 1, day).tables.items():
            assert courses.times.max(initial=0) < midnight(day + LOOK_BACK), (name, day)


def test_a_city_of_an_earlier_form_is_refused(tmp_path: Path) -> None:
    with City(tmp_path) as city:
        city.prepare(NOW, 0)
        city._db.set_meta("form", 1)
        city._db.commit()
    with pytest.raises(CityError, match="holds a city of an earlier form; remove the folder"):
        City(tmp_path)
