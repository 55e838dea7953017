"""The import rules of the house (docs/adr/0001): read from the sources, never from memory."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = (
    "collectors",
    "store",
    "kpis",
    "alerts",
    "dashboard",
    "gathering",
    "i18n",
    "simulator",
    "examples",
    "tests",
    "bench",
    "docs",
)
ABOVE = (
    "app",
    "alerting",
    "node",
    "replying",
    "saying",
    "vitals",
    "watching",
    "ringing",
    "commands",
    "explanation",
    "catchup",
    "inspection",
    "demonstration",
    "door",
    "site_clock",
    "timetable",
)
OURS = (
    *ROOMS, *ABOVE, "pipeline", "settings", "settings_access", "settings_channels", "settings_hotspots",
    "settings_sources", "telemetry", "toml_lines",
)  # fmt: skip

# Who may import whom. A longer name wins over a shorter one.
MAY = {
    "i18n": (),
    "store": (),
    "settings": (
        "settings_access",
        "settings_channels",
        "settings_hotspots",
        "settings_sources",
        "store.facts.schema",
        "toml_lines",
    ),
    "settings_access": ("settings_channels",),
    "settings_channels": (),
    "settings_hotspots": ("settings_channels", "store.facts.schema"),
    "settings_sources": ("settings_channels", "store.facts.schema"),
    "toml_lines": (),
    "telemetry": (),
    "simulator": (),
    "collectors": ("store.facts.schema", "store.facts.suspicion", "settings", "settings_sources", "telemetry"),
    "kpis": ("store.facts.schema", "settings", "settings_hotspots", "settings_sources", "telemetry", "toml_lines"),
    "alerts": ("kpis.types", "settings", "telemetry", "toml_lines"),
    "alerts.delivery": ("kpis.types", "settings", "telemetry", "store.ledger"),
    "alerts.sender": ("store.ledger",),
    "alerts.channels": ("settings", "settings_channels", "telemetry"),
    "pipeline": ("collectors", "store", "kpis", "alerts", "settings", "telemetry", "watching"),
    "ringing": ("collectors.collector", "telemetry"),
    "watching": ("alerts", "store.ledger", "telemetry"),
    "saying": ("alerts", "i18n", "kpis", "settings", "store"),
    "vitals": ("store",),
    "dashboard": ("store", "kpis", "i18n", "settings", "settings_access", "telemetry"),
    "app": OURS,
    "node": OURS,
    "commands": OURS,
    "explanation": OURS,
    "catchup": OURS,
    "inspection": OURS,
    "demonstration": OURS,
    "door": (),
    "asking": ("kpis", "settings", "store"),
    "gathering": ("asking", "catchup", "kpis", "settings", "settings_hotspots", "store"),
    "alarm_health": ("alerts", "asking", "catchup", "kpis", "store"),
    "backtesting": ("alerts", "asking", "kpis", "settings", "store"),
    "gauges": ("kpis.types", "store", "telemetry"),
    "heartbeat": ("telemetry",),
    "site_clock": (),
    "timetable": ("telemetry",),
    "figuring": ("asking", "kpis", "settings", "store"),
    "house_files": ("alerts", "kpis", "settings", "store"),
    "source_book": ("asking", "collectors.comparing", "kpis", "settings", "settings_sources", "store", "telemetry"),
    "midnight": ("asking", "kpis", "settings", "store"),
    "purging": ("asking", "settings", "store"),
    "rule_book": ("alerts", "asking", "backtesting", "kpis", "store"),
    "register": ("asking", "kpis", "settings", "store"),
    "recompute": ("kpis", "settings", "store"),
    "terminal": ("commands", "door", "settings"),
    "admitting": ("dashboard.access", "settings", "store.facts.errors", "store.ledger", "store.scope", "terminal"),
    "alerting": ("door", "settings", "terminal", "trying"),
    "trying": ("alerts.channels", "i18n", "settings"),
    "replying": ("alerts.codes", "settings", "store"),
    "exempting": ("door", "settings", "store.ledger.exemptions", "store.reasons", "terminal"),
    "examples": ("settings", "simulator"),
    "docs": OURS,
    "bench": OURS,
    "tests": OURS,
}
# Decisions: no clock, no I/O, and nothing of ours but each other and plain types.
PURE = {
    "kpis.derive": (),
    "kpis.limits": ("toml_lines",),
    "kpis.calendar": (),
    "kpis.calendar_table": ("toml_lines",),
    "kpis.clocks": (),
    "kpis.order_clocks": ("store.facts.schema",),
    "kpis.history": (),
    "kpis.rules_said": (),
    "kpis.explain": (),
    "kpis.explain_lines": (),
    "toml_lines": (),
    "kpis.wilson": (),
    "kpis.freshness": ("kpis.types", "settings_sources"),
    "kpis.sources": ("kpis.columns", "kpis.freshness", "kpis.types"),
    "kpis.pooling": (),
    "kpis.non_response": (),
    **{
        f"kpis.hotspots.{module}": ()
        for module in (
            *("tables", "zones", "windows", "likelihood", "compiled", "plain", "nulls", "scan", "forms", "population"),
            *("looks", "loops", "family", "calibration", "found", "replays", "life", "lives", "matching"),
            *("strata", "bundles", "delays", "baseline", "wide", "words"),
        )
    },
    "alerts.rules": ("kpis.types",),
    "alerts.lifecycle": ("kpis.types",),
    "alerts.transition": ("kpis.types",),
    "alerts.posting": ("kpis.types",),
    "alerts.duty": (),
    "alerts.duty_place": ("toml_lines",),
    "alerts.duty_rosters": ("kpis.types",),
    "alerts.duty_file": ("kpis.types", "toml_lines"),
    "alerts.targets": ("kpis.types",),
    "alerts.people": ("kpis.types",),
    "alerts.roster": (),
    "alerts.escalation": ("kpis.types",),
    "alerts.quiet": ("kpis.types",),
    "alerts.outbox": ("kpis.types",),
    "alerts.judge": ("kpis.types",),
    "alerts.rules_file": ("kpis.types", "toml_lines"),
    "alerts.seen": ("kpis.types",),
    "alerts.kinds": ("kpis.types",),
    "alerts.kinds.orders": ("kpis.types",),
    "alerts.kinds.outages": ("kpis.types",),
    "alerts.kinds.figures": ("kpis.types",),
    "alerts.kinds.clusters": ("kpis.types",),
    "alerts.kinds.watch": ("kpis.types",),
    "alerts.backtest": ("kpis.types",),
    "alerts.changed": ("kpis.types",),
    "alerts.health": ("kpis.types",),
    "alerts.routing": ("kpis.types",),
    "alerts.pacing": (),
    "alerts.budget": (),
    "alerts.notices": (),
    "alerts.digest": (),
    "alerts.codes": (),
    "alerts.channels.channel": (),
    "alerts.messages": ("kpis.types",),
    "alerts.messages_kinds": (),
    "alerts.messages_ends": (),
    "collectors.decide": (),
    "collectors.decide_keys": ("collectors.decide",),
    "dashboard.payloads": (),
    "dashboard.components.given": (),
    "collectors.looks": (),
    "collectors.rings": (),
    "collectors.caps": ("store.facts.suspicion",),
    "store.facts.suspicion": (),
    "store.facts.source_clock": ("store.facts.state", "store.facts.suspicion"),
}
CLOCKS_AND_IO = ("time", "socket", "sqlalchemy", "duckdb", "requests", "httpx", "subprocess", "threading")


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(ROOT.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        if parts[0] in OURS:
            yield ".".join(p for p in parts if p != "__init__"), ast.parse(file.read_text(encoding="utf-8"))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level


def _within(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(room + ".") for room in rooms)


def _rule(module: str, rules: dict[str, tuple[str, ...]]) -> str | None:
    fits = [room for room in rules if _within(module, (room,))]
    return max(fits, key=len) if fits else None


MODULES = dict(_modules())


@pytest.mark.parametrize("module", [m for m in MODULES if not _within(m, ("tests",))])
def test_imports_only_downwards(module: str) -> None:
    room = _rule(module, MAY)
    assert room is not None, f"{module} stands in no room of docs/adr/0001: give it one"
    own = module.split(".", maxsplit=1)[0]
    for name in _imports(MODULES[module]):
        assert not name.startswith("."), f"{module}: write the import of {name} in full"
        if _within(name, OURS) and not _within(name, (own,)):
            assert _within(name, MAY[room]), f"{module} must not import {name}: {room} may only use {MAY[room]}"


@pytest.mark.parametrize("module", [m for m in PURE if m in MODULES])
def test_decisions_are_pure(module: str) -> None:
    for name in _imports(MODULES[module]):
        assert not _within(name, CLOCKS_AND_IO), f"{module} decides: it must not import {name}"
        if _within(name, OURS):
            same_layer = _within(name, tuple(PURE)) and name.split(".")[0] == module.split(".", maxsplit=1)[0]
            assert same_layer or _within(name, PURE[module]), f"{module} decides: it must not import {name}"
    called = [n.func for n in ast.walk(MODULES[module]) if isinstance(n, ast.Call)]
    calls = [f for f in called if isinstance(f, ast.Attribute) and f.attr in {"now", "utcnow", "today"}]
    assert not calls, f"{module} asks the clock at line {calls[0].lineno}: take `now` as an argument"


def test_only_the_edges_ask_the_clock() -> None:
    edges = (*ABOVE, "simulator", "tests", "bench", "docs", "examples", "collectors")
    for module, tree in MODULES.items():
        if _within(module, edges):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow"}:
                asked = isinstance(node.value, ast.Name) and node.value.id in {"datetime", "dt"}
                assert not asked, f"{module}:{node.lineno} asks the clock: take `now` as an argument"


def test_the_app_is_imported_by_nobody() -> None:
    for module, tree in MODULES.items():
        if not _within(module, ("tests", "bench", "docs")):
            assert not any(_within(name, ("app",)) for name in _imports(tree)), f"{module} must not import app"
