"""Who a proxy in front says is asking. Only with its secret: a header alone is written by anybody."""

import hmac
from collections.abc import Sequence
from typing import Final

from dashboard.access.identity import Identity, NotLetIn
from settings_access import Proxy

Headers = Sequence[tuple[bytes, bytes]]  # raw pairs, as ASGI hands them over: a name may come twice
LEAST_SECRET: Final = 20  # characters; chosen so that guessing over the network is hopeless
MOST_NAME: Final = 256  # characters of a user's


def identity_of(headers: Headers, settings: Proxy) -> Identity | None:
    """Whom the proxy names; None where nobody is named.

    Errors: NotLetIn where somebody is named without the proxy's secret, twice, or not in printable UTF-8.
    """
    user = _only(headers, settings.user_header).strip()
    if not user:
        return None
    given = _raw(headers, settings.secret_header)
    right = settings.secret.get_secret_value().encode()
    if len(given) != 1 or not hmac.compare_digest(given[0], right):
        raise NotLetIn(f"a user was named in {settings.user_header} without the proxy's secret")
    if len(user) > MOST_NAME:
        raise NotLetIn(f"{settings.user_header} is longer than {MOST_NAME} characters")
    groups = [group.strip() for group in _only(headers, settings.groups_header).split(",")]
    name = _only(headers, settings.name_header).strip()
    return Identity("proxy", user, name or user, tuple(dict.fromkeys(g for g in groups if g)))


def strip(headers: Headers, settings: Proxy) -> list[tuple[bytes, bytes]]:
    """The headers without the four of the proxy: what lies behind the guard sees neither secret nor names."""
    ours = {name.lower().encode() for name in _names(settings)}
    return [(name, value) for name, value in headers if name.lower() not in ours]


def check(settings: Proxy) -> list[str]:
    """Faults of the settings; none: []. The proxy itself can not be asked."""
    faults = []
    if len(settings.secret.get_secret_value()) < LEAST_SECRET:
        faults.append(
            f"access.proxy.secret: is shorter than {LEAST_SECRET} characters and can be guessed; "
            "make one with: openssl rand -hex 32"
        )
    names = [name.lower() for name in _names(settings)]
    faults += [
        f"access.proxy: {name} is named for two things; give each a header of its own"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    return faults


def _names(settings: Proxy) -> tuple[str, str, str, str]:
    return settings.user_header, settings.name_header, settings.groups_header, settings.secret_header


def _raw(headers: Headers, name: str) -> list[bytes]:
    wanted = name.lower().encode()
    return [value for key, value in headers if key.lower() == wanted]


def _only(headers: Headers, name: str) -> str:
    """The header's text; "" where it is missing. A second one was put in on the way: none of them counts."""
    values = _raw(headers, name)
    if len(values) > 1:
        raise NotLetIn(f"{name} came {len(values)} times; the proxy must replace what browsers send")
    try:
        text = (values or [b""])[0].decode()
    except UnicodeDecodeError:
        raise NotLetIn(f"{name} is no UTF-8; the proxy must encode it so") from None
    if not text.isprintable():
        raise NotLetIn(f"{name} holds characters that can not be printed")
    return text
