"""Instants as whole epoch seconds, and the forms in which the three databases store them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.int64]

NEVER: Final = 1 << 60  # later than any clock: a stage that does not come
MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400
OFFSET: Final = 8 * HOUR  # Asia/Shanghai; no summer time since 1991
EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()


def midnight(day: int) -> int:
    """Start of the city's calendar day with ordinal `day`."""
    return (day - EPOCH_ORDINAL) * DAY - OFFSET


def day_of(at: int) -> int:
    """Ordinal of the city's calendar day that holds `at`."""
    return (at + OFFSET) // DAY + EPOCH_ORDINAL


def hour_of(at: Seconds) -> Seconds:
    """The city's hour, 0 to 23."""
    return (at + OFFSET) % DAY // HOUR


def second_of(at: datetime) -> int:
    """`at` as whole epoch seconds; it must be aware."""
    if at.tzinfo is None:
        raise ValueError(f"{at}: has no time zone; give an aware datetime")
    return int(at.timestamp())


def instant(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _local(at: Seconds) -> list[str]:
    safe = np.where(at < NEVER, at, 0) + OFFSET
    texts: list[str] = safe.astype("datetime64[s]").astype(str).tolist()
    return texts


def local_text(at: Seconds, now: int) -> list[str | None]:
    """`YYYY-MM-DD HH:MM:SS`, the city's wall clock without a zone; None after `now`."""
    known = (at <= now).tolist()
    return [f"{t[:10]} {t[11:]}" if ok else None for t, ok in zip(_local(at), known, strict=True)]


def slash_text(at: Seconds, now: int) -> list[str | None]:
    """`YYYY/MM/DD HH:MM:SS`, the city's wall clock without a zone; None after `now`."""
    known = (at <= now).tolist()
    return [f"{t[:4]}/{t[5:7]}/{t[8:10]} {t[11:]}" if ok else None for t, ok in zip(_local(at), known, strict=True)]


def epoch_ms(at: Seconds, now: int) -> list[int | None]:
    return [v * 1000 if v <= now else None for v in at.tolist()]


def minutes_text(start: Seconds, end: Seconds, now: int) -> list[str | None]:
    """Minutes from `start` to `end` with two decimals, as text; None while `end` is to come."""
    return [f"{(e - s) / 60:.2f}" if e <= now else None for s, e in zip(start.tolist(), end.tolist(), strict=True)]


def stamps(*columns: Iterable[int]) -> tuple[Seconds, Seconds]:
    """Every instant of `columns` (equal lengths) that comes at all, and the row it stands in."""
    grid = np.column_stack([np.asarray(c, dtype=np.int64) for c in columns])
    rows, which = np.nonzero(grid < NEVER)
    return grid[rows, which], rows.astype(np.int64)
