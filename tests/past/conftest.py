"""A desk with real facts in DuckDB and a real ledger, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from catchup import rules_of
from kpis.derive import derivers
from settings import Settings
from store.facts.db import Facts
from store.ledger import Ledger
from tests.kpis.stage import NOW, Row, merged
from tests.store_ledger.conftest import ledger, url

__all__ = ["ledger", "url"]


@dataclass
class HandDesk:
    """What a question is asked of, with a clock that the test moves."""

    settings: Settings
    facts: Facts
    ledger: Ledger
    at: datetime = NOW
    said: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def merge(self, **tables: list[Row]) -> None:
        for name, rows in tables.items():
            merged(self.facts, name, rows, derivers(rules_of(self.settings)))


def settings_in(folder: Path, **site: Any) -> Settings:
    orders = {"into": "work_orders", "table": "t", "key": "k", "columns": {"order_no": "n"}}
    return Settings.model_validate(
        {"node": {"var": folder}, "site": site, "sources": {"city": {"url": "sqlite://", "tables": [orders]}}}
    )


@pytest.fixture
def desk(tmp_path: Path, ledger: Ledger) -> Iterator[HandDesk]:
    with Facts(tmp_path / "facts.duckdb", "Asia/Shanghai") as facts:
        yield HandDesk(settings_in(tmp_path), facts, ledger)
