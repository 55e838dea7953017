"""What is asked of the facts: a query, by one reader, at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import ibis

from dashboard.components.query import OrderQuery
from dashboard.components.units import Units
from kpis.evaluate import one_of
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

    def within(self, span: tuple[datetime | None, datetime | None]) -> "Question":
        """The same of another period."""
        return replace(self, span=span)

    def of_unit(self, code: str | None) -> "Question":
        """The same within another unit."""
        return replace(self, query=replace(self.query, unit=code))

    def skips(self, definition: Definition) -> bool:
        """Whether a filter can not hold for the rows of `definition`: a survey's channel is not the order's, and a
        survey names no feeder."""
        unkept = any(dim not in definition.dims for dim in self.asked["where"])
        return unkept or (definition.table == "surveys" and self.query.channel is not None)

    def narrowed(self, t: ibis.Table, definition: Definition) -> ibis.Table:
        """`t` with the places and kinds of the query, as conditions that a value of null switches off.

        So every filter is the same expression with other values (store.facts.compile): it is built once.
        Errors: UnknownDimension when the rows do not carry what is asked for.
        """
        for dim in self.asked["where"]:
            if dim not in definition.dims:
                raise UnknownDimension(definition, dim)
        holes = {dim: ibis.literal(text_hole(dim)) for dim in FILTERED if dim in definition.dims}
        told = [one_of(t, definition, dim, texts) for dim, texts in self.beyond]
        return t.filter(*(hole.isnull() | (t[dim] == hole) for dim, hole in holes.items()), *told)

    @property
    def beyond(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Conditions that stand in the expression themselves: a part of every shape."""
        query = self.query
        kind = (("customer_kind", (query.customer,)),) if query.customer else ()
        ordinary = (("event_day", ("",)),) if query.events == "without" else ()
        return (*kind, *ordinary, *((dim, (value,)) for dim, value in query.more))

    @property
    def period(self) -> tuple[datetime, datetime]:
        """Holes for the period: it always has both ends."""
        return time_hole("start"), time_hole("end")

    @property
    def values(self) -> dict[str, Any]:
        """What fills the holes."""
        start, end = self.span
        chosen = {dim: self._named.get(dim) for dim in FILTERED}
        return {**chosen, "start": start or EARLIEST, "end": end or LATEST}

    @property
    def _named(self) -> dict[str, str]:
        unit = self.units.get(self.query.unit)
        named = {
            unit.kind if unit else "": self.query.unit,
            "category": self.query.category,
            "channel": self.query.channel,
        }
        return {dim: value for dim, value in named.items() if dim and value}

    @property
    def asked(self) -> dict[str, Any]:
        """Places, kinds and period as the evaluation takes them."""
        where = {dim: [value] for dim, value in self._named.items()}
        for dim, texts in self.beyond:
            where[dim] = [text for text in where.get(dim, texts) if text in texts]
        return {"where": where, "start": self.span[0], "end": self.span[1]}
