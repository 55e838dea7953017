"""Who of a roster is on duty at a moment, and where it would leave nobody. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from alerts.duty import Roster, Shift

Override = Mapping[str, Any]  # a row of store.ledger.rosters.standing
IsWorkingDay = Callable[[date], bool]

_DAY_MIN: Final = 24 * 60
_ONE_DAY: Final = timedelta(days=1)


def on_duty(
    roster: Roster, at: datetime, zone: tzinfo, is_working_day: IsWorkingDay, overrides: Iterable[Override] = ()
) -> tuple[str, ...]:
    """Codes of those on duty at `at`: whoever stands in, by the latest entry, else the group whose turn the shift is.

    Of two shifts that the change to summer time lays over each other the later one counts: never two where one is
    meant. Empty only where the roster has a gap.
    """
    standing = [o for o in overrides if o["roster"] == roster.name and o["starts_at"] <= at < o["ends_at"]]
    if standing:
        latest = max(standing, key=lambda o: (o["entered_at"], o.get("id") or 0))
        return (latest["person"],)
    here = at.astimezone(zone).date()
    found = [
        (begins, day, number, shift)
        for day in (here - _ONE_DAY, here, here + _ONE_DAY)  # summer time may move a shift over midnight
        for number, shift in enumerate(of_day(roster, is_working_day(day)))
        for begins, ends in (span(shift, day, zone),)
        if begins <= at < ends
    ]
    if not found:
        return ()
    _, day, number, shift = max(found, key=lambda f: f[0])
    groups = shift.groups or roster.groups
    return groups[_turn(roster, day, number) % len(groups)]


def of_day(roster: Roster, is_working: bool) -> list[Shift]:
    """The shifts that begin on a day of this kind, in their order."""
    kind = "working" if is_working else "non_working"
    return sorted((s for s in roster.shifts if s.days in ("all", kind)), key=lambda s: s.start)


def span(shift: Shift, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """When the shift of `day` begins and ends."""
    last = day if shift.end > shift.start else day + _ONE_DAY
    return moment(day, shift.start, zone), moment(last, shift.end, zone)


def moment(day: date, wall: time, zone: tzinfo) -> datetime:
    """The moment of a wall time; the first of two where summer time ends."""
    return datetime.combine(day, wall, zone).astimezone(UTC)


def _turn(roster: Roster, day: date, number: int) -> int:
    days = (day - roster.anchor).days
    if roster.turn == "week":
        return days // 7
    if roster.turn == "day":
        return days
    return days * max(len(of_day(roster, kind)) for kind in (True, False)) + number


def gaps(roster: Roster) -> list[str]:
    """Wall times from which nobody is on duty, each with the kind of its day; empty: somebody always is.

    Every order of working days and days off is looked at: a night shift that begins only on working days leaves the
    morning after a day off to nobody.
    """
    return _faults(roster, lambda n: n == 0)


def overlaps(roster: Roster) -> list[str]:
    """Wall times from which two shifts run at once, each with the kind of its day."""
    return _faults(roster, lambda n: n > 1)


def _faults(roster: Roster, is_bad: Callable[[int], bool]) -> list[str]:
    found: dict[str, None] = {}
    for before in (True, False):
        for today in (True, False):
            spans = [*_spans(of_day(roster, before), -_DAY_MIN), *_spans(of_day(roster, today), 0)]
            # What runs changes only where a shift begins or ends.
            edges = sorted({0, *(m for span in spans for m in span if 0 <= m < _DAY_MIN)})
            bad = [m for m in edges if is_bad(sum(start <= m < end for start, end in spans))]
            if bad:
                kind = "a working day" if today else "a day off"
                found[f"from {bad[0] // 60:02d}:{bad[0] % 60:02d} on {kind}"] = None
    return list(found)


def _spans(shifts: Sequence[Shift], offset: int) -> list[tuple[int, int]]:
    """The minutes of today in which each shift of a day that begins at `offset` runs."""
    spans = []
    for shift in shifts:
        start, end = _minute(shift.start), _minute(shift.end)
        spans.append((start + offset, end + offset + (_DAY_MIN if end <= start else 0)))
    return spans


def _minute(wall: time) -> int:
    return wall.hour * 60 + wall.minute
