"""What walls tell of complaints and revisits: few questions, asked once a minute, at the grain of the station."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from kpis import wilson, work
from kpis.cases import dissatisfied_cases
from kpis.chains import escalations, third_calls
from kpis.columns import columns, plain
from kpis.frequent import areas, often_out
from kpis.orders import of
from kpis.pooling import pooled
from kpis.revisits import answered, dissatisfied, on_scale
from kpis.satisfaction import promoter_points, scored
from kpis.switching import PATH
from kpis.types import Options, Reader, ShapedReader
from kpis.watched import Often
from store.facts.schema import NOW

DAYS: Final = 30
WAITS_DAYS: Final = 180  # for so long after the third call a matter is watched while one of its orders waits
WEEK: Final = 7
BEFORE_WEEKS: Final = 4
LISTED: Final = 20
HALF: Final = 1.96  # standard normal quantile at 0.975
Pick = work.Pick
Ask = Callable[[str, Callable[[], pd.DataFrame]], pd.DataFrame]
# Each question has its own second of the minute, so that no tick asks two of them.
QUESTIONS: Final = ("complaints", "grown", "surveys", "third", "escalated", "cases", "often")
APART_S: Final = 9


@dataclass(frozen=True)
class Matters:
    """third (of WAITS_DAYS), escalated: see kpis.chains; cases: see kpis.cases, of 30 days; often: see
    kpis.frequent.areas.

    today: PATH, hour, n of complaints accepted since midnight; past: those of the days before like today (kpis.work).
    by_channel, by_class: PATH, channel or category and subcategory_1, and week (of the last 7 days) and before (of the
    28 days before those). revisits: PATH, asked, answered, judged, satisfied, scored, promoters, detractors of 30 days;
    reasons: PATH, reason_1, n.
    """

    third: pd.DataFrame
    escalated: pd.DataFrame
    cases: pd.DataFrame
    often: pd.DataFrame
    today: pd.DataFrame
    past: work.Past
    by_channel: pd.DataFrame
    by_class: pd.DataFrame
    revisits: pd.DataFrame
    reasons: pd.DataFrame
    bodies: dict[tuple[str | None, int], dict[str, Any]] = field(default_factory=dict)  # already made of it, by unit


def asked(
    reader: ShapedReader, zone: ZoneInfo, often: Sequence[Often], now: datetime, ask: Ask
) -> dict[str, pd.DataFrame]:
    """What each of QUESTIONS gives. `ask` gives what a question gave before, or asks it."""
    levels = tuple(dict.fromkeys(one.per for one in often))
    today = now.astimezone(zone).date()
    questions: dict[str, Callable[[], pd.DataFrame]] = {
        "complaints": lambda: reader.ask(("complaints", today), lambda: _complaints(reader, today, zone), now, {}),
        "grown": lambda: reader.ask(("grown", today), lambda: _grown(reader, today, zone), now, {}),
        "surveys": lambda: reader.ask(("surveys", today), lambda: _surveys(reader, today, zone), now, {}),
        "third": lambda: third_calls(reader, now, WAITS_DAYS),
        "escalated": lambda: escalations(reader, now, DAYS),
        "cases": lambda: dissatisfied_cases(reader, now, DAYS),
        "often": lambda: often_out(reader, often, now, levels),
    }
    return {name: ask(name, questions[name]) for name in QUESTIONS}


def of_answers(found: Mapping[str, pd.DataFrame], today: date) -> Matters:
    before, grown, surveys = (found[name] for name in ("complaints", "grown", "surveys"))
    recent = pd.to_datetime(before["day"]).dt.date == today
    works = before["weekday"] <= work.FRIDAY
    alike = before[~recent & (works if today.isoweekday() <= work.FRIDAY else ~works)]
    return Matters(
        third=found["third"],
        escalated=found["escalated"],
        cases=found["cases"],
        often=areas(found["often"]),
        today=before[recent].reset_index(drop=True),
        past=work.past(alike.reset_index(drop=True), today),
        by_channel=_summed(grown[grown["category"] == "complaint"], ["channel"]),
        by_class=_summed(grown, ["category", "subcategory_1"]),
        revisits=surveys.drop(columns="reason_1").groupby(list(PATH), dropna=False).sum().reset_index(),
        reasons=surveys[surveys["bad"] > 0].rename(columns={"bad": "n"})[[*PATH, "reason_1", "n"]],
    )


def _since(today: date, zone: ZoneInfo, days: int) -> Any:
    return work.midnight(today - timedelta(days=days), zone)


def _complaints(reader: Reader, today: date, zone: ZoneInfo) -> Any:
    t = reader.table("work_orders")
    t = t.filter(t.accepted_at >= _since(today, zone, work.LOOK_BACK_DAYS), t.accepted_at <= NOW, of(t, "complaint"))
    return t.group_by([*PATH, "day", "weekday", "hour"]).agg(n=t.count())


def _grown(reader: Reader, today: date, zone: ZoneInfo) -> Any:
    """Complaints, opinions and reports of the last week and of the four before."""
    t = reader.table("work_orders")
    first = _since(today, zone, WEEK * (BEFORE_WEEKS + 1) - 1)
    t = t.filter(t.accepted_at >= first, t.accepted_at <= NOW, of(t, "complaint", "opinion", "report"))
    is_new = t.accepted_at >= _since(today, zone, WEEK - 1)
    return t.group_by([*PATH, "category", "subcategory_1", "channel"]).agg(week=is_new.sum(), before=(~is_new).sum())


def _surveys(reader: Reader, today: date, zone: ZoneInfo) -> Any:
    t = on_scale(reader)
    t = t.filter(t.asked_at >= _since(today, zone, DAYS - 1), t.asked_at <= NOW)
    points = promoter_points(t, Options())
    judged = answered(t) & t.is_satisfied.notnull()
    flags = {
        "asked": t.outcome.notnull(),
        "answered": t.outcome == "answered",
        "judged": judged,
        "satisfied": judged & t.is_satisfied,
        "scored": scored(t, Options()),
        "promoters": scored(t, Options()) & (points > 0),
        "detractors": scored(t, Options()) & (points < 0),
        "bad": dissatisfied(t),
    }
    counts = {name: flag.fill_null(False).sum().cast("int64") for name, flag in flags.items()}
    return t.group_by([*PATH, "reason_1"]).agg(**counts)


def _summed(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    return frame.groupby([*PATH, *names], dropna=False)[["week", "before"]].sum().reset_index()


def parts(found: Matters, unit: str | None, pick: Pick, now: datetime) -> dict[str, Any]:
    """The bodies of `complaints` and `revisits` of a unit, made once a minute. `now`: on the site's clock."""
    key = (unit, int(now.timestamp() // 60))
    if key not in found.bodies:
        for old in [k for k in found.bodies if k[1] != key[1]]:
            del found.bodies[old]
        found.bodies[key] = {"complaints": complaints(found, pick, now), "revisits": revisits(found, pick)}
    return found.bodies[key]


def complaints(found: Matters, pick: Pick, now: datetime) -> dict[str, Any]:
    """The part `complaints` of a unit. `now`: on the site's clock. usual: of a day like today up to this hour."""
    days = found.past.counts[pick(found.past.places).index.to_numpy()].sum(axis=0)
    passed = (now.minute * 60 + now.second) / 3600
    so_far = days[:, : now.hour].sum(axis=1) + days[:, now.hour] * passed if len(days) else np.zeros(0)
    usual = [None if part is None else round(float(part[0]), 1) for part in work.usual_day(so_far[:, None])]
    third, escalated = pick(found.third), pick(found.escalated)
    third = third[third["reached_at"] >= now - timedelta(days=DAYS)]
    return {
        "today": int(pick(found.today)["n"].sum()),
        **dict(zip(("usual", "low", "high"), usual, strict=True)),
        "days": DAYS,
        "third": {"total": len(third), "columns": columns(third.head(LISTED), _THIRD)},
        "escalated": {"total": len(escalated), "columns": columns(escalated.head(LISTED), _ESCALATED)},
        "channels": {"columns": _ranked(pick(found.by_channel), ["channel"], "week")},
        "growing": {"columns": _growing(pick(found.by_class))},
    }


_THIRD: Final = ("county", "station", "category", "subcategory_1", "count", "since", "last_at", "is_open")
_ESCALATED: Final = ("county", "station", "category", "subcategory_1", "came_from", "channel", "at", "is_open")


def _ranked(frame: pd.DataFrame, names: list[str], by: str) -> dict[str, list[Any]]:
    """Sums by `names`; before is a week's mean."""
    summed = frame.groupby(names, dropna=False)[["week", "before"]].sum().reset_index()
    summed["before"] = (summed["before"] / BEFORE_WEEKS).round(1)
    summed = summed.sort_values([by, *names], ascending=[False, *([True] * len(names))], kind="stable")
    return {name: plain(summed[name].head(LISTED)) for name in summed.columns}


def _growing(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Classes with more than a chance rise: the week lies above the mean of the weeks before by two Poisson widths."""
    summed = frame.groupby(["category", "subcategory_1"], dropna=False)[["week", "before"]].sum().reset_index()
    mean = summed["before"] / BEFORE_WEEKS
    rise = summed["week"] - mean
    # The mean of four weeks is uncertain itself: its width is a quarter of that of the week.
    summed = summed.assign(before=mean.round(1), rise=rise / np.sqrt(np.maximum(mean, 0.25) * (1 + 1 / BEFORE_WEEKS)))
    grown = summed[(summed["rise"] > 2) & (summed["week"] >= 3)].sort_values(
        ["rise", "category"], ascending=[False, True], kind="stable"
    )
    return {name: plain(grown[name].head(LISTED)) for name in ("category", "subcategory_1", "week", "before")}


def revisits(found: Matters, pick: Pick) -> dict[str, Any]:
    """The part `revisits` of a unit: rates in percent, null without rows; those of stations by partial pooling."""
    mine = pick(found.revisits)
    total = mine[["asked", "answered", "scored", "promoters", "detractors"]].sum()
    cases = pick(found.cases)
    waiting = cases[cases["is_open"]]
    return {
        "days": DAYS,
        "response": _rate(int(total["answered"]), int(total["asked"])),
        "nps": _nps(int(total["promoters"]), int(total["detractors"]), int(total["scored"])),
        "stations": {"columns": _stations(mine)},
        "reasons": {"columns": _reasons(pick(found.reasons))},
        "cases": {
            "total": len(cases),
            "open": len(waiting),
            "late": int(waiting["is_late"].sum()),
            "columns": columns(waiting.head(LISTED), _CASES),
        },
    }


def _reasons(frame: pd.DataFrame) -> dict[str, list[Any]]:
    n = frame.groupby("reason_1", dropna=False)["n"].sum().sort_values(ascending=False, kind="stable").head(LISTED)
    return {"reason": plain(n.index.to_series()), "n": plain(n)}


_CASES: Final = ("county", "station", "category", "reason_1", "answered_at", "due_at", "is_late")


def _rate(good: int, n: int) -> dict[str, Any]:
    low, high = (100 * float(bound) for bound in wilson.interval(good, n))
    value = round(100 * good / n, 4) if n else None
    return {"n": n, "value": value, "low": round(low, 4) if n else None, "high": round(high, 4) if n else None}


def _nps(promoters: int, detractors: int, n: int) -> dict[str, Any]:
    if not n:
        return {"n": 0, "value": None, "low": None, "high": None}
    p, d = promoters / n, detractors / n
    half = 100 * HALF * float(np.sqrt((p + d - (p - d) ** 2) / n))  # the covariance of both shares is in it
    value = 100 * (p - d)
    return {"n": n, "value": round(value, 4), "low": round(value - half, 4), "high": round(value + half, 4)}


def _stations(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Pooled rates, the worst first; `first` and `last`: places it may have, where intervals do not overlap."""
    summed = frame[frame["judged"] > 0].groupby(["county", "station"], dropna=False)[["judged", "satisfied"]].sum()
    summed = summed.reset_index()
    mean, low, high = (100 * part for part in pooled(summed["satisfied"], summed["judged"]))
    first = 1 + np.array([(high < one).sum() for one in low], dtype=np.int64)
    last = len(summed) - np.array([(low > one).sum() for one in high], dtype=np.int64)
    made = pd.DataFrame(
        {"county": summed["county"], "code": summed["station"], "n": summed["judged"], "successes": summed["satisfied"]}
    ).assign(value=mean.round(2), low=low.round(2), high=high.round(2), first=first, last=last)
    made = made.sort_values(["value", "code"], kind="stable").head(2 * LISTED)
    return {name: plain(made[name]) for name in made.columns}
