"""From the outbox to receivers: a storm at the robots' published limits, and a burst to one program."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import TypeAdapter

from alerts.channels import make
from alerts.delivery import Post
from alerts.lifecycle import Event, State
from alerts.posting import Draft, Posting
from alerts.sender import Sender
from alerts.transition import About, Transition
from bench.results import Measure
from bench.robots import Robot, receivers
from settings_channels import Channel
from store.ledger import Ledger, open_ledger
from store.ledger.commands import record
from store.ledger.queries import deliveries, outbox

ROBOTS: Final = ("dingtalk",) * 4 + ("wecom",) * 3 + ("feishu",) * 3
UNITS: Final = 100
CRITICAL_SHARE: Final = 0.02
BURST: Final = 2000
SINGLES: Final = 100
PATIENCE_S: Final = 180.0
ADAPTER: Final[TypeAdapter[Any]] = TypeAdapter(Channel)


def of_delivery(folder: Path, *, quick: bool) -> list[Measure]:
    """The storm's and the burst's measures; their ledgers lie in `folder`."""
    return [
        *one_by_one(folder / "single.db"),
        *burst(folder / "burst.db"),
        *storm(folder / "storm.db", *((2000, 12.0) if quick else (10_000, 60.0))),
    ]


def posting(number: int, channel: str, unit: str, *, critical: bool = False) -> Posting:
    """One red alert with one notice."""
    at = datetime.now(UTC)
    about = About(source="orders", order_no=f"G{number}", category="fault_report", station=unit, due_at=at)
    transition = Transition(
        rule="repair_due", rule_version=1, subject=f"orders:{number}", event=Event.RAISED, state=State.RAISED,
        level="red", at=at, reason="past", about=about, rung=2, critical=critical, passed={"arrival": 2},
    )  # fmt: skip
    title = f"【守灯人】{'紧急' if critical else '红色'}：工单G{number}到达现场已超时1分（{unit}供电所）"
    return Posting(transition, (Draft(channel, "", "zh", title, "发生：超过到达现场时限\n要求：立即到达", unit=unit),))


@contextmanager
def sending(ledger: Ledger, settings: dict[str, dict[str, Any]]) -> Iterator[Sender]:
    channels = make({name: ADAPTER.validate_python(one) for name, one in settings.items()})
    sender = Sender(Post(ledger, channels, lambda: datetime.now(UTC)))
    sender.start()
    try:
        yield sender
    finally:
        sender.close()


def wait_until_empty(ledger: Ledger) -> None:
    """Until nothing waits any more, or patience is over."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and {"pending", "leased"} & outbox(ledger).keys():
        time.sleep(0.25)


def one_by_one(file: Path) -> list[Measure]:
    """Notices committed one at a time to one webhook: milliseconds from each commit until the receiver has it."""
    ledger, waits = open_ledger(f"sqlite:///{file}"), []
    with receivers() as web:
        robot = web.add("hook")
        with sending(ledger, {"hook": {"kind": "webhook", "url": web.url("hook")}}) as sender:
            for number in range(SINGLES):
                record(ledger, [posting(number, "hook", "S1")])
                committed = time.monotonic()
                sender.wake()
                while len(robot.taken) <= number and time.monotonic() < committed + PATIENCE_S:
                    time.sleep(0.001)
                waits.append((robot.taken[-1].at - committed) * 1000)
    ledger.close()
    note = "one notice a commit, one webhook receiver in the same process, SQLite"
    return [
        Measure("handover_after_commit_median_ms", _percentile(waits, 50), "ms", len(waits), note),
        Measure("handover_after_commit_p95_ms", _percentile(waits, 95), "ms", len(waits), note),
    ]


