"""A running node: its clock, its parts put together, and the threads that turn them."""

import gc
import hashlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from apscheduler.schedulers.background import BackgroundScheduler
from rich.console import Console

import commands
import figuring
import gauges
import house_files
import inspection
import pipeline
import purging
import replying
import telemetry
from alerts import channels
from alerts.channels import Channel
from alerts.delivery import Post
from alerts.load import load as load_rules
from alerts.load_duty import load as load_duty
from alerts.messages import Reader as Language
from alerts.pacing import Pace
from alerts.rules import Rule
from alerts.sender import Sender
from catchup import calendar_of, derivations, renew, rules_of
from collectors.collector import Collector, ask_due, readers
from collectors.found import warning_of
from dashboard import guard, wall
from dashboard.access import roles
from dashboard.access.reception import FIRST_ADMIN, Reception, first_administrator
from dashboard.board import Board
from door import Door
from gathering.turns import Gathering, Turns
from heartbeat import Heartbeat
from kpis import catalogue
from kpis.doubts import doubts
from kpis.freshness import blind_sources
from kpis.live import LiveOptions
from kpis.watched import Often
from midnight import Midnight
from recompute import Recomputation
from ringing import Ringing
from saying import Office
from settings import Settings, SettingsError
from site_clock import Clock
from store.facts.db import Facts
from store.ledger import file_versions
from store.ledger.ledger import Ledger, open_ledger
from store.ledger.outbox import end_leases
from store.ledger.settling import Patience
from store.scope import Scope
from timetable import timetable
from vitals import Vitals
from watching import Bell, Watch

log = logging.getLogger(__name__)


def real_now() -> datetime:
    return datetime.now(UTC)


HERE: Final = Path(__file__).parent
PREPARE_AFTER_S: Final = 3.0  # once the first pages have been opened
NOTE_EVERY_S: Final = 1.0  # a site that runs 600 times faster has a midnight each 144 s
CATCH_UP_S: Final = 600.0
PURGE_EVERY_S: Final = 3600.0
DOUBT_EVERY_S: Final = 300.0
FIRST_TURN_S: Final = 5.0  # what the first turn has before pages are loaded beside it
LATE_TICKS: Final = 30  # a node whose last tick is older than this many ticks is not ready
Phones = Callable[[int], list[dict[str, Any]]]


def release() -> str:
    """A name for this version of code and assets: pages that carry another one reload once."""
    digest = hashlib.blake2b(digest_size=6)
    for file in sorted(
        [*HERE.glob("*.py"), *HERE.glob("dashboard/**/*.py"), *HERE.glob("assets/**/*"), *HERE.glob("i18n/*")]
    ):
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()


def clocks_of(rules: Mapping[str, Rule]) -> tuple[str, ...]:
    """The clocks that rules watch."""
    watched = (clock for rule in rules.values() if rule.watches == "order_clock" for clock in rule.on["clocks"])
    return tuple(dict.fromkeys(watched))


def often_of(rules: Mapping[str, Rule]) -> tuple[Often, ...]:
    """The places often out that rules look at, from the least of their counts on."""
    looked = (rule for rule in rules.values() if rule.watches == "frequent_outage")
    return tuple(
        Often(str(rule.on["per"]), 1 + min(limit.from_count or 1 for limit in rule.levels), int(rule.on["window_days"]))
        for rule in looked
    )


