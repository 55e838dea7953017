"""A directory says who somebody is: tried on Debian's slapd, and on things that are no directory."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.access.directory import Directory, filled
from dashboard.access.identity import Identity, NotLetIn, WayDown
from dashboard.access.patience import Patience
from settings_access import Ldap
from tests.access.slapd import DUTY, GROUPS, LEADERS, PEOPLE, SEARCHER, SEARCHERS_WORD, SUFFIX, Slapd, directory
from tests.browser.serving import wait_for


@pytest.fixture(scope="module")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    with directory(tmp_path_factory.mktemp("slapd")) as one:
        yield one


def of(slapd: Slapd, **settings: Any) -> Directory:
    return Directory(Ldap(**{"url": slapd.url, "base": PEOPLE, **settings}))


def test_the_right_password_tells_who_it_is_and_in_what_groups(slapd: Slapd) -> None:
    assert of(slapd).identity("ada", "ada's word") == Identity("ldap", "ada", "Ada of Linjiang", (DUTY, LEADERS))


@pytest.mark.parametrize(
    ("typed", "password", "user"),
    [
        pytest.param("ADA", "ada's word", "ada", id="one person is one user, however it is typed"),
        pytest.param(" ada ", "ada's word", "ada", id="with blanks around"),
        pytest.param("王培士", "口令", "王培士", id="in Chinese"),
        pytest.param("odd(*)\\", "odd", "odd(*)\\", id="of signs that filters use"),
    ],
)
def test_a_user_is_named_as_its_entry_spells_it(slapd: Slapd, typed: str, password: str, user: str) -> None:
    assert of(slapd).identity(typed, password).user == user


@pytest.mark.parametrize(
    ("user", "password", "why"),
    [
        pytest.param("ada", "wrong", "refused the password", id="another password"),
        pytest.param("ada", "", "the password is empty", id="no password: the directory would say success"),
        pytest.param("ada", "\u00ad", "refused the password", id="a password that preparation leaves empty"),
        pytest.param("ada", "\0", "refused the password", id="a password of a zero byte"),
        pytest.param("nobody", "ada's word", "no such user", id="an unknown user"),
        pytest.param("", "ada's word", "no such user", id="no user"),
        pytest.param("a" * 300, "ada's word", "no such user", id="a user too long to be one"),
        pytest.param("*", "ada's word", "no such user", id="a star is no user"),
        pytest.param("ad*", "ada's word", "no such user", id="nor part of one"),
        pytest.param("ada)(uid=*", "ada's word", "no such user", id="a bracket adds no condition"),
        pytest.param("*)(objectClass=*))(|(uid=*", "ada's word", "no such user", id="nor another filter"),
        pytest.param("ada\0", "ada's word", "no such user", id="a zero byte ends no name"),
        pytest.param("\\61da", "ada's word", "no such user", id="an escaped letter is no letter"),
        pytest.param("twin", "twin", "several such users", id="two entries are nobody"),
        pytest.param("hid", "hid", "no such user", id="an entry that who searches may not see"),
    ],
)
def test_nobody_else_is_let_in(slapd: Slapd, user: str, password: str, why: str) -> None:
    with pytest.raises(NotLetIn, match=why) as told:
        of(slapd, base=SUFFIX).identity(user, password)
    assert not password.strip("\0\u00ad") or password not in told.value.why


def test_this_directory_says_success_to_an_empty_password(slapd: Slapd) -> None:
    """So that the test of the empty password above refuses what a directory would let in."""
    dn = f"uid=ada,{PEOPLE}".encode()
    bind = b"\x02\x01\x03\x04" + bytes([len(dn)]) + dn + b"\x80\x00"
    message = b"\x02\x01\x01\x60" + bytes([len(bind)]) + bind
    with socket.create_connection(("127.0.0.1", int(slapd.url.rpartition(":")[2])), timeout=5) as line:
        line.sendall(b"\x30" + bytes([len(message)]) + message)
        assert line.recv(64)[5:].startswith(b"\x61\x07\x0a\x01\x00")  # a bind's response: success


def test_who_searches_may_have_a_name_of_its_own(slapd: Slapd) -> None:
    one = of(slapd, base=SUFFIX, bind_dn=SEARCHER, bind_password=SEARCHERS_WORD)
    assert one.identity("hid", "hid").name == "Hidden"
    assert one.check() == []


@pytest.mark.parametrize(
    ("asked", "groups"),
    [
        pytest.param({"group_filter": "(member={dn})"}, {DUTY, LEADERS}, id="by the member's DN"),
        pytest.param({"group_filter": "(memberUid={user})"}, {f"cn=posix,{GROUPS}"}, id="by what was typed"),
    ],
)
def test_groups_may_be_searched(slapd: Slapd, asked: dict[str, str], groups: set[str]) -> None:
    one = of(slapd, group_attribute=None, group_base=GROUPS, **asked)
    assert set(one.identity("ada", "ada's word").groups) == groups


def test_a_dn_with_signs_of_filters_finds_its_own_groups(slapd: Slapd) -> None:
    one = of(slapd, group_attribute=None, group_base=GROUPS)
    assert one.identity("odd(*)\\", "odd").groups == (DUTY,)


def test_what_is_filled_in_is_never_filled_again() -> None:
    assert filled("(|(u={user})(m={dn}))", user="{dn}", dn="a*") == "(|(u={dn})(m=a\\2a))"


@pytest.mark.parametrize("how", ["ldaps", "start_tls"])
def test_tls_is_spoken_with_one_who_is_trusted(slapd: Slapd, how: str) -> None:
    url, more = (slapd.tls_url, {}) if how == "ldaps" else (slapd.url, {"start_tls": True})
    assert of(slapd, url=url, ca=slapd.authority, **more).identity("ada", "ada's word").user == "ada"
    with pytest.raises(
        WayDown, match=r"not trusted: self-signed certificate in certificate chain; write access\.ldap\.ca"
    ):
        of(slapd, url=url, **more).identity("ada", "ada's word")
    elsewhere = url.replace("127.0.0.1", "localhost")
    with pytest.raises(WayDown, match="not trusted: Hostname mismatch"):
        of(slapd, url=elsewhere, ca=slapd.authority, **more).identity("ada", "ada's word")


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        pytest.param({"url": "ldap://127.0.0.1:1"}, "Connection refused; check access.ldap.url", id="nobody listens"),
        pytest.param({"base": "ou=no,dc=such"}, "access.ldap.base: .* has no entry ou=no,dc=such", id="no such base"),
        pytest.param({"group_base": "ou=no,dc=such"}, "access.ldap.group_base: ", id="no such base of groups"),
        pytest.param({"user_filter": "(uid={user}"}, "user_filter or group_filter is no LDAP filter", id="no filter"),
        pytest.param(
            {"group_base": GROUPS, "group_filter": "member={dn}"}, "group_filter is no LDAP filter", id="nor for groups"
        ),
        pytest.param(
            {"ca": "/nowhere.pem"}, "access.ldap.ca: /nowhere.pem holds no certificates", id="no certificates"
        ),
        pytest.param({"bind_dn": SEARCHER}, "write access.ldap.bind_password", id="a name without a password"),
        pytest.param(
            {"bind_dn": SEARCHER, "bind_password": "old"}, f"refused bind_dn {SEARCHER}: invalidCred", id="a wrong one"
        ),
    ],
)
def test_what_keeps_everybody_out_is_told_with_its_cure(slapd: Slapd, settings: dict[str, str], fault: str) -> None:
    (told,) = of(slapd, **settings).check()
    assert re.search(fault, told), told


@pytest.fixture
def stranger() -> Iterator[socket.socket]:
    """Listens, and is no directory."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
