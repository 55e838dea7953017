"""Revisits as the survey centre keeps them: coded answers, times as `YYYY/MM/DD HH:MM:SS`."""

import sqlite3
from typing import Any, Final

import numpy as np
import pandas as pd

from simulator.customers import kind_and_tier
from simulator.instants import Seconds, local_text, slash_text
from simulator.network import Areas
from simulator.repairs import col

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS REVISIT (RV_ID TEXT PRIMARY KEY, ORDER_ID TEXT, ORDER_TYPE TEXT, ORG_COUNTY TEXT,
    ORG_STATION TEXT, ASK_WAY TEXT, CUST_TYPE TEXT, ASK_TIME TEXT, ANSWER_TIME TEXT, RESULT_CODE TEXT, SAT_CODE INTEGER,
    REASON_A TEXT, REASON_B TEXT, MOD_TIME TEXT);
CREATE INDEX IF NOT EXISTS REVISIT_MOD_TIME ON REVISIT (MOD_TIME);
CREATE TABLE IF NOT EXISTS SYS_TIME (ID INTEGER PRIMARY KEY, CUR_TIME TEXT);
"""
INSERT: Final = "INSERT OR REPLACE INTO REVISIT VALUES (?" + ", ?" * 13 + ")"
_REASONS: Final = (("R1", "到场慢"), ("R2", "修复慢"), ("R3", "态度"), ("R4", "答复不清"))


def rows(areas: Areas, frame: pd.DataFrame, changed_at: Seconds, now: int) -> list[tuple[Any, ...]]:
    a = col(frame, "area")
    outcome = np.where(col(frame, "closed") <= now, col(frame, "outcome"), -1).tolist()
    scores, reasons = col(frame, "score").tolist(), col(frame, "reason").tolist()
    answered = [o == 0 for o in outcome]
    bad = [ok and s <= 3 for ok, s in zip(answered, scores, strict=True)]
    closed = slash_text(col(frame, "closed"), now)
    return list(
        zip(
            (
                f"HF{n}" if r == 1 else f"HF{n}-{r}"
                for n, r in zip(col(frame, "number").tolist(), col(frame, "round").tolist(), strict=True)
            ),
            (str(n) for n in col(frame, "number").tolist()),
            (str(c) for c in col(frame, "category").tolist()), areas.county[a].tolist(), areas.station[a].tolist(),
            [("T", "S", "A")[w] for w in col(frame, "way").tolist()],
            (kind_and_tier(areas, c)[0] for c in col(frame, "customer").tolist()),
            slash_text(col(frame, "asked"), now), [t if ok else None for t, ok in zip(closed, answered, strict=True)],
            [("Y", "N", "R")[o] if o >= 0 else None for o in outcome],
            [s if ok else None for s, ok in zip(scores, answered, strict=True)],
            [_REASONS[r][0] if b else None for r, b in zip(reasons, bad, strict=True)],
            [_REASONS[r][1] if b else None for r, b in zip(reasons, bad, strict=True)],
            slash_text(changed_at, now), strict=True,
        )
    )  # fmt: skip


def tick(db: sqlite3.Connection, now: int) -> None:
    """Sets the database's own clock."""
    db.execute("INSERT OR REPLACE INTO SYS_TIME VALUES (1, ?)", (local_text(np.array([now]), now)[0],))
