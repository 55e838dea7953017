"""Channels, pace and replies in the settings file: kinds, secrets from files, mistakes with their line."""

from pathlib import Path
from typing import Any, Final

import pytest

from settings import Settings, SettingsError, load
from settings_channels import KINDS

HEAD: Final = """
[sources.orders]
url = "sqlite:///x"
tables = [{into = "units", table = "t", key = "k", columns = {code = "k"}}]
"""
ALL: Final = """
[channels.old]
url = "json://h/{to}"
[channels.mail]
kind = "smtp"
host = "mail.example.org"
sender = "lk@example.org"
user = "lk"
password_file = "mail.secret"
[channels.sms]
kind = "sms_http"
url = "https://gateway.example.org/send"
body = '{"mobile": "{to}", "content": "{text}"}'
success_path = "code"
[channels.modem]
kind = "sms_table"
url = "mysql+pymysql://u:p@h/gateway"
table = "outgoing"
key_column = "ext"
columns = {mobile = "{to}", content = "{text}"}
[channels.group]
kind = "wecom"
url_file = "robot.url"
[channels.ding]
kind = "dingtalk"
url = "https://h/robot/send?access_token=x"
secret = "${DING_SECRET}"
[channels.lark]
kind = "feishu"
url = "https://h/hook"
[channels.hook]
kind = "webhook"
url = "https://h/alerts"
[channels.push]
kind = "ntfy"
url = "https://h"
[channels.am]
kind = "alertmanager"
url = "http://h:9093"
[delivery]
group_s = 60
[replies]
secret_file = "replies.secret"
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "lightkeeper.toml"
    file.write_text(HEAD + text, encoding="utf-8")
    return file


def secrets(tmp_path: Path) -> None:
    (tmp_path / "mail.secret").write_text("pass-s3cret\n")
    (tmp_path / "robot.url").write_text("https://h/send?key=s3cret\n")
    (tmp_path / "replies.secret").write_text("a-secret-of-16-s3cret\n")


def test_every_kind_is_read_and_secrets_come_from_files_and_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DING_SECRET", "SECs3cret")
    secrets(tmp_path)
    settings = load(written(tmp_path, ALL))
    assert {one.kind for one in settings.channels.values()} == set(KINDS)
    channels: dict[str, Any] = dict(settings.channels)
    assert channels["mail"].password.get_secret_value() == "pass-s3cret"
    assert channels["group"].url.get_secret_value() == "https://h/send?key=s3cret"
    assert channels["ding"].secret.get_secret_value() == "SECs3cret"
    assert settings.replies.secret is not None
    assert settings.delivery.group_s == 60
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in settings.model_dump_json()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            '[channels.x]\nkind = "pigeon"\nurl = "u"',
            ":5: channels.x: no such kind of channel; there are apprise, smtp",
            id="unknown kind",
        ),
        pytest.param(
            '[channels.x]\nkind = "wecom"\nurl = "https://h"\nsecrt = "s3cret"',
            ":8: channels.x.secrt: unknown setting",
            id="unknown key",
        ),
        pytest.param(
            '[channels.x]\nkind = "dingtalk"\nurl = "https://h"\nsecrt = "s3cret"',
            "did you mean secret?",
            id="misspelt key",
        ),
        pytest.param(
            '[channels.x]\nkind = "smtp"\nsender = "a@b.c"', ":5: channels.x.host: is missing; add it", id="no host"
        ),
        pytest.param(
            '[channels.x]\nkind = "feishu"\nurl = "s3cret"',
            ":7: channels.x.url: is no web address",
            id="no web address",
        ),
        pytest.param(
            '[channels.x]\nkind = "wecom"\nurl_file = "gone"',
            ":7: channels.x.url_file: no text can be read there",
            id="no such file",
        ),
        pytest.param(
            '[channels.x]\nkind = "wecom"\nurl = "https://s3cret"\nurl_file = "robot.url"',
            ":8: channels.x.url_file: url is there too",
            id="both",
        ),
        pytest.param(
            '[channels.x]\nkind = "sms_http"\nurl = "https://h"\nsuccess_regex = "("',
            ":8: channels.x.success_regex: is no regular",
            id="no expression",
        ),
        pytest.param(
            '[channels.x]\nkind = "sms_http"\nurl = "https://h"\ncharset = "gbx"',
            "no such character set gbx",
            id="no character set",
        ),
        pytest.param(
            '[replies]\nsecret = "s3cret"', ":6: replies.secret: is shorter than 16 characters", id="short secret"
        ),
        pytest.param("[delivery]\ngroup_from = 0", ":6: delivery.group_from:", id="no storm"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_without_secrets(tmp_path: Path, text: str, told: str) -> None:
    secrets(tmp_path)
    with pytest.raises(SettingsError) as caught:
        load(written(tmp_path, text))
    assert told in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_no_channel_is_needed() -> None:
    assert Settings.model_validate({"sources": {}}).replies.secret is None
