"""Dissatisfied answers as cases: who owns each, until when something must be done, and what was done."""

from datetime import datetime, timedelta
from typing import Any, Final

import ibis
import pandas as pd

from kpis.revisits import DEADLINE_H, dissatisfied, followed
from kpis.switching import PATH
from kpis.types import Reader, ShapedReader, hours
from store.facts.schema import NOW

COLUMNS: Final = (
    *("subject", "source", "survey_no", "order_no", "has_order", *PATH, "category", "customer_kind"),
    *("reason_1", "reason_2", "owner", "answered_at", "due_at", "taken_up_at", "outcome", "is_open", "is_late"),
)


def dissatisfied_cases(reader: ShapedReader, now: datetime, days: int = 30) -> pd.DataFrame:
    """Dissatisfied answers of the last `days`: those not taken up first, then what is due first.

    Shapes: COLUMNS, one row per answer. subject: source:source_key of the revisit. has_order: the facts know the order
    it names. owner: person code of who handles the order, else of its area's manager; null where neither is known.
    due_at: 24 h after the answer. taken_up_at and outcome (satisfied / reopened / contacted / supervised): the first
    thing done since; null while nothing was. is_open: nothing was done; is_late: not by `due_at`.
    """
    frame = reader.ask(("dissatisfied cases", days), lambda: _cases(reader, days), now, {})
    frame = frame.drop(columns="outcome", errors="ignore").rename(columns={"outcome_": "outcome"})
    is_open = frame["taken_up_at"].isna()
    done = frame["taken_up_at"].fillna(pd.Timestamp(now))
    frame = frame.assign(is_open=is_open, is_late=done > frame["due_at"])
    frame = frame.sort_values(["is_open", "due_at", "subject"], ascending=[False, True, True], kind="stable")
    return frame[list(COLUMNS)].reset_index(drop=True)


def _cases(reader: Reader, days: int) -> Any:
    since = NOW - hours(timedelta(days=days))
    t = followed(reader, since)
    t = t.filter(dissatisfied(t), t.answered_at >= since)
    orders = reader.table("work_orders")
    orders = orders.filter(orders.order_no.notnull(), orders.accepted_at <= NOW)
    people = ibis.coalesce(orders.handler, orders.manager)
    owners = orders.semi_join(t, "order_no").group_by(about=orders.order_no).agg(owner=people.max())
    both = t.left_join(owners, t.order_no == owners.about)
    kept = [n for n in COLUMNS if n in t.columns]
    return both.select(
        *(both[n] for n in kept), subject=both.source + ":" + both.source_key, has_order=both.about.notnull(),
        owner=both.owner, due_at=both.answered_at + ibis.interval(hours=DEADLINE_H), outcome_=both.taken_up_by,
    )  # fmt: skip


def faults(reader: Reader, now: datetime, days: int = 30) -> dict[str, int]:
    """What is wrong with the revisits asked in the last `days`, by name: how many, 0 where nothing is.

    no_order: names no order; unknown_order: one the facts do not know; outside_scale: a score that its scale does not
    have; no_scale: a score without the ends of its scale; contradicts: satisfied in the lower half of the scale, or
    dissatisfied in the upper. The first two are missing from what was done about dissatisfied answers, the others from
    mean score and NPS (contradicting ones are in both).
    """
    t = reader.table("surveys")
    t = t.filter(t.asked_at <= NOW, t.asked_at >= NOW - hours(timedelta(days=days)))
    orders = reader.table("work_orders")
    named = orders.filter(orders.order_no.notnull()).select(about=orders.order_no).distinct()
    both = t.left_join(named, t.order_no == named.about)
    share = (both.score - both.scale_min) / (both.scale_max - both.scale_min).nullif(0)
    wrong: dict[str, Any] = {
        "no_order": both.order_no.isnull(),
        "unknown_order": both.order_no.notnull() & both.about.isnull(),
        "outside_scale": (both.score < both.scale_min) | (both.score > both.scale_max),
        "no_scale": both.score.notnull() & (both.scale_min.isnull() | both.scale_max.isnull()),
        "contradicts": (both.is_satisfied & (share < 0.5)) | (~both.is_satisfied & (share > 0.5)),
    }
    counted = both.agg(**{name: hit.fill_null(False).sum().fill_null(0) for name, hit in wrong.items()})
    row = reader.frame(counted, now).iloc[0]
    return {name: int(row[name]) for name in wrong}
