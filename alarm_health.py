"""Alarm health, as the command line and the page ask for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from alerts import health
from alerts.load_duty import load
from alerts.roster import on_duty
from asking import Desk, moment_of
from catchup import rules_of
from kpis.types import Refusal
from store.ledger import health as asked
from store.ledger import rosters
from store.scope import Scope

USUAL: Final = timedelta(days=7)
LONGEST: Final = timedelta(days=400)


def answer(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """`alerts.health.health` from `start` (a week ago) to `end` (now). Errors: ValueError with a sentence."""
    end = min(moment_of(args.get("end")) or desk.now(), desk.now())
    start = moment_of(args.get("start")) or end - USUAL
    if not start < end or end - start > LONGEST:
        raise Refusal(f"from {start.isoformat()} to {end.isoformat()}: ask for a time of up to {LONGEST.days} days")
    ledger = desk.ledger
    return health.health(
        asked.raises(ledger, start),
        asked.told(ledger, start),
        asked.standing(ledger),
        asked.ended(ledger, start),
        (start, end),
        people_on_duty(desk, end),
    )


def people_on_duty(desk: Desk, at: datetime) -> int | None:
    """How many people the rosters have on duty; None without rosters."""
    duty, calendar = load(desk.settings), rules_of(desk.settings).calendar
    instead, zone = rosters.standing(desk.ledger, at), desk.settings.site.tz
    codes = {c for r in duty.rosters.values() for c in on_duty(r, at, zone, calendar.is_working, instead)}
    return len(codes) or None


def lines(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """An answer as rows of a table: measure, value, guideline."""
    rate, flood, levels, standing, never = (told[k] for k in ("rate", "flood", "levels", "standing", "never_acted"))
    percent = levels["percent"]
    rows = [
        ("raises", told["raises"], None),
        ("alerts per person in 10 min", rate["per_person_10_min"], "under 1"),
        ("people", rate["people"], None),
        ("flood now", "yes" if flood["is_now"] else "no", None),
        ("raises of the last 10 min", flood["recent"], f"at most {flood['over']}"),
        ("ten minutes with a flood", flood["windows"], "0"),
        ("low or medium, %", percent["low_or_medium"], "about 80"),
        ("critical, %", percent["critical"], "at most 5"),
        ("subjects that chatter", len(told["chattering"]), "0"),
        ("standing", standing["n"], None),
        ("standing over 24 h", standing["over_24_h"], "few"),
        ("over without anybody acting, %", never["percent"], None),
    ]
    rows += [(f"from rule {one['name']}, %", one["percent"], None) for one in told["top"]["rules"]]
    rows += [(f"from unit {one['name'] or '-'}, %", one["percent"], None) for one in told["top"]["units"]]
    return [{"measure": m, "value": v, "guideline": g} for m, v, g in rows]


ANSWERS: Final = {"alarm_health": answer}
