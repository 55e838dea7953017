"""Receivers on loopback that obey what their vendors publish: they count, refuse, delay, answer 429 and die as told."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, dict[str, Any]]
HOUR_S: Final = 3600.0
# Of one robot: (messages, seconds), how long it refuses afterwards, and the most bytes of a message.
PUBLISHED: Final = {
    "wecom": (((20, 60.0),), 0.0, 2048),
    "dingtalk": (((20, 60.0),), 600.0, 20_000),
    "feishu": (((100, 60.0), (5, 1.0)), 0.0, 20_000),
}


@dataclass
class Taken:
    """One message a receiver accepted; `at` is its monotonic time."""

    at: float
    path: str
    headers: dict[str, str]
    body: Any
    raw: bytes = b""

    @property
    def text(self) -> str:
        """What people read of a robot's message."""
        body = self.body if isinstance(self.body, dict) else {}
        found = body.get("text", body.get("content", {}))
        return str(found.get("content", found.get("text", ""))) if isinstance(found, dict) else str(found)


@dataclass
class Robot:
    """One receiver. `replies` are given to the next requests instead of its own judgement; `delay_s` each time."""

    kind: str = "webhook"
    secret: str | None = None
    is_dead: bool = False
    delay_s: float = 0.0
    replies: list[Answer] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    asked: int = 0
    limits_broken: int = 0
    arrived: threading.Event = field(default_factory=threading.Event)  # a request is here ...
    answering: threading.Event = field(default_factory=threading.Event)  # ... and is answered once this is set
    _times: deque[float] = field(default_factory=deque)
    _blocked_until: float = 0.0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.answering.set()

    def answer(self, one: Taken) -> Answer:
        with self._guard:
            self.asked += 1
            if self.replies:
                status, said = self.replies.pop(0)
                if status == 200 and isinstance(said, dict) and not said.get("errcode") and not said.get("code"):
                    self.taken.append(one)
                return status, said
            if self.kind in PUBLISHED:
                refusal = self._refusal(one)
                if refusal is not None:
                    return refusal
            self.taken.append(one)
            return _welcome(self.kind, len(self.taken))

    def _refusal(self, one: Taken) -> Answer | None:
        limits, block_s, most_bytes = PUBLISHED[self.kind]
        self._times.append(one.at)
        broken = one.at < self._blocked_until
        for most, seconds in limits:
            broken = broken or sum(t > one.at - seconds for t in self._times) > most
        while self._times and self._times[0] < one.at - 60:
            self._times.popleft()
        if broken:
            self.limits_broken += 1
            self._blocked_until = max(self._blocked_until, one.at + block_s) if block_s else 0.0
            return _too_many(self.kind)
        if self.secret is not None and not _is_signed(self.kind, one, self.secret):
            return _unsigned(self.kind)
        if len(one.text.encode() if self.kind == "wecom" else one.raw) > most_bytes:
            return _too_long(self.kind)
        return None


def _welcome(kind: str, number: int) -> Answer:
    told: dict[str, dict[str, Any]] = {
        "wecom": {"errcode": 0, "errmsg": "ok"},
        "dingtalk": {"errcode": 0, "errmsg": "ok"},
        "feishu": {"code": 0, "msg": "success", "StatusCode": 0, "StatusMessage": "success"},
        "ntfy": {"id": f"n{number}", "event": "message"},
        "sms": {"code": 0, "data": {"id": f"s{number}"}},
    }
    return 200, told.get(kind, {})


def _too_many(kind: str) -> Answer:
    if kind == "wecom":
        return 200, {"errcode": 45009, "errmsg": "api freq out of limit"}
    if kind == "dingtalk":
        return 200, {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute", "wait": 5}
    return 400, {"code": 11232, "msg": "frequency limited"}


def _too_long(kind: str) -> Answer:
    if kind == "wecom":
        return 200, {"errcode": 40058, "errmsg": "text.content exceed max length 2048"}
    return 400, {"code": 9499, "msg": "Bad Request"}


def _unsigned(kind: str) -> Answer:
    if kind == "dingtalk":
        return 200, {"errcode": 310000, "errmsg": "sign not match"}
    return 400, {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}


def _is_signed(kind: str, one: Taken, secret: str) -> bool:
    """As the vendors check it, written apart from how the channels sign."""
    if kind == "dingtalk":
        query = parse_qs(urlsplit(one.path).query)
        at, sign = query.get("timestamp", [""])[0], query.get("sign", [""])[0]
        key, text, seconds = secret, f"{at}\n{secret}", int(at or 0) / 1000
    else:
        at, sign = str(one.body.get("timestamp", "")), str(one.body.get("sign", ""))
        key, text, seconds = f"{at}\n{secret}", "", float(at or 0)
    wanted = base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()
    return hmac.compare_digest(wanted, sign) and abs(time.time() - seconds) < HOUR_S


class Receivers:
    """A server with one robot per first part of the path: `url(name)` is where the robot `name` listens."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.robots: dict[str, Robot] = {}

    def add(self, name: str, kind: str = "webhook", **of: Any) -> Robot:
        self.robots[name] = Robot(kind, **of)
        return self.robots[name]

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}/s3cret-token"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    receivers: Receivers


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        robot = self.server.receivers.robots[self.path.split("/")[1].partition("?")[0]]
        robot.arrived.set()
        if robot.is_dead:
            self.close_connection = True
            return
        if robot.delay_s:
            time.sleep(robot.delay_s)
        robot.answering.wait(60)
        try:
            body: Any = json.loads(raw)
        except ValueError:
            body = raw.decode(errors="replace")
        head = {k.lower(): v for k, v in self.headers.items()}
        status, said = robot.answer(Taken(time.monotonic(), self.path, head, body, raw))
        text = json.dumps(said).encode()
        try:
            self.send_response(status)
            for name, value in (said.get("headers", {}) if isinstance(said, dict) else {}).items():
                self.send_header(name, value)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        except OSError:
            self.close_connection = True  # the sender is gone

    do_GET = do_PUT = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        return


@contextmanager
def receivers() -> Iterator[Receivers]:
    server = _Server(("127.0.0.1", 0), _Request)
    server.receivers = Receivers(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.receivers
    finally:
        for robot in server.receivers.robots.values():
            robot.answering.set()
        server.shutdown()
        thread.join()
        server.server_close()
