"""The gate: nothing is answered before it is known who asks and whether their role may ask for it.

Pure ASGI over http and websocket. Who is not signed in gets the sign-in page (a browser that opens a page) or 401; a
display gets its own wall and what that page is made of.
"""

import asyncio
import hmac
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

import orjson

from dashboard import bodies
from dashboard.access import proxy, roles
from dashboard.access.identity import NotLetIn
from dashboard.access.reception import Reception, scope_of
from dashboard.bodies import MOST_BYTES, TooBig, counted
from dashboard.guard import CALLBACKS, SAFE, Inside, Message, Receive, Send, headers_of, is_loopback, refuse
from settings import Settings
from store.ledger.visits import Visitor
from store.scope import Scope

COOKIE: Final = "lightkeeper-visit"
# Asked before anybody is known: signs of life, signing in, and a gateway's replies, which bring a secret of their own.
OPEN: Final = ("/healthz", "/readyz", "/sign-in", "/sign-in/oidc", "/sign-in/back", "/api/replies")
FORCED: Final = ("/password", "/sign-out", "/sign-in")  # all that is open while a given password must be changed
FONTS: Final = "/sign-in/fonts/"
PAGES_OUTPUT: Final = "_pages_content"
MOST_OF_DISPLAY: Final = 20_000
PER_MINUTE: Final = {"anybody": 600, "acts": 240, "files": 60}
NOBODY: Final = Scope("nobody", (), role="nobody")
_visitor: ContextVar[Visitor | None] = ContextVar("lightkeeper_visitor", default=None)


def current_visitor() -> Visitor | None:
    """Who is signed in, within a request; None in the demonstration and before signing in."""
    return _visitor.get()


