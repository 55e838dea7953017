"""A small demonstration in a folder of its own, as a newcomer starts it: two days of history, real processes."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench import nodes
from simulator import phones
from simulator.city import City

CONFIG = nodes.HERE / "simulator" / "lightkeeper.toml"


def until(holds: Callable[[], Any], limit_s: float, what: str) -> Any:
    """The first true answer of `holds`."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {limit_s} s in vain for: {what}")


@dataclass
class Demo:
    """The running demonstration of a test."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def city_folder(self) -> Path:
        return self.folder / "var" / "demo"

    def city(self) -> City:
        return City(self.city_folder)

    def phones(self, word: str) -> list[dict[str, Any]]:
        """Messages that name `word`, newest first."""
        return [m for m in phones.read_messages(self.city_folder, 10_000) if word in f"{m['subject']} {m['body']}"]

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, str(nodes.HERE / "app.py"), *arguments],
            cwd=self.folder,
            env=nodes.environment({"LIGHTKEEPER_DEMO_SMTP": "1", "LIGHTKEEPER_DEMO_HTTP": "1"}),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def json(self, *arguments: str) -> Any:
        done = self.command(*arguments, "--config", str(CONFIG), "--format", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def restart(self) -> None:
        self.process = nodes.start(["demo", "--days", "2"], self.folder, self.port)
        nodes.wait_until_ready(self.port, 90, self.process)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    running = Demo(folder, nodes.free_port(), None)  # type: ignore[arg-type]  # started on the next line
    try:
        running.restart()
        yield running
    finally:
        if running.process is not None:
            nodes.stop(running.process)
