"""Who is on duty now and next, silences, supervision orders, and notices that did not ring: for the page Duty."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from alerts.duty import Roster
from alerts.load_duty import load
from alerts.roster import IsWorkingDay, of_day, on_duty, span
from asking import Desk
from catchup import calendar_of
from store.ledger import outbox, rosters, silences, supervision, told
from store.scope import Scope

AHEAD: Final = timedelta(days=8)  # a change of duty farther away is not looked for
LISTED: Final = 50


def answer(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """rosters, overrides, silences, orders, channels, notices (of `person`, newest first), as JSON.

    Names of people only where `scope` is over everything: rosters are the duty desk's, not every manager's.
    """
    settings, now = desk.settings, desk.now()
    duty, calendar = load(settings), calendar_of(settings)
    overrides = rosters.standing(desk.ledger, now)
    names = _names(desk, scope, now) | {code: p.name for code, p in duty.people.items() if p.name}
    found = [
        _roster(roster, overrides, now, settings.site.tz, calendar.is_working) for roster in (*duty.rosters.values(),)
    ]
    return {
        "rosters": found,
        "names": names if scope.units is None else {},
        "people": sorted(names) if scope.units is None else [],
        "overrides": [_plain(o) for o in overrides],
        "silences": [_plain(s) for s in silences.standing(desk.ledger, now)],
        "orders": [_plain(o) for o in supervision.listed(desk.ledger, "open", limit=LISTED)],
        "channels": [{"name": name, "kind": one.kind} for name, one in settings.channels.items()],
        "outlook": outbox.outlook(desk.ledger, now),
        "notices": told.notices_of(desk.ledger, str(args.get("person") or ""), LISTED) if args.get("person") else [],
    }


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()}


def _names(desk: Desk, scope: Scope, now: datetime) -> dict[str, str]:
    with desk.facts.read(scope) as reader:
        people = reader.frame(reader.table("people").select("person_code", "name"), now)
    known = people.dropna()
    return dict(zip(known["person_code"], known["name"], strict=True))


def _roster(
    roster: Roster, overrides: list[dict[str, Any]], now: datetime, zone: Any, is_working: IsWorkingDay
) -> dict[str, Any]:
    """Who is on, until when, and who follows."""
    on = on_duty(roster, now, zone, is_working, overrides)
    until: datetime | None = None
    following: tuple[str, ...] = ()
    for at in _changes(roster, overrides, now, zone, is_working):
        following = on_duty(roster, at, zone, is_working, overrides)
        if following != on:
            until = at
            break
    return {
        "name": roster.name,
        "role": roster.role,
        "unit": roster.unit,
        "on": list(on),
        "until": until.isoformat() if until else None,
        "next": list(following) if until else [],
    }


def _changes(
    roster: Roster, overrides: list[dict[str, Any]], now: datetime, zone: Any, is_working: IsWorkingDay
) -> list[datetime]:
    """Moments at which somebody else may come on duty, from now on."""
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=n) for n in range(-1, AHEAD.days + 1)]
    shifts = [span(shift, day, zone) for day in days for shift in of_day(roster, is_working(day))]
    own = [(o["starts_at"], o["ends_at"]) for o in overrides if o["roster"] == roster.name]
    return sorted({at for pair in (*shifts, *own) for at in pair if now < at <= now + AHEAD})
