"""From the facts to what a look looks at: the settings, the network and the past as they stand."""

import re
import threading
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd

from kpis.calendar import Calendar
from kpis.hotspots.baseline import Confirmed, NotEnough, not_enough
from kpis.hotspots_facts import outages
from kpis.hotspots_facts.demands import demands
from kpis.hotspots_facts.ground import Area, Ground, feeders_now, ground_of, network, placed
from kpis.hotspots_facts.sight import Sight, sight
from settings import Settings
from settings_hotspots import Hotspots
from store.facts.db import Facts
from store.facts.read import Reader
from store.scope import Scope

EVERYTHING: Final = Scope.everything("hotspots")
TEXTS: Final = Scope("hotspots", None, personal=True)
MARGIN_DEG: Final = 0.2  # around the boundaries: feeders end a little outside
_NAMED: Final = ("city", "county", "station", "grid", "feeder")
_TAIL: Final = re.compile(r"(供电.*|[市县区镇乡]|线路?|\d*号?台区.*|\d*网格)$")
MOST_GROUNDS: Final = 4


class Eyes:
    """Makes sights. Keeps the ground, which changes only with the network. Pages may ask while a look is taken."""

    def __init__(self, settings: Settings, facts: Facts, calendar: Calendar) -> None:
        self.settings, self.facts, self.calendar = settings, facts, calendar
        self.options = settings.hotspots
        self.area = self.options.area or _bounds(settings.site.boundaries)
        self._lock = threading.Lock()  # of the grounds
        self._grounds: dict[Hashable, Ground] = {}
        self._names: tuple[Hashable, dict[str, tuple[str, str]]] = ((), {})

    def sight(
        self, until: datetime, days: float, options: Hotspots | None = None, confirmed: Sequence[Confirmed] = ()
    ) -> Sight:
        """The demands of `days` before `until` as events."""
        chosen = options or self.options
        with self.facts.read(EVERYTHING) as reader:
            rows = demands(reader, chosen.categories, until - timedelta(days=days), until)
            ground, rows = self._placed(reader, rows, chosen, until)
        return sight(
            rows, ground, until, self.settings.site.tz, self.calendar.is_working,
            [*confirmed, *self._event_days(rows, ground)],
        )  # fmt: skip

    def _placed(
        self, reader: Reader, rows: pd.DataFrame, options: Hotspots, until: datetime
    ) -> tuple[Ground, pd.DataFrame]:
        net = network(reader, until)
        feeder_of = feeders_now(net, rows)
        rows = rows.assign(place=placed(rows, options.unit, feeder_of, self.area))
        versions = self.facts.versions()
        shape = options.model_dump_json(include={"unit", "radius_urban_km", "radius_rural_km", "nearest"})
        places = tuple(sorted(rows["place"].dropna().unique()))
        key = (versions.get("units"), versions.get("customers"), shape, options.baseline_days, hash(places))
        with self._lock:
            if key not in self._grounds:
                while len(self._grounds) >= MOST_GROUNDS:
                    del self._grounds[next(iter(self._grounds))]
                self._grounds[key] = ground_of(rows, net, options, self.area)
            return self._grounds[key], rows

    def _event_days(self, rows: pd.DataFrame, ground: Ground) -> list[Confirmed]:
        """Days of declared major events, as many demands as the same places have on other days."""
        if not self.settings.site.event_days or rows.empty:
            return []
        zone, table = self.settings.site.tz, ground.places.table
        span = max((rows["accepted_at"].iloc[-1] - rows["accepted_at"].iloc[0]) / pd.Timedelta(days=1), 1.0)
        found = []
        for event in self.settings.site.event_days:
            of_unit = table[["city", "county", "station"]].isin(event.units).any(axis=1)
            places = frozenset(table["place"][of_unit] if event.units else table["place"])
            start = datetime.combine(event.first, time(), zone)
            end = datetime.combine(event.last + timedelta(days=1), time(), zone)
            here = rows["place"].isin(places)
            during = here & (rows["accepted_at"] >= start) & (rows["accepted_at"] < end)
            days = (end - start) / timedelta(days=1)
            usual = (int(here.sum()) - int(during.sum())) / max(span - days, 1.0)
            found.append(Confirmed(places, start, end, usual * days))
        return found

    def missing(self, seen: Sight) -> NotEnough | None:
        """What the history lacks of 28 days and 30 cases."""
        days = 0.0 if seen.first is None else (seen.until - seen.first) / timedelta(days=1)
        return not_enough(days, len(seen.rows))

    def links(self, seen: Sight) -> pd.Series:
        """Of each event the outage that ran when it came."""
        with self.facts.read(EVERYTHING) as reader:
            found, areas = outages.running(reader, seen.until)
        return outages.linked(seen.rows, found, areas, seen.until)

    def known(self, now: datetime) -> datetime | None:
        """Up to when the sources of orders are known, `now` at most; None while one of them was never read."""
        feeding = [s for s in self.facts.states() if "work_orders" in s.feeds]
        ages = [s.as_of_by_table.get("work_orders", s.as_of) for s in feeding]
        return min([now, *(a for a in ages if a)]) if ages and None not in ages else None

    def names(self) -> Mapping[str, tuple[str, str]]:
        """Of each unit's code its Chinese and its English name."""
        version = self.facts.versions().get("units")
        if self._names[0] != (version,):
            with self.facts.read(EVERYTHING) as reader:
                t = reader.table("units")
                rows = reader.frame(t.filter(t.kind.isin(_NAMED)).select("code", "name_zh", "name_en"), _NEVER)
            both = zip(rows["code"], rows["name_zh"].fillna(""), rows["name_en"].fillna(""), strict=True)
            self._names = ((version,), {code: (zh, en) for code, zh, en in both})
        return self._names[1]

    def name_of(self, code: str) -> str:
        zh, en = self.names().get(code, ("", ""))
        return (zh if self.settings.site.language == "zh" else en) or zh or en or code

    def place_names(self) -> set[str]:
        """The names of units without what every unit's name ends in: they say where, not what."""
        both = (name for pair in self.names().values() for name in pair)
        cut = (_TAIL.sub("", name) if not name.isascii() else name.removesuffix(" line") for name in both)
        return {name for name in cut if len(name) > 1}


_NEVER: Final = datetime.fromisoformat("2000-01-01T00:00:00+00:00")  # for questions in which now plays no part


def _bounds(file: Path | None) -> Area | None:
    """The rectangle around the site's boundaries, a little wider; None without a usable file."""
    if file is None or not file.is_file():
        return None
    try:
        points = np.array(list(_points(orjson.loads(file.read_bytes()))), dtype=np.float64)
    except ValueError:
        return None  # what is wrong in it is told by `check`
    if not len(points):
        return None
    west, south = points.min(axis=0) - MARGIN_DEG
    east, north = points.max(axis=0) + MARGIN_DEG
    return float(west), float(south), float(east), float(north)


def _points(node: Any) -> Any:
    if isinstance(node, Mapping):
        for key in ("features", "geometry", "geometries", "coordinates"):
            yield from _points(node.get(key) or ())
    elif isinstance(node, list):
        if len(node) >= 2 and all(isinstance(n, int | float) for n in node[:2]):
            yield node[0], node[1]
        else:
            for one in node:
                yield from _points(one)
