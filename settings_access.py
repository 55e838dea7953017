"""[access] of lightkeeper.toml: who may sign in, how, and what groups of a directory may do here."""

import ipaddress
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from settings_channels import Frozen

Role = Literal["duty", "manager", "leader", "administrator"]
Text = Annotated[str, Field(min_length=1)]


def _is_here(url: str) -> bool:
    """Whether it leads to this machine, where nobody listens between."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Grant(Frozen):
    """What members of a group may do. The first grant that fits counts."""

    group: Text  # as the directory or the provider names it; * is everybody it lets in
    role: Role
    units: tuple[str, ...] = ()  # codes of cities, counties or stations; none: all of them, managers must have some

    @model_validator(mode="after")
    def managers_have_units(self) -> Self:
        if self.role == "manager" and not self.units:
            raise ValueError(f"group {self.group}: a manager needs units; write units = [CODE]")
        return self


class Oidc(Frozen):
    """A provider of OpenID Connect (authorization code with PKCE)."""

    issuer: Annotated[
        str, Field(pattern=r"^https?://[^\s/?#]+[^\s?#]*$")
    ]  # its /.well-known/openid-configuration is read
    client_id: Text
    client_secret: SecretStr | None = None
    scopes: tuple[Text, ...] = ("openid", "profile")  # a scope that a provider does not know it refuses
    user_claim: Text = "preferred_username"
    name_claim: Text = "name"
    groups_claim: Text = "groups"  # dots lead into it: realm_access.roles
    ca: Path | None = None  # certificates to trust instead of the system's
    timeout_s: Annotated[float, Field(gt=0, le=25)] = 10.0  # of each request: connecting, and the whole answer

    @field_validator("issuer")
    @classmethod
    def over_tls(cls, value: str) -> str:
        if value.startswith("http:") and not _is_here(value):
            raise ValueError("its keys could be changed on the way; write https://")
        return value

    @field_validator("scopes")
    @classmethod
    def with_openid(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in value:
            raise ValueError('lacks "openid"; without it no provider says who somebody is')
        return value


class Ldap(Frozen):
    """A directory: the user is searched, then bound with the password given."""

    url: Annotated[str, Field(pattern=r"^ldaps?://[^\s/]+$")]
    start_tls: bool = False
    plain: bool = False  # ldap:// without TLS beyond loopback sends passwords in the clear; must be wanted
    ca: Path | None = None
    bind_dn: Text | None = None  # who searches; None: anybody may
    bind_password: SecretStr | None = None
    base: Text
    user_filter: Text = "(uid={user})"
    user_attribute: Text = "uid"
    name_attribute: Text = "cn"
    group_attribute: Text | None = "memberOf"  # of the user's entry
    group_base: Text | None = None  # groups searched by member instead
    group_filter: Text = "(member={dn})"  # {user} stands for what was typed
    timeout_s: Annotated[float, Field(gt=0, le=25)] = 5.0  # of connecting, and of each wait for an answer

    @field_validator("user_filter")
    @classmethod
    def with_a_user(cls, value: str) -> str:
        if "{user}" not in value:
            raise ValueError("names no {user}; write for example (uid={user})")
        return value

    @model_validator(mode="after")
    def over_tls(self) -> Self:
        tls = self.url.startswith("ldaps:")
        if tls and self.start_tls:
            raise ValueError("start_tls is for ldap://; ldaps:// speaks TLS already, leave start_tls out")
        if not (tls or self.start_tls or self.plain or _is_here(self.url)):
            raise ValueError(f"{self.url} would carry passwords in the clear; write ldaps:// or start_tls = true")
        return self


class Proxy(Frozen):
    """A proxy in front that has signed people in and says who they are in a header."""

    user_header: Text = "X-Remote-User"
    name_header: Text = "X-Remote-Name"
    groups_header: Text = "X-Remote-Groups"  # with commas
    secret: SecretStr  # the proxy sends it with each request: nobody else may name a user
    secret_header: Text = "X-Proxy-Secret"  # noqa: S105  the name of a header


class Access(Frozen):
    """Sign-in. Without this table everybody on this machine is the demonstration's user, and nobody else is served."""

    local: bool = True  # accounts of our own
    oidc: Oidc | None = None
    ldap: Ldap | None = None
    proxy: Proxy | None = None  # must be switched on by writing it
    grants: tuple[Grant, ...] = ()  # for groups of oidc, ldap and proxy
    hosts: tuple[Text, ...] = ()  # names under which browsers may ask, beside this machine's own and site.url's
    tls: bool = False  # a proxy in front speaks TLS: cookies are Secure, browsers are told to stay with it
    session_h: Annotated[float, Field(gt=0, le=168)] = 12.0
    idle_min: Annotated[float, Field(gt=0, le=1440)] = 60.0  # a page that nobody touches still asks: pages count
    metrics_token: SecretStr | None = None  # Bearer of /metrics; None: only an administrator reads it

    @model_validator(mode="after")
    def somebody_may_enter(self) -> Self:
        others = [name for name in ("oidc", "ldap", "proxy") if getattr(self, name) is not None]
        if not self.local and not others:
            raise ValueError("nobody could sign in; switch local on or write oidc, ldap or proxy")
        if others and not self.grants:
            raise ValueError(f"{others[0]} lets nobody do anything; write [[access.grants]] with group and role")
        return self
