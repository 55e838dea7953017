"""The node's side of looks: what to ask of a source beside its polls, and what its answers mean for the facts."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from collectors.batch import Batch, Reply
from collectors.decide import Cursor, value_of
from collectors.decide_keys import number_of
from collectors.looks import OPEN, RECENT, SPANS, Look, Looked, Looking, Span, extent, extent_of_keys
from settings_sources import Mapping as TableMapping
from settings_sources import Source, mapping_id


class Known(Protocol):
    """The facts, as far as a comparison needs them: store.facts.db.Facts."""

    def cursor(self, source: str, mapping: str) -> tuple[str | None, str | None] | None: ...
    def borders(
        self, source: str, mapping: str, low: int, high: int, *, is_open: bool, by_key: bool, many: int
    ) -> list[int]: ...
    def unequal(
        self,
        source: str,
        mapping: str,
        tallies: Sequence[tuple[int, int, int, int | None]],
        *,
        is_open: bool,
        by_key: bool,
    ) -> tuple[list[tuple[int, int]], int]: ...


class Comparing:
    """The looks of one source."""

    def __init__(self, name: str, source: Source) -> None:
        self.name, self.source = name, source
        self.ids = [mapping_id(mapping, source.tables) for mapping in source.tables]
        self.looking = {i: self._looking(i) for i, mapping in enumerate(source.tables) if self._can_compare(mapping)}
        self.source_now: datetime | None = None
        self.differences: Counter[str] = Counter()  # since the start, by kind
        self._asked: dict[int, Look] = {}

    def _can_compare(self, mapping: TableMapping) -> bool:
        """Rows that left the open ones are looked for even where nothing else is compared."""
        return not mapping.is_whole and (self.source.look_back_s > 0 or mapping.changed_at is None)

    def _looking(self, index: int) -> Looking:
        source, mapping = self.source, self.source.tables[index]
        if mapping.cursor is None or source.look_back_s == 0:
            return Looking({})  # its polls read all open rows
        slowest = mapping.every_s or 0.0
        every = {RECENT: max(source.look_back_every_s, slowest)}
        if mapping.tells_open and mapping.changed_at:
            every[OPEN] = max(source.reconcile_s, slowest)
        nightly = (source.nightly_at, ZoneInfo(source.zone)) if source.recent_days > 0 else None
        return Looking(every, nightly)

    def prepare(self, due: Collection[int], known: Known, mono_now: float) -> None:
        """Decides what to ask beside the polls of the mappings in `due`."""
        self._asked = {}
        for index in due:
            looking = self.looking.get(index)
            if looking is None or self.source_now is None:
                continue
            if kind := looking.due(mono_now, self.source_now):
                looking.begin(kind, mono_now, self.source_now)
                self._asked[index] = Look(kind, borders=self._borders(index, kind, known, self.source_now))
            elif look := looking.next():
                self._asked[index] = look

    def _borders(self, index: int, kind: str, known: Known, source_now: datetime) -> tuple[int, ...]:
        source, by_key = self.source, self.source.tables[index].increasing
        if by_key:
            place = known.cursor(self.name, self.ids[index])
            if place is None or place[0] is None:
                return ()
            span = extent_of_keys(kind, number_of(value_of(Cursor(*place))), source.look_back_keys)
        else:
            back, days = timedelta(seconds=source.look_back_s), timedelta(days=source.recent_days)
            span = extent(kind, source_now, timedelta(seconds=source.overlap_s), back, days)
        is_open = Looked(kind).is_open
        return tuple(known.borders(self.name, self.ids[index], *span, is_open=is_open, by_key=by_key, many=SPANS))

    def asked(self, due: Collection[int]) -> dict[int, Look]:
        """The looks to send with a request for the mappings in `due`."""
        self._asked = {index: look for index, look in self._asked.items() if index in due}
        return dict(self._asked)

    def answered(self, reply: Reply) -> None:
        """Looks that were not answered, since a poll had more pages or failed, are begun again."""
        for batch in reply.batches:
            self.source_now = batch.source_now
        answered = {batch.mapping for batch in reply.batches if batch.looked is not None}
        for index in self._asked:
            if self.ids[index] not in answered:
                self.looking[index].give_up()
        self._asked = {}

    def give_up(self) -> None:
        """After a fault of the source."""
        for looking in self.looking.values():
            looking.give_up()
        self._asked = {}

    def take(
        self,
        batch: Batch,
        known: Known,
        missing: Sequence[str] | None,
        differences: Mapping[str, int] | None = None,
        held: int = 0,
    ) -> None:
        """What a batch says that was looked for, or has all open rows. `missing`, `differences`, `held` (open rows that
        the facts had): what its merge gave; None: it failed."""
        looked, looking = batch.looked, self.looking.get(self.ids.index(batch.mapping))
        if looking is None:
            return
        if batch.open_only:
            looking.left(missing or (), held)
        if looked is None:
            return
        looking.spent(looked.kind, batch.query_s)
        if looked.tallies is not None:
            unequal, of = known.unequal(
                self.name, batch.mapping, looked.tallies, is_open=looked.is_open, by_key=looked.by_key
            )
            looking.tallied([Span(*span) for span in unequal], of)
        elif missing is None:
            looking.give_up()
        elif looked.span is not None:
            looking.was_read(looked.span, missing)
        else:
            looking.sought()
        self.differences.update(differences or {})
