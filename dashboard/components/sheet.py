"""Lists as files: CSV in chunks, workbooks by a child process, so that a million cells never hold up the node.

A text never becomes a formula: a workbook has it as text, a CSV gets an apostrophe before it.
Run as a program, this module writes one workbook from the Arrow stream on its standard input.
"""

import io
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import xlsxwriter

MOST_ROWS: Final = 1_048_575  # of a worksheet, its header not counted
LONGEST_TEXT: Final = 32_767  # of a worksheet's cell
BOM: Final = b"\xef\xbb\xbf"  # without it Excel reads a CSV as the system's own code page
# Excel takes these for the start of a formula, the full-width ones in some settings too.
STARTS_FORMULA: Final = "^[=+\\-@\t\r\n＝＋－＠]"
ABOUT: Final = b"about"

Kind = Literal["text", "number", "percent", "decimal", "time"]
WIDTH: Final[dict[Kind, int]] = {"text": 16, "number": 11, "percent": 9, "decimal": 11, "time": 20}
FORMS: Final[dict[Kind, str]] = {"percent": "0.0", "decimal": "0.00", "number": "0"}


@dataclass(frozen=True)
class Column:
    """One column of a sheet. `number` is whole, `percent` a rate, `decimal` any other fraction; columns of `time` are
    Arrow timestamps with the zone they are to be read in."""

    label: str
    kind: Kind = "text"


@dataclass(frozen=True)
class About:
    """What a workbook says of itself: names of its two sheets, and lines of term and text."""

    sheet: str
    info: str
    lines: tuple[tuple[str, str], ...]


