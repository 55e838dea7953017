"""Real receivers on loopback: an SMTP server and a web server that count, refuse, delay and fail as told."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    """What an SMTP server has taken. `replies` are given to the next messages instead of taking them."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.replies: list[str] = []
        self.refused: dict[str, str] = {}
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.replies:
            return self.replies.pop(0)
        self.taken.append(message_from_bytes(envelope.content))
        return "250 OK"

    @property
    def subjects(self) -> list[str]:
        return [str(make_header(decode_header(m["Subject"]))) for m in self.taken]

    @property
    def keys(self) -> list[str]:
        return [m["X-Lightkeeper-Key"] for m in self.taken]

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}/{{to}}?from=lightkeeper@example.org"


class Hook:
    """What a web server has taken. `replies` are the next status codes; a message counts as taken with 200."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.asked = 0
        self.replies: list[int] = []
        self.arrived = threading.Event()  # a request is here ...
        self.answer = threading.Event()  # ... and is answered once this is set
        self.answer.set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/token-s3cret/"


@contextmanager
def mailbox(box: Mailbox | None = None, **options: Any) -> Iterator[Mailbox]:
    """`options` are those of aiosmtpd's Controller: tls_context, ssl_context, authenticator."""
    box = box or Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=box.port, **options)
    server.start()
    try:
        yield box
    finally:
        server.stop()


@contextmanager
def hook() -> Iterator[Hook]:
    box = Hook()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            box.asked += 1
            box.arrived.set()
            box.answer.wait(30)
            code = box.replies.pop(0) if box.replies else 200
            if code == 200:
                box.taken.append(body)
            try:
                self.send_response(code)
                self.end_headers()
            except OSError:
                return  # the sender is gone

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    box.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield box
    finally:
        box.answer.set()
        server.shutdown()
        thread.join()
        server.server_close()
