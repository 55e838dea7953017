"""What a question is asked of, and how its parts are read: filters, moments, options."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

import pandas as pd
from pydantic import ValidationError

from kpis.types import Definition, Options, Refusal
from settings import Settings
from store.facts.db import Facts
from store.ledger.ledger import Ledger


class Desk(Protocol):
    """What a question is answered from."""

    @property
    def settings(self) -> Settings: ...
    @property
    def facts(self) -> Facts: ...
    @property
    def ledger(self) -> Ledger: ...
    def now(self) -> datetime: ...


def as_of(facts: Facts, table: str) -> datetime | None:
    """The oldest among the sources that feed `table`: a figure is as old as its oldest part."""
    ages = [s.as_of_by_table[table] for s in facts.states() if table in s.feeds]
    return None if not ages or None in ages else min(a for a in ages if a)


def moment_of(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refusal(f"{text}: is not a time; write 2026-01-31T08:00:00+08:00") from error
    if at.tzinfo is None:
        raise Refusal(f"{text}: has no offset; write {text}+08:00 or the like")
    if not 1900 <= at.year <= 9998:
        raise Refusal(f"{text}: is no time this can be asked for; write a year from 1900 on")
    return at


def where_of(pairs: Iterable[str]) -> dict[str, Sequence[str]]:
    """["station=A", "station=B"] -> {"station": ["A", "B"]}."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        dim, equals, value = pair.partition("=")
        if not equals:
            raise Refusal(f"{pair}: is not DIM=VALUE; write e.g. station=S01")
        found.setdefault(dim, []).append(value)
    return dict(found)


def options_of(settings: Settings, definition: Definition, pairs: Iterable[str]) -> Options:
    given = dict(pair.partition("=")[::2] for pair in pairs)
    base = settings.kpis.get(definition.key, Options())
    if unknown := set(given) - set(Options.model_fields):
        raise Refusal(f"option {', '.join(sorted(unknown))}: there are {', '.join(sorted(Options.model_fields))}")
    try:
        return Options.model_validate({**base.model_dump(), **given})
    except ValidationError as error:
        names = ", ".join(str(e["loc"][0]) for e in error.errors())
        raise Refusal(f"option {names}: no such value; no_limit is on_time or excluded, target a number") from error


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """JSON-able rows: times in ISO, missing as null."""
    text = frame.copy()
    for name in text.select_dtypes(include=["datetimetz", "datetime"]).columns:
        text[name] = [None if pd.isna(v) else v.isoformat() for v in text[name]]
    return [{str(k): None if _missing(v) else v for k, v in row.items()} for row in text.to_dict("records")]


def _missing(value: Any) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and value != value)  # noqa: PLR0124 - NaN
