"""Proves a source before it runs: reach, grants, columns, index, pace. Reads only."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from collectors.batch import SourceError
from collectors.decide import Plan, Raw, TimeForm
from collectors.decide_keys import is_number
from collectors.ear import listen_statement, said
from collectors.fast import Fast
from collectors.found import found_of, is_indexed, may_write, warning_of
from collectors.reach import clock_of, engine_of, named
from collectors.read import Reads, prepare
from settings_sources import Mapping, Source, mapping_id
from store.facts import schema

BUSY_SHARE = 0.02  # share of the time that polling may keep the source busy before a slower pace is proposed
TRIED = 100  # rows that are read on the fast path
CLOCK_OFF = timedelta(minutes=5)
_SILENT = sa.text(
    "SELECT 1 FROM pg_class c WHERE c.oid = to_regclass(:table) AND c.relkind IN ('r', 'p') AND NOT EXISTS ("
    "SELECT 1 FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
    "WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND p.prosrc ILIKE '%notify%')"
)


@dataclass
class Checked:
    """`faults` keep the source from being read as it is set; `notes` are worth knowing."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_source(name: str, source: Source, now: datetime | None = None) -> Checked:
    """All that is wrong or noteworthy about a source, each with place and cure.

    `now`: our clock; without it the source's clock is not compared.
    """
    checked = Checked(notes=_settings_notes(name, source))
    checked.faults += _unknown_codes(name, source)
    try:
        engine = engine_of(name, source)
        with engine.connect() as connection:
            if now is not None and not source.clock:
                _check_clock(name, source, connection, now, checked)
            for mapping in source.tables:
                _check_mapping(name, source, mapping, connection, checked)
            if source.bell:
                _check_bell(f"source `{name}`, bell `{source.bell}`", source, connection, checked)
        engine.dispose()
    except SourceError as error:
        checked.faults.append(str(error))
    except sa.exc.SQLAlchemyError as error:
        checked.faults.append(str(named(name, source.url.get_secret_value(), error)))
    return checked


def _settings_notes(name: str, source: Source) -> list[str]:
    into = [mapping.into for mapping in source.tables]
    ids = [mapping_id(mapping, source.tables) for mapping in source.tables]
    return [
        f"source `{name}`: {ids.count(one)} mappings are `{one}` with the same key; make them one"
        for one in dict.fromkeys(ids)
        if ids.count(one) > 1
    ] + [
        f"source `{name}`: {into.count(table)} mappings fill {table}; where keys are equal they overwrite each other"
        for table in dict.fromkeys(into)
        if into.count(table) > 1
    ]


def _unknown_codes(name: str, source: Source) -> list[str]:
    """Code tables that lead to values their field can not hold."""
    told = []
    for mapping in source.tables:
        for target, way in mapping.columns.items():
            good = schema.allowed(mapping.into, target)
            coded = source.codes[way.codes].values() if way.codes else (way.const,)
            values = (*coded, way.otherwise)
            wrong = sorted({str(v) for v in values if v is not None and good is not None and v not in good})
            if wrong and good is not None:
                told.append(
                    f"source `{name}`, table `{mapping.table}`: {target} can not be {', '.join(wrong)}; "
                    f"use {', '.join(sorted(good))}"
                )
    return told


def _check_clock(name: str, source: Source, connection: sa.Connection, now: datetime, checked: Checked) -> None:
    at = clock_of(connection, source, now)
    if isinstance(at, datetime) and at.tzinfo and abs(at.astimezone(UTC) - now) > CLOCK_OFF:
        minutes = (at - now).total_seconds() / 60
        checked.notes.append(f"source `{name}`: its clock is {minutes:+.0f} min off ours; set one of them right")


