"""Links between the demands of one identity: the one before, the one after, calls so far, the level it came from.

Each row looks back and forward REACH_DAYS, the longest window of any figure. Where rows changed, everything of their
identities that may see them is computed again, whatever came late.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

from store.facts.schema import DEMANDS, REACH_DAYS

# Levels of escalation: where a customer turns who was not helped below.
LEVELS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("95598", ("95598", "app", "other")),
    ("12345", ("12345",)),
    ("12398", ("12398",)),
    ("media", ("media",)),
)
COLUMNS: Final = ("previous_complaint_at", "previous_demand_at", "next_demand_at", "matter_calls", "escalated_from")

_RANGE: Final = f"RANGE BETWEEN INTERVAL {REACH_DAYS} DAY PRECEDING AND CURRENT ROW"
# A cancelled order is nobody's demand any more; a child that was merged into another is a call and no demand.
_CALLED: Final = (
    "identity_key IS NOT NULL AND accepted_at IS NOT NULL AND gone_at IS NULL AND status IS DISTINCT FROM 'cancelled'"
)
# What a link rests on, of the order itself and of those beside it: all that _MINE reads but the key.
_LINKED_BY: Final = (
    *("identity_key", "accepted_at", "channel", "category", "subcategory_1", "call_count"),
    *("transformer_area", "feeder", "is_outage_topic"),
)
_LINKED_WHETHER: Final = ("{}.gone_at IS NULL", "{}.status IS DISTINCT FROM 'cancelled'", "{}.parent_order_no IS NULL")
_LEVEL: Final = "CASE channel {} ELSE 0 END".format(
    " ".join(f"WHEN '{channel}' THEN {i}" for i, (_, channels) in enumerate(LEVELS) if i for channel in channels)
)
_NAMED: Final = "[{}][reached + 1]".format(", ".join(f"'{name}'" for name, _ in LEVELS))
_DEMAND: Final = "category IN ({})".format(", ".join(f"'{name}'" for name in DEMANDS))
# Of an outage the place is the matter, whatever it is called; of all else its class.
_MATTER: Final = """CASE WHEN is_outage_topic AND coalesce(transformer_area, feeder) IS NOT NULL
    THEN 'at ' || coalesce(transformer_area, feeder) ELSE category || ' ' || coalesce(subcategory_1, '') END"""


def find_stayed(connection: Any, given: Collection[str], *, any_known: bool) -> None:
    """Temporary table `stayed`: `rid` and links of the orders which the registered table `written` replaces with rows
    that are the same to every link: these keep theirs, and nobody of their identity is looked at. `given`: columns of
    `written`; what it does not have is empty. `any_known`: whether it replaces any."""
    same = [f"t.{name} IS NOT DISTINCT FROM {f'w.{name}' if name in given else 'NULL'}" for name in _LINKED_BY]
    same += [f"({one.format('t')}) = ({one.format('w')})" for one in _LINKED_WHETHER]
    links = ", ".join(f"t.{name}" for name in COLUMNS)
    both = f"JOIN written w ON t.rowid = w.rid WHERE {' AND '.join(same)}" if any_known else "LIMIT 0"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE stayed AS SELECT t.rowid AS rid, {links} FROM work_orders t {both}"  # noqa: S608  names of the schema, no values
    ).fetchall()


def touch(connection: Any, rows: str, known: str) -> None:
    """Temporary table `touched`: identities of the temporary table `rows`, as they are and as they were (`known`: the
    name of that column), with the moments at which their orders count."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE touched AS
            WITH moved AS MATERIALIZED (SELECT identity_key, accepted_at, {known} AS was, known_at FROM {rows})
            SELECT identity_key, row_number() OVER () AS who, min(moment) AS first, max(moment) AS last FROM (
                SELECT identity_key, accepted_at AS moment FROM moved
                UNION ALL SELECT was, known_at FROM moved
                UNION ALL SELECT was, accepted_at FROM moved
            ) WHERE identity_key IS NOT NULL GROUP BY identity_key"""  # noqa: S608  names of the schema, no values
    ).fetchall()


def relink(connection: Any, written: Collection[str] = ()) -> int:
    """Recomputes COLUMNS of the orders that the identities in the temporary table `touched` have near its moments.

    Only rows whose links differ are written; how many. They are in the temporary table `links` then, with the moment at
    which they count. `written`: columns of the registered table of that name, orders that are about to be stored; in
    `links` their `rid` is that of _unstored_rid. The temporary table `stayed` has links that they keep.

    Orders of the same transaction are never looked for in the table: DuckDB 2.0 reads foreign memory where one join
    finds rows by rowid among those that are stored and those that are not yet.
    """
    (span,) = connection.execute("SELECT min(first), max(last), count(*) FROM touched").fetchall()
    if not span[2]:
        no_link = ", ".join(f"NULL AS {name}" for name in COLUMNS)
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE links AS
                SELECT NULL::BIGINT AS rid, NULL::TIMESTAMPTZ AS moment, {no_link} LIMIT 0"""
        ).fetchall()
        return 0
    between = {"first": span[0], "last": span[1]}
    connection.execute(_NEAR, between).fetchall()
    connection.execute(_MINE + (_unstored(written) if written else "")).fetchall()
    many = int(connection.execute(_LINKS).fetchall()[0][0])
    if many:
        new = ", ".join(f"{name} = links.{name}" for name in COLUMNS)
        connection.execute(f"UPDATE work_orders SET {new} FROM links WHERE work_orders.rowid = links.rid").fetchall()  # noqa: S608  names of the schema
    return many


