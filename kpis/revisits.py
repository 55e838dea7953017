"""Revisits with what other rows say of them: whether their scale is in force, and what followed a bad one."""

from typing import Any, Final

import ibis

from kpis.types import known
from store.facts.schema import NOW

OUTCOMES: Final = ("satisfied", "reopened", "contacted", "supervised")  # what may follow a dissatisfied answer
DEADLINE_H: Final = 24


def on_scale(reader: Any) -> Any:
    """Surveys with `is_on_scale`: the scale is the one its source and channel use now, or there is none to compare."""
    t = reader.table("surveys").mutate(by_channel=lambda s: s.channel.fill_null(""))
    scaled = t.filter(t.asked_at <= NOW, t.scale_min.notnull(), t.scale_max.notnull())
    now = scaled.group_by(["source", "by_channel"]).agg(
        low_now=scaled.scale_min.argmax(scaled.asked_at), high_now=scaled.scale_max.argmax(scaled.asked_at)
    )
    now = now.select(source_now=now.source, channel_now=now.by_channel, low_now=now.low_now, high_now=now.high_now)
    both = t.left_join(now, [t.source == now.source_now, t.by_channel == now.channel_now])
    same = (both.scale_min == both.low_now) & (both.scale_max == both.high_now)
    own = [both[name] for name in reader.table("surveys").columns]
    return both.select(*own, is_on_scale=same.fill_null(True))


def followed(reader: Any, since: Any = None) -> Any:
    """Surveys with `taken_up_at` and `taken_up_by` (of OUTCOMES): what was first done for the order after the answer.

    Null while nothing was done, for every answer that is not a dissatisfied one, and where the order is not known.
    `since`: earlier answers are not looked at, which spares reading what was done before.
    """
    t = reader.table("surveys")
    orders, events = reader.table("work_orders"), reader.table("order_events")
    said = orders.filter(orders.order_no.notnull())
    kinds = events.filter(events.kind.isin(("reopened", "supervised")))
    good = t.filter(t.is_satisfied.fill_null(False), t.order_no.notnull())
    done = ibis.union(
        _done(said.filter(said.reopened_at.notnull()), "reopened_at", "reopened"),
        _done(said.filter(said.contacted_at.notnull()), "contacted_at", "contacted"),
        kinds.select(about=kinds.order_no, done_at=kinds["at"], done_by=kinds.kind),
        _done(good, "answered_at", "satisfied"),
        distinct=False,
    )
    bad = t.filter(dissatisfied(t))
    if since is not None:
        bad, done = bad.filter(bad.answered_at >= since), done.filter(done.done_at >= since)
    bad = bad.select(bad_source=bad.source, bad_key=bad.source_key, order_no=bad.order_no, answered_at=bad.answered_at)
    both = bad.join(done, [bad.order_no == done.about, done.done_at > bad.answered_at, done.done_at <= NOW])
    first = both.group_by(["bad_source", "bad_key"]).agg(
        taken_up_at=both.done_at.min(), taken_up_by=both.done_by.argmin(both.done_at)
    )
    whole = t.left_join(first, [t.source == first.bad_source, t.source_key == first.bad_key])
    own = [whole[name] for name in t.columns]
    return whole.select(*own, taken_up_at=whole.taken_up_at, taken_up_by=whole.taken_up_by)


def _done(t: Any, moment: str, how: str) -> Any:
    return t.select(about=t.order_no, done_at=t[moment], done_by=ibis.literal(how))


def answered(t: Any) -> Any:
    """Answered by now; a source without outcomes is believed."""
    outcome = t.outcome.fill_null("answered") == "answered"
    return outcome & (t.answered_at.isnull() | (t.answered_at <= NOW))


def dissatisfied(t: Any) -> Any:
    """Answers that say no, and when: without a moment no deadline runs."""
    return answered(t) & ~t.is_satisfied.fill_null(True) & known(t.answered_at).notnull()
