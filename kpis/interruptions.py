"""Interruptions: one row per area and switching step of an outage, or per outage whose areas nobody counted.

What the reliability figures count. A row that can not be used keeps its place with the name of what is wrong (`flaw`),
so that it is counted beside the figure it is missing from.
"""

from collections.abc import Callable
from typing import Any, Final

import ibis
import pandas as pd

from kpis.types import Reader, Tables, known
from store.facts.schema import NOW

_OUTAGE: Final = ("source", "outage_no")
_MINUTE: Final = 60_000_000  # microseconds
# What keeps an interruption out of every figure. The first that holds is named.
FLAWS: Final = ("no_start", "restored_before_started", "uncounted", "area_unknown", "nobody_served")


def interruptions(reader: Tables, among: Callable[[ibis.Table], Any] | None = None) -> ibis.Table:
    """Columns of `outages`, and customers, off_at, back_at, minutes, flaw.

    An area that goes off, on and off again is interrupted twice. back_at is null while the area is off; then minutes
    run up to now. `transformer_area` is that of the step. A step without an end ends with its outage.
    `among`: of which outages; said here it spares the steps of all others.
    """
    outages, areas = reader.table("outages"), reader.table("outage_areas")
    if among is not None:
        outages = outages.filter(among(outages))
        areas = areas.semi_join(outages, list(_OUTAGE))
    # Selected under other names: both tables have a transformer area, faults and a source key.
    steps = areas.select(
        *_OUTAGE, area="transformer_area", step_customers="customers", step_off="off_at", step_on="on_at"
    )
    counted = steps.filter(steps.step_customers.notnull())
    # One join for both: an outage without counted areas keeps its row. Uncounted steps beside counted ones are few.
    rest = steps.filter(steps.step_customers.isnull()).semi_join(counted, list(_OUTAGE))
    most = _stepped(outages.left_join(counted, list(_OUTAGE)), outages)
    return _flawed(reader, ibis.union(most, _stepped(outages.inner_join(rest, list(_OUTAGE)), outages, has_step=True)))


def _stepped(joined: Any, outages: ibis.Table, *, has_step: bool = False) -> ibis.Table:
    """Outages beside their steps as interruptions; without a step by their own customers."""
    own = [name for name in outages.columns if name != "transformer_area"]
    area = ibis.literal(True) if has_step else joined.step_customers.notnull()
    whole = known(joined.restored_at)
    return joined.select(
        *own,
        transformer_area=ibis.ifelse(area, joined.area, joined.transformer_area),
        customers=ibis.ifelse(area, joined.step_customers, joined.customers_out),
        off_at=ibis.ifelse(area, joined.step_off, joined.started_at),
        back_at=ibis.ifelse(area, ibis.coalesce(known(joined.step_on), whole), whole),
        is_area=area,
    )


def _flawed(reader: Tables, t: ibis.Table) -> ibis.Table:
    listed = reader.table("customers")
    listed = listed.filter(listed.transformer_area.notnull())
    served = listed.group_by(listed_area=listed.transformer_area).agg(served=listed.customers.sum())
    units = reader.table("units")
    named = units.filter(units.kind == "transformer_area").select(named_area="code").distinct()
    # A site that lists no area can not say that one is unknown.
    lists_areas = listed.agg(n=listed.count()).as_scalar() > 0
    t = t.left_join(served, t.transformer_area == served.listed_area)
    t = t.left_join(named, t.transformer_area == named.named_area)
    minutes = ibis.coalesce(t.back_at, NOW).delta(t.off_at, unit="microsecond") / _MINUTE
    unserved = t.is_area & lists_areas & (t.served.fill_null(0) == 0)
    flaw = ibis.cases(
        (t.off_at.isnull(), "no_start"),
        (t.back_at < t.off_at, "restored_before_started"),
        (t.customers.isnull(), "uncounted"),
        (unserved & t.listed_area.isnull() & t.named_area.isnull(), "area_unknown"),
        (unserved, "nobody_served"),
    )
    return t.mutate(minutes=minutes, flaw=flaw).drop("is_area", "listed_area", "served", "named_area")


def usable(t: ibis.Table) -> Any:
    """Interruptions that have begun by now and can be counted."""
    return t.flaw.isnull() & (t.off_at <= NOW)


def flaws(t: ibis.Table) -> ibis.Table:
    """What is missing from the figures, by what is wrong: flaw, rows (steps, or outages without any), outages."""
    t = t.filter(t.flaw.notnull())
    return t.group_by("flaw").agg(rows=t.count(), outages=t.outage_no.nunique()).order_by("flaw")


def frame(reader: Reader, now: Any, among: Callable[[ibis.Table], Any] | None = None) -> pd.DataFrame:
    """Usable interruptions of the outages `among` says, for what looks at single areas.

    Shapes: source, outage_no, city, county, station, transformer_area, kind, event_day, day, started_at, off_at,
    back_at, customers, minutes.
    """
    t = interruptions(reader, among)
    t = t.filter(usable(t), t.started_at <= NOW)
    names = (*_OUTAGE, "city", "county", "station", "transformer_area", "kind", "event_day", "day")
    return reader.frame(t.select(*names, "started_at", "off_at", "back_at", "customers", "minutes"), now)
