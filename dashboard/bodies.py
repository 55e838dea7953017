"""Bodies of requests: read within a limit, and handed on again."""

from typing import Final

from dashboard.guard import Message, Receive

MOST_BYTES: Final = 1_000_000


class TooBig(Exception):
    """A body that nobody here sends."""


async def read(receive: Receive, most: int) -> bytes:
    """The whole body. Errors: TooBig."""
    found = bytearray()
    while True:
        message = await receive()
        found += message.get("body", b"")
        if len(found) > most:
            raise TooBig
        if message["type"] != "http.request" or not message.get("more_body"):
            return bytes(found)


def again(body: bytes) -> Receive:
    """`body` as if it came now."""
    told = False

    async def receive() -> Message:
        nonlocal told
        if told:
            return {"type": "http.disconnect"}
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def counted(receive: Receive) -> Receive:
    """`receive` that gives up on a body that says nothing of its length and does not end."""
    had = 0

    async def counting() -> Message:
        nonlocal had
        message = await receive()
        had += len(message.get("body", b"")) if message["type"] == "http.request" else 0
        if had > MOST_BYTES:
            raise TooBig
        return message

    return counting
