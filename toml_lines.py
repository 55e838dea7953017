"""The line of each key of a TOML file, for messages. Headers and `key =` are enough; no second parser."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Path = tuple[str | int, ...]

_HEADER: Final = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(r"""^\s*("[^"]*"|'[^']*'|[\w.-]+)\s*=""")


@dataclass(frozen=True)
class Lines:
    """Line numbers by path: names of tables and keys, positions within arrays of tables."""

    known: Mapping[Path, int]

    def of(self, *path: str | int) -> int:
        """The line of `path`; of what holds it where it is not written; 1 for nothing."""
        while path and path not in self.known:
            path = path[:-1]
        return self.known.get(path, 1)


def lines(text: str) -> Lines:
    """The lines of `text`, valid TOML or not."""
    known: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    here: Path = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            here = _path(_parts(header.group(2)), header.group(1) == "[[", counts)
            known.setdefault(here, number)
        elif key := _KEY.match(line):
            known.setdefault((*here, *_parts(key.group(1))), number)
    return Lines(known)


def _path(parts: list[str], is_array: bool, counts: dict[Path, int]) -> Path:
    """The path of a header; [[name]] opens the next entry of its array, names below one mean its newest entry."""
    path: Path = ()
    for i, part in enumerate(parts):
        path = (*path, part)
        if path in counts and not (is_array and i == len(parts) - 1):
            path = (*path, counts[path])
    if is_array:
        counts[path] = counts.get(path, -1) + 1
        path = (*path, counts[path])
    return path


def _parts(dotted: str) -> list[str]:
    return [p.strip().strip("\"'") for p in re.findall(r'"[^"]*"|\'[^\']*\'|[^.\s]+', dotted)]
