"""What the dashboard needs of the rest of the house. `app.py` builds it; tests build a small one by hand."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from dashboard.board import Board
from settings import Settings
from store.scope import Scope

Params = Mapping[str, Sequence[str]]
"""A query string: each name with all its values, in the order in which they stand."""


class House(Protocol):
    """The running node, seen from a page."""

    @property
    def settings(self) -> Settings: ...

    @property
    def board(self) -> Board: ...

    @property
    def ledger(self) -> Any:
        """`store.ledger.Ledger`; pages use its queries and commands."""

    @property
    def catalogue(self) -> Mapping[str, Any]:
        """KPI definitions by key."""

    @property
    def release(self) -> str:
        """Changes with each release; a page that sees another one reloads once."""

    @property
    def phones(self) -> Callable[[int], list[dict[str, Any]]] | None:
        """The latest messages the demonstration's receivers got, newest first; None outside the demonstration."""

    def now(self) -> datetime:
        """The site's time, aware UTC."""

    def reader(self, scope: Scope) -> Any:
        """`store.facts.read.Reader` that sees what `scope` may see."""

    def metrics(self) -> bytes:
        """Prometheus' text form."""

    def health(self) -> dict[str, Any]: ...

    def ready(self) -> tuple[bool, dict[str, Any]]:
        """Whether the node can serve current figures, and each part's own answer."""

    def ask(self, scope: Scope, command: str, args: Mapping[str, Any]) -> Any:
        """The answer to a question of the command line (`duty`, `alarm_health`, `backtest`, `alerts test`).

        Errors: ValueError with a sentence.
        """

    def kpi(self, scope: Scope, key: str, params: Params) -> list[dict[str, Any]]:
        """The values of one KPI (`/api/kpis/{key}`).

        Errors: UnknownKpi, Refusal for a parameter that means nothing.
        """
