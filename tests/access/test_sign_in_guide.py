"""The examples of docs/sign-in.md are settings."""

import re
import tomllib
from pathlib import Path

import pytest

from settings_access import Access

GUIDE = (Path(__file__).parent.parent.parent / "docs" / "sign-in.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=[e.splitlines()[0] for e in EXAMPLES])
def test_an_example_is_taken(example: str) -> None:
    assert Access.model_validate(tomllib.loads(example)["access"]).grants


@pytest.mark.parametrize("way", ["ldap", "oidc", "proxy"])
def test_each_setting_is_explained(way: str) -> None:
    kind = Access.model_fields[way].annotation.__args__[0]  # type: ignore[union-attr]
    assert not [name for name in kind.model_fields if f"`{name}`" not in GUIDE and f"{name} = " not in GUIDE]
