"""The store's error family and what it says."""

from pathlib import Path

import duckdb


class StoreError(Exception):
    """The facts could not be opened, read or written. The message names the thing and the cure."""


def why_not_stored(source: str, mapping: str, error: Exception) -> str:
    is_disk = isinstance(error, OSError | duckdb.IOException | duckdb.OutOfMemoryException | duckdb.FatalException)
    is_disk = is_disk or "could not write file" in str(error).lower()
    cure = "see that there is free disk and memory" if is_disk else "mend its mapping or tell the developers"
    return f"{source}, {mapping}: could not be stored ({type(error).__name__}); it is read again; {cure}"


def why_closed(path: Path, error: Exception) -> str:
    if "lock" in str(error).lower():
        socket = path.parent / "node.sock"
        return f"{path}: another process has it open; a node is running: ask it over {socket}, or stop it"
    said = str(error).splitlines()[0]
    return f"{path}: can not be opened as facts ({said}); move it away, it is rebuilt from the sources"
