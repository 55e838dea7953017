"""Pages that stop at a round number: somebody between us and the rows cuts them. Pure."""

from dataclasses import dataclass
from typing import Final

from store.facts.suspicion import is_cap

LEAST_READS: Final = 3  # in a row, each with other rows: a batch of exactly 1,000 rows is an ordinary event


@dataclass(frozen=True)
class Run:
    """Reads in a row that stopped at the same round number of rows."""

    rows: int
    reads: int

    @property
    def is_suspicious(self) -> bool:
        return self.reads >= LEAST_READS


def run_after(run: Run | None, rows: int, limit: int, *, moved: bool) -> Run | None:
    """`run` after a read of `rows` rows where `limit` were asked for; `moved`: it went beyond the read before.

    The same rows again, as the overlap gives them, neither prolong a run nor end it.
    """
    if rows >= limit or not is_cap(rows):
        return None
    known = run.reads if run and run.rows == rows else 0
    return Run(rows, known + 1 if moved or not known else known)
