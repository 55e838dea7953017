"""Hotspots on the other ledger: looks, answers and rises are written and read back."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from store.ledger import hotspots, open_ledger
from tests.conftest import empty_database
from tests.gathering.district import Desk, planted, usual


def test_the_ledger_on_postgresql_takes_all_of_it(tmp_path: Path, postgres: sa.URL, fitted: dict[str, Any]) -> None:
    desk = Desk(tmp_path)
    desk.ledger.close()
    desk.ledger = open_ledger(empty_database(postgres))
    try:
        desk.put("work_orders", usual())
        hotspots.add_calibration(desk.ledger, fitted)
        desk.again()
        desk.look(0, planted(14, 20))
        desk.look(1)
        (one,) = desk.open_ones()
        assert desk.ask("hotspot answer", number=1, answer="acknowledged", by="Li")["answer"] == "acknowledged"
        assert len(desk.ask("hotspot", number=one["number"])["looks"]) >= 2
        assert desk.ask(as_of=desk.at.isoformat())["hotspots"][0]["number"] == 1
        assert hotspots.wide_day(desk.ledger) is not None
    finally:
        desk.close()
