"""Ibis expressions -> DuckDB SQL with a place for "now", compiled once per expression."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from sqlglot import exp

from store.facts.schema import NOW

KEPT: Final = 512  # expressions of a tick and of the pages people look at


@dataclass(frozen=True)
class Query:
    """SQL text; `needs_now` when it has the parameter $now."""

    sql: str
    needs_now: bool


_compiler: Final = DuckDBCompiler()
_kept: Final[OrderedDict[Any, Query]] = OrderedDict()
_lock: Final = threading.Lock()


def compiled(expr: Any) -> Query:
    """The query of `expr`. Equal expressions give the same one without compiling again."""
    node = expr.op()
    with _lock:
        if node in _kept:
            _kept.move_to_end(node)
            return _kept[node]
        query = _kept[node] = _compile(expr)
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
        return query


def _compile(expr: Any) -> Query:
    tree = _compiler.to_sqlglot(expr.as_table())
    found = 0

    def swap(node: exp.Expression) -> exp.Expression:
        nonlocal found
        if node != _MARK:
            return node
        found += 1
        return exp.cast(exp.Parameter(this=exp.var("now")), "TIMESTAMPTZ", dialect="duckdb")

    return Query(tree.transform(swap).sql(dialect="duckdb"), found > 0)


def _mark() -> exp.Expression:
    """How Ibis writes the instant that stands for now."""
    chosen = _compiler.to_sqlglot(NOW.name("now").as_table()).find(exp.Select)
    return chosen.expressions[0].unalias()


_MARK: Final = _mark()
