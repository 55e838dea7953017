"""How answers are printed: every number under its own name, none cut."""

import csv
import io
from typing import Any

import pytest

from terminal import show

BESIDE = {"value": 50.0, "n": 2}
VALUE: dict[str, Any] = {"key": "rate", "by": {"county": "A"}, "value": 75.0, "n": 8, "without_event_days": BESIDE}


def test_a_value_is_not_that_of_what_stands_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    show([VALUE], "csv")
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    told = {"key": "rate", "county": "A", "value": "75.0", "n": "8"}
    assert row == told | {"without_event_days_value": "50.0", "without_event_days_n": "2"}


def test_a_table_shows_the_values_beside_and_cuts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"name {i:02d}" for i in range(20)]
    show([VALUE | dict.fromkeys(names, "2026-11-30T04:58:46+00:00")], "table")
    out = capsys.readouterr().out
    assert "75.00" in out and "50.00" in out
    assert "\N{HORIZONTAL ELLIPSIS}" not in out


def test_an_empty_answer_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show([], "table")
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "nothing to show\n")
