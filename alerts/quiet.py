"""Why somebody is not told, or not yet. The first reason wins and is stored. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from alerts.duty import Window
from alerts.lifecycle import Event, State
from alerts.roster import moment
from alerts.routing import Recipient, within
from alerts.rules import Rule
from alerts.transition import Transition

Row = Mapping[str, Any]
TELLING: Final = (Event.RAISED, Event.REOPENED, Event.REMINDED, Event.ESCALATED, Event.CLEARED)
_NOT_RUNNING: Final = ("not_started", "notice_late", "frequent")  # of these nobody is without supply yet, or any more
_SILENT: Final = {
    Event.HELD: "held back until it has lasted as long as its rule wants",
    Event.LAPSED: "it was good again before anybody was told",
    Event.MOVED: "no further limit passed",
    Event.CLOSED: "it was told as clear already",
}


@dataclass(frozen=True)
class Hush:
    """Why a notice is not sent. `until`: it is held back till then; None: it is never sent."""

    why: str
    until: datetime | None = None


@dataclass(frozen=True)
class Quieting:
    """What the ledger knows that keeps phones quiet.

    `silences`: rows of store.ledger.silences.standing, maintenance windows among them. `told`: by alert those who were
    told of it since it was raised (store.ledger.told). `outages`: by outage number the id of the alert that stands for
    it while it runs.
    """

    silences: Sequence[Row] = ()
    told: Mapping[int, Sequence[Recipient]] = field(default_factory=dict)
    outages: Mapping[str, int] = field(default_factory=dict)


def heard(rows: Mapping[int, Iterable[Row]]) -> dict[int, tuple[Recipient, ...]]:
    """What store.ledger.told.told_of found, as recipients."""
    return {
        alert_id: tuple(
            Recipient(r["channel"], r["address"], r["person"], r["language"], tuple(r["exits"] or ())) for r in told
        )
        for alert_id, told in rows.items()
    }


def running_outages(alerts: Iterable[Row]) -> dict[str, int]:
    """By outage number the oldest alert, raised or acknowledged, of an outage that runs."""
    found: dict[str, int] = {}
    for alert in alerts:
        is_outage = alert["category"] == "outage" and alert["outage_no"] and alert["clock"] not in _NOT_RUNNING
        if is_outage and alert["state"] in (State.RAISED, State.ACKNOWLEDGED):
            found[alert["outage_no"]] = min(alert["id"], found.get(alert["outage_no"], alert["id"]))
    return found


def why_untold(t: Transition, rule: Rule) -> str | None:
    """The reason nobody is looked for at all; None when somebody must be.

    Stored with the transition, so that the page can answer "why did my phone not ring?".
    """
    if t.event not in TELLING:
        return _SILENT.get(t.event, "an answer is not told on")
    limit = rule.limit(t.rung)
    if t.event is Event.CLEARED and not (limit and limit.tell_clear):
        return f"an all-clear from {t.level} is not told by this rule"
    return None


def why_quiet(t: Transition, rule: Rule, quieting: Quieting, zone: tzinfo, now: datetime) -> Hush | None:
    """The reason no recipient of `t` is told; None when they are.

    A clock past its limit is never folded; what people silenced is silent at any level, for they gave a reason and an
    end. An all-clear of what somebody was told is told, silenced or not.
    """
    if t.event is Event.CLEARED:
        return None
    if silence := silence_of(t, quieting.silences, now):
        return Hush(said(silence, zone))
    if number := folded_into(t, rule, quieting):
        return Hush(f"folded into alert {number}")
    return None


def folded_into(t: Transition, rule: Rule, quieting: Quieting) -> int | None:
    """The alert of the running outage that stands for the order whose clock `t` is about."""
    if rule.watches != "order_clock" or t.level != "orange" or not t.about.outage_no:
        return None
    return quieting.outages.get(t.about.outage_no)


def why_held(recipient: Recipient, t: Transition, zone: tzinfo, now: datetime) -> Hush | None:
    """Quiet hours hold everything but what is critical back until they end."""
    if t.critical or recipient.quiet is None or not within(recipient.quiet, now, zone):
        return None
    end = ends(recipient.quiet[1], now, zone)
    return Hush(f"quiet hours until {end.astimezone(zone):%H:%M}", end)


def ends(wall: Any, now: datetime, zone: tzinfo) -> datetime:
    """The next moment at which the clock on the wall shows `wall`."""
    day = now.astimezone(zone).date()
    return next(at for n in range(3) if (at := moment(day + timedelta(days=n), wall, zone)) > now)


def matches(wanted: Mapping[str, Collection[str]], t: Transition) -> bool:
    """Whether the alert of `t` has one of the values of every field that is named."""
    own = {"rule": t.rule, "level": t.level, "subject": t.subject}
    return bool(wanted) and all(
        (own[name] if name in own else getattr(t.about, name, None)) in values for name, values in wanted.items()
    )


def covers(silence: Row, alert: Row) -> bool:
    """Whether a silence names the alert of a row of the ledger, whatever the time."""
    wanted: Mapping[str, Collection[str]] = silence["matches"]
    return bool(wanted) and all(alert.get(name) in values for name, values in wanted.items())


def silence_of(t: Transition, silences: Iterable[Row], now: datetime) -> Row | None:
    """The silence that covers `t` at `now`; of several the one that ends last."""
    covering = [s for s in silences if s["starts_at"] <= now < s["ends_at"] and matches(s["matches"], t)]
    return max(covering, key=lambda s: s["ends_at"], default=None)


def said(silence: Row, zone: tzinfo) -> str:
    """A silence or maintenance window in one line: number, author, end."""
    end = silence["ends_at"].astimezone(zone)
    return f"{silence['kind']} {silence['id']} by {silence['by']} until {end:%Y-%m-%d %H:%M}"


def running_windows(windows: Iterable[Window], zone: tzinfo, now: datetime) -> list[dict[str, Any]]:
    """The maintenance windows of the duty file that run at `now`, as store.ledger.silences.announce takes them."""
    found = []
    for window in windows:
        for starts_at, ends_at in _occurrences(window, zone, now):
            if starts_at <= now < ends_at:
                matches = {name: list(values) for name, values in window.matches.items()}
                found.append(
                    {"reason": window.name, "by": window.author, "matches": matches, "starts_at": starts_at,
                     "ends_at": ends_at}
                )  # fmt: skip
    return found


def _occurrences(window: Window, zone: tzinfo, now: datetime) -> list[tuple[datetime, datetime]]:
    if window.starts_at and window.ends_at:
        return [(window.starts_at.astimezone(UTC), window.ends_at.astimezone(UTC))]
    if window.hours is None or window.weekday is None:
        return []
    today = now.astimezone(zone).date()
    day = today - timedelta(days=(today.weekday() - window.weekday) % 7)
    first, last = window.hours
    over = timedelta(days=0 if last > first else 1)
    return [(moment(day, first, zone), moment(day + over, last, zone))]
