"""The real rows that lie beside the repository, read as they are; the README there names their origin."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

DATA: Final = Path("../shared/data")


class RowsError(Exception):
    """The rows can not be read. The message names the file, the place in it and the cure."""


def rows(file: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every row of a gzipped CSV as text, blanks as empty text, in the file's order.

    Errors: RowsError for a file that is absent, damaged, or has other columns than `columns`.
    """
    if not file.is_file():
        raise RowsError(f"{file}: no such file; give the folder of the real rows with --data DIR (default {DATA})")
    try:
        with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
            reader = csv.reader(text)
            head = tuple(next(reader, ()))
            if head != columns:
                raise RowsError(f"{file}: line 1: {_difference(head, columns)}; fetch the file again")
            for row in reader:
                if len(row) != len(columns):
                    raise RowsError(
                        f"{file}: line {reader.line_num}: {len(row)} fields, not {len(columns)}; fetch the file again"
                    )
                yield tuple(row)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise RowsError(f"{file}: is damaged ({error}); fetch the file again") from error


def _difference(found: tuple[str, ...], wanted: tuple[str, ...]) -> str:
    if missing := [name for name in wanted if name not in found]:
        return f"no column {', '.join(missing)}"
    if extra := [name for name in found if name not in wanted]:
        return f"unknown column {', '.join(extra)}"
    return "the columns stand in another order"
