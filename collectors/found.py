"""What a source says of itself when it is first read: may our account write, and how does it carry out a poll."""

import re
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from collectors.sums import MYSQL

WRITES: Final = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
# Of MySQL and MariaDB, as SHOW GRANTS writes them; ALL PRIVILEGES has all of them.
GRANTS: Final = ("INSERT", "UPDATE", "DELETE", "DROP", "ALTER", "CREATE", "ALL PRIVILEGES")
_GRANT: Final = re.compile(r"GRANT (?P<what>.+?) ON (?P<where>\S+) TO ", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """Of one mapping. `may_write`: what the account may do beside reading, as words; empty: nothing, or not known.

    `plan`: how the source says it carries out a poll; empty where it does not say.
    """

    may_write: str = ""
    plan: str = ""
    reads_all: bool = False  # a poll reads the whole table, however little changed
    unread: tuple[str, ...] = ()  # columns of the table that the mapping does not read


def found_of(connection: sa.Connection, table: str, cursor: str | None, poll: Any | None) -> Found:
    """Reads only. `poll`: the statement of a poll by column `cursor` that has little to read; None for a table that is
    read whole.

    A small table is read whole though it has an index, since that is quicker: this is not what `reads_all` warns of.
    """
    plan, reads_all = _plan(connection, poll) if poll is not None else ("", False)
    if reads_all and cursor:
        reads_all = not is_indexed(sa.inspect(connection), table, cursor)
    return Found(may_write(connection, table), plan, reads_all)


def is_indexed(inspector: sa.Inspector, table: str, column: str) -> bool | None:
    """Whether an index of `table` begins with `column`; None of a view, whose indexes are those of its tables."""
    schema, _, name = table.rpartition(".")
    if name in inspector.get_view_names(schema or None):
        return None
    firsts: list[Any] = [index["column_names"][:1] for index in inspector.get_indexes(name, schema or None)]
    firsts.append(inspector.get_pk_constraint(name, schema or None)["constrained_columns"][:1])
    return [column] in firsts


def warning_of(may_write: str) -> str:
    return f"WARNING: the account may {may_write}; give it SELECT only (our session is read-only)"


def may_write(connection: sa.Connection, table: str) -> str:
    dialect = connection.dialect.name
    if dialect == "postgresql":
        asked = sa.select(*(sa.func.has_table_privilege(table, privilege) for privilege in WRITES))
        held = connection.execute(asked).one()
        return ", ".join(name for name, is_held in zip(WRITES, held, strict=True) if is_held)
    if dialect in MYSQL:
        said = connection.execute(sa.text("SHOW GRANTS")).scalars().all()
        database = connection.execute(sa.select(sa.func.database())).scalar()
        return ", ".join(granted([str(line) for line in said], str(database), table))
    return ""  # SQLite is opened with mode=ro; for the others our session is read-only all the same


def granted(lines: list[str], database: str, table: str) -> list[str]:
    """What GRANT statements let an account do to `table` beside reading it, in the order of GRANTS."""
    schema, _, name = table.rpartition(".")
    places = {"*.*", f"{schema or database}.*", f"{schema or database}.{name}"}
    found: set[str] = set()
    for line in lines:
        match = _GRANT.match(line)
        if match and match["where"].replace("`", "").replace("\\", "") in places:
            words = {re.sub(r"\(.*", "", word).strip().upper() for word in match["what"].split(",")}
            found |= words & set(GRANTS)
    return [name for name in GRANTS if name in found]


def _plan(connection: sa.Connection, poll: Any) -> tuple[str, bool]:
    """The plan in a few words, and whether it reads the whole table."""
    text = str(poll.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    dialect = connection.dialect.name
    if dialect == "postgresql":
        lines = [str(row[0]).strip() for row in connection.exec_driver_sql("EXPLAIN " + _plain(text))]
        scans = [line.removeprefix("->").strip().split("  (")[0] for line in lines if " on " in line and "(" in line]
        return "; ".join(scans), any(scan.startswith(("Seq Scan", "Parallel Seq Scan")) for scan in scans)
    if dialect in MYSQL:
        rows = connection.exec_driver_sql("EXPLAIN " + _plain(text)).mappings().all()
        said = [f"{row['type']} by {row['key'] or 'no index'}, about {row['rows']} rows" for row in rows]
        return "; ".join(said), any(row["key"] is None and row["type"] == "ALL" for row in rows)
    if dialect == "sqlite":
        steps = [str(row[3]) for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + text)]
        return "; ".join(steps), any(step.startswith("SCAN") and "USING" not in step for step in steps)
    return "", False


def _plain(text: str) -> str:
    """For drivers that take a percent sign for a parameter's place."""
    return text.replace("%", "%%") if "%%" not in text else text
