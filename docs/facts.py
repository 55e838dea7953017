"""docs/facts.md from the schema: `python -m docs.facts`."""

from pathlib import Path
from typing import Final

from store.facts import schema

FILE: Final = Path(__file__).with_name("facts.md")


def markdown() -> str:
    """The page: every canonical table with its columns."""
    lines = ["# Canonical rows", "", "Generated from `store/facts/schema.py` by `python -m docs.facts`.", ""]
    lines += ["Times are UTC. Every row is named by (`source`, `source_key`).", ""]
    lines += ["## In every table", "", *_rows(schema.KEY + schema.COMMON)]
    for table in schema.TABLES.values():
        lines += ["", f"## {table.name}", "", f"{table.doc[0].upper()}{table.doc[1:]}.", "", *_rows(table.own)]
    return "\n".join(lines) + "\n"


def _rows(columns: tuple[schema.Column, ...]) -> list[str]:
    rows = [f"| `{c.name}` | {c.kind} | {c.doc}{' (derived)' if c.derived else ''} |" for c in columns]
    return ["| column | kind | meaning |", "|---|---|---|", *rows]


if __name__ == "__main__":
    FILE.write_text(markdown(), encoding="utf-8")
