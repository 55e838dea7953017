"""The local socket: questions, refusals, and a node that is not there."""

import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from door import Door, Refused, ask


def answer(command: str, args: dict[str, Any]) -> Any:
    if command == "fail":
        raise RuntimeError("inside")
    if command != "kpi":
        raise ValueError(f"no command {command}; there is kpi")
    return {"got": args}


def test_a_question_is_answered_and_a_wrong_one_refused_with_the_sentence(tmp_path: Path) -> None:
    door = Door(tmp_path / "n.sock", answer)
    try:
        assert ask(tmp_path / "n.sock", "kpi", {"key": "x", "zh": "临江"}) == {"got": {"key": "x", "zh": "临江"}}
        with pytest.raises(Refused, match="no command kpis"):
            ask(tmp_path / "n.sock", "kpis", {})
        with pytest.raises(Refused, match="RuntimeError; see its log"):
            ask(tmp_path / "n.sock", "fail", {})
        assert stat.S_IMODE((tmp_path / "n.sock").stat().st_mode) == 0o600
    finally:
        door.close()
    assert ask(tmp_path / "n.sock", "kpi", {}) is None


def test_a_socket_left_by_a_killed_node_is_no_node(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "n.sock"))
    left.close()
    assert ask(tmp_path / "n.sock", "kpi", {}) is None
    Door(tmp_path / "n.sock", answer).close()
