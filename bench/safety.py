"""Safety, measured: what nobody may send, ask or see, tried on a real node by every role.

Parts of it by name (`--only payloads`).
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench.results import Measure, write
from kpis.catalogue import CATALOGUE
from tests.access import bent, schema
from tests.access.addresses import opened
from tests.access.bent import Findings
from tests.access.crossing import cross
from tests.access.town import USERS, Town, served, town

SEED: Final = 1000


def of_payloads(there: Town, *, quick: bool) -> list[Measure]:
    """Bent payloads of callbacks, as many by each role."""
    found, each = Findings(), (400 if quick else 10_000) // len(USERS)
    for i, user in enumerate(USERS):
        asyncio.run(bent.bend(there, user, each, SEED + i, found))
    reached = found.statuses.get(200, 0) + found.statuses.get(204, 0)
    return _safe(found, f"bent payloads of callbacks by {len(USERS)} roles, {reached} reached one")


def of_schema(there: Town, *, quick: bool) -> list[Measure]:
    """Schemathesis over every route."""
    found, each = Findings(), 1 if quick else 15
    with served(there.app) as base:
        for user in USERS:
            for operation in schema.operations(there.app):
                schema.ask(there, base, user, operation, each, found)
    good = found.statuses.get(200, 0)
    return _safe(found, f"Schemathesis over every route, {good} answers of 200")


def _safe(found: Findings, note: str) -> list[Measure]:
    for line in (*found.server_errors, *found.leaks):
        print(line, file=sys.stderr)
    return [
        Measure("server_errors", len(found.server_errors), "answers", found.n, note),
        Measure("leaks", len(found.leaks), "answers", found.n, "the same, looked through for 6 signs"),
    ]


def added(measures: Sequence[Measure]) -> list[Measure]:
    """Those of one name as one."""
    found: dict[str, Measure] = {}
    for one in measures:
        if before := found.get(one.measure):
            value, n = (before.value or 0) + (one.value or 0), before.n + one.n
            found[one.measure] = replace(one, value=value, n=n, note=f"{before.note}; {one.note}")
        else:
            found[one.measure] = one
    return list(found.values())


def of_open(there: Town, *, quick: bool) -> list[Measure]:
    """Every address and callback, asked without a visit."""
    outputs = [one["output"] for one in asyncio.run(bent.bender(there, SEED)).callbacks]
    n, unexpected = asyncio.run(opened(there.app, there.node.settings.walls, outputs))
    for one in unexpected:
        print(one, file=sys.stderr)
    note = "routes, pages, questions, files, assets and callbacks asked by nobody; bound 0"
    return [Measure("open_routes", len(unexpected), "addresses", n, note)]


def of_units(there: Town, *, quick: bool) -> list[Measure]:
    """A manager of one county asks for another one's rows."""
    found = asyncio.run(cross(there, list(CATALOGUE)[:: 6 if quick else 1]))
    for one in found.leaks:
        print(one, file=sys.stderr)
    note = f"a manager of one county; {found.seen} times a row of their own came; bound 0"
    return [Measure("cross_unit_leaks", len(found.leaks), "answers", found.asked, note)]


PARTS: Final[Mapping[str, Callable[..., list[Measure]]]] = {
    "payloads": of_payloads, "schema": of_schema, "open": of_open, "units": of_units,
}  # fmt: skip


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute: few samples")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    asked = parser.parse_args(argv)
    found: list[Measure] = []
    for name in asked.only:
        print(f"{name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder, town(Path(folder)) as there:
            asyncio.run(bent.bender(there, SEED))  # sets Dash up
            found += PARTS[name](there, quick=asked.quick)
    write("safety", added(found))


if __name__ == "__main__":
    main(sys.argv[1:])
