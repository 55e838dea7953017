"""Boston's service requests of 2015, looked at once a day for hotspots; the same with whole days exchanged.

    python -m bench.hotspots --only boston [--data DIR]

Where the requests are: squares of 500 m and neighborhoods. What they are about: the city's REASON and TYPE.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from bench.results import Measure
from kpis.hotspots.calibration import Calibration, fitted
from kpis.hotspots.family import Nodes, ready
from kpis.hotspots.found import seen_at
from kpis.hotspots.life import Hotspot, Kind, Line, Settings
from kpis.hotspots.lives import step
from kpis.hotspots.replays import proven
from kpis.hotspots_facts import seeing
from kpis.hotspots_facts.fitting import EXCHANGES, Task, exchange_of, node_paths, replayed
from kpis.hotspots_facts.ground import Network, ground_of, placed
from kpis.hotspots_facts.sight import HOUR, Sight, sight
from settings_hotspots import Hotspots

ZONE: Final = ZoneInfo("America/New_York")
FILE: Final = Path("boston311_2015/boston_311_2015.csv.gz")
UNKNOWN: Final = (42.3594, -71.0587)  # City Hall: where the city puts a request whose place it does not know
AREA: Final = (-71.20, 42.22, -70.98, 42.41)
OPTIONS: Final = Hotspots(unit="cell", radius_urban_km=2.0, radius_rural_km=2.0, nearest=60, area=AREA)
PAGE_FILE: Final = Path("docs/hotspots-boston.md")
HISTORIES: Final = 20
PROOF: Final = 20
NOTHING: Final = pd.DataFrame(columns=["code", "kind", "parent", "area_class", "lon", "lat"])


@dataclass(frozen=True)
class Year:
    """The events of the year, and how they are looked at."""

    sight: Sight
    nodes: Nodes
    days: Any  # hours of the looks, one a day at midnight
    unknown: int
    requests: int


def requests(data: Path) -> pd.DataFrame:
    """The requests as demands (kpis.hotspots_facts.demands), oldest first; those at the default point have no place."""
    names = ["CASE_ENQUIRY_ID", "OPEN_DT", "REASON", "TYPE", "neighborhood", "LATITUDE", "LONGITUDE", "Source"]
    raw = pd.read_csv(data / FILE, usecols=names, dtype=str)
    at = pd.to_datetime(raw["OPEN_DT"], format="%m/%d/%Y %I:%M:%S %p")
    at = at.dt.tz_localize(ZONE, ambiguous=False, nonexistent="shift_forward").dt.tz_convert(UTC)
    lat, lon = (pd.to_numeric(raw[name], errors="coerce") for name in ("LATITUDE", "LONGITUDE"))
    is_unknown = (lat.round(4) == UNKNOWN[0]) & (lon.round(4) == UNKNOWN[1])
    made = pd.DataFrame(
        {
            "source": "boston311", "source_key": raw["CASE_ENQUIRY_ID"], "order_no": raw["CASE_ENQUIRY_ID"],
            "category": "other", "subcategory_1": raw["REASON"], "subcategory_2": raw["TYPE"], "accepted_at": at,
            "station": raw["neighborhood"].where(raw["neighborhood"].fillna("").str.strip() != "", None),
            "county": "City of Boston", "lon": lon.where(~is_unknown), "lat": lat.where(~is_unknown),
            "place_unknown": is_unknown, "weighty": False, "is_outage_topic": False,
        }
    )  # fmt: skip
    nothing = ("transformer_area", "feeder", "grid", "city", "area_class", "identity_key", "outage_no")
    made = made.assign(**{name: pd.Series(None, index=made.index, dtype=object) for name in nothing})
    made["category"] = made.pop("subcategory_1")
    made = made.rename(columns={"subcategory_2": "subcategory_1"}).assign(subcategory_2=None)
    return made.sort_values(["accepted_at", "source_key"], ignore_index=True)


def year(data: Path) -> Year:
    rows = requests(data)
    empty = pd.Series(dtype=object)
    rows = rows.assign(place=placed(rows, "cell", empty, AREA))
    ground = ground_of(rows, Network(NOTHING, empty), OPTIONS, AREA)
    end = datetime(2016, 1, 1, tzinfo=ZONE).astimezone(UTC)
    seen = sight(rows, ground, end, ZONE, lambda d: d.weekday() < 5)
    paths = node_paths(seen.stream, seen.paths, seen.ground.watch, seen.hour)
    first = seen.hours_of(datetime(2015, 1, 1, tzinfo=ZONE))
    days = np.arange(first + 57 * 24, seen.hour + 1, 24)
    return Year(seen, seen.nodes(paths), days, int(rows["place_unknown"].sum()), len(rows))


def threshold(one: Year, exchange: str, histories: int, proof: int) -> Calibration:
    """The level at which the year with its days exchanged raises the budget; measured on other exchanged years."""
    stream, watch = one.sight.stream, one.sight.ground.watch
    task = Task(
        stream, watch, one.nodes.paths, one.nodes, one.days, exchange, 0.0, histories, proof, OPTIONS.budget_30d, 1
    )
    scale = fitted(np.stack([replayed(task, n) for n in range(histories)]), one.days, budget_30d=OPTIONS.budget_30d)
    return proven(stream, watch, one.nodes, scale, one.days, proof, 2, exchange=EXCHANGES[exchange])


@dataclass(frozen=True)
class Found:
    """What the looks of the year opened, with the history of each, and how long it took."""

    hotspots: tuple[Hotspot, ...]
    lines: tuple[Line, ...]
    zones: dict[int, dict[str, Any]]
    cpu_s: float


def looked_at(one: Year, scale: Calibration) -> Found:
    """The year as it was, one look a day."""
    began = process_time()
    seen, watch = one.sight, one.sight.ground.watch
    made = ready(seen.stream, watch, one.nodes, one.days)
    settings = Settings(alert_d=scale.alert_d)
    lives: tuple[Hotspot, ...] = ()
    lines: list[Line] = []
    zones: dict[int, dict[str, Any]] = {}
    for k, hour in enumerate(one.days.tolist()):
        found = seeing.named(
            seen, seen_at(made, watch, one.nodes, k, scale, seen.ground.places.ids, seen.origin, least_d=seeing.LEAST_D)
        )
        quiet = {h.number: seeing.quiet_days(seen, h.seen, hour) for h in lives if h.lives and h.number is not None}
        lives, more = step(lives, found, seen.origin + hour * HOUR, settings=settings, quiet_days=quiet)
        lines += more
        by_number = {h.number: h for h in lives}
        for line in more:
            if line.kind is Kind.OPENED:
                zones[line.number] = seeing.zone_of(seen, by_number[line.number].seen)
    return Found(lives, tuple(lines), zones, process_time() - began)


def rows_of(one: Year, found: Found) -> list[dict[str, Any]]:
    """One row per hotspot: when it opened, what it was about, where, how many and how rare at its strongest."""
    table = one.sight.ground.places.table.set_index("place")
    rows = []
    for h in found.hotspots:
        own = [line for line in found.lines if line.number == h.number and line.kind is not Kind.MERGED]
        if h.number is None or not own:
            continue
        best = max(own, key=lambda line: (line.recurrence_d, line.observed))
        where = table.loc[[u for u in best.units if u in table.index], "station"].dropna()
        rows.append({
            "number": h.number, "opened": own[0].at.astimezone(ZONE).date(),
            "ended": h.ended_at.astimezone(ZONE).date() if h.ended_at else None, "state": str(h.state),
            "category": " / ".join(h.seen.node) or "all requests", "where": where.mode().iloc[0] if len(where) else "?",
            "squares": len(best.units), "observed": best.observed, "expected": best.expected,
            "recurrence_d": best.recurrence_d, "days": (best.at - h.onset) / timedelta(days=1),
        })  # fmt: skip
    return sorted(rows, key=lambda row: row["number"])


PAGE: Final = """# Hotspots of Boston, 2015

