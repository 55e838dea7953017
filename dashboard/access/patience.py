"""Asks somebody else no longer than a stated time, whatever they do.

A limit of each wait alone bounds nothing: an answer that comes byte by byte begins it anew.
"""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final, TypeVar

T = TypeVar("T")
AT_ONCE: Final = 16  # questions that nobody waits for any more may hold so many threads


class Patience:
    """Asks in threads of its own, which nobody waits for after `longest_s` and which hold up no end of the program."""

    def __init__(self, longest_s: float, at_once: int = AT_ONCE) -> None:
        self.longest_s = longest_s
        self._places = threading.BoundedSemaphore(at_once)

    def ask(self, question: Callable[[], T]) -> T:
        """What `question` gives or raises. Errors: TimeoutError, also where all places are held by such as hang."""
        if not self._places.acquire(blocking=False):
            raise TimeoutError
        outcome: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

        def asking() -> None:
            try:
                outcome.put((question(), None))
            except BaseException as error:  # it belongs to who asked
                outcome.put((None, error))
            finally:
                self._places.release()

        threading.Thread(target=asking, name="patience", daemon=True).start()
        try:
            given, error = outcome.get(timeout=self.longest_s)
        except Empty:
            raise TimeoutError from None
        if error is not None:
            raise error
        return given  # type: ignore[return-value]