class Paces:
    """How many requests there were this minute, by who sends them. For one event loop."""

    def __init__(self) -> None:
        self._minute, self._counts = 0, dict[str, int]()

    def may(self, key: str, most: int, now_s: float) -> bool:
        if int(now_s // 60) != self._minute:
            self._minute, self._counts = int(now_s // 60), {}
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key] <= most


def cookie_of(headers: Mapping[str, str], name: str) -> str | None:
    pairs = (part.strip().partition("=") for part in headers.get("cookie", "").split(";"))
    return next((value for key, _, value in pairs if key == name and value), None)


def place_of(scope: Message) -> str:
    """The address a request came from."""
    client = scope.get("client")
    return str(client[0]) if client else "-"


class Gate:
    def __init__(self, settings: Settings, reception: Reception, view_of: Callable[[str], str | None]) -> None:
        """`view_of`: the live view of a wall."""
        if settings.access is None:
            raise ValueError("a gate needs [access]")
        self.reception, self._access, self._view_of = reception, settings.access, view_of
        self._walls = settings.walls
        self.cookie = self.name_of(COOKIE)
        site = urlsplit(settings.site.url).hostname if settings.site.url else None
        self._names = {name.lower() for name in (*settings.access.hosts, settings.node.host, site or "") if name}
        self._paces = Paces()

    def knows(self, name: str) -> bool:
        return is_loopback(name) or name.lower() in self._names

    # ------------------------------------------------------------------ cookies

    def name_of(self, cookie: str) -> str:
        return f"__Host-{cookie}" if self._access.tls else cookie

    def cookie_header(self, token: str, *, lasts_s: int | None = None, name: str = COOKIE) -> str:
        parts = [f"{self.name_of(name)}={token}", "Path=/", "HttpOnly", "SameSite=Lax"]
        parts += ["Secure"] if self._access.tls else []
        parts += [f"Max-Age={lasts_s}"] if lasts_s is not None else []
        return "; ".join(parts)

    # ------------------------------------------------------------------ a request

    async def __call__(self, scope: Message, receive: Receive, send: Send, inside: Inside) -> None:
        headers, kind, path = headers_of(scope), scope["type"], scope["path"]
        try:
            who = await self._named(scope) or await self._who(cookie_of(headers, self.cookie))
        except NotLetIn as error:
            await refuse(kind, 403, f"not let in: {error.why}", send)
            return
        if self._access.proxy:
            scope = {**scope, "headers": proxy.strip(scope["headers"], self._access.proxy)}
        if refusal := self._too_much(scope, headers, who) or _unsaid(scope, headers, who):
            await refuse(kind, *refusal, send)
            return
        kept = _visitor.set(who)
        try:
            if who is None and not (kind == "http" and (path in OPEN or path.startswith(FONTS))):
                await self._send_in(scope, headers, send, inside, receive)
                return
            if who is None:
                await inside(NOBODY, scope, counted(receive), send)
                return
            if who.must_change and path not in FORCED and not path.startswith(FONTS):
                await _sent_to(
                    scope, headers, send, "/password", 403, "the password given to you must be changed first"
                )
                return
            receive, refused = await self._may(who, scope, headers, receive)
            if refused:
                await refuse(kind, *refused, send)
                return
            await inside(scope_of(who, self._area), scope, counted(receive), send)
        except TooBig:
            await refuse(kind, 413, f"the body is larger than {MOST_BYTES} bytes", send)
        finally:
            _visitor.reset(kept)

    def _area(self, wall: str) -> str | None:
        profile = self._walls.get(wall)
        return profile.area if profile else None

    async def _named(self, scope: Message) -> Visitor | None:
        """Whom the proxy in front names. Errors: NotLetIn."""
        identity = proxy.identity_of(scope["headers"], self._access.proxy) if self._access.proxy else None
        if identity is None:
            return None
        known = self.reception.named(identity)
        return known or await asyncio.to_thread(self.reception.by_proxy, identity, place_of(scope))

    async def _who(self, token: str | None) -> Visitor | None:
        if token is None or len(token) > 200:
            return None
        return self.reception.known(token) or await asyncio.to_thread(self.reception.visitor, token)

    def _too_much(self, scope: Message, headers: Mapping[str, str], who: Visitor | None) -> tuple[int, str] | None:
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or len(length) > 9 or int(length) > MOST_BYTES:
            return 413, f"the body is larger than {MOST_BYTES} bytes"
        now, path = time.monotonic(), scope["path"]
        if who is None:
            pace = ("anybody", place_of(scope))
        elif path.startswith("/export/"):
            pace = ("files", str(who.visit))
        elif scope.get("method", "GET") not in SAFE:
            pace = ("acts", str(who.visit))
        else:
            return None
        if self._paces.may(" ".join(pace), PER_MINUTE[pace[0]], now):
            return None
        return 429, f"more than {PER_MINUTE[pace[0]]} requests a minute from there; wait a minute"

    async def _send_in(
        self, scope: Message, headers: Mapping[str, str], send: Send, inside: Inside, receive: Receive
    ) -> None:
        """Nobody is signed in: a display with its token, the reader of the metrics, or the way to the sign-in page."""
        if scope["type"] == "http" and scope["path"] == "/metrics" and self._may_measure(headers):
            await inside(Scope("metrics", None, role="administrator"), scope, receive, send)
            return
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith("/wall/"):
            query = parse_qs(scope["query_string"].decode("latin-1"))
            if secret := query.get("token", [""])[0]:
                await inside(
                    NOBODY,
                    {
                        **scope,
                        "path": "/sign-in/display",
                        "raw_path": b"/sign-in/display",
                        "lightkeeper.wall": scope["path"].removeprefix("/wall/").rstrip("/"),
                        "lightkeeper.token": secret,
                    },
                    receive,
                    send,
                )
                return
        query_string = scope["query_string"].decode("latin-1")
        here = scope["path"] + (f"?{query_string}" if query_string else "")
        await _sent_to(scope, headers, send, f"/sign-in?next={quote(here, safe='/')}", 401, "sign in first: /sign-in")

    def _may_measure(self, headers: Mapping[str, str]) -> bool:
        token = self._access.metrics_token
        given = headers.get("authorization", "").removeprefix("Bearer ")
        return token is not None and hmac.compare_digest(given.encode(), token.get_secret_value().encode())

    # ------------------------------------------------------------------ what a role may ask for

    async def _may(
        self, who: Visitor, scope: Message, headers: Mapping[str, str], receive: Receive
    ) -> tuple[Receive, tuple[int, str] | None]:
        path = scope["path"]
        if path in OPEN or path in FORCED or path.startswith(FONTS):
            return receive, None
        if who.wall is None:
            act = roles.act_of(path)
            allowed = roles.may(who.role, act)
            return receive, None if allowed else (403, str(roles.NotAllowed(who.role, act)))
        method = scope.get("method", "GET")
        refused = (403, f"this display shows /wall/{who.wall} and nothing else")
        if scope["type"] != "http":
            return receive, refused
        if path == "/api/live" and method == "GET":
            asked = parse_qs(scope["query_string"].decode("latin-1")).get("view", ["situation"])
            return receive, None if asked == [
                self._view_of(who.wall)
            ] else refused  # named twice, another one may count
        if path == CALLBACKS and method == "POST":
            body = await bodies.read(receive, MOST_OF_DISPLAY)
            return bodies.again(body), None if _is_own_page(body, who.wall) else refused
        return receive, None if roles.display_may(method, path, who.wall) else refused


def _unsaid(scope: Message, headers: Mapping[str, str], who: Visitor | None) -> tuple[int, str] | None:
    """A browser says where a change comes from; with its cookie, silence is no answer. Another Origin or site was
    refused before."""
    if who is None or scope.get("method", "GET") in SAFE:
        return None
    if "origin" in headers or headers.get("sec-fetch-site") == "same-origin":
        return None
    return 403, "neither Origin nor Sec-Fetch-Site says that this site's page asks"


def _is_own_page(body: bytes, wall: str) -> bool:
    """Whether a callback is Dash's own, which draws the page of an address, and the address is this wall's."""
    try:
        asked = orjson.loads(body)
        inputs = [*asked.get("inputs", ()), *asked.get("state", ())]
        places = [one["value"] for one in inputs if one.get("property") == "pathname"]
        return PAGES_OUTPUT in asked["output"] and places == [f"/wall/{wall}"]
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        return False


async def _sent_to(
    scope: Message, headers: Mapping[str, str], send: Send, where: str, status: int, sentence: str
) -> None:
    """A browser that opens a page is sent there; everything else is told."""
    opens = scope["type"] == "http" and scope["method"] == "GET" and "text/html" in headers.get("accept", "")
    if not opens:
        await refuse(scope["type"], status, sentence, send)
        return
    head = [(b"location", where.encode("latin-1", "replace")), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 303, "headers": head})
    await send({"type": "http.response.body", "body": b""})


def address_of(text: str) -> str:
    """`text` if it is an address of this site that may be opened after signing in, else the first page."""
    parts = urlsplit(text)
    plain = text.isprintable() and "\\" not in text
    return text if plain and text.startswith("/") and not text.startswith("//") and not parts.netloc else "/"
