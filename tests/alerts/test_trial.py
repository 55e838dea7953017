"""A message by hand over a channel, by the command line too."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import TypeAdapter

from alerts.channels import make
from alerts.channels.trial import Trial, try_out
from bench.robots import Receivers, receivers
from i18n import translator
from settings_channels import Channel
from tests.alerts.posts import NOW

ROOT: Final = Path(__file__).parents[2]
ADAPTER: Final[TypeAdapter[Any]] = TypeAdapter(Channel)


@pytest.fixture(scope="module")
def web() -> Iterator[Receivers]:
    with receivers() as them:
        yield them


def tried(settings: dict[str, Any], address: str = "", name: str = "x") -> Trial:
    channels = make({"x": ADAPTER.validate_python(settings)})
    return try_out(channels, name, address, "守灯人", "zh", translator("zh"), NOW)


def test_it_says_that_it_is_a_test(web: Receivers) -> None:
    robot = web.add("group", "wecom")
    done = tried({"kind": "wecom", "url": web.url("group")})
    assert done.sent
    assert done.said.startswith("x: sent, key ")
    assert robot.taken[0].text.startswith("【守灯人】测试消息\n由通道x的设置手动发出。没有发生任何事情。\n#")


def test_a_receipt_is_told(web: Receivers) -> None:
    web.add("push", "ntfy")
    assert "receipt n1" in tried({"kind": "ntfy", "url": web.url("push")}, "duty").said


@pytest.mark.parametrize(
    ("settings", "address", "name", "said"),
    [
        pytest.param(
            {"kind": "wecom"}, "", "y", "y: the settings have no such channel; there are x", id="no such channel"
        ),
        pytest.param({"kind": "wecom"}, "me", "x", "x: takes no address", id="an address too much"),
        pytest.param({"kind": "ntfy"}, "", "x", "x: needs an address (topic)", id="no address"),
        pytest.param({"kind": "ntfy"}, "duty", "x", "x: HTTP 403; mend the settings", id="refused for good"),
        pytest.param({"kind": "wecom"}, "", "x", "x: HTTP 403; mend the settings", id="refused"),
    ],
)
def test_what_went_wrong_is_one_line(
    web: Receivers, settings: dict[str, Any], address: str, name: str, said: str
) -> None:
    web.add("r", settings["kind"], replies=[(403, {})])
    done = tried(settings | {"url": web.url("r")}, address, name)
    assert not done.sent
    assert done.said.startswith(said)
    assert "\n" not in done.said
    assert "s3cret" not in done.said


def test_the_command_line_sends_one_and_says_so(web: Receivers, tmp_path: Path) -> None:
    robot = web.add("hook")
    config = tmp_path / "lightkeeper.toml"
    config.write_text(
        f'[node]\nvar = "{tmp_path / "var"}"\n[channels.hook]\nkind = "webhook"\nurl = "{web.url("hook")}"\n'
        '[sources.orders]\nurl = "sqlite:///x"\n'
        'tables = [{into = "units", table = "t", key = "k", columns = {code = "k"}}]\n'
    )
    asked = [sys.executable, "app.py", "alerts", "test", "--config", str(config)]
    good, bad = (
        subprocess.run([*asked, *more], cwd=ROOT, capture_output=True, text=True, check=False)
        for more in (["hook"], ["pager", "7"])
    )
    assert (good.returncode, good.stderr.startswith("hook: sent, receipt HTTP 200, key ")) == (0, True)
    assert [m["title"] for t in robot.taken for m in t.body["messages"]] == ["【守灯人】测试消息"]
    assert (bad.returncode, bad.stderr) == (1, "pager: the settings have no such channel; there are hook\n")
