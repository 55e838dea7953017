"""What to read next from a source, and how far it has then been read. Pure: no clock, no database.

The watermark never passes the source's clock at the moment a chain of pages began. So a row stamped before that moment
and committed at most `overlap` later is inside the next poll's bound, however many pages the chain had.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

Raw: TypeAlias = Any  # a value as the driver gives it: str, int, float, Decimal, datetime, date, ...

USABLE: Final = (datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
FUTURE: Final = timedelta(minutes=5)  # collecting.md, How 2: a cursor further ahead of the source's clock is a fault


@dataclass(frozen=True)
class Cursor:
    """How far a mapping was read: `value` in the source's own form, `key` set while a chain of pages is unfinished."""

    value: str | None
    key: str | None = None


@dataclass(frozen=True)
class Plan:
    """What to read next, ordered by (changed_at, key).

    `since` and `after`, a (changed_at, key), are inclusive lower bounds; both None: from the first row.
    """

    limit: int
    began: datetime  # source clock when this chain of pages began
    since: Raw = None
    after: tuple[Raw, tuple[Raw, ...]] | None = None


@dataclass(frozen=True)
class Step:
    """What a read means for the next one."""

    cursor: Cursor | None
    more: bool  # a full page: the chain goes on at once
    ahead: datetime | None  # newest value that lies too far in the source's future


