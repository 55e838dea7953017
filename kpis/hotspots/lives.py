"""The life of hotspots from look to look: which is which, when one opens, when somebody is told, when it ends. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from kpis.hotspots.life import Answer, Hotspot, Kind, Level, Line, Seen, Settings, State
from kpis.hotspots.matching import matched

Lives = tuple[Hotspot, ...]


def step(
    lives: Sequence[Hotspot],
    seen: Sequence[Seen],
    now: datetime,
    *,
    settings: Settings = Settings(),  # noqa: B008 - frozen
    quiet_days: Mapping[int, int] | None = None,
) -> tuple[Lives, tuple[Line, ...]]:
    """The hotspots after a look at `now` that found `seen` (strongest first), and the lines this look adds.

    `quiet_days`: of an open hotspot's number, how many of the latest 24 h periods in a row stayed below
    observed / expected 1.3 in its own zone; a number that is absent is not ended by it.
    What an outage explains opens nothing. A candidate that is not at alert in the next look is forgotten.
    """
    known = [one for one in lives if _may_match(one, now, settings)]
    pairs, merged = matched(known, seen, settings.match_from)
    after: list[Hotspot] = []
    lines: list[Line] = []
    for i, one in enumerate(known):
        if i in pairs:
            after.append(_go_on(one, seen[pairs[i]], now, settings, [*lives, *after], lines))
        elif i in merged:
            after.append(_merge(one, known[merged[i]], now, lines))
        elif one.state is State.ENDED:
            after.append(replace(one, level=Level.NONE))
        else:
            after.append(one)
    # A candidate has opened by now or is forgotten.
    after = [
        _fade(one, now, settings, quiet_days or {}, lines) if one.lives else one
        for one in after
        if one.state is not State.CANDIDATE
    ]
    taken = set(pairs.values())
    for k, s in enumerate(seen):
        if k not in taken and s.outage is None and s.recurrence_d >= settings.alert_d:
            fresh = _start(s, now, settings)
            is_severe = s.recurrence_d >= settings.severe_d
            after.append(_open(fresh, now, [*lives, *after], lines) if is_severe else fresh)
    past = [one for one in lives if not _may_match(one, now, settings)]
    return (*past, *after), tuple(lines)


def answered(one: Hotspot, answer: Answer, by: str, now: datetime) -> tuple[Hotspot, Line]:
    """`one` after an operator's answer. "Not a hotspot" closes it and keeps its cases in the baseline as they are."""
    state = State.REFUSED if answer is Answer.NOT_A_HOTSPOT else one.state
    ended = now if answer is Answer.NOT_A_HOTSPOT else one.ended_at
    after = replace(one, answer=answer, answered_by=by, state=state, ended_at=ended)
    return after, _line(after, Kind.ANSWERED, str(answer), now)


def _may_match(one: Hotspot, now: datetime, settings: Settings) -> bool:
    if one.state in (State.OPEN, State.CANDIDATE):
        return True
    recently = one.ended_at is not None and now - one.ended_at <= settings.reopen_within
    return one.state in (State.ENDED, State.REFUSED) and recently


def _start(seen: Seen, now: datetime, settings: Settings) -> Hotspot:
    level = settings.level(seen.recurrence_d)
    return Hotspot(None, State.CANDIDATE, seen.start, None, seen, level, now, seen.recurrence_d)


