"""[channels.NAME], [delivery] and [replies] of lightkeeper.toml: the ways out of the house and their pace."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Discriminator, Field, SecretStr, Tag, field_validator

Language = Literal["zh", "en"]
Seconds = Annotated[float, Field(gt=0)]
_URL: Final = re.compile(r"https?://[^\s/]+", re.IGNORECASE)


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Channel(Frozen):
    language: Language | None = None  # None: the site's


class _Web(_Channel):
    url: SecretStr
    ca: Path | None = None  # certificates to trust instead of the system's
    timeout_s: Annotated[float, Field(gt=0, le=25)] = 10.0  # of connecting and of each wait: well within a lease

    @field_validator("url")
    @classmethod
    def of_the_web(cls, value: SecretStr) -> SecretStr:
        if not _URL.match(value.get_secret_value()):
            raise ValueError("is no web address; write https://HOST/...")
        return value


class Apprise(_Channel):
    """Any of the services Apprise knows."""

    kind: Literal["apprise"] = "apprise"
    url: SecretStr  # {to} is replaced by the recipient's address


class Smtp(_Channel):
    """Mail through the site's own server."""

    kind: Literal["smtp"]
    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    security: Literal["none", "starttls", "tls"] = "starttls"
    sender: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    user: str | None = None
    password: SecretStr | None = None
    ca: Path | None = None
    timeout_s: Annotated[float, Field(gt=0, le=25)] = 10.0


class SmsHttp(_Web):
    """A gateway for texts over HTTP. {to}, {text}, {key} stand for phone, text and the message's key."""

    kind: Literal["sms_http"]
    method: Literal["POST", "GET", "PUT"] = "POST"
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    body: SecretStr | None = None
    body_form: Literal["json", "form", "text"] = "json"  # how {...} are escaped in it, and its content type
    charset: str = "utf-8"
    success_path: str | None = None  # where the reply's JSON says how it went, e.g. data.0.code
    success_value: str = "0"
    success_regex: str | None = None  # or what the reply's text must contain
    later_values: tuple[str, ...] = ()  # values at success_path after which it is tried again
    receipt_path: str | None = None  # where the reply's JSON has the gateway's number for it

    @field_validator("success_regex")
    @classmethod
    def compiles(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"is no regular expression ({error}); mend it") from error
        return value

    @field_validator("charset")
    @classmethod
    def known(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError as error:
            raise ValueError(f"no such character set {value}; write utf-8 or gb18030") from error
        return value


class SmsTable(_Channel):
    """A gateway for texts that sends what stands in its table."""

    kind: Literal["sms_table"]
    url: SecretStr  # of the database, as SQLAlchemy writes it
    table: Annotated[str, Field(min_length=1)]
    key_column: Annotated[str, Field(min_length=1)]  # has the message's key: a repeat inserts nothing
    columns: dict[str, str | int]  # {to}, {text}, {key}, {now}; anything else stands as it is


class WeCom(_Web):
    """A group robot of WeCom (企业微信). {to} in the URL: the robot's key is the recipient's address."""

    kind: Literal["wecom"]


class DingTalk(_Web):
    """A group robot of DingTalk (钉钉)."""

    kind: Literal["dingtalk"]
    secret: SecretStr | None = None  # of its signature (加签), SEC...


class Feishu(_Web):
    """A custom robot of Feishu (飞书)."""

    kind: Literal["feishu"]
    secret: SecretStr | None = None  # of its signature (签名校验)


class Webhook(_Web):
    """A program of the site: JSON, signed where a secret is set."""

    kind: Literal["webhook"]
    secret: SecretStr | None = None
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    most: Annotated[int, Field(ge=1, le=500)] = 100  # messages in one request


class Ntfy(_Web):
    """A topic of an ntfy server; the topic is the recipient's address."""

    kind: Literal["ntfy"]
    token: SecretStr | None = None


class Alertmanager(_Web):
    """Prometheus' Alertmanager as another way out: it routes, groups and sends by its own rules."""

    kind: Literal["alertmanager"]
    token: SecretStr | None = None
    labels: dict[str, str] = Field(default_factory=dict)  # added to every alert


_MODELS: Final[tuple[type[BaseModel], ...]] = (
    Apprise, Smtp, SmsHttp, SmsTable, WeCom, DingTalk, Feishu, Webhook, Ntfy, Alertmanager,
)  # fmt: skip
KINDS: Final[dict[str, type[BaseModel]]] = {get_args(m.model_fields["kind"].annotation)[0]: m for m in _MODELS}


def _kind_of(value: Any) -> str | None:
    return value.get("kind", "apprise") if isinstance(value, dict) else getattr(value, "kind", None)


Channel = Annotated[
    Annotated[Apprise, Tag("apprise")]
    | Annotated[Smtp, Tag("smtp")]
    | Annotated[SmsHttp, Tag("sms_http")]
    | Annotated[SmsTable, Tag("sms_table")]
    | Annotated[WeCom, Tag("wecom")]
    | Annotated[DingTalk, Tag("dingtalk")]
    | Annotated[Feishu, Tag("feishu")]
    | Annotated[Webhook, Tag("webhook")]
    | Annotated[Ntfy, Tag("ntfy")]
    | Annotated[Alertmanager, Tag("alertmanager")],
    Discriminator(
        _kind_of,
        custom_error_type="unknown_kind",
        custom_error_message=f"no such kind of channel; there are {', '.join(KINDS)}",
    ),
]


class Delivery(Frozen):
    """The pace of messages. Nothing is lost by it: what can not go singly goes with others in one digest."""

    group_s: Seconds = 30.0  # in a storm, followers of one exit go together this often
    group_from: Annotated[int, Field(ge=1)] = 5  # a storm is more than this many for one exit within group_s
    texts: tuple[tuple[Annotated[int, Field(ge=1)], Seconds], ...] = ((5, 900.0), (11, 3600.0), (21, 10_800.0))
    next_after: Annotated[int, Field(ge=1)] = 4  # a red one that failed so often ...
    next_after_s: Annotated[float, Field(ge=0)] = 60.0  # ... over this time also goes to its next exit


class Replies(Frozen):
    """Where a gateway hands in what people answer to texts: POST /api/replies."""

    secret: SecretStr | None = None  # None: no replies are taken

    @field_validator("secret")
    @classmethod
    def long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 16:
            raise ValueError("is shorter than 16 characters, so it could be guessed; take a longer one")
        return value


_SECRETS: Final = ("url", "password", "secret", "token", "body")
Place = tuple[str | int, ...]


def filled(data: dict[str, Any], folder: Path) -> Iterator[tuple[Place, str]]:
    """Puts the text of the file that KEY_file names in the place of KEY; what is wrong, with place and cure."""
    tables = [(("channels", name), table) for name, table in (data.get("channels") or {}).items()]
    for at, table in [*tables, (("replies",), data.get("replies"))]:
        for key in _SECRETS if isinstance(table, dict) else ():
            file = table.pop(f"{key}_file", None)
            if file is None:
                continue
            if key in table:
                yield (*at, f"{key}_file"), f"{key} is there too; keep one of them"
                continue
            try:
                table[key] = (folder / str(file)).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                table[key] = ""
                yield (*at, f"{key}_file"), f"no text can be read there ({type(error).__name__}); mend path or rights"


def anchored(data: dict[str, Any], folder: Path) -> None:
    """Certificates named in a channel are meant from the settings file's folder."""
    for table in (data.get("channels") or {}).values():
        if isinstance(table, dict) and isinstance(table.get("ca"), str):
            table["ca"] = str(folder / table["ca"])
