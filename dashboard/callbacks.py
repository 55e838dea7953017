"""Stands in front of Dash's callbacks: what no page of ours sends is refused in a sentence, and Dash never reads it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson

from dashboard import bodies
from dashboard.bodies import TooBig
from dashboard.guard import CALLBACKS, App, Message, Receive, Send, headers_of, refuse
from dashboard.payloads import MOST_BYTES, Place, Spec, Unfit, fitted, place_of

JSON: Final = "application/json"


def specs(callback_map: Mapping[str, Any]) -> dict[str, Spec]:
    """What the server's callbacks take, by output, from Dash's own table. Those that a browser answers have none.

    Errors: ValueError for a callback whose outputs are a pattern: nothing here needs one.
    """
    found = {}
    for key, one in callback_map.items():
        if "callback" not in one:
            continue
        outputs = one["output"] if isinstance(one["output"], list | tuple) else [one["output"]]
        if not all(isinstance(output.component_id, str) for output in outputs):
            raise ValueError(f"callback {key}: a pattern as output is not read here; teach dashboard.payloads")
        found[key] = Spec(
            tuple(Place(output.component_id, output.component_property) for output in outputs),
            outputs is not one["output"],
            tuple(place_of(place["id"], place["property"]) for place in one["inputs"]),
            tuple(place_of(place["id"], place["property"]) for place in one["state"]),
        )
    return found


class Callbacks:
    """Pure ASGI. `known` gives the callbacks once Dash has set itself up."""

    def __init__(self, app: App, known: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
        self._app, self._known = app, known
        self._specs: dict[str, Spec] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await refuse("websocket", 403, "nothing here is told through a socket", send)
            return
        if scope["type"] != "http" or scope["path"] != CALLBACKS or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(scope, receive)
        except TooBig:
            await refuse("http", 413, f"the body is larger than {MOST_BYTES} bytes", send)
        except Unfit as error:
            await refuse("http", 400, f"not a callback of this page: {error}; load the page again", send)
        else:
            headers = [(k, v) for k, v in scope["headers"] if k not in (b"content-length", b"content-type")]
            headers += [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
            await self._app({**scope, "headers": headers}, bodies.again(body), send)

    async def _read(self, scope: Message, receive: Receive) -> bytes:
        """The body as its callback takes it. Errors: TooBig, Unfit."""
        if self._specs is None:
            self._specs = specs(await self._known())
        body = await bodies.read(receive, MOST_BYTES)
        if not headers_of(scope).get("content-type", "").startswith(JSON):
            raise Unfit(f"the body is not said to be {JSON}")
        try:
            asked = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Unfit("the body is no JSON") from None
        return orjson.dumps(fitted(asked, self._specs))
