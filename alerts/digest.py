"""The words of a digest: several alerts in one message, by unit, the worst first. Pure.

The same alerts make the same words whenever it is written: a repeat must be the same message.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final, Protocol

MOST_BYTES: Final = 16_000  # where the channel sets no limit: nobody reads more
RESERVED: Final = 160  # bytes for the last line, and for the key that a channel puts under it


class Words(Protocol):
    """Whose eyes it is for; see alerts.messages.Reader."""

    @property
    def translate(self) -> Callable[[str], str]: ...
    @property
    def zone(self) -> tzinfo: ...
    @property
    def site(self) -> str: ...
    @property
    def name_of(self) -> Callable[[str], str]: ...


@dataclass(frozen=True)
class Plain:
    """Words where nobody has given any: English, without names."""

    translate: Callable[[str], str] = lambda sentence: sentence.partition("##")[0]
    zone: tzinfo = UTC
    site: str = "Lightkeeper"
    name_of: Callable[[str], str] = str


PLAIN: Final = Plain()


@dataclass(frozen=True)
class Entry:
    """One alert in a digest. `is_clear`: it tells that the alert is over."""

    title: str
    level: str
    critical: bool
    is_clear: bool
    unit: str | None = None
    due_at: datetime | None = None

    @property
    def rank(self) -> int:
        """0 for the worst."""
        if self.is_clear:
            return 3
        return 0 if self.critical else 1 if self.level == "red" else 2


KINDS: Final = ("critical {n}", "red {n}", "orange {n}", "all clear {n}")  # by rank


def write(entries: Sequence[Entry], words: Words, most_bytes: int | None) -> tuple[str, str]:
    """Title and body, together within `most_bytes` of UTF-8; what does not fit is counted, and the inbox named."""
    title = _title(entries, words)
    room = (most_bytes or MOST_BYTES) - RESERVED - len(title.encode())
    return title, _body(entries, words, room)


def _counts(entries: Sequence[Entry], words: Words) -> str:
    ranks = [sum(e.rank == rank for e in entries) for rank in range(len(KINDS))]
    told = [words.translate(kind).format(n=n) for kind, n in zip(KINDS, ranks, strict=True) if n]
    return words.translate(", ##list").join(told)


def _title(entries: Sequence[Entry], words: Words) -> str:
    t = words.translate
    title = t("[{site}] {n} alerts: {counts}").format(site=words.site, n=len(entries), counts=_counts(entries, words))
    if due := [e.due_at for e in entries if e.due_at and not e.is_clear]:
        earliest = min(due).astimezone(words.zone)
        title += t("; first due {time}").format(time=f"{earliest:%m-%d %H:%M}")
    units = {e.unit for e in entries if e.unit}
    return title + (t("; {n} units").format(n=len(units)) if len(units) > 1 else "")


def _body(entries: Sequence[Entry], words: Words, room: int) -> str:
    t = words.translate
    groups: dict[str | None, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=_urgency):
        groups[entry.unit].append(entry)
    lines: list[str] = []
    shown = used = 0
    for unit, members in groups.items():
        name = words.name_of(unit) if unit else t("without a unit")
        heads = [t("{unit}: {counts}").format(unit=name, counts=_counts(members, words))]
        for entry in members:
            new = [*heads, f"- {_bare(entry.title, words.site)}"]
            size = sum(len(line.encode()) + 1 for line in new)
            if used + size > room:
                lines.append(t("and {n} more, see the inbox").format(n=len(entries) - shown))
                return "\n".join(lines)
            lines += new
            used, shown, heads = used + size, shown + 1, []
    return "\n".join(lines)


def _urgency(entry: Entry) -> tuple[int, str]:
    return entry.rank, entry.due_at.isoformat() if entry.due_at else "~"


def _bare(title: str, site: str) -> str:
    """Without the site's name, which the digest's own title has."""
    return title.removeprefix(f"【{site}】").removeprefix(f"[{site}] ")
