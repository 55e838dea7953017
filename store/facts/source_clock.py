"""A source's clock that jumps by whole half hours: its time zone was changed, or mistaken. Pure."""

from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from store.facts.state import Watermark
from store.facts.suspicion import Suspicion, told

HALF_HOUR_S: Final = 1_800.0
SLACK_S: Final = 120.0  # by which two reads of a clock may differ from whole half hours
APART_S: Final = HALF_HOUR_S - SLACK_S
STANDS: Final = timedelta(days=1)  # so long it is told; then the new clock is the usual one


class Read(Protocol):
    """What is needed of a batch."""

    @property
    def source_now(self) -> datetime: ...
    @property
    def read_at(self) -> datetime: ...
    @property
    def offset_s(self) -> float: ...


def zone_change(mark: Watermark, read: Read) -> Suspicion | None:
    """The suspicion that the clock read now is not the one of the read before, or still is not; None for most reads.

    A clock that is the time of a copy jumps forward at each renewal and may lag by any time. So a jump back counts
    only where the clock runs backwards, and one forward only where it then is ahead of ours.
    """
    known = told(mark.source, mark.suspicion)
    if known and known.what == "zone_changed":
        before_s = float(known.about["before_s"])
        is_back = abs(read.offset_s - before_s) < APART_S
        return None if is_back or read.read_at - known.since_at >= STANDS else _said(mark, before_s, known.about)
    if mark.offset_s is None or mark.read_at is None:
        return None
    jump_s = read.offset_s - mark.offset_s
    away_s = abs(jump_s - HALF_HOUR_S * round(jump_s / HALF_HOUR_S))
    runs_back = read.source_now < mark.read_at + timedelta(seconds=mark.offset_s)
    is_jump = (jump_s < 0 and runs_back) or (jump_s > 0 and read.offset_s >= APART_S)
    if abs(jump_s) < APART_S or away_s > SLACK_S or not is_jump:
        return None
    return _said(mark, mark.offset_s, {"minutes": round(jump_s / HALF_HOUR_S) * 30})


def _said(mark: Watermark, before_s: float, about: Any) -> Suspicion:
    return Suspicion(
        "zone_changed", {"mapping": mark.mapping, "minutes": about["minutes"], "before_s": round(before_s, 1)}
    )
