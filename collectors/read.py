"""Reading one mapping's table from a source with SQLAlchemy Core, in pages or whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from collectors.batch import SourceError
from collectors.decide import Plan, Raw, TimeForm
from collectors.reach import nearest, table_named
from collectors.sums import OPEN, SUM, row_sum
from settings_sources import Mapping

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
    dialect: str = ""
    unread: tuple[str, ...] = ()  # columns of the table that are not asked for

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of what a read gives: those of the source, and our own after them."""
        return self.names if self.mapping.is_whole else (*self.names, SUM, OPEN)

    @property
    def changed(self) -> Any:
        """The column that polls go on by."""
        return self._bound(str(self.mapping.cursor))

    @property
    def _order(self) -> list[Any]:
        """By the cursor, then by key; no column twice, which some databases refuse."""
        names = dict.fromkeys(name for name in (self.mapping.cursor, *self.mapping.key) if name)
        return [self._bound(name) for name in names]

    def _bound(self, name: str) -> Any:
        return sa.column(name, self.types.get(name))

    def _select(self) -> Any:
        return self._only(sa.select(*self._chosen))

    @property
    def _chosen(self) -> list[Any]:
        chosen: list[Any] = [sa.column(name) for name in self.names]
        if not self.mapping.is_whole:
            # Not every database takes `false` for a condition of CASE.
            is_open = sa.case((self._is_open, 1), else_=0) if self.mapping.tells_open else sa.literal_column("0")
            chosen += [self._sum.label(SUM), is_open.label(OPEN)]
        return chosen

    def _only(self, chosen: Any) -> Any:
        chosen = chosen.select_from(table_named(self.mapping.table))
        for name, value in self.mapping.where.items():
            chosen = chosen.where(self._bound(name) == value)
        return chosen

    @property
    def has_sums(self) -> bool:
        return row_sum(self.dialect, [sa.column(self.names[0])]) is not None

    @property
    def _sum(self) -> Any:
        found = row_sum(self.dialect, [sa.column(name) for name in self.names])
        return sa.null() if found is None else found

    @property
    def _is_open(self) -> Any:
        """Whether a row is open by the settings; without any, none is told apart."""
        said = [self._bound(name).in_(values) for name, values in self.mapping.open_where.items()]
        for name in self.mapping.open_while_empty:
            kind = self.types.get(name)
            empty = self._bound(name).is_(None)
            said.append(sa.or_(empty, sa.column(name) == "") if kind is None or isinstance(kind, sa.String) else empty)
        return sa.and_(*said) if said else sa.false()

    def _compared(self, chosen: Any, low: Raw, high: Raw, *, is_open: bool) -> Any:
        """The rows from `low` (None: without a bound) to before `high` that are compared with the facts."""
        keys = [self._bound(name) for name in self.mapping.key]
        chosen = self._only(chosen).where(self.changed < high, *(key.is_not(None) for key in keys))
        if low is not None:
            chosen = chosen.where(self.changed >= low)
        return chosen.where(self._is_open) if is_open else chosen

    def tallies(self, spans: Sequence[tuple[Raw, Raw]], *, is_open: bool) -> Any:
        """One row (number, count, sum of checksums) for each of `spans`."""
        total = sa.func.sum(self._sum) if self.has_sums else sa.null()
        return sa.union_all(
            *(
                self._compared(sa.select(sa.literal(i), sa.func.count(), total), low, high, is_open=is_open)
                for i, (low, high) in enumerate(spans)
            )
        )

    def span(self, low: Raw, high: Raw, limit: int | None, *, is_open: bool) -> Any:
        """The rows of a span by time of change."""
        found = self._compared(sa.select(*self._chosen), low, high, is_open=is_open)
        return found.order_by(*self._order).limit(limit)

    def found(self, keys: Sequence[tuple[Raw, ...]]) -> Any:
        """The rows with these keys."""
        names = [self._bound(name) for name in self.mapping.key]
        if len(names) == 1:
            return self._select().where(names[0].in_([key for (key,) in keys]))
        each = (sa.and_(*(name == value for name, value in zip(names, key, strict=True))) for key in keys)
        return self._select().where(sa.or_(*each))

    def whole(self) -> Any:
        """All rows of the table."""
        return self._select()

    def open(self) -> Any:
        """All open rows that have a key."""
        return self._select().where(self._is_open, *(self._bound(name).is_not(None) for name in self.mapping.key))

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
        return chosen.order_by(*self._order).limit(plan.limit)

    def counted(self, since: Raw) -> Any:
        """How many rows there are from `since` on; None: in all."""
        chosen = self._only(sa.select(sa.func.count()))
        return chosen if since is None else chosen.where(self.changed >= since)

    def strays(self, limit: int) -> Any:
        """Rows that no cursor reaches, because they have no changed_at or no key."""
        empty = [self._bound(name).is_(None) for name in (self.mapping.changed_at, *self.mapping.key) if name]
        return self._select().where(sa.or_(*empty)).limit(limit)

    def places(self, rows: Sequence[Row]) -> list[tuple[Raw, Row]]:
        """(what the cursor goes by, key) of `rows`."""
        at, many = self.names.index(str(self.mapping.cursor)), len(self.mapping.key)
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
    asked = (*names, *mapping.where, *mapping.open_where, *mapping.open_while_empty)
    if missing := [c for c in asked if c not in columns]:
        told = "; ".join(f"column `{c}` not found; {nearest(c, list(columns))}" for c in dict.fromkeys(missing))
        raise SourceError(f"source `{name}`, table `{mapping.table}`: {told}", fatal=True)
    sqlite = inspector.dialect.name == "sqlite"  # there a declared type says nothing about the values
    if mapping.changed_at and (sqlite or isinstance(columns[mapping.changed_at]["type"], sa.String)):
        _must_sort(name, mapping)
    primary = set(inspector.get_pk_constraint(table, schema or None)["constrained_columns"])
    stray = [
        c for c in (mapping.changed_at, *mapping.key) if c and columns[c].get("nullable", True) and c not in primary
    ]
    types = {} if sqlite else {n: c["type"] for n, c in columns.items()}
    unread = tuple(name for name in columns if name not in asked)
    return Reads(mapping, names, types, bool(stray), inspector.dialect.name, unread)


def _must_sort(name: str, mapping: Mapping) -> None:
    if not TimeForm(mapping.time_format, UTC_ZONE).sorts_by_time:
        raise SourceError(
            f"source `{name}`, table `{mapping.table}`: text like {mapping.time_format} does not sort by time, so "
            f"`{mapping.changed_at}` can not be a cursor; remove changed_at (it is then read whole) or make a view",
            fatal=True,
        )
