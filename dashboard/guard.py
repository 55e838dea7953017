"""Stands in front of everything the server answers, pages, data, bundles and sockets alike, and says who asks.

Until sign-in exists everybody is the demonstration's user, so only this machine may ask: a name that is not loopback
(a rebound DNS name) and a request started by another site's page are refused.
"""

import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from typing import Any, Final
from urllib.parse import urlsplit

from dashboard import memory
from store.scope import Scope

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

DEMO_USER: Final = "demo"
HEADERS: Final = {
    "content-security-policy": "; ".join(
        (
            "default-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "script-src 'self' 'unsafe-inline'",
            "connect-src 'self'",
            "img-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_scope: ContextVar[Scope] = ContextVar("lightkeeper_scope")


def current_scope() -> Scope:
    """Who asks, within a request: also in callbacks and in the threads they start with asyncio.to_thread.

    Errors: LookupError outside a request; code that no request started has to bring its own Scope.
    """
    return _scope.get()


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address, no port) is this machine for sure."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def listen_refusal(host: str) -> str | None:
    """Why the server must not listen on `host`; None when it may."""
    if is_loopback(host):
        return None
    return (
        f"node.host = {host}: would show everybody everything, because there is no sign-in yet; "
        "use 127.0.0.1 (and an SSH tunnel to look from elsewhere)"
    )


def why_refused(kind: str, method: str, headers: dict[str, str]) -> tuple[int, str] | None:
    """Status and sentence for a request that must not pass; None when it may.

    `kind` is http or websocket; `headers` have lower-case names. A program that is no browser sends neither Origin
    nor Sec-Fetch-Site and passes: it could forge both.
    """
    host = headers.get("host", "")
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        name = ""
    if not is_loopback(name):
        return 421, f"Host {host[:80]}: only this machine is served until sign-in exists; use http://127.0.0.1"
    if kind == "http" and method in _SAFE:
        return None
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return 403, f"Origin {origin[:80]}: another site's page may not act here; open this site itself"
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return 403, "Sec-Fetch-Site: another site's page may not act here; open this site itself"
    return None


class Guard:
    """Pure ASGI, because Starlette's own middleware base passes sockets by."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        if refusal := why_refused(scope["type"], scope.get("method", "GET"), headers):
            await _refuse(scope["type"], *refusal, _with_headers(send))
            return
        token, memories = _scope.set(Scope.everything(DEMO_USER)), memory.hold(headers.get("cookie", ""))
        try:
            await self._app(scope, receive, _with_headers(send))
        finally:
            _scope.reset(token)
            memory.drop(memories)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *((k.encode(), v.encode()) for k, v in HEADERS.items())]
        await send(message)

    return sending


async def _refuse(kind: str, status: int, sentence: str, send: Send) -> None:
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": sentence[:120]})
        return
    head = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": sentence.encode()})
