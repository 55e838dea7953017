"""Who has a role for what an alert is about. Pure: frames in, dictionaries kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pandas as pd

from alerts.duty import Person
from alerts.transition import About

_OF_NETWORK: Final = ("area_manager", "patch_manager", "account_manager")
_OF_CITY: Final = ("city_duty", "city_leader", "system_duty")
_DEEPEST: Final = 8  # levels of the tree of units: a ring in the source's data ends here


@dataclass(frozen=True)
class Directory:
    """People by code, by role and unit, and the tree of units (code -> the unit above)."""

    people: Mapping[str, Person] = field(default_factory=dict)
    by_role: Mapping[tuple[str, str | None], tuple[str, ...]] = field(default_factory=dict)
    above: Mapping[str, str] = field(default_factory=dict)
    crews: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of a station

    @classmethod
    def of(cls, people: pd.DataFrame, units: pd.DataFrame, own: Mapping[str, Person]) -> "Directory":
        """`people` and `units`: frames of the facts with their canonical columns. `own`: the duty file's, which add to
        the facts' or override single fields of them."""
        known = {p.code: p for p in map(_person, people.to_dict("records")) if p.code}
        for code, person in own.items():
            known[code] = _over(known[code], person) if code in known else person
        by_role: dict[tuple[str, str | None], list[str]] = {}
        for code, person in known.items():
            if person.role:
                by_role.setdefault((person.role, person.unit), []).append(code)
        tree = units.dropna(subset=["code", "parent"])
        crews = tree[tree["kind"] == "crew"].groupby("parent")["code"].agg(tuple)
        return cls(
            known,
            {key: tuple(codes) for key, codes in by_role.items()},
            dict(zip(tree["code"], tree["parent"], strict=True)),
            {str(station): codes for station, codes in crews.items()},
        )

    def who(self, role: str, about: About) -> tuple[Person, ...]:
        """Those who have `role` for `about`, nearest unit first; empty: nobody is known."""
        if role == "handler":
            return self._named(about.handler)
        if role == "area_manager" and (manager := self._named(about.manager)):
            return manager
        for unit in self._units(role, about):
            if found := self.by_role.get((role, unit)):
                return tuple(self.people[code] for code in found)
        if role == "crew" and about.station and not about.crew:
            return self._crews_of(about.station)
        return self._of_no_unit(role)

    def _of_no_unit(self, role: str) -> tuple[Person, ...]:
        """Those who have `role` everywhere; of a city's roles, where there is one city, those of that city."""
        everywhere = self.by_role.get((role, None), ())
        if not everywhere and role in _OF_CITY:
            units = [key for key in self.by_role if key[0] == role]
            everywhere = self.by_role[units[0]] if len(units) == 1 else ()
        return tuple(self.people[code] for code in everywhere)

    def _named(self, code: str | None) -> tuple[Person, ...]:
        return (self.people[code],) if code and code in self.people else ()

    def _crews_of(self, station: str) -> tuple[Person, ...]:
        codes = [c for crew in self.crews.get(station, ()) for c in self.by_role.get(("crew", crew), ())]
        return tuple(self.people[code] for code in codes)

    def _units(self, role: str, about: About) -> Iterator[str]:
        """Where to look for `role`, nearest first."""
        if role == "crew":
            starts = [about.crew]
        elif role in _OF_NETWORK:
            keeper = self.people.get(about.manager or "")
            starts = [about.transformer_area, keeper.unit if keeper else None, about.feeder, about.station]
        elif role == "station_head":
            starts = [about.station or about.crew]
        elif role == "county_duty":
            starts = [about.county or about.station]
        else:
            starts = [about.city or about.county or about.station]
        for start in starts:
            yield from self.path(start)

    def path(self, unit: str | None) -> Iterator[str]:
        """`unit` and the units above it."""
        for _ in range(_DEEPEST):
            if not unit:
                return
            yield unit
            unit = self.above.get(unit)

    def answerable(self, about: About) -> str | None:
        """Code of the unit that answers for `about`: its county, else the next that is known."""
        above = [unit for unit in self.path(about.station) if unit != about.station]
        return about.county or (above[0] if above else None) or about.city or about.station


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _person(row: Mapping[Any, Any]) -> Person:
    addresses = {name: text for name in ("phone", "email") if (text := _text(row.get(name)))}
    return Person(
        _text(row.get("person_code")) or "",
        _text(row.get("role")),
        _text(row.get("unit")),
        _text(row.get("name")),
        addresses,
        _text(row.get("language")),
    )


def _over(facts: Person, own: Person) -> Person:
    """The facts' person with what the duty file says of them."""
    return replace(
        facts,
        role=own.role or facts.role,
        unit=own.unit or facts.unit,
        name=own.name or facts.name,
        addresses={**facts.addresses, **own.addresses},
        language=own.language or facts.language,
        quiet=own.quiet or facts.quiet,
    )