def csv_chunks(columns: Sequence[Column], batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """UTF-8 with its mark, a header, then one chunk per batch. Times are ISO 8601 with the zone's offset."""
    yield BOM + _csv(pa.record_batch([pa.array([c.label]) for c in columns], names=_names(columns)))
    for batch in batches:
        yield _csv(pa.record_batch([_plain(a) for a in batch.columns], names=_names(columns)))


def _names(columns: Sequence[Column]) -> list[str]:
    return [str(i) for i in range(len(columns))]


def _csv(batch: pa.RecordBatch) -> bytes:
    into = io.BytesIO()
    guarded = [_guarded(a) if pa.types.is_string(a.type) else a for a in batch.columns]
    safe = pa.record_batch(guarded, names=batch.schema.names)
    arrow_csv.write_csv(safe, into, arrow_csv.WriteOptions(include_header=False, quoting_style="needed"))
    return into.getvalue()


def _guarded(texts: pa.Array) -> pa.Array:
    risky = pc.match_substring_regex(texts, STARTS_FORMULA)
    if not pc.any(risky).as_py():
        return texts
    return pc.if_else(pc.fill_null(risky, False), pc.binary_join_element_wise("'", texts, ""), texts)


def _plain(array: pa.Array) -> pa.Array:
    """A time as text with its offset; anything else as it is."""
    if not pa.types.is_timestamp(array.type):
        return array
    utc = array.cast(pa.timestamp("s", array.type.tz), safe=False)
    local = pc.local_timestamp(utc)
    east = pc.subtract(local.cast(pa.int64()), utc.cast(pa.int64())).dictionary_encode()
    offsets = pa.array([_offset(s) for s in east.dictionary.to_pylist()], pa.string())
    offset = pa.DictionaryArray.from_arrays(east.indices, offsets).cast(pa.string())
    clock = pc.binary_replace_slice(local.cast(pa.string()), 10, 11, "T")
    return pc.binary_join_element_wise(clock, offset, "")


def _offset(east_s: int) -> str:
    """+08:00 for 28,800 s east."""
    hours, minutes = divmod(abs(east_s) // 60, 60)
    return f"{'-' if east_s < 0 else '+'}{hours:02}:{minutes:02}"


def write_workbook(
    columns: Sequence[Column], batches: Iterable[pa.RecordBatch], about: About, file: BinaryIO, folder: Path
) -> None:
    """A workbook into `file`, by a child with little memory that keeps its own notes in `folder`.

    No more than MOST_ROWS rows may come. Errors: OSError when the child fails.
    """
    house = Path(__file__).parent.parent.parent
    command = [sys.executable, "-m", __name__, str(folder.resolve())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=file, cwd=house) as writer:
        spec = json.dumps({"columns": [asdict(c) for c in columns], **asdict(about)}).encode()
        try:
            with writer.stdin or io.BytesIO() as pipe:
                _send(spec, columns, batches, pipe)
            if writer.wait() != 0:
                raise OSError(f"the workbook was not written: its writer ended with {writer.returncode}")
        finally:
            if writer.poll() is None:
                writer.kill()


def _send(spec: bytes, columns: Sequence[Column], batches: Iterable[pa.RecordBatch], pipe: Any) -> None:
    writer = None
    for batch in batches:
        named = pa.record_batch(batch.columns, names=_names(columns))
        writer = writer or pa.ipc.new_stream(pipe, named.schema.with_metadata({ABOUT: spec}))
        writer.write_batch(named.replace_schema_metadata({ABOUT: spec}))
    if writer is None:  # nothing but the header
        writer = pa.ipc.new_stream(pipe, pa.schema([], metadata={ABOUT: spec}))
    writer.close()


def child(folder: str) -> None:
    """Writes the workbook that comes on standard input to standard output, which is a file."""
    with pa.ipc.open_stream(sys.stdin.buffer) as stream:
        spec = json.loads((stream.schema.metadata or {})[ABOUT])
        columns = [Column(**column) for column in spec["columns"]]
        times = {"default_date_format": "yyyy-mm-dd hh:mm:ss"}
        book = xlsxwriter.Workbook(sys.stdout.buffer, {"constant_memory": True, "tmpdir": folder, **times})
        strong = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        forms = {kind: book.add_format({"num_format": form}) for kind, form in FORMS.items()}
        sheet = book.add_worksheet(spec["sheet"])
        sheet.freeze_panes(1, 0)
        for i, column in enumerate(columns):
            sheet.set_column(i, i, WIDTH[column.kind])
        for i, column in enumerate(columns):
            sheet.write_string(0, i, column.label, strong)
        row = 0
        for batch in stream:
            _write_rows(sheet, columns, batch, row + 1, forms)
            row += batch.num_rows
        if row:
            sheet.autofilter(0, 0, row, len(columns) - 1)
        _write_about(book, spec, strong)
        book.close()


def _write_rows(sheet: Any, columns: Sequence[Column], batch: pa.RecordBatch, first: int, forms: Any) -> None:
    """Row by row, as a workbook with constant memory wants it."""
    cells = [_cells(array) for array in batch.columns]
    for row, values in enumerate(zip(*cells, strict=True), first):
        for i, value in enumerate(values):
            if value is None:
                continue
            kind = columns[i].kind
            if kind == "text":
                sheet.write_string(row, i, value[:LONGEST_TEXT])
            elif kind == "time":
                sheet.write_datetime(row, i, value)
            else:
                sheet.write_number(row, i, value, forms[kind])


def _cells(array: pa.Array) -> list[Any]:
    """Times without their zone, which a worksheet does not know: the column's label names it."""
    if pa.types.is_timestamp(array.type):
        array = pc.local_timestamp(array.cast(pa.timestamp("s", array.type.tz), safe=False))
    values: list[Any] = array.to_pylist()
    return values


def _write_about(book: Any, spec: dict[str, Any], strong: Any) -> None:
    info = book.add_worksheet(spec["info"])
    info.set_column(0, 0, 22)
    info.set_column(1, 1, 100)
    for row, (term, text) in enumerate(spec["lines"]):
        info.write_string(row, 0, term, strong)
        info.write_string(row, 1, str(text)[:LONGEST_TEXT])


if __name__ == "__main__":
    child(sys.argv[1])
