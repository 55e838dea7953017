"""Reading the files of real rows: whole, or refused with file, place and cure."""

import gzip
from pathlib import Path

import pytest

from examples.real_rows import RowsError, rows

COLUMNS = ("no", "text")


def _packed(folder: Path, content: bytes) -> Path:
    file = folder / "rows.csv.gz"
    file.write_bytes(gzip.compress(content, mtime=0))
    return file


def test_blanks_quotes_and_line_breaks_stay_as_they_are(tmp_path: Path) -> None:
    file = _packed(tmp_path, b'no,text\n1,\n2,"a ""b"",\nc"\n3, d \n')
    assert list(rows(file, COLUMNS)) == [("1", ""), ("2", 'a "b",\nc'), ("3", " d ")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"no\n1\n", "line 1: no column text", id="a column is missing"),
        pytest.param(b"no,text,new\n1,a,b\n", "line 1: unknown column new", id="a column is new"),
        pytest.param(b"text,no\na,1\n", "line 1: the columns stand in another order", id="columns changed places"),
        pytest.param(b"no,text\n1,a\n2\n", "line 3: 1 fields, not 2", id="a line is short"),
        pytest.param(b"no,text\n1,\xff\xfe\n", "is damaged", id="not UTF-8"),
        pytest.param(b"", "line 1: no column no, text", id="nothing in it"),
    ],
)
def test_a_file_that_is_not_the_one_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    file = _packed(tmp_path, content)
    with pytest.raises(RowsError) as caught:
        list(rows(file, COLUMNS))
    assert told in str(caught.value)
    assert str(file) in str(caught.value)
    assert "fetch the file again" in str(caught.value)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    file = _packed(tmp_path, b"no,text\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(5_000)))
    file.write_bytes(file.read_bytes()[:-2_000])
    with pytest.raises(RowsError, match="is damaged"):
        list(rows(file, COLUMNS))


def test_no_file_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(RowsError, match=r"no such file; give the folder of the real rows with --data DIR"):
        list(rows(tmp_path / "rows.csv.gz", COLUMNS))
