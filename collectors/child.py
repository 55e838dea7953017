"""The child process of one source: takes requests from its pipe, answers with batches, ends when the pipe does.

Started as `python -m collectors.child FD` and not by multiprocessing: that would import the node's main module, and
with it the dashboard, into every child. The source's settings come through the pipe, so no password shows in the
process list. A second FD, of a source with a bell, takes a byte for each ring.
"""

import pickle
import sys
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection, wait

from collectors.batch import Reply
from collectors.decide import Cursor
from collectors.ear import Ear
from collectors.looks import Look
from collectors.poll import Poller
from collectors.reach import unforeseen
from settings_sources import Source


@dataclass(frozen=True)
class Hello:
    """First message: whom to read."""

    name: str
    source: Source
    site_key: bytes


@dataclass(frozen=True)
class Request:
    """Read the mappings in `cursors` (by place in the settings); `now` is the site's clock.

    `looks`: what to compare of some of them.
    """

    number: int
    cursors: dict[int, Cursor | None]
    now: datetime
    looks: dict[int, Look] = field(default_factory=dict)


def serve(pipe: Connection, bell: int | None = None) -> None:
    """Answers until the node closes the pipe or dies. `bell`: the file descriptor that takes a byte for a ring."""
    try:
        hello: Hello = pipe.recv()
        poller = Poller(hello.name, hello.source, hello.site_key, Ear(hello.source.bell, bell))
        while True:
            until_asked(pipe, poller)
            request: Request = pipe.recv()
            try:
                reply = poller.poll(request.cursors, request.now, request.looks)
            except Exception as error:  # the node decides: it counts, tells and tries again
                told = unforeseen(hello.name, error)
                print(told, file=sys.stderr)
                reply = Reply([], told)
            send(pipe, (request.number, reply))
            del reply, request  # a page is large
            poller.read_ahead()
    except (EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        return


def send(pipe: Connection, answer: tuple[int, Reply]) -> None:
    """The columns of a page go after the rest, each from where it is."""
    columns: list[pickle.PickleBuffer] = []
    rest = pickle.dumps(answer, protocol=5, buffer_callback=columns.append)
    pipe.send(len(columns))
    pipe.send_bytes(rest)
    for column in columns:
        pipe.send_bytes(column.raw())


def received(pipe: Connection) -> tuple[int, Reply]:
    """What `send` sent. Errors: EOFError, OSError where the sender ended in the middle of it."""
    many, rest = pipe.recv(), pipe.recv_bytes()
    answer: tuple[int, Reply] = pickle.loads(rest, buffers=[pipe.recv_bytes() for _ in range(many)])  # noqa: S301  our own child
    return answer


def until_asked(pipe: Connection, poller: Poller) -> None:
    """Waits for a request; passes rings on meanwhile."""
    while True:
        if not poller.ear.pass_on():
            poller.forget()  # the next poll connects again
        if pipe in wait([pipe, *poller.ear.sockets]):
            return


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])), *(int(fd) for fd in sys.argv[2:]))
