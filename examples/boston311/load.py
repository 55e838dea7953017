"""Fills a source database with the service requests opened in Boston in 2015, as the city gave them out.

    python -m examples.boston311.load [--data DIR] [--url URL]

Table `service_requests` has the export's own columns, all text; `export` says as of when the city gave it out;
view `neighborhoods` names those that occur, below the city.
"""

import sys
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import typer
from sqlalchemy import Column, DateTime, MetaData, Table, Text, literal, select, union_all
from sqlalchemy.schema import CreateView

import settings
from examples.real_rows import DATA, RowsError, rows
from examples.source_database import DatabaseError, address, replaced

SETTINGS: Final = Path(__file__).with_name("lightkeeper.toml")
FILE: Final = Path("boston311_2015/boston_311_2015.csv.gz")
COLUMNS: Final = (
    *("source_row", "CASE_ENQUIRY_ID", "OPEN_DT", "TARGET_DT", "CLOSED_DT", "OnTime_Status", "CASE_STATUS"),
    *("CLOSURE_REASON", "CASE_TITLE", "SUBJECT", "REASON", "TYPE", "QUEUE", "Department", "SubmittedPhoto"),
    *("ClosedPhoto", "Location", "fire_district", "pwd_district", "city_council_district", "police_district"),
    *("neighborhood", "neighborhood_services_district", "ward", "precinct", "land_usage", "LOCATION_STREET_NAME"),
    *("LOCATION_ZIPCODE", "Property_Type", "Property_ID", "LATITUDE", "LONGITUDE", "Source", "Geocoded_Location"),
)
# Local wall time. The export does not state it: with it the city's own label is right on every row (docs/examples.md).
TAKEN_AT: Final = datetime(2016, 1, 12, 23, 0)  # noqa: DTZ001  a column of the source, which is naive
CITY: Final = "City of Boston"  # not "Boston": that is the name of a neighborhood too
BATCH: Final = 5_000

TABLES: Final = MetaData()
REQUESTS: Final = Table(
    "service_requests",
    TABLES,
    *(Column(name, Text, primary_key=name == "CASE_ENQUIRY_ID", nullable=False) for name in COLUMNS),
)
EXPORT: Final = Table("export", TABLES, Column("taken_at", DateTime, primary_key=True))
# A request without a neighborhood has a blank one: no neighborhood to name.
NEIGHBORHOODS: Final = CreateView(
    union_all(
        select(literal(CITY).label("code"), literal("county").label("kind"), literal("").label("parent")),
        select(REQUESTS.c.neighborhood, literal("station"), literal(CITY))
        .where(REQUESTS.c.neighborhood != "")
        .distinct(),
    ),
    "neighborhoods",
    metadata=TABLES,
)


def load(data: Path, url: str) -> int:
    """The number of requests now in the database at `url`, which holds nothing else.

    Errors: RowsError, DatabaseError; the database is then as it was before.
    """
    requests = rows(data / FILE, COLUMNS)
    count = 0
    with replaced(address(url), TABLES) as connection:
        connection.execute(EXPORT.insert(), {"taken_at": TAKEN_AT})
        while batch := _batch(requests):
            connection.execute(REQUESTS.insert(), batch)
            count += len(batch)
    return count


def _batch(requests: Iterator[tuple[str, ...]]) -> list[dict[str, str]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in islice(requests, BATCH)]


def main(
    data: Annotated[Path, typer.Option(help="folder of the real rows")] = DATA,
    url: Annotated[str | None, typer.Option(help="database to fill; else the one the settings read")] = None,
) -> None:
    """Fill a source database with 121,145 service requests."""
    begun = time.perf_counter()
    try:
        place = url or settings.load(SETTINGS).sources["boston311"].url.get_secret_value()
        count = load(data, place)
    except (RowsError, DatabaseError, settings.SettingsError) as error:
        print(f"boston311: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
    print(
        f"boston311: {count:,} requests -> {address(place).render_as_string()} in {time.perf_counter() - begun:.1f} s"
    )


if __name__ == "__main__":
    typer.run(main)
