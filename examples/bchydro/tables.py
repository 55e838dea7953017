"""The tables of the BC Hydro example: the year's change log, and the source database that is replayed from it."""

from typing import Final

from sqlalchemy import BigInteger, Column, DateTime, Float, Integer, MetaData, Table, Text


def _outage_columns() -> tuple[Column[object], ...]:
    """What the utility's list says of an outage, by its own names; times are epoch milliseconds."""
    return (
        Column("municipality", Text),
        Column("area", Text),
        Column("cause", Text),
        Column("numCustomersOut", Integer),
        Column("crewStatus", Text),
        Column("crewStatusNote", Text),
        Column("crewEta", BigInteger),
        Column("crewEtr", BigInteger),
        Column("dateOff", BigInteger),
        Column("dateOn", BigInteger),
        Column("lastUpdated", BigInteger),
        Column("regionName", Text),
        Column("latitude", Float),
        Column("longitude", Float),
    )


# The source database. The list and its poll are always written together, in one transaction.
SOURCE: Final = MetaData()
OUTAGE_LIST: Final = Table("outage_list", SOURCE, Column("id", BigInteger, primary_key=True), *_outage_columns())
POLL: Final = Table(
    "poll",
    SOURCE,
    Column("at", DateTime, primary_key=True),  # UTC, naive: the settings declare the zone
    Column("poll_no", Integer, nullable=False),
    Column("listed", Integer),  # null: the answer had no list in it
    Column("status", Text, nullable=False),  # ok or empty
)
REGIONS: Final = Table(
    "regions",
    SOURCE,
    Column("code", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # county for a region, station for a municipality
    Column("parent", Text),
)

# The change log, kept beside it: what the source database is replayed from.
LOG: Final = MetaData()
POLLS: Final = Table(
    "polls",
    LOG,
    Column("poll_no", Integer, primary_key=True),
    Column("at", DateTime, nullable=False, index=True),
    Column("listed", Integer),
    Column("status", Text, nullable=False),
)
CHANGES: Final = Table(
    "changes",
    LOG,
    Column("seq", Integer, primary_key=True),
    Column("poll_no", Integer, nullable=False, index=True),
    Column("op", Text, nullable=False),  # add, change, remove
    Column("id", BigInteger, nullable=False, index=True),
    *_outage_columns(),
)
OUTAGE_FIELDS: Final = tuple(column.name for column in OUTAGE_LIST.columns)