Written by `python -m bench.hotspots --only boston` (eight minutes of processor time). The {requests:,} service
requests that Boston opened in 2015 ([examples.md](examples.md)), put through the code of the product: squares of
500 m and neighborhoods as places ({places} squares, {zones:,} zones with circles up to 2 km), the city's REASON and
TYPE as categories ({nodes} nodes), one look a day at midnight from the 57th day on ({looks} looks), windows of 1 h
to 7 d against the 56 days before. Nobody knows which of them were "true": the city does not say what it acted on.
What can be checked is how often chance is taken for a hotspot, and that stands first.

## How often chance alone rings

The requests come in bursts (variance / mean of a square's day {burst:.2f} times that of requests exchanged one by
one), so histories exchange whole days. The threshold comes from {histories} years with their days exchanged, is
corrected by {half} more, and is measured on {half} others, played through the whole life of hotspots:

| | false hotspots in 30 days | 95 % interval | over |
|---|---|---|---|
| with shuffled dates | **{rate:.2f}** | {low:.2f} to {high:.2f} | {days:,} days |
| budget | 0.8 | 0.6 to 1.2 wanted | |
| the year as it was | {real:.1f} | | {looks} days |

So of the {found} hotspots below about {chance:.0f} are what chance would show. The threshold was learnt from the
whole year, the days after a look included; a node knows the past only.