def burst(file: Path) -> list[Measure]:
    """2,000 notices in one commit to one webhook: seconds from the commit until the receiver has each."""
    ledger = open_ledger(f"sqlite:///{file}")
    with receivers() as web:
        robot = web.add("hook")
        with sending(ledger, {"hook": {"kind": "webhook", "url": web.url("hook")}}) as sender:
            record(ledger, [posting(n, "hook", f"S{n % UNITS}") for n in range(BURST)])
            committed = time.monotonic()
            sender.wake()
            wait_until_empty(ledger)
    ledger.close()
    waits = [t.at - committed for t in robot.taken for _ in t.body["messages"]]
    note = "2,000 notices in one commit, one webhook receiver in the same process"
    return [
        Measure("burst_2000_handover_p95_s", _percentile(waits, 95), "s", len(waits), f"{note}; aim: under 1"),
        Measure("burst_2000_handover_last_s", max(waits, default=None), "s", len(waits), note),
        Measure("burst_2000_lost", float(BURST - len(waits)), "messages", BURST, f"{note}; bound: 0"),
    ]


def storm(file: Path, number: int, over_s: float) -> list[Measure]:
    """`number` notices, committed each second over `over_s`, to ten robots that obey published limits."""
    ledger = open_ledger(f"sqlite:///{file}")
    committed: dict[int, float] = {}
    with receivers() as web:
        robots = {f"robot{n}": web.add(f"robot{n}", kind) for n, kind in enumerate(ROBOTS)}
        settings = {name: {"kind": r.kind, "url": web.url(name)} for name, r in robots.items()}
        with sending(ledger, settings) as sender:
            _commit_all(ledger, sender, number, over_s, committed)
            wait_until_empty(ledger)
    rows = deliveries(ledger, limit=2 * number)
    ledger.close()
    return _measures(rows, robots, committed, number, over_s)


def _commit_all(ledger: Ledger, sender: Sender, number: int, over_s: float, committed: dict[int, float]) -> None:
    per_batch, began = number / over_s, time.monotonic()
    every, batch, first = round(1 / CRITICAL_SHARE), 0, 0
    while first < number:
        batch += 1
        until = min(number, round(batch * per_batch))
        record(
            ledger,
            [
                posting(n, f"robot{n % UNITS % len(ROBOTS)}", f"S{n % UNITS}", critical=n // len(ROBOTS) % every == 0)
                for n in range(first, until)
            ],
        )
        at = time.monotonic()
        committed.update(dict.fromkeys(range(first, until), at))
        sender.wake()
        first = until
        time.sleep(max(0.0, began + batch - time.monotonic()))


def _measures(
    rows: list[dict[str, Any]], robots: dict[str, Robot], committed: dict[int, float], number: int, over_s: float
) -> list[Measure]:
    at = {t.text.rpartition("#")[2]: t.at for robot in robots.values() for t in robot.taken}
    told = {row["id"]: at[row["message_key"]] for row in rows if row["message_key"] in at}
    waits = {row["id"]: told[row["id"]] - committed[row["id"] - 1] for row in rows if row["id"] in told}
    critical = [waits[row["id"]] for row in rows if row["critical"] and row["id"] in waits]
    sent = [t for robot in robots.values() for t in robot.taken]
    longest = max((len(t.text.encode()) for r in robots.values() if r.kind == "wecom" for t in r.taken), default=0)
    note = f"{number:,} in {over_s:g} s, {UNITS} units, {len(robots)} robots with published limits"
    return [
        Measure("storm_critical_p95_s", _percentile(critical, 95), "s", len(critical), f"{note}; bound: under 60"),
        Measure("storm_critical_last_s", max(critical, default=None), "s", len(critical), note),
        Measure("storm_other_p95_s", _percentile(list(waits.values()), 95), "s", len(waits), note),
        Measure("channel_limits_broken", float(sum(r.limits_broken for r in robots.values())), "refusals", len(sent),
                f"{note}; bound: 0"),
        Measure("messages_lost", float(number - len(told)), "messages", number, f"{note}; bound: 0"),
        Measure("storm_messages", float(len(sent)), "messages", number, f"{note}; digests among them"),
        Measure("storm_longest_wecom_bytes", float(longest), "B", len(sent), f"{note}; bound: 2,048"),
    ]  # fmt: skip


def _percentile(values: list[float], percent: float) -> float | None:
    return float(np.percentile(values, percent)) if values else None


def main() -> None:
    import sys
    import tempfile

    from bench.results import write

    with tempfile.TemporaryDirectory() as folder:
        write("alerts_delivery", of_delivery(Path(folder), quick="--quick" in sys.argv))


if __name__ == "__main__":
    main()
