"""The questions of the command line and the API, and their answers: the same code with and without a running node."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import pandas as pd
from pydantic import ValidationError

import door
from kpis import catalogue, evaluate
from kpis.types import Definition, Options, Refusal
from settings import Settings
from store.facts.db import Facts
from store.facts.errors import StoreError
from store.ledger import queries
from store.ledger.ledger import Ledger, open_ledger
from store.scope import Scope

MOST_ROWS: Final = 200_000
WAIT_S: Final = 10.0
_HIDDEN: Final = ("row_hash", "identity_key", "gone_at")


class Desk(Protocol):
    """What a question is answered from."""

    @property
    def settings(self) -> Settings: ...
    @property
    def facts(self) -> Facts: ...
    @property
    def ledger(self) -> Ledger: ...
    def now(self) -> datetime: ...


@dataclass(frozen=True)
class Files:
    """The desk without a node: the files themselves, and now by the machine's clock."""

    settings: Settings
    facts: Facts
    ledger: Ledger

    def now(self) -> datetime:
        return datetime.now(UTC)


def ask(settings: Settings, command: str, args: dict[str, Any]) -> Any:
    """The running node's answer, or without a node that of the files.

    Another command may have the files open, or a node be starting: both are waited for.
    Errors: door.Refused, StoreError or a ValueError, each with a sentence.
    """
    until = time.monotonic() + WAIT_S
    while True:
        answer = door.ask(settings.node.socket, command, args)
        if answer is not None:
            return answer
        try:
            return _from_files(settings, command, args)
        except StoreError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _from_files(settings: Settings, command: str, args: dict[str, Any]) -> Any:
    with Facts(settings.node.facts_file, settings.site.zone) as facts:
        ledger = open_ledger(settings.node.ledger)
        try:
            return reply(Files(settings, facts, ledger), command, args)
        finally:
            ledger.close()


def reply(desk: Desk, command: str, args: dict[str, Any]) -> Any:
    """The answer to one question of the command line. Errors: ValueError with a sentence."""
    scope = Scope.everything("command line")
    if command == "kpi":
        return kpi(desk, scope, args)
    if command == "orders":
        return orders(desk, scope, args)
    if command == "alerts":
        return queries.alerts(desk.ledger, args["state"])
    raise ValueError(f"no command {command}; there are kpi, orders and alerts")


def kpi(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Values of one definition in their JSON form, one per combination of `by`."""
    definition = catalogue.find(args["key"])
    now = _time(args.get("at")) or desk.now()
    with desk.facts.read(scope) as reader:
        frame = evaluate.values(
            reader,
            definition,
            _options(desk.settings, definition, args.get("option", ())),
            by=args.get("by", ()),
            where=_where(args.get("where", ())),
            start=_time(args.get("start")),
            end=_time(args.get("end")),
            now=now,
        )
    return evaluate.to_values(frame, definition, as_of(desk.facts, definition.table), now, _time(args.get("end")))


def orders(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """{"total", "rows"}: work orders, or with `key` the rows behind that KPI; newest first, without personal data.

    At most `limit` rows are given; `total` counts all.
    """
    now = _time(args.get("at")) or desk.now()
    key, outcome = args.get("key"), args.get("outcome")
    if outcome not in (None, "success", "failure"):
        raise Refusal(f"outcome {outcome}: there are success and failure")
    if outcome and not key:
        raise Refusal("outcome: whose? name the KPI with --kpi")
    definition = catalogue.find(key or "stated_limit_on_time_rate")
    asked: dict[str, Any] = {
        "where": _where(args.get("where", ())),
        "start": _time(args.get("start")),
        "end": _time(args.get("end")),
    }
    with desk.facts.read(scope) as reader:
        if key:
            options = _options(desk.settings, definition, args.get("option", ()))
            rows = evaluate.rows_behind(reader, definition, options, **asked, outcome=outcome)
        else:
            rows = evaluate.listed(reader, definition, **asked)
        newest = rows.order_by(rows[definition.counted_at].desc(), rows.source_key)
        frame = reader.frame(newest.limit(min(int(args.get("limit") or MOST_ROWS), MOST_ROWS)), now)
        total = int(reader.frame(rows.count().name("n").as_table(), now)["n"].iloc[0])
    return {"total": total, "rows": _records(frame.drop(columns=list(_HIDDEN), errors="ignore"))}


def of_query(key: str, params: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The arguments of `kpi` from a query string. Errors: KeyError for an unknown KPI, ValueError for a parameter."""
    try:
        catalogue.find(key)
    except Refusal as error:
        raise KeyError(str(error)) from error
    if unknown := set(params) - {"by", "where", "option", "from", "to", "at"}:
        raise Refusal(f"{', '.join(sorted(unknown))}: there are by, where, option, from, to and at")
    one = {name: params[name][-1] for name in ("from", "to", "at") if params.get(name)}
    return {
        "key": key,
        "by": [dim for text in params.get("by", ()) for dim in text.split(",") if dim],
        "where": params.get("where", ()),
        "option": params.get("option", ()),
        "start": one.get("from"),
        "end": one.get("to"),
        "at": one.get("at"),
    }


def as_of(facts: Facts, table: str) -> datetime | None:
    """The oldest among the sources that feed `table`: a figure is as old as its oldest part."""
    ages = [s.as_of for s in facts.states() if table in s.feeds]
    return None if not ages or None in ages else min(a for a in ages if a)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """JSON-able rows: times in ISO, missing as null."""
    text = frame.copy()
    for name in text.select_dtypes(include=["datetimetz", "datetime"]).columns:
        text[name] = [None if pd.isna(v) else v.isoformat() for v in text[name]]
    return [{str(k): None if _missing(v) else v for k, v in row.items()} for row in text.to_dict("records")]


def _missing(value: Any) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and value != value)  # noqa: PLR0124 - NaN


def _time(text: str | None) -> datetime | None:
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


def _where(pairs: Iterable[str]) -> dict[str, Sequence[str]]:
    """["station=A", "station=B"] -> {"station": ["A", "B"]}."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        dim, equals, value = pair.partition("=")
        if not equals:
            raise Refusal(f"{pair}: is not DIM=VALUE; write e.g. station=S01")
        found.setdefault(dim, []).append(value)
    return dict(found)


def _options(settings: Settings, definition: Definition, pairs: Iterable[str]) -> Options:
    given = dict(pair.partition("=")[::2] for pair in pairs)
    base = settings.kpis.get(definition.key, Options())
    if unknown := set(given) - set(Options.model_fields):
        raise Refusal(f"option {', '.join(sorted(unknown))}: there are {', '.join(sorted(Options.model_fields))}")
    try:
        return Options.model_validate({**base.model_dump(), **given})
    except ValidationError as error:
        names = ", ".join(str(e["loc"][0]) for e in error.errors())
        raise Refusal(f"option {names}: no such value; no_limit is on_time or excluded, target a number") from error
