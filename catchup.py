"""One full catch-up of all sources without a node: `collect --once`. Light to import, since a command waits for it."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from collectors.batch import SourceError
from collectors.collector import collect, readers
from collectors.loading import Load
from collectors.program import fingerprint
from kpis import derive
from kpis.calendar import Calendar
from kpis.calendars_file import load as load_calendar
from kpis.limits_file import load as load_limits
from purging import kept_since
from recompute import Recomputation
from settings import Settings
from settings_sources import mapping_id
from store.facts.db import Facts
from store.facts.errors import StoreError
from store.facts.exempt import mirror
from store.facts.merge import Derive
from store.ledger import exemptions
from store.ledger.ledger import open_ledger

BAR: Final = (
    TextColumn("{task.description}", markup=False),
    BarColumn(),
    TextColumn("{task.completed:,.0f} rows {task.fields[speed]} {task.fields[left]}"),
)


def derivations(settings: Settings) -> Mapping[str, derive.Derive]:
    """What is computed at merge, by table."""
    return derive.derivers(rules_of(settings))


def rules_of(settings: Settings) -> derive.Rules:
    limits = load_limits(settings.limits, settings.site.profile)
    site = settings.site
    return derive.Rules(tuple(limits), calendar_of(settings), site.tiers, site.event_days, site.outage_topics)


def calendar_of(settings: Settings) -> Calendar:
    return load_calendar(settings.site.zone, settings.calendars)


def renew(facts: Facts, settings: Settings) -> list[str]:
    """Has all rows read again whose meaning changed since: another mapping, code table or site key.

    Returns the mappings concerned, as SOURCE MAPPING. Other rules need no reading: see `recompute`.
    """
    extra = settings.site.key.get_secret_value()
    changed = []
    for name, source in settings.sources.items():
        mappings = [mapping_id(table, source.tables) for table in source.tables]
        facts.keep_only(name, mappings)
        for i, mapping in enumerate(mappings):
            if facts.expect(name, mapping, fingerprint(source, i, extra)):
                changed.append(f"{name} {mapping}")
    return changed


def _keep_up(facts: Facts, settings: Settings, derive_: Derive, said: Console) -> None:
    """Rules and register of exemptions as they are now."""
    ledger = open_ledger(settings.node.ledger)
    try:
        tell = lambda words: said.print(words, markup=False)  # noqa: E731
        Recomputation(facts, ledger, settings, rules_of(settings), real_now(), tell).run()
        mirror(facts, exemptions.standing(ledger), derive_)
    finally:
        ledger.close()


def real_now() -> datetime:
    return datetime.now(UTC)


def _show(bar: Progress, task: TaskID, rows: int, loads: Mapping[str, Load], *, is_done: bool) -> None:
    """One line of a source: its rows of about how many, a second, and what is left; unknown sizes only count."""
    left = [load.left for load in loads.values()]
    known = None if None in left else rows + sum(one for one in left if one is not None)
    pace = sum(load.rows_per_s or 0.0 for load in loads.values())
    longest = max((load.remaining_s or 0.0 for load in loads.values()), default=0.0)
    bar.update(
        task,
        completed=rows,
        total=max(rows, 1) if is_done else known,
        speed=f"{pace:,.0f}/s" if pace else "",
        left=f"about {longest:,.0f} s to go" if longest else "",
    )


def catch_up(settings: Settings, said: Console) -> list[str]:
    """Reads all sources into the facts until none has more. Returns one sentence per source that failed."""
    settings.node.var.mkdir(parents=True, exist_ok=True)
    facts = Facts(settings.node.facts_file, settings.site.zone)
    facts.keep_personal_since(kept_since(settings, real_now()))
    for place in renew(facts, settings):
        said.print(f"{place}: the settings changed, so its rows are read again", markup=False)
    asked, derive_, faults = readers(settings, real_now), derivations(settings), dict[str, str]()
    _keep_up(facts, settings, derive_, said)
    rows = dict.fromkeys(asked, 0)
    try:
        with Progress(*BAR, console=said) as bar:
            tasks = {name: bar.add_task(name, total=None, speed="", left="") for name in asked}
            open_ = dict(asked)
            while open_:
                batches, errors = collect(open_, facts.cursor, time.monotonic, 1.0)
                for batch in batches:
                    try:
                        rows[batch.source] += facts.merge(batch, derive_).rows_read
                    except StoreError as error:
                        errors[batch.source] = SourceError(str(error))
                faults |= {name: f"{name}: {error.message}" for name, error in errors.items()}
                unfinished = {b.source for b in batches if b.more}
                done = ({b.source for b in batches} - unfinished) | set(errors)
                for name in {b.source for b in batches} | set(errors):
                    _show(bar, tasks[name], rows[name], asked[name].loads, is_done=name in done)
                open_ = {name: c for name, c in open_.items() if name not in done}
        while facts.link_some():
            pass
        for name, number in rows.items():
            said.print(f"{name}: {number:,} rows read", markup=False)
        waiting = facts.quarantine()
        said.print(f"{len(waiting):,} field values in quarantine")
    finally:
        for collector in asked.values():
            collector.stop()
        facts.close()
    return list(faults.values())
