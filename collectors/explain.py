"""Where each canonical field comes from, with sample values out of the source itself: `check --explain`. Reads only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from collectors.arrow import table_of
from collectors.project import Projector
from collectors.reach import engine_of, named
from collectors.read import Reads, Row, prepare
from settings_sources import FieldOf, Mapping, Source, mapping_id
from store.facts import schema

LOOKED_AT: Final = 50  # rows, the latest where the table says which these are
SAMPLES: Final = 3
LONGEST: Final = 40  # characters of a sample


@dataclass(frozen=True)
class Explained:
    """One field. `samples`: what the source has -> what it becomes; of personal data one character and its length."""

    mapping: str
    field: str
    origin: str
    samples: tuple[str, ...]


def explain(name: str, source: Source, site_key: bytes, now: datetime) -> Iterator[Explained]:
    """The fields of every mapping of a source in the order of its settings, then what is mapped nowhere.

    Errors: SourceError with place and cure when the source can not be read as it is set.
    """
    engine = engine_of(name, source)
    projector = Projector(name, source, site_key)
    try:
        with engine.connect() as connection:
            for mapping in source.tables:
                reads = prepare(name, mapping, sa.inspect(connection))
                rows = [tuple(row) for row in connection.execute(_latest(reads)).all()]
                yield from _of(projector, mapping, reads, rows, now)
    except sa.exc.SQLAlchemyError as error:
        raise named(name, source.url.get_secret_value(), error) from error
    finally:
        engine.dispose()


def _latest(reads: Reads) -> Any:
    chosen = reads.whole()
    return (chosen.order_by(reads.changed.desc()) if reads.mapping.cursor else chosen).limit(LOOKED_AT)


def _of(
    projector: Projector, mapping: Mapping, reads: Reads, rows: Sequence[Row], now: datetime
) -> Iterator[Explained]:
    told_as = mapping_id(mapping, projector.source.tables)
    raw = table_of(reads.columns, rows)
    found = projector.project(mapping, raw, now)
    secret = {c for way in mapping.personal.values() for c in way.columns} | set(mapping.identity)
    for field, way in mapping.columns.items():
        samples = _samples(reads, rows, way, found.rows[field].to_pylist(), secret)
        yield Explained(told_as, field, origin(way), samples)
    if mapping.changed_at:
        way = FieldOf(column=mapping.changed_at)
        yield Explained(told_as, "changed_at", origin(way), _samples(reads, rows, way, [], secret))
    if mapping.identity:
        yield Explained(told_as, "identity_key", f"HMAC of the first of {_listed(mapping.identity)} that is there", ())
    for field, way in mapping.personal.items():
        values = found.personal[field].to_pylist() if found.personal is not None else []
        masked = dict.fromkeys(_masked(str(value)) for value in values if value is not None)
        yield Explained(told_as, f"personal.{field}", origin(way), tuple(masked)[:SAMPLES])
    table = schema.TABLES[mapping.into]
    if left := [c.name for c in table.own if c.name in table.mappable and c.name not in mapping.columns]:
        yield Explained(told_as, ", ".join(left), "mapped nowhere: always empty", ())


def origin(way: FieldOf) -> str:
    """How a field is built, in words."""
    if way.const is not None:
        return f"always `{way.const}`"
    said = f"first of {_listed(way.first_of)} that is not blank" if way.first_of else f"column `{way.column}`"
    said += f", as minutes after `{way.minutes_after}`" if way.minutes_after else ""
    said += f", by code table `{way.codes}`" if way.codes else ""
    said += f", a time like {way.time_format}" if way.time_format else ""
    return said + (f", else `{way.otherwise}`" if way.otherwise is not None else "")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names if name)


def _samples(
    reads: Reads, rows: Sequence[Row], way: FieldOf, values: Sequence[Any], secret: set[str]
) -> tuple[str, ...]:
    """Up to SAMPLES different ones. Where rows were left out (no key, or one twice) raw and made can not be paired."""
    if not way.columns:
        return ()
    places = [reads.names.index(column) for column in way.columns]
    hidden = any(column in secret for column in way.columns)
    is_paired = len(values) == len(rows)
    found: dict[str, None] = {}
    for number, row in enumerate(rows):
        there = [_short(row[place]) for place in places if row[place] is not None]
        if not there:
            continue
        say = _masked if hidden else _short
        text = " + ".join(map(say, there))
        if is_paired:
            text += f" -> {'nothing' if values[number] is None else say(_short(values[number]))}"
        found[text] = None
        if len(found) == SAMPLES:
            break
    return tuple(found)


def _short(value: Any) -> str:
    text = value.isoformat(sep=" ") if isinstance(value, datetime) else " ".join(str(value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _masked(text: str) -> str:
    return f"{text[:1]}{'*' * (min(len(text), 12) - 1)}" if text else text
