"""The rows of the made city, column by column, a slice of time at once (bench.city)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa

from bench import columns as made
from bench.columns import NEVER, SECOND, Flags, Ints, Size, Tree

CATEGORIES: Final = {
    "fault_report": 0.34, "enquiry": 0.27, "service_application": 0.12, "urging": 0.07, "opinion": 0.05, "query": 0.05,
    "complaint": 0.035, "report": 0.025, "proactive_repair": 0.02, "suggestion": 0.01, "praise": 0.005, "other": 0.005,
}  # fmt: skip
PLACE: Final = ("city", "county", "station", "grid", "feeder", "transformer_area", "area_class")
CHANNELS: Final = {"95598": 0.66, "app": 0.19, "12345": 0.1, "12398": 0.02, "media": 0.01, "other": 0.02}


@dataclass(frozen=True)
class Chance:
    """Where the numbers of a slice come from."""

    draw: np.random.Generator
    tree: Tree
    now: datetime
    slice: int


def units(t: Tree) -> pa.Table:
    named: list[tuple[str, str, str | None, str, str]] = [("DJ", "city", None, "大江市", "Dajiang")]
    named += [(c, "county", "DJ", f"{i + 1}号县供电公司", f"County {i + 1}") for i, c in enumerate(t.counties)]
    for kind, codes, above, over, zh, en in (
        ("station", t.stations, t.counties, t.county_of, "{}号供电所", "Station {}"),
        ("feeder", t.feeders, t.stations, t.station_of, "{}号线", "Line {}"),
        ("transformer_area", t.areas, t.feeders, t.feeder_of, "{}号台区", "Area {}"),
    ):
        pairs = zip(codes, over.tolist(), strict=True)
        named += [(c, kind, above[o], zh.format(i + 1), en.format(i + 1)) for i, (c, o) in enumerate(pairs)]
    columns = dict(
        zip(("code", "kind", "parent", "name_zh", "name_en"), map(list, zip(*named, strict=True)), strict=True)
    )
    return pa.table({**columns, "source_key": columns["code"], "made_at": made.times(np.zeros(len(named), np.int64))})


def customers(t: Tree) -> pa.Table:
    area = np.arange(len(t.areas)).repeat(2)
    kinds = np.tile([0, 1], len(t.areas))
    return pa.table(
        {
            "source_key": made.keys("K", 0, len(area)),
            **made.place(t, area, ("city", "county", "station", "feeder", "transformer_area")),
            "customer_kind": made.words(("residential", "low_voltage_business"), kinds),
            "customers": np.where(kinds == 0, 60 + area % 90, 5 + area % 20),
            "made_at": made.times(np.zeros(len(area), np.int64)),
        }
    )


def orders(c: Chance, start: datetime, length: timedelta, n: int) -> pa.Table:
    """`n` orders of [start, start + length). Almost all have ended by now; a few of old were forgotten open."""
    d, now = c.draw, made.micros(c.now)
    accepted = made.moments(d, start, length, n)
    kind = made.chosen(d, CATEGORIES, n)
    fault, complaint = kind == 0, kind == list(CATEGORIES).index("complaint")
    cancelled, child = d.random(n) < 0.01, d.random(n) < 0.03
    area = np.minimum((d.beta(1.2, 1.2, n) * len(c.tree.areas)).astype(np.int64), len(c.tree.areas) - 1)
    forgotten = d.random(n) < 0.0003
    times = _course(d, accepted, np.where(fault, 0, np.where(complaint, 1, 2)), forgotten, area % 3)
    known = {name: np.where(at <= now, at, NEVER) for name, at in times.items()}
    closed = known["archived_at"] < NEVER
    last = np.maximum.reduce([np.where(at < NEVER, at, 0) for at in (accepted, *known.values())])
    by_change = np.argsort(last, kind="stable")  # a row is stored anew whenever it changes
    identity = d.integers(0, 900_000, n)
    table = pa.table(
        {
            **_demand(c, kind, n),
            **_customer(d, identity, n),
            **made.place(
                c.tree, area, ("city", "county", "station", "grid", "feeder", "transformer_area", "area_class")
            ),
            **made.point(area, n),
            "crew": made.text(made.numbered("crew-", area // 60), fault),
            "handler": made.numbered("p", area // 40),
            "accepted_at": made.times(accepted),
            **{name: made.times(at) for name, at in known.items()},
            "status": made.words(("open", "closed", "cancelled"), np.where(cancelled, 2, closed.astype(np.int64))),
            "parent_order_no": made.text(made.keys("26", c.slice, n), child),
            "call_count": 1 + (d.random(n) < 0.12) + (d.random(n) < 0.02),
            "asset_ownership": made.words(("utility", "customer", "other"), d.integers(0, 30, n) // 14),
            "outage_no": made.text(made.numbered(f"T{c.slice:02d}-", area % 3600), fault & (d.random(n) < 0.3)),
            "made_at": made.times(last),
        }
    )
    return table.take(pa.array(by_change))


def _demand(c: Chance, kind: Ints, n: int) -> dict[str, Any]:
    """What is asked for, and over which channel."""
    d = c.draw
    return {
        "source_key": made.keys("O", c.slice, n),
        "order_no": made.keys("26", c.slice, n),
        "channel": made.words(tuple(CHANNELS), made.chosen(d, CHANNELS, n)),
        "category": made.words(tuple(CATEGORIES), kind),
        "subcategory_1": made.numbered("sub", kind * 6 + d.integers(0, 6, n)),
        "subcategory_2": made.numbered("sub2", kind * 40 + d.integers(0, 40, n)),
        "grade": made.words(("general", "important", "major", "special"), d.integers(0, 40, n) // 13),
        "urgency": made.words(("general", "urgent"), (d.random(n) < 0.1).astype(np.int64)),
    }


def _customer(d: np.random.Generator, identity: Ints, n: int) -> dict[str, Any]:
    """Who asks."""
    return {
        "customer_no": made.numbered("", identity + 3_100_000_000),
        "customer_kind": made.words(
            ("residential", "low_voltage_business", "high_voltage"), d.integers(0, 25, n) // 12
        ),
        "is_sensitive": d.random(n) < 0.01,
        "is_important_customer": d.random(n) < 0.004,
        "is_anonymous": d.random(n) < 0.03,
        "identity_key": made.numbered("hmac-of-account-", identity),
    }


def _course(d: np.random.Generator, accepted: Ints, kind: Ints, forgotten: Flags, remote: Ints) -> dict[str, Ints]:
    """Stage times; NEVER where an order of its kind has no such stage. `kind`: 0 fault, 1 complaint, 2 else."""
    n = len(accepted)

    def after(at: Ints, shape: float, minutes: float, wanted: Flags) -> Ints:
        taken = (d.gamma(shape, minutes / shape, n) * 60).astype(np.int64) * SECOND
        return np.where(wanted & (at < NEVER), np.where(at < NEVER, at, 0) + taken, NEVER)

    every = np.ones(n, dtype=np.bool_)
    visited = (kind == 0) & ~forgotten & (d.random(n) < 0.93)
    dispatched = after(accepted, 2, 3, every)
    received = after(dispatched, 2, 4, every)
    arrived = after(received, 6, 22, visited)
    far = np.where(arrived < NEVER, arrived + remote * 18 * 60 * SECOND, NEVER)
    restored = after(far, 4, 75, every)
    contacted = after(accepted, 2, 300, (kind == 1) & ~forgotten)
    replied = after(accepted, 2, 1500, (kind > 0) & ~forgotten)
    ended = np.minimum(np.minimum(restored, replied), after(accepted, 2, 200, (kind == 0) & ~visited & ~forgotten))
    archived = after(ended, 2, 400, every)
    return {
        "dispatched_at": dispatched, "received_at": received, "arrived_at": far, "restored_at": restored,
        "contacted_at": contacted, "replied_at": replied, "revisited_at": after(ended, 2, 1000, d.random(n) < 0.5),
        "archived_at": archived,
    }  # fmt: skip


def events(c: Chance, of: pa.Table) -> pa.Table:
    """An event for every third order."""
    some = pa.array(np.flatnonzero(c.draw.random(of.num_rows) < 0.33))
    n = len(some)
    at = of["made_at"].take(some)
    kinds = ("urged", "transferred", "returned", "suspended", "resumed", "reopened", "merged", "supervised")
    return pa.table(
        {
            "source_key": made.keys("E", c.slice, n),
            "order_no": of["order_no"].take(some),
            "kind": made.words(kinds, c.draw.integers(0, len(kinds), n)),
            "at": at,
            "by": of["station"].take(some),
            "made_at": at,
        }
    )


def surveys(c: Chance, of: pa.Table) -> pa.Table:
    """A revisit for each order that has one."""
    some = of.filter(of["revisited_at"].is_valid())
    n, d = some.num_rows, c.draw
    answer = np.searchsorted((0.6, 0.92), d.random(n))
    answered = answer == 0
    return pa.table(
        {
            "source_key": made.keys("V", c.slice, n),
            "survey_no": made.keys("HF", c.slice, n),
            **{name: some[name] for name in ("order_no", "city", "county", "station", "category", "customer_kind")},
            "channel": made.words(("phone", "sms", "app"), d.integers(0, 3, n)),
            "asked_at": some["revisited_at"],
            "answered_at": some["revisited_at"],
            "outcome": made.words(("answered", "unreachable", "refused"), answer.astype(np.int64)),
            "score": pa.array(np.full(n, 5.0), mask=~answered),
            "scale_min": np.full(n, 1.0),
            "scale_max": np.full(n, 5.0),
            "is_satisfied": pa.array(d.random(n) < 0.955, mask=~answered),
            "made_at": some["revisited_at"],
        }
    )


def outages(c: Chance, start: datetime, length: timedelta, size: Size) -> dict[str, pa.Table]:
    """Outages with ten switching steps each and what was said about them."""
    d, n = c.draw, size.outages_per_day * length.days
    began = made.moments(d, start, length, n)
    back = began + (d.gamma(3, 60, n) * 60).astype(np.int64) * SECOND
    now, area = made.micros(c.now), d.integers(0, len(c.tree.areas), n)
    ended = np.where(back <= now, back, NEVER)
    no = made.numbered(f"T{c.slice:02d}-", np.arange(n))
    outage = {
        "source_key": no,
        "outage_no": no,
        "kind": made.words(("fault", "planned", "temporary"), d.integers(0, 10, n) // 4),
        **made.place(c.tree, area, ("city", "county", "station", "feeder", "area_class")),
        **made.point(area, n),
        "customers_out": d.integers(5, 900, n),
        "started_at": made.times(began),
        "restored_at": made.times(ended),
        "estimate_at": made.times(began + 7200 * SECOND),
        "made_at": made.times(np.minimum(back, now)),
    }
    step = np.arange(n).repeat(10)
    beside = (area[step] + np.arange(len(step)) % 10) % len(c.tree.areas)
    steps = {
        "source_key": made.keys("P", c.slice, len(step)),
        "outage_no": no.take(pa.array(step)),
        "transformer_area": pa.array(c.tree.areas).take(pa.array(beside)),
        "customers": 5 + beside % 80,
        "off_at": made.times(began[step]),
        "on_at": made.times(ended[step]),
        "made_at": made.times(began[step]),
    }
    said = np.arange(n).repeat(2)
    notes = {
        "source_key": made.keys("N", c.slice, len(said)),
        "outage_no": no.take(pa.array(said)),
        "kind": made.words(("estimate_set", "crew_status"), np.arange(len(said)) % 2),
        "at": made.times(began[said]),
        "made_at": made.times(began[said]),
    }
    return {"outages": pa.table(outage), "outage_areas": pa.table(steps), "outage_events": pa.table(notes)}
