"""What is asked of the facts: a query, by one reader, at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import ibis

from dashboard.components.query import OrderQuery
from dashboard.components.units import Units
from kpis.types import Definition, Options, ShapedReader, UnknownDimension
from store.facts.compile import text_hole, time_hole

FILTERED: Final = ("city", "county", "station", "feeder", "category", "channel")
EARLIEST: Final = datetime(1, 1, 2, tzinfo=UTC)
LATEST: Final = datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Question:
    """`span`: the moments [start, end) of the query; None is open."""

    reader: ShapedReader
    query: OrderQuery
    units: Units
    catalogue: Mapping[str, Definition]
    options: Mapping[str, Options]
    span: tuple[datetime | None, datetime | None]
    now: datetime

    def option(self, definition: Definition) -> Options:
        return self.options.get(definition.key) or Options()

    def of_unit(self, code: str | None) -> "Question":
        """The same within another unit."""
        return replace(self, query=replace(self.query, unit=code))

    def skips(self, definition: Definition) -> bool:
        """Whether a filter can not hold for the rows of `definition`: a survey's channel is not the order's, and a
        survey names no feeder."""
        unit = self.units.get(self.query.unit)
        by_feeder = unit is not None and unit.kind == "feeder" and "feeder" not in definition.dims
        return by_feeder or (definition.table == "surveys" and self.query.channel is not None)

    def narrowed(self, t: ibis.Table, definition: Definition) -> ibis.Table:
        """`t` with the places and kinds of the query, as conditions that a value of null switches off.

        So every filter is the same expression with other values (store.facts.compile): it is built once.
        Errors: UnknownDimension when the rows do not carry what is asked for.
        """
        for dim in self.asked["where"]:
            if dim not in definition.dims:
                raise UnknownDimension(definition, dim)
        holes = {dim: ibis.literal(text_hole(dim)) for dim in FILTERED if dim in definition.dims}
        return t.filter(*(hole.isnull() | (t[dim] == hole) for dim, hole in holes.items()))

    @property
    def period(self) -> tuple[datetime, datetime]:
        """Holes for the period: it always has both ends."""
        return time_hole("start"), time_hole("end")

    @property
    def values(self) -> dict[str, Any]:
        """What fills the holes."""
        where = self.asked["where"]
        start, end = self.span
        chosen = {dim: where[dim][0] if dim in where else None for dim in FILTERED}
        return {**chosen, "start": start or EARLIEST, "end": end or LATEST}

    @property
    def asked(self) -> dict[str, Any]:
        """Places, kinds and period as the evaluation takes them."""
        unit = self.units.get(self.query.unit)
        named = {
            unit.kind if unit else None: self.query.unit,
            "category": self.query.category,
            "channel": self.query.channel,
        }
        where = {dim: [value] for dim, value in named.items() if dim and value}
        return {"where": where, "start": self.span[0], "end": self.span[1]}
