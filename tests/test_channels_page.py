"""docs/channels.md is read as settings: every block of it can be used, every kind is there."""

import os
import re
from pathlib import Path
from typing import Final

import pytest

from alerts.channels import KINDS, make
from settings import load

PAGE: Final = Path(__file__).parent.parent / "docs" / "channels.md"
SOURCE: Final = """
[sources.orders]
url = "sqlite:///x"
tables = [{into = "units", table = "t", key = "k", columns = {code = "k"}}]
"""


def test_every_block_of_the_page_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = PAGE.read_text(encoding="utf-8")
    text = "\n".join(re.findall(r"```toml\n(.*?)```", page, re.DOTALL))
    for name in re.findall(r"\$\{(\w+)\}", text):
        monkeypatch.setitem(os.environ, name, "a-value-long-enough")
    file = tmp_path / "lightkeeper.toml"
    file.write_text(SOURCE + text, encoding="utf-8")
    settings = load(file)
    assert {one.kind for one in settings.channels.values()} == set(KINDS)
    channels = make(settings.channels)
    told = dict(re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|", page, re.MULTILINE))
    assert set(told) == set(KINDS)
    for name, one in settings.channels.items():
        takes_one = channels[name].traits.address is not None
        assert takes_one is not told[one.kind].strip().startswith("none"), one.kind
