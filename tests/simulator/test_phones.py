"""The demonstration's telephones, rung over real sockets."""

import json
import smtplib
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from simulator.phones import Phones, read_messages


@pytest.fixture
def phones(tmp_path: Path) -> Iterator[Phones]:
    receivers = Phones(tmp_path, 0, 0)
    receivers.start()
    yield receivers
    receivers.stop()


def post(phones: Phones, path: str, body: bytes, **headers: str) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{phones.http_port}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_a_mail_arrives_with_its_words(phones: Phones, tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "lightkeeper@linjiang.example", "duty@linjiang.example"
    message["Subject"], message["Message-ID"] = "城东 超时", "<7@linjiang.example>"
    message.set_content("东湖线 复电\n超时1分\n")
    with smtplib.SMTP("127.0.0.1", phones.smtp_port, timeout=10) as server:
        server.send_message(message)
    (got,) = read_messages(tmp_path)
    assert (got["way"], got["recipient"], got["sender"]) == (
        "mail",
        "duty@linjiang.example",
        "lightkeeper@linjiang.example",
    )
    assert (got["subject"], got["body"], got["key"]) == ("城东 超时", "东湖线 复电\n超时1分", "<7@linjiang.example>")


def test_a_post_arrives_with_its_key_newest_first(phones: Phones) -> None:
    for n in (1, 2):
        body = json.dumps({"title": f"告警{n}", "message": "沙湾线"}).encode()
        assert post(phones, "/city-duty", body, **{"Idempotency-Key": f"k{n}"}) == 204
    got = phones.messages()
    assert [(m["subject"], m["key"], m["recipient"], m["way"]) for m in got] == [
        ("告警2", "k2", "city-duty", "webhook"),
        ("告警1", "k1", "city-duty", "webhook"),
    ]
    assert len(phones.messages(1)) == 1


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        pytest.param({"X-Lightkeeper-Key": "k1", "X-Idempotency-Key": "k2", "Message-ID": "<7@x>"}, "k1", id="ours"),
        pytest.param({"X-Idempotency-Key": "k2", "Message-ID": "<7@x>"}, "k2", id="another sender's"),
        pytest.param({"Message-ID": "<7@x>"}, "<7@x>", id="only its own id"),
    ],
)
def test_the_key_of_a_mail(phones: Phones, headers: dict[str, str], key: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "lightkeeper@linjiang.example", "duty@linjiang.example", "s"
    for name, value in headers.items():
        message[name] = value
    message.set_content("b")
    with smtplib.SMTP("127.0.0.1", phones.smtp_port, timeout=10) as server:
        server.send_message(message)
    assert [m["key"] for m in phones.messages()] == [key]


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        pytest.param({"X-Lightkeeper-Key": "k1", "Idempotency-Key": "k2"}, "k1", id="ours"),
        pytest.param({"Idempotency-Key": "k2"}, "k2", id="another sender's"),
        pytest.param({}, "k3", id="in the payload"),
    ],
)
def test_the_key_of_a_post(phones: Phones, headers: dict[str, str], key: str) -> None:
    post(phones, "/x", b'{"title": "t", "message": "m", "idempotency_key": "k3"}', **headers)
    assert [m["key"] for m in phones.messages()] == [key]


def test_the_same_words_twice_have_the_same_key(phones: Phones) -> None:
    for _ in range(2):
        post(phones, "/x", b'{"title": "t", "message": "m"}')
    first, second = phones.messages()
    assert first["key"] == second["key"]


def test_what_is_no_json_is_refused(phones: Phones) -> None:
    assert post(phones, "/x", b"\xff not json") == 400
    assert phones.messages() == []


def test_a_taken_port_is_told(phones: Phones, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        Phones(tmp_path, 0, phones.http_port).start()


def test_stopped_phones_can_start_again(phones: Phones, tmp_path: Path) -> None:
    phones.stop()
    phones.start()
    assert post(phones, "/x", b"{}") == 204
    assert len(read_messages(tmp_path)) == 1
