"""The questions of the command line and the API, and their answers: the same code with and without a running node."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import pandas as pd

import door
from kpis import catalogue, evaluate
from kpis.types import Definition, Options, Refusal
from settings import Settings
from store.facts.db import Facts
from store.ledger import queries
from store.ledger.ledger import Ledger, open_ledger
from store.scope import Scope

MOST_ROWS: Final = 100_000
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

    Errors: door.Refused or a ValueError, each with a sentence.
    """
    answer = door.ask(settings.node.socket, command, args)
    if answer is not None:
        return answer
    facts = Facts(settings.node.facts_file, settings.site.zone)
    try:
        return reply(Files(settings, facts, open_ledger(settings.node.ledger)), command, args)
    finally:
        facts.close()


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


def orders(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Work orders, or with `key` the rows behind that KPI; newest first, without personal data."""
    now = _time(args.get("at")) or desk.now()
    limit = min(int(args.get("limit", 100)), MOST_ROWS)
    definition = catalogue.find(args.get("key") or "stated_limit_on_time_rate")
    if args.get("outcome") not in (None, "success", "failure"):
        raise ValueError(f"outcome {args['outcome']}: there are success and failure")
    if args.get("outcome") and not args.get("key"):
        raise ValueError("outcome: whose? name the KPI with --kpi")
    with desk.facts.read(scope) as reader:
        rows = evaluate.rows_behind(
            reader,
            definition,
            _options(desk.settings, definition, args.get("option", ())),
            where=_where(args.get("where", ())),
            start=_time(args.get("start")),
            end=_time(args.get("end")),
            now=now,
            outcome=args.get("outcome"),
        )
        counted = rows[definition.counted_at]
        frame = reader.frame(rows.order_by(counted.desc(), rows.source_key).limit(limit), now)
    return _records(frame.drop(columns=[*_HIDDEN, *(() if args.get("key") else ("is_success",))], errors="ignore"))


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
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text}: has no offset; write {text}+08:00 or the like")
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
    return Options.model_validate({**base.model_dump(), **given})
