import asyncio
from typing import Any

import httpx
import pytest

from tests.dashboard.picture import HandHouse, picture

LIVE = "/api/live"


async def ask(client: httpx.AsyncClient, **query: str) -> dict[str, Any]:
    reply = await client.get(LIVE, params=query)
    assert reply.status_code == 200
    found: dict[str, Any] = reply.json()
    return found


def held(answer: dict[str, Any]) -> str:
    return ",".join(f"{name}:{part['version']}" for name, part in answer["parts"].items())


async def test_the_first_answer_has_every_part_and_the_time(client: httpx.AsyncClient, house: HandHouse) -> None:
    reply = await client.get(LIVE)
    assert set(reply.json()["parts"]) == set(picture())
    assert reply.headers["lightkeeper-now"] == str(int(house.now().timestamp() * 1000))
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["content-encoding"] == "gzip"


async def test_a_client_without_gzip_is_understood(client: httpx.AsyncClient) -> None:
    reply = await client.get(LIVE, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in reply.headers
    assert reply.json()["parts"]


async def test_the_wait_ends_when_something_changes(client: httpx.AsyncClient, house: HandHouse) -> None:
    have = held(await ask(client))
    waiting = asyncio.create_task(ask(client, have=have, wait="60"))
    await asyncio.sleep(0)
    await asyncio.to_thread(house.show, repairs={"total": 0, "columns": {}})
    answer = await asyncio.wait_for(waiting, 5)
    assert list(answer["parts"]) == ["repairs"]


async def test_two_hundred_waiting_clients_need_one_tick(client: httpx.AsyncClient, house: HandHouse) -> None:
    have = held(await ask(client))
    waiting = [asyncio.create_task(ask(client, have=have, wait="60")) for _ in range(200)]
    while len(house.board._bells) == 0:  # until the first of them waits
        await asyncio.sleep(0)
    await asyncio.to_thread(house.show, counties={"level": "county", "columns": {}})
    answers = await asyncio.wait_for(asyncio.gather(*waiting), 20)
    assert [list(a["parts"]) for a in answers] == [["counties"]] * 200


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"view": "../etc"}, "view"),
        ({"view": "situation@" + "x" * 99}, "view"),
        ({"have": "kpis"}, "have"),
        ({"wait": "soon"}, "wait"),
        ({"wait": "nan"}, "wait"),
        ({"wait": "3600"}, "wait"),
        ({"wait": "-1"}, "wait"),
        ({"parts": ""}, "parts"),
        ({"parts": "alerts,weather"}, "parts"),
        ({"parts": "alerts,<b>"}, "parts"),
    ],
)
async def test_a_wrong_question_is_told_what_is_wrong(
    client: httpx.AsyncClient, query: dict[str, str], word: str
) -> None:
    reply = await client.get(LIVE, params=query)
    assert reply.status_code == 400
    assert reply.json()["error"].startswith(f"{word}=")


async def test_a_page_gets_the_parts_it_shows(client: httpx.AsyncClient) -> None:
    assert set((await ask(client, parts="alerts,sources"))["parts"]) == {"alerts", "sources"}


async def test_an_unknown_part_is_told_what_there_is(client: httpx.AsyncClient) -> None:
    reply = await client.get(LIVE, params={"parts": "alerts,weather"})
    said = "parts=weather: is not a part of a view; there are alerts, complaints, counties, hotspots,"
    assert reply.json()["error"].startswith(said)


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        ("situation@C99", "view=situation@C99: no source names the unit C99"),
        ("weather", "view=weather: there is no view weather; use situation"),
    ],
)
async def test_a_view_that_nobody_could_build_is_not_waited_for(
    client: httpx.AsyncClient, house: HandHouse, view: str, sentence: str
) -> None:
    reply = await client.get(LIVE, params={"view": view, "wait": "60"})
    assert (reply.status_code, reply.json()["error"]) == (404, sentence)
    assert house.board.wanted_views() == ("situation",)


async def test_the_live_route_is_only_read(client: httpx.AsyncClient) -> None:
    assert (await client.post(LIVE, json={})).status_code == 405


async def test_a_desk_page_is_told_which_parts_it_shows(client: httpx.AsyncClient) -> None:
    desk, wall = [(await client.get(p)).text for p in ("/orders", "/wall/main")]
    assert '"parts":["alerts","sources"]' in desk
    assert '"parts":["alerts"' not in wall
