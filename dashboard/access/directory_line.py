"""One connection to a directory: TLS checked by Python's own ssl, waits bounded, results as plain values (ldap3)."""

import math
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

from ldap3 import BASE, DEREF_NEVER, NONE, SIMPLE, SUBTREE, SYNC, Connection, Server, Tls
from ldap3.core.exceptions import LDAPInvalidFilterError

from dashboard.access.identity import WayDown
from settings_access import Ldap

_SUCCESS: Final = 0
_SIZE_LIMIT: Final = 4
_NO_SUCH_ENTRY: Final = 32
# Results of a bind that say nothing of the password (RFC 4511, 4.1.9): the directory's own trouble, and TLS it wants.
_TROUBLE: Final = {1, 2, 3, 51, 52, 80}
_OTHERWISE: Final = {7, 8, 13}

Entry = tuple[str, dict[str, list[str]]]  # DN, then values by attribute, spelt as the directory does


class _CheckedTls(Tls):  # type: ignore[misc,unused-ignore]
    """TLS whose certificate and host name OpenSSL checks; ldap3's own check is off by default and deprecated."""

    def __init__(self, settings: Ldap) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = _context(settings)

    def wrap_socket(self, connection: Any, do_handshake: bool = True) -> None:
        connection.socket = self._context.wrap_socket(connection.socket, server_hostname=connection.server.host)


def _context(settings: Ldap) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(settings.ca) if settings.ca else None)
    except OSError:  # ssl's own errors are such, too
        raise WayDown(f"access.ldap.ca: {settings.ca} holds no certificates that can be read; correct it") from None


class Line:
    """An open connection. Errors of all its methods: WayDown."""

    def __init__(self, connection: Any, settings: Ldap) -> None:
        self._connection, self._settings = connection, settings

    def why_not_bound(self, dn: str, password: str) -> str | None:
        """The directory's word for refusing `password`; None: it is right."""
        # As bytes: text is prepared by ldap3 (RFC 4013), which fails on some characters and exchanges others.
        secret = password.encode()
        with _told(self._settings):
            self._connection.rebind(dn, secret, SIMPLE, read_server_info=False)
        code, word = self._result()
        if code in _TROUBLE:
            raise WayDown(f"{self._settings.url} could not look at a password: {word}; look at the directory")
        if code in _OTHERWISE:
            raise WayDown(f"{self._settings.url} wants TLS first: {word}; write ldaps:// or start_tls = true")
        return None if code == _SUCCESS else word

    def found(self, base: str, asked: str, attributes: Sequence[str], most: int = 0) -> list[Entry]:
        """Entries under `base` that fit the filter; at most `most`, 0: all."""
        self._search(base, asked, SUBTREE, attributes, most)
        code, word = self._result()
        if code == _NO_SUCH_ENTRY:
            raise WayDown(f"{self._settings.url} has no entry {base}; check access.ldap.base and group_base")
        if code != _SUCCESS and not (most and code == _SIZE_LIMIT):
            raise WayDown(f"{self._settings.url} did not search {base}: {word}; check what access.ldap.bind_dn may do")
        answers = [a for a in self._connection.response if a["type"] == "searchResEntry"]  # the rest point elsewhere
        return [(a["dn"], {name: _texts(values) for name, values in a["raw_attributes"].items()}) for a in answers]

    def has(self, base: str) -> bool:
        """Whether there is such an entry for whom the connection is bound as."""
        self._search(base, "(objectClass=*)", BASE, [], 1)
        return self._result()[0] == _SUCCESS and bool(self._connection.response)

    def _search(self, base: str, asked: str, scope: str, attributes: Sequence[str], most: int) -> None:
        with _told(self._settings):
            self._connection.search(
                base,
                asked,
                scope,
                dereference_aliases=DEREF_NEVER,
                attributes=list(attributes),
                size_limit=most,
                time_limit=math.ceil(self._settings.timeout_s),
            )

    def _result(self) -> tuple[int, str]:
        result = self._connection.result
        return int(result["result"]), str(result["description"])


@contextmanager
def opened(settings: Ldap) -> Iterator[Line]:
    """A connection, with TLS where the settings want it, closed at the end. Errors: WayDown."""
    connection, tls = None, _CheckedTls(settings)
    try:
        with _told(settings):
            server = Server(settings.url, get_info=NONE, tls=tls, connect_timeout=settings.timeout_s)
            connection = Connection(
                server,
                client_strategy=SYNC,
                auto_referrals=False,  # a password goes to the directory in the settings and nowhere else
                check_names=False,  # needs its schema, a long answer
                auto_escape=False,  # filters come escaped
                receive_timeout=math.ceil(settings.timeout_s),  # whole seconds: it packs an integer
                read_only=True,
            )
            connection.open(read_server_info=False)
            if settings.start_tls:
                connection.start_tls(read_server_info=False)
        yield Line(connection, settings)
    finally:
        if connection is not None:
            _close(connection)


def _close(connection: Any) -> None:
    socket = connection.socket
    with suppress(Exception):  # saying good-bye to one who has gone is no fault
        connection.unbind()
    if socket is not None:
        socket.close()


@contextmanager
def _told(settings: Ldap) -> Iterator[None]:
    """What goes wrong on the way, with a cure. ldap3 and its parser fail in many ways on what is no directory."""
    try:
        yield
    except LDAPInvalidFilterError:
        raise WayDown("access.ldap.user_filter or group_filter is no LDAP filter; correct it") from None
    except Exception as error:
        words = str(error)
        if "certificate verify failed" in words:
            reason = words.partition("certificate verify failed:")[2].partition(" (_ssl")[0].strip()
            raise WayDown(
                f"{settings.url} is not trusted: {reason}; write access.ldap.ca, and in url the name in its certificate"
            ) from None
        raise WayDown(
            f"{settings.url} does not answer as a directory: {words or type(error).__name__}; "
            "check access.ldap.url, and that the directory runs and can be reached"
        ) from None


def _texts(values: Sequence[bytes]) -> list[str]:
    """The values that are text; pictures and certificates are not."""
    texts = []
    for value in values:
        with suppress(UnicodeDecodeError):
            texts.append(value.decode())
    return texts
