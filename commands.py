"""The questions of the command line and the API, and their answers: the same code with and without a running node."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import alarm_health
import backtesting
import door
import duty_now
import explanation
import figuring
import midnight
import purging
import register
import rule_book
import source_book
import trying
from asking import Desk, moment_of, options_of, records, where_of
from catchup import derivations, rules_of
from kpis import catalogue, evaluate
from kpis.types import Refusal
from settings import Settings
from store.facts.db import Facts
from store.facts.errors import StoreError
from store.ledger import queries, recomputations
from store.ledger.ledger import Ledger, open_ledger
from store.scope import Scope

MOST_ROWS: Final = 200_000
WAIT_S: Final = 10.0
PATIENCE_S: Final[Mapping[str, float]] = {
    "backtest": 900.0,
    "hotspots": 300.0,
    "hotspots lab": 300.0,
}  # a figure against its target is asked for hour by hour
_HIDDEN: Final = ("row_hash", "identity_key", "gone_at")
Reply = Callable[[Desk, Scope, Mapping[str, Any]], Any]


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
        answer = door.ask(settings.node.socket, command, args, PATIENCE_S.get(command, 60.0))
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
        desk = Files(settings, facts, ledger)
        try:
            register.mirror(desk, derivations(settings))  # no tick does it here
            answer = reply(desk, command, args)
            if command in register.ANSWERS:
                register.mirror(desk, derivations(settings))
            return answer
        finally:
            ledger.close()


def reply(desk: Desk, command: str, args: dict[str, Any]) -> Any:
    """The answer to one question of the command line. Errors: ValueError with a sentence."""
    if command not in ANSWERS:
        raise ValueError(f"no command {command}; there are {', '.join(ANSWERS)}")
    return ANSWERS[command](desk, Scope.everything("command line"), args)


def orders(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """{"total", "rows"}: work orders, or with `key` the rows behind that KPI; newest first, without personal data.

    At most `limit` rows are given; `total` counts all.
    """
    now = moment_of(args.get("at")) or desk.now()
    key, outcome = args.get("key"), args.get("outcome")
    if outcome not in (None, "success", "failure"):
        raise Refusal(f"outcome {outcome}: there are success and failure")
    if outcome and not key:
        raise Refusal("outcome: whose? name the KPI with --kpi")
    definition = catalogue.find(key or "stated_limit_on_time_rate")
    asked: dict[str, Any] = {
        "where": where_of(args.get("where", ())),
        "start": moment_of(args.get("start")),
        "end": moment_of(args.get("end")),
    }
    with desk.facts.read(scope) as reader:
        if key:
            options = options_of(desk.settings, definition, args.get("option", ()))
            rows = evaluate.rows_behind(reader, definition, options, **asked, outcome=outcome)
        else:
            rows = evaluate.listed(reader, definition, **asked)
        newest = rows.order_by(rows[definition.counted_at].desc(), rows.source_key)
        frame = reader.frame(newest.limit(min(int(args.get("limit") or MOST_ROWS), MOST_ROWS)), now)
        total = int(reader.frame(rows.count().name("n").as_table(), now)["n"].iloc[0])
    return {"total": total, "rows": records(frame.drop(columns=list(_HIDDEN), errors="ignore"))}


def explain(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """The clocks of one order, line by line (`explanation`)."""
    with desk.facts.read(scope) as reader:
        now = moment_of(args.get("at")) or desk.now()
        return explanation.answer(reader, str(args["order"]), rules_of(desk.settings), now)


def _of_hotspots(name: str) -> Reply:
    def answer(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> Any:
        from gathering.answers import ANSWERS as OF_HOTSPOTS  # its libraries take seconds to load; others do without

        return OF_HOTSPOTS[name](desk, scope, args)

    return answer


ANSWERS: Final[Mapping[str, Reply]] = {
    "kpi": figuring.kpi,
    "orders": orders,
    "explain": explain,
    "history": midnight.history,
    "personal": purging.answer,
    "alerts": lambda desk, _, args: queries.alerts(desk.ledger, args["state"]),
    "alerts test": lambda desk, _, args: trying.channel(desk.settings, args["channel"], args["address"], desk.now()),
    "duty": duty_now.answer,
    "recomputations": lambda desk, _scope, _args: recomputations.recent(desk.ledger),
    **alarm_health.ANSWERS,
    **backtesting.ANSWERS,
    **rule_book.ANSWERS,
    **source_book.ANSWERS,
    **{name: _of_hotspots(name) for name in ("hotspots", "hotspot", "hotspot answer", "hotspots lab")},
    **register.ANSWERS,
}
