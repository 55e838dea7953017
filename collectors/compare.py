"""What a look asks of the source, read in the child: tallies of spans, rows of spans, rows by their keys."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import product
from typing import Any, Final

import sqlalchemy as sa

from collectors.decide import Raw, TimeForm
from collectors.decide_keys import key_like, number_of
from collectors.looks import BEGINNING, Look, Looked, Span, Tally, extent, extent_of_keys, micros, moment, spans_of
from collectors.read import Reads, Row
from settings_sources import Source

TALLIES: Final = 64  # spans in one statement
KEYS: Final = 500  # sought in one statement
_PART: Final = re.compile(r"(?:[^|\\]|\\.)+|(?<=\|)(?=\||$)", re.DOTALL)
_SEEKABLE: Final = (sa.Integer, sa.Numeric, sa.String, sa.Uuid)

Query = Callable[[Any], list[Row]]


@dataclass(frozen=True)
class Comparison:
    """One mapping as it is compared. `sample`: the watermark as the source writes it, whose form bounds take."""

    source: Source
    reads: Reads
    form: TimeForm
    sample: Raw
    query: Query

    def answers(self, look: Look, source_now: datetime) -> Iterator[tuple[Looked, list[Row]]]:
        """What was found, with the rows."""
        if look.borders is not None:
            yield self._looked(look, tallies=self._tallied(look, source_now)), []
        for span in look.read:
            yield self._read(look, span)
        if look.find:
            keys = look.find if self.can_seek else ()  # what can not be looked for is not gone for that
            yield self._looked(look, sought=keys, of=look.of), self._found(keys)

    def _looked(self, look: Look, **found: Any) -> Looked:
        return Looked(look.kind, by_key=self.reads.mapping.increasing, **found)

    def _bound(self, place: int) -> tuple[Raw, int]:
        """A place as the source writes it, and the place that this is: rounded down to what the source can write."""
        if place <= BEGINNING:
            return None, BEGINNING
        if self.reads.mapping.increasing:
            return key_like(place, self.sample), place
        raw = self.form.like(moment(place), self.sample)
        return raw, self._place(raw) or place

    def _place(self, raw: Raw) -> int | None:
        if self.reads.mapping.increasing:
            return number_of(raw)
        at = self.form.instant(raw)
        return None if at is None else micros(at)

    def _extent(self, look: Look, source_now: datetime) -> Span:
        source = self.source
        if self.reads.mapping.increasing:
            return extent_of_keys(look.kind, number_of(self.sample), source.look_back_keys)
        back, days = timedelta(seconds=source.look_back_s), timedelta(days=source.recent_days)
        return extent(look.kind, source_now, timedelta(seconds=source.overlap_s), back, days)

    def _tallied(self, look: Look, source_now: datetime) -> tuple[Tally, ...]:
        whole = self._extent(look, source_now)
        spans = [(self._bound(a), self._bound(b)) for a, b in spans_of(look.borders or (), *whole)]
        spans = [(low, high) for low, high in spans if low[1] < high[1]]
        tallies: list[Tally] = []
        for first in range(0, len(spans), TALLIES):
            part = spans[first : first + TALLIES]
            raw = [(low[0], high[0]) for low, high in part]
            found = self.query(self.reads.tallies(raw, is_open=Looked(look.kind).is_open))
            for number, many, total in found:
                low, high = part[number]
                known = int(total or 0) if self.reads.has_sums else None
                tallies.append(Tally(low[1], high[1], many, known))
        return tuple(tallies)

    def _read(self, look: Look, span: Span) -> tuple[Looked, list[Row]]:
        """A span that has more rows than a page is read up to the last moment that is whole."""
        looked = self._looked(look, span=span)
        (low, _), (high, _) = self._bound(span.low), self._bound(span.high)
        page = self.source.page
        rows = self.query(self.reads.span(low, high, page, is_open=looked.is_open))
        if len(rows) < page:
            return looked, rows
        places = [at for at, _ in self.reads.places(rows)]
        last = self._place(places[-1])
        if last is None or places[0] == places[-1]:
            return looked, self.query(self.reads.span(low, high, None, is_open=looked.is_open))
        return self._looked(look, span=Span(span.low, last)), rows

    def _found(self, keys: Sequence[str]) -> list[Row]:
        wanted = [raw for key in keys for raw in self._raw_keys(key)]
        rows: list[Row] = []
        for first in range(0, len(wanted), KEYS):
            rows += self.query(self.reads.found(wanted[first : first + KEYS]))
        return rows

    @property
    def can_seek(self) -> bool:
        """Whether a row can be found by its key as the facts have it."""
        kinds = [self.reads.types.get(name) for name in self.reads.mapping.key]
        return all(isinstance(kind, _SEEKABLE) for kind in kinds) if self.reads.types else True

    def _raw_keys(self, key: str) -> list[tuple[Raw, ...]]:
        """What the key columns may hold for this key of the facts."""
        names = self.reads.mapping.key
        parts = [key] if len(names) == 1 else [re.sub(r"\\(.)", r"\1", part) for part in _PART.findall(key)]
        if len(parts) != len(names):
            return []
        return list(product(*(_raw(part, self.reads.types.get(name)) for name, part in zip(names, parts, strict=True))))


def _raw(text: str, kind: Any) -> list[Raw]:
    if isinstance(kind, sa.Integer):
        return [int(text)] if re.fullmatch(r"-?\d+", text) else []
    if isinstance(kind, sa.Numeric):
        try:
            return [Decimal(text)]
        except InvalidOperation:
            return []
    if kind is None and re.fullmatch(r"-?\d{1,18}", text):
        return [text, int(text)]  # SQLite: a column may hold either
    return [text]
