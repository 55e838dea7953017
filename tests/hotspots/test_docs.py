"""The examples of docs/hotspots.md run as they stand, and find what they were made to show."""

import re
from pathlib import Path
from typing import Any

TEXT = (Path(__file__).parents[2] / "docs" / "hotspots.md").read_text(encoding="utf-8")


def test_every_example_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    assert len(blocks) == 4
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, "docs/hotspots.md", "exec"), names)  # noqa: S102 - our own page
    assert names["found"].clusters[0].name == "feeder F1"
    assert (names["found"].clusters[0].first, names["found"].clusters[0].last) == (6, 7)
    assert names["in_space"].cases == 12
    assert set(names["in_space_and_time"].clusters[0].places) == {"a", "b"}
    assert set(names["risen"].clusters[0].places) == {"a", "b"}