def _check_bell(place: str, source: Source, connection: sa.Connection, checked: Checked) -> None:
    """A bell that is not heard harms nobody: it is noted."""
    try:
        connection.exec_driver_sql(listen_statement(str(source.bell)))
    except sa.exc.DBAPIError as error:
        told = f"it can not be listened to ({said(error.orig or error)}); the source is polled at its pace"
        checked.notes.append(f"{place}: WARNING: {told}")
        return
    checked.notes.append(f"{place}: can be listened to")
    for table in dict.fromkeys(mapping.table for mapping in source.tables if mapping.changed_at):
        if connection.execute(_SILENT, {"table": table}).first() is not None:
            checked.notes.append(f"{place}: no trigger of `{table}` notifies; docs/guide.md has one")


def _check_mapping(name: str, source: Source, mapping: Mapping, connection: sa.Connection, checked: Checked) -> None:
    place = f"source `{name}`, table `{mapping.table}`"
    inspector = sa.inspect(connection)
    try:
        reads = prepare(name, mapping, inspector)
    except SourceError as error:
        checked.faults.append(str(error))
        return
    if granted := may_write(connection, mapping.table):
        checked.notes.append(f"{place}: {warning_of(granted)}")
    if mapping.cursor and is_indexed(inspector, mapping.table, mapping.cursor) is False:
        checked.notes.append(f"{place}: no index begins with `{mapping.cursor}`; each poll reads the whole table")
    if reads.unread:
        checked.notes.append(f"{place}: columns that are not read: {', '.join(reads.unread)}")
    if reads.may_stray:
        checked.notes.append(f"{place}: changed_at or key may be null; such rows are looked for once a minute")
    _check_fast(place, Fast(name, source), reads, connection, checked)
    _check_pace(place, source, mapping, reads, connection, checked)


def _check_fast(place: str, fast: Fast, reads: Reads, connection: sa.Connection, checked: Checked) -> None:
    """Whether a first load comes as Arrow, by the first rows. Later ones may still have what that path can not give."""
    if reads.mapping.changed_at:
        fast.page(reads, Plan(TRIED, datetime.now(UTC)), connection.dialect)
        fast.close()
        why = fast.why_not.get(reads.mapping.table)
        checked.notes.append(f"{place}: first load {f'row by row: {why}' if why else 'by the fast path (ADBC)'}")


def _no_cursor(source: Source, mapping: Mapping, newest: Raw) -> str | None:
    """Why polls can not go on from this value, with the cure; None: they can."""
    if mapping.increasing:
        return None if is_number(newest) else "is no whole number; leave out increasing"
    at = TimeForm(mapping.time_format, ZoneInfo(source.zone)).instant(newest)
    return f"is not {mapping.time_format or 'a time'}; mend time_format" if at is None else None


def _check_pace(
    place: str,
    source: Source,
    mapping: Mapping,
    reads: Reads,
    connection: sa.Connection,
    checked: Checked,
) -> None:
    """Times one poll as it will be in quiet hours and proposes a slower pace where it keeps the source busy."""
    statement = reads.open() if mapping.tells_open else reads.whole()
    if mapping.cursor:
        newest = connection.execute(
            sa.select(sa.func.max(reads.changed)).select_from(statement.get_final_froms()[0])
        ).scalar()
        if newest is None:
            checked.notes.append(f"{place}: has no row with `{mapping.cursor}` yet")
            return
        if told := _no_cursor(source, mapping, newest):
            checked.faults.append(f"{place}: `{mapping.cursor}` = `{newest}` {told}")
            return
        statement = reads.page(Plan(source.page, datetime.now(UTC), since=newest))
        if plan := found_of(connection, mapping.table, mapping.cursor, statement).plan:
            checked.notes.append(f"{place}: plan of a poll: {plan}")
    began = perf_counter()
    rows = len(connection.execute(statement).all())
    took_s, pace_s = perf_counter() - began, mapping.every_s or source.poll_s
    if took_s > pace_s * BUSY_SHARE and took_s > 0.02:
        checked.notes.append(
            f"{place}: one poll takes {took_s:.2f} s for {rows} rows; "
            f"poll every {took_s / BUSY_SHARE:.0f} s instead of {pace_s:g}"
        )
