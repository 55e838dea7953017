"""The data of one view in parts with a version each. Data only: words, colours and countdowns belong to the page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd

from kpis import critical, figures, matters, sources, supply, supply_lists, switching, work
from kpis.columns import columns, epoch_ms, plain
from kpis.hotspots_facts.part import ShownLike, part
from kpis.live import LiveOptions, Observation
from kpis.switching import PATH
from kpis.types import LedgerView, OpenAlert, SourceState

VIEW: Final = "situation"
LISTED: Final = 60  # orders in the countdown list; a wall shows 15 at most
LOGGED: Final = 12
LEVELS: Final = ("blue", "yellow", "orange", "red")
_LOG: Final = (
    *("id", "at", "rule", "level", "event", "subject", "order_no", "category", "county", "station", "feeder", "clock"),
)


@dataclass(frozen=True)
class Part:
    """One panel's data. An unchanged body keeps its version."""

    name: str
    body: dict[str, Any]

    @cached_property
    def version(self) -> str:
        return blake2b(orjson.dumps(self.body), digest_size=6).hexdigest()


@dataclass(frozen=True)
class Snapshot:
    """All parts of one view."""

    view: str
    now: datetime
    parts: dict[str, Part]


def build(
    observation: Observation,
    ledger: LedgerView,
    states: Sequence[SourceState],
    options: LiveOptions,
    unit: str | None = None,
    hotspots: ShownLike | None = None,
) -> Snapshot:
    """The view of everything, or of the unit with this code: rolled up from the same observation."""
    inside = _Inside(observation, unit)
    bodies = {
        "kpis": figures.kpis(observation, {f: inside.mask(c) for f, c in observation.counts.items()}, options),
        "repairs": _repairs(inside, ledger, _is_fed(states, "outages")),
        "work": _work(inside, options),
        **matters.parts(observation.matters, unit, inside.of, observation.now.astimezone(options.zone)),
        "outages": _outages(inside, options, _is_fed(states, "outages")),
        "supply": _supply(inside, options, _is_fed(states, "outages")),
        "counties": _counties(inside, options),
        "alerts": _alerts(inside, ledger, _is_fed(states, "outages")),
        "hotspots": part(hotspots, inside.codes),
        "units": {"columns": columns(inside.units, tuple(observation.units.columns))},
        "sources": sources.part(states, options.promises, observation.now),
    }
    view = VIEW if unit is None else f"{VIEW}@{unit}"
    return Snapshot(view, observation.now, {name: Part(name, body) for name, body in bodies.items()})


class _Inside:
    """The rows of an observation that belong to one unit; all of them for None."""

    def __init__(self, observation: Observation, unit: str | None) -> None:
        self.observation, self.unit = observation, unit
        self.codes = None if unit is None else _subtree(observation.units, unit)

    def mask(self, frame: pd.DataFrame) -> pd.Series | None:
        if self.unit is None:
            return None
        return (frame[list(PATH)] == self.unit).any(axis=1)

    def of(self, frame: pd.DataFrame) -> pd.DataFrame:
        mask = self.mask(frame)
        return frame if mask is None else frame[mask]

    @cached_property
    def repairs(self) -> pd.DataFrame:
        return self.of(self.observation.open_repairs)

    @cached_property
    def without_limit(self) -> pd.DataFrame:
        return self.of(self.observation.without_limit)

    @cached_property
    def running(self) -> pd.DataFrame:
        outages = self.observation.outages
        return self.of(outages[outages["is_running"]])

    @cached_property
    def units(self) -> pd.DataFrame:
        units = self.observation.units
        return units if self.codes is None else units[units["code"].isin(self.codes)]

    def holds(self, county: str | None, station: str | None) -> bool:
        """Whether an alert belongs here; one without a place concerns every unit."""
        if self.codes is None or (county is None and station is None):
            return True
        return county in self.codes or station in self.codes


def _subtree(units: pd.DataFrame, unit: str) -> frozenset[str]:
    codes, fresh = {unit}, {unit}
    while fresh:
        fresh = set(units.loc[units["parent"].isin(fresh), "code"]) - codes
        codes |= fresh
    return frozenset(codes)


def _repairs(inside: _Inside, ledger: LedgerView, counts_customers: bool) -> dict[str, Any]:
    """Without a source of outages nobody knows how many customers an order stands for."""
    shown = inside.repairs.head(LISTED)
    alerts = {a.subject: a for a in ledger.open if a.rule == "repair_due"}
    subjects = (shown["source"] + ":" + shown["source_key"]).tolist()
    found = [alerts.get(s) for s in subjects]
    names = ("order_no", "source", *PATH[1:], "feeder", "crew", "stage", "clock", "start_at", "due_at")
    return {
        "total": len(inside.repairs),
        "without_limit": len(inside.without_limit),
        "columns": {
            **columns(shown, (*names, "call_count", "critical")),
            "customers": plain(shown["customers"]) if counts_customers else [None] * len(shown),
            "alert": [a and a.state for a in found],
            "alert_id": [a and a.id for a in found],
        },
    }


