"""What pacing is told of the outbox: notices that are due, and messages that went out. Pure."""

from datetime import datetime
from typing import Protocol


class Addressed(Protocol):
    """Where it goes, and whose units it is about."""

    @property
    def channel(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def person(self) -> str | None: ...
    @property
    def unit(self) -> str | None: ...


class Waiting(Addressed, Protocol):
    """A due notice; see store.ledger.outbox."""

    @property
    def id(self) -> int: ...
    @property
    def language(self) -> str: ...
    @property
    def critical(self) -> bool: ...
    @property
    def key(self) -> str: ...
    @property
    def message_key(self) -> str | None: ...
    @property
    def has_waited(self) -> bool: ...
    @property
    def why(self) -> str | None: ...


class Sent(Addressed, Protocol):
    """Part of a message that went out; see store.ledger.outbox."""

    @property
    def message_key(self) -> str: ...
    @property
    def notices(self) -> int: ...
    @property
    def at(self) -> datetime: ...
