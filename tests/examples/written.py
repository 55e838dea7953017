"""Small invented rows in the form of the real ones."""

import csv
import gzip
from collections.abc import Iterable, Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]  # the repository


def write_rows(file: Path, columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> None:
    """A gzipped CSV of `rows`; a column that a row does not name is blank."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(file, "wt", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, list(columns), restval="")
        writer.writeheader()
        writer.writerows(rows)