def _work(inside: _Inside, options: LiveOptions) -> dict[str, Any]:
    """All open repairs have a stage and a crew, those without a limit too."""
    names = ["stage", "crew", "due_at"]
    parts = [part[names] for part in (inside.repairs, inside.without_limit) if len(part)]
    opened = pd.concat(parts, ignore_index=True) if len(parts) > 1 else [*parts, inside.repairs[names]][0]
    now = inside.observation.now.astimezone(options.zone)
    return work.body(inside.observation.work, opened, inside.of, now, options.crew_orders)


def _outages(inside: _Inside, options: LiveOptions, is_fed: bool) -> dict[str, Any]:
    """Without a source of outages that was ever read, the numbers are null: nobody knows."""
    running = inside.running.sort_values(["customers_now", "started_at"], ascending=[False, True], na_position="last")
    names = ("outage_no", "county", "station", "feeder", "kind", "started_at", "estimate_at", "lon", "lat")
    now = inside.observation.now.astimezone(options.zone)
    return {
        "customers_out": switching.total(running["customers_now"]) if is_fed else None,
        "count": len(running) if is_fed else None,
        "uncounted": int(running["customers_now"].isna().sum()),
        "trend": switching.hourly_out(inside.of(inside.observation.steps), now) if is_fed else None,
        "columns": {**columns(running, names), "customers_out": plain(running["customers_now"])},
    }


def _supply(inside: _Inside, options: LiveOptions, is_fed: bool) -> dict[str, Any]:
    """Reliability so far, planned work of today, sensitive and important customers out, areas often without supply.

    What it rests on stays for a minute or until outages change, and then so does the body of each unit.
    """
    made, key = inside.observation.supply.bodies, (inside.unit, is_fed)
    if key not in made:
        made[key] = _supply_made(inside, options, is_fed)
    return made[key]


def _supply_made(inside: _Inside, options: LiveOptions, is_fed: bool) -> dict[str, Any]:
    seen, now = inside.observation, inside.observation.now
    return {
        **supply.body(seen.supply, inside.of, now, options.zone, is_fed=is_fed),
        "plans": supply_lists.plans(inside.of(seen.plans), inside.running, now, options.zone) if is_fed else None,
        "special": supply_lists.special(inside.running, now) if is_fed else None,
        "frequent": supply_lists.frequent(inside.of(seen.supply.frequent)) if is_fed else None,
    }


def _counties(inside: _Inside, options: LiveOptions) -> dict[str, Any]:
    level, repairs, running = options.map_level, inside.repairs, inside.running
    of_level = inside.units.loc[inside.units["kind"] == level, "code"].tolist()
    seen = set(repairs[level].dropna()) | set(running[level].dropna())
    codes = [*of_level, *sorted(seen - set(of_level))]
    used = used_levels(repairs, inside.observation.now)
    place, cut = repairs[level].to_numpy(dtype=object), running[level].to_numpy(dtype=object)
    customers = running.groupby(level)["customers_now"].sum(min_count=1).reindex(codes)
    outages = switching.per_code(codes, cut)
    return {
        "level": level,
        "columns": {
            "code": codes,
            **{name: switching.per_code(codes, place[used == i]) for i, name in enumerate(LEVELS)},
            "outages": outages,
            "customers_out": [c if n else 0 for c, n in zip(plain(customers), outages, strict=True)],
        },
    }


def used_levels(repairs: pd.DataFrame, now: datetime) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Index into LEVELS by the share of its time that each clock has used (from 50, 75, 90 %, over 100 %); -1 below."""
    start, due = repairs["start_at"], repairs["due_at"]
    share = ((now - start) / (due - start)).to_numpy(dtype=np.float64)
    level: np.ndarray[Any, np.dtype[np.int64]] = np.digitize(share, (0.5, 0.75, 0.9)) - 1
    return np.where((due < now).to_numpy(), LEVELS.index("red"), level)


def _alerts(inside: _Inside, ledger: LedgerView, counts_customers: bool) -> dict[str, Any]:
    held = [a for a in ledger.open if inside.holds(a.county, a.station)]
    log = [e for e in ledger.log if inside.holds(e["county"], e["station"])][:LOGGED]
    return {
        "open": _by_level(held),
        "unacknowledged": _by_level([a for a in held if a.state == "raised"]),
        **critical.body(held, _customers(inside, held) if counts_customers else {}, inside.observation.now),
        "log": {"columns": {name: [epoch_ms(e[name]) if name == "at" else e[name] for e in log] for name in _LOG}},
    }


def _customers(inside: _Inside, alerts: Sequence[OpenAlert]) -> dict[str, int | None]:
    """How many customers the orders of critical alerts stand for, by subject."""
    subjects = [a.subject for a in alerts if a.critical]
    if not subjects:
        return {}
    keyed = inside.repairs.assign(subject=inside.repairs["source"] + ":" + inside.repairs["source_key"])
    chosen = keyed[keyed["subject"].isin(subjects)]
    return dict(zip(chosen["subject"], plain(chosen["customers"]), strict=True))


def _by_level(alerts: Sequence[OpenAlert]) -> dict[str, int]:
    counted = Counter(a.level for a in alerts)
    return {level: counted[level] for level in ("orange", "red")}


def _is_fed(states: Sequence[SourceState], table: str) -> bool:
    return any(s.as_of_by_table.get(table) is not None for s in states)
