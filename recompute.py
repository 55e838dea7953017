"""Changing the past: when the rules changed, the rows that are there are derived anew, and it is said what moved."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any, Final

from kpis import calendar, clocks, derive, limits, order_clocks
from kpis.catalogue import CATALOGUE
from kpis.moved import by_month, looks_at, moved
from kpis.periods import Every
from kpis.rules_said import Change, change, said
from settings import KpiOptions as Options
from settings import Settings
from store.facts.db import Facts
from store.facts.read import Reader
from store.facts.rederive import Moved, has_rows, note_rules, rederive, rules_of
from store.ledger import recomputations
from store.ledger.ledger import Ledger
from store.scope import Scope

PATIENT_S: Final = 600.0  # rows that are not yet committed are read slowly, and nobody waits for a node that starts
SHOWN: Final = 40  # figures told at the start; all of them stand in the ledger
UNKNOWN: Final = Change(("it is not on record by which rules the rows were derived",), False, None)
NOTHING: Final[frozenset[str]] = frozenset()
_EVERYTHING: Final = Scope.everything("recompute")
_DERIVING: Final = (derive, order_clocks, clocks, calendar, limits)


@dataclass(frozen=True)
class Recomputation:
    """One look at whether the rules are still those of the rows. `say` is told what is done, sentence by sentence."""

    facts: Facts
    ledger: Ledger
    settings: Settings
    rules: derive.Rules
    now: datetime
    say: Callable[[str], None]

    def run(self) -> None:
        """Derives the rows anew where the rules are others now. One transaction: until it ends the past is as it was.

        What moved is in the ledger before it ends: a node that is killed here says it twice rather than not at all.
        """
        self.facts.change(self._changed)

    def _changed(self, connection: Any) -> Mapping[str, Collection[datetime]]:
        known, wanted, derives = rules_of(connection), said(self.rules, _mark_of_code()), derive.derivers(self.rules)
        if known == wanted:
            return {}
        note_rules(connection, wanted)
        if not has_rows(connection, derives):
            return {}
        what = (change(known, wanted) if known else None) or UNKNOWN
        for words in what.words:
            self.say(f"{words}: what is known is computed anew")
        touched = {name: self._rederived(connection, name, one, what) for name, one in derives.items()}
        touched = {name: one for name, one in touched.items() if one.rows}
        rows = {name: one.rows for name, one in touched.items()}
        figures = self._moved(connection, touched) if touched else []
        recomputations.record(self.ledger, self.now, what.words, rows, figures)
        self._tell(rows, figures)
        return {name: one.weeks for name, one in touched.items()}

    def _rederived(self, connection: Any, name: str, one: derive.Derive, what: Change) -> Moved:
        if what.orders_only and name != "work_orders":
            return Moved()
        since = datetime.combine(what.since, time(), self.rules.calendar.zone) if what.since else None
        return rederive(connection, name, one, since, lambda done, of: self.say(f"{name}: {done:,} of {of:,} rows"))

    def _moved(self, connection: Any, touched: Mapping[str, Moved]) -> Sequence[Mapping[str, Any]]:
        kpis = self.settings.kpis
        columns = {name: one.columns for name, one in touched.items()}
        about = [
            d for d in CATALOGUE.values() if columns.get(d.table, NOTHING) & looks_at(d, kpis.get(d.key) or Options())
        ]
        every = Every("month", self.rules.calendar.zone)
        with self.facts.read(_EVERYTHING) as before:  # sees what is committed: the past as it was
            old = by_month(before, about, kpis, every, self.now)
        return moved(old, by_month(Reader(connection, _EVERYTHING, PATIENT_S), about, kpis, every, self.now))

    def _tell(self, rows: Mapping[str, int], figures: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            self.say("no row and no figure moved")
            return
        for table, many in rows.items():
            self.say(f"{table}: {many:,} rows are other ones now")
        for f in figures[:SHOWN]:
            self.say(in_words(f))
        left = len(figures) - SHOWN
        self.say(f"and {left:,} figures more: see `recomputations`" if left > 0 else f"{len(figures)} figures moved")


def in_words(figure: Mapping[str, Any]) -> str:
    """One figure that moved."""
    old, new = (("no value" if v is None else f"{v:.2f}") for v in (figure["value_before"], figure["value_after"]))
    return f"{figure['key']} {figure['month']}: {old} -> {new}, n {figure['n_before']:,} -> {figure['n_after']:,}"


def _mark_of_code() -> str:
    """Other code derives otherwise; a comment counts as well, which costs one needless look at the rows."""
    code = (Path(module.__file__).read_bytes() for module in _DERIVING if module.__file__)
    return hashlib.blake2b(b"".join(code), digest_size=8).hexdigest()
