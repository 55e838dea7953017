"""When the rings of a source's bell lead to a poll. Pure: no clock; `mono_now` is a monotonic clock in seconds."""

from dataclasses import dataclass
from typing import Final

RING_EVERY_S: Final = 0.2  # rings that come faster are answered together: five polls a second are enough


@dataclass
class Rings:
    """Of one source. A ring that comes while a read is going on leads to another: that may have been too soon."""

    many: int = 0  # as the node heard them; many changes may make one ring
    _is_waiting: bool = False
    _asked_at: float = float("-inf")

    def ring(self) -> None:
        self.many += 1
        self._is_waiting = True

    def asked(self, mono_now: float) -> None:
        """The source is asked, or may not be: what rang before is done with."""
        self._is_waiting, self._asked_at = False, mono_now

    def due_at(self) -> float | None:
        """When a poll is wanted, perhaps long ago; None without a ring since the last one."""
        return self._asked_at + RING_EVERY_S if self._is_waiting else None

    def is_due(self, mono_now: float) -> bool:
        at = self.due_at()
        return at is not None and mono_now >= at
