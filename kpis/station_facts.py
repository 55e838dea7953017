"""What the risk of a station, the service quality index and the conduct rate are made of: one pass over each table."""

from datetime import datetime
from typing import Any, Final

import ibis
import pandas as pd

from kpis.catalogue import CATALOGUE
from kpis.evaluate import values
from kpis.measures import measures, verdicts
from kpis.orders import own
from kpis.reliability import SAIFI
from kpis.types import Definition, Options, Reader
from settings import Settings
from store.facts import schema

PLACE: Final = ("county", "station")
_THRICE: Final = 3
# Rates whose bad rows are counted: column of the bad ones, of all.
_RATES: Final = {
    "arrival_on_time_rate": ("arrivals_late", "arrivals"),
    "restoration_on_time_rate": ("restorations_late", "restorations"),
    "answer_on_time_rate": ("replies_late", "replies"),
}
_REPEATS: Final = ("complaint_repeat_rate", "repeats", "complaints_judged")


def station_facts(reader: Reader, settings: Settings, start: datetime, now: datetime) -> pd.DataFrame:
    """One row per station that has customers, orders, answers or outages in [start, now).

    Shapes: county, station; counts, each missing where the whole site has no row of its table: faults, complaints,
    opinions, orders (that stand for themselves), thrice, media, volume, reports, class_1, class_2, calls, those of
    `_RATES` and `_REPEATS`; answers, dissatisfied; interrupted (customers); served.
    """
    frames = [
        reader.frame(_orders(reader, settings, start), now),
        reader.frame(_answers(reader, settings, start), now),
        _interrupted(reader, settings, start, now),
        reader.frame(_served(reader), now),
    ]
    # Keys as objects: an Arrow column of an empty answer has no chunk to merge.
    keyed = [frame.assign(**{name: frame[name].astype(object) for name in PLACE}) for frame in frames]
    found = keyed[0]
    for frame in keyed[1:]:
        found = found.merge(frame, on=list(PLACE), how="outer")
    told = [frame for frame in frames[:2] if not frame.empty]  # a table without a row says nothing of any station
    counts = [name for frame in told for name in frame.columns if name not in PLACE]
    known = found[found["station"].notna()]
    return known.assign(**{name: known[name].fillna(0) for name in counts}).reset_index(drop=True)


def _options(settings: Settings, d: Definition) -> Options:
    return settings.kpis.get(d.key) or Options()


def _orders(reader: Reader, settings: Settings, start: datetime) -> Any:
    t = reader.table("work_orders")
    t = t.filter(t.accepted_at >= _at(start), t.accepted_at <= schema.NOW)
    mine, at_once = own(t), t.category.isin(("enquiry", "query")) & t.dispatched_at.isnull()
    grade = t.grade.fill_null("general")
    complaint = mine & (t.category == "complaint")
    flags = {
        "faults": mine & (t.category == "fault_report"),
        "complaints": complaint,
        "opinions": mine & t.category.isin(("opinion", "suggestion", "report")),
        "reports": mine & (t.category == "report"),
        "orders": mine,
        "thrice": mine & (t.call_count >= _THRICE),
        "media": complaint & (t.channel == "media"),
        "volume": mine & ~t.category.isin(("fault_report", "praise")) & ~at_once,
        "class_1": complaint & grade.isin(settings.stations.class_1),
        "class_2": complaint & grade.isin(settings.stations.class_2),
    }
    asked = [(d, _options(settings, d)) for d in (CATALOGUE[key] for key in (*_RATES, _REPEATS[0]))]
    calls = t.call_count.fill_null(1)
    known = t.select(
        *PLACE, **{name: flag.fill_null(False) for name, flag in flags.items()}, calls=calls, **verdicts(t, asked)
    )
    counts = measures(known, asked)
    sums = {name: known[name].sum() for name in (*flags, "calls")}
    for key, (late, judged) in _RATES.items():
        sums |= {judged: counts[f"{key}:n"], late: counts[f"{key}:n"] - counts[f"{key}:successes"]}
    key, again, judged = _REPEATS
    sums |= {judged: counts[f"{key}:n"], again: counts[f"{key}:successes"]}
    return known.group_by(list(PLACE)).agg(**{name: one.cast("int64") for name, one in sums.items()})


def _answers(reader: Reader, settings: Settings, start: datetime) -> Any:
    t = reader.table("surveys")
    t = t.filter(t.asked_at >= _at(start), t.asked_at <= schema.NOW)
    d = CATALOGUE["satisfaction_rate"]
    asked = [(d, _options(settings, d))]
    known = t.select(*PLACE, **verdicts(t, asked))
    n, good = measures(known, asked).values()
    return known.group_by(list(PLACE)).agg(answers=n.cast("int64"), dissatisfied=(n - good).cast("int64"))


def _interrupted(reader: Reader, settings: Settings, start: datetime, now: datetime) -> pd.DataFrame:
    """Customers interrupted by station: SAIFI times the customers served."""
    frame = values(reader, SAIFI, _options(settings, SAIFI), by=PLACE, start=start, now=now)
    served = reader.frame(_served(reader), now)
    frame, served = (one.assign(**{name: one[name].astype(object) for name in PLACE}) for one in (frame, served))
    both = frame.merge(served, on=list(PLACE), how="left")
    return both.assign(interrupted=both["value"] * both["served"])[[*PLACE, "interrupted"]]


def _served(reader: Reader) -> Any:
    t = reader.table("customers")
    return t.group_by(list(PLACE)).agg(served=t.customers.sum().cast("float64"))


def _at(moment: datetime) -> Any:
    return ibis.literal(moment, type=schema.NOW.type())
