"""Reading one mapping's table from a source with SQLAlchemy Core, in pages or whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from collectors.batch import SourceError
from collectors.decide import Plan, Raw, TimeForm
from collectors.reach import nearest, table_named
from settings import Mapping

Row = tuple[Raw, ...]
UTC_ZONE: Final = ZoneInfo("UTC")


def wanted_columns(mapping: Mapping) -> tuple[str, ...]:
    """Source columns that `mapping` reads, each once: key first, then changed_at, then the rest as written."""
    fields = (*mapping.columns.values(), *mapping.personal.values())
    names = (*mapping.key, mapping.changed_at, *(c for f in fields for c in f.columns), *mapping.identity)
    return tuple(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True)
class Reads:
    """The statements of one mapping. Values come as the driver gives them; a declared type is only used to bind."""

    mapping: Mapping
    names: tuple[str, ...]
    types: dict[str, Any]  # declared types for bound values; empty where the database has none worth trusting
    may_stray: bool  # a row may have neither changed_at nor key

    @property
    def changed(self) -> Any:
        return self._bound(str(self.mapping.changed_at))

    def _bound(self, name: str) -> Any:
        return sa.column(name, self.types.get(name))

    def _select(self) -> Any:
        chosen: Any = sa.select(*(sa.column(name) for name in self.names)).select_from(table_named(self.mapping.table))
        for name, value in self.mapping.where.items():
            chosen = chosen.where(self._bound(name) == value)
        return chosen

    def whole(self) -> Any:
        """All rows of the table."""
        return self._select()

    def page(self, plan: Plan) -> Any:
        """The rows that `plan` names. Equal times across a page border are kept apart by the key.

        The last row of the page before is read again: a database may take its key and another for equal (`a` and `A`).
        """
        keys = [self._bound(name) for name in self.mapping.key]
        chosen = self._select().where(self.changed.is_not(None), *(key.is_not(None) for key in keys))
        if plan.after is not None:
            value, key = plan.after
            chosen = chosen.where(self.changed >= value, sa.or_(self.changed > value, _beyond(keys, key)))
        elif plan.since is not None:
            chosen = chosen.where(self.changed >= plan.since)
        return chosen.order_by(self.changed, *keys).limit(plan.limit)

    def strays(self, limit: int) -> Any:
        """Rows that no cursor reaches, because they have no changed_at or no key."""
        empty = [self._bound(name).is_(None) for name in (self.mapping.changed_at, *self.mapping.key) if name]
        return self._select().where(sa.or_(*empty)).limit(limit)

    def places(self, rows: Sequence[Row]) -> list[tuple[Raw, Row]]:
        """(changed_at, key) of `rows`."""
        at, many = self.names.index(str(self.mapping.changed_at)), len(self.mapping.key)
        return [(row[at], row[:many]) for row in rows]


def _beyond(keys: Sequence[Any], values: Sequence[Raw]) -> Any:
    """(k1, k2, ...) >= (v1, v2, ...) in words that every database knows."""
    first, value = keys[0], values[0]
    if len(keys) == 1:
        return first >= value
    return sa.or_(first > value, sa.and_(first == value, _beyond(keys[1:], values[1:])))


def prepare(name: str, mapping: Mapping, inspector: sa.Inspector) -> Reads:
    """The statements of `mapping` after its table and columns were found in the source.

    Errors: SourceError(fatal) that names every missing table or column and the nearest there is.
    """
    schema, _, table = mapping.table.rpartition(".")
    try:
        columns = {c["name"]: c for c in inspector.get_columns(table, schema or None)}
    except sa.exc.NoSuchTableError:
        columns = {}
    if not columns:
        there = [*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)]
        hint = nearest(table, there).replace("the table has", "there is") if there else "there is none at all"
        raise SourceError(f"source `{name}`: table `{mapping.table}` not found; {hint}", fatal=True)
    names = wanted_columns(mapping)
    if missing := [c for c in (*names, *mapping.where) if c not in columns]:
        told = "; ".join(f"column `{c}` not found; {nearest(c, list(columns))}" for c in dict.fromkeys(missing))
        raise SourceError(f"source `{name}`, table `{mapping.table}`: {told}", fatal=True)
    sqlite = inspector.dialect.name == "sqlite"  # there a declared type says nothing about the values
    if mapping.changed_at and (sqlite or isinstance(columns[mapping.changed_at]["type"], sa.String)):
        _must_sort(name, mapping)
    primary = set(inspector.get_pk_constraint(table, schema or None)["constrained_columns"])
    stray = [
        c for c in (mapping.changed_at, *mapping.key) if c and columns[c].get("nullable", True) and c not in primary
    ]
    return Reads(mapping, names, {} if sqlite else {n: c["type"] for n, c in columns.items()}, bool(stray))


def _must_sort(name: str, mapping: Mapping) -> None:
    if not TimeForm(mapping.time_format, UTC_ZONE).sorts_by_time:
        raise SourceError(
            f"source `{name}`, table `{mapping.table}`: text like {mapping.time_format} does not sort by time, so "
            f"`{mapping.changed_at}` can not be a cursor; remove changed_at (it is then read whole) or make a view",
            fatal=True,
        )
