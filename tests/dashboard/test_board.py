import asyncio
import gzip
import json
import threading
from datetime import timedelta
from typing import Any

import pytest

from dashboard.board import MOST_ANSWERS, MOST_VIEWS, Answer, Board
from tests.dashboard.picture import AFTERNOON, HandPart, HandSnapshot


def snap(view: str = "situation", **bodies: Any) -> HandSnapshot:
    return HandSnapshot(view, AFTERNOON, {name: HandPart(body) for name, body in bodies.items()})


def parts(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.raw)["parts"]
    return found


def versions(answer: Answer) -> dict[str, str]:
    return {name: part["version"] for name, part in parts(answer).items()}


class Steps:
    """A steady clock that a test moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


async def test_a_first_question_gets_every_part() -> None:
    board = Board("7")
    board.show(snap(kpis={"a": 1}, repairs={"total": 2}))
    answer = await board.changed("situation", {}, 5)
    said = json.loads(answer.raw)
    assert said["release"] == "7"
    assert said["view"] == "situation"
    assert said["now"] == int(AFTERNOON.timestamp() * 1000)
    assert said["parts"]["repairs"]["total"] == 2
    assert gzip.decompress(answer.packed) == answer.raw


async def test_an_unchanged_part_is_not_sent_again() -> None:
    board = Board("7")
    board.show(snap(kpis={"a": 1}, repairs={"total": 2}))
    have = versions(await board.changed("situation", {}, 5))
    board.show(snap(kpis={"a": 1}, repairs={"total": 3}))
    assert list(parts(await board.changed("situation", have, 5))) == ["repairs"]


async def test_nothing_changed_within_the_wait_is_an_answer_without_parts() -> None:
    board = Board("7")
    board.show(snap(kpis={"a": 1}))
    have = versions(await board.changed("situation", {}, 5))
    assert parts(await board.changed("situation", have, 0.02)) == {}


async def test_a_tick_in_another_thread_ends_the_wait() -> None:
    board = Board("7")
    board.show(snap(kpis={"a": 1}))
    have = versions(await board.changed("situation", {}, 5))
    waiting = asyncio.create_task(board.changed("situation", have, 60))
    await asyncio.sleep(0)
    await asyncio.to_thread(board.show, snap(kpis={"a": 2}))
    assert parts(await asyncio.wait_for(waiting, 5))["kpis"]["a"] == 2


async def test_a_tick_that_changes_nothing_wakes_nobody_up_for_good() -> None:
    board = Board("7")
    board.show(snap(kpis={"a": 1}))
    have = versions(await board.changed("situation", {}, 5))
    waiting = asyncio.create_task(board.changed("situation", have, 60))
    await asyncio.sleep(0)
    await asyncio.to_thread(board.show, snap(kpis={"a": 1}))
    await asyncio.to_thread(board.show, snap(kpis={"a": 3}))
    assert parts(await asyncio.wait_for(waiting, 5))["kpis"]["a"] == 3


async def test_who_was_away_for_several_ticks_gets_the_newest_only() -> None:
    board = Board("7")
    for tick in range(5):
        board.show(snap(kpis={"tick": tick}))
    assert parts(await board.changed("situation", {}, 5))["kpis"]["tick"] == 4


async def test_a_part_that_is_gone_is_gone() -> None:
    board = Board("7")
    board.show(snap(kpis={"a": 1}, hotspots={"n": 1}))
    board.show(snap(kpis={"a": 1}))
    assert list(parts(await board.changed("situation", {}, 5))) == ["kpis"]


async def test_all_who_lack_the_same_parts_share_one_body() -> None:
    board = Board("7")
    board.show(snap(kpis={"a": 1}))
    first, second = [await board.changed("situation", {}, 5) for _ in range(2)]
    assert first is second
    other = await board.changed("situation", {"kpis": "old"}, 5)
    assert other is first


async def test_a_view_nobody_built_yet_waits_for_the_tick_that_does() -> None:
    board = Board("7")
    board.show(snap(kpis={"a": 1}))
    waiting = asyncio.create_task(board.changed("situation@C1", {}, 60))
    await asyncio.sleep(0)
    assert board.wanted_views() == ("situation", "situation@C1")
    await asyncio.to_thread(board.show, snap("situation@C1", kpis={"a": 9}))
    assert parts(await asyncio.wait_for(waiting, 5))["kpis"]["a"] == 9


async def test_a_view_is_built_for_a_minute_after_its_last_reader() -> None:
    clock = Steps()
    board = Board("7", clock)
    await board.changed("situation@C1", {}, 0)
    clock.at = 59.0
    assert "situation@C1" in board.wanted_views()
    clock.at = 61.0
    assert board.wanted_views() == ("situation",)


async def test_a_forgotten_view_leaves_the_board_and_the_whole_stays() -> None:
    clock = Steps()
    board = Board("7", clock)
    await board.changed("situation@C1", {}, 0)
    board.show(snap("situation@C1", kpis={"a": 1}))
    board.show(snap(kpis={"a": 1}))
    clock.at = 100.0
    board.show(snap(kpis={"a": 2}))
    assert board.latest("situation@C1") is None
    assert board.latest("situation") is not None


async def test_invented_views_cannot_fill_the_memory() -> None:
    board = Board("7")
    for i in range(MOST_VIEWS + 40):
        await board.changed(f"situation@{i}", {}, 0)
    assert len(board.wanted_views()) <= MOST_VIEWS + 1
    assert f"situation@{MOST_VIEWS + 39}" in board.wanted_views()


async def test_any_number_of_walls_is_built_and_none_pushes_another_out() -> None:
    walls = frozenset(f"situation@W{i}" for i in range(3 * MOST_VIEWS))
    board = Board("7", walls=walls)
    for view in walls:
        await board.changed(view, {}, 0)
    for i in range(MOST_VIEWS + 1):
        await board.changed(f"situation@{i}", {}, 0)
    wanted = set(board.wanted_views())
    assert walls <= wanted
    assert "situation@0" not in wanted
    assert len(wanted - walls) == MOST_VIEWS + 1  # those asked for beside the walls, and the whole site's


async def test_only_the_parts_a_page_shows_are_sent_and_end_its_wait() -> None:
    board = Board("7")
    board.show(snap(kpis={"a": 1}, alerts={"n": 1}))
    first = await board.changed("situation", {}, 5, {"alerts"})
    assert list(parts(first)) == ["alerts"]
    waiting = asyncio.create_task(board.changed("situation", versions(first), 60, {"alerts"}))
    await asyncio.sleep(0)
    await asyncio.to_thread(board.show, snap(kpis={"a": 2}, alerts={"n": 1}))
    await asyncio.to_thread(board.show, snap(kpis={"a": 3}, alerts={"n": 2}))
    answer = parts(await asyncio.wait_for(waiting, 5))
    assert (list(answer), answer["alerts"]["n"]) == (["alerts"], 2)


async def test_every_set_of_parts_asked_for_cannot_fill_the_memory() -> None:
    board = Board("7")
    names = [f"part_{i}" for i in range(8)]
    bodies: dict[str, Any] = {name: {"a": 1} for name in names}
    board.show(snap(**bodies))
    usual = await board.changed("situation", {}, 5)
    for chosen in range(1, 2**8):
        only = {name for i, name in enumerate(names) if chosen >> i & 1}
        answer = await board.changed("situation", {}, 5, only)
        assert set(parts(answer)) == only
        assert await board.changed("situation", {}, 5) is usual  # what many ask for stays
    assert len(board._shown["situation"].answers) <= MOST_ANSWERS


async def test_what_a_tick_changed_is_packed_before_anybody_asks() -> None:
    board = Board("7")
    board.show(snap(kpis={"a": 1}, alerts={"n": 1}))
    have = versions(await board.changed("situation", {}, 5))
    board.show(snap(kpis={"a": 2}, alerts={"n": 1}))
    ready = list(board._shown["situation"].answers.values())
    assert await board.changed("situation", have, 5) is ready[-1]


def test_units_are_those_that_rows_name() -> None:
    board = Board("7")
    assert board.may_exist("situation@C1")  # nothing is known yet
    board.show(snap(units={"columns": {"code": ["C1"]}}, counties={"columns": {"code": ["C2"]}}))
    known = {view: board.may_exist(view) for view in ("situation", "situation@C1", "situation@C2", "situation@C3")}
    assert known == {"situation": True, "situation@C1": True, "situation@C2": True, "situation@C3": False}
    assert not board.may_exist("weather")
    assert not board.may_exist("weather@C1")
    board.show(snap(units={"columns": {}}))
    assert board.may_exist("situation@C3")  # a site that names no unit can not tell a wrong one


def test_a_loop_that_was_closed_does_not_stop_the_tick() -> None:
    board = Board("7")
    loop = asyncio.new_event_loop()
    task = loop.create_task(board.changed("situation", {}, 60))
    loop.run_until_complete(asyncio.sleep(0))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)
    loop.close()
    board.show(snap(kpis={"a": 1}))
    assert board.latest("situation") is not None


async def test_ticks_from_a_thread_never_lose_a_waiter() -> None:
    """The newest value is seen although ticks fall between looking and waiting."""
    board = Board("7")

    def tick() -> None:
        for i in range(300):
            board.show(snap(kpis={"tick": i}))

    ticking = threading.Thread(target=tick)
    ticking.start()
    seen = -1
    have: dict[str, str] = {}
    while seen < 299:
        answer = await asyncio.wait_for(board.changed("situation", have, 30), 30)
        have = versions(answer)
        assert parts(answer)["kpis"]["tick"] > seen
        seen = parts(answer)["kpis"]["tick"]
    await asyncio.to_thread(ticking.join, timedelta(seconds=5).total_seconds())