def insert_linked(connection: Any) -> None:
    """Stores the orders of `written`, with links of `links` or else of `stayed`."""
    links = ", ".join(f"CASE WHEN l.rid IS NULL THEN s.{name} ELSE l.{name} END AS {name}" for name in COLUMNS)
    connection.execute(
        f"""INSERT INTO work_orders BY NAME SELECT w.* EXCLUDE (rid, pos), {links}
            FROM written w LEFT JOIN stayed s USING (rid) LEFT JOIN links l ON l.rid = {_unstored_rid("w.pos")}"""  # noqa: S608  names of the schema
    ).fetchall()


def _unstored_rid(pos: str) -> str:
    """The `rid` of a row that has no rowid yet."""
    return f"-1 - {pos}"


def _unstored(given: Collection[str]) -> str:
    """What _MINE says of rows of `written`."""
    kept = ", ".join(f"{name} := stayed.{name}" for name in COLUMNS)
    asked = (*("source", "source_key"), *dict.fromkeys((*_LINKED_BY, "gone_at", "status", "parent_order_no")))
    own = ", ".join(f"w.{name}" if name in given else f"NULL AS {name}" for name in asked)
    return f""" UNION ALL SELECT {_unstored_rid("pos")}, who, first, last, {_ASKED}, known FROM (
        SELECT pos, {own}, struct_pack({kept}) AS known FROM written w LEFT JOIN stayed USING (rid)
        ) JOIN touched USING (identity_key)
        WHERE accepted_at IS NULL OR accepted_at BETWEEN first - {_REACH} AND last + {_REACH}"""  # noqa: S608  names of the schema


def _back(name: str, found: str) -> str:
    """A link that looks back: before the first change nothing of it can have moved, and not all of it is read."""
    return f"CASE WHEN accepted_at < first THEN known.{name} ELSE {found} END AS {name}"


def _within(column: str, other: str) -> str:
    """`other` unless it lies out of reach of `column`."""
    return f"CASE WHEN abs(epoch_us({column}) - epoch_us({other})) <= {REACH_DAYS * 86_400_000_000} THEN {other} END"


def _differ(names: Sequence[str]) -> str:
    return " OR ".join(f"known.{name} IS DISTINCT FROM {name}" for name in names)


# Apart from _MINE, so that two columns are read of all these rows and twenty of the few found. The span of all changes
# spares reading other years, that of an identity its rows which none of its changes can reach.
_REACH: Final = f"INTERVAL {REACH_DAYS} DAY"
_NEAR: Final = f"""CREATE OR REPLACE TEMP TABLE near AS
    SELECT orders.rowid AS rid, who, first, last
    FROM (SELECT rowid, identity_key, accepted_at FROM work_orders WHERE accepted_at IS NULL
            OR accepted_at BETWEEN $first::TIMESTAMPTZ - {_REACH} AND $last::TIMESTAMPTZ + {_REACH}) AS orders
    JOIN touched USING (identity_key)
    WHERE accepted_at IS NULL OR accepted_at BETWEEN first - {_REACH} AND last + {_REACH}"""  # noqa: S608  names of the schema
_ASKED: Final = f"""accepted_at, source, source_key, subcategory_1, {_CALLED} AS calls,
    {_CALLED} AND {_DEMAND} AND parent_order_no IS NULL AS demands, category = 'complaint' AS complains,
    {_MATTER} AS matter, coalesce(call_count, 1) AS call_count, {_LEVEL} AS level"""
_MINE: Final = f"""CREATE OR REPLACE TEMP TABLE mine AS
    SELECT rid, who, first, last, {_ASKED}, struct_pack({", ".join(f"{name} := {name}" for name in COLUMNS)}) AS known
    FROM work_orders JOIN near ON work_orders.rowid = rid"""  # noqa: S608  names of the schema
# Apart from _MINE, so that the windows are laid out for as many rows as there are and not for all orders.
_LINKS: Final = f"""CREATE OR REPLACE TEMP TABLE links AS
    WITH looked AS (
        SELECT *,
            CASE WHEN demands AND complains THEN lag(accepted_at) OVER complaint END AS complained,
            CASE WHEN demands THEN lag(accepted_at) OVER demand END AS before,
            CASE WHEN demands THEN lead(accepted_at) OVER demand END AS after,
            CASE WHEN calls THEN sum(call_count) OVER (PARTITION BY who, matter, calls
                ORDER BY accepted_at {_RANGE}) END AS called,
            CASE WHEN demands THEN max(level) OVER (PARTITION BY who, matter, demands
                ORDER BY accepted_at {_RANGE} EXCLUDE CURRENT ROW) END AS reached
        FROM mine
        WINDOW complaint AS (PARTITION BY who, subcategory_1, demands, complains
                             ORDER BY accepted_at, source, source_key),
               demand AS (PARTITION BY who, matter, demands ORDER BY accepted_at, source, source_key)
    ), wanted AS (
        SELECT rid, accepted_at AS moment, known,
               {_back("previous_complaint_at", _within("accepted_at", "complained"))},
               {_back("previous_demand_at", _within("accepted_at", "before"))},
               CASE WHEN accepted_at > last THEN known.next_demand_at
                    ELSE {_within("accepted_at", "after")} END AS next_demand_at,
               {_back("matter_calls", "CASE WHEN called > 1 THEN called::BIGINT END")},
               {_back("escalated_from", f"CASE WHEN reached < level THEN {_NAMED} END")}
        FROM looked
    )
    SELECT rid, moment, {", ".join(COLUMNS)} FROM wanted WHERE {_differ(COLUMNS)}"""  # noqa: S608  names of the schema