class Node:
    """The house as the dashboard, the door and the threads see it."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        phones: Phones | None = None,
        started: Mapping[str, Collector] | None = None,
    ) -> None:
        """`started`: the readers of the sources, where they were started beforehand."""
        self.settings, self.phones = settings, phones
        self.catalogue = catalogue.CATALOGUE
        self.release = release()
        self.board = Board(self.release, walls=wall.views(settings))
        self.clock = clock
        settings.node.var.mkdir(parents=True, exist_ok=True)
        self.facts = Facts(settings.node.facts_file, settings.site.zone)
        for place in renew(self.facts, settings):
            log.warning("%s: the settings changed, so its rows are read again", place)
        self.ledger: Ledger = open_ledger(settings.node.ledger)
        if left := end_leases(self.ledger, real_now()):
            log.info("%d notices were being sent when the last node ended: sent again under the same keys", left)
        for kind in file_versions.note(self.ledger, house_files.files_of(settings), real_now()):
            log.info("%s: not as at the last start; its version is on record", kind)
        said = Console(stderr=True, highlight=False, markup=False)
        Recomputation(self.facts, self.ledger, settings, rules_of(settings), clock.now(), said.print).run()
        self.facts.keep_personal_since(purging.kept_since(settings, clock.now()))
        self._midnight = Midnight(self)
        self._health = telemetry.Health()
        beat = settings.node.heartbeat
        self._heartbeat = Heartbeat(beat.url.get_secret_value(), beat.method) if beat else None
        self._told: dict[str, str | None] = {}
        self._turning = threading.Lock()  # held by who judges: a tick, or a turn by a bell
        self.ticked = threading.Event()
        self._started = time.monotonic()
        self.rules, self.duty = load_rules(settings.rules), load_duty(settings)
        calendar = calendar_of(settings)
        made = channels.make(settings.channels, settings.routes)
        traits = {name: channel.traits for name, channel in made.items()}
        office = Office(settings, self.facts, self.ledger, self.rules, self.duty, calendar, traits)
        self.sender = self._made_sender(made, office.readers)
        self.watch = Watch(self.ledger, self.rules, office, self.sender.wake, real_now)
        self.bell = Bell(self.watch, clock.now, clock.speed)
        self.gathering = Gathering(settings, self.facts, self.ledger, calendar)
        self.looking = Turns(self.gathering, clock.now, telemetry.TICK_FAILURES.labels("hotspots").inc)
        self.reception = Reception(self.ledger, settings.access, real_now) if settings.access else None
        self._vitals = Vitals(self.ledger, settings.node.var, calendar.known_until)
        self.house = pipeline.House(
            facts=self.facts,
            ledger=self.ledger,
            collectors=readers(settings, clock.now) if started is None else started,
            derive=derivations(settings),
            options=LiveOptions.of(settings, max(1.0, clock.speed), clocks_of(self.rules), often_of(self.rules)),
            watch=self.watch,
            vitals=lambda now: self._vitals.read(self.facts.states(), now, real_now()),
            board=self.board,
            gathering=self.gathering,
        )
        self.ringing = Ringing(self.house.collectors, self.take_rung)

    def now(self) -> datetime:
        return self.clock.now()

    def reader(self, scope: Scope) -> Any:
        return self.facts.read(scope)

    def begin(self) -> None:
        """Has the sources read while everything else is still being made."""
        ask_due(self.house.collectors, self.facts.cursor, time.monotonic)

    def tick(self) -> None:
        began = time.monotonic()
        try:
            with self._turning:
                seen = pipeline.tick(self.house, self.now(), time.monotonic)
            self.bell.look_again()
            self._tell_unknown_areas(seen.units["code"].tolist())
            self._warn_of_tables()
            self._warn_of_bells()
        except Exception:
            telemetry.TICK_FAILURES.labels("tick").inc()
            raise
        finally:
            self.ticked.set()
        self._gauge_readers()
        self._vitals.tick_s = time.monotonic() - began
        self._health.succeeded("tick", datetime.now(UTC))

    def _warn_of_tables(self) -> None:
        """Once for each table of a source that our account may write to; and for its columns that nobody reads."""
        for name, collector in self.house.collectors.items():
            for index, found in collector.found.items():
                place = f"source `{name}`, table `{collector.source.tables[index].table}`"
                if found.may_write and place not in self._told:
                    log.warning("%s: %s", place, warning_of(found.may_write))
                    self._told[place] = found.may_write
                unread = ", ".join(found.unread)
                if unread != self._told.get(f"{place}, unread", ""):
                    log.info("%s: columns that are not read now: %s", place, unread or "none")
                    self._told[f"{place}, unread"] = unread

    def take_rung(self) -> None:
        """Reads the sources whose bell rang. Promises are judged at once, unless a tick is at it or it rings on."""
        pipeline.take_rung(self.house, self.now(), time.monotonic)
        if any(one.is_rung for one in self.house.collectors.values()) or not self._turning.acquire(blocking=False):
            return
        try:
            pipeline.judge_promises(self.house, self.now())
        finally:
            self._turning.release()
        self.bell.look_again()

    def _warn_of_bells(self) -> None:
        """When a source's bell begins not to be heard; its polls go on."""
        for name, collector in self.house.collectors.items():
            place, deaf = f"source `{name}`, bell `{collector.source.bell}`", collector.deaf or None
            if deaf is not None and deaf != self._told.get(place):
                log.warning("%s: not heard (%s); polled at its pace meanwhile, and listened for again", place, deaf)
            self._told[place] = deaf

    def _tell_unknown_areas(self, codes: list[str]) -> None:
        """Once for each wall that names a unit no source has, as soon as units are known."""
        for fault in inspection.unknown_areas(self.settings, codes) if codes else ():
            if fault not in self._told:
                log.warning("%s", fault)
                self._told[fault] = fault

    def _made_sender(self, made: Mapping[str, Channel], words: Mapping[str, Language]) -> Sender:
        settings = self.settings
        pace = Pace(settings.delivery.group_s, settings.delivery.group_from, settings.delivery.texts)
        patience = Patience(settings.delivery.next_after, timedelta(seconds=settings.delivery.next_after_s))
        return Sender(
            Post(self.ledger, made, real_now, words, pace, patience),
            lambda outcome, number: telemetry.DELIVERIES.labels(outcome).inc(number),
            lambda: self._health.succeeded("send", datetime.now(UTC)),
        )

    def beat(self) -> None:
        """A sign of life, while turns, sending and sources are well."""
        if self._heartbeat:
            self._heartbeat.beat(self.unwell())

    def unwell(self) -> list[str]:
        """What of turns, sending and sources has not succeeded as lately as it should."""
        ages = self._health.ages(real_now())
        late_s = LATE_TICKS * self.settings.node.tick_s
        parts = [part for part in ("tick", "send") if ages.get(part, float("inf")) > late_s]
        blind = blind_sources(self.facts.states(), self.now(), self.house.options.promises)
        unread = set(self.settings.sources) - {s.name for s in self.facts.states()}
        return [*parts, *sorted(blind | unread)]

    def note_day(self) -> None:
        self._midnight.note(self.now())

    def doubt(self) -> None:
        """What the rows of the sources make hard to believe, for the watch and the page."""
        with self.facts.read(Scope.everything("doubt")) as reader:
            self.facts.doubt(doubts(reader, self.now()))

    def purge(self) -> None:
        if purged := purging.purge(self, self.now()):
            log.info("%s rows of personal data were past their time and are deleted; see the audit log", f"{purged:,}")

    def tell(self, event: Any) -> None:
        """Logs a failing job when it starts to fail, not every time."""
        what = repr(event.exception) if event.exception else None
        if what and self._told.get(event.job_id) is None:
            log.error("%s failed: %s\n%s", event.job_id, what, event.traceback)
        self._told[event.job_id] = what

    def _gauge_readers(self) -> None:
        for name, collector in self.house.collectors.items():
            telemetry.SOURCE_SKIPS.labels(name).set(collector.skipped)
            telemetry.SOURCE_KILLS.labels(name).set(collector.killed)
            telemetry.SOURCE_DELAYS.labels(name).set(collector.delayed)
            telemetry.note_loads(name, collector.loads)
            if collector.source.bell is not None:
                telemetry.SOURCE_RINGS.labels(name).set(collector.rings.many)
                telemetry.SOURCE_BELL_HEARD.labels(name).set(collector.deaf == "")
            may_write = any(found.may_write for found in collector.found.values())
            telemetry.SOURCE_MAY_WRITE.labels(name).set(may_write)

    def metrics(self) -> bytes:
        now = self.now()
        as_of = {state.name: state.as_of_by_mapping for state in self.facts.states()}
        for name, promises in self.house.options.promises.items():
            for promise in promises:
                telemetry.SOURCE_FRESH_SECONDS.labels(name, promise.mapping).set(promise.fresh_s)
                if at := as_of.get(name, {}).get(promise.mapping):
                    telemetry.SOURCE_AGE_SECONDS.labels(name, promise.mapping).set((now - at).total_seconds())
        gauges.read(self.ledger, self.settings.node.var, now, real_now())
        telemetry.QUARANTINE_ROWS.set(len(self.facts.quarantine()))
        return telemetry.exposition()

    def health(self) -> dict[str, Any]:
        return {"status": "ok", "release": self.release, "up_s": round(time.monotonic() - self._started, 1)}

    def ready(self) -> tuple[bool, dict[str, Any]]:
        """Ready: ticking, and every source was read once. A stale source is shown as stale, not hidden by a 503."""
        ages = self._health.ages(datetime.now(UTC))
        states = {s.name: s for s in self.facts.states()}
        read = {name: name in states and states[name].as_of is not None for name in self.settings.sources}
        ticking = ages.get("tick", float("inf")) < LATE_TICKS * self.settings.node.tick_s
        return ticking and all(read.values()), {"tick_age_s": ages.get("tick"), "sources_read": read}

    def kpi(self, scope: Scope, key: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        return figuring.kpi(self, scope, figuring.of_query(key, params))

    def may_hand_in(self, secret: str) -> bool:
        return replying.may_hand_in(self.settings, secret)

    def take_reply(self, sender: str, text: str) -> tuple[int, str, int | None]:
        answered = replying.take_reply(self, sender, text)
        return answered.status, answered.said, answered.alert_id

    def answer(self, command: str, args: dict[str, Any]) -> Any:
        if command == "collect":
            return self.collected()
        return commands.reply(self, command, args)

    def ask(self, scope: Scope, command: str, args: Mapping[str, Any]) -> Any:
        """What a page asks as the command line does, within its reader's scope and role.

        Errors: ValueError with a sentence, NotAllowed.
        """
        roles.need(scope, roles.act_of_question(command))
        return commands.ANSWERS[command](self, scope, args)

    def collected(self) -> list[dict[str, Any]]:
        """Waits until every source was read, or failed, after now; how each stands then."""
        asked, until = self.now(), time.monotonic() + CATCH_UP_S
        while time.monotonic() < until:
            states = {s.name: s for s in self.facts.states()}
            seen = [states.get(name) for name in self.settings.sources]
            done = [s is not None and bool(s.error or (s.as_of and s.read_at and s.read_at >= asked)) for s in seen]
            if all(done) and not any(c.is_busy for c in self.house.collectors.values()):
                break
            time.sleep(0.1)
        return [
            {"name": s.name, "as_of": s.as_of.isoformat() if s.as_of else None, "error": s.error}
            for s in self.facts.states()
        ]

    def close(self) -> None:
        for collector in self.house.collectors.values():
            collector.stop()
        self.facts.close()
        self.ledger.close()


def may_start(settings: Settings) -> None:
    """Errors: SettingsError with all that stands in the way of a node."""
    found = inspection.faults(settings)
    if refusal := guard.listen_refusal(settings.node.host, has_sign_in=settings.access is not None):
        found.append(refusal)
    if found:
        raise SettingsError(found)


def bound(settings: Settings) -> socket.socket:
    """The socket to serve on, taken before anything starts. Errors: SettingsError when the address is not to be had."""
    host, port = settings.node.host, settings.node.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        cure = "choose another with PORT=..., or stop what listens there"
        raise SettingsError([f"node.port = {port}: {error.strerror} on {host}; {cure}"]) from error


def jobs_of(node: Node) -> BackgroundScheduler:
    """What turns a node, not started yet."""
    beat = node.settings.node.heartbeat
    soon = [(node.note_day, NOTE_EVERY_S), *([(node.beat, beat.every_s)] if beat else [])]
    later = [(node.purge, PURGE_EVERY_S), (node.doubt, DOUBT_EVERY_S)]
    return timetable((node.tick, node.settings.node.tick_s), soon, later, node.tell)


def _prepare(node: Node, stopping: threading.Event) -> None:
    """Has the pages ask their questions once, each after a tick: it would slow down one that runs beside it.

    Without it they are only slower the first time.
    """
    from dashboard.pages import orders, outages, stations, timeliness

    if stopping.wait(PREPARE_AFTER_S):
        return
    gc.freeze()  # what the start made stays: nobody looks through it again
    gc.enable()
    try:
        for page in (orders, timeliness, outages, stations):
            for _ in page.prepare(node, Scope.everything("node")):
                node.ticked.clear()
                node.ticked.wait(LATE_TICKS * node.settings.node.tick_s)
                if stopping.is_set():
                    return
    except Exception:
        log.exception("the questions of the pages could not be prepared")


def serve(
    settings: Settings, clock: Clock, phones: Phones | None = None, started: Mapping[str, Collector] | None = None
) -> None:
    """Runs a node until it is told to stop.

    Whoever is on duty comes before whoever looks: pages are loaded once the first turn has told what happened
    meanwhile.
    """
    may_start(settings)
    listening = bound(settings)
    node = Node(settings, clock, phones, started)
    node.begin()
    door = Door(settings.node.socket, node.answer)
    said = Console(stderr=True, highlight=False, soft_wrap=True)
    if settings.access and (password := first_administrator(node.ledger, settings.access, real_now())):
        said.print(f"First start: sign in as {FIRST_ADMIN} with the password {password}  (shown once)", markup=False)
    scheduler = jobs_of(node)
    scheduler.start()
    node.bell.start()
    node.ringing.start()
    node.sender.start()
    node.looking.start()
    stopping = threading.Event()
    preparing = threading.Thread(target=_prepare, args=(node, stopping), name="prepare", daemon=True)
    try:
        node.ticked.wait(FIRST_TURN_S)
        pages = _pages(node)
        said.print(f"{settings.site.name}: http://{settings.node.host}:{settings.node.port}  (Ctrl-C stops)")
        preparing.start()
        pages.run(sockets=[listening])
    finally:
        stopping.set()
        node.ticked.set()
        if preparing.is_alive():
            preparing.join()
        scheduler.shutdown(wait=True)
        node.ringing.stop()
        node.looking.stop()
        node.bell.stop()
        node.sender.close()
        door.close()
        node.close()
        listening.close()


def _pages(node: Node) -> Any:
    """The server of pages and data, loaded only now."""
    import uvicorn

    from dashboard import server

    config = uvicorn.Config(
        server.create(node, node, node.reception),
        log_level="warning",
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=1,  # long polls would hold it up
    )
    return uvicorn.Server(config)
