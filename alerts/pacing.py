"""What goes now, what goes together and what waits, so that no limit is passed and nothing is lost. Pure.

A channel's limit is met by putting several notices into one message, never by dropping one. In a storm the first notice
of each unit goes at once, the others of that exit together. Critical ones go at once and singly, until half a channel's
limit is used; from there on they share messages, and what is left of the limit is spread over its time.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from alerts import budget
from alerts.channels.channel import Traits
from alerts.notices import Sent, Waiting

HELD: Final = "held back: "
_Exit = tuple[str, str]


@dataclass(frozen=True)
class Pace:
    """The site's settings: `texts` are (number, seconds) that one person gets at most, critical ones besides."""

    group_s: float = 30.0
    group_from: int = 5
    texts: tuple[tuple[int, float], ...] = ((5, 900.0), (11, 3600.0), (21, 10_800.0))


@dataclass(frozen=True)
class Bundle:
    """Notices that go as one message: its key, and why each did not go singly (None: nothing to say)."""

    key: str
    whys: Mapping[int, str | None]


@dataclass(frozen=True)
class Held:
    """Notices that wait until then, and why."""

    until: datetime
    whys: Mapping[int, str | None]


@dataclass(frozen=True)
class Choice:
    """What goes now and what waits. What is in neither stays due: its channel has no room at the moment."""

    bundles: list[Bundle] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)


def back(traits: Mapping[str, Traits], pace: Pace) -> dict[str, timedelta]:
    """How far back each channel's past matters; channels without a limit and without people are not named."""
    spans = {}
    for name, one in traits.items():
        if one.digests:
            texts = [s for _, s in pace.texts] if one.is_text else []
            spans[name] = timedelta(seconds=max([pace.group_s, *texts, *(s for _, s in one.limits)]))
    return spans


def plan(
    waiting: Sequence[Waiting],
    sent: Sequence[Sent],
    now: datetime,
    traits: Mapping[str, Traits],
    pace: Pace,
    *,
    rests: Mapping[_Exit, datetime] | None = None,
    room: Mapping[str, int] | None = None,
) -> Choice:
    """What becomes of `waiting`, which come in the order of their urgency.

    `rests`: exits whose receiver wants nothing before that time. `room`: messages a channel can take now; default any.
    """
    desk = _Desk(now, pace, room or {}, sent, traits)
    exits: dict[_Exit, list[Waiting]] = defaultdict(list)
    for w in waiting:
        exits[w.channel, w.address].append(w)
    for exit_, rows in exits.items():
        until = (rests or {}).get(exit_)
        if until is not None and until > now:
            desk.hold(rows, until, "its receiver takes nothing before then")
            continue
        one = traits.get(exit_[0], Traits(digests=False))
        free = [w for w in rows if w.message_key is None]
        paced = _Turn(exit_, one, desk)
        paced.again([w for w in rows if w.message_key is not None])
        if one.digests:
            paced.people(free)
        else:
            paced.programs(free)
    return desk.choice


def key_of(rows: Sequence[Waiting]) -> str:
    """The key of a message: its notice's own, or one made of all."""
    if len(rows) == 1:
        return rows[0].key
    return hashlib.sha256("\n".join(sorted(w.key for w in rows)).encode()).hexdigest()[:32]


def reason(was: str | None, why: str | None) -> str | None:
    """What a notice's `why` becomes: what the judges wrote stays, an older reason of the pace goes."""
    kept = [part for part in (was or "").split("; ") if part and not part.startswith(HELD)]
    return "; ".join([*kept, why] if why else kept) or None


class _Desk:
    """What is decided so far, and what all exits share: room in channels, and each person's texts."""

    def __init__(
        self,
        now: datetime,
        pace: Pace,
        room: Mapping[str, int],
        sent: Iterable[Sent],
        traits: Mapping[str, Traits],
    ) -> None:
        self.at, self.pace, self.choice = now, pace, Choice()
        self._room = dict(room)
        self.told: dict[_Exit, dict[str, list[Sent]]] = defaultdict(lambda: defaultdict(list))
        self.texts: dict[str, dict[str, datetime]] = defaultdict(dict)
        for s in sent:
            self.told[s.channel, s.address][s.message_key].append(s)
            if s.channel in traits and traits[s.channel].is_text:
                self.texts[s.person or s.address][s.message_key] = s.at

    def hold(self, rows: Sequence[Waiting], until: datetime, why: str) -> None:
        if rows:
            self.choice.held.append(Held(until, {w.id: reason(w.why, HELD + why) for w in rows}))

    def send(self, rows: Sequence[Waiting], why: str | None, key: str | None = None) -> bool:
        """Whether the channel has room for one more message."""
        channel = rows[0].channel
        if self._room.get(channel, 1) <= 0:
            return False
        if channel in self._room:
            self._room[channel] -= 1
        whys = {w.id: reason(w.why, why if len(rows) > 1 else None) for w in rows}
        self.choice.bundles.append(Bundle(key or key_of(rows), whys))
        return True