@dataclass(frozen=True)
class TimeForm:
    """How a source writes the time of change: a strptime form, epoch_s, epoch_ms, or None for the driver's own."""

    format: str | None
    zone: ZoneInfo

    def instant(self, raw: Raw) -> datetime | None:
        """`raw` as an aware UTC instant, or None when it is none in 1900 to 9999.

        An ambiguous wall time is its earlier instant.
        """
        try:
            wall = self._wall(raw)
            at = None if wall is None else (wall if wall.tzinfo else wall.replace(tzinfo=self.zone)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, OSError):
            return None
        return at if at is not None and USABLE[0] <= at < USABLE[1] else None

    def _wall(self, raw: Raw) -> datetime | None:
        if raw is None or isinstance(raw, bool):
            return None
        if isinstance(raw, datetime):
            return raw
        if isinstance(raw, date):
            return datetime(raw.year, raw.month, raw.day)  # noqa: DTZ001  local midnight; the zone is added by the caller
        if self.format in ("epoch_s", "epoch_ms"):
            return datetime.fromtimestamp(float(raw) / (1000 if self.format == "epoch_ms" else 1), UTC)
        if self.format:
            return datetime.strptime(str(raw), self.format)  # noqa: DTZ007
        return datetime.fromisoformat(str(raw))

    def like(self, at: datetime, sample: Raw) -> Raw:
        """The instant `at` written as `sample` is written, rounded down to its resolution."""
        local = at.astimezone(self.zone)
        if isinstance(sample, datetime):
            return at.astimezone(sample.tzinfo) if sample.tzinfo else local.replace(tzinfo=None)
        if isinstance(sample, date):
            return local.date()
        if self.format in ("epoch_s", "epoch_ms"):
            number = at.timestamp() * (1000 if self.format == "epoch_ms" else 1)
            if isinstance(sample, str):
                return str(int(number // 1))
            return int(number // 1) if not isinstance(sample, float | Decimal) else number
        if self.format:
            return local.strftime(self.format)
        return _iso_like(at, local, str(sample))

    def is_wall_time(self, raw: Raw) -> bool:
        """Whether `raw` is a wall time without offset, which runs backwards once a year in some zones."""
        if isinstance(raw, datetime):
            return raw.tzinfo is None
        if self.format in ("epoch_s", "epoch_ms"):
            return False
        if self.format:
            return "%z" not in self.format
        return isinstance(raw, date) or datetime.fromisoformat(str(raw)).tzinfo is None

    @property
    def sorts_by_time(self) -> bool:
        """Whether text in this form sorts as the times do; a bound on it is meaningless otherwise."""
        if self.format is None or self.format in ("epoch_s", "epoch_ms"):
            return True
        # 2026-09-30 to 2027-01-02 with day, month, hour and minute each going down while a larger part goes up
        rising = [
            datetime(2026, 9, 30, 23, 59, 59),  # noqa: DTZ001
            datetime(2026, 10, 2, 22, 58, 58),  # noqa: DTZ001
            datetime(2026, 10, 11, 1, 57, 57),  # noqa: DTZ001
            datetime(2026, 10, 11, 12, 5, 6),  # noqa: DTZ001
            datetime(2026, 10, 11, 13, 4, 5),  # noqa: DTZ001
            datetime(2027, 1, 1, 0, 3, 4),  # noqa: DTZ001
        ]
        texts = [at.strftime(self.format) for at in rising]
        return all(a <= b for a, b in pairwise(texts))


def _iso_like(at: datetime, local: datetime, sample: str) -> str:
    known = datetime.fromisoformat(sample)
    local = at.astimezone(known.tzinfo) if known.tzinfo else local.replace(tzinfo=None)
    fraction = sample.partition(".")[2]
    digits = len(fraction) - len(fraction.lstrip("0123456789"))
    if len(sample) == 10:
        return local.strftime("%Y-%m-%d")
    spec = (
        "minutes" if len(sample) == 16 else "milliseconds" if digits == 3 else "microseconds" if digits else "seconds"
    )
    text = local.isoformat(sample[10], spec)
    return text.removesuffix("+00:00") + "Z" if sample.endswith("Z") else text


def next_read(cursor: Cursor | None, form: TimeForm, overlap: timedelta, page: int, source_now: datetime) -> Plan:
    """What to read next: the rest of an unfinished chain, else everything from `overlap` behind the watermark."""
    if cursor is None or cursor.value is None:
        return Plan(page, source_now)
    value = decoded(cursor.value)
    if cursor.key is not None:
        place = json.loads(cursor.key)
        key = tuple(_untagged(part) for part in place["key"])
        return Plan(page + 1, datetime.fromisoformat(place["began"]), after=(value, key))  # the known row and a page
    return Plan(page, source_now, since=_behind(value, form, overlap))


def _behind(value: Raw, form: TimeForm, overlap: timedelta) -> Raw:
    at = form.instant(value)
    if at is None:
        return None
    since = at - overlap
    if form.is_wall_time(value):
        # Where clocks are set back, an hour of wall times comes twice: the second one must not hide behind the first.
        since -= max(_repeated(since, form.zone), _repeated(at, form.zone))
    return form.like(since, value)


def _repeated(at: datetime, zone: ZoneInfo) -> timedelta:
    local = at.astimezone(zone)
    early, late = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    return max(early - late, timedelta(0)) if early is not None and late is not None else timedelta(0)


def step(
    cursor: Cursor | None,
    plan: Plan,
    form: TimeForm,
    read: Sequence[tuple[Raw, tuple[Raw, ...]]],
    source_now: datetime,
) -> Step:
    """The cursor after `read`, the (changed_at, key) of the rows that `plan` gave, in their order."""
    last = next(((value, at) for value, _ in reversed(read) if (at := form.instant(value))), None)
    ahead = last[1] if last and last[1] > source_now + FUTURE else None
    newest = _newest(cursor, form, last)
    if len(read) >= plan.limit and ahead is None:
        value, key = read[-1]
        place = {
            "key": [_tagged(part) for part in key],
            "began": plan.began.isoformat(),
            "newest": None if newest is None else encoded(newest),  # survives a tail of values that are no times
        }
        return Step(Cursor(encoded(value), json.dumps(place, ensure_ascii=False)), True, None)
    return Step(_settled(cursor, plan, form, newest), False, ahead)


def _newest(cursor: Cursor | None, form: TimeForm, last: tuple[Raw, datetime] | None) -> Raw:
    """The newest value that is a time, of what this chain read and the watermark it started from."""
    text = cursor and (json.loads(cursor.key)["newest"] if cursor.key else cursor.value)
    known = decoded(text) if text else None
    known_at = form.instant(known)
    return last[0] if last and (known_at is None or last[1] >= known_at) else known


def _settled(cursor: Cursor | None, plan: Plan, form: TimeForm, newest: Raw) -> Cursor | None:
    """The watermark of a finished chain: the newest value seen, but not past the source's clock when it began."""
    at = form.instant(newest)
    if at is None:
        return None if cursor is None else Cursor(None)
    return Cursor(encoded(newest if at <= plan.began else form.like(plan.began, newest)))


def cursor_at(raw: Raw) -> Cursor:
    """A watermark with this value."""
    return Cursor(encoded(raw))


def value_of(cursor: Cursor) -> Raw:
    """The watermark as the driver gave it."""
    return None if cursor.value is None else decoded(cursor.value)


def _tagged(raw: Raw) -> Any:
    if isinstance(raw, datetime):
        return {"time": raw.isoformat()}
    if isinstance(raw, date):
        return {"day": raw.isoformat()}
    if isinstance(raw, Decimal):
        return {"number": str(raw)}
    if isinstance(raw, bytes):
        return {"bytes": raw.hex()}
    return raw if isinstance(raw, str | int | float) else str(raw)


_UNTAG: Final = {
    "time": datetime.fromisoformat,
    "day": date.fromisoformat,
    "number": Decimal,
    "bytes": bytes.fromhex,
}


def _untagged(part: Any) -> Raw:
    if isinstance(part, dict):
        ((tag, text),) = part.items()
        return _UNTAG[tag](text)  # type: ignore[operator]  # the table's functions all take one text
    return part


def encoded(raw: Raw) -> str:
    return json.dumps(_tagged(raw), ensure_ascii=False)


def decoded(text: str) -> Raw:
    return _untagged(json.loads(text))
