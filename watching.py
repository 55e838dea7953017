"""What the rules say, recorded: at each tick, and between ticks at every instant that was known beforehand."""

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import telemetry
from alerts import judge, kinds
from alerts.lifecycle import State
from alerts.posting import Posting
from alerts.rules import Rule
from alerts.seen import World
from alerts.transition import Transition
from store.ledger import commands
from store.ledger.ledger import Ledger
from store.ledger.standing import StandingAlerts

log: Final = logging.getLogger(__name__)
Alert = Mapping[str, Any]


BACK: Final = timedelta(minutes=1)  # a clock set back by more was wrong before


class Say(Protocol):
    """Who is told of what, and what follows: `saying.Office`."""

    def prepare(self, now: datetime) -> None:
        """Takes in what people changed: rosters, silences."""

    def due(
        self, standing: Sequence[Alert], come: Sequence[Alert], now: datetime, busy: Collection[int]
    ) -> Sequence[Transition]:
        """Reminders because a silence ended, and the escalations of those alerts whose timer has `come`.

        `busy`: ids of alerts that take another step at this moment.
        """

    def next_at(self, now: datetime) -> datetime | None: ...
    def postings(
        self, transitions: Sequence[Transition], standing: Sequence[Alert], now: datetime
    ) -> list[Posting]: ...
    def recorded(self, transitions: Iterable[Transition], now: datetime, real_now: datetime) -> None: ...
    def dropped(self) -> None:
        """Something of this turn was not recorded: nothing of it counts as told."""

    def done(self, now: datetime) -> None: ...


