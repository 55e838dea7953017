"""What is asked of the facts: a query, by one reader, at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dashboard.components.query import OrderQuery
from dashboard.components.units import Units
from kpis.types import Definition, Options, Reader


@dataclass(frozen=True)
class Question:
    """`span`: the moments [start, end) of the query; None is open."""

    reader: Reader
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
        """Whether a filter can not hold for the rows of `definition`: a survey's channel is not the order's."""
        return definition.table == "surveys" and self.query.channel is not None

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
