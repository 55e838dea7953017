"""The loop of the living city."""

import time
from datetime import timedelta
from pathlib import Path

from simulator import live
from simulator.city import City
from tests.simulator.conftest import NOW
from tests.simulator.sources import rows


class AfterTurns:
    """A stop that lets the loop turn `turns` times, without its pauses."""

    def __init__(self, turns: int) -> None:
        self.turns = turns

    def set(self) -> None:
        self.turns = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.turns -= 1
        return self.turns < 0


def test_the_city_lives_at_the_speed_it_is_told(tmp_path: Path) -> None:
    with City(tmp_path) as city:
        city.prepare(NOW, 1)
    began = time.monotonic()
    live.run(tmp_path, 1, NOW, 50_000.0, AfterTurns(3))
    most = timedelta(seconds=(time.monotonic() - began) * 50_000)
    with City(tmp_path) as city:
        last = city.last()
    assert last is not None
    assert timedelta(0) < last - NOW < most
    local = f"{last + timedelta(hours=8):%Y-%m-%d %H:%M:%S}"
    assert rows(tmp_path, "orders", "SELECT sj FROM XTSJ") == [{"sj": local}]
