"""The site's time: real time, or a moment that moves on from the start, faster or slower."""

from datetime import UTC, datetime


class Clock:
    """Now, as the site has it. `anchor`: the site's time at the start, aware; real time without it."""

    def __init__(self, anchor: datetime | None = None, speed: float = 1.0) -> None:
        self.speed = speed
        self._real = datetime.now(UTC)
        self._anchor = anchor.astimezone(UTC) if anchor else self._real

    def now(self) -> datetime:
        if self._anchor == self._real and self.speed == 1.0:
            return datetime.now(UTC)
        return self._anchor + (datetime.now(UTC) - self._real) * self.speed
