"""A directory of the tests' own: Debian's slapd on a folder and free ports, with and without TLS."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.access.certificates import write_pair
from tests.setup import SEARCHED

SUFFIX: Final = "dc=linjiang,dc=example"
PEOPLE: Final = f"ou=people,{SUFFIX}"
GROUPS: Final = f"ou=groups,{SUFFIX}"
SEARCHER: Final = f"cn=searcher,{SUFFIX}"
LEADERS: Final = f"cn=leaders,{GROUPS}"
DUTY: Final = f"cn=duty,{GROUPS}"
SEARCHERS_WORD: Final = "searchers-word"

# allow bind_anon_dn: as Active Directory does, a name with an empty password is "success".
_CONFIGURATION: Final = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile {folder}/pid
argsfile {folder}/args
allow bind_anon_dn
TLSCACertificateFile {folder}/authority.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
database mdb
suffix "{suffix}"
directory {folder}/data
access to attrs=userPassword by anonymous auth by * none
access to dn.subtree="ou=hidden,{suffix}" by dn.exact="{searcher}" read by * none
access to * by * read
overlay memberof
"""
_ENTRIES: Final = """
dn: {suffix}
objectClass: dcObject
objectClass: organization
o: Linjiang
dc: linjiang

dn: {people}
objectClass: organizationalUnit
ou: people

dn: {groups}
objectClass: organizationalUnit
ou: groups

dn: ou=hidden,{suffix}
objectClass: organizationalUnit
ou: hidden

dn: {searcher}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: searcher
userPassword: {searchers_word}

dn: uid=ada,{people}
objectClass: inetOrgPerson
uid: ada
cn: Ada of Linjiang
sn: Ada
userPassword: ada's word
memberOf: {duty}
memberOf: {leaders}

dn: uid=wang,{people}
objectClass: inetOrgPerson
uid:: 546L5Z+55aOr
cn:: 546L5Z+55aOr
sn: Wang
userPassword:: 5Y+j5Luk

dn: cn=One (of) two*,{people}
objectClass: inetOrgPerson
uid: odd(*)\\
cn: One (of) two*
sn: Two
userPassword: odd

dn: cn=First twin,{people}
objectClass: inetOrgPerson
uid: twin
cn: First twin
sn: Twin
userPassword: twin

dn: cn=Second twin,{people}
objectClass: inetOrgPerson
uid: twin
cn: Second twin
sn: Twin
userPassword: twin

dn: uid=hid,ou=hidden,{suffix}
objectClass: inetOrgPerson
uid: hid
cn: Hidden
sn: Hidden
userPassword: hid

dn: cn=posix,{groups}
objectClass: posixGroup
cn: posix
gidNumber: 100
memberUid: ada

dn: {duty}
objectClass: groupOfNames
cn: duty
member: uid=ada,{people}
member: cn=One (of) two*,{people}

dn: {leaders}
objectClass: groupOfNames
cn: leaders
member: uid=ada,{people}
"""


@dataclass(frozen=True)
class Slapd:
    url: str
    tls_url: str
    authority: Path


def _program(name: str) -> str:
    found = shutil.which(name, path=SEARCHED)
    assert found, f"{name} is missing; python -m tests.setup installs it"
    return found


def _free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextmanager
def directory(folder: Path) -> Iterator[Slapd]:
    """A running slapd with people and groups of the field."""
    (folder / "data").mkdir()
    authority = write_pair(folder, "server", host="127.0.0.1")
    names = {"folder": folder, "suffix": SUFFIX, "people": PEOPLE, "groups": GROUPS, "searcher": SEARCHER}
    names |= {"duty": DUTY, "leaders": LEADERS, "searchers_word": SEARCHERS_WORD}
    (configuration := folder / "slapd.conf").write_text(_CONFIGURATION.format(**names))
    (entries := folder / "entries.ldif").write_text(_ENTRIES.format(**names))
    loaded = subprocess.run(
        [_program("slapadd"), "-f", configuration, "-l", entries], capture_output=True, text=True, check=False
    )
    assert not loaded.returncode, loaded.stderr
    plain, tls = _free_ports(2)
    urls = f"ldap://127.0.0.1:{plain} ldaps://127.0.0.1:{tls}"
    command = [_program("slapd"), "-f", str(configuration), "-h", urls, "-d", "none"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        try:
            said = []
            for line in server.stderr:
                said.append(line)
                if "slapd starting" in line:
                    break
            else:
                raise AssertionError("".join(said))
            yield Slapd(f"ldap://127.0.0.1:{plain}", f"ldaps://127.0.0.1:{tls}", authority)
        finally:
            server.kill()
