"""What every way out of the house does, and how it fails."""

from typing import Protocol


class DeliveryError(Exception):
    """A message did not go. `permanent`: trying again can not help. The text has no address and no secret."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent


class Channel(Protocol):
    """One way out. `send` returns once the receiver has the message; `key` travels with it. Errors: DeliveryError."""

    def send(self, address: str, title: str, body: str, key: str) -> None: ...
