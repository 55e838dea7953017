"""Schemathesis asks every route of a real server, as its description says and as it forbids: none fails, none leaks."""

from collections.abc import Iterator

import httpx
import pytest

from tests.access import schema
from tests.access.bent import Findings, text_of
from tests.access.town import OTHER, Town, served, town


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("schema")) as one:
        yield one


@pytest.mark.slow
@pytest.mark.parametrize("user", ["boss", "li", "root"])
def test_no_route_fails_or_leaks_whatever_it_is_asked(there: Town, user: str) -> None:
    """More of it, and every role, in `python -m bench.safety`."""
    every = Findings()
    with served(there.app) as base:
        operations = schema.operations(there.app)
        assert len(operations) > 20
        for operation in operations:
            found = Findings()
            schema.ask(there, base, user, operation, 5, found)
            assert found.n > 0, operation.label
            every.add(found)
    assert every.server_errors == []
    assert every.leaks == []
    assert every.statuses[200] > 25, "most of the questions were none"


def test_the_description_covers_every_route_of_the_app(there: Town) -> None:
    labels = {operation.path for operation in schema.operations(there.app)}
    assert {"/api/kpis/{key}", "/api/live", "/api/replies", "/answer/{name}", "/export/{name}.{kind}"} <= labels
    assert {"/sign-in", "/sign-out", "/password", "/unmask", "/metrics", "/healthz", "/{path}"} <= labels


def test_what_stands_in_a_workbook_is_looked_through(there: Town) -> None:
    with served(there.app) as base, there.visit("root") as headers:
        said = httpx.get(f"{base}/export/orders.xlsx?period=all", headers=headers, timeout=60)
    assert said.status_code == 200
    assert next(iter(there.numbers(OTHER))) in text_of(said.content)
