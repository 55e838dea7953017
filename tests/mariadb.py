"""A MariaDB of the tests' own: Debian's server on a folder and a free port; nothing of it outlives the test."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pymysql
import sqlalchemy as sa

from tests.setup import SEARCHED

START_S: Final = 60.0
OPTIONS: Final = ("--no-defaults", "--bind-address=127.0.0.1", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0")


class MariaDb:
    """One server. `url` is that of its database `test`, as root without a password over TCP."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = sa.make_url(f"mysql+pymysql://root@127.0.0.1:{self.port}/test?charset=utf8mb4")
        self.process: subprocess.Popen[bytes] | None = None
        self._install()

    def _install(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, "mysql")
        _run(
            "mariadb-install-db",
            "--no-defaults",
            *self._user(),
            f"--datadir={self.folder}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        )

    def _user(self) -> tuple[str, ...]:
        return ("--user=mysql",) if os.geteuid() == 0 else ()

    def start(self) -> None:
        """Returns when it answers. Errors: RuntimeError with the end of its log."""
        log = self.folder / "log"
        command = [_found("mariadbd"), *OPTIONS, *self._user(), f"--datadir={self.folder}", f"--port={self.port}"]
        command += [f"--socket={self.folder / 's'}", f"--log-error={log}", f"--pid-file={self.folder / 'pid'}"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + START_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                with pymysql.connect(host="127.0.0.1", port=self.port, user="root", autocommit=True) as connection:
                    connection.cursor().execute("CREATE DATABASE IF NOT EXISTS test CHARACTER SET utf8mb4")
                return
            except pymysql.err.OperationalError:
                time.sleep(0.05)  # it has no other sign of being ready
        told = log.read_text(errors="replace")[-2000:] if log.is_file() else "no log"
        self.kill()
        raise RuntimeError(f"mariadbd did not start: {told}")

    def stop(self) -> None:
        """Ends it in order."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(START_S)
            self.process = None

    def kill(self) -> None:
        """Ends it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(START_S)
            self.process = None


@contextmanager
def mariadb(folder: Path) -> Iterator[MariaDb]:
    """A running server in `folder`, which others may enter, and no server afterwards."""
    server = MariaDb(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def _found(command: str) -> str:
    found = shutil.which(command, path=SEARCHED)
    if found is None:
        raise RuntimeError(f"{command} is not installed; `python -m tests.setup` as root brings it")
    return found


def _run(command: str, *arguments: str) -> None:
    done = subprocess.run([_found(command), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command} failed: {done.stderr[-1000:]}")
