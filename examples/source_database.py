"""A source database made new in one step: whoever reads it sees the old rows or the new ones, never half of them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, MetaData, create_engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError


class DatabaseError(Exception):
    """The database can not be filled. The message names it without its password, and the cure."""


def address(url: str) -> URL:
    """`url` as an address we can fill.

    Errors: DatabaseError when it is none, or of a kind whose DDL can not be taken back.
    """
    try:
        found = make_url(url)
        kind = found.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise DatabaseError("--url: is no database URL; write sqlite:///FILE or postgresql+psycopg://...") from error
    if kind not in ("sqlite", "postgresql") or (kind == "sqlite" and not found.database):
        raise DatabaseError(f"--url: {kind} can not be filled in one step; use a SQLite file or PostgreSQL")
    return found


@contextmanager
def replaced(url: URL, tables: MetaData) -> Iterator[Connection]:
    """A connection to a database in which `tables` exist and are empty; what it writes becomes visible at the end.

    A SQLite file is written beside its place and then renamed over it; PostgreSQL does all of it in one transaction.
    """
    try:
        if url.get_backend_name() == "sqlite":
            yield from _renamed(url, tables)
        else:
            engine = create_engine(url)
            try:
                yield from _filled(engine, tables)
            finally:
                engine.dispose()
    except SQLAlchemyError as error:
        raise DatabaseError(
            f"{url.render_as_string()}: {_first_line(error)}; check the address and its rights"
        ) from error


def _renamed(url: URL, tables: MetaData) -> Iterator[Connection]:
    place = Path(str(url.database))
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f"{place.name}.{os.getpid()}.new")
    engine = create_engine(url.set(database=str(beside)))
    try:
        yield from _filled(engine, tables)
        engine.dispose()
        beside.replace(place)
    finally:
        engine.dispose()
        beside.unlink(missing_ok=True)


def _filled(engine: Engine, tables: MetaData) -> Iterator[Connection]:
    with engine.begin() as connection:
        tables.drop_all(connection)
        tables.create_all(connection)
        yield connection


def _first_line(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
