"""The rival: a SQL exporter, Prometheus and Alertmanager as Debian has them, everything at 1 s, own folders.

The exporter runs one SQL query per scrape, as query-exporter does; its series are the orders past their limit.
"""

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from bench import nodes
from bench.alerts_site import LIMIT_S

PROMETHEUS: Final = """global: {{ scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }}
rule_files: ["{folder}/rules.yml"]
scrape_configs:
  - job_name: orders
    static_configs: [{{ targets: ["127.0.0.1:{exporter}"] }}]
alerting:
  alertmanagers: [{{ static_configs: [{{ targets: ["127.0.0.1:{manager}"] }}] }}]
"""
RULES: Final = """groups:
  - name: orders
    rules: [{ alert: Overrun, expr: order_overrun == 1 }]
"""
MANAGER: Final = """route:
  {{ receiver: hook, group_by: ["..."], group_wait: 0s, group_interval: 1s, repeat_interval: 4h }}
receivers: [{{ name: hook, webhook_configs: [{{ url: "{hook}", send_resolved: true }}] }}]
"""
MANAGER_AT: Final = 1  # of the processes
QUERY: Final = "SELECT order_no FROM orders WHERE arrived_at IS NULL AND accepted_at + ? < ?"


class Rival:
    """The three processes. `kill_manager`: the one that tells dies, as our one process does; Prometheus goes on."""

    def __init__(self, folder: Path, feed: Path, hook: str) -> None:
        self.folder, self.feed = folder, feed
        folder.mkdir(parents=True, exist_ok=True)
        self.exporter, self.prometheus, self.manager = (nodes.free_port() for _ in range(3))
        ports = {"exporter": self.exporter, "manager": self.manager}
        (folder / "prometheus.yml").write_text(PROMETHEUS.format(folder=folder.resolve(), **ports), encoding="utf-8")
        (folder / "rules.yml").write_text(RULES, encoding="utf-8")
        (folder / "alertmanager.yml").write_text(MANAGER.format(hook=hook), encoding="utf-8")
        self.commands: list[list[str]] = []
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        here = self.folder.resolve()
        commands = [
            [sys.executable, "-m", "bench.alerts_rival", "--feed", str(self.feed), "--port", str(self.exporter)],
            ["prometheus-alertmanager", f"--config.file={here}/alertmanager.yml", f"--storage.path={here}/manager",
             f"--web.listen-address=127.0.0.1:{self.manager}", "--cluster.listen-address="],
            ["prometheus", f"--config.file={here}/prometheus.yml", f"--storage.tsdb.path={here}/data",
             f"--web.listen-address=127.0.0.1:{self.prometheus}", "--storage.tsdb.retention.time=1d"],
        ]  # fmt: skip
        self.commands = commands
        self.processes = [self._started(command) for command in commands]

    def _started(self, command: list[str]) -> "subprocess.Popen[bytes]":
        with (self.folder / "rival.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=nodes.HERE, start_new_session=True)

    def kill_manager(self) -> None:
        _kill(self.processes[MANAGER_AT])

    def start_manager(self) -> None:
        self.processes[MANAGER_AT] = self._started(self.commands[MANAGER_AT])

    def wait_until_ready(self, limit_s: float = 60) -> None:
        until = time.monotonic() + limit_s
        for url in (f"http://127.0.0.1:{port}/-/ready" for port in (self.manager, self.prometheus)):
            while True:
                try:
                    nodes.get(url)
                    break
                except OSError:
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.1)

    def kill(self) -> None:
        for process in self.processes:
            _kill(process)
        self.processes = []


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


@contextmanager
def running(folder: Path, feed: Path, hook: str) -> Iterator[Rival]:
    rival = Rival(folder, feed, hook)
    try:
        rival.start()
        rival.wait_until_ready()
        yield rival
    finally:
        rival.kill()


def main(argv: list[str]) -> None:
    """The exporter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feed", required=True)
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args(argv)

    class Exporter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with closing(sqlite3.connect(asked.feed, timeout=30)) as db:
                rows = db.execute(QUERY, (LIMIT_S * 1000, int(time.time() * 1000))).fetchall()
            lines = ["# TYPE order_overrun gauge", *(f'order_overrun{{order="{no}"}} 1' for (no,) in rows)]
            self.send_response(200)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(("\n".join(lines) + "\n").encode())

        def log_message(self, format: str, *args: object) -> None:
            return

    ThreadingHTTPServer(("127.0.0.1", asked.port), Exporter).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
