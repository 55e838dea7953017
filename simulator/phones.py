"""The demonstration's telephones: a mail server and a web hook on loopback that write down what arrives."""

import hashlib
import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

LOOPBACK: Final = "127.0.0.1"
LARGEST_BODY: Final = 1 << 20
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY, received_at TEXT NOT NULL, way TEXT NOT NULL, sender TEXT,
    recipient TEXT, subject TEXT, body TEXT, key TEXT NOT NULL)
"""
_KEY_HEADERS: Final = ("X-Lightkeeper-Key", "Idempotency-Key", "X-Idempotency-Key")  # the first that is there counts
_COLUMNS: Final = ("id", "received_at", "way", "sender", "recipient", "subject", "body", "key")


@contextmanager
def _opened(folder: Path) -> Iterator[sqlite3.Connection]:
    folder.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(folder / "phones.db", timeout=30)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(_SCHEMA)
        yield db
        db.commit()
    finally:
        db.close()


def read_messages(folder: Path, limit: int = 100) -> list[dict[str, Any]]:
    """The newest messages first, at most `limit`; from any process.

    Keys: id, received_at (ISO, UTC), way (mail or webhook), sender, recipient, subject, body, key. `key` is the one its
    sender gave it, else its own id, else a digest of its words: equal keys mean the same message came twice.
    """
    with _opened(folder) as db:
        rows = db.execute(
            "SELECT id, received_at, way, sender, recipient, subject, body, key FROM message ORDER BY id DESC LIMIT ?",
            (limit,),
        ).fetchall()
    return [dict(zip(_COLUMNS, row, strict=True)) for row in rows]


def _keep(folder: Path, way: str, key: str | None, *, sender: str, recipient: str, subject: str, body: str) -> None:
    digest = hashlib.sha256(f"{recipient}\n{subject}\n{body}".encode()).hexdigest()[:32]
    with _opened(folder) as db:
        db.execute(
            "INSERT INTO message (received_at, way, sender, recipient, subject, body, key)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (datetime.now(UTC).isoformat(), way, sender, recipient, subject, body, key or digest),
        )


class _MailBox:
    """What the mail server does with a message."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        message = message_from_bytes(content, policy=policy.default)
        part = message.get_body(("plain", "html")) if isinstance(message, EmailMessage) else None
        # A mail that is sent again has a new Message-ID, so that comes last.
        key = next((message[name] for name in (*_KEY_HEADERS, "Message-ID") if message[name]), None)
        for recipient in envelope.rcpt_tos:
            sender, subject = envelope.mail_from or "", str(message["Subject"] or "")
            words, to = _words(part), str(recipient)
            _keep(
                self.folder, "mail", str(key) if key else None, sender=sender, recipient=to, subject=subject, body=words
            )
        return "250 OK"


def _words(part: MIMEPart | None) -> str:
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n").strip()


class _Hook(BaseHTTPRequestHandler):
    """POST of JSON with title and message, as Apprise's json:// sends it; the path names the recipient."""

    folder: Path  # set on the subclass each Phones makes

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self._answer(413 if length.isdigit() else 411)
            return
        raw = self.rfile.read(int(length))
        try:
            data = json.loads(raw)
        except ValueError:
            self._answer(400)
            return
        words = data if isinstance(data, dict) else {"message": json.dumps(data, ensure_ascii=False)}
        subject, body = str(words.get("title", "")), str(words.get("message", ""))
        named = next((self.headers[name] for name in _KEY_HEADERS if self.headers[name]), None)
        key = named or words.get("idempotency_key")
        _keep(
            self.folder, "webhook", str(key) if key else None, sender=self.headers.get("User-Agent", ""),
            recipient=self.path.lstrip("/"), subject=subject, body=body,
        )  # fmt: skip
        self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: what arrived stands in phones.db."""


class Phones:
    """Both receivers, writing into `folder`/phones.db. Port 0 takes a free one."""

    def __init__(self, folder: Path, smtp_port: int = 8025, http_port: int = 8026) -> None:
        self.folder = folder
        self._asked = (smtp_port, http_port)
        self._mail: Controller | None = None
        self._hook: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def smtp_port(self) -> int:
        server = self._mail.server if self._mail else None
        return int(server.sockets[0].getsockname()[1]) if server else self._asked[0]

    @property
    def http_port(self) -> int:
        return int(self._hook.server_address[1]) if self._hook else self._asked[1]

    def start(self) -> None:
        """Opens both ports. Errors: OSError when one is taken."""
        with _opened(self.folder):
            pass
        handler = type("Hook", (_Hook,), {"folder": self.folder})
        self._hook = ThreadingHTTPServer((LOOPBACK, self._asked[1]), handler)
        self._thread = threading.Thread(target=self._hook.serve_forever, name="phones-http", daemon=True)
        self._thread.start()
        # Port 0: the controller would ring up the port it asked for, so it is told a free one.
        port = self._asked[0] or _free_port()
        self._mail = Controller(_MailBox(self.folder), hostname=LOOPBACK, port=port)
        try:
            self._mail.start()
        except OSError:
            self._mail = None
            self.stop()
            raise

    def stop(self) -> None:
        if self._mail:
            self._mail.stop()
            self._mail = None
        if self._hook:
            self._hook.shutdown()
            self._hook.server_close()
            self._hook = None
        if self._thread:
            self._thread.join(5)
            self._thread = None

    def messages(self, limit: int = 100) -> list[dict[str, Any]]:
        """As `read_messages`."""
        return read_messages(self.folder, limit)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
