"""The OpenAPI description of every route, with what the routes read beside it, and Schemathesis' questions to it."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext, suppress
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from dashboard.access.gate import PER_MINUTE
from dashboard.exports import LISTS
from dashboard.server import ANSWERS
from kpis.catalogue import CATALOGUE
from tests.access.bent import Findings
from tests.access.stand import server_of
from tests.access.town import OTHER, Town

# Words of addresses that routes read themselves, so that no schema tells of them.
WORDS: Final = (
    *("unit", "period", "from", "to", "category", "channel", "customer", "events", "exempt", "state", "kpi", "outcome"),
    *("show", "id", "order", "q", "by_station", "by_hour", "lang", "theme", "figure", "every", "sort", "page"),
    *("_at", "_held"),
)
OF_LIVE: Final = ("view", "have", "wait", "parts")
FORMS: Final = {
    "/sign-in": ("user", "password", "next"), "/password": ("old", "new", "again"), "/unmask": ("order", "reason"),
}  # fmt: skip
TEXT: Final = {"type": "string", "maxLength": 60}


def described(app: Any) -> dict[str, Any]:
    """The schema of the app object, although the server shows none, and what its routes read of a request by hand."""
    document = server_of(app).openapi()
    paths = document["paths"]
    paths["/api/live"] = {"get": {"responses": {"200": {"description": "parts"}}, "parameters": _words(OF_LIVE)}}
    for path in ("/answer/{name}", "/export/{name}.{kind}", "/{path}", "/wall/main"):
        known = paths.setdefault(path, {"get": {"responses": {"200": {"description": "page"}}}})["get"]
        known["parameters"] = [*known.get("parameters", []), *_words(WORDS)]
    _names(paths["/answer/{name}"], "name", [*ANSWERS, "hotspots-lab"])
    _names(paths["/export/{name}.{kind}"], "name", [*LISTS, "alerts"])
    _names(paths["/export/{name}.{kind}"], "kind", ["csv", "xlsx"])
    _names(paths["/api/kpis/{key}"], "key", list(CATALOGUE))
    for path, fields in FORMS.items():
        form = {"type": "object", "properties": dict.fromkeys(fields, TEXT), "required": list(fields)}
        paths[path]["post"]["requestBody"] = {"content": {"application/x-www-form-urlencoded": {"schema": form}}}
    reply = {"type": "object", "properties": {"from": TEXT, "text": TEXT}, "required": ["from", "text"]}
    paths["/api/replies"]["post"]["requestBody"] = {"content": {"application/json": {"schema": reply}}}
    return document


def _words(names: Sequence[str]) -> list[dict[str, Any]]:
    values = {"anyOf": [TEXT, {"enum": [OTHER, "S1", "7d", "2026-11-01", "9999-12-31", "all", "1", "orders:1", "0"]}]}
    return [{"name": name, "in": "query", "schema": values} for name in names]


def _names(item: dict[str, Any], name: str, values: list[str]) -> None:
    for one in item["get"]["parameters"]:
        if one["name"] == name:
            one["schema"] = {"type": "string", "enum": values}


def visited(town: Town, user: str, base: str) -> Iterator[dict[str, str]]:
    """Headers for one request after the other: a new visit before the pace of files is reached."""
    while True:
        with town.visit(user) as headers:
            for _ in range(PER_MINUTE["files"] - 1):
                yield {**headers, "origin": base}


def operations(app: Any) -> list[Any]:
    """Every route with its method; but for readiness, whose answer of a node that is not ready is 503."""
    schema = schemathesis.openapi.from_dict(described(app)).exclude(path="/readyz")
    return [found.ok() for found in schema.get_all_operations()]


def ask(town: Town, base: str, user: str, operation: Any, n: int, found: Findings) -> None:
    """Has `user` ask one operation `n` times as its schema says, and as often as it forbids."""
    headers, theirs = visited(town, user, base), town.hidden_from(user)
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @settings(
            max_examples=n, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def asking(case: Any) -> None:
            said = case.call(base_url=base, headers=next(headers), allow_redirects=False, timeout=60)
            found.look(
                f"{user} {said.request.method} {said.request.url[:300]} {said.request.body!r}"[:600], said, theirs
            )

        with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
            asking()  # a schema without parameters forbids nothing
