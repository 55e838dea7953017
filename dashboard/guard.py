"""Stands in front of everything the server answers, pages, data, bundles and sockets alike, and says who asks.

Without sign-in ([access]) everybody is the demonstration's user, so only this machine may ask: a name that is not
loopback (a rebound DNS name) and a request started by another site's page are refused. With it, a gate
(dashboard.access.gate) says who somebody is, and nothing is answered before it did.
"""

import ipaddress
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from dashboard import memory
from store.scope import Scope

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

DEMO_USER: Final = "demo"
CALLBACKS: Final = "/_dash-update-component"  # where pages call back
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
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_scope: ContextVar[Scope] = ContextVar("lightkeeper_scope")


class Gate(Protocol):
    """Says who asks."""

    def knows(self, name: str) -> bool:
        """Whether this server may be asked under this host name."""

    async def __call__(self, scope: Message, receive: Receive, send: Send, inside: "Inside") -> None:
        """Answers itself, or has `inside` answer for somebody."""


Inside = Callable[[Scope, Message, Receive, Send], Awaitable[None]]


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


def listen_refusal(host: str, *, has_sign_in: bool) -> str | None:
    """Why the server must not listen on `host`; None when it may."""
    if is_loopback(host) or has_sign_in:
        return None
    return (
        f"node.host = {host}: would show everybody everything, because there is no sign-in; write [access] into the "
        "settings, or use 127.0.0.1 (and an SSH tunnel to look from elsewhere)"
    )


def why_refused(
    kind: str, method: str, headers: dict[str, str], knows: Callable[[str], bool] = is_loopback
) -> tuple[int, str] | None:
    """Status and sentence for a request that must not pass; None when it may.

    `kind` is http or websocket; `headers` have lower-case names. A program that is no browser sends neither Origin
    nor Sec-Fetch-Site and passes here: it could forge both.
    """
    host = headers.get("host", "")
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        name = ""
    if not knows(name):
        return 421, f"Host {host[:80]}: this server is not asked under that name; see [access] hosts, or use 127.0.0.1"
    if kind == "http" and method in SAFE:
        return None
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return 403, f"Origin {origin[:80]}: another site's page may not act here; open this site itself"
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return 403, "Sec-Fetch-Site: another site's page may not act here; open this site itself"
    return None


class Guard:
    """Pure ASGI, because Starlette's own middleware base passes sockets by."""

    def __init__(self, app: App, gate: Gate | None = None, extra: Mapping[str, str] | None = None) -> None:
        self._app, self._gate = app, gate
        self._headers = [(k.encode(), v.encode()) for k, v in {**HEADERS, **(extra or {})}.items()]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = headers_of(scope)
        answer = self._with_headers(send)
        knows = self._gate.knows if self._gate else is_loopback
        if refusal := why_refused(scope["type"], scope.get("method", "GET"), headers, knows):
            await refuse(scope["type"], *refusal, answer)
            return
        memories = memory.hold(headers.get("cookie", ""))
        try:
            if self._gate is None:
                await self._inside(Scope(DEMO_USER, None, role="administrator"), scope, receive, answer)
            else:
                await self._gate(scope, receive, answer, self._inside)
        finally:
            memory.drop(memories)

    async def _inside(self, who: Scope, scope: Message, receive: Receive, send: Send) -> None:
        token = _scope.set(who)
        try:
            await self._app(scope, receive, send)
        finally:
            _scope.reset(token)

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self._headers]
            await send(message)

        return sending


def headers_of(scope: Message) -> dict[str, str]:
    """The headers of a request under lower-case names."""
    return {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}


async def refuse(kind: str, status: int, sentence: str, send: Send) -> None:
    """Answers with a status and a sentence; a socket is closed."""
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": sentence[:120]})
        return
    head = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": sentence.encode()})
