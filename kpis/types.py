"""What the KPI layer takes and gives: definitions, the reader it asks, the alerts it is shown, refusals."""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any, Final, Literal, Protocol

import ibis
import pandas as pd

from settings import KpiOptions
from store.facts import schema

Options = KpiOptions
Predicate = Callable[[ibis.Table, Options], Any]
View = Callable[["Tables"], Any]
TableName = Literal["work_orders", "surveys", "outages"]
Statistic = Literal["rate", "count", "mean", "median", "p90", "sum", "ratio"]
Family = Literal[
    "timeliness",
    "notice",
    "repeats",
    "satisfaction",
    "reliability",
    "estimates",
    "complaints",
    "completeness",
    "stated",
]

COUNTED_AT: Final = schema.COUNTED_AT
CLOCK_NAMES: Final = tuple(schema.CLOCK_LINES)
ROLES: Final = schema.ROLES

# More than ten alerts in ten minutes are a flood, in which nobody can follow single ones (ISA-18.2, EEMUA 191).
FLOOD_WINDOW: Final = timedelta(minutes=10)
FLOOD_OVER: Final = 10

_PATH: Final = ("city", "county", "station")
_NETWORK: Final = ("grid", "feeder", "transformer_area", "area_class")
_WHEN: Final = ("day", "hour", "weekday", "event_day")
DIMS: Final[dict[str, tuple[str, ...]]] = {
    "work_orders": (
        *_PATH,
        *_NETWORK,
        *("category", "subcategory_1", "subcategory_2", "subcategory_3", "channel"),
        *("cause_1", "cause_2", "crew", "handler", "manager", "customer_kind", "tier", "source_verdict", "source"),
        *_WHEN,
    ),
    "surveys": (*_PATH, "category", "channel", "customer_kind", "outcome", "reason_1", "reason_2", "source", *_WHEN),
    "outages": (*_PATH, *_NETWORK, "kind", "cause_1", "cause_2", "weather", "source", *_WHEN),
}


@dataclass(frozen=True)
class Definition:
    """A figure with one meaning. `rows` says which rows count; null is no.

    A rate has `success`: which of these are good, null is no; or `parts`, the rates of which it is the sum. A mean or
    quantile has `amount`: the number of each row, null where it has none. A ratio is the sum of `amount` (without one:
    the number of rows) times `scale` over the sum of `per`, or over the served customers of the place (kpis.served).
    `view` makes the rows that count where they are not those of the table, or gives them more columns; it keeps the
    table's own, and such a figure has no list of its rows. `clock`: rows whose order has an approved exemption of this
    clock are left out. `window_days` is the site's calendar days, today included, that a live figure covers; None: it
    is not shown live. `better` None: neither is.
    """

    key: str
    label: str
    formula: str
    table: TableName
    rows: Predicate
    source: str
    note: str
    statistic: Statistic = "rate"
    success: Predicate | None = None
    amount: Predicate | None = None
    per: Predicate | Literal["served"] | None = None
    scale: float = 1.0
    view: View | None = None
    parts: tuple["Definition", ...] = ()
    clock: str | None = None
    at: str | None = None  # the moment at which its rows count, where it is not that of the table
    family: Family = "timeliness"
    version: int = 1
    window_days: int | None = None
    target: float | None = None
    settles_days: int = 0  # a row may still change its verdict so many days after it counts
    better: Literal["higher", "lower"] | None = "higher"
    unit: str = "%"

    @property
    def clocks(self) -> tuple[str, ...]:
        """Clocks whose exemptions it heeds."""
        own = (self.clock,) if self.clock else ()
        return (*own, *(clock for part in self.parts for clock in part.clocks))

    @property
    def dims(self) -> tuple[str, ...]:
        return DIMS[self.table]

    @property
    def counted_at(self) -> str:
        return self.at or COUNTED_AT[self.table]

    def base(self, reader: "Tables") -> ibis.Table:
        """The rows among which its own are."""
        table: ibis.Table = reader.table(self.table) if self.view is None else self.view(reader)
        return table

    def target_of(self, options: Options) -> float | None:
        """The site's target, else the shipped one."""
        return self.target if options.target is None else options.target


class Tables(Protocol):
    """What expressions are made of."""

    def table(self, name: str) -> Any:
        """The unbound Ibis table."""


class Reader(Tables, Protocol):
    """One reader of the facts, already limited to a scope (store.facts.read)."""

    def frame(self, expr: Any, now: datetime) -> pd.DataFrame:
        """The rows of `expr`, with the mark of now replaced by `now`."""


