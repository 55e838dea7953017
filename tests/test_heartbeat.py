"""The sign of life: given while all is well, withheld while it is not, and never in anybody's way."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import telemetry
from bench import nodes
from heartbeat import Heartbeat
from settings import SettingsError, load


@contextmanager
def receiver(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """A watcher outside that notes what it hears."""
    heard: list[str] = []

    class Watcher(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(f"{self.command} {self.path}")
            self.send_response(status)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Watcher)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/check/1", heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def counted(outcome: str) -> float:
    return float(telemetry.HEARTBEATS.labels(outcome)._value.get())


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_watch_that_is_well_is_heard(method: str) -> None:
    before = counted("sent")
    with receiver() as (url, heard):
        assert Heartbeat(url, method).beat([]) == "sent"
    assert heard == [f"{method} /check/1"]
    assert counted("sent") == before + 1


def test_a_watch_that_is_not_well_is_not_heard(caplog: pytest.LogCaptureFixture) -> None:
    with receiver() as (url, heard):
        beat = Heartbeat(url)
        assert [beat.beat(["tick", "orders"]), beat.beat(["tick", "orders"]), beat.beat([])] == [
            "withheld", "withheld", "sent",
        ]  # fmt: skip
    assert len(heard) == 1
    assert caplog.messages == ["heartbeat withheld: tick, orders", "heartbeat goes out again"]  # once, not each time


@pytest.mark.parametrize("status", [500, 404])
def test_a_receiver_that_refuses_is_counted_and_harms_nothing(status: int) -> None:
    before = counted("failed")
    with receiver(status) as (url, _):
        assert Heartbeat(url).beat([]) == "failed"
    assert counted("failed") == before + 1


def test_a_receiver_that_is_gone_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    url = f"http://127.0.0.1:{nodes.free_port()}/secret-token"
    assert Heartbeat(url, limit_s=1).beat([]) == "failed"
    assert "secret-token" not in caplog.text


def test_an_address_that_is_none_is_refused_with_line_and_cure(tmp_path: Path) -> None:
    file = tmp_path / "lightkeeper.toml"
    file.write_text('[node.heartbeat]\nurl = "file:///etc/passwd"\n[sources]\n', encoding="utf-8")
    with pytest.raises(SettingsError) as found:
        load(file)
    assert any(":2:" in fault and "write http://" in fault for fault in found.value.faults), found.value.faults
