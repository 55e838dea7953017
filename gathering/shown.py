"""What is shown of hotspots: their rows as answers give them, and the frame that rules of alerting look at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import pandas as pd

from kpis.hotspots.life import Seen

ANSWERS: Final = {"acknowledged": "acknowledged", "not a hotspot": "not_a_hotspot", "taken up": "taken_up"}
_STATES: Final = {"refused": "ended"}
_GRADES: Final = ("watch", "alert", "severe")


@dataclass(frozen=True)
class Shown:
    """The hotspots as they stand, for the tick: replaced whole, never changed.

    `hotspots`: open ones and watches as HOTSPOT, the rarest first; `wide`: rises that are listed, as RISE.
    """

    state: str = "never"
    looked_at: datetime | None = None
    until: datetime | None = None
    budget_30d: float | None = None
    measured_30d: float | None = None
    hotspots: tuple[Mapping[str, Any], ...] = ()
    chart: Mapping[str, Any] | None = None
    wide: tuple[Mapping[str, Any], ...] = ()
    points: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)


def grade(level: str) -> str:
    """Of a level of life; an open hotspot that has grown weak is at least watched."""
    return level if level in _GRADES else "watch"


def hotspot(row: Mapping[str, Any]) -> dict[str, Any]:
    """A hotspot of the ledger as HOTSPOT. Of two words about it, the one given to the hotspot itself counts."""
    answer, by, at = ANSWERS.get(row["answer"] or ""), row["answered_by"], row["answered_at"]
    return {
        "number": row["number"], "key": f"n{row['number']}", "state": _STATES.get(row["state"], row["state"]),
        "grade": grade(row["level"]), **row["body"], "since": row["onset"].isoformat(),
        "opened_at": row["opened_at"].isoformat(), "ended_at": row["ended_at"] and row["ended_at"].isoformat(),
        "merged_into": row["merged_into"], "answer": answer, "answered_by": by,
        "answered_at": at and at.isoformat(), "alert_id": row.get("alert_id"), "alert_state": row.get("alert_state"),
    }  # fmt: skip


def watch(body: Mapping[str, Any], level: str, key: str) -> dict[str, Any]:
    """A cluster that has no number as HOTSPOT."""
    nothing = dict.fromkeys(
        ("opened_at", "ended_at", "merged_into", "answer", "answered_by", "answered_at", "alert_id", "alert_state")
    )
    return {"number": None, "key": key, "state": "watch", "grade": grade(level), **body, **nothing}


def key(one: Seen) -> str:
    """Of a cluster without a number, the same while it is the same zone, category and window."""
    said = f"{sorted(map(str, one.weight))}{one.node}{one.start:%Y%m%d%H}"
    return f"w{blake2b(said.encode(), digest_size=5).hexdigest()}"


def rarest_first(found: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    return tuple(sorted(found, key=lambda h: (-_GRADES.index(h["grade"]), -(h["recurrence_d"] or 0))))


def clusters(shown: Shown, told: Mapping[int, int], name_of: Callable[[str], str]) -> pd.DataFrame:
    """The frame `clusters` of alerts.seen.World: open hotspots that no outage explains, and open wide rises.

    grade 1 an alert, 2 severe; `told`: how often each was to be told.
    """
    rows = [
        {
            "watch": "hotspot", "number": h["number"], "grade": 2 if h["grade"] == "severe" else 1,
            "told": told.get(h["number"], 1), "since_at": datetime.fromisoformat(h["since"]),
            "observed": h["observed"], "expected": h["expected"], "ri_days": h["recurrence_d"],
            "words": [w["word"] for w in h.get("words", ())], "customers_calling": h["customers"],
            "radius_km": h["zone"]["radius_km"], "name": _name(h, name_of),
            "critical": h["grade"] == "severe" and bool(h.get("critical")),
            **{place: h[place] for place in ("city", "county", "station", "feeder")},
        }
        for h in shown.hotspots
        if h["state"] == "open" and not h["explained_by_outage"]
    ]  # fmt: skip
    rows += [
        {
            "watch": "wide_rise", "number": r["number"], "grade": 2 if r["grade"] == "severe" else 1, "told": 1,
            "since_at": datetime.fromisoformat(r["since_at"]), "observed": r["observed"], "expected": r["expected"],
            "ri_days": r["recurrence_d"], "county": r["series"]["unit"], "critical": False,
            "name": name_of(r["series"]["unit"]) if r["series"]["unit"] else None,
        }
        for r in shown.wide
        if r["number"] is not None
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _name(one: Mapping[str, Any], name_of: Callable[[str], str]) -> str | None:
    code = one["zone"]["code"] or one["station"]
    return None if code is None else name_of(str(code))
