"""Rises of a whole series at once: judged once a day, told once however many series they show in."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from gathering.eyes import EVERYTHING, Eyes
from kpis.hotspots.wide import Rise, level, rises
from kpis.hotspots_facts.totals import Series, daily, series
from store.ledger import hotspots
from store.ledger.ledger import Ledger

WATCH_D: Final = 7.0
SEVERE_D: Final = 365.0
CATCH_UP: Final = timedelta(days=7)
SETTLED: Final = timedelta(hours=1)  # after midnight, so that the day is recorded


class Rises:
    """The rises of the last judged day."""

    def __init__(self, eyes: Eyes, ledger: Ledger) -> None:
        self._eyes, self._ledger = eyes, ledger

    def turn(self, now: datetime, known: datetime) -> int:
        """Judges each whole day that was read since the last judged one; how many. `known`: how far sources are read.

        A day is judged once and for all: so never before it is there, and none is passed over.
        """
        last = (known - SETTLED).astimezone(self._eyes.settings.site.tz).date() - timedelta(days=1)
        before = hotspots.wide_day(self._ledger)
        first = last if before is None else max(before["day"] + timedelta(days=1), last - CATCH_UP)
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return sum(self._judge(day, now) for day in days)

    def _judge(self, day: date, now: datetime) -> bool:
        found = self.judged(day)
        open_ = {row["series"]: row for row in hotspots.open_rises(self._ledger)}
        opened, going_on = self._lived(found, open_, day, now)
        row = {"day": day, "looked_at": now, "body": {"rises": found}}
        return hotspots.put_wide_day(self._ledger, row, opened, going_on)

    def judged(self, day: date) -> list[dict[str, Any]]:
        """RISE of every series that is rarer than once a week, the rarest first, as known after `day`."""
        options, zone = self._eyes.options, self._eyes.settings.site.tz
        with self._eyes.facts.read(EVERYTHING) as reader:
            counts = daily(reader, options.categories, day, zone)
        known = series(counts, day)
        names = {str(i): key for i, key in enumerate(known)}
        calendar = self._eyes.calendar
        found = rises(
            {name: known[key] for name, key in names.items()},
            lambda d: d.weekday() < 5 and not calendar.is_working(d),
        )
        alert_d = 30 / options.wide_budget_30d
        per_p = 30 / options.wide_budget_30d * level(len(known), budget_30d=options.wide_budget_30d) if known else 1.0
        said = [_said(one, names[one.series], per_p, alert_d, day, zone) for one in found if one.p is not None]
        return [one for one in said if one["recurrence_d"] >= WATCH_D]

    def _lived(
        self, found: Sequence[Mapping[str, Any]], open_: Mapping[str, Mapping[str, Any]], day: date, now: datetime
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """What opens and what goes on. Of rises that hold one another, one is told."""
        by_name = {_name(one["series"]): one for one in found}
        going_on, told = [], []
        for name, row in open_.items():
            one = by_name.get(name)
            ended = None if one is not None else now
            body = dict(one) if one is not None else row["body"]
            kept = (
                row["level"] if one is None else "severe" if "severe" in (row["level"], one["grade"]) else one["grade"]
            )
            going_on.append({"number": row["number"], "body": body, "level": kept, "ended_at": ended})
            if one is not None:
                told.append(one["series"])
        opened = []
        for one in _apart([one for one in found if one["grade"] in ("alert", "severe")]):
            if not any(_touch(one["series"], other) for other in told):
                since = day - timedelta(days=one["days"] - 1)
                opened.append({
                    "series": _name(one["series"]), "since": since, "level": one["grade"], "opened_at": now,
                    "ended_at": None, "body": dict(one),
                })  # fmt: skip
        return opened, going_on

    def listed(self) -> tuple[dict[str, Any], ...]:
        """The rises of the last judged day, and those still open, with their numbers."""
        last = hotspots.wide_day(self._ledger)
        open_ = {row["series"]: row for row in hotspots.open_rises(self._ledger)}
        zone = self._eyes.settings.site.tz
        found = []
        for one in last["body"]["rises"] if last else ():
            row = open_.get(_name(one["series"]))
            since = one["since"] if row is None else row["since"].isoformat()
            at = datetime.combine(date.fromisoformat(since), time(), zone).isoformat()
            number = row and row["number"]
            found.append({**one, "since": since, "since_at": at, "number": number})
        return tuple(found)


def _said(one: Rise, key: Series, per_p: float, alert_d: float, day: date, zone: Any) -> dict[str, Any]:
    """RISE. Once in so many days chance alone shows one like it in any series."""
    path, unit = key
    recurrence = min(per_p / max(one.p or 0.0, 1e-12), 1e6)
    grade = "severe" if recurrence >= max(SEVERE_D, alert_d) else "alert" if recurrence >= alert_d else "watch"
    since = day - timedelta(days=one.days - 1)
    return {
        "series": {"category": list(path), "unit": unit}, "day": day.isoformat(), "days": one.days,
        "observed": one.observed, "expected": round(one.expected or 0.0, 1), "low": one.low, "high": one.high,
        "recurrence_d": round(recurrence, 1), "grade": grade, "since": since.isoformat(), "number": None,
    }  # fmt: skip


def _name(series: Mapping[str, Any]) -> str:
    return "/".join(series["category"]) + "@" + (series["unit"] or "")


def _apart(alerts: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of alerts that share demands the one to tell: the broadest, unless one narrower alone is rarer and explains it.

    A storm is told once, as a rise of everything; a rise of one county as that county's.
    """
    found: list[Mapping[str, Any]] = []
    for one in sorted(alerts, key=lambda a: len(a["series"]["category"]) + (a["series"]["unit"] is not None)):
        if any(_touch(one["series"], other["series"]) for other in found):
            continue
        inside = [a for a in alerts if a is not one and _holds(one["series"], a["series"])]
        is_apart = any(not _touch(a["series"], b["series"]) for a in inside for b in inside)
        if is_apart or not any(a["recurrence_d"] > one["recurrence_d"] for a in inside):
            found.append(one)
    return found


def _holds(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    path = one["category"]
    return other["category"][: len(path)] == path and one["unit"] in (None, other["unit"])


def _touch(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether one series holds the other's cases, in part or whole: by category and by unit."""
    a, b = one["category"], other["category"]
    return (a[: len(b)] == b or b[: len(a)] == a) and (
        one["unit"] is None or other["unit"] is None or one["unit"] == other["unit"]
    )
