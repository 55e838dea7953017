"""What keeps everybody out, as `check` tells it: a directory, a provider, a proxy that does not fit."""

from dashboard.access import proxy
from dashboard.access.directory import Directory
from dashboard.access.provider import Provider
from settings_access import Access


def faults(access: Access) -> list[str]:
    """Each with its cure; empty where all that the settings name let somebody in."""
    found = Directory(access.ldap).check() if access.ldap else []
    found += Provider(access.oidc).check() if access.oidc else []
    return found + (proxy.check(access.proxy) if access.proxy else [])
