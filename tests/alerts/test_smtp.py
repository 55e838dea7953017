"""Mail through a real server: in the clear, with STARTTLS, with TLS from the start, with a sign-in."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from aiosmtpd.smtp import AuthResult

from alerts.channels import DeliveryError, Message, make
from settings_channels import Smtp
from tests.alerts.receivers import Mailbox, mailbox

MESSAGE: Final = Message("duty@example.org", "红色：工单G1", "发生：超时", "k" * 32)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, made for these tests."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]  # fmt: skip
    key = file.with_name("key.pem")
    subprocess.run([*made, "-keyout", key, "-out", file], check=True, capture_output=True)
    file.write_text(file.read_text() + key.read_text())
    return file


def context(certificate: Path) -> ssl.SSLContext:
    found = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    found.load_cert_chain(certificate)
    return found


@pytest.fixture
def tls(certificate: Path) -> Iterator[Mailbox]:
    def let_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, who: Any) -> AuthResult:
        return AuthResult(success=(who.login, who.password) == (b"lk", b"s3cret"), handled=False)

    with mailbox(tls_context=context(certificate), authenticator=let_in) as box:
        yield box


def channel(port: int, **more: Any) -> Any:
    of = {"kind": "smtp", "host": "127.0.0.1", "port": port, "sender": "lk@example.org"}
    return make({"mail": Smtp.model_validate(of | more)})["mail"]


def test_a_mail_goes_over_starttls_after_a_sign_in(tls: Mailbox, certificate: Path) -> None:
    one = channel(tls.port, ca=certificate, user="lk", password="s3cret")
    assert one.send([MESSAGE]) == "250 OK"
    assert tls.subjects == ["红色：工单G1"]
    assert tls.keys == [MESSAGE.key]


@pytest.mark.parametrize(
    ("settings", "told", "is_permanent"),
    [
        pytest.param({"ca": None}, "mail: certificate not trusted", False, id="unknown certificate"),
        pytest.param({"user": "lk", "password": "wrong-s3cret"}, "mail: SMTP 535", True, id="wrong password"),
    ],
)
def test_a_server_that_can_not_be_used(
    tls: Mailbox, certificate: Path, settings: dict[str, Any], told: str, is_permanent: bool
) -> None:
    with pytest.raises(DeliveryError) as caught:
        channel(tls.port, **({"ca": certificate} | settings)).send([MESSAGE])
    assert (str(caught.value), caught.value.permanent) == (told, is_permanent)
    assert tls.taken == []


def test_a_server_without_starttls_gets_no_mail_in_the_clear() -> None:
    with mailbox() as box, pytest.raises(DeliveryError, match="no STARTTLS"):
        channel(box.port).send([MESSAGE])
    assert box.taken == []


def test_tls_from_the_start(certificate: Path) -> None:
    with mailbox(ssl_context=context(certificate)) as box:
        assert channel(box.port, security="tls", ca=certificate).send([MESSAGE]) == "250 OK"


def test_a_title_with_a_line_end_adds_no_header() -> None:
    with mailbox() as box:
        channel(box.port, security="none").send([Message("a@example.org", "t\r\nBcc: b@example.org", "b", "k")])
    assert box.subjects == ["t Bcc: b@example.org"]
    assert box.taken[0]["Bcc"] is None


class HangsUp(Mailbox):
    """It takes the mail, and breaks the connection instead of a goodbye."""

    async def handle_QUIT(self, server: Any, _session: Any, _envelope: Any) -> str:
        server.transport.abort()
        return "221 Bye"


def test_a_mail_that_was_taken_is_sent_even_if_the_server_hangs_up() -> None:
    with mailbox(HangsUp()) as box:
        assert channel(box.port, security="none").send([MESSAGE]) == "250 OK"
        assert box.keys == [MESSAGE.key]
