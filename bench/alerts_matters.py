"""Third calls of customers with several orders on one matter, as the demonstration city has them: plain code, customer
by customer, that shares nothing with the product."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from simulator.instants import DAY
from simulator.names import APPLICATION, COMPLAINT, ENQUIRY, FAULT, MATTERS, OPINION, REPORT, SUGGESTION
from simulator.repairs import col

DEMANDS: Final = {FAULT, ENQUIRY, COMPLAINT, REPORT, SUGGESTION, OPINION, APPLICATION}
REACH: Final = 60 * DAY
_NAMES: Final = (
    "number", "accepted", "archived", "archived_again", "reopened", "cancelled", "merged", "parent_no", "category",
    "matter", "area", "outage", "customer", "has_account",
)  # fmt: skip


@dataclass(frozen=True)
class Order:
    """One demand: `calls` are the seconds of all calls about it, `over` when it is put aside."""

    number: str
    accepted: int
    over: int
    into: str | None
    calls: tuple[int, ...]


def by_matter(orders: pd.DataFrame, later: Mapping[str, Sequence[int]], at: int) -> list[list[Order]]:
    """The demands of each customer on each matter, by time. `later`: calls about an order after its first."""
    found: dict[tuple[Any, ...], list[Order]] = defaultdict(list)
    for row in zip(*(col(orders, name).tolist() for name in _NAMES), strict=True):
        one = dict(zip(_NAMES, row, strict=True))
        if one["category"] not in DEMANDS or one["cancelled"] <= at or one["accepted"] >= at:
            continue
        about_outage = one["category"] == FAULT or one["outage"] >= 0
        what = (one["area"],) if about_outage else (one["category"], MATTERS[one["category"]][one["matter"]][0])
        over = one["archived_again"] if one["reopened"] <= at else one["archived"]
        calls = (one["accepted"], *later.get(one["number"], ()))
        into = str(one["parent_no"]) if one["merged"] <= at else None
        found[one["customer"], one["has_account"], about_outage, *what].append(
            Order(str(one["number"]), one["accepted"], over, into, calls)
        )
    return [sorted(group, key=lambda o: o.accepted) for group in found.values() if len(group) > 1]


def third_calls(matters: Sequence[Sequence[Order]], at: int) -> Iterator[tuple[list[str], str, int]]:
    """Of each matter with three calls in 60 days on several orders: all its orders, the one with which three were
    reached, and the second from which on a third call is known while one of them waits."""
    for group in matters:
        numbers = {o.number for o in group}
        counted = [o for o in group if o.into not in numbers]
        for one in counted:
            so_far = [o for o in counted if one.accepted - REACH <= o.accepted <= one.accepted]
            calls = sum(len(o.calls) for o in so_far)
            if calls < 3 or calls - len(one.calls) >= 3:
                continue
            near = [o for o in counted if o.accepted >= one.accepted - REACH]
            for second in sorted(second for o in near for second in o.calls)[2:]:
                waits = any(o.accepted <= second < min(o.over, at) for o in near)
                if len(near) > 1 and second >= one.accepted and waits:
                    yield [o.number for o in near], one.number, second
                    break
