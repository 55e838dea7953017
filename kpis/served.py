"""Served customers: what reliability and complaints per customer are divided by. Missing is never zero."""

from collections.abc import Sequence
from typing import Any, Final

import ibis

from kpis.types import Tables

BASE: Final = "base"
# Dimensions by which the list of served customers can be cut, and those by which customers differ and it can not.
CUTS: Final = ("city", "county", "station", "feeder", "transformer_area", "customer_kind", "tier")
UNLISTED: Final = ("grid", "area_class")


def beside(
    found: ibis.Table,
    reader: Tables,
    table: str,
    conditions: Sequence[tuple[str, Any]],
    by: Sequence[str],
    *,
    is_whole: bool,
) -> ibis.Table:
    """`found`, one row per combination of its first columns, with the served customers of each as `base`.

    base is null where nobody lists them, where they sum to 0, and where `table` was never filled: no row is not the
    same as nothing happened. A cut that is not of places, by cause or by day, is divided by all of the place.
    `conditions`: dimension and what a table's rows of it must be. `is_whole`: places without a row stay in.
    """
    if any(dim in UNLISTED for dim in (*by, *(dim for dim, _ in conditions))):
        return found.mutate(**{BASE: ibis.null("float64")})
    customers = reader.table("customers")
    told = [condition(customers) for dim, condition in conditions if dim in CUTS]
    customers = customers.filter(*told) if told else customers
    rows = reader.table(table)
    was_filled = rows.agg(n=rows.count()).as_scalar() > 0
    place = [dim for dim in by if dim in CUTS]
    total = customers.customers.sum()
    totals = customers.group_by(place).agg(total=total) if place else customers.agg(total=total)
    base = ibis.ifelse(was_filled & (totals.total > 0), totals.total.cast("float64"), ibis.null("float64"))
    totals = totals.select(*place, **{BASE: base})
    if not place:
        return found.cross_join(totals)
    if not is_whole or set(place) != set(by):
        joined = found.left_join(totals, place)
        return joined.select(*found.columns, BASE)
    joined = found.outer_join(totals, place)
    keys = {dim: ibis.coalesce(joined[dim], joined[f"{dim}_right"]) for dim in place}
    rest = [name for name in found.columns if name not in place]
    counts = {name: joined[name].fill_null(0) if name.endswith("n") else joined[name] for name in rest}
    return joined.select(**keys, **counts, **{BASE: joined[BASE]})
