"""The page that a replay of BC Hydro's polls gives: every suspicion, what was withheld, what closed and came back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from statistics import median_low as median
from typing import Any, Final, TypeAlias

AWAY: Final = ((1, "the very next poll"), (2, "the one after it"), (10, "3 to 10 polls"), (10**9, "more"))
LISTED_MOST: Final = 15  # suspicions that are listed one by one; those of an empty list are many
WORDS: Final = {
    "list_empty": "the list is empty",
    "rows_missing": "more than half of ten or more are gone at once",
    "old_copy": "most of the list had left it before",
    "capped_page": "a round number of rows",
}

Outage: TypeAlias = tuple[int, int | None]  # id and start
Returns: TypeAlias = Mapping[int, Sequence[tuple[int, int | None]]]  # by id the polls that added it, with its start


@dataclass(frozen=True)
class Seen:
    """One poll: what the list showed, and what the facts made of it."""

    number: int
    at: datetime
    status: str
    listed: int
    closed: tuple[Outage, ...]  # that the facts closed
    opened: tuple[Outage, ...]  # that they had closed and opened again
    unlisted: int  # open by the facts and not listed
    hidden: int  # listed and not open by the facts
    suspicion: str | None
    about: dict[str, Any] = field(default_factory=dict)
    rejected: int = 0
    restarted: int = 0  # outages whose start is another than when they were listed last
    crews: int = 0  # listed with a word on the crew
    doubts: tuple[str, ...] | None = None  # what the rows themselves make hard to believe; None where nobody looked


@dataclass(frozen=True)
class Spell:
    """A suspicion from its first poll to the poll that ended it (None: it stands at the end)."""

    polls: tuple[Seen, ...]
    end: Seen | None

    @property
    def late(self) -> timedelta | None:
        """How long what really had gone counted as open."""
        return self.end.at - self.polls[0].at if self.end else None


def spells(seen: Sequence[Seen]) -> list[Spell]:
    """The suspicions of a replay in their order."""
    found, at = [], 0
    for what, group in groupby(seen, key=lambda one: one.suspicion):
        polls = tuple(group)
        at += len(polls)
        if what:
            found.append(Spell(polls, seen[at] if at < len(seen) else None))
    return found


@dataclass(frozen=True)
class Return:
    """An outage that the facts closed and that the list shows again later."""

    outage: Outage
    closed: Seen
    back: Seen
    is_same: bool  # with the start it had


def returned(seen: Sequence[Seen], returns: Returns) -> tuple[list[Return], int]:
    """Of what the facts closed: what the list showed again, and how many only a list showed that was doubted."""
    by_number = {one.number: one for one in seen}
    found, ghosts = [], 0
    for one in seen:
        for outage, start in one.closed:
            later = [row for row in returns.get(outage, ()) if row[0] > one.number and row[0] in by_number]
            again = next((row for row in later if by_number[row[0]].suspicion is None), None)
            if again:
                found.append(Return((outage, start), one, by_number[again[0]], again[1] == start))
            ghosts += bool(later and not again)
    return found, ghosts


def written(seen: Sequence[Seen], returns: Returns, parts: int) -> str:
    """The page."""
    found = spells(seen)
    lines = [
        "# BC Hydro 2024, replayed poll by poll",
        "",
        f"Written by `python -m bench.bchydro_replay` from rows of `data/bchydro_2024` (not part of the product); do "
        f"not edit. Each of {len(seen):,} polls in its order: the source database becomes what the poll showed, the "
        "reader takes the list whole, the facts store it. The reader ran in the bench's own process and not in a "
        f"child, and no due times were derived. The year ran in {parts} parts, each with facts of its own: what closed "
        "in one and came back in another was new to the facts there.",
        "",
        "## No outage is closed while it is listed",
        "",
        *_closing(seen, found),
        "",
        "## Suspicions",
        "",
        *_suspicions(found),
        "",
        "## Closed, and listed again later",
        "",
        *_returns(seen, *returned(seen, returns)),
        "",
        "## What else is peculiar",
        "",
        *_peculiar(seen),
        "",
    ]
    return "\n".join(lines)


def _closing(seen: Sequence[Seen], found: Sequence[Spell]) -> list[str]:
    ordinary = [one for one in seen if one.suspicion is None]
    doubted = [one for one in seen if one.suspicion]
    closed = sum(len(one.closed) for one in seen)
    odd = sum(one.unlisted + one.hidden for one in ordinary)
    return [
        "| | |",
        "|---|---|",
        f"| outages closed | {closed:,} |",
        f"| of these listed by the poll that closed them | {sum(one.hidden for one in ordinary):,} |",
        f"| closed on a poll under suspicion | {sum(len(one.closed) for one in doubted):,} |",
        f"| opened again on a poll under suspicion | {sum(len(one.opened) for one in doubted):,} |",
        f"| polls without suspicion at which the open outages of the facts are not those of the list | "
        f"{sum(bool(one.unlisted or one.hidden) for one in ordinary):,} of {len(ordinary):,} ({odd:,} outages) |",
        f"| polls under suspicion | {len(doubted):,}, in {len(found):,} spells |",
    ]


def _suspicions(found: Sequence[Spell]) -> list[str]:
    lines = [
        "| suspicion | spells | polls | rows withheld | of these listed again when it ended | gone indeed "
        "| ended after, median | at most |",
        "|---|---|---|---|---|---|---|---|",
    ]
    named = sorted(found, key=lambda one: str(one.polls[0].suspicion))
    for what, group in groupby(named, key=lambda one: one.polls[0].suspicion):
        own = list(group)
        withheld = sum(int(one.polls[0].about["many"]) for one in own)
        gone = sum(len(one.end.closed) for one in own if one.end)
        late = [one.late for one in own if one.late is not None]
        cells = [_length(median(late)), _length(max(late))] if late else ["", ""]
        many = sum(len(one.polls) for one in own)
        lines.append(
            f"| {WORDS[str(what)]} | {len(own):,} | {many:,} | {withheld:,} | {max(0, withheld - gone):,} | {gone:,} | "
            + " | ".join(cells)
            + " |"
        )
    lines += ["", "Every one that is not an empty list, and the empty answer:", ""]
    lines += ["| poll | time (UTC) | suspicion | listed | open | gone | back | ended | then closed |"]
    lines += ["|---|---|---|---|---|---|---|---|---|"]
    for one in found:
        first = one.polls[0]
        if first.suspicion == "list_empty" and first.status == "ok":
            continue
        about, end = first.about, one.end
        what = "an answer of 0 bytes" if first.status != "ok" else WORDS[str(first.suspicion)]
        ended = f"after {_length(one.late)}" if end and one.late else "stands"
        lines.append(
            f"| {first.number} | {first.at:%Y-%m-%d %H:%M} | {what} | {first.listed} | {about['open']} | "
            f"{about['many']} | {about['back']} | {ended} | {len(end.closed) if end else ''} |"
        )
    return lines


def _returns(seen: Sequence[Seen], found: Sequence[Return], ghosts: int) -> list[str]:
    same = [one for one in found if one.is_same]
    closed = sum(len(one.closed) for one in seen)
    place = {one.number: n for n, one in enumerate(seen)}
    together = Counter(one.closed.number for one in same)
    alone = sum(n == 1 for n in together.values())
    lines = [
        "A closing is false where the same outage (id and start) is listed as open again by a later poll. "
        f"{len(same):,} of {closed:,} closings ({100 * len(same) / max(closed, 1):.2f} %) are; "
        f"{len(found) - len(same)} more ids came back with another start, as another interruption. At each of them an "
        f"ordinary list did not have the outage. {alone:,} of the {len(together):,} polls that closed them lost one "
        f"such outage only, none more than {max(together.values(), default=0)}: nothing tells them from a restoration "
        "when they happen. They are opened again with the next list that has them, and the time between counts as "
        f"interrupted. {ghosts} more outages were shown again only by a list that was doubted.",
        "",
        "| listed again at | outages | away, median | at most |",
        "|---|---|---|---|",
    ]
    low = 0
    for high, words in AWAY:
        own = [one for one in same if low < place[one.back.number] - place[one.closed.number] <= high]
        away = [one.back.at - one.closed.at for one in own]
        cells = [_length(median(away)), _length(max(away))] if away else ["", ""]
        lines.append(f"| {words} | {len(own):,} | {' | '.join(cells)} |")
        low = high
    soon = sum(place[one.back.number] - place[one.closed.number] == 1 for one in same)
    gaps = [b.at - a.at for a, b in pairwise(seen) for _ in a.closed]
    wait = _length(median(gaps)) if gaps else ""
    lines += [
        "",
        f"Closing only what two polls in a row do not list would have spared {soon:,} of them, and told each of the "
        f"{closed:,} restorations one poll later: {wait} at the median. It is not done.",
    ]
    return lines


def _peculiar(seen: Sequence[Seen]) -> list[str]:
    crews = next((one for one in seen if one.crews), None)
    filled = "`crewStatus` is never filled."
    if crews:
        filled = f"`crewStatus` is empty before poll {crews.number} ({crews.at:%Y-%m-%d %H:%M})."
    first_gap = max((b.at - a.at for a, b in pairwise(seen)), default=timedelta(0))
    looked = [one.doubts for one in seen if one.doubts is not None]
    said = Counter(what for one in looked for what in one)
    told = ", ".join(f"{what} on {n} days" for what, n in said.most_common()) or "nothing"
    return [
        f"- Drift of the columns: {filled} A column that fills raises nothing; no known column went away.",
        f"- Polls without a list: {sum(one.status != 'ok' for one in seen)}; lists without an outage: "
        f"{sum(one.status == 'ok' and not one.listed for one in seen):,}. Both look alike in the table.",
        f"- Starts that were revised while listed or when they came back: {sum(one.restarted for one in seen):,} "
        f"times; the facts follow the last word. Values in quarantine at most at once: "
        f"{max(one.rejected for one in seen):,}.",
        f"- The longest time between two polls is {_length(first_gap)}.",
        f"- Of the rows themselves (`kpis/doubts.py`), looked at once a day: {told}.",
    ]


def _length(span: Any) -> str:
    minutes = round(span / timedelta(minutes=1))
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
