"""A text's code, sent back from the phone it went to, takes the alert; everything else is told why not."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

import replying
from alerts.codes import code_of, found_in, is_code, phone
from dashboard import replies
from settings import Settings
from store.ledger import Ledger, open_ledger
from store.ledger.models import Alert
from store.ledger.queries import history
from tests.alerts.posts import NOW, fill

PHONE: Final = "13800001234"
SECRET: Final = "a-secret-of-the-gateway"
CODE: Final = code_of("transition 1", PHONE)
HEAD: Final = {"authorization": f"Bearer {SECRET}"}


@dataclass
class House:
    """The parts of a node that take replies, as node.Node has them."""

    settings: Settings
    ledger: Ledger

    def now(self) -> datetime:
        return NOW

    def may_hand_in(self, secret: str) -> bool:
        return replying.may_hand_in(self.settings, secret)

    def take_reply(self, sender: str, text: str) -> tuple[int, str, int | None]:
        answered = replying.take_reply(self, sender, text)
        return answered.status, answered.said, answered.alert_id


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    settings = Settings.model_validate({"sources": {}, "replies": {"secret": SECRET}})
    fill(ledger, 1, f"sms:{PHONE}", code=CODE, person="p7")
    fill(ledger, 1, "sms:13900009999", first=1, code=code_of("transition 2", "13900009999"))
    yield House(settings, ledger)
    ledger.close()


class Gateway:
    """Posts to the route."""

    def __init__(self, house: House) -> None:
        self._server = FastAPI()
        replies.add(self._server, house)

    def post(self, **what: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._server)
            async with httpx.AsyncClient(transport=transport, base_url="http://site") as line:
                return await line.post("/api/replies", **what)

        return asyncio.run(asked())


@pytest.fixture
def web(house: House) -> Gateway:
    return Gateway(house)


def said(web: Gateway, text: str, sender: str = PHONE) -> tuple[int, str]:
    answer = web.post(json={"from": sender, "text": text}, headers=HEAD)
    return answer.status_code, answer.json()["said"]


def test_the_right_code_from_the_right_phone_takes_the_alert_once(house: House, web: Gateway) -> None:
    for _ in range(3):
        answer = web.post(json={"from": "+86 138-0000-1234", "text": f"收到 {CODE}。"}, headers=HEAD)
        assert (answer.status_code, answer.json()["alert_id"]) == (200, 1)
    assert answer.json()["said"] == "alert 1 is yours already"
    steps = history(house.ledger, 1)
    assert [(s["event"], s["by"], s["inputs"].get("via")) for s in steps] == [
        ("raised", None, None),
        ("acknowledged", "p7", "text"),
    ]


@pytest.mark.parametrize(
    ("text", "sender", "status", "why"),
    [
        pytest.param("好的，马上到", PHONE, 422, "no code", id="no code"),
        pytest.param(CODE[:4] + str((int(CODE[4]) + 1) % 10) + CODE[5], PHONE, 422, "slip", id="a wrong digit"),
        pytest.param(CODE, "13900009999", 404, "no text with this code", id="another's phone"),
        pytest.param(code_of("nothing"), PHONE, 404, "no text with this code", id="a code never sent"),
        pytest.param(f"0{CODE}", PHONE, 422, "no code", id="part of a longer number"),
    ],
)
def test_everything_else_is_told_why_not(
    house: House, web: Gateway, text: str, sender: str, status: int, why: str
) -> None:
    answered, sentence = said(web, text, sender)
    assert (answered, why in sentence) == (status, True)
    assert len(history(house.ledger, 1)) == len(history(house.ledger, 2)) == 1


def test_an_alert_that_is_over_is_said_to_be(house: House, web: Gateway) -> None:
    with house.ledger.writing() as session:
        alert = session.get_one(Alert, 1)
        alert.state, alert.cleared_at, alert.cleared_reason = "cleared", NOW, "clock_met"
    assert said(web, CODE) == (409, "alert 1: is already cleared (clock_met); nothing is left to do")


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        pytest.param({}, b'{"from": "1", "text": "2"}', 401, id="no secret"),
        pytest.param({"authorization": "Bearer wrong"}, b'{"from": "1", "text": "2"}', 401, id="wrong secret"),
        pytest.param({"authorization": SECRET}, b'{"from": "1", "text": "2"}', 401, id="no scheme"),
        pytest.param(HEAD, b"{", 400, id="no JSON"),
        pytest.param(HEAD, b"[]", 400, id="no object"),
        pytest.param(HEAD, b'{"from": 1, "text": "2"}', 400, id="a number for a phone"),
        pytest.param(HEAD, b'{"from": "1", "text": "' + b"x" * 20_000 + b'"}', 400, id="too long"),
    ],
)
def test_what_a_gateway_may_not_do(web: Gateway, headers: dict[str, str], body: bytes, status: int) -> None:
    assert web.post(content=body, headers=headers).status_code == status


def test_without_a_secret_nobody_hands_in(house: House) -> None:
    house.settings = Settings.model_validate({"sources": {}})
    assert not house.may_hand_in("")
    assert not house.may_hand_in("None")


@given(st.text(), st.integers(0, 5), st.integers(1, 9))
def test_every_single_slip_is_seen(seed: str, place: int, by: int) -> None:
    code = code_of(seed)
    assert is_code(code)
    assert code == code_of(seed)
    wrong = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]
    assert not is_code(wrong)
    if place < 5 and code[place] != code[place + 1]:
        assert not is_code(code[:place] + code[place + 1] + code[place] + code[place + 2 :])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("回复123456接单", ["123456"]), ("１２３４５６", ["123456"]), ("1234567", []), ("12345", []), ("", [])],
)
def test_codes_in_what_people_write(text: str, expected: list[str]) -> None:
    assert found_in(text) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [("+86 138 0000 1234", PHONE), ("008613800001234", PHONE), (PHONE, PHONE), ("0516-8612345", "05168612345")],
)
def test_phones_are_compared_by_their_digits(number: str, expected: str) -> None:
    assert phone(number) == expected