class Watch:
    """One judge: what was seen last, and what follows from it at a moment. Safe to turn from several threads."""

    def __init__(
        self,
        ledger: Ledger,
        rules: Mapping[str, Rule],
        say: Say,
        told: Callable[[], None],
        real_now: Callable[[], datetime],
    ) -> None:
        """`told`: called once something is in the outbox. `real_now`: the senders' clock."""
        self.rules = rules
        self._ledger, self._say, self._told, self._real_now = ledger, say, told, real_now
        self._standing, self._timers = StandingAlerts(ledger), judge.Timers(rules)
        self._looked: Sequence[Alert] | None = None
        self._by_rule: dict[str, list[Alert]] = {}
        self._raised: list[Alert] = []
        self._world: World | None = None
        self._now: datetime | None = None
        self._lock = threading.Lock()
        self.next_at: datetime | None = None
        self._ahead: dict[str, datetime | None] = {}  # by rule: the next instant known when it was looked at last
        self._looked_with: dict[str, Sequence[Alert]] = {}  # by rule: the alerts that stood when it was looked at last

    @property
    def wanted_figures(self) -> set[tuple[str, str]]:
        """Key and level of the figures that rules look at."""
        kpis = (rule.on for rule in self.rules.values() if rule.watches == "kpi")
        return {(str(on["kpi"]), str(on.get("per", "site"))) for on in kpis}

    def raised(self) -> Sequence[Alert]:
        """The alerts that are raised or acknowledged: all columns; by id. The same list while none took a step."""
        with self._lock:
            self._look()
            return self._raised

    def turn(self, now: datetime, world: World | None = None) -> int:
        """Judges what is new of the world, or what was seen last, as it stands at `now`; how many transitions were
        recorded.

        `world` may be a part of it: the frames that are in it are looked at, the others stay as they were seen. A tick
        that took long is late behind an instant told meanwhile: time never goes back here, or what was told would be
        cleared and told again.
        """
        with self._lock:
            if self._now is not None and now < self._now - BACK:
                log.warning("the clock went back by %s: alerts are judged by the time it shows now", self._now - now)
                self._now = None
                self._looked_with.clear()
            self._now = now = now if self._now is None else max(now, self._now)
            if world is None and self._world is None:
                return 0
            old = self._world or World(now, {})
            new = world or World(now, {})
            self._world = World(now, {**old.frames, **new.frames}, {**old.blind, **new.blind})
            if self._world.blind != old.blind:
                self._looked_with.clear()  # whose silence proves nothing is another matter now
            changed = {name for name, frame in new.frames.items() if frame is not old.frames.get(name)}
            self._say.prepare(now)
            try:
                stored = self._record(self._judged(self._world, new.frames, changed, now), now)
            except BaseException:
                self._looked_with.clear()  # what was found is not recorded: it is found again
                raise
            self._say.done(now)
            return stored

    def _judged(self, world: World, given: Collection[str], changed: Set[str], now: datetime) -> list[Transition]:
        """Rules are looked at that look at a frame which `changed`, or of which an instant has come; and those of the
        frames `given` once an alert took a step since. Nothing else can have changed."""
        standing = self._look()
        come = self._timers.come(now)
        held_long = {a["rule"] for a in come if a["state"] == State.PENDING}
        found, ahead = [], [self._timers.next_at(now), self._say.next_at(now)]
        for key, rule in self.rules.items():
            if self._is_to_be_looked_at(key, rule, given, changed, now) or key in held_long:
                seen = kinds.look(rule, world)
                found += judge.judge(rule, seen, self._by_rule.get(key, ()), now) if seen is not None else []
                self._ahead[key] = seen.next_at if seen is not None else None
                self._looked_with[key] = standing
            ahead.append(self._ahead.get(key))
        busy = {t.alert_id for t in found if t.alert_id is not None}
        found += judge.timers(self.rules, come, now, busy)
        busy |= {t.alert_id for t in found if t.alert_id is not None}
        found += self._say.due(standing, come, now, busy)
        self.next_at = min((at for at in ahead if at is not None and at > now), default=None)
        return found

    def _is_to_be_looked_at(
        self, key: str, rule: Rule, given: Collection[str], changed: Set[str], now: datetime
    ) -> bool:
        frames, at = kinds.looks_at(rule), self._ahead.get(key)
        if not changed.isdisjoint(frames) or (at is not None and at <= now):
            return True
        return frames[0] in given and self._looked_with.get(key) is not self._looked

    def _look(self) -> Sequence[Alert]:
        """The alerts that stand; what is made of them is made again once one of them took a step."""
        standing: Sequence[Alert] = self._standing.read()
        if standing is not self._looked:
            self._looked, self._by_rule = standing, {}
            for alert in standing:
                self._by_rule.setdefault(alert["rule"], []).append(alert)
            self._raised = [a for a in standing if a["state"] in (State.RAISED, State.ACKNOWLEDGED)]
            self._timers.look(standing)
        return standing

    def _record(self, transitions: Sequence[Transition], now: datetime) -> int:
        if not transitions:
            return 0
        standing = self._standing.read()
        real_now = self._real_now()
        stored = commands.record(self._ledger, self._say.postings(transitions, standing, now), real_now)
        self._told()
        if stored < len(transitions):
            self._standing.forget()  # somebody else took a step meanwhile: the next turn sees it, and tells then
            self._say.dropped()
        else:
            self._say.recorded(transitions, now, real_now)
        telemetry.TRANSITIONS_DROPPED.inc(len(transitions) - stored)
        for transition in transitions:
            telemetry.TRANSITIONS.labels(transition.rule, transition.event.value).inc()
        # What was recorded has timers of its own; they are looked at once more without judging.
        self._look()
        after = self._timers.next_at(now)
        self.next_at = min((at for at in (self.next_at, after) if at is not None and at > now), default=None)
        return stored


class Bell:
    """A thread that turns the watch at the instants it knows, without waiting for a poll."""

    def __init__(self, watch: Watch, now: Callable[[], datetime], speed: float) -> None:
        self._watch, self._now, self._speed = watch, now, speed
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="bell", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def look_again(self) -> None:
        """A tick has seen something else."""
        with self._changed:
            self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._stopping:
                    return
                at = self._watch.next_at
                wait = None if at is None else max(0.0, (at - self._now()).total_seconds() / self._speed)
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                if self._stopping:
                    return
            at = self._watch.next_at
            if at is not None and self._now() >= at:
                try:
                    self._watch.turn(self._now())
                except Exception:
                    telemetry.TICK_FAILURES.labels("bell").inc()
                    self._watch.next_at = None  # the next tick judges the same, and says what is wrong
