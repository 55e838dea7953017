"""Who is told of what: the pure decisions of alerting, fed with people, rosters and silences as they stand."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import i18n
from alerts import escalation, load_duty, quiet
from alerts.channels.channel import Traits
from alerts.codes import code_of
from alerts.duty import Duty
from alerts.lifecycle import Event, State
from alerts.messages import NUMBER, Reader
from alerts.outbox import post
from alerts.people import Directory
from alerts.posting import Draft, Posting
from alerts.routing import OnDuty
from alerts.rules import Rule
from alerts.transition import About, Transition
from kpis.calendar import Calendar
from kpis.catalogue import CATALOGUE
from settings import Settings
from store.facts.db import Facts
from store.ledger import rosters, silences, told
from store.ledger.ledger import Ledger
from store.scope import Scope

log = logging.getLogger(__name__)
Alert = Mapping[str, Any]
TAKEABLE = (Event.RAISED, Event.REOPENED, Event.REMINDED, Event.ESCALATED)
EVERYTHING = Scope.everything("alerts")


def _as_it_stands(alert: Alert) -> Transition:
    return Transition(
        alert["rule"], 0, alert["subject"], Event.MOVED, State(alert["state"]), alert["level"], alert["changed_at"], "",
        about=About.of(alert),
    )  # fmt: skip


class Office:
    """What `watching.Watch` asks. Used by one turn at a time."""

    def __init__(
        self,
        settings: Settings,
        facts: Facts,
        ledger: Ledger,
        rules: Mapping[str, Rule],
        duty: Duty,
        calendar: Calendar,
        traits: Mapping[str, Traits],
    ) -> None:
        """`traits`: of each channel of the settings."""
        self._settings, self._facts, self._ledger = settings, facts, ledger
        self._rules, self._duty, self._calendar = rules, duty, calendar
        self._traits = traits
        self._versions: tuple[int, int] | None = None
        self._names: dict[str, dict[str, str]] = {"zh": {}, "en": {}}
        self._directory = Directory()
        self._overrides: list[dict[str, Any]] = []
        self._silences: list[dict[str, Any]] = []
        self._ended: list[dict[str, Any]] = []
        self._told_in_full: list[int] = []
        self._strangers: set[str] = set()
        site = {"zh": settings.site.name, "en": settings.site.name_en}
        self.readers = {
            language: Reader(
                i18n.translator(language),
                settings.site.tz,
                site[language],
                self._name_in(language),
                _figure_in(language),
            )
            for language in site
        }

    @property
    def on_duty(self) -> OnDuty:
        """All that decides who is told, as it stands."""
        settings = self._settings
        return OnDuty(
            self._duty,
            self._directory,
            settings.routes,
            lambda channel: settings.channels[channel].language or settings.site.language,
            settings.site.tz,
            self._is_working_day,
            settings.site.language,
            self._overrides,
        )

    def prepare(self, now: datetime) -> None:
        """Takes in what changed: people and units of the facts, rosters, silences, maintenance windows."""
        self._take_people(now)
        silences.announce(self._ledger, quiet.running_windows(self._duty.windows, self._settings.site.tz, now), now)
        self._silences = silences.standing(self._ledger, now)
        self._ended = silences.ended_untold(self._ledger, now)
        self._told_in_full = [s["id"] for s in self._ended]
        self._overrides = rosters.standing(self._ledger, now)

    def due(
        self, standing: Sequence[Alert], come: Sequence[Alert], now: datetime, busy: Collection[int]
    ) -> list[Transition]:
        """Reminders because a silence ended, then the steps of escalations."""
        found = escalation.reminders(self._ended, standing, self._rules, self._silences, now, busy)
        busy = {*busy, *(t.alert_id for t in found if t.alert_id is not None)}
        return found + escalation.due(come, self._rules, self._duty, self._silences, now, busy)

    def next_at(self, now: datetime) -> datetime | None:
        """When the next silence ends or begins."""
        ahead = [s[name] for s in self._silences for name in ("starts_at", "ends_at") if s[name] > now]
        return min(ahead, default=None)

    def postings(self, found: Sequence[Transition], standing: Sequence[Alert], now: datetime) -> list[Posting]:
        """Each transition with its notices."""
        ends = [t.alert_id for t in found if t.event is Event.CLEARED and t.alert_id is not None]
        heard = quiet.heard(told.told_of(self._ledger, ends)) if ends else {}
        quieting = quiet.Quieting(self._silences, heard, quiet.running_outages(self._audible(standing, now)))
        site = self.on_duty
        moved = {t.alert_id for t in found if t.event is Event.MOVED and t.alert_id is not None}
        self._told_in_full = escalation.told_of_end(self._ended, standing, moved)
        posted = (post(t, self._rules.get(t.rule), site, quieting, self.readers, now, self._link) for t in found)
        return [replace(p, drafts=tuple(self._with_code(p.transition, d) for d in p.drafts)) for p in posted]

    def _link(self, channel: str, _t: Transition) -> str | None:
        """The alert's address for readers who can open it; the ledger writes its number."""
        base, traits = self._settings.site.url, self._traits.get(channel)
        return f"{base.rstrip('/')}/alerts?id={NUMBER}" if base and traits and traits.opens_links else None

    def _with_code(self, t: Transition, draft: Draft) -> Draft:
        """A reply with the code takes the alert, where a text may be among its ways and replies are handed in."""
        ways = (draft.channel, *(exit_.partition(":")[0] for exit_ in draft.exits))
        is_text = any(self._traits[way].is_text for way in ways if way in self._traits)
        if self._settings.replies.secret is None or not is_text or t.event not in TAKEABLE:
            return draft
        return replace(draft, code=code_of(t.rule, t.subject, t.at.isoformat(), draft.address))

    def _audible(self, standing: Sequence[Alert], now: datetime) -> list[Alert]:
        """Alerts that no silence covers: what is folded into a silenced one would be heard by nobody."""
        if not self._silences:
            return list(standing)
        return [a for a in standing if quiet.silence_of(_as_it_stands(a), self._silences, now) is None]

    def recorded(self, transitions: Iterable[Transition], now: datetime, real_now: datetime) -> None:
        """After what was decided is stored: what is held back about what has ended loses its point."""
        ends = [t.alert_id for t in transitions if t.event is Event.CLEARED and t.alert_id is not None]
        told.withdraw_held(self._ledger, ends, real_now)

    def dropped(self) -> None:
        """Somebody else changed an alert meanwhile: no silence's end counts as told."""
        self._told_in_full = []

    def done(self, now: datetime) -> None:
        """The turn is over: the ends of silences were told, but of those with an alert that moved in this very turn."""
        silences.mark_told(self._ledger, self._told_in_full, now)

    def _take_people(self, now: datetime) -> None:
        known = self._facts.versions()
        versions = (known.get("people", 0), known.get("units", 0))
        if versions == self._versions:
            return
        with self._facts.read(EVERYTHING) as reader:
            people = reader.frame(reader.table("people"), now)
            units = reader.frame(reader.table("units"), now)
        self._directory = Directory.of(people, units, self._duty.people)
        for language in self._names:
            named = units.dropna(subset=["code", f"name_{language}"])
            self._names[language] = dict(zip(named["code"], named[f"name_{language}"], strict=True))
        self._versions = versions
        self._tell_strangers()

    def _tell_strangers(self) -> None:
        """Once for each person whom rosters or escalations name and no source has, as soon as people are known."""
        for fault in load_duty.strangers(self._duty, self._directory) if self._directory.people else ():
            if fault not in self._strangers:
                log.warning("%s", fault)
                self._strangers.add(fault)

    def _name_in(self, language: str) -> Any:
        return lambda code: self._names[language].get(code) or code

    def _is_working_day(self, day: date) -> bool:
        return self._calendar.is_working(day)


def _figure_in(language: str) -> Callable[[str], str]:
    """Names of figures for their keys."""
    translate = i18n.translator(language)
    return lambda key: translate(CATALOGUE[key].label) if key in CATALOGUE else key