class ShapedReader(Reader, Protocol):
    """A reader that builds questions of one shape once, and keeps answers (store.facts.read)."""

    def batches(self, expr: Any, now: datetime) -> Iterator[Any]:
        """The rows of `frame` as Arrow batches, for lists too long for memory."""

    def ask(
        self, shape: Hashable, make: Callable[[], Any], now: datetime, values: Mapping[str, Any]
    ) -> pd.DataFrame: ...
    def time_hole(self, name: str) -> datetime: ...
    def kept(self, name: Hashable, table: str, make: Callable[[], Any]) -> Any: ...
    def weeks(
        self,
        name: Hashable,
        table: str,
        before: datetime,
        now: datetime,
        count: Callable[[Any, datetime, datetime], pd.DataFrame],
    ) -> pd.DataFrame: ...


class SourceState(Protocol):
    """What the facts know about one source."""

    @property
    def name(self) -> str: ...
    @property
    def feeds(self) -> tuple[str, ...]: ...
    @property
    def as_of(self) -> datetime | None: ...
    @property
    def as_of_by_table(self) -> Mapping[str, datetime | None]:
        """The same for each canonical table it feeds."""

    @property
    def as_of_by_mapping(self) -> Mapping[str, datetime | None]:
        """The same for each of its tables that was read."""

    @property
    def read_at(self) -> datetime | None: ...
    @property
    def error(self) -> str | None: ...


@dataclass(frozen=True)
class OpenAlert:
    """One alert that is raised or acknowledged. `critical_at`: since when it is critical and not acknowledged."""

    id: int
    rule: str
    subject: str
    level: str
    state: str
    critical: bool
    county: str | None
    station: str | None
    feeder: str | None
    clock: str | None
    order_no: str | None = None
    due_at: datetime | None = None
    raised_at: datetime | None = None
    critical_at: datetime | None = None


@dataclass(frozen=True)
class LedgerView:
    """What the snapshot shows of the ledger. `log`: the latest transitions, newest first, as the part's columns."""

    open: tuple[OpenAlert, ...] = ()
    log: tuple[dict[str, Any], ...] = ()


class Refusal(ValueError):
    """A question that can not be answered as asked; the text names the cure, `nearest` what was perhaps meant."""

    nearest: tuple[str, ...] = ()


def _near(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, sorted(known), 3, 0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(sorted(known))}"


class UnknownWord(Refusal):
    """A word of a question that means nothing; `known` are those that do."""

    def __init__(self, what: str, word: str, known: Collection[str], more: str = "") -> None:
        there = f"there are {', '.join(known)}"
        self.nearest = tuple(get_close_matches(word, known, 3, 0.5))
        hint = f"did you mean {' or '.join(self.nearest)}? " if self.nearest else ""
        super().__init__(f"{what} {word}: {hint}{there}{more}")


class UnknownDimension(Refusal):
    """The rows of a definition do not carry this dimension."""

    def __init__(self, definition: Definition, name: str) -> None:
        super().__init__(
            f"{definition.key} can not be sliced by `{name}` (its rows are {definition.table}); "
            f"{_near(name, definition.dims)}"
        )
        self.name = name
        self.nearest = tuple(get_close_matches(name, definition.dims, 3, 0.5))


class UnknownKpi(Refusal):
    """No definition has this key."""

    def __init__(self, key: str, known: Collection[str]) -> None:
        super().__init__(f"there is no KPI `{key}`; {_near(key, known)}")
        self.nearest = tuple(get_close_matches(key, sorted(known), 3, 0.5))


class BadValue(Refusal):
    """A filter's value is not of its dimension's kind."""

    def __init__(self, dim: str, value: str, cure: str) -> None:
        super().__init__(f"{dim}={value}: is not a value of `{dim}`; {cure}")


def known(moment: Any) -> Any:
    """`moment` if it has come by now, else null: an evaluation of the past does not know the future."""
    return ibis.ifelse(moment <= schema.NOW, moment, ibis.null(moment.type()))


def not_yet(moment: Any) -> Any:
    """`moment` has not come by now. In these words a database skips whole blocks of rows whose moment has come."""
    return moment.isnull() | (moment > schema.NOW)


def hours(delta: timedelta) -> Any:
    """`delta` as an interval of whole hours: a day in SQL is not always 24 of them."""
    return ibis.interval(hours=int(delta.total_seconds() // 3600))


def names(values: Sequence[str]) -> str:
    """For messages and docs."""
    return ", ".join(f"`{v}`" for v in values)
