"""The figures of each site day, put on record as the day ends: as shown then, beside what is known now."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import pandas as pd

from asking import Desk, as_of, moment_of, options_of, where_of
from kpis import catalogue
from kpis.evaluate import Where, values
from kpis.history import EndedDay, beside, owed
from kpis.measures import COLUMNS
from kpis.periods import Every, midnight
from kpis.types import Definition, Options, Refusal
from store.ledger import history as record
from store.scope import Scope

LEVELS: Final[Mapping[str, tuple[str, ...]]] = {"site": (), "county": ("county",), "station": ("station",)}
_EVERYTHING: Final = Scope.everything("midnight")


class Midnight:
    """Puts ended days on record, once each. For one thread."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._last = record.last_day(desk.ledger)

    def note(self, now: datetime) -> None:
        """Whatever is owed at `now` (kpis.history): the day that has just ended, and those at whose end no node ran."""
        for ended in owed(self._last, now, self._desk.settings.site.tz):
            record.put(self._desk.ledger, list(_rows(self._desk, ended, now)))
            self._last = ended.day


def _rows(desk: Desk, ended: EndedDay, now: datetime) -> Iterator[dict[str, Any]]:
    for definition in catalogue.LIVE:
        place: dict[str, Any] = {"key": definition.key, "day": ended.day, "definition_version": definition.version}
        if ended.is_shown:
            age = as_of(desk.facts, definition.table)
            yield from (
                {**place, **row, "as_of": age, "shown_at": now} for row in _figures(desk, definition, ended, now)
            )
        else:
            nothing = dict.fromkeys((*COLUMNS, "as_of", "shown_at"))
            yield {**place, "level": "site", "unit": "", **nothing}


def _figures(desk: Desk, definition: Definition, ended: EndedDay, now: datetime) -> Iterator[dict[str, Any]]:
    zone, options = desk.settings.site.tz, desk.settings.kpis.get(definition.key) or Options()
    start, end = midnight(ended.day, zone), midnight(ended.day + timedelta(days=1), zone)
    with desk.facts.read(_EVERYTHING) as reader:
        for level, by in LEVELS.items():
            frame = values(reader, definition, options, by=by, start=start, end=end, now=now)
            for row in frame.to_dict("records"):
                unit = row[by[0]] if by else ""
                if not pd.isna(unit):
                    yield {"level": level, "unit": unit, **{str(name): _plain(row[name]) for name in COLUMNS}}


def history(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each day of the record of one definition, as shown then and as known now. Errors: ValueError with a sentence."""
    definition = catalogue.find(args["key"])
    if definition not in catalogue.LIVE:
        keys = ", ".join(d.key for d in catalogue.LIVE)
        raise Refusal(
            f"{definition.key}: stands on no wall, so there is no record of what was shown; there is of {keys}"
        )
    where = where_of(args.get("where", ()))
    unit = _unit(where)
    zone, now = desk.settings.site.tz, desk.now()
    start, end = moment_of(args.get("start")), moment_of(args.get("end"))
    first = start.astimezone(zone).date() if start else None
    last = (end - timedelta(microseconds=1)).astimezone(zone).date() if end else None
    whole = record.days_of(desk.ledger, definition.key, "", first, last)
    if not whole:
        return []
    days = [row["day"] for row in whole]
    with desk.facts.read(scope) as reader:
        frame = values(
            reader,
            definition,
            options_of(desk.settings, definition, args.get("option", ())),
            where=where,
            start=midnight(days[0], zone),
            end=midnight(days[-1] + timedelta(days=1), zone),
            every=Every("day", zone),
            now=now,
        )
    known = {
        pd.Timestamp(row["bucket"]).date(): {n: _plain(row[n]) for n in COLUMNS} for row in frame.to_dict("records")
    }
    shown = whole if not unit else record.days_of(desk.ledger, definition.key, unit, first, last)
    return _told(beside(shown, {row["day"]: row["shown_at"] for row in whole}, known))


def _unit(where: Where) -> str:
    if not where:
        return ""
    ((dim, texts), *more) = where.items()
    if more or dim not in LEVELS or len(texts) != 1:
        raise Refusal("the record is of the site, of each county and of each station; write e.g. --where county=C1")
    return texts[0]


def _told(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v.isoformat() if isinstance(v, date) else v for k, v in day.items()} for day in days]


def _plain(value: Any) -> float | int | None:
    if pd.isna(value):
        return None
    return float(value) if isinstance(value, float) else int(value)
