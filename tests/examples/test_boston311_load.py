"""The loader of the Boston example: the city's rows as they are, all or none of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from examples.boston311 import load as boston311
from examples.real_rows import RowsError
from examples.source_database import DatabaseError
from tests.examples.written import HERE, write_rows

ROWS = [
    {"CASE_ENQUIRY_ID": "1", "OPEN_DT": "01/01/2015 12:20:09 AM", "neighborhood": "Roxbury", "CASE_TITLE": "a 'b' 灯"},
    {"CASE_ENQUIRY_ID": "2", "OPEN_DT": "01/02/2015 01:00:00 PM", "neighborhood": "Boston", "LATITUDE": "42.3594"},
    {"CASE_ENQUIRY_ID": "3", "OPEN_DT": "01/02/2015 01:00:00 PM", "neighborhood": "Roxbury"},
    {"CASE_ENQUIRY_ID": "4", "OPEN_DT": "01/03/2015 01:00:00 PM"},
]


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A folder with four requests in the city's form."""
    write_rows(tmp_path / boston311.FILE, boston311.COLUMNS, ROWS)
    return tmp_path


@pytest.fixture
def postgres(database: str) -> str:
    return database.replace("postgresql://", "postgresql+psycopg://", 1)


def _asked(url: str, question: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(question))]
    finally:
        engine.dispose()


def test_columns_and_blanks_are_the_exports_own(few: Path) -> None:
    url = f"sqlite:///{few}/source.db"
    assert boston311.load(few, url) == 4
    found = _asked(url, "SELECT * FROM service_requests ORDER BY 2")
    assert found == [tuple(row.get(name, "") for name in boston311.COLUMNS) for row in ROWS]


def test_neighborhoods_are_a_tree_with_codes_of_their_own(few: Path) -> None:
    url = f"sqlite:///{few}/source.db"
    boston311.load(few, url)
    assert sorted(_asked(url, "SELECT code, kind, parent FROM neighborhoods")) == [
        ("Boston", "station", "City of Boston"),
        ("City of Boston", "county", ""),
        ("Roxbury", "station", "City of Boston"),
    ]


def test_a_second_load_replaces_the_first(few: Path) -> None:
    url = f"sqlite:///{few}/source.db"
    boston311.load(few, url)
    write_rows(few / boston311.FILE, boston311.COLUMNS, ROWS[:1])
    assert boston311.load(few, url) == 1
    assert _asked(url, "SELECT count(*) FROM service_requests") == [(1,)]


def test_a_load_that_fails_half_way_leaves_the_database_as_it_was(few: Path) -> None:
    url = f"sqlite:///{few}/source.db"
    boston311.load(few, url)
    write_rows(few / boston311.FILE, boston311.COLUMNS, [ROWS[1], ROWS[1]])
    with pytest.raises(DatabaseError, match="UNIQUE"):
        boston311.load(few, url)
    (few / boston311.FILE).unlink()
    with pytest.raises(RowsError):
        boston311.load(few, url)
    assert _asked(url, "SELECT count(*) FROM service_requests") == [(4,)]
    assert [file.name for file in few.glob("source.db*")] == ["source.db"]


def test_postgresql_is_filled_and_replaced_in_one_transaction(few: Path, postgres: str) -> None:
    assert boston311.load(few, postgres) == 4
    assert boston311.load(few, postgres) == 4
    write_rows(few / boston311.FILE, boston311.COLUMNS, [ROWS[1], ROWS[1]])
    with pytest.raises(DatabaseError, match="duplicate key"):
        boston311.load(few, postgres)
    assert _asked(postgres, "SELECT count(*) FROM service_requests") == [(4,)]
    assert _asked(postgres, "SELECT count(*) FROM neighborhoods") == [(3,)]
    assert _asked(postgres, "SELECT to_char(taken_at, 'YYYY-MM-DD HH24:MI') FROM export") == [("2016-01-12 23:00",)]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        pytest.param("nonsense", "is no database URL", id="not a URL"),
        pytest.param("mysql+pymysql://u:secret@h/d", "mysql can not be filled in one step", id="DDL that commits"),
        pytest.param("sqlite://", "use a SQLite file", id="memory"),
        pytest.param("postgresql+psycopg://u:secret@127.0.0.1:1/d", "check the address", id="nobody listens"),
    ],
)
def test_an_address_that_can_not_be_filled_is_told_without_its_password(few: Path, url: str, told: str) -> None:
    with pytest.raises(DatabaseError, match=told) as caught:
        boston311.load(few, url)
    assert "secret" not in str(caught.value)


def _command(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "examples.boston311.load", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(HERE), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_command_fills_the_database_that_the_settings_read(few: Path) -> None:
    plain = _command(few, "--data", ".")
    assert (plain.returncode, plain.stderr) == (0, "")
    assert "boston311: 4 requests -> sqlite:///var/boston311/source.db" in plain.stdout
    assert (few / "var/boston311/source.db").is_file()
    moved = _command(few, "--data", ".", LIGHTKEEPER_SOURCES__BOSTON311__URL="sqlite:///elsewhere.db")
    assert "-> sqlite:///elsewhere.db" in moved.stdout
    assert (few / "elsewhere.db").is_file()


def test_the_command_without_rows_names_the_cure(tmp_path: Path) -> None:
    done = _command(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip().endswith("give the folder of the real rows with --data DIR (default ../shared/data)")


def test_all_real_rows_land(data: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/source.db"
    assert boston311.load(data, url) == 121_145
    assert _asked(url, "SELECT count(*), count(DISTINCT CASE_ENQUIRY_ID) FROM service_requests") == [(121_145, 121_145)]
    blanks = "SELECT sum(CLOSED_DT = ''), sum(TARGET_DT = ''), sum(neighborhood = '') FROM service_requests"
    assert _asked(url, blanks) == [(19_873, 26_991, 10_955)]
    labels = _asked(url, "SELECT OnTime_Status, count(*) FROM service_requests GROUP BY 1 ORDER BY 1")
    assert labels == [("", 153), ("ONTIME", 90_546), ("OVERDUE", 30_446)]
    assert _asked(url, "SELECT kind, count(*) FROM neighborhoods GROUP BY 1 ORDER BY 1") == [
        ("county", 1),
        ("station", 23),
    ]
