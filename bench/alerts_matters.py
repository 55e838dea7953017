"""Third calls of customers with several orders on one matter, as the demonstration city has them: plain code, customer
by customer, that shares nothing with the product."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from simulator.instants import DAY
from simulator.names import APPLICATION, COMPLAINT, CONNECTION, ENQUIRY, FAULT, MATTERS, OPINION, REPORT, SUGGESTION
from simulator.repairs import col

DEMANDS: Final = {FAULT, ENQUIRY, COMPLAINT, REPORT, SUGGESTION, OPINION, APPLICATION, CONNECTION}
REACH: Final = 60 * DAY
OUTAGE_TOPICS: Final = frozenset(["停送电投诉", "频繁停电", "停电", "停电咨询", "停电信息"])
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
        words = MATTERS[one["category"]][one["matter"]]
        about_outage = one["category"] == FAULT or one["outage"] >= 0 or bool(OUTAGE_TOPICS & set(words))
        what = (one["area"],) if about_outage else (one["category"], words[0])
        over = one["archived_again"] if one["reopened"] <= at else one["archived"]
        calls = (one["accepted"], *later.get(one["number"], ()))
        into = str(one["parent_no"]) if one["merged"] <= at else None
        found[one["customer"], one["has_account"], about_outage, *what].append(
            Order(str(one["number"]), one["accepted"], over, into, calls)
        )
    return [sorted(group, key=lambda o: o.accepted) for group in found.values() if len(group) > 1]


def third_calls(matters: Sequence[Sequence[Order]], at: int) -> Iterator[tuple[list[str], str, int]]:
    """Of each matter with three calls in 60 days on several orders: all its orders, the one with which three were
    reached, and each second at which it is to be told: a third or further call is known, an order waits, and before
    that call none did or there were fewer."""
    for group in matters:
        numbers = {o.number for o in group}
        counted = [o for o in group if o.into not in numbers]
        so_far = [
            sum(len(p.calls) for p in counted[: i + 1] if p.accepted >= o.accepted - REACH)
            for i, o in enumerate(counted)
        ]
        reached = [i for i, o in enumerate(counted) if so_far[i] >= 3 > so_far[i] - len(o.calls)]
        for i, following in zip(reached, [*reached[1:], len(counted)], strict=False):
            one = counted[i]
            before = [o for o in counted[: i + 1] if o.accepted >= one.accepted - REACH]
            of = before + [o for k, o in enumerate(counted) if i < k < following and so_far[k] >= 3]
            if len(of) > 1:
                yield from (([o.number for o in of], one.number, second) for second in _told(of, one.accepted, at))


def _told(orders: Sequence[Order], since: int, at: int) -> Iterator[int]:
    calls = sorted(second for o in orders for second in o.calls)
    over = 0  # until when it stands, as far as calls so far tell
    for n, second in enumerate(calls, 1):
        stands = second < over
        waits = max(min(o.over, at) for o in orders if o.accepted <= second)
        if n >= 3 and second >= since and second < waits:
            if not stands:
                yield second
            over = waits
