"""A TCP proxy between a reader and its database: cuts and slows the line. One thread a direction."""

import contextlib
import socket
import threading
import time
from typing import Self

Address = tuple[str, int] | str  # a path is a socket of the file system


class Proxy:
    """Listens on `port` and passes on to `upstream`."""

    def __init__(self, upstream: Address) -> None:
        self.upstream = upstream
        self.delay_s = 0.0  # before each piece that comes back
        self.cuts = 0
        self._cut_after: int | None = None
        self._lines: list[socket.socket] = []
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self.cut()

    def cut_after(self, many: int) -> None:
        """The line breaks once, when so many bytes more have come back."""
        with self._lock:
            self._cut_after = many

    def cut(self) -> None:
        """Breaks all lines now."""
        with self._lock:
            lines, self._lines = self._lines, []
        for line in lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            try:
                kind = socket.AF_UNIX if isinstance(self.upstream, str) else socket.AF_INET
                server = socket.socket(kind)
                server.connect(self.upstream)
            except OSError:
                client.close()
                continue
            with self._lock:
                self._lines += [client, server]
            threading.Thread(target=self._pass, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, True), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, is_back: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65_536):
                if is_back and self.delay_s:
                    time.sleep(self.delay_s)  # a slow line takes real time
                if is_back and self._is_to_cut(len(piece)):
                    self.cut()
                    return
                sink.sendall(piece)
        for line in (source, sink):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _is_to_cut(self, many: int) -> bool:
        with self._lock:
            if self._cut_after is None:
                return False
            self._cut_after -= many
            if self._cut_after > 0:
                return False
            self._cut_after = None
            self.cuts += 1
            return True
