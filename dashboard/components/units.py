"""Names of units and network parts in the reader's language, and the choice of a unit."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from dashboard.components.format import Language
from kpis.types import Reader, ShapedReader

KINDS: Final = ("city", "county", "station", "feeder")

_USUAL_WORDS: Final = re.compile(
    r"(?:供电服务站|供电所|供电公司|供电分公司)$|\s+(?:power supply |supply )?(?:station|company)$", re.IGNORECASE
)


def brief(name: str) -> str:
    """`name` without the words every unit of its kind has: for narrow columns."""
    return _USUAL_WORDS.sub("", name) or name


@dataclass(frozen=True)
class Unit:
    """One named thing of the tree."""

    code: str
    kind: str
    parent: str | None
    name: str


@dataclass(frozen=True)
class Units:
    """Some units by code. A code without a name is shown as it is: better a code than nothing."""

    all: tuple[Unit, ...]

    @cached_property
    def _by_code(self) -> dict[str, Unit]:
        return {u.code: u for u in self.all}

    def get(self, code: str | None) -> Unit | None:
        return self._by_code.get(code) if code else None

    def name(self, code: str | None) -> str:
        unit = self.get(code)
        return unit.name if unit else code or ""

    def brief(self, code: str | None) -> str:
        return brief(self.name(code))

    def lies_in(self, code: str, top: str) -> bool:
        """Whether `code` is `top` or stands anywhere under it in the tree."""
        seen: set[str] = set()
        here: str | None = code
        while here and here not in seen:  # a source may name a unit as its own ancestor
            if here == top:
                return True
            seen.add(here)
            unit = self.get(here)
            here = unit.parent if unit else None
        return False

    def children(self, code: str | None, kind: str) -> list[Unit]:
        """The units of `kind` under `code`; all of that kind for None."""
        return [u for u in self.all if u.kind == kind and (code is None or u.parent == code)]

    def choices(self, all_of: str) -> list[Unit]:
        """Each county, then its stations. `all_of`: what a county as a whole is called, with {name}."""
        found: list[Unit] = []
        for county in self.children(None, "county"):
            found += [replace(county, name=all_of.format(name=county.name)), *self.children(county.code, "station")]
        return found + [s for s in self.children(None, "station") if s not in found]


def read_units(reader: ShapedReader, language: Language, now: datetime) -> Units:
    """All units with a name, by code. Names are for everybody: they are read once, and again when they change."""
    units: Units = reader.kept(("units", language), "units", lambda: _read(reader, language, now))
    return units


def _read(reader: Reader, language: Language, now: datetime) -> Units:
    t = reader.table("units")
    name, other = (t.name_zh, t.name_en) if language == "zh" else (t.name_en, t.name_zh)
    named = t.filter(t.kind.isin(KINDS))
    rows = named.select("code", "kind", "parent", name=name.fill_null(other).fill_null(t.code)).order_by("code")
    frame = reader.frame(rows, now).astype(object)
    frame = frame.where(frame.notna(), None).drop_duplicates("code")
    return Units(tuple(Unit(*row) for row in frame.itertuples(index=False, name=None)))


def area_names(reader: ShapedReader, codes: Collection[str], language: Language, now: datetime) -> Mapping[str, str]:
    """Names of transformer areas, by code: too many of them for `Units`. One that no source names is its code."""
    return place_names(reader, codes, language, now, ("transformer_area",))


def place_names(
    reader: ShapedReader,
    codes: Collection[str],
    language: Language,
    now: datetime,
    kinds: Collection[str] = ("transformer_area", "grid"),
) -> Mapping[str, str]:
    """Names of units of `kinds`, by code. One that no source names is its code."""
    if not codes:
        return {}
    t = reader.table("units")
    chosen = t.filter(t.kind.isin(list(kinds)), t.code.isin(sorted(codes))).select("code", "name_zh", "name_en")
    frame = reader.frame(chosen, now)
    first, other = ("name_zh", "name_en") if language == "zh" else ("name_en", "name_zh")
    named = frame[first].fillna(frame[other]).fillna(frame["code"])
    return {code: code for code in codes} | dict(zip(frame["code"], named, strict=True))


def station_points(reader: ShapedReader, now: datetime) -> list[dict[str, Any]]:
    """code, parent, lon and lat of every station that has a place."""
    rows: list[dict[str, Any]] = reader.kept(("points",), "units", lambda: _read_points(reader, now))
    return rows


def _read_points(reader: Reader, now: datetime) -> list[dict[str, Any]]:
    t = reader.table("units")
    placed = t.filter(t.kind == "station", t.lon.notnull(), t.lat.notnull()).select("code", "parent", "lon", "lat")
    frame = reader.frame(placed.order_by("code"), now).drop_duplicates("code")
    rows = frame.astype(object).to_dict("records")
    return [{"code": r["code"], "parent": r["parent"] or None, "lon": r["lon"], "lat": r["lat"]} for r in rows]
