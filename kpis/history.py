"""Which site days have ended without a record of their figures; what was shown beside what is known now. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

GRACE: Final = timedelta(hours=1)  # so long after midnight the figures are still those that were shown: our choice
MOST: Final = 400  # days caught up at once, as not shown
Row = Mapping[str, Any]


@dataclass(frozen=True)
class EndedDay:
    """A day of the site that ended. `is_shown`: somebody is there as it ends; else nobody knows what was shown."""

    day: date
    is_shown: bool


def owed(last: date | None, now: datetime, zone: ZoneInfo) -> list[EndedDay]:
    """The ended days after `last`, the latest on record, the earliest first.

    Only the day before `now`, and only just after midnight, can still be put on record as shown. A record that is
    empty begins with such a day.
    """
    today = now.astimezone(zone).date()
    yesterday = today - timedelta(days=1)
    in_time = now < datetime.combine(today, time(), zone) + GRACE
    first = max(last + timedelta(days=1), yesterday - timedelta(days=MOST - 1)) if last else yesterday
    days = [EndedDay(first + timedelta(days=i), False) for i in range((yesterday - first).days)]
    if first <= yesterday and (in_time or last):
        days.append(EndedDay(yesterday, in_time))
    return days


def beside(
    shown: Sequence[Row], shown_at: Mapping[date, datetime | None], known: Mapping[date, Row]
) -> list[dict[str, Any]]:
    """Per day of the record: as shown then, as known now, and the difference of the values.

    `shown`: what is on record of a unit; `shown_at`: when the figures of each day were put on record, None for a day
    of which nothing was. A unit without rows on a day that was shown had n 0.
    """
    of_day = {row["day"]: row for row in shown}
    found = []
    for day, at in sorted(shown_at.items()):
        then, now = of_day.get(day, {}), known.get(day, {})
        old, new = then.get("value"), now.get("value")
        found.append(
            {
                "day": day,
                "shown": old,
                "shown_n": (then.get("n") or 0) if at else None,
                "known": new,
                "known_n": now.get("n") or 0,
                "difference": None if old is None or new is None else new - old,
                "shown_at": at,
                "as_of": then.get("as_of"),
                "definition_version": then.get("definition_version"),
            }
        )
    return found
