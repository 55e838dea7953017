"""A wire between browser and server that can be cut, fall silent, or be answered by somebody else."""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

from tests.browser.serving import USUAL_PORT, listening

Answer = Callable[[str], bytes | None]
RESET = struct.pack("ii", 1, 0)  # linger that turns a close into a reset


def reply(status: str, body: str, kind: str = "text/html") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return (head + body).encode()


class Wire:
    """Forwards to `port`. silent: takes everything and passes nothing on; answer: who answers a path instead."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._silent = False
        self._answer: Answer = lambda path: None
        self._listener = listening(USUAL_PORT + 1)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Every connection breaks and none can be made."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes who accepts
        self._listener.close()
        self._reset()

    def mend(self) -> None:
        """As it was at first. What fell silent stays silent: only a new question gets an answer."""
        self._silent, self._answer = False, lambda path: None
        if self._listener.fileno() < 0:
            self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def fall_silent(self) -> None:
        """Half-open: no connection breaks, nothing comes through."""
        self._silent = True

    def let_answer(self, answer: Answer) -> None:
        """`answer` gets each path first; what it leaves (None) goes to the server."""
        self._answer = answer
        self._reset()

    def close(self) -> None:
        self.cut()

    def _reset(self) -> None:
        with self._lock:
            ends, self._open = self._open, []
        for end in ends:
            _break(end)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                end, _ = listener.accept()
                with self._lock:
                    self._open.append(end)  # browsers connect before they ask
                threading.Thread(target=self._serve, args=(end,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with suppress(OSError):
            first = near.recv(65536)
            said = self._answer(first.split(b" ", 2)[1].decode()) if first else b""
            if said is not None:
                near.sendall(said)
                near.close()
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            with self._lock:
                self._open.append(far)
            if not self._silent:  # one request a connection, so that `answer` sees each
                far.sendall(first.replace(b"Connection: keep-alive", b"Connection: close", 1))
            threading.Thread(target=self._pump, args=(far, near), daemon=True).start()
            self._pump(near, far)

    def _pump(self, here: socket.socket, there: socket.socket) -> None:
        silent = False
        with suppress(OSError):
            while data := here.recv(65536):
                silent = silent or self._silent
                if not silent:
                    there.sendall(data)
        if not silent:
            for end in (here, there):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()


def _break(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        end.shutdown(socket.SHUT_RDWR)
    end.close()
