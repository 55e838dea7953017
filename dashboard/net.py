"""The last net: what nobody foresaw is answered with 500 and one sentence, and stands in the log without its values."""

import logging
import traceback
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dashboard.guard import HEADERS, App, Message, Receive, Send

log = logging.getLogger(__name__)
HERE: Final = f"{Path(__file__).parents[1]}/"
LIBRARIES: Final = "site-packages"
SENTENCE: Final = "this could not be answered; what went wrong stands in the log of the server"


def where(error: BaseException) -> str:
    """What went wrong and where, innermost first. Without its message, which may repeat what somebody wrote or a row,
    and without what lies between our own lines."""
    every = traceback.extract_tb(error.__traceback__)
    frames = [
        frame
        for frame in every
        if frame is every[-1] or (frame.filename.startswith(HERE) and LIBRARIES not in frame.filename)
    ]
    causes = [error, *([error.__cause__] if error.__cause__ else [])]
    names = " from ".join(type(one).__name__ for one in causes)
    return f"{names} at " + " < ".join(f"{f.filename}:{f.lineno} {f.name}" for f in reversed(frames))


def told(error: Exception) -> None:
    """For Dash's callbacks, whose errors Dash itself answers and tells nobody of."""
    log.error("a callback failed: %s", where(error))
    raise error


def answer(_request: Request, _error: Exception) -> Response:
    """For the web framework, which answers what its routes did not foresee."""
    return PlainTextResponse(SENTENCE, status_code=500)


class Net:
    """Pure ASGI, round everything."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            log.error("%s %s failed: %s", scope.get("method", scope["type"]), scope.get("path", ""), where(error))
            if scope["type"] != "http":
                raise
            if not status:
                kind = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
                head = kind + [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                await send({"type": "http.response.start", "status": 500, "headers": head})
                await send({"type": "http.response.body", "body": SENTENCE.encode()})
        else:
            if status == 500:
                log.error("%s %s was answered with 500", scope["method"], scope["path"])
