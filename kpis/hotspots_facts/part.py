"""The snapshot's part `hotspots`: what walls and pages show without asking."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

import pandas as pd

from kpis.columns import epoch_ms

COLUMNS: Final = (
    *("number", "key", "grade", "state", "city", "county", "station", "feeder", "observed", "expected", "ratio"),
    *("recurrence_d", "recurrence_is_below", "outage_no", "relative", "customers"),
)


class ShownLike(Protocol):
    """gathering.shown.Shown."""

    @property
    def state(self) -> str: ...
    @property
    def looked_at(self) -> datetime | None: ...
    @property
    def until(self) -> datetime | None: ...
    @property
    def budget_30d(self) -> float | None: ...
    @property
    def measured_30d(self) -> float | None: ...
    @property
    def hotspots(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def chart(self) -> Mapping[str, Any] | None: ...
    @property
    def wide(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def points(self) -> Mapping[str, tuple[float | None, float | None]]: ...


@dataclass(frozen=True)
class _Nothing:
    """Nobody looks for hotspots here."""

    state: str = "off"
    looked_at: datetime | None = None
    until: datetime | None = None
    budget_30d: float | None = None
    measured_30d: float | None = None
    hotspots: Sequence[Mapping[str, Any]] = ()
    chart: Mapping[str, Any] | None = None
    wide: Sequence[Mapping[str, Any]] = ()
    points: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)


def part(shown: ShownLike | None, codes: Collection[str] | None = None) -> dict[str, Any]:
    """The body for everything, or for the unit whose codes these are. Nothing in it is personal."""
    shown = shown or _Nothing()
    found = [h for h in shown.hotspots if codes is None or set(h["units"]) & set(codes)]
    wide = [r for r in shown.wide if codes is None or r["series"]["unit"] in (None, *codes)]
    places = [(h["number"], h["key"], p) for h in found for p in h["places"]]
    known = [(n, k, p, *shown.points.get(p, (None, None))) for n, k, p in places]
    return {
        "state": shown.state, "looked_at": epoch_ms(shown.looked_at), "until": epoch_ms(shown.until),
        "budget_30d": shown.budget_30d, "measured_30d": shown.measured_30d, "columns": _columns(found),
        "members": {name: [one[i] for one in known] for i, name in enumerate(("number", "key", "place", "lon", "lat"))},
        "chart": _chart(shown.chart, found), "wide": {"columns": _wide(wide)},
    }  # fmt: skip


def _columns(found: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {
        **{name: [h.get(name) for h in found] for name in COLUMNS},
        "category": [h["category"][-1] if h["category"] else "" for h in found],
        "lon": [h["zone"]["lon"] for h in found],
        "lat": [h["zone"]["lat"] for h in found],
        "radius_km": [h["zone"]["radius_km"] for h in found],
        "kind": [h["zone"]["kind"] for h in found],
        "code": [h["zone"]["code"] for h in found],
        "since": [epoch_ms(datetime.fromisoformat(h["since"])) for h in found],
        "words": [[w["word"] for w in h.get("words", ())] for h in found],
        "answer": [h["answer"] for h in found],
    }


def _chart(chart: Mapping[str, Any] | None, found: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """That of the rarest; a view that does not hold it has none."""
    if chart is None or not any(h["key"] == chart["key"] for h in found):
        return None
    return {**chart, "day": [epoch_ms(pd.Timestamp(d).to_pydatetime()) for d in chart["day"]]}


def _wide(rises: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    names = ("number", "day", "days", "observed", "expected", "low", "high", "recurrence_d", "grade", "since")
    return {
        **{name: [r[name] for r in rises] for name in names},
        "category": [r["series"]["category"][-1] if r["series"]["category"] else "" for r in rises],
        "unit": [r["series"]["unit"] for r in rises],
    }
