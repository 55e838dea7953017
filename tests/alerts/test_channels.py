"""Every kind of channel against a receiver that checks and answers as its vendor publishes: a table of replies each."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_plus

import pytest
import sqlalchemy as sa
from pydantic import TypeAdapter

from alerts.channels import DeliveryError, Facts, Message, make
from bench.robots import Answer, Receivers, Robot, receivers
from settings import Route, SettingsError
from settings_channels import Channel as ChannelSettings
from tests.alerts.posts import NOW

KEY: Final = "0123456789abcdef0123456789abcdef"
FACTS: Final = Facts(7, "repair_due", "orders:1", "raised", "red", False, NOW, None, NOW, "G1", "S1", True)
MESSAGE: Final = Message("", "【守灯人】红色：工单G1", "What: order G1", KEY, "zh", "回复123456接单", (FACTS,))
PHONE: Final = replace(MESSAGE, address="13800001234")
ADAPTER: Final[TypeAdapter[Any]] = TypeAdapter(ChannelSettings)


def block(**settings: Any) -> Any:
    """A block of the settings."""
    return ADAPTER.validate_python(settings)


def channel(**settings: Any) -> Any:
    return make({"x": block(**settings)})["x"]


@pytest.fixture(scope="module")
def web() -> Iterator[Receivers]:
    with receivers() as them:
        yield them


def fresh(web: Receivers, kind: str, **of: Any) -> Robot:
    return web.add("r", kind, **of)


def outcome(one: Any, message: Message = MESSAGE) -> str:
    """sent, or how it failed: failed for good, later, or later with a rest in seconds."""
    try:
        one.send([message])
    except DeliveryError as error:
        assert "s3cret" not in str(error)
        assert message.address not in str(error) or not message.address
        if error.permanent:
            return "failed"
        return "later" if error.wait_s is None else f"rest {error.wait_s:g}"
    return "sent"


OK: Final[Answer] = (200, {})
REPLIES: Final[dict[str, list[tuple[Answer, str]]]] = {
    "wecom": [
        ((200, {"errcode": 0, "errmsg": "ok"}), "sent"),
        ((200, {"errcode": -1, "errmsg": "system busy"}), "later"),
        ((200, {"errcode": 45009, "errmsg": "api freq out of limit"}), "rest 60"),
        ((200, {"errcode": 45033, "errmsg": "concurrent limit"}), "rest 60"),
        ((200, {"errcode": 93000, "errmsg": "invalid webhook url"}), "failed"),
        ((200, {"errcode": 40058, "errmsg": "exceed max length 2048"}), "failed"),
        ((200, {}), "failed"),
        ((502, {}), "later"),
        ((404, {}), "failed"),
    ],
    "dingtalk": [
        ((200, {"errcode": 0, "errmsg": "ok"}), "sent"),
        ((200, {"errcode": -1, "errmsg": "system busy"}), "later"),
        ((200, {"errcode": 130101, "errmsg": "send too fast"}), "rest 600"),
        ((200, {"errcode": 410100, "errmsg": "send too fast"}), "rest 600"),
        ((200, {"errcode": 310000, "errmsg": "sign not match"}), "failed"),
        ((200, {"errcode": 300001, "errmsg": "token is not exist"}), "failed"),
        ((200, {"errcode": 400102, "errmsg": "robot is stopped"}), "failed"),
        ((503, {}), "later"),
    ],
    "feishu": [
        ((200, {"code": 0, "msg": "success"}), "sent"),
        ((400, {"code": 11232, "msg": "frequency limited"}), "rest 60"),
        ((429, {"code": 99991400, "msg": "request trigger frequency limit"}), "rest 60"),
        ((200, {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}), "failed"),
        ((400, {"code": 19021, "msg": "sign match fail"}), "failed"),
        ((200, {"code": 19024, "msg": "Key Words Not Found"}), "failed"),
        ((400, {"code": 9499, "msg": "Bad Request"}), "failed"),
        ((500, {}), "later"),
    ],
    "webhook": [
        (OK, "sent"),
        ((400, {}), "failed"),
        ((301, {}), "failed"),
        ((408, {}), "later"),
        ((429, {}), "later"),
        ((429, {"headers": {"retry-after": "17"}}), "rest 17"),
        ((500, {}), "later"),
    ],
    "ntfy": [
        ((200, {"id": "n1"}), "sent"),
        ((401, {}), "failed"),
        ((413, {}), "failed"),
        ((429, {"headers": {"retry-after": "5"}}), "rest 5"),
        ((507, {}), "later"),
    ],
    "alertmanager": [(OK, "sent"), ((400, {}), "failed"), ((500, {}), "later")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "reply", "expected"),
    [
        pytest.param(kind, *row, id=f"{kind} {row[0][0]} {json.dumps(row[0][1])[:40]}")
        for kind, rows in REPLIES.items()
        for row in rows
    ],
)
def test_what_a_reply_means(web: Receivers, kind: str, reply: Answer, expected: str) -> None:
    robot = fresh(web, kind, replies=[reply])
    message = replace(MESSAGE, address="duty") if kind == "ntfy" else MESSAGE
    assert outcome(channel(kind=kind, url=web.url("r")), message) == expected
    assert robot.asked == 1


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_a_robot_gets_title_body_and_key_within_its_bytes(web: Receivers, kind: str) -> None:
    robot = fresh(web, kind, secret=None if kind == "wecom" else "SECs3cret")
    secret = {} if kind == "wecom" else {"secret": "SECs3cret"}
    one = channel(kind=kind, url=web.url("r"), **secret)
    one.send([MESSAGE])
    one.send([replace(MESSAGE, body="供电所" * 9000)])
    short, long = (t.text for t in robot.taken)
    assert short == f"{MESSAGE.title}\n{MESSAGE.body}\n#{KEY}"
    assert len(long.encode()) <= one.traits.most_bytes
    assert long.endswith(f"…\n#{KEY}")
    assert robot.limits_broken == 0


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
def test_a_wrong_secret_is_refused_for_good(web: Receivers, kind: str) -> None:
    fresh(web, kind, secret="SECs3cret")
    assert outcome(channel(kind=kind, url=web.url("r"), secret="SECother")) == "failed"
    assert outcome(channel(kind=kind, url=web.url("r"))) == "failed"


def test_each_robot_has_its_own_address_where_the_url_asks_for_one(web: Receivers) -> None:
    robot = fresh(web, "wecom")
    one = channel(kind="wecom", url=web.url("r") + "?key={to}")
    assert one.traits.address == "robot"
    one.send([replace(MESSAGE, address="a&b/c")])
    assert robot.taken[0].path.endswith("?key=a%26b%2Fc")


def test_a_webhook_s_messages_are_signed_and_go_together(web: Receivers) -> None:
    robot = fresh(web, "webhook")
    one = channel(kind="webhook", url=web.url("r"), secret="s3cret", headers={"X-Site": "s3cret-too"})
    one.send([MESSAGE, replace(MESSAGE, key="other")])
    (taken,) = robot.taken
    signed = f"{taken.headers['x-lightkeeper-timestamp']}.".encode() + taken.raw
    wanted = hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert taken.headers["x-lightkeeper-signature"] == f"sha256={wanted}"
    assert taken.headers["x-site"] == "s3cret-too"
    first, second = taken.body["messages"]
    assert (first["key"], second["key"]) == (KEY, "other")
    assert (first["title"], first["body"]) == (MESSAGE.title, MESSAGE.body)
    assert first["alerts"][0] | {"due_at": None} == {
        "alert_id": 7, "rule": "repair_due", "subject": "orders:1", "event": "raised", "level": "red",
        "critical": False,
        "raised_at": NOW.isoformat(), "cleared_at": None, "due_at": None, "order_no": "G1", "unit": "S1",
        "is_first": True,
    }  # fmt: skip


def test_connections_stay_open(web: Receivers) -> None:
    robot = fresh(web, "webhook")
    one = channel(kind="webhook", url=web.url("r"))
    for _ in range(5):
        one.send([MESSAGE])
    assert len(robot.taken) == 5
    assert one._web._pool.connection_from_url(web.url("r")).num_connections == 1


def test_ntfy_rings_louder_for_worse_and_gives_its_receipt(web: Receivers) -> None:
    robot = fresh(web, "ntfy")
    one = channel(kind="ntfy", url=web.url("r"), token="tk_s3cret")
    message = replace(MESSAGE, address="county-duty")
    receipts = [
        one.send([replace(message, facts=(replace(FACTS, critical=critical, level=level),))])
        for critical, level in ((True, "red"), (False, "red"), (False, "orange"))
    ]
    assert receipts == ["n1", "n2", "n3"]
    assert [t.body["priority"] for t in robot.taken] == [5, 4, 3]
    assert robot.taken[0].body["topic"] == "county-duty"
    assert robot.taken[0].body["message"].endswith(f"#{KEY}")
    assert robot.taken[0].headers["authorization"] == "Bearer tk_s3cret"


def test_alertmanager_gets_facts_and_an_end(web: Receivers) -> None:
    robot = fresh(web, "alertmanager")
    one = channel(kind="alertmanager", url=web.url("r"), labels={"team": "ops"})
    end = NOW + timedelta(minutes=9)
    one.send([MESSAGE])
    one.send([replace(MESSAGE, facts=(replace(FACTS, event="cleared", cleared_at=end, is_first=True),))])
    raised, cleared = (t.body for t in robot.taken)
    assert robot.taken[0].path.endswith("/api/v2/alerts")
    assert [a["labels"] for a in raised] == [
        {"alertname": "repair_due", "subject": "orders:1", "alert": "7", "severity": "red", "unit": "S1", "team": "ops"}
    ]
    assert raised[0]["annotations"]["summary"] == MESSAGE.title
    assert raised[0]["annotations"]["key"] == KEY
    assert raised[0]["endsAt"] > (NOW + timedelta(days=300)).isoformat()
    assert [a["endsAt"] for a in cleared] == [end.isoformat()]


SMTP: Final = {"kind": "smtp", "host": "h", "sender": "a@b.c"}
TABLE: Final = {"kind": "sms_table", "url": "sqlite://", "table": "t", "key_column": "k", "columns": {}}
SMS: Final = {
    "kind": "sms_http",
    "body": '{"mobile": "{to}", "content": "{text}", "id": "{key}"}',
    "success_path": "code",
    "receipt_path": "data.id",
    "later_values": ["8"],
}


def test_a_text_goes_as_its_template_says(web: Receivers) -> None:
    robot = fresh(web, "sms")
    one = channel(url=web.url("r"), headers={"X-App-Key": "s3cret"}, **SMS)
    assert one.traits.is_text
    assert not one.traits.opens_links
    assert one.send([replace(PHONE, title='红色："急"\n工单')]) == "s1"
    (taken,) = robot.taken
    assert taken.body == {"mobile": PHONE.address, "content": '红色："急" 工单 回复123456接单', "id": KEY}
    assert taken.headers["x-app-key"] == "s3cret"


def test_a_gateway_that_wants_a_form_in_its_own_letters(web: Receivers) -> None:
    robot = fresh(web, "sms")
    form = {"body": "m={to}&c={text}", "body_form": "form", "charset": "gb18030", "success_regex": '"code": 0'}
    channel(kind="sms_http", url=web.url("r"), **form).send([replace(PHONE, title="红&急", reply=None)])
    assert unquote_plus(robot.taken[0].raw.decode(), encoding="gb18030") == "m=13800001234&c=红&急"
    assert robot.taken[0].headers["content-type"] == "application/x-www-form-urlencoded; charset=gb18030"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param((200, {"code": 0, "data": {"id": 5}}), "sent", id="taken"),
        pytest.param((200, {"code": 8}), "later", id="the gateway's own limit"),
        pytest.param((200, {"code": 21}), "failed", id="no such phone"),
        pytest.param((200, {"result": 0}), "failed", id="another answer than the settings say"),
        pytest.param((200, []), "failed", id="no object"),
        pytest.param((500, {}), "later", id="gateway broke"),
    ],
)
def test_what_a_gateway_s_reply_means(web: Receivers, reply: Any, expected: str) -> None:
    fresh(web, "sms", replies=[reply])
    assert outcome(channel(url=web.url("r"), **SMS), PHONE) == expected


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[tuple[sa.Engine, dict[str, Any]]]:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE outgoing (mobile TEXT, content TEXT CHECK (length(content) < 60), "
                                   "ext TEXT PRIMARY KEY, at TIMESTAMP, state INT)"))  # fmt: skip
    columns = {"mobile": "{to}", "content": "{text}", "at": "{now}", "state": 0}
    yield engine, {"kind": "sms_table", "url": url, "table": "outgoing", "key_column": "ext", "columns": columns}
    engine.dispose()


def test_a_row_in_a_gateway_s_table_once_per_key(gateway: tuple[sa.Engine, dict[str, Any]]) -> None:
    engine, settings = gateway
    one = channel(**settings)
    assert one.send([PHONE]) == one.send([PHONE]) == "row inserted"
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT mobile, content, ext, state, at IS NOT NULL FROM outgoing")).all()
    assert rows == [("13800001234", "【守灯人】红色：工单G1 回复123456接单", KEY, 0, 1)]
    one._engine.dispose()


def test_what_a_gateway_s_database_may_say(gateway: tuple[sa.Engine, dict[str, Any]]) -> None:
    engine, settings = gateway
    one = channel(**settings)
    assert outcome(one, replace(PHONE, title="x" * 80)) == "failed"
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE outgoing"))
    assert outcome(one, PHONE) == "later"
    one._engine.dispose()


@pytest.mark.parametrize(
    ("settings", "to", "told"),
    [
        pytest.param(
            {"kind": "sms_http", "url": "http://h/?m={to}", "success_path": "code"},
            "x:1",
            "url: neither it nor body has {text}",
            id="text has no place",
        ),
        pytest.param(
            {"kind": "sms_http", "url": "http://h/?m={to}&c={text}"},
            "x:1",
            "success_path: nothing says how",
            id="no yes",
        ),
        pytest.param(TABLE | {"url": "nonsense"}, "x:1", "url: is no database URL", id="no database"),
        pytest.param(
            TABLE | {"columns": {"m": "{to}"}}, "x:1", "columns: none has {text}", id="no column for the text"
        ),
        pytest.param(SMTP | {"user": "u"}, "x:a@b.c", "user: a user without a password", id="no password"),
        pytest.param(
            SMTP | {"user": "u", "password": "s3cret", "security": "none"},
            "x:a@b.c",
            "security: the password would",
            id="password in the clear",
        ),
        pytest.param(
            {"kind": "alertmanager", "url": "http://h/api/v2/alerts"},
            "x:",
            "url: names the path too",
            id="too much path",
        ),
        pytest.param(
            {"kind": "wecom", "url": "http://h/"}, "x:me", "write {to} into channels.x.url", id="address would be lost"
        ),
        pytest.param(SMTP, "x:", "write x:ADDRESS", id="address is missing"),
        pytest.param(
            {"kind": "webhook", "url": "https://h/", "ca": "/nowhere.pem"},
            "x:",
            "channels.x.ca: certificates can not be read",
            id="no certificates",
        ),
    ],
)
def test_a_channel_that_can_not_work_is_refused_at_load(settings: dict[str, Any], to: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        make({"x": block(**settings)}, [Route(to=(to,))])
    assert told in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "told", "maybe_taken"),
    [
        pytest.param("http://127.0.0.1:1/s3cret", "x: connection refused", False, id="nobody listens"),
        pytest.param("http://no-such-host.invalid/s3cret", "x: host name unknown", False, id="no such host"),
    ],
)
def test_who_can_not_be_reached(url: str, told: str, maybe_taken: bool) -> None:
    with pytest.raises(DeliveryError) as caught:
        channel(kind="webhook", url=url).send([MESSAGE])
    assert (str(caught.value), caught.value.permanent, caught.value.maybe_taken) == (told, False, maybe_taken)
    assert caught.value.__suppress_context__


def test_a_lost_answer_may_mean_it_arrived(web: Receivers) -> None:
    robot = fresh(web, "webhook", is_dead=True)
    one = channel(kind="webhook", url=web.url("r"), timeout_s=0.3)
    for is_dead, told in ((True, "x: connection broken"), (False, "x: timed out")):
        robot.is_dead = is_dead
        robot.answering.clear()
        with pytest.raises(DeliveryError) as caught:
            one.send([MESSAGE])
        assert (str(caught.value), caught.value.maybe_taken) == (told, True)
    robot.answering.set()
