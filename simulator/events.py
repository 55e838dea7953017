"""What happens to orders beside their stages, as rows: urging, transfers, mergers, pauses, solutions and the like."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulator.instants import HOUR, MINUTE, NEVER, Seconds
from simulator.names import FAULT
from simulator.repairs import Rng, col

URGED, TRANSFERRED, MERGED, SUPERVISED, RETURNED, SUSPENDED, RESUMED, SOLVED, REOPENED = range(9)
# Kinds of which the row of the order itself tells: calls, supervision, transfers.
IN_THE_ROW: Final = (URGED, TRANSFERRED, MERGED, SUPERVISED)
# What is written as the reason; the first of a kind is the usual one.
REASONS: Final = (
    "客户来电催办", "班组在处理其他故障", "同一停电事件", "接近时限", "非本班组辖区", "客户要求等待", "恶劣天气",
    "无法进入现场", "待客户补充资料", "等待停电计划", "具备处理条件", "处理完毕", "客户反映未解决",
)  # fmt: skip
(
    CALLED, BUSY, SAME_OUTAGE, NEAR_LIMIT, NOT_OURS, ASKED_TO_WAIT, BAD_WEATHER, NO_ACCESS, PAPERS_MISSING,
    OUTAGE_PLANNED, READY, DONE, NOT_SOLVED,
) = range(13)  # fmt: skip


def event(
    kind: int, chosen: npt.NDArray[np.bool_], at: Seconds, reason: Seconds | int, said: Seconds | None = None
) -> pd.DataFrame:
    """Events of one kind at the `chosen` orders. `said`: when they are written down, at once where not given."""
    rows = np.flatnonzero(chosen)
    why = np.broadcast_to(np.asarray(reason, dtype=np.int64), at.shape)[rows]
    written = at if said is None else said
    return pd.DataFrame({"row": rows, "kind": kind, "at": at[rows], "said": written[rows], "reason": why})


def ordinary(rng: Rng, orders: pd.DataFrame) -> list[pd.DataFrame]:
    """Urging, transfers to another crew on its way, and supervision of fault reports; mergers."""
    fault = (col(orders, "category") == FAULT) & (col(orders, "parent") < 0)
    last = np.minimum(col(orders, "restored"), col(orders, "cancelled"))
    accepted, received = col(orders, "accepted"), col(orders, "received")
    n = len(orders)
    urged = accepted + rng.integers(20 * MINUTE, 150 * MINUTE, n)
    again = urged + rng.integers(10 * MINUTE, 60 * MINUTE, n)
    moved = received + rng.integers(2 * MINUTE, 9 * MINUTE, n)
    watched = accepted + rng.integers(40 * MINUTE, 4 * HOUR, n)
    on_the_way = (received < NEVER) & (moved < col(orders, "arrived"))
    return [
        event(URGED, fault & (urged < last) & (rng.random(n) < 0.12), urged, CALLED),
        event(URGED, fault & (again < last) & (rng.random(n) < 0.03), again, CALLED),
        event(TRANSFERRED, fault & on_the_way & (rng.random(n) < 0.03), moved, BUSY),
        event(SUPERVISED, fault & (watched < last) & (rng.random(n) < 0.05), watched, NEAR_LIMIT),
        _mergers(orders),
    ]


def _mergers(orders: pd.DataFrame) -> pd.DataFrame:
    """Of each child at its parent."""
    children = np.flatnonzero(col(orders, "parent") >= 0)
    at = col(orders, "merged")[children]
    return pd.DataFrame(
        {"row": col(orders, "parent")[children], "kind": MERGED, "at": at, "said": at, "reason": SAME_OUTAGE}
    )


def numbered(parts: list[pd.DataFrame], orders: pd.DataFrame) -> pd.DataFrame:
    """All `parts` in order, with the order's and their own number; `row` is the order's position."""
    frame = pd.concat(parts, ignore_index=True).astype(np.int64).sort_values(["row", "at"], kind="stable")
    number = col(orders, "number")[col(frame, "row")]
    running = frame.groupby("row").cumcount().to_numpy(np.int64)
    return frame.assign(order_no=number, event_no=number * 100 + running).reset_index(drop=True)
