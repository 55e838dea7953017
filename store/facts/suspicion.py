"""What a read itself makes hard to believe: a list that lost its rows, a page cut short, a clock that is wrong."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

# The sentence of each, for logs and reports; a page says it in its reader's words.
SAID: Final = {
    "list_empty": "the list is empty ({many} of {open} gone); reads that agree: {reads}",
    "rows_missing": "the list lost more than half of its rows at once ({many} of {open}); reads that agree: {reads}",
    "old_copy": "{back} of {listed} rows had left the list before, an old copy it seems; reads that agree: {reads}",
    "capped_page": "the read stops at exactly {listed} rows: somebody between may cut it",
    "clock_ahead": "`{column}` lies {minutes} min in the source's future; see its clock, or the zone in the settings",
    "zone_changed": "the source's clock jumped by {minutes} min against ours; see its clock and its time zone",
    "rows_astray": "{rows} rows or more without changed_at or key; remove changed_at",
    "shared_keys": "{rows} of its keys (`{key}`, for one) are keys of rows of `{other}` too, and the one overwrites "
    "the other; name more columns in key",
}
LEAST_CAP: Final = 500  # a storm's list passes the round numbers below this often
LAST_ROWS: Final = (65_535, 65_536, 1_048_575, 1_048_576)  # of a spreadsheet, with and without its head


@dataclass(frozen=True)
class Suspicion:
    """`what`: a key of SAID. `about`: the numbers and names of its sentence, JSON-able, with `mapping` among them."""

    what: str
    about: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.about['mapping']}: {SAID[self.what].format(**self.about)}"


@dataclass(frozen=True)
class Told:
    """A suspicion of a source since when it stands: one of its doubts (store.facts.state.DoubtLike)."""

    source: str
    what: str
    about: Mapping[str, Any]
    since_at: datetime


def written(suspicion: Suspicion, since_at: datetime) -> str:
    """As a watermark keeps it."""
    return json.dumps([suspicion.what, dict(suspicion.about), since_at.isoformat()], ensure_ascii=False)


def told(source: str, text: str | None) -> Told | None:
    """What a watermark keeps; None where it keeps nothing, or the sentence of an older program."""
    try:
        what, about, since = json.loads(text or "null") or (None, {}, "")
        return Told(source, what, about, datetime.fromisoformat(since)) if what in SAID else None
    except ValueError:
        return None


def is_cap(rows: int) -> bool:
    """Whether a read of so many rows may have been cut: 1, 2 or 5 and nothing but zeros, or a sheet's last row."""
    first, rest = str(rows)[0], str(rows)[1:]
    return rows in LAST_ROWS or (rows >= LEAST_CAP and first in "125" and not rest.strip("0"))
