"""What a bench measured: printed as a table and written to bench/results/NAME.json."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson
from rich.console import Console
from rich.table import Table

FOLDER: Final = Path("bench/results")


@dataclass(frozen=True)
class Measure:
    """One number. `n`: how many samples it rests on; `note`: what was done and the bound it is held against."""

    measure: str
    value: float | None
    unit: str
    n: int
    note: str


def write(name: str, measures: list[Measure]) -> None:
    """Prints `measures` and adds them to the file; an older value of the same measure goes, others stay, dated."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    file, now = FOLDER / f"{name}.json", datetime.now(UTC).isoformat(timespec="seconds")
    fresh = {m.measure: asdict(m) | {"measured_at": now} for m in measures}
    known = orjson.loads(file.read_bytes()) if file.is_file() else []
    kept = [one for one in known if one["measure"] not in fresh]
    file.write_bytes(orjson.dumps([*kept, *fresh.values()], option=orjson.OPT_INDENT_2))
    table = Table("measure", "value", "unit", "n", "note", title=f"bench.{name}")
    for m in measures:
        table.add_row(m.measure, "-" if m.value is None else f"{m.value:,.3f}", m.unit, str(m.n), m.note)
    Console(width=160).print(table)
