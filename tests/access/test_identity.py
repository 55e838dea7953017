"""What groups may do, and what the settings of [access] refuse."""

from typing import Any

import pytest
from pydantic import ValidationError

from dashboard.access.identity import Identity, granted
from settings_access import Grant, Ldap, Oidc

LEADER, DUTY = Grant(group="CN=Leaders,dc=x", role="leader"), Grant(group="duty", role="duty")
ALL = Grant(group="*", role="duty")


@pytest.mark.parametrize(
    ("groups", "grants", "first"),
    [
        pytest.param(("duty", "cn=leaders,DC=X"), (LEADER, DUTY), LEADER, id="the first grant, in any case of letters"),
        pytest.param(("duty",), (LEADER, DUTY, ALL), DUTY, id="a group of theirs"),
        pytest.param((), (LEADER, ALL), ALL, id="everybody"),
        pytest.param(("leaders",), (LEADER, DUTY), None, id="no part of a name counts"),
        pytest.param(("*",), (LEADER, DUTY), None, id="a group called star is a group"),
    ],
)
def test_the_first_grant_that_fits_counts(
    groups: tuple[str, ...], grants: tuple[Grant, ...], first: Grant | None
) -> None:
    assert granted(Identity("ldap", "ada", "Ada", groups), grants) == first


@pytest.mark.parametrize(
    ("kind", "written", "said"),
    [
        pytest.param(Ldap, {"url": "ldap://dc.example"}, "passwords in the clear; write ldaps://", id="no TLS"),
        pytest.param(Ldap, {"url": "ldaps://dc.example", "start_tls": True}, "leave start_tls out", id="TLS twice"),
        pytest.param(Oidc, {"issuer": "http://id.example"}, "write https://", id="a provider without TLS"),
        pytest.param(Oidc, {"issuer": "https://id.example", "scopes": ("profile",)}, 'lacks "openid"', id="no openid"),
        pytest.param(Oidc, {"issuer": "https://id.example?x=1"}, "should match pattern", id="an issuer with a query"),
    ],
)
def test_what_could_be_read_or_changed_on_the_way_is_refused(kind: Any, written: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        kind(base="dc=x", **written) if kind is Ldap else kind(client_id="x", **written)


@pytest.mark.parametrize(
    "written",
    [
        {"url": "ldaps://dc.example"},
        {"url": "ldap://dc.example", "start_tls": True},
        {"url": "ldap://dc.example", "plain": True},
        {"url": "ldap://localhost:389"},
        {"url": "ldap://[::1]:389"},
    ],
)
def test_a_directory_over_tls_or_on_this_machine_or_knowingly_plain(written: dict[str, Any]) -> None:
    assert Ldap(base="dc=x", **written).url == written["url"]