def _go_on(
    one: Hotspot, seen: Seen, now: datetime, settings: Settings,
    lives: Sequence[Hotspot], lines: list[Line],
) -> Hotspot:  # fmt: skip
    level = settings.level(seen.recurrence_d)
    strong_at = now if seen.recurrence_d >= settings.fade_d else one.strong_at
    after = replace(one, seen=seen, level=level, strong_at=strong_at, peak_d=max(one.peak_d, seen.recurrence_d))
    is_alert = seen.recurrence_d >= settings.alert_d and seen.outage is None
    if one.state is State.CANDIDATE:
        return _open(replace(after, onset=seen.start), now, lives, lines) if is_alert else after
    if one.state is State.REFUSED:  # the operator's word holds until it has ended by itself
        return replace(after, ended_at=now) if seen.recurrence_d >= settings.fade_d else after
    if one.state is State.ENDED:
        is_new = len(seen.cases - one.seen.cases) >= settings.reopen_cases
        return _reopen(one, after, is_alert and is_new, now, lines)
    reason = _why_tell(after)
    if reason is not None:
        return _told(after, Kind.TOLD_AGAIN, reason, now, lines)
    lines.append(_line(after, Kind.LOOKED, "", now))
    return after


def _reopen(one: Hotspot, after: Hotspot, is_alert: bool, now: datetime, lines: list[Line]) -> Hotspot:
    """Two looks here too: the first only leaves its level behind."""
    if not is_alert:
        return replace(one, level=Level.NONE)
    if one.level in (Level.ALERT, Level.SEVERE) or after.level is Level.SEVERE:
        return _told(replace(after, state=State.OPEN, ended_at=None), Kind.REOPENED, "rises again", now, lines)
    return replace(one, level=after.level)


def _open(one: Hotspot, now: datetime, lives: Sequence[Hotspot], lines: list[Line]) -> Hotspot:
    number = 1 + max((h.number for h in lives if h.number is not None), default=0)
    opened = replace(one, number=number, state=State.OPEN, opened_at=now)
    return _told(opened, Kind.OPENED, str(opened.level), now, lines)


def _told(one: Hotspot, kind: Kind, reason: str, now: datetime, lines: list[Line]) -> Hotspot:
    after = replace(one, told_level=one.level, told_cases=one.seen.observed, told_units=len(one.seen.weight))
    lines.append(_line(after, kind, reason, now))
    return after


_RANK = {Level.NONE: 0, Level.WATCH: 1, Level.ALERT: 2, Level.SEVERE: 3}


def _why_tell(one: Hotspot) -> str | None:
    """Why the operator is told of an open hotspot again; None when nothing of weight has changed."""
    if _RANK[one.level] > max(_RANK[one.told_level], _RANK[Level.ALERT]):
        return f"now {one.level}"
    if one.seen.observed >= 2 * one.told_cases:
        return f"{one.seen.observed} cases, {one.told_cases} when last told"
    if len(one.seen.weight) > 1.5 * one.told_units:
        return f"{len(one.seen.weight)} units, {one.told_units} when last told"
    return None


def _merge(one: Hotspot, other: Hotspot, now: datetime, lines: list[Line]) -> Hotspot:
    after = replace(one, state=State.MERGED, merged_into=other.number, ended_at=now)
    lines.append(_line(after, Kind.MERGED, f"merged into {other.number}", now))
    return after


def _fade(one: Hotspot, now: datetime, settings: Settings, quiet: Mapping[int, int], lines: list[Line]) -> Hotspot:
    """`one`, or ended: weak for 48 h, or quiet in its own zone for three days."""
    assert one.number is not None  # noqa: S101 - an open one has a number
    if now - one.strong_at >= settings.fade_for:
        reason = f"no rarer than once in {settings.fade_d:.0f} d since {one.strong_at:%Y-%m-%d %H:%M}"
    elif quiet.get(one.number, 0) >= settings.quiet_days:
        reason = f"as usual in its own zone for {settings.quiet_days} days"
    else:
        return one
    after = replace(one, state=State.ENDED, ended_at=now, level=Level.NONE)
    lines.append(_line(after, Kind.ENDED, reason, now))
    return after


def _line(one: Hotspot, kind: Kind, reason: str, now: datetime) -> Line:
    seen = one.seen
    return Line(
        now, one.number or 0, kind, reason, tuple(seen.weight), seen.observed, seen.expected, seen.statistic,
        seen.recurrence_d, seen.new, one.state, one.answered_by,
    )  # fmt: skip