def test_one_who_says_nothing_is_not_waited_for(stranger: socket.socket, scheme: str) -> None:
    began = time.monotonic()
    with pytest.raises(WayDown, match="timed out"):
        Directory(Ldap(url=f"{scheme}://127.0.0.1:{stranger.getsockname()[1]}", base=PEOPLE, timeout_s=0.3)).identity(
            "ada", "ada's word"
        )
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x30\x03\x02\x01\x01", b"\x30\x84\x00", b""])
def test_what_is_no_directory_lets_nobody_in(stranger: socket.socket, answer: bytes) -> None:
    def answering() -> None:
        line, _ = stranger.accept()
        with line:
            line.recv(4096)
            line.sendall(answer)

    thread = threading.Thread(target=answering)
    thread.start()
    with pytest.raises(WayDown, match="does not answer as a directory"):
        Directory(Ldap(url=f"ldap://127.0.0.1:{stranger.getsockname()[1]}", base=PEOPLE, timeout_s=1)).identity(
            "ada", "ada's word"
        )
    thread.join(5)


def test_the_file_of_certificates_must_hold_some(slapd: Slapd, tmp_path: Path) -> None:
    (empty := tmp_path / "ca.pem").write_text("no certificate")
    (told,) = of(slapd, url=slapd.tls_url, ca=empty).check()
    assert "ca.pem holds no certificates" in told


def test_a_directory_that_answers_byte_by_byte_holds_a_sign_in_up_no_longer_than_stated() -> None:
    """Each wait for an answer ends in time, so no limit of a single one ends the whole."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as stranger:

        def drip() -> None:
            line, _ = stranger.accept()
            with line:
                line.sendall(b"\x30\x84\x00\x0f\x00\x00")  # an answer of a million bytes begins
                while not over.wait(0.02):
                    try:
                        line.sendall(b"\x00")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        slow = Ldap(url=f"ldap://127.0.0.1:{stranger.getsockname()[1]}", base=PEOPLE, timeout_s=1)
        began = time.monotonic()
        with pytest.raises(WayDown, match=r"longer than 1\.5 s"):
            Directory(slow, longest_s=1.5).identity("ada", "ada's word")
        took = time.monotonic() - began
        over.set()
        thread.join(5)
    assert took < 5


def test_those_that_hang_leave_no_place_for_more_and_give_it_back() -> None:
    go_on, patience = threading.Event(), Patience(0.05, at_once=1)
    with pytest.raises(TimeoutError):
        patience.ask(go_on.wait)
    with pytest.raises(TimeoutError):
        patience.ask(lambda: 1)  # the first one still holds the only place
    go_on.set()
    wait_for(lambda: any_answer(patience) == 1, "the place was not given back")
    with pytest.raises(NotLetIn):
        Patience(5).ask(_refuse)


def any_answer(patience: Patience) -> int | None:
    try:
        return patience.ask(lambda: 1)
    except TimeoutError:
        return None


def _refuse() -> None:
    raise NotLetIn("no")
