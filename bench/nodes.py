"""Processes that a bench or an acceptance test starts, on a free port, and their end."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str, timeout_s: float = 5) -> bytes:
    with urllib.request.urlopen(url, timeout=timeout_s) as answer:
        return bytes(answer.read())


def wait_until_ready(port: int, limit_s: float, process: "subprocess.Popen[bytes] | None" = None) -> float:
    """Seconds until /readyz says yes. Errors: TimeoutError, or RuntimeError when the process ended before."""
    began = time.monotonic()
    while time.monotonic() - began < limit_s:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the node ended with {process.returncode} before it was ready")
        try:
            get(f"http://127.0.0.1:{port}/readyz")
            return time.monotonic() - began
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(f"not ready after {limit_s} s")


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Ours with `more`, and the project on Python's path."""
    return {**os.environ, **more, "PYTHONPATH": str(HERE)}


def start(
    arguments: list[str], folder: Path, port: int, more: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """`app.py arguments` with `folder` as working directory (where its var/ goes), in a process group of its own."""
    with (folder / "node.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, str(HERE / "app.py"), *arguments],
            cwd=folder,
            env=environment({"PORT": str(port), **(more or {})}),
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )


def stop(process: "subprocess.Popen[bytes]", how: int = signal.SIGINT) -> None:
    """Ends the process and all it started."""
    if process.poll() is None:
        os.killpg(process.pid, how)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@contextmanager
def running(
    arguments: list[str], folder: Path, limit_s: float = 120, more: Mapping[str, str] | None = None
) -> Iterator[int]:
    """The port of a ready node that runs inside the block."""
    port = free_port()
    process = start(arguments, folder, port, more)
    try:
        wait_until_ready(port, limit_s, process)
        yield port
    finally:
        stop(process)
