"""What may be asked about hotspots, by pages and the command line, with and without a running node."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from asking import Desk, moment_of, records
from gathering import shown, threshold
from gathering.lab import lab
from gathering.past import belongs, cluster, explained, gathering_of, known_until, scale_of, sight_of, whole_hour
from gathering.turns import REPLAY_D, Gathering
from kpis.hotspots.life import Answer
from kpis.hotspots.life import Settings as Rules
from kpis.hotspots_facts import seeing
from kpis.hotspots_facts.outages import running
from kpis.hotspots_facts.sight import Sight
from kpis.types import Refusal
from settings_hotspots import Hotspots
from store.facts.errors import StoreError
from store.ledger import hotspots
from store.scope import Scope

MOST_ORDERS: Final = 500
ANSWER: Final = {
    "acknowledged": Answer.ACKNOWLEDGED,
    "not_a_hotspot": Answer.NOT_A_HOTSPOT,
    "taken_up": Answer.TAKEN_UP,
}
_SHOWN: Final = (
    *("order_no", "accepted_at", "channel", "category", "subcategory_1", "subcategory_2", "county", "station"),
    *("feeder", "transformer_area", "customer_kind", "call_count", "status", "outage_no", "source", "source_key"),
)


def _has_node(desk: Desk) -> bool:
    return isinstance(getattr(desk, "gathering", None), Gathering)


# ------------------------------------------------------------------ hotspots


def listed(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """Open hotspots and watches as they stand, or as they stood: args as_of, state (open, all), category, unit."""
    at = moment_of(args.get("as_of"))
    wanted = args.get("state") or "open"
    if wanted not in ("open", "all"):
        raise Refusal(f"state {wanted}: there are open and all")
    hot = gathering_of(desk)
    last = hotspots.last_look(desk.ledger)
    if not desk.settings.hotspots.on:
        found = _empty(desk, hot, "off")
    elif at is None and (last is not None or _has_node(desk)):
        found = _as_it_stands(desk, hot, last, wanted)
    else:
        found = _looked_at(desk, hot, at or known_until(desk, hot))
    inside = [h for h in found["hotspots"] if belongs(h, scope, args.get("category"), args.get("unit"))]
    return {**found, "hotspots": inside, "wide": [r for r in found["wide"] if _is_of(r, scope)]}


def _empty(desk: Desk, hot: Gathering, word: str) -> dict[str, Any]:
    options = desk.settings.hotspots
    setting = options.model_dump(
        mode="json", include={"budget_30d", "wide_budget_30d", "unit", "baseline_days", "every_min", "categories"}
    )
    return {
        "as_of": desk.now().isoformat(), "looked_at": None, "until": None, "completeness": {}, "state": word,
        "missing": None, "setting": {**setting, "alert_d": round(30 / options.budget_30d, 1)},
        "calibration": _calibration(desk, options), "left_out": {}, "n_cases": 0, "n_customer_days": 0,
        "hotspots": [], "wide": [],
    }  # fmt: skip


def _calibration(desk: Desk, options: Hotspots) -> dict[str, Any] | None:
    row = hotspots.calibration(desk.ledger, threshold.fingerprint(options))
    if row is None:
        return None
    body = row["body"]
    return {
        "fitted_at": row["fitted_at"].isoformat(), "measured_30d": body["measured_30d"], "low": body["low"],
        "high": body["high"], "histories": row["histories"], "days": body["days"], "exchange": body["exchange"],
        "burstiness": body["burstiness"], "kept_because": row["kept_because"],
    }  # fmt: skip


def _as_it_stands(desk: Desk, hot: Gathering, last: Mapping[str, Any] | None, wanted: str) -> dict[str, Any]:
    found = _empty(desk, hot, last["state"] if last else "never")
    if last is None:
        return found
    rows = [shown.hotspot(row) for row in hotspots.listed(desk.ledger, wanted)]
    watches = [shown.watch(w["body"], w["level"], w["key"]) for w in last["body"].get("watches", ())]
    looked = hot.shown.looked_at or last["looked_at"]
    return found | _look_said(last["body"]) | {
        "looked_at": looked.isoformat(), "until": last["until"].isoformat(),
        "hotspots": list(shown.rarest_first([*rows, *watches])), "wide": list(hot.rises.listed()),
    }  # fmt: skip


def _look_said(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("completeness", "missing", "left_out", "n_cases", "n_customer_days")}


def _looked_at(desk: Desk, hot: Gathering, at: datetime) -> dict[str, Any]:
    """A look at a past moment, with the numbers of the hotspots that stood then."""
    at = min(at, desk.now())
    until = whole_hour(at)
    sight, lack = sight_of(desk, hot, until, desk.settings.hotspots)
    found = _empty(desk, hot, "ok") | {
        "as_of": at.isoformat(), "looked_at": at.isoformat(), "until": until.isoformat(),
        "completeness": {s.name: None for s in desk.facts.states() if "work_orders" in s.feeds},
        "left_out": dict(sight.left_out), "n_cases": sight.n_cases, "n_customer_days": len(sight.rows),
        "wide": hot.rises.judged(until.astimezone(desk.settings.site.tz).date() - timedelta(days=1)),
    }  # fmt: skip
    if lack is not None:
        return found | {"state": "not_enough_history", "missing": lack}
    scale, paths, how = scale_of(
        desk, hot, sight, desk.settings.hotspots, may_store=at > desk.now() - timedelta(hours=2)
    )
    found["calibration"] = _calibration(desk, desk.settings.hotspots) or how
    rules = Rules(alert_d=scale.alert_d)
    stood = {row["number"]: row for row in hotspots.as_of(desk.ledger, until)}
    clusters = [cluster(hot, sight, one, rules, stood) for one in explained(hot, sight, scale, paths)]
    listed_ones = [one for one in clusters if one is not None]
    return found | {"hotspots": list(shown.rarest_first(listed_ones))}


def _is_of(rise: Mapping[str, Any], scope: Scope) -> bool:
    return scope.units is None or rise["series"]["unit"] in (None, *scope.units)


# ------------------------------------------------------------------ one hotspot


def detail(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """One hotspot with its days, members, orders, outages and looks. Errors: StoreError where there is none."""
    hot = gathering_of(desk)
    one = _found(desk, hot, scope, args)
    sight = None if one["ended_at"] else hot.last
    if sight is None:  # one that has ended is told as it was then, with all its demands
        until = datetime.fromisoformat(one["ended_at"] or one["window"]["end"])
        sight = hot.eyes.sight(until, desk.settings.hotspots.baseline_days + REPLAY_D)
    number = one["number"]
    course = hot.days(sight, one)
    return {
        **one,
        "days": course | {"day": [d.tz_convert(desk.settings.site.tz).date().isoformat() for d in course["day"]]},
        "members": _members(sight, one),
        "orders": _orders(desk, scope, sight, one),
        "outages": _outages(desk, scope, sight, one),
        "looks": [_line(row) for row in hotspots.lines(desk.ledger, number)] if number is not None else [],
    }


def _found(desk: Desk, hot: Gathering, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    number, key = args.get("number"), args.get("key")
    if number is None and key and str(key).startswith("n") and str(key)[1:].isdigit():
        number = int(str(key)[1:])
    if number is not None:
        row = hotspots.one(desk.ledger, int(number))
        found = shown.hotspot(row) if row else None
    else:
        last = hotspots.last_look(desk.ledger)
        watches = last["body"].get("watches", ()) if last else ()
        found = next((shown.watch(w["body"], w["level"], w["key"]) for w in watches if w["key"] == key), None)
    if found is None or not belongs(found, scope, None, None):
        raise StoreError(f"there is no hotspot {number if number is not None else key}; `hotspots` lists them")
    return found


def _members(sight: Sight, one: Mapping[str, Any]) -> list[dict[str, Any]]:
    start, end = sight.hours_of(datetime.fromisoformat(one["since"])), sight.hour
    table = sight.ground.places.table
    found = []
    for place in one["places"]:
        at = seeing.members(sight, [place])
        if not len(at):
            continue
        observed, expected = seeing.course(sight, at, tuple(one["category"]), np.array([min(start, end - 1), end]))
        row = table.iloc[int(at[0])]
        lon, lat = (None if pd.isna(row[name]) else float(row[name]) for name in ("lon", "lat"))
        found.append(
            {
                "place": place,
                "lon": lon,
                "lat": lat,
                "observed": int(observed[0]),
                "expected": round(float(expected[0]), 2),
            }
        )
    return sorted(found, key=lambda m: -m["observed"])


def _orders(desk: Desk, scope: Scope, sight: Sight, one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The demands since the onset, newest first, as far as the scope may see them; nothing personal."""
    at = seeing.members(sight, one["places"])
    start = sight.hours_of(datetime.fromisoformat(one["since"]))
    rows = sight.rows.iloc[seeing.inside(sight, at, tuple(one["category"]), start, sight.hour)].tail(MOST_ORDERS)
    if rows.empty:
        return []
    with desk.facts.read(scope) as reader:
        t = reader.table("work_orders")
        t = t.filter(t.source_key.isin(rows["source_key"].tolist()), t.source.isin(rows["source"].unique().tolist()))
        found = reader.frame(t.select(*_SHOWN), sight.until)
    mine = pd.MultiIndex.from_frame(rows[["source", "source_key"]])
    found = found[pd.MultiIndex.from_frame(found[["source", "source_key"]]).isin(mine)]
    newest = found.sort_values("accepted_at", ascending=False).drop(columns=["source_key"])
    return records(newest)


