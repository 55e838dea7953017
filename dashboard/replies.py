"""POST /api/replies: where a gateway for texts hands in what people answer."""

import asyncio
from typing import Any, Final, Protocol

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from dashboard import bodies
from dashboard.bodies import TooBig

MOST_BYTES: Final = 10_000
SCHEME: Final = "Bearer "


class Desk(Protocol):
    """Who takes replies: the node."""

    def may_hand_in(self, secret: str) -> bool:
        """Whether who shows `secret` is the gateway."""

    def take_reply(self, sender: str, text: str) -> tuple[int, str, int | None]:
        """HTTP status, sentence, and the number of the alert that is taken now."""


def add(server: FastAPI, desk: Desk) -> None:
    @server.post("/api/replies")
    async def replies(request: Request) -> Response:
        """{"from": phone, "text": reply} with `Authorization: Bearer SECRET`; answers {"said", "alert_id"}."""
        secret = request.headers.get("authorization", "")
        if not secret.startswith(SCHEME) or not desk.may_hand_in(secret.removeprefix(SCHEME)):
            return _answer(401, "the secret is missing or another than [replies] secret; nothing was taken")
        try:
            sender, text = _read(await bodies.read(request.receive, MOST_BYTES))
        except TooBig:
            return _answer(400, f"the reply is larger than {MOST_BYTES} bytes")
        if sender is None or text is None:
            return _answer(400, 'write one JSON object {"from": PHONE, "text": REPLY}')
        status, said, alert_id = await asyncio.to_thread(desk.take_reply, sender, text)
        return _answer(status, said, alert_id)


def _answer(status: int, said: str, alert_id: int | None = None) -> Response:
    return JSONResponse({"said": said, "alert_id": alert_id}, status_code=status)


def _read(body: bytes) -> tuple[str | None, str | None]:
    try:
        found: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None, None
    if not isinstance(found, dict):
        return None, None
    sender, text = found.get("from"), found.get("text")
    return (sender if isinstance(sender, str) else None), (text if isinstance(text, str) else None)