## What was found

Strongest look of each. "Once in" is capped at ten years.

| | opened | lasted to | what | where, mostly | squares | observed / expected | once in |
|---|---|---|---|---|---|---|---|
{rows}

The first three lie in two weeks of March, after a winter of much snow; the third names potholes. They show what a
permutation scan can not tell apart: a season that comes to some parts of a city before others is a rise there.
Whether anybody acted on street lights, signs, rodents or recycling carts, the data do not say.

## The default point

{unknown:,} requests ({share:.0f} %) lie at 42.3594, -71.0587, City Hall, where the city puts a request whose place
it does not know. As unknown places they count in the totals alone: no circle, no neighborhood holds them, and none
of the hotspots above rests on them.
"""


def _day(at: date | None) -> str:
    return "-" if at is None else f"{at:%d %b}"


def _once(days: float) -> str:
    return "10 years or more" if days >= seeing.MOST_D else f"{days:.0f} d"


def page(one: Year, burst: float, scale: Calibration, found: Found, histories: int, proof: int) -> str:
    rows = rows_of(one, found)
    lines = [
        f"| {r['number']} | {r['opened']:%d %b} | {_day(r['ended'])} | {r['category']} | {r['where']} | {r['squares']} "
        f"| {r['observed']} / {r['expected']:.1f} | {_once(r['recurrence_d'])} |"
        for r in rows
    ]
    looks = len(one.days)
    return PAGE.format(
        requests=one.requests, places=len(one.sight.ground.places.ids), zones=one.sight.ground.watch.zones.count,
        nodes=len(one.nodes.paths), looks=looks, burst=burst, histories=histories, half=proof // 2,
        rate=scale.measured_30d, low=scale.low, high=scale.high, days=looks * (proof // 2),
        real=30 * len(rows) / looks, found=len(rows), chance=scale.measured_30d * looks / 30, rows="\n".join(lines),
        unknown=one.unknown, share=100 * one.unknown / one.requests,
    )  # fmt: skip


def of_boston(data: Path, *, quick: bool) -> list[Measure]:
    """The measures of the year; the page is written unless `quick`."""
    one = year(data)
    exchange, burst = exchange_of(one.sight.stream)
    histories, proof = (3, 2) if quick else (HISTORIES, PROOF)
    scale = threshold(one, exchange, histories, proof)
    found = looked_at(one, scale)
    if not quick:
        PAGE_FILE.write_text(page(one, burst, scale, found, histories, proof), encoding="utf-8")
    looks = len(one.days)
    opened = len(rows_of(one, found))
    interval = f"{scale.low:.2f} to {scale.high:.2f}; 0.6 to 1.2"
    return [
        Measure("boston_shuffled_per_30d", scale.measured_30d, "1/30 d", proof // 2, interval),
        Measure("boston_found_per_30d", 30 * opened / looks, "1/30 d", looks, "the year as it was, one look a day"),
        Measure("boston_look_cpu_ms", 1000 * found.cpu_s / looks, "ms", looks, f"{len(one.nodes.paths)} nodes"),
    ]  # fmt: skip
