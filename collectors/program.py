"""A compiled mapping as SQL texts: made once by DuckDB's expression API, which quotes and escapes; run for every batch.

Binding the expressions anew for each batch costs 80 ms; running the texts costs a tenth of it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final

from duckdb import StarExpression

from collectors.expressions import Expr, call, constant, joined, null, quoted, text, when
from collectors.mapping import Compiled
from collectors.places import located
from collectors.sums import OPEN, SUM
from settings_sources import Mapping as TableMapping
from settings_sources import Source, mapping_id
from store.facts import schema

RECORD: Final = {"work_orders": "work_order", "surveys": "survey"}
ASIDE: Final = {SUM: "BIGINT", OPEN: "BOOLEAN"}  # what a read says of a row beside its values
BESIDE: Final = {"every_s", "fresh_s", "open_where", "open_while_empty"}  # of a mapping: changes no row
WRONG: Final = "lightkeeper_wrong"
POINT_TOLERANCE: Final = 1e-5  # degrees, about a metre: coordinates are often written with five places


def fingerprint(source: Source, index: int, extra: str) -> str:
    """Changes with all that decides what a row of mapping `index` becomes; `extra` is what the caller adds to that."""
    mapping = source.tables[index]
    used = {way.codes for way in (*mapping.columns.values(), *mapping.personal.values()) if way.codes}
    body = {
        "mapping": mapping.model_dump(mode="json", exclude=BESIDE),
        "codes": {name: source.codes[name] for name in used},
        "zone": source.zone,
        "extra": extra,
    }
    if source.coordinates != "wgs84":
        body["coordinates"] = source.coordinates
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Fault:
    """One way for a row to be wrong: the field it empties, and the condition, value and sentence over `staged`."""

    name: str
    bad: Expr
    value: Expr
    reason: Expr


@dataclass(frozen=True)
class Program:
    """SQL over the registered tables `raw` (source columns) and `staged` (what `stage` gives).

    Nearly all pages are clean and go from `raw` to canonical rows in one statement. `staged` is for the others: it has
    `key`, `v:<field>`, `r:<field>` (the text a bad value had), `f:<field>` (whether it is a time too far off),
    `p:<field>` for personal fields.
    """

    clean: str  # canonical rows out of `raw`, and whether something is WRONG with a row
    clean_personal: str | None
    stage: str
    counts: str  # one number per entry of `rejects`
    rejects: tuple[str, ...]
    doubles: str
    rows: str
    personal: str | None


def _texts(db: Any, kinds: Mapping[str, str]) -> Any:
    """The source columns, each as text as well."""
    own = {column: kind for column, kind in kinds.items() if column not in ASIDE}
    return db.table("raw").select(
        StarExpression(), *(text(quoted(column), kind).alias(f"t:{column}") for column, kind in own.items())
    )


def _values(compiled: Compiled, kinds: Mapping[str, str]) -> list[Expr]:
    """What any row becomes: key, fields, personal fields, what the read says beside them."""
    chosen = [compiled.key.alias("key")]
    chosen += [part.value.alias(f"v:{part.name}") for part in compiled.parts]
    chosen += [part.value.alias(f"p:{part.name}") for part in compiled.personal]
    return chosen + [quoted(name).try_cast(kind).alias(name) for name, kind in ASIDE.items() if name in kinds]


def stage_sql(db: Any, compiled: Compiled, kinds: Mapping[str, str]) -> str:
    """The SELECT from `raw` (registered in `db`) to `staged`."""
    raws = [part.raw.alias(f"r:{part.name}") for part in compiled.parts if part.raw is not None]
    far = [part.far.alias(f"f:{part.name}") for part in compiled.parts if part.far is not None]
    return str(_texts(db, kinds).select(*_values(compiled, kinds), *raws, *far).sql_query())


def _clean(db: Any, compiled: Compiled, kinds: Mapping[str, str]) -> Any:
    """As `stage_sql`, with WRONG instead of the texts. In two layers: in one each field would be made twice."""
    rest = [part.there.alias(f"h:{part.name}") for part in compiled.parts if part.there is not None]
    wrong = [
        quoted(f"h:{part.name}") & quoted(f"v:{part.name}").isnull()
        for part in compiled.parts
        if part.there is not None
    ]
    wrong += [fault.bad for fault in _misplaced(compiled)]
    made = _texts(db, kinds).select(*_values(compiled, kinds), *rest)
    return made.select(StarExpression(), reduce(or_, wrong, constant(False)).alias(WRONG))


def program_of(
    db: Any, name: str, source: Source, mapping: TableMapping, compiled: Compiled, kinds: Mapping[str, str]
) -> Program:
    """The whole program, once `staged` and `doubles` are registered in `db`."""
    staged = db.table("staged")
    told_as = mapping_id(mapping, source.tables)
    faults = _faults(compiled)
    counts = staged.aggregate([call("count_if", f.bad).alias(f"n{i}") for i, f in enumerate(faults)])
    rejects = tuple(_told(name, told_as, staged.filter(f.bad), f) for f in faults)
    said = constant("the key stands in more than one row, only the last was taken; name more columns in key")
    double = Fault("key", constant(True), quoted("key"), said)
    clean, clean_personal = _canonical(name, source, mapping, compiled, _clean(db, compiled, kinds))
    rows, personal = _canonical(name, source, mapping, compiled, staged)
    return Program(
        clean=clean,
        clean_personal=clean_personal,
        stage=stage_sql(db, compiled, kinds),
        counts=str(counts.sql_query()),
        rejects=rejects,
        doubles=_told(name, told_as, db.table("doubles"), double),
        rows=rows,
        personal=personal,
    )


def _canonical(
    name: str, source: Source, mapping: TableMapping, compiled: Compiled, staged: Any
) -> tuple[str, str | None]:
    """Canonical rows and personal rows of `staged`, or None."""
    values, of = _placed(mapping, compiled), staged
    if source.coordinates != "wgs84" and {"lon", "lat"} <= values.keys():
        of = located(staged, source.coordinates)
        values |= {name: when(values[name].isnotnull(), quoted(f"w:{name}")) for name in ("lon", "lat")}
    personal = None
    if compiled.personal and mapping.into in RECORD:
        own = {part.name: quoted(f"p:{part.name}") for part in compiled.personal}
        own |= {n: e for n, e in values.items() if n == "changed_at"}
        own["record"] = constant(RECORD[mapping.into])
        personal = _rows(name, schema.PERSONAL, own, staged)
    return _rows(name, schema.TABLES[mapping.into], values, of), personal


def _rows(name: str, into: schema.Table, values: Mapping[str, Expr], staged: Any) -> str:
    """Canonical rows with the columns that are mapped; the others are empty."""
    own = [c.name for c in into.own if not c.derived]
    full = {field: values[field] for field in (*own, "changed_at") if field in values}
    hashed = call("hash", *(full.values() or [null("text")]))
    full |= {"source": constant(name), "source_key": quoted("key"), "row_hash": hashed}
    aside = (*ASIDE, WRONG) if into is not schema.PERSONAL else ()
    full |= {name: quoted(name) for name in aside if name in staged.columns}
    return str(staged.select(*(value.alias(field) for field, value in full.items())).sql_query())


def _faults(compiled: Compiled) -> list[Fault]:
    no_key = constant("the row has no key; it was not taken")
    faults = [Fault("key", quoted("key").isnull(), constant(None).cast("VARCHAR"), no_key)]
    keyed = quoted("key").isnotnull()
    for part in compiled.parts:
        if part.raw is not None and part.reason is not None:
            raw = quoted(f"r:{part.name}")
            bad = raw.isnotnull() & quoted(f"v:{part.name}").isnull() & keyed
            faults.append(Fault(part.name, bad, raw, part.reason(raw)))
    return faults + _misplaced(compiled)


def _misplaced(compiled: Compiled) -> list[Fault]:
    """One fault where there are coordinates."""
    if not {"lon", "lat"} <= {part.name for part in compiled.parts}:
        return []
    lon, lat = quoted("v:lon"), quoted("v:lat")
    point = joined(lon.cast("VARCHAR"), constant(", "), lat.cast("VARCHAR"))
    bad = lon.isnotnull() & lat.isnotnull() & ~_is_place(lon, lat) & quoted("key").isnotnull()
    reason = joined(constant("no place on earth at "), point, constant("; the place counts as unknown"))
    return [Fault("lon, lat", bad, point, reason)]


def _told(name: str, told_as: str, bad: Any, fault: Fault) -> str:
    columns = {
        "source": constant(name),
        "source_key": quoted("key"),
        "mapping": constant(told_as),
        "field": constant(fault.name),
        "value": call("left", fault.value, constant(200)),
        "reason": fault.reason,
    }
    return str(bad.select(*(e.cast("VARCHAR").alias(n) for n, e in columns.items())).sql_query())


def _placed(mapping: TableMapping, compiled: Compiled) -> dict[str, Expr]:
    """The fields' values, lon and lat only where they are a real place."""
    values: dict[str, Expr] = {part.name: quoted(f"v:{part.name}") for part in compiled.parts}
    if not {"lon", "lat"} <= values.keys():
        return values
    usable = _is_place(values["lon"], values["lat"])
    for lon, lat in mapping.unknown_points:
        usable = usable & ~_at(values["lon"], values["lat"], lon, lat)
    said_unknown = values.get("place_unknown")
    if said_unknown is not None:
        usable = usable & when(said_unknown, constant(False), constant(True))
    if "place_unknown" in schema.TABLES[mapping.into].mappable:
        values["place_unknown"] = when(usable, constant(False), constant(True))
    return values | {"lon": when(usable, values["lon"]), "lat": when(usable, values["lat"])}


def _at(lon: Expr, lat: Expr, x: float, y: float) -> Expr:
    near = constant(POINT_TOLERANCE)
    return (call("abs", lon - constant(x)) < near) & (call("abs", lat - constant(y)) < near)


def _is_place(lon: Expr, lat: Expr) -> Expr:
    inside = (call("abs", lon) <= constant(180.0)) & (call("abs", lat) <= constant(90.0))
    return inside & ~_at(lon, lat, 0.0, 0.0)
