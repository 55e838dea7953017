"""The child's side of a bell: LISTEN on the connection that polls, and a byte to the node for each ring.

It is PostgreSQL's LISTEN: it writes nothing, so a read-only session may. A ring says only that it is worth looking; the
poll decides what is true.
"""

import os
from contextlib import suppress
from time import monotonic
from typing import Any, Final

import sqlalchemy as sa

LOST: Final = "its connection was lost"
AGAIN_S: Final = (1.0, 60.0)  # first and longest pause before LISTEN is tried again


class Ear:
    """Of one source. `deaf`: why its bell is not heard, empty while it is, None without a bell."""

    def __init__(self, channel: str | None, node: int | None = None) -> None:
        """`node`: the file descriptor that takes a byte for a ring."""
        self.channel, self.deaf = channel, None if channel is None else "not listened to yet"
        self._node = node
        self._raw: Any = None  # the driver's connection that listens
        self._failures, self._again_at = 0, 0.0

    def listen(self, connection: sa.Connection) -> None:
        """Listens by `connection`, unless it does. A refusal is no error of the source: it is tried again later."""
        raw: Any = connection.connection.driver_connection
        if self.channel is None or raw is self._raw or monotonic() < self._again_at:
            return
        try:
            raw.execute(listen_statement(self.channel))
        except raw_errors(connection) as error:
            self._failures += 1
            first, longest = AGAIN_S
            self._again_at = monotonic() + min(longest, first * 2 ** min(self._failures - 1, 10))
            self._raw, self.deaf = None, said(error)
        else:
            self._failures, self._raw, self.deaf = 0, raw, ""

    @property
    def sockets(self) -> list[Any]:
        """What to wait on beside requests."""
        return [] if self._raw is None or self._raw.closed else [self._raw]

    def leave(self) -> None:
        """The connection is given up; the next one is listened to."""
        if self._raw is not None:
            self._raw, self.deaf = None, LOST

    def pass_on(self) -> bool:
        """Tells the node of rings that came since the last call. False: the connection is lost."""
        if not self.sockets:
            return True
        try:
            rings = list(self._raw.notifies(timeout=0))
        except Exception:  # of the driver, which is only loaded where a source needs it
            self.leave()
            return False
        if rings and self._node is not None:
            with suppress(BlockingIOError):  # as many rings wait there as it holds
                os.write(self._node, b"!")
        return True


def listen_statement(channel: str) -> str:
    """`channel`: a plain name, see settings_sources."""
    return f'LISTEN "{channel}"'


def raw_errors(connection: sa.Connection) -> Any:
    """The driver's class of errors."""
    return connection.dialect.loaded_dbapi.Error


def said(error: Exception) -> str:
    """First line of what the driver says: it has neither values nor passwords here."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