@dataclass(frozen=True)
class _Share:
    """Notices for one digest, and why they share it."""

    rows: list[Waiting]
    why: str


class _Turn:
    """One exit's turn."""

    def __init__(self, exit_: _Exit, traits: Traits, desk: _Desk) -> None:
        self._traits, self._desk, self._now = traits, desk, desk.at
        self._told = desk.told.get(exit_, {})
        self._times = [min(s.at for s in parts) for parts in self._told.values()]

    def _limit(self) -> str:
        return "the channel takes " + ", ".join(f"{n} messages in {s:g} s" for n, s in self._traits.limits)

    def _send(self, rows: Sequence[Waiting], why: str | None, key: str | None = None) -> None:
        if self._desk.send(rows, why, key):
            self._times.append(self._now)
            if self._traits.is_text:
                self._desk.texts[rows[0].person or rows[0].address][key or key_of(rows)] = self._now

    # --- who goes how

    def again(self, rows: Sequence[Waiting]) -> None:
        """Messages that were tried before and may have arrived: as they were, under their key."""
        bound: dict[str, list[Waiting]] = defaultdict(list)
        for w in rows:
            bound[w.message_key or ""].append(w)
        for key, members in bound.items():
            until = budget.full_until(self._traits.limits, self._times, self._now)
            if until > self._now:
                self._desk.hold(members, until, self._limit())
            else:
                self._send(members, None, key)

    def programs(self, rows: list[Waiting]) -> None:
        """Each goes as it is, several in one request where the channel can carry them."""
        most = self._traits.most or 1
        for start in range(0, len(rows), most):
            self._send(rows[start : start + most], None)

    def people(self, rows: list[Waiting]) -> None:
        """Critical ones at once; the others by the storm's rule, then by the person's and the channel's limits."""
        critical = [w for w in rows if w.critical]
        singles, share = self._in_storm([w for w in rows if not w.critical])
        if self._traits.is_text:
            singles, share = self._texts(critical, singles, share)
        singles = critical + singles
        left = budget.left(self._traits.limits, self._times, self._now, share=2)
        if len(singles) + bool(share.rows) > left:
            alone = int(max(0, left - 1))
            share = _Share(singles[alone:] + share.rows, self._limit())
            singles = singles[:alone]
        for w in singles:
            self._send([w], None)
        if share.rows:
            until = budget.spread_from(self._traits.limits, self._times, self._now)
            if until > self._now:
                self._desk.hold(share.rows, until, share.why)
            else:
                self._send(share.rows, share.why)

    def _in_storm(self, rows: list[Waiting]) -> tuple[list[Waiting], _Share]:
        """The first of each unit at once, its followers held; those that have waited go together."""
        pace, span = self._desk.pace, timedelta(seconds=self._desk.pace.group_s)
        recent = [parts for parts in self._told.values() if min(s.at for s in parts) > self._now - span]
        why = f"shared with others of this exit: more than {pace.group_from} in {pace.group_s:g} s"
        if len(rows) + len(recent) <= pace.group_from:
            return rows, _Share([], why)
        if any(w.has_waited for w in rows):
            return [], _Share(rows, why)
        told = {s.unit for parts in recent for s in parts}
        first: list[Waiting] = []
        followers: list[Waiting] = []
        for w in rows:
            (followers if w.unit in told else first).append(w)
            told.add(w.unit)
        shared = [min(s.at for s in parts) for parts in recent if sum(s.notices for s in parts) > 1]
        singly = [min(s.at for s in parts) for parts in recent]
        begun = max(shared) if shared else min(singly, default=self._now)
        self._desk.hold(followers, begun + span, why)
        return first, _Share([], why)

    def _texts(self, critical: list[Waiting], singles: list[Waiting], share: _Share) -> tuple[list[Waiting], _Share]:
        """What a person's limit of texts and the critical ones leave: the last one of it carries all the others."""
        rows = singles + share.rows
        if not rows:
            return singles, share
        times = list(self._desk.texts[rows[0].person or rows[0].address].values()) + [self._now] * len(critical)
        limits = self._desk.pace.texts
        left = budget.left(limits, times, self._now)
        if len(singles) + bool(share.rows) <= left:
            return singles, share
        most, seconds = budget.tightest(limits, times, self._now)
        why = f"a person gets {most} texts in {seconds / 60:g} min"
        if left == 0:
            self._desk.hold(rows, budget.full_until(limits, times, self._now), why)
            return [], _Share([], why)
        alone = int(left) - 1
        return singles[:alone], _Share(singles[alone:] + share.rows, why)
