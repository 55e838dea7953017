"""The turns of a node that watches for hotspots: look, let them live, record, and have the threshold fitted."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pandas as pd

from gathering import delay, shown, threshold
from gathering.eyes import TEXTS, Eyes
from gathering.rises import Rises
from gathering.shown import Shown
from kpis.calendar import Calendar
from kpis.hotspots.baseline import Confirmed
from kpis.hotspots.delays import LEARN, Completeness, looks_until
from kpis.hotspots.family import ready
from kpis.hotspots.found import seen_at
from kpis.hotspots.life import TELLS, Answer, Hotspot, Kind, Level, Line, Seen, State
from kpis.hotspots.life import Settings as Rules
from kpis.hotspots.lives import answered, step
from kpis.hotspots_facts import seeing, state
from kpis.hotspots_facts.demands import LEVELS
from kpis.hotspots_facts.describing import words_of
from kpis.hotspots_facts.sight import HOUR, Sight
from settings import Settings
from store.facts.db import Facts
from store.facts.errors import StoreError
from store.ledger import hotspots
from store.ledger.ledger import Ledger

log: Final = logging.getLogger(__name__)
PAST: Final = timedelta(days=14)  # played when nobody has looked before, so that what goes on has its onset
CATCH_UP: Final = timedelta(days=7)  # missed looks are made up for, at most so many
MARGIN_D: Final = 1
REPLAY_D: Final = 31
Lives = tuple[Hotspot, ...]


class Gathering:
    """Looks, and what is known of hotspots. `turn` is called by one thread; `shown` and `told` may be read by any."""

    def __init__(self, settings: Settings, facts: Facts, ledger: Ledger, calendar: Calendar) -> None:
        self.settings, self.facts, self.ledger = settings, facts, ledger
        self.options = settings.hotspots
        self.eyes = Eyes(settings, facts, calendar)
        self.rises = Rises(self.eyes, ledger)
        self._mark = threshold.fingerprint(self.options)
        self._fit = threshold.Fit(settings.node.var / "hotspots", self._mark)
        self._lock = threading.RLock()
        self._showing = threading.Lock()
        self._looked_at: datetime | None = None
        self._known = datetime.max.replace(tzinfo=UTC)  # how far the sources were known at the last look
        self._complete: tuple[date, Completeness | None] | None = None
        self.last: Sight | None = None
        self.told: Mapping[int, int] = {}
        self._clusters = pd.DataFrame()
        self.shown = Shown("never" if self.options.on else "off")
        if self.options.on:
            self.refresh()

    # ------------------------------------------------------------------ one turn

    def turn(self, now: datetime) -> bool:
        """Whether a look was taken: every `every_min` minutes, once every source of orders was read."""
        if not self.options.on:
            return False
        with self._lock:
            self._take_answers(now)
            fitted = self._take_fit(now)
            known = self.eyes.known(now)
            if known is None or not (fitted or self._is_due(now, known)):
                return False
            self.look(now, known)
            self.rises.turn(now, known)
            self._start_fit(now)
            self.refresh()
            return True

    def _is_due(self, now: datetime, known: datetime) -> bool:
        """Every `every_min`; at once where the last look had to stop at a source that has caught up since."""
        if self._looked_at is None or now < self._looked_at:
            return True
        every = timedelta(minutes=self.options.every_min)
        return now - self._looked_at >= every or (now - self._known > every and known - self._known > every)

    def look(self, now: datetime, known: datetime) -> None:
        """One look, and those that were missed since the last one."""
        began = time.perf_counter()
        last, lived = hotspots.last_look(self.ledger), hotspots.last_look(self.ledger, "ok")
        missed = PAST if lived is None else min(max(known - lived["until"], HOUR), CATCH_UP)
        span = self.options.baseline_days + MARGIN_D + missed / timedelta(days=1)
        seen = self.eyes.sight(known, span, confirmed=self.confirmed(known))
        completeness = self._learnt(seen, known)
        until, share = looks_until(completeness, known)
        self.last = seen = replace(seen, until=until)
        found = self._state_of(seen)
        is_new = last is None or last["until"] < until or last["state"] != found
        if is_new:
            body = {
                "completeness": self._completeness(completeness, known, until), "left_out": dict(seen.left_out),
                "n_cases": seen.n_cases, "n_customer_days": len(seen.rows), "share": share,
                "counts": delay.counts(seen.rows, known), "counted_to": known.isoformat(),
                "missing": self._missing(seen),
            }  # fmt: skip
            self._live(seen, found, lived, now, body, began)
        self._looked_at, self._known = now, known

    def _learnt(self, seen: Sight, known: datetime) -> Completeness | None:
        """How completely hours are recorded, learnt once a day from the looks of 60 days."""
        if self._complete is None or self._complete[0] != known.date():
            looks = hotspots.looks(self.ledger, known - LEARN)
            self._complete = known.date(), delay.learnt(looks, seen.rows, known)
        return self._complete[1]

    def _state_of(self, seen: Sight) -> str:
        if self.eyes.missing(seen) is not None:
            return "not_enough_history"
        return "ok" if hotspots.calibration(self.ledger, self._mark) else "calibrating"

    def _missing(self, seen: Sight) -> dict[str, Any] | None:
        lack = self.eyes.missing(seen)
        return None if lack is None else {"days": round(lack.days, 1), "cases": lack.cases}

    def _completeness(self, known: Any, now: datetime, until: datetime) -> dict[str, float | None]:
        """Per source how complete the look's last hour is; None while nobody can say."""
        age = max(int((now - until) / HOUR), 0)
        sources = [s.name for s in self.facts.states() if "work_orders" in s.feeds]
        within = known.within if known is not None else {}
        return {s: round(float(within[s][min(age, len(within[s]) - 1)]), 3) if s in within else None for s in sources}

    # ------------------------------------------------------------------ life

    def _live(
        self,
        seen: Sight,
        found: str,
        lived: Mapping[str, Any] | None,
        now: datetime,
        body: dict[str, Any],
        began: float,
    ) -> None:
        """`lived`: the last look at which hotspots took a step."""
        row: dict[str, Any] = {"until": seen.until, "looked_at": now, "state": found, "calibration": None}
        for _ in range(3):
            lives, lines, beside = self.lives(now), list[Line](), dict[str, Any]()
            if found == "ok":
                row["calibration"] = (hotspots.calibration(self.ledger, self._mark) or {})["id"]
                lives, lines, beside = self._stepped(seen, lives, lived)
            row |= {"seconds": round(time.perf_counter() - began, 3), "body": body | beside}
            answers = {h.number: str(h.answer) if h.answer else None for h in lives if h.number is not None}
            hot = self._rows(seen, lives, lines, now) if found == "ok" else []
            told = [self._line(seen, one, lives, now) for one in lines]
            if hotspots.record(self.ledger, [row], hot, told, answers):
                return
        raise StoreError("hotspots: somebody answers all the time; the next turn looks again")

    def lives(self, now: datetime) -> Lives:
        """The hotspots whose life may go on, and the candidates of the last look."""
        rows = hotspots.standing(self.ledger, now - 2 * Rules().reopen_within)
        found = [replace(state.to_hotspot(row["life"]), **_answer_of(row)) for row in rows]
        lived = hotspots.last_look(self.ledger, "ok")
        candidates = lived["body"].get("candidates", ()) if lived else ()
        return (*found, *(state.to_hotspot(one) for one in candidates))

    def _stepped(
        self, seen: Sight, lives: Lives, lived: Mapping[str, Any] | None
    ) -> tuple[Lives, list[Line], dict[str, Any]]:
        """The hotspots after this look and those missed before it, the lines they add, and what else is seen."""
        calibration, paths = self.calibration()
        rules = Rules(alert_d=calibration.alert_d)
        link = self.eyes.links(seen)
        hours = self._hours(seen, lived)
        made = ready(seen.stream, seen.ground.watch, seen.nodes(paths), hours)
        lines: list[Line] = []
        found: list[Seen] = []
        for k, hour in enumerate(hours):
            found = seeing.named(seen, seen_at(
                made, seen.ground.watch, seen.nodes(paths), k, calibration, seen.ground.places.ids, seen.origin,
                least_d=seeing.LEAST_D,
            ))  # fmt: skip
            found = [replace(one, outage=seeing.explained(seen, one, link)[0]) for one in found]
            open_ = {h.number: h for h in lives if h.lives and h.number is not None}
            quiet = {number: seeing.quiet_days(seen, h.seen, hour) for number, h in open_.items()}
            lives, more = step(lives, found, seen.origin + hour * HOUR, settings=rules, quiet_days=quiet)
            lines += more
        return lives, lines, self._beside(seen, lives, found, rules)

    def _hours(self, seen: Sight, lived: Mapping[str, Any] | None) -> list[int]:
        """The hours to look at: this one, and those missed since the last step. Nothing takes a step twice."""
        since = seen.until - PAST if lived is None else max(lived["until"], seen.until - CATCH_UP)
        first = max(seen.hours_of(since) + 1, self._earliest(seen))
        return list(range(min(first, seen.hour), seen.hour + 1))

    def _earliest(self, seen: Sight) -> int:
        """Looks of the past need a past themselves: 28 days of it."""
        return (seen.hours_of(seen.first) if seen.first else seen.hour) + 28 * 24

    def _beside(self, seen: Sight, lives: Lives, found: Sequence[Seen], rules: Rules) -> dict[str, Any]:
        """Candidates, and clusters that are watched: those that are no open hotspot's."""
        taken = [h.seen for h in lives if h.lives]
        watches = [
            {
                "level": str(rules.level(one.recurrence_d)),
                "key": shown.key(one),
                "body": self.described(seen, one, None),
            }
            for one in found
            if one not in taken and rules.level(one.recurrence_d) is not Level.NONE
        ]
        return {
            "candidates": [state.of_hotspot(h) for h in lives if h.state is State.CANDIDATE], "watches": watches,
        }  # fmt: skip

    def described(
        self, seen: Sight, one: Seen, onset: datetime | None, until: datetime | None = None
    ) -> dict[str, Any]:
        body = seeing.body(seen, one, onset, until)
        with self.facts.read(TEXTS) as reader:
            start = onset or one.start
            body["words"] = words_of(reader, seen, one, start, self.eyes.place_names(), seen.until)
        return body

    def _rows(self, seen: Sight, lives: Lives, lines: Sequence[Line], now: datetime) -> list[dict[str, Any]]:
        """What becomes of the hotspots that are open, or that a line is about."""
        about = {line.number for line in lines}
        before = {row["number"]: row for row in hotspots.standing(self.ledger, now - 2 * Rules().reopen_within)}
        found = []
        for h in lives:
            if h.number is None or h.opened_at is None or not (h.lives or h.number in about):
                continue
            told = sum(line.number == h.number and line.kind in TELLS for line in lines)
            told += before[h.number]["told"] if h.number in before else 0
            body = self.described(seen, h.seen, h.onset, h.ended_at)
            is_seen = h.seen.start + timedelta(hours=h.seen.hours) >= seen.until or not h.lives
            body |= {"recurrence_d": round(h.seen.recurrence_d if is_seen else min(h.seen.recurrence_d, 3.0), 1)}
            level = h.level if is_seen else Level.NONE
            found.append({
                "number": h.number, "state": str(h.state), "level": str(level), "told": told, "onset": h.onset,
                "opened_at": h.opened_at, "ended_at": h.ended_at, "changed_at": now, "merged_into": h.merged_into,
                "body": body | {"recurrence_is_below": not is_seen, "peak_d": round(h.peak_d, 1)},
                "life": state.of_hotspot(h),
            })  # fmt: skip
        return found

    def _line(self, seen: Sight, line: Line, lives: Lives, now: datetime) -> dict[str, Any]:
        h = next(h for h in lives if h.number == line.number)
        return {
            "number": line.number,
            "at": line.at,
            "made_at": now,
            "event": line.kind.value,
            "reason": line.reason[:255],
            "state": str(line.state),
            "level": str(Rules(alert_d=30 / self.options.budget_30d).level(line.recurrence_d)),
            "observed": line.observed,
            "expected": line.expected,
            "statistic": line.statistic,
            "recurrence_d": line.recurrence_d,
            "new_cases": line.new,
            "by": line.answered_by,
            "body": {
                "places": [str(u) for u in line.units],
                "category": list(h.seen.node),
                "zone": seeing.zone_of(seen, h.seen),
            },
        }

    # ------------------------------------------------------------------ threshold

    def calibration(self) -> threshold.Fitted:
        """The threshold in use. Errors: StoreError without one."""
        row = hotspots.calibration(self.ledger, self._mark)
        if row is None:
            raise StoreError("hotspots: no threshold is fitted yet; a running node fits one in a minute or two")
        return state.to_calibration(row["body"])

    def _take_fit(self, now: datetime) -> bool:
        done = self._fit.taken()
        if done is None:
            return False
        threshold.store(self.ledger, self.options, *done, now, guard=True)
        return True

    def _start_fit(self, now: datetime) -> None:
        """The first fit with few histories at once, then the whole one, then one each week."""
        if self.last is None or self._fit.is_running or self.eyes.missing(self.last) is not None:
            return
        row = hotspots.calibration(self.ledger, self._mark)
        is_first = row is None
        if row is not None and row["tried_histories"] >= self.options.histories and not self._is_week_over(row, now):
            return
        days = self.options.baseline_days + REPLAY_D
        sight = self.eyes.sight(self.last.until, days, confirmed=self.confirmed(self.last.until))
        self._fit.start(threshold.task(sight, self.options, is_first=is_first), now, is_waited_for=is_first)

    def _is_week_over(self, row: Mapping[str, Any], now: datetime) -> bool:
        """Whether the hour of the week for a new fit has come since the last one was fitted."""
        local = now.astimezone(self.settings.site.tz)
        due = local.replace(hour=self.options.refit_hour, minute=0, second=0, microsecond=0)
        due -= timedelta(days=(local.isoweekday() - self.options.refit_weekday) % 7)
        due = due if due <= local else due - timedelta(days=7)
        return bool(row["tried_at"] < due)

    def confirmed(self, until: datetime) -> list[Confirmed]:
        """Past hotspots that staff have taken up: they teach the baseline no more than was expected."""
        rows = hotspots.taken_up(self.ledger, until - timedelta(days=self.options.baseline_days + REPLAY_D))
        return [
            Confirmed(
                frozenset(r["body"]["places"]),
                r["onset"],
                r["ended_at"],
                float(r["body"]["expected"]),
                dict(zip(LEVELS, r["body"]["category"], strict=False)),
            )
            for r in rows
            if r["ended_at"] <= until
        ]

    # ------------------------------------------------------------------ answers

    def answer(self, number: int, said: Answer, by: str, note: str, now: datetime) -> None:
        """Notes an operator's answer; it waits for no look. Errors: StoreError for a hotspot that is not there."""

        def decide(row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
            before = replace(state.to_hotspot(row["life"]), **_answer_of(row))
            after, line = answered(before, said, by, now)
            change = {
                "state": str(after.state), "ended_at": after.ended_at, "changed_at": now,
                "life": state.of_hotspot(after),
            }  # fmt: skip
            told = {
                "number": number, "at": now, "made_at": now, "event": Kind.ANSWERED.value, "reason": line.reason,
                "state": str(after.state), "level": row["level"], "observed": line.observed, "expected": line.expected,
                "statistic": line.statistic, "recurrence_d": line.recurrence_d, "new_cases": 0, "by": by,
                "body": {"category": row["body"]["category"], "places": row["body"]["places"]},
            }  # fmt: skip
            return change, told

        hotspots.answer(self.ledger, number, str(said), by, note, now, decide)
        self.refresh()

    def _take_answers(self, now: datetime) -> None:
        """Who has taken the alert of a hotspot has acknowledged the hotspot."""
        waiting = [h["number"] for h in self.shown.hotspots if h["state"] == "open" and h["answer"] is None]
        for number, by in hotspots.acknowledged_alerts(self.ledger, waiting) if waiting else ():
            self.answer(number, Answer.ACKNOWLEDGED, by or "-", "", now)

    # ------------------------------------------------------------------ what is shown

    def refresh(self) -> None:
        """Takes in what the ledger has, as after a start."""
        with self._showing:
            self._refresh()

    def _refresh(self) -> None:
        last = hotspots.last_look(self.ledger)
        rows = hotspots.listed(self.ledger)
        row = hotspots.calibration(self.ledger, self._mark)
        watches = last["body"].get("watches", ()) if last else ()
        found = shown.rarest_first([
            *(shown.hotspot(r) for r in rows), *(shown.watch(w["body"], w["level"], w["key"]) for w in watches),
        ])  # fmt: skip
        self.told = {r["number"]: r["told"] for r in rows}
        self.shown = Shown(
            last["state"] if last else "never", self._looked_at or (last["looked_at"] if last else None),
            last["until"] if last else None, self.options.budget_30d, row["body"]["measured_30d"] if row else None,
            found, self._chart(found), self.rises.listed(), self._points(),
        )  # fmt: skip
        self._clusters = shown.clusters(self.shown, self.told, self.eyes.name_of)

    def _chart(self, found: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
        if not found or self.last is None:
            return None
        return {"number": found[0]["number"], "key": found[0]["key"], **self.days(self.last, found[0])}

    def days(self, sight: Sight, one: Mapping[str, Any]) -> dict[str, list[Any]]:
        return seeing.days(sight, one["places"], tuple(one["category"]))

    def _points(self) -> dict[str, tuple[float | None, float | None]]:
        if self.last is None:
            return {}
        t = self.last.ground.places.table
        both = zip(t["place"], t["lon"], t["lat"], strict=True)
        return {str(p): (None, None) if lon != lon else (float(lon), float(lat)) for p, lon, lat in both}  # noqa: PLR0124

    def clusters(self) -> pd.DataFrame:
        """The frame `clusters` of alerts.seen.World, as of the last look."""
        return self._clusters

    def close(self) -> None:
        self._fit.stop()


def _answer_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """What people said, from the columns that are theirs."""
    said = Answer(row["answer"]) if row["answer"] else None
    return {
        "answer": said,
        "answered_by": row["answered_by"],
        "state": State(row["state"]),
        "ended_at": row["ended_at"],
    }


class Turns:
    """The thread that turns a gathering, never within a tick."""

    FIRST_S: Final = 6.0  # alerts and the first pages of a node that starts come before
    EVERY_S: Final = 2.0
    PAUSE_S: Final = 30.0  # after a turn that failed

    def __init__(self, gathering: Gathering, now: Callable[[], datetime], failed: Callable[[], None]) -> None:
        self._gathering, self._now, self._failed = gathering, now, failed
        self._stopping = threading.Event()
        self._told: str | None = None
        self._thread = threading.Thread(target=self._run, name="hotspots", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._gathering.close()

    def _run(self) -> None:
        wait_s = self.FIRST_S
        while not self._stopping.wait(wait_s):
            wait_s = self.EVERY_S
            try:
                self._gathering.turn(self._now())
                self._told = None
            except Exception as error:
                wait_s = self.PAUSE_S
                self._failed()
                if self._told != repr(error):  # when it starts to fail, not every time
                    log.exception("hotspots")
                self._told = repr(error)