def _outages(desk: Desk, scope: Scope, sight: Sight, one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The outages that ran since the onset on its feeders or areas, or that its demands belong to; newest first."""
    with desk.facts.read(scope) as reader:
        found, areas = running(reader, sight.until)
    places = set(one["places"])
    since = pd.Timestamp(one["since"])
    here = found["feeder"].isin(places | {one["feeder"]}) | found["outage_no"].isin(
        areas.loc[areas["transformer_area"].isin(places), "outage_no"]
    )
    here |= found["outage_no"] == one["outage_no"]
    late = found["restored_at"].isna() | (found["restored_at"] >= since)
    return records(found[here & late].sort_values("started_at", ascending=False))


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    ratio = row["observed"] / row["expected"] if row["expected"] else None
    return {
        "at": row["at"].isoformat(),
        "observed": row["observed"],
        "expected": round(row["expected"], 2),
        "ratio": ratio and round(ratio, 2),
        "recurrence_d": round(row["recurrence_d"], 1),
        "new_cases": row["new_cases"],
        "state": row["state"],
        "event": row["event"],
        "reason": row["reason"],
        "by": row["by"],
    }


def answer(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """Notes an operator's answer to a hotspot; the hotspot after it."""
    word = str(args.get("answer"))
    if word not in ANSWER:
        raise Refusal(f"answer {word}: there are {', '.join(ANSWER)}")
    hot = gathering_of(desk)
    number = int(args["number"])
    _found(desk, hot, scope, {"number": number})
    hot.answer(number, ANSWER[word], str(args.get("by") or ""), str(args.get("note") or ""), desk.now())
    return _found(desk, hot, scope, {"number": number})


Reply = Callable[[Desk, Scope, Mapping[str, Any]], Any]
ANSWERS: Final[Mapping[str, Reply]] = {
    "hotspots": listed,
    "hotspot": detail,
    "hotspot answer": answer,
    "hotspots lab": lab,
}
