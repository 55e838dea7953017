"""Each source as it stands: how fresh against its promise, what was read, what waits in quarantine, what is wrong."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

import telemetry
from asking import Desk
from collectors.comparing import Comparing
from kpis.freshness import Promise, most_overdue, promises_of
from settings_sources import Source
from store.facts.state import SourceState
from store.scope import Scope

FOUND: Final = 50  # rows that comparing found, the latest
LISTED: Final = 200  # quarantined values that are listed; all are counted
READ: Final = ("rows_read", "changed", "new", "vanished", "rejected")


def answer(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """JSON-able: sources, one per source of the settings; quarantine, counted by source, mapping, field and reason;
    listed, the latest values of it, and found, the latest rows that comparing found: only for a reader who sees every
    unit, and None for others.

    Of a source: name, dialect, zone, poll_s, read_at, offset_s, error, error_at, doubts (what, about, since_at), rows
    (since the node's start, None without one), queries, query_s, errors, skips, kills, delays, bell (channel, is_heard,
    rings; None without one), may_write, differences (rows that comparing found in 90 days, by kind); of the most
    overdue of its tables: table (None where all stand alike), fresh_s, as_of, age_s, is_late; tables (mapping, into,
    is_compared, is_whole (each poll reads all of it), fresh_s, as_of, age_s, is_late, rows held, rows gone).
    """
    states = {state.name: state for state in desk.facts.states()}
    waiting = desk.facts.quarantine()
    held = desk.facts.mappings()
    now = desk.now()
    differences = desk.facts.differences()
    counted = waiting.groupby(["source", "mapping", "field"], dropna=False)
    found: dict[str, Any] = {
        "at": now.isoformat(),
        "sources": [
            _source(name, source, states.get(name), held.get(name, []), now)
            | {"differences": differences["kind"][differences["source"] == name].value_counts().to_dict()}
            for name, source in desk.settings.sources.items()
        ],
        "quarantine": [
            {"source": source, "mapping": mapping, "field": field, "n": len(rows), "reason": rows["reason"].iloc[0]}
            for (source, mapping, field), rows in counted
        ],
        "listed": None,
        "found": None,
    }
    if scope.units is None:
        latest = waiting.sort_values("read_at", ascending=False, kind="stable").head(LISTED)
        columns = ["source", "source_key", "mapping", "field", "value", "reason"]
        found["listed"] = latest[columns].astype(object).where(latest[columns].notna(), None).to_dict("records")
        newest = differences.head(FOUND)[["source", "source_key", "mapping", "kind", "found_at"]]
        found["found"] = newest.assign(found_at=[at.isoformat() for at in newest["found_at"]]).to_dict("records")
    return found


def _source(
    name: str, source: Source, state: SourceState | None, held: list[dict[str, Any]], now: datetime
) -> dict[str, Any]:
    return {
        "name": name,
        "dialect": sa.make_url(source.url.get_secret_value()).get_backend_name(),
        "zone": source.zone,
        "poll_s": source.poll_s,
        **_most_overdue(source, state, now),
        "read_at": _text(state.read_at if state else None),
        "offset_s": state.offset_s if state else None,
        "error": state.error if state else None,
        "error_at": _text(state.error_at if state else None),
        "doubts": [
            {"what": d.what, "about": dict(d.about), "since_at": _text(d.since_at)}
            for d in (state.doubts if state else ())
        ],
        "rows": {what: _counter("lightkeeper_source_rows_total", source=name, outcome=what) for what in READ},
        "queries": _counter("lightkeeper_source_queries_total", source=name),
        "query_s": _counter("lightkeeper_source_query_seconds_total", source=name),
        "errors": _errors(name),
        "skips": _counter("lightkeeper_source_skips", source=name),
        "kills": _counter("lightkeeper_source_kills", source=name),
        "delays": _counter("lightkeeper_source_delays", source=name),
        "bell": _bell(name, source),
        "may_write": bool(_counter("lightkeeper_source_may_write", source=name)),
        "tables": _tables(name, source, state, held, now),
    }


def _most_overdue(source: Source, state: SourceState | None, now: datetime) -> dict[str, Any]:
    known, promises = state.as_of_by_mapping if state else {}, promises_of(source)
    promise = most_overdue(promises, known)
    if promise is None:
        return {"table": None, "fresh_s": source.fresh_s, "as_of": None, "age_s": None, "is_late": True}
    are_alike = len({(known.get(one.mapping), one.fresh_s) for one in promises}) == 1
    return {"table": None if are_alike else promise.table, **_age(promise, state, now)}


def _age(promise: Promise, state: SourceState | None, now: datetime) -> dict[str, Any]:
    as_of = state.as_of_by_mapping.get(promise.mapping) if state else None
    return {
        "fresh_s": promise.fresh_s,
        "as_of": _text(as_of),
        "age_s": None if as_of is None else (now - as_of).total_seconds(),
        "is_late": promise.is_broken(as_of, now),
    }


def _tables(
    name: str, source: Source, state: SourceState | None, held: list[dict[str, Any]], now: datetime
) -> list[dict[str, Any]]:
    known = {one["mapping"]: one for one in held}
    compared = Comparing(name, source).looking  # by place in the settings
    return [
        {
            "mapping": promise.mapping,
            "into": table.into,
            "is_compared": i in compared,
            "is_whole": table.is_whole,
            **_age(promise, state, now),
            "load": _load(name, promise.mapping),
            "rows": known.get(promise.mapping, {}).get("rows", 0),
            "gone": known.get(promise.mapping, {}).get("gone", 0),
        }
        for i, (table, promise) in enumerate(zip(source.tables, promises_of(source), strict=True))
    ]


def _bell(name: str, source: Source) -> dict[str, Any] | None:
    if source.bell is None:
        return None
    heard = bool(_counter("lightkeeper_source_bell_heard", source=name))
    return {"channel": source.bell, "is_heard": heard, "rings": _counter("lightkeeper_source_rings", source=name)}


def _load(source: str, mapping: str) -> dict[str, float | None] | None:
    """A first load or catch-up that is going on: rows read, left (None: not known) and a second."""
    place = {"source": source, "mapping": mapping}
    rows = _counter("lightkeeper_load_rows", **place)
    left = _counter("lightkeeper_load_left_rows", **place)
    if rows is None or left is None:
        return None
    pace = _counter("lightkeeper_load_rows_per_second", **place)
    return {"rows": rows, "left": None if math.isnan(left) else left, "rows_per_s": pace or None}


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _errors(name: str) -> float | None:
    """A counter begins with its first error: none of a source that was asked is no error."""
    asked = _counter("lightkeeper_source_queries_total", source=name)
    return _counter("lightkeeper_source_errors_total", source=name) or (None if asked is None else 0.0)


def _counter(name: str, **labels: str) -> float | None:
    return telemetry.REGISTRY.get_sample_value(name, labels)


ANSWERS: Final = {"sources": answer}
