"""A merge that is killed at its k-th statement: `python -m tests.store_facts.steps FOLDER KIND [FIRST STRIDE]`.

Every k, or each STRIDE-th from FIRST. Prints what the facts were afterwards: `before`, `after` (all of the batch), or
what differs; and whether merging again gives the same as one merge.
"""

import linecache
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from collectors.batch import REJECTS, Batch
from collectors.decide import Cursor
from collectors.looks import RECENT, Looked, Span
from store.facts import db
from store.facts.db import Facts
from store.facts.schema import PERSONAL, arrow_schema
from tests.store_facts.made import NOW, batch

State = dict[str, Any]
ROOM = str(Path(db.__file__).parent)
SPEAKS = ("execute(", "run(", "sql(")
REJECT = {
    "source": "s",
    "source_key": "2",
    "mapping": "t->work_orders",
    "field": "category",
    "value": "x",
    "reason": "r",
}


def orders(keys: range, county: str, **values: Any) -> Batch:
    rows = [{"source_key": f"{n}", "order_no": f"{n}", "county": county, "changed_at": NOW} for n in keys]
    mine = {"source": "s", "record": "work_order", "text": county, "read_at": NOW, "row_hash": len(county)}
    own = [{"source_key": f"{n}", **mine} for n in keys]
    target = arrow_schema(PERSONAL, derived=False)
    personal = target.empty_table().from_pylist([{name: row.get(name) for name in target.names} for row in own], target)
    rejects = REJECTS.empty_table().from_pylist([REJECT], REJECTS)
    return replace(batch("work_orders", rows), personal=personal, rejects=rejects, **values)


FIRST = orders(range(20), "old", cursor=Cursor('"1"'))
KINDS: dict[str, Batch] = {
    "poll": orders(range(10, 30), "new", cursor=Cursor('"2"'), after=Cursor('"1"')),
    "whole": orders(range(8, 30), "new", whole=True),
    "span": orders(range(15, 25), "new", looked=Looked(RECENT, span=Span(0, 2**62))),
    "sought": orders(range(15, 16), "new", looked=Looked(RECENT, sought=("3", "15", "16"), of=20)),
}


def state(path: Path) -> State:
    with Facts(path, "Asia/Shanghai") as facts:
        ask = facts._db.sql
        return {
            "rows": ask("SELECT source_key, county, gone_at IS NULL FROM work_orders ORDER BY ALL").fetchall(),
            "personal": ask("SELECT source_key, text FROM personal ORDER BY ALL").fetchall(),
            "quarantine": ask("SELECT source_key, field FROM quarantine ORDER BY ALL").fetchall(),
            "differences": ask("SELECT source_key, kind FROM differences ORDER BY ALL").fetchall(),
            "marks": ask("SELECT mapping, value FROM watermarks ORDER BY ALL").fetchall(),
            "versions": ask("FROM versions ORDER BY ALL").fetchall(),
        }


def apart(work: Callable[[], Any]) -> tuple[int, Any]:
    """`work` in a process of its own: the signal that ended it, and what it gave."""
    ours, theirs = os.pipe()
    if (pid := os.fork()) == 0:
        os.write(theirs, repr(work()).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        said = pipe.read()
    return os.waitpid(pid, 0)[1], eval(said) if said else None  # noqa: S307  our own words


def merge(path: Path, one: Batch, fatal: int) -> None:
    """Merges and is killed before the `fatal`-th line that speaks to the database."""
    count = 0

    def watch(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        file = frame.f_code.co_filename
        if not file.startswith(ROOM):
            return None
        if event == "line" and any(word in linecache.getline(file, frame.f_lineno) for word in SPEAKS):
            count += 1
            if count == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
        return watch

    with Facts(path, "Asia/Shanghai") as facts:
        sys.settrace(watch)
        facts.merge(one, {})
        sys.settrace(None)


def main(folder: Path, kind: str, first: int, stride: int) -> None:
    one, made = KINDS[kind], folder / "made.duckdb"
    apart(lambda: merge(made, FIRST, 0))
    (_, before), whole = apart(lambda: state(made)), folder / "whole.duckdb"
    shutil.copy(made, whole)
    apart(lambda: merge(whole, one, 0))
    _, after = apart(lambda: state(whole))
    for step in range(first, 1_000, stride):
        path = folder / f"{step}.duckdb"
        shutil.copy(made, path)
        ended, _ = apart(lambda at=path, k=step: merge(at, one, k))  # type: ignore[misc]
        _, found = apart(lambda at=path: state(at))  # type: ignore[misc]
        apart(lambda at=path, is_after=found == after: None if is_after else merge(at, one, 0))  # type: ignore[misc]
        _, again = apart(lambda at=path: state(at))  # type: ignore[misc]
        told = "before" if found == before else "after" if found == after else repr(found)
        print(step, "killed" if ended else "ended", told, again == after, flush=True)
        if not ended:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:] or ("1", "1")))
