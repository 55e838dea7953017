"""kill -9 at every step from the commit to the receipt: nothing lost, a repeat only under the same key."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from alerts.channels import make
from alerts.delivery import send_due
from bench.robots import Receivers, Robot, receivers
from settings_channels import Webhook, WeCom
from store.ledger import Ledger, open_ledger
from store.ledger.outbox import LEASE
from store.ledger.queries import alerts, deliveries, outbox
from tests.alerts.posts import NOW, fill, posting, put

ROOT: Final = Path(__file__).parents[2]
NOTICES: Final = 9

# The sender's steps with a stop before each; the child is killed while it stands there.
SEND: Final = """
import sys
from datetime import timedelta
from alerts.channels import make
from alerts.delivery import Post
from settings_channels import Webhook, WeCom
from store.ledger import open_ledger
from tests.alerts.posts import NOW

file, stop, hook, group = sys.argv[1:]
post = Post(
    open_ledger("sqlite:///" + file),
    make({
        "hook": Webhook.model_validate({"kind": "webhook", "url": hook}),
        "group": WeCom.model_validate({"kind": "wecom", "url": group}),
    }),
    lambda: NOW,
)

def stand(step):
    if step == stop:
        print(step, flush=True)
        sys.stdin.read()

stand("before lease")
lots = post.lease()
stand("after lease")
done = []
for number, lot in enumerate(lots):
    done += post.hand_over(lot)
    stand(f"after hand-over {number}")
stand("before settle")
post.settle(done)
stand("after settle")
"""
STEPS: Final = (
    "before lease",
    "after lease",
    "after hand-over 0",
    "after hand-over 1",
    "before settle",
    "after settle",
)
HALF: Final = """
import sys
from store.ledger import open_ledger

ledger = open_ledger("sqlite:///" + sys.argv[1])
with ledger.writing() as session:
    session.connection().exec_driver_sql("UPDATE deliveries SET state = 'sent'")
    print("half", flush=True)
    sys.stdin.read()
"""
RECORD: Final = """
import sys
from store.ledger import open_ledger
from store.ledger.commands import record
from tests.alerts.posts import posting
record(open_ledger("sqlite:///" + sys.argv[1]), [posting(1, "hook:", "group:")])
print("recorded", flush=True)
sys.stdin.read()
"""
ALERT: Final = """
import sys
from store.ledger import open_ledger
from store.ledger.models import Alert
from tests.alerts.posts import NOW
with open_ledger("sqlite:///" + sys.argv[1]).writing() as session:
    session.add(Alert(rule="repair_due", subject="orders:1", state="raised", level="red", rung=2, critical=False,
                      passed={}, version=1, step=0, reopened=0, raised_at=NOW, changed_at=NOW))
    session.flush()
    print("half", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def web() -> Iterator[Receivers]:
    with receivers() as them:
        yield them


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(file: Path) -> Iterator[Ledger]:
    opened = open_ledger(f"sqlite:///{file}")
    yield opened
    opened.close()


@pytest.fixture
def robots(web: Receivers) -> tuple[Robot, Robot]:
    return web.add("hook"), web.add("group", "wecom")


def run_and_kill(code: str, until: Callable[[subprocess.Popen[str]], object], *args: str) -> None:
    """Runs `code`, waits for `until`, and kills it as a power cut would."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *args], cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )  # fmt: skip
    with process:
        until(process)
        process.send_signal(signal.SIGKILL)


def said(word: str) -> Callable[[subprocess.Popen[str]], object]:
    def wait(process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == word

    return wait


def send_all(ledger: Ledger, web: Receivers) -> None:
    """What the next sender does, long enough for every lease and every digest."""
    channels = make(
        {
            "hook": Webhook.model_validate({"kind": "webhook", "url": web.url("hook")}),
            "group": WeCom.model_validate({"kind": "wecom", "url": web.url("group")}),
        }
    )
    for after in (LEASE, LEASE + timedelta(seconds=31), 2 * LEASE):
        send_due(ledger, channels, lambda now=NOW + after: now)  # type: ignore[misc]  # the clock of this turn


def received(robots: tuple[Robot, Robot]) -> Counter[str]:
    """Messages by key: those of the webhook singly, those of the group by the key at their end."""
    hook, group = robots
    found = Counter(m["key"] for t in hook.taken for m in t.body["messages"])
    return found + Counter(t.text.rpartition("#")[2] for t in group.taken)


@pytest.mark.parametrize("step", STEPS)
def test_killed_between_commit_and_receipt(
    ledger: Ledger, file: Path, web: Receivers, robots: tuple[Robot, Robot], step: str
) -> None:
    fill(ledger, NOTICES, "hook:", "group:")
    run_and_kill(SEND, said(step), str(file), step, web.url("hook"), web.url("group"))
    send_all(ledger, web)
    assert outbox(ledger) == {"sent": 2 * NOTICES}
    stored = deliveries(ledger, limit=100)
    wanted = {d["key"] if d["channel"] == "hook" else d["message_key"] for d in stored}
    found = received(robots)
    assert set(found) == wanted
    repeated = {key for key, times in found.items() if times > 1}
    if step in ("before lease", "after lease", "after settle"):
        assert repeated == set()
    else:  # the answer was lost with the process: the same keys once more
        assert max(found.values()) == 2
        assert repeated <= wanted


@pytest.mark.parametrize("kind", ["hook", "group"])
def test_killed_while_the_receiver_has_it(
    ledger: Ledger, file: Path, web: Receivers, robots: tuple[Robot, Robot], kind: str
) -> None:
    robot = robots[("hook", "group").index(kind)]
    fill(ledger, 1, f"{kind}:")
    robot.answering.clear()
    run_and_kill(SEND, lambda _: robot.arrived.wait(60), str(file), "never", web.url("hook"), web.url("group"))
    robot.answering.set()
    assert outbox(ledger) == {"leased": 1}
    send_all(ledger, web)
    assert outbox(ledger) == {"sent": 1}
    assert robot.asked == 2
    assert set(received(robots)) == {deliveries(ledger)[0]["key"]}


def test_killed_while_storing_an_outcome_leaves_nothing_half_done(
    ledger: Ledger, file: Path, web: Receivers, robots: tuple[Robot, Robot]
) -> None:
    fill(ledger, 3, "hook:")
    run_and_kill(HALF, said("half"), str(file))
    assert outbox(ledger) == {"pending": 3}
    send_all(ledger, web)
    assert set(received(robots).values()) == {1}


def test_killed_between_record_and_send_loses_nothing(file: Path, web: Receivers, robots: tuple[Robot, Robot]) -> None:
    run_and_kill(RECORD, said("recorded"), str(file))
    after = open_ledger(f"sqlite:///{file}")
    send_all(after, web)
    assert outbox(after) == {"sent": 2}
    after.close()
    assert (len(robots[0].taken), len(robots[1].taken)) == (1, 1)


def test_killed_while_recording_leaves_nothing_half_done(file: Path) -> None:
    run_and_kill(ALERT, said("half"), str(file))
    after = open_ledger(f"sqlite:///{file}")
    left = alerts(after, "all")
    put(after, [posting(1, "hook:")])
    after.close()
    assert left == []
