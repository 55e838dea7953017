"""What is known of each source: how far it was read, how fresh it is, what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from store.facts.suspicion import told

STRAYS, LOOKS, OPEN_LOOKS, OPEN = ASIDE = (
    " strays",
    " looks",
    " open looks",
    " open",
)  # marks of their own of one mapping
POLLED: Final = ("", OPEN)  # of a mapping: what its polls move


class DoubtLike(Protocol):
    """Something that is hard to believe about a source's rows (kpis.doubts) or about a read (store.facts.suspicion)."""

    @property
    def source(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def about(self) -> Mapping[str, Any]: ...
    @property
    def since_at(self) -> datetime: ...


@dataclass(frozen=True)
class SourceState:
    """One source as it stands. `as_of`: its data are complete up to here by its own clock; None before a full read.

    Tables with a pace of their own count in `as_of`, and in that of a canonical table, only where there are no others.
    """

    name: str
    feeds: tuple[str, ...]  # canonical tables
    as_of: datetime | None
    read_at: datetime | None  # our clock
    error: str | None
    error_at: datetime | None = None
    offset_s: float | None = None  # its clock minus ours
    as_of_by_table: dict[str, datetime | None] = field(default_factory=dict, hash=False)  # of each table in `feeds`
    as_of_by_mapping: dict[str, datetime | None] = field(default_factory=dict, hash=False)  # of each that was read
    doubts: tuple[DoubtLike, ...] = ()  # what its reads and its rows themselves make hard to believe


@dataclass
class Watermark:
    """How far one mapping of a source was read."""

    source: str
    mapping: str
    into_table: str
    value: str | None = None
    key: str | None = None
    as_of: datetime | None = None
    read_at: datetime | None = None
    offset_s: float | None = None
    is_slow: bool = False
    suspicion: str | None = None  # store.facts.suspicion.written
    suspect: str | None = None
    suspect_reads: int = 0
    suspect_at: datetime | None = None
    suspect_since: datetime | None = None
    listed: int | None = None


@dataclass(frozen=True)
class Fault:
    """The last failure of a source or of one of its mappings, until a read of it succeeds."""

    error: str
    error_at: datetime


def state_of(
    name: str, marks: Sequence[Watermark], faults: Sequence[Fault], doubts: Sequence[DoubtLike] = ()
) -> SourceState:
    """The state of a source from its mappings. Those with a slow pace of their own do not make it look stale."""
    feeds = tuple(dict.fromkeys(mark.into_table for mark in marks))
    read = [mark.read_at for mark in marks if mark.read_at is not None]
    offsets = [mark.offset_s for mark in marks if mark.offset_s is not None]
    suspicions = [found for mark in marks if (found := told(name, mark.suspicion))]
    return SourceState(
        name=name,
        feeds=feeds,
        as_of=_as_of(marks),
        read_at=max(read, default=None),
        error="; ".join(fault.error for fault in faults) or None,
        error_at=min((fault.error_at for fault in faults), default=None),
        offset_s=offsets[-1] if offsets else None,
        as_of_by_table={table: _as_of([mark for mark in marks if mark.into_table == table]) for table in feeds},
        as_of_by_mapping=_by_mapping(marks),
        doubts=(*suspicions, *doubts),
    )


def _by_mapping(marks: Sequence[Watermark]) -> dict[str, datetime | None]:
    """How far each mapping is complete. A whole list proves as much as one of the open rows; else both are needed."""
    found: dict[str, datetime | None] = {}
    known = {mark.mapping: mark for mark in marks}
    polled = (name for name in known if not name.endswith((STRAYS, LOOKS)))
    for name in dict.fromkeys(name.removesuffix(OPEN) for name in polled):
        parts = [known[name + part] for part in POLLED if name + part in known]
        times = [mark.as_of for mark in parts if mark.as_of is not None]
        is_listed = parts[0].listed is not None
        found[name] = max(times, default=None) if is_listed else min(times) if len(times) == len(parts) else None
    return found


def _as_of(marks: Sequence[Watermark]) -> datetime | None:
    known = [mark.as_of for mark in [mark for mark in marks if not mark.is_slow] or marks]
    return min((at for at in known if at is not None), default=None) if all(known) else None
