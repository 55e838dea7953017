"""Customers to look after: sensitive, important and often complaining ones, with what touches them now.

Accounts are told only to a reader who may see personal data, to others their last six signs. No name, no telephone.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import ibis
import pandas as pd

from kpis.orders import is_unarchived, own
from kpis.types import Reader, known
from store.facts import schema

GROUPS: Final = ("important", "sensitive", "complaining")
LOOK_BACK: Final = timedelta(days=60)
OFTEN: Final = 3  # complaints in the look-back
_PLACE: Final = ("city", "county", "station", "feeder", "transformer_area")


def people(reader: Reader, now: datetime, *, personal: bool) -> pd.DataFrame:
    """Customers who have an order in the last 60 days that says they are sensitive or important, or complained 3 times.

    Shapes: identity_key, account (masked unless `personal`), group (the first of GROUPS that holds), is_important,
    is_sensitive, complaints, last_complaint_at, open_orders, overdue (of them), oldest_order_no, out_since (start of a
    running outage of their transformer area), outage_no, estimate_at, is_expired, and place; those touched now first.
    Customers without an account and a telephone number can not be told apart and are not listed.
    """
    found = reader.frame(_known(reader), now)
    out = reader.frame(_areas_out(reader), now)
    found = found.merge(out, on="transformer_area", how="left")
    found["is_expired"] = (found["estimate_at"] < now).fillna(False).astype(bool)
    found["group"] = group_of(found)
    found["account"] = [account(value, personal=personal) for value in found["customer_no"]]
    touched = found["out_since"].notna() * 4 + found["is_expired"] * 2 + (found["open_orders"] > 0)
    rank = found["group"].map({name: i for i, name in enumerate(GROUPS)})
    ordered = found.assign(touched=touched, rank=rank).sort_values(
        ["touched", "rank", "complaints", "identity_key"], ascending=[False, True, False, True]
    )
    return ordered.drop(columns=["customer_no", "rank"]).reset_index(drop=True)


def group_of(found: pd.DataFrame) -> pd.Series:
    """The first of GROUPS that holds."""
    group = pd.Series("complaining", index=found.index, dtype=object)
    group = group.mask(found["is_sensitive"].astype(bool), "sensitive")
    return group.mask(found["is_important"].astype(bool), "important")


def account(value: Any, *, personal: bool) -> str | None:
    """An account number as a reader may see it: whole with `personal`, else its last six signs."""
    if value is None or pd.isna(value):
        return None
    return str(value) if personal else f"…{str(value)[-6:]}"


def _known(reader: Reader) -> Any:
    t = reader.table("work_orders")
    since = schema.NOW - ibis.interval(hours=int(LOOK_BACK.total_seconds() // 3600))
    t = t.filter(t.accepted_at >= since, t.accepted_at <= schema.NOW, t.identity_key.notnull(), own(t))
    complained = t.category == "complaint"
    opened = is_unarchived(t)
    late = ibis.or_(*(past(t) for past in _PASSED)) & opened
    latest = {name: t[name].argmax(t.accepted_at) for name in ("customer_no", *_PLACE)}
    found = t.group_by("identity_key").agg(
        **latest,
        is_important=t.is_important_customer.fill_null(False).max(),
        is_sensitive=t.is_sensitive.fill_null(False).max(),
        complaints=complained.sum().cast("int64"),
        last_complaint_at=t.accepted_at.max(where=complained),
        open_orders=opened.sum().cast("int64"),
        overdue=late.fill_null(False).sum().cast("int64"),
        oldest_order_no=t.order_no.argmin(t.accepted_at, where=opened),
    )
    return found.filter(found.is_important | found.is_sensitive | (found.complaints >= OFTEN))


def _past(due: str, ended: str) -> Callable[[ibis.Table], Any]:
    return lambda t: (t[due] < schema.NOW) & known(t[ended]).isnull()


_PASSED: Final = (
    _past("arrival_due_at", "arrived_at"),
    _past("restoration_due_at", "restored_at"),
    _past("contact_due_at", "contacted_at"),
    _past("answer_due_at", "replied_at"),
)


def _areas_out(reader: Reader) -> Any:
    """Transformer areas without supply now: since when, by which outage, and the estimate that stands."""
    outages, areas = reader.table("outages"), reader.table("outage_areas")
    outages = outages.filter(outages.started_at <= schema.NOW, known(outages.restored_at).isnull())
    off = areas.filter(areas.off_at <= schema.NOW, known(areas.on_at).isnull())
    both = off.select("source", "outage_no", "transformer_area", "off_at").inner_join(
        outages.select("source", "outage_no", "estimate_at"), ["source", "outage_no"]
    )
    return both.group_by("transformer_area").agg(
        out_since=both.off_at.min(),
        outage_no=both.outage_no.argmin(both.off_at),
        estimate_at=both.estimate_at.argmin(both.off_at),
    )
