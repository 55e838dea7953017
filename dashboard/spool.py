"""A file that is sent while it is still being written: who fetches slowly holds a file, and nothing of its maker's."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Final

CHUNK: Final = 256 * 1024


class BrokenOff(Exception):
    """The maker failed in the middle: what was sent is not the whole file."""


class Spool:
    """One writer, one reader, each in a thread of its own. The file is closed when both have let go of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._grown = threading.Condition()
        self._size = 0
        self._ended = self._left = False
        self._error: Exception | None = None

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._file.flush()
        with self._grown:
            self._size += len(chunk)
            self._grown.notify_all()

    def end(self, error: Exception | None = None) -> None:
        """Nothing more is written; `error`: because the maker failed."""
        with self._grown:
            self._ended, self._error = True, error
            self._grown.notify_all()
            self._close_if_alone()

    def leave(self) -> None:
        """Nothing more is read."""
        with self._grown:
            self._left = True
            self._close_if_alone()

    def _close_if_alone(self) -> None:
        if self._ended and self._left:
            self._file.close()

    def fill(self, chunks: Iterable[bytes], done: Callable[[], None]) -> None:
        """Writes `chunks` for as long as somebody reads; `done` is called at the end, however it comes."""
        error: Exception | None = None
        try:
            for chunk in chunks:
                if self._left:
                    return
                self.write(chunk)
        except Exception as failed:  # whatever it is, it is told to who fetches the file
            error = failed
        finally:
            done()
            self.end(error)

    def pieces(self) -> Iterator[bytes]:
        """What is written, as soon as it is. Errors: BrokenOff."""
        at = 0
        while piece := self._after(at):
            at += len(piece)
            yield piece

    def _after(self, at: int) -> bytes:
        with self._grown:
            self._grown.wait_for(lambda: self._size > at or self._ended)
            if self._size == at and self._error is not None:
                raise BrokenOff(str(self._error)) from self._error
            most = min(CHUNK, self._size - at)
        return os.pread(self._file.fileno(), most, at)


def rest_in_thread(spool: Spool, chunks: Iterable[bytes], done: Callable[[], Any]) -> None:
    """`spool.fill` in a thread that ends with the node."""
    threading.Thread(target=spool.fill, args=(chunks, done), name="export", daemon=True).start()
