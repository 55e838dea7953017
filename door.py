"""The node's door for commands: one JSON question and one JSON answer per connection, over a local socket.

DuckDB lets one process open the facts (docs/adr/0003), so a command beside a running node asks it here.
"""

import contextlib
import hashlib
import json
import logging
import os
import socket
import socketserver
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

Answer = Callable[[str, dict[str, Any]], Any]
LONGEST = 100  # bytes; Linux allows 107
LONGEST_QUESTION = 8_000_000  # bytes; a file may stand in it
log = logging.getLogger(__name__)


def place(path: Path) -> Path:
    """Where the socket of `path` really lies: a socket's address holds about a hundred bytes, so a long one moves."""
    whole = str(path.resolve())
    if len(whole.encode()) <= LONGEST:
        return path
    return (
        Path(tempfile.gettempdir()) / f"lightkeeper-{hashlib.blake2b(whole.encode(), digest_size=8).hexdigest()}.sock"
    )


class Refused(Exception):
    """The node understood the question and says why it has no answer."""


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    answer: Answer


class _Question(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        try:
            question = json.loads(self.rfile.readline(LONGEST_QUESTION))
            reply = {"answer": self.server.answer(str(question["command"]), dict(question["args"]))}
        except (ValueError, KeyError, TypeError) as error:
            reply = {"refused": str(error)}
        except Exception as error:
            log.exception("a question at the door failed")
            reply = {"refused": f"the node failed: {type(error).__name__}; see its log"}
        self.wfile.write(orjson.dumps(reply, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n")


class Door:
    """Serves `answer` at `path` until closed. Only the user who started the node may ask."""

    def __init__(self, path: Path, answer: Answer) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path = place(path)
        path.unlink(missing_ok=True)  # a killed node leaves its socket behind; the facts' lock tells who lives
        before = os.umask(0o177)
        try:
            self._server = _Server(str(path), _Question)
        finally:
            os.umask(before)
        self._server.answer = answer
        self._thread = threading.Thread(target=self._server.serve_forever, name="door", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._path.unlink(missing_ok=True)


def ask(path: Path, command: str, args: dict[str, Any], timeout_s: float = 60) -> Any:
    """The answer of the node at `path`; None when no node listens there.

    Errors: Refused with the node's sentence.
    """
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as line:
        line.settimeout(timeout_s)
        try:
            line.connect(str(place(path)))
            line.sendall(json.dumps({"command": command, "args": args}).encode() + b"\n")
            with line.makefile("rb") as stream:
                reply = json.loads(stream.readline() or b'{"refused": "the node closed the line; see its log"}')
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except TimeoutError as error:
            raise Refused(f"the node at {path} did not answer in {timeout_s:g} s; see its log") from error
        except PermissionError as error:
            raise Refused(f"{path}: belongs to another user; ask as the one who started the node") from error
    if "refused" in reply:
        raise Refused(str(reply["refused"]))
    return reply["answer"]
