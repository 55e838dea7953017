"""Ibis expressions -> DuckDB SQL with places for "now" and for values, compiled once per expression or shape of one.

To build and compile an expression costs more than to ask it. Questions that differ in their values only are built once,
with a `hole` for each value: a constant nobody can guess, which becomes a parameter of the SQL.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from typing import Any, Final

import duckdb
import ibis
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from sqlglot import exp

from store.facts.schema import NOW

KEPT: Final = 1024  # expressions of a tick and of the pages people look at


@dataclass(frozen=True)
class Query:
    """SQL text and the names of its parameters; $now is one of them."""

    sql: str
    names: frozenset[str]

    @cached_property
    def statement(self) -> duckdb.Statement:
        """The text parsed: that is half of what a small question costs, and it fits every connection."""
        return duckdb.extract_statements(self.sql)[0]

    @property
    def needs_now(self) -> bool:
        return "now" in self.names

    def parameters(self, now: datetime, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """What fills the parameters; None without any."""
        return {name: now if name == "now" else values[name] for name in self.names} or None


_SECRET: Final = secrets.token_hex(16)
_FIRST: Final = datetime(1900, 1, 2, tzinfo=UTC) + timedelta(microseconds=secrets.randbelow(10**15))
_compiler: Final = DuckDBCompiler()
_kept: Final[OrderedDict[Any, Query]] = OrderedDict()
_lock: Final = threading.RLock()
_texts: Final[dict[str, str]] = {}  # what a hole looks like in SQL -> its name
_times: Final[dict[str, datetime]] = {}
_whole: Final[dict[str, int]] = {}


def text_hole(name: str) -> str:
    """A text that stands for the parameter `name`."""
    hole = f"{_SECRET} {name}"
    _texts[hole] = name
    return hole


def time_hole(name: str) -> datetime:
    """A moment that stands for the parameter `name`."""
    with _lock:
        return _times.setdefault(name, _FIRST + timedelta(days=400 * len(_times)))


def number_hole(name: str) -> int:
    """A whole number that stands for the parameter `name`."""
    with _lock:
        return _whole.setdefault(name, 2**61 + int(_SECRET[:12], 16) + len(_whole))


def compiled(expr: Any) -> Query:
    """The query of `expr`. Equal expressions give the same one without compiling again."""
    return _remembered(expr.op(), lambda: expr)


def shaped(shape: Hashable, make: Callable[[], Any]) -> Query:
    """The query of the expression that `make` gives; it is asked once per `shape`, which says all that goes into it."""
    return _remembered(("shape", shape), make)


def _remembered(key: Hashable, make: Callable[[], Any]) -> Query:
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    query = _compile(make())  # outside the lock: a long expression must not hold up the tick
    with _lock:
        query = _kept.setdefault(key, query)
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
        return query


def _compile(expr: Any) -> Query:
    tree = _compiler.to_sqlglot(expr.as_table())
    named = {_node_of(moment): name for name, moment in _times.items()} | {_NOW: "now"}
    counted = {str(number): name for name, number in _whole.items()}
    found: set[str] = set()

    def swap(node: exp.Expression) -> exp.Expression:
        name = None
        if isinstance(node, exp.Literal):
            name = _texts.get(node.this) if node.is_string else counted.get(node.this)
        elif isinstance(node, _NOW_KIND):
            name = named.get(node)  # equal trees are equal: writing each one out would take longer than all else
        if name is None:
            return node
        found.add(name)
        place = exp.Parameter(this=exp.var(name))
        return exp.cast(place, "TIMESTAMPTZ", dialect="duckdb") if isinstance(node, _NOW_KIND) else place

    swapped = tree.transform(swap)  # of a copy: Ibis uses one node in many places, and a swap would reach one of them
    return Query(swapped.sql(dialect="duckdb", copy=False), frozenset(found))


def _written(moment: Any) -> exp.Expression:
    """How Ibis writes a moment."""
    chosen = _compiler.to_sqlglot(moment.name("moment").as_table()).find(exp.Select)
    return chosen.expressions[0].unalias()


@cache
def _node_of(moment: datetime) -> exp.Expression:
    return _written(ibis.literal(moment, type=NOW.type()))


_NOW_KIND: Final = type(_written(NOW))
_NOW: Final = _written(NOW)
