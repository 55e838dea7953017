"""Is alerting itself bearable: how many alerts a person on duty gets, of which levels, which are noise. Pure.

Measures and guidelines are those of ISA-18.2 / IEC 62682 and EEMUA 191: on average under one alert per person in ten
minutes, a flood above ten, about 80 % of low or medium priority, at most 5 % critical, few that chatter or stand for
long. Orange is low or medium here, red high; critical is a level of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import pandas as pd

from kpis.types import FLOOD_OVER, FLOOD_WINDOW

Rows = Sequence[Mapping[str, Any]]
GUIDELINE: Final = 1.0  # alerts per person in FLOOD_WINDOW
LOW_PERCENT: Final = 80.0  # about so many of low or medium priority; told as kept from 5 points below
MOST_CRITICAL_PERCENT: Final = 5.0
CHATTERS: Final = 3  # raises of one subject within CHATTER_WINDOW
CHATTER_WINDOW: Final = timedelta(minutes=1)
LONG: Final = timedelta(hours=24)
TOP: Final = 10
LISTED: Final = 50


def health(
    raises: Rows, told: Rows, standing: Rows, ended: Rows, span: tuple[datetime, datetime], on_duty: int | None = None
) -> dict[str, Any]:
    """JSON-able: rate, flood, levels, chattering, standing, top, never_acted, from `span[0]` to now (`span[1]`).

    Rows are those of store.ledger.health. `on_duty`: people on duty at a time; None: those who were told of something
    count, which is fewer or equal, so that the rate is not told too low. A rate or share of nothing is None.
    """
    since, now = span
    frame = _frame(raises, ("at", "alert_id", "rule", "subject", "level", "critical", "county", "station"), since, now)
    notices = _frame(told, ("at", "alert_id", "who"), since, now)
    return {
        "from": since.isoformat(),
        "to": now.isoformat(),
        "raises": len(frame),
        "rate": _rate(notices, on_duty, now - since),
        "flood": _flood(frame, now),
        "levels": _levels(frame),
        "chattering": _chattering(frame),
        "standing": _standing(standing, now),
        "top": {"rules": _top(frame, "rule"), "units": _top(frame, "station"), "counties": _top(frame, "county")},
        "never_acted": _never_acted(ended),
    }


def _frame(rows: Rows, columns: tuple[str, ...], since: datetime, now: datetime) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(columns))
    frame["at"] = pd.to_datetime(frame["at"], utc=True).astype("datetime64[us, UTC]")
    return frame[(frame["at"] >= since) & (frame["at"] <= now)].reset_index(drop=True)


def _windows(at: pd.Series) -> pd.Series:
    """The ten minutes that each moment lies in."""
    floor: pd.Series = at.dt.floor(FLOOD_WINDOW)
    return floor


def _rate(notices: pd.DataFrame, on_duty: int | None, length: timedelta) -> dict[str, Any]:
    windows = length / FLOOD_WINDOW
    by = notices.groupby(["who", _windows(notices["at"])]).size()
    whole = by.groupby(level=0).agg(["sum", "max"]).sort_values("sum", ascending=False, kind="stable")
    people = on_duty or len(whole)
    value = len(notices) / people / windows if people and windows > 0 else None
    busiest = [
        {"who": who, "per_10_min": round(row["sum"] / windows, 3), "most_in_10_min": int(row["max"])}
        for who, row in whole.head(TOP).iterrows()
    ]
    return {
        "per_person_10_min": None if value is None else round(value, 3),
        "guideline": GUIDELINE,
        "is_kept": None if value is None else value < GUIDELINE,
        "people": people,
        "notices": len(notices),
        "busiest": busiest if windows > 0 else [],
        "person_windows_in_flood": int((by > FLOOD_OVER).sum()),
    }


def _flood(raises: pd.DataFrame, now: datetime) -> dict[str, Any]:
    """Whether there is one now, and in how many ten minutes there was one."""
    recent = int((raises["at"] > now - FLOOD_WINDOW).sum())
    by = raises.groupby(_windows(raises["at"])).size()
    return {
        "is_now": recent > FLOOD_OVER,
        "recent": recent,
        "over": FLOOD_OVER,
        "windows": int((by > FLOOD_OVER).sum()),
        "most_in_10_min": int(by.max()) if len(by) else 0,
    }


def _levels(raises: pd.DataFrame) -> dict[str, Any]:
    n = len(raises)
    critical = raises["critical"].astype(bool)
    red = (raises["level"] == "red") & ~critical
    counts = {"critical": int(critical.sum()), "high": int(red.sum())}
    counts["low_or_medium"] = n - sum(counts.values())
    shares = {name: round(100 * count / n, 1) if n else None for name, count in counts.items()}
    low, most = shares["low_or_medium"], shares["critical"]
    return {
        **counts,
        "percent": shares,
        "guideline": {"low_or_medium": LOW_PERCENT, "critical_at_most": MOST_CRITICAL_PERCENT},
        "is_kept": None if low is None or most is None else low >= LOW_PERCENT - 5 and most <= MOST_CRITICAL_PERCENT,
    }


def _chattering(raises: pd.DataFrame) -> list[dict[str, Any]]:
    """Subjects that were raised CHATTERS times within a minute, those that did it most often first."""
    frame = raises.sort_values(["rule", "subject", "at"], kind="stable")
    by = ["rule", "subject"]
    before = frame.groupby(by)["at"].shift(CHATTERS - 1)
    bursts = frame[(frame["at"] - before) < CHATTER_WINDOW].groupby(by).size().sort_values(ascending=False)
    both = pd.DataFrame({"bursts": bursts.head(LISTED), "raises": frame.groupby(by).size()}).dropna(subset=["bursts"])
    both = both.astype(int).sort_values("bursts", ascending=False, kind="stable").reset_index()
    return [
        {"rule": rule, "subject": subject, "bursts": n, "raises": raised}
        for rule, subject, n, raised in zip(*(both[c].tolist() for c in both), strict=True)
    ]


def _standing(standing: Rows, now: datetime) -> dict[str, Any]:
    long = [a for a in standing if now - a["raised_at"] > LONG]
    shown = [
        {"id": a["id"], "rule": a["rule"], "subject": a["subject"], "level": a["level"], "state": a["state"],
         "raised_at": a["raised_at"].isoformat(), "hours": round((now - a["raised_at"]) / timedelta(hours=1), 1)}
        for a in sorted(long, key=lambda a: a["raised_at"])[:LISTED]
    ]  # fmt: skip
    return {"n": len(standing), "over_24_h": len(long), "longest": shown}


def _top(raises: pd.DataFrame, column: str) -> list[dict[str, Any]]:
    """Where most raises come from; `name` None: no such unit is known."""
    counts = raises[column].value_counts(dropna=False).head(TOP)
    return [
        {"name": name if isinstance(name, str) else None, "raises": n, "percent": round(100 * n / len(raises), 1)}
        for name, n in zip(counts.index.tolist(), counts.tolist(), strict=True)
    ]


def _never_acted(ended: Rows) -> dict[str, Any]:
    """Of the alerts that are over, those that nobody acknowledged, assigned, noted or closed: noise, or not read."""
    frame = pd.DataFrame(list(ended), columns=["id", "rule", "is_acted"])
    ignored = frame[~frame["is_acted"].astype(bool)]
    of = frame["rule"].value_counts().to_dict()
    by = ignored["rule"].value_counts().head(TOP).to_dict()
    return {
        "n": len(ignored),
        "of": len(frame),
        "percent": round(100 * len(ignored) / len(frame), 1) if len(frame) else None,
        "by_rule": [{"rule": rule, "n": int(n), "of": int(of[rule])} for rule, n in by.items()],
    }
