"""The site's rules in words, part by part, and what differs between two of them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from kpis.calendar import Calendar
from kpis.derive import Rules
from kpis.limits import Limit

Said = Mapping[str, str]
"""What a part of the rules is called -> what it says."""
COMPUTATION: Final = "computation"
_LIMIT, _SINCE = "limit", " from "
_TOPICS: Final = "words"
_ABOUT_ORDERS: Final = (_LIMIT, "calendar", "hours", "tier", _TOPICS)
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Change:
    """What differs. `orders_only`: it concerns no other table. `since`: nor orders before that day; None: all."""

    words: tuple[str, ...]
    orders_only: bool
    since: date | None


def said(rules: Rules, computation: str) -> dict[str, str]:
    """All that decides about a derived column. `computation`: a mark of the code that derives."""
    return {
        COMPUTATION: computation,
        "zone": rules.calendar.zone.key,
        **{_name(limit): _amount(limit) for limit in rules.limits},
        **_days(rules.calendar),
        **{f"tier {i}": _tier(t.tier, t.capacity_kva, t.arrears_cny) for i, t in enumerate(rules.tiers, 1)},
        **{
            f"event days {i}": f"{e.name}, {e.first} to {e.last}, {', '.join(e.units) or 'everywhere'}"
            for i, e in enumerate(rules.event_days, 1)
        },
        **({f"{_TOPICS} about outages": ", ".join(sorted(rules.outage_topics))} if rules.outage_topics else {}),
    }


def change(old: Said, new: Said) -> Change | None:
    """What differs between the rules of the rows and those of today; None where nothing does."""
    moved = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    if not moved:
        return None
    words = tuple(_sentence(name, old.get(name), new.get(name)) for name in moved)
    limits_only = all(name.startswith(f"{_LIMIT} ") for name in moved)
    since = min(date.fromisoformat(name.rpartition(_SINCE)[2]) for name in moved) if limits_only else None
    return Change(words, all(name.split(" ")[0] in _ABOUT_ORDERS for name in moved), since)


def _sentence(name: str, old: str | None, new: str | None) -> str:
    if name == COMPUTATION:
        return "this version of the program computes with other code"
    if old is None:
        return f"{name}: {new} (new)"
    return f"{name}: {old} (removed)" if new is None else f"{name}: {old} -> {new}"


def _name(limit: Limit) -> str:
    where = "".join(f" {'/'.join(sorted(values))}" for _, values in limit.where)
    return f"{_LIMIT} {limit.clock} {limit.line}{where}{_SINCE}{limit.valid_from}"


def _amount(limit: Limit) -> str:
    if limit.kind == "working_days":
        words = f"{limit.amount} working days"
    else:
        minutes = limit.amount / 60_000_000
        words = f"{minutes:g} min" + (" of opening hours" if limit.kind == "open_hours" else "")
    if limit.pauses is None:
        return words
    return f"{words}, stopped by {', '.join(sorted(limit.pauses)) or 'nothing'}"


def _days(calendar: Calendar) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, year in calendar.years.items():
        found[f"calendar {number}"] = "published" if year.is_official else "assumed"
        found |= {f"calendar {day}": "day off" for day in year.off} | {
            f"calendar {day}": "working day" for day in year.on
        }
    for weekday, hours in calendar.hours.items():
        found[f"hours {_WEEKDAYS[weekday]}"] = ", ".join(f"{a} to {b}" for a, b in hours)
    if calendar.make_up_hours is not None:
        found["hours make-up day"] = ", ".join(f"{a} to {b}" for a, b in calendar.make_up_hours)
    return found


def _tier(tier: str, capacity_kva: float, arrears_cny: float | None) -> str:
    words = f"{tier} from {capacity_kva:g} kVA"
    return words if arrears_cny is None else f"{words}, owing at most {arrears_cny:g} yuan"
