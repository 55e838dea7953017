"""What stands in the source databases, read without the simulator's code."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

DATABASES = ("orders", "outages", "surveys")


def rows(folder: Path, database: str, sql: str, *values: Any) -> list[dict[str, Any]]:
    """Rows by column name, through a session that can only read."""
    with closing(sqlite3.connect(f"file:{folder / database}.db?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        return [dict(r) for r in db.execute(sql, values)]


def everything(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all source tables, sorted."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for name in DATABASES:
        for table in rows(folder, name, "SELECT name FROM sqlite_schema WHERE type = 'table'"):
            body = rows(folder, name, f'SELECT * FROM "{table["name"]}"')  # noqa: S608 names from the schema itself
            found[f"{name}.{table['name']}"] = sorted((tuple(r.values()) for r in body), key=repr)
    return found
