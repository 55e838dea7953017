"""Hotspots and thresholds as JSON and back, so that their life goes on after a restart."""

import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from kpis.hotspots.calibration import Calibration
from kpis.hotspots.family import Path, Tail
from kpis.hotspots.life import Answer, Hotspot, Level, Seen, State


def of_hotspot(one: Hotspot) -> dict[str, Any]:
    """JSON-able, with all that `lives.step` needs."""
    found = {f.name: getattr(one, f.name) for f in fields(one)}
    seen = {f.name: getattr(one.seen, f.name) for f in fields(one.seen)}
    seen |= {"cases": sorted(map(str, one.seen.cases)), "weight": {str(k): v for k, v in one.seen.weight.items()}}
    seen["node"] = list(one.seen.node)
    return {k: _plain(v) for k, v in found.items()} | {"seen": {k: _plain(v) for k, v in seen.items()}}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, State | Level | Answer) else value


def to_hotspot(found: Mapping[str, Any]) -> Hotspot:
    seen = dict(found["seen"])
    seen |= {"cases": frozenset(seen["cases"]), "node": tuple(seen["node"]), "start": _moment(seen["start"])}
    answer = found["answer"]
    return Hotspot(
        number=found["number"], state=State(found["state"]), onset=datetime.fromisoformat(found["onset"]),
        opened_at=_moment(found["opened_at"]), seen=Seen(**seen), level=Level(found["level"]),
        strong_at=datetime.fromisoformat(found["strong_at"]), peak_d=found["peak_d"],
        told_level=Level(found["told_level"]), told_cases=found["told_cases"], told_units=found["told_units"],
        ended_at=_moment(found["ended_at"]), merged_into=found["merged_into"],
        answer=Answer(answer) if answer else None, answered_by=found["answered_by"],
    )  # fmt: skip


def _moment(text: str | None) -> Any:
    return None if text is None else datetime.fromisoformat(text)


def of_calibration(made: Calibration, paths: tuple[Path, ...], **beside: Any) -> dict[str, Any]:
    """JSON-able, with the paths of its nodes; what was not measured is null."""
    numbers = {
        name: None if math.isnan(value) else value
        for name in ("measured_30d", "low", "high")
        for value in (getattr(made, name),)
    }
    return {
        "tails": [asdict(t) for t in made.tails], "daily": asdict(made.daily), "alert": made.alert,
        "budget_30d": made.budget_30d, "histories": made.histories, "days": made.days, **numbers,
        "paths": [list(path) for path in paths], **beside,
    }  # fmt: skip


def to_calibration(found: Mapping[str, Any]) -> tuple[Calibration, tuple[Path, ...]]:
    rate, low, high = (math.nan if found[n] is None else found[n] for n in ("measured_30d", "low", "high"))
    made = Calibration(
        tuple(Tail(**t) for t in found["tails"]), Tail(**found["daily"]), found["alert"], found["budget_30d"],
        found["histories"], found["days"], rate, low, high,
    )  # fmt: skip
    return made, tuple(tuple(path) for path in found["paths"])
