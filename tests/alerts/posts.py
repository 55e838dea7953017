"""Alerts with notices, written to the ledger as the judging side writes them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from alerts.lifecycle import Event, State
from alerts.posting import Draft, Posting
from alerts.transition import About, Transition
from store.ledger import Ledger
from store.ledger.commands import record

NOW: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MAIL: Final = "mail:duty@example.org"


def minute(m: float) -> datetime:
    return NOW + timedelta(minutes=m)


def raised(
    number: int | str, *, critical: bool = False, level: str = "red", unit: str = "S1", **more: Any
) -> Transition:
    """A new alert about an order."""
    about = About(source="orders", order_no=f"G{number}", category="fault_report", station=unit, due_at=minute(-5))
    return Transition(
        rule="repair_due", rule_version=1, subject=f"orders:{number}", event=Event.RAISED, state=State.RAISED,
        level=level, at=NOW, reason="past", about=about, rung=2, critical=critical, passed={"arrival": 2}, **more,
    )  # fmt: skip


def draft(number: int | str, to: str, *, unit: str = "S1", **more: Any) -> Draft:
    channel, _, address = to.partition(":")
    title = f"【守灯人】红色：工单G{number}到达现场已超时5分"
    return Draft(channel, address, "zh", title, f"What: order G{number}", unit=unit, **more)


def posting(
    number: int | str, *to: str, critical: bool = False, unit: str = "S1", level: str = "red", **of: Any
) -> Posting:
    """An alert that is told to `to`, e.g. mail:duty@example.org; `of` is the drafts'."""
    drafts = tuple(draft(number, exit_, unit=unit, **of) for exit_ in to)
    return Posting(raised(number, critical=critical, unit=unit, level=level), drafts)


def fill(ledger: Ledger, count: int, *to: str, first: int = 0, units: int = 1, **more: Any) -> None:
    """`count` alerts, each told to `to`."""
    put(ledger, (posting(n, *to, unit=f"S{n % units}", **more) for n in range(first, first + count)))


def put(ledger: Ledger, postings: Iterable[Posting]) -> None:
    postings = list(postings)
    assert record(ledger, postings) == len(postings)
