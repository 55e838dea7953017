"""Reliability of BC Hydro's outage list of 2024 by the catalogue's definitions: writes docs/bchydro-reliability.md.

python -m bench.bchydro_reliability [--data DIR]

The list is polled: an outage's customers are known at each poll, its end is the poll that lists it no more.
"""

import argparse
import gzip
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from examples.real_rows import DATA
from kpis.calendars_file import load as load_calendar
from kpis.catalogue import CATALOGUE
from kpis.derive import Rules, derivers
from kpis.evaluate import together
from kpis.event_days import threshold
from kpis.interruptions import flaws, interruptions
from kpis.limits_file import load
from kpis.periods import midnight
from kpis.types import Options
from store.facts.db import Facts
from store.scope import Scope
from tests.dashboard_pages.facts import batch

ZONE: Final = ZoneInfo("America/Vancouver")
PAGE: Final = Path(__file__).parents[1] / "docs" / "bchydro-reliability.md"
SERVED: Final = 2_200_000  # accounts, the company's own round number: the list does not say
PLANNED: Final = "Planned work being done on our equipment"
YEAR: Final = (datetime(2024, 1, 1, tzinfo=ZONE), datetime(2025, 1, 1, tzinfo=ZONE))
LONG_H: Final = 4
FAR_DAYS: Final = 30  # a first estimate further ahead is a slip of the list
_EACH: Final = ("saidi", "saifi")
INDICES: Final = ("saidi", "saifi", "caidi", "customer_hours_lost")
OLD: Final = pd.Timedelta(days=1)  # a start longer before the first poll that lists it is a slip: it was not listed
_MS: Final = ("crewEtr", "dateOff", "dateOn")
_READ: Final = (
    *("id", "op", "poll_no", "at", "numCustomersOut", "dateOff", "estimate", "regionName", "municipality", "cause"),
)


def listed(data: Path) -> tuple[pd.DataFrame, pd.Series]:
    """The change log with the time of each poll, and the polls' times by number. An empty poll changes nothing."""
    folder = data / "bchydro_2024"
    with gzip.open(folder / "bch_changes.csv.gz") as file:
        rows = pd.read_csv(file, dtype={"id": "int64"}, low_memory=False)
    with gzip.open(folder / "bch_polls.csv.gz") as file:
        polls = pd.read_csv(file)
    at = pd.to_datetime(polls.set_index("poll_no")["poll_time_utc"], utc=True)
    rows["at"] = rows["poll_no"].map(at)
    for name in _MS:
        rows[name] = pd.to_datetime(rows[name], unit="ms", utc=True)
    rows["estimate"] = rows["crewEtr"].fillna(rows["dateOn"])
    return rows.sort_values(["id", "poll_no"], kind="stable"), at[polls.set_index("poll_no")["state"] == "ok"]


def made(rows: pd.DataFrame, polls: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Outages and their steps, as the facts keep them. An id that comes back with another start is another outage."""
    before = polls.shift(1).to_dict()  # the last poll that listed what a poll lists no more
    last = polls.iloc[-1]
    outages: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    names = (
        "id",
        "op",
        "poll_no",
        "at",
        "numCustomersOut",
        "dateOff",
        "estimate",
        "regionName",
        "municipality",
        "cause",
    )
    for number, group in groupby(rows[list(names)].itertuples(index=False), key=lambda row: row.id):
        for n, part in enumerate(_apart(list(group))):
            no = f"{number}" if not n else f"{number}/{n}"
            told, ended = [row for row in part if row.op != "remove"], part[-1].op == "remove"
            first, end = told[0], part[-1].at if ended else None
            off = [row.dateOff for row in told if not pd.isna(row.dateOff)]
            is_old = bool(off) and first.at - off[-1] > OLD
            start = first.at if is_old or not off else min(off[-1], first.at)
            estimates = [row.estimate for row in told if not pd.isna(row.estimate)]
            customers = [row.numCustomersOut for row in told if not pd.isna(row.numCustomersOut)]
            outages.append(
                {
                    "source": "bchydro",
                    "source_key": no,
                    "outage_no": no,
                    "city": "BC",
                    "county": first.regionName,
                    "station": first.municipality,
                    "kind": "planned" if first.cause == PLANNED else "fault",
                    "started_at": start,
                    "restored_at": end,
                    "cause_1": told[-1].cause,
                    "estimate_at": estimates[-1] if estimates else None,
                    "first_estimate": estimates[0] if estimates else None,
                    "first_seen": first.at,
                    "seen_until": before.get(part[-1].poll_no, last) if ended else last,
                    "most": max(customers, default=np.nan),
                    "is_old": is_old,
                }
            )
            steps += _steps(no, part, start, end)
    return pd.DataFrame(outages), pd.DataFrame(steps)


def _apart(group: list[Any]) -> Iterator[list[Any]]:
    """The outages of one id: a row added after a removal begins another one, unless its start is the same."""
    part: list[Any] = []
    for row in group:
        is_back = part and part[-1].op == "remove" and row.op == "add"
        if is_back and row.dateOff != next(r.dateOff for r in reversed(part) if r.op != "remove"):
            yield part
            part = []
        if part or row.op != "remove":
            part.append(row)
    if part:
        yield part


def _steps(no: str, part: list[Any], start: Any, end: Any) -> Iterator[dict[str, Any]]:
    """Layers of customers: more than ever before were off from the start, fewer are back, more again are off again."""
    layers: list[list[Any]] = []  # customers, off
    most = now = 0
    for row in part:
        wanted = 0 if row.op == "remove" else now if pd.isna(row.numCustomersOut) else int(row.numCustomersOut)
        if wanted > now:
            fresh = max(0, wanted - max(most, now))
            layers += [[n, off] for n, off in ((fresh, start), (wanted - now - fresh, row.at)) if n]
        while now > wanted:
            n = min(now - wanted, layers[-1][0])
            yield _step(no, n, layers[-1][1], row.at)
            layers[-1][0] -= n
            now -= n
            if not layers[-1][0]:
                layers.pop()
        now, most = wanted, max(most, wanted)
    for n, off in layers:
        yield _step(no, n, off, end)


_count = iter(range(10**9))


def _step(no: str, customers: int, off: Any, on: Any) -> dict[str, Any]:
    key = {"source": "bchydro", "source_key": f"{no}#{next(_count)}", "outage_no": no}
    return {**key, "transformer_area": None, "customers": customers, "off_at": off, "on_at": on}


def facts_of(folder: Path, outages: pd.DataFrame, steps: pd.DataFrame, now: datetime) -> Facts:
    """The outages merged into real facts, with all accounts served as one place."""
    facts = Facts(folder / "facts.duckdb", str(ZONE))
    derive: Any = derivers(Rules(load(), load_calendar(str(ZONE))))
    place = {"source": "bchydro", "source_key": "all", "city": "BC", "customers": SERVED}
    for name, frame in (("outages", outages), ("outage_areas", steps), ("customers", pd.DataFrame([place]))):
        facts.merge(batch(name, frame, now), derive)
    return facts


def figures(reader: Any, now: datetime, keys: Sequence[str] = INDICES, **how: Any) -> dict[str, pd.DataFrame]:
    return together(reader, [CATALOGUE[key] for key in keys], lambda _: Options(), now=now, **how)


def _year(reader: Any) -> list[str]:
    """The year as it ended, by month so far and as it ended."""
    end = YEAR[1].astimezone(UTC)
    whole = {key: frame.iloc[0] for key, frame in figures(reader, end, start=YEAR[0], end=YEAR[1]).items()}
    lines = [
        f"Whole year at its end: SAIDI {whole['saidi']['value']:.1f} min, SAIFI {whole['saifi']['value']:.3f}, CAIDI "
        f"{whole['caidi']['value']:.1f} min, {whole['customer_hours_lost']['value']:,.0f} customer-hours, "
        f"{int(whole['saidi']['n']):,} interruptions.",
        "",
        "| Month | SAIDI of the month (min) | SAIFI | year so far: SAIDI | SAIFI |",
        "|---|---|---|---|---|",
    ]
    for month in range(1, 13):
        first = datetime(2024, month, 1, tzinfo=ZONE)
        until = datetime(2024 + month // 12, month % 12 + 1, 1, tzinfo=ZONE)
        own = figures(reader, until.astimezone(UTC), start=first, end=until)
        far = figures(reader, until.astimezone(UTC), start=YEAR[0], end=until)
        cells = [f"{one[key]['value'].iloc[0]:.{n}f}" for one in (own, far) for key, n in (("saidi", 2), ("saifi", 3))]
        lines.append(f"| {first:%B} | {' | '.join(cells)} |")
    return lines


def _began(start: datetime, end: datetime) -> Any:
    return lambda outages: (outages.started_at >= start) & (outages.started_at < end)


def _days(reader: Any, daily: pd.DataFrame) -> list[str]:
    """The worst days, as known at their end and as they ended."""
    med = threshold(daily["value"].tolist())
    n = threshold(daily["value"].tolist(), "n")
    lines = [
        "| Day (of the start) | SAIDI known at its end (min) | as it ended (min) | still out at its end | event day |",
        "|---|---|---|---|---|",
    ]
    for row in daily.nlargest(12, "value").sort_values("bucket").to_dict("records"):
        day = pd.Timestamp(row["bucket"]).date()
        start, end = midnight(day, ZONE), midnight(day + pd.Timedelta(days=1), ZONE)
        then = figures(reader, end.astimezone(UTC), start=start, end=end)["saidi"]["value"].iloc[0]
        t = interruptions(reader, _began(start, end))
        out = t.filter(t.flaw.isnull(), t.back_at.isnull()).customers.sum().name("n").as_table()
        still = reader.frame(out, end.astimezone(UTC))["n"].iloc[0]
        is_event = {True: "yes", False: "no", None: "not known"}[med.is_event(float(row["value"]))]
        lines.append(
            f"| {day} | {then:.2f} | {row['value']:.2f} | {0 if pd.isna(still) else int(still):,} | {is_event} |"
        )
    limit = "not enough history" if med.minutes is None else f"{med.minutes:.2f} min"
    other = "" if n.minutes is None else f" ({n.minutes:.2f} with n)"
    above = int((daily["value"] > (med.minutes or np.inf)).sum())
    without = daily.loc[~(daily["value"] > (med.minutes or np.inf)), "value"].sum()
    lines += [
        "",
        f"Days with an interruption: {med.days}. T_MED by 2.5 beta with n - 1: {limit}{other}; {above} days above it. "
        f"SAIDI without these days: {without:.1f} min. The guide asks five years; one year is what there is.",
    ]
    return lines


def _each_day(reader: Any, every: Mapping[str, pd.DataFrame]) -> list[str]:
    """Each day as it was known at its end and as it ended, and the year so far as it was known then."""
    lines = [
        "<details><summary>366 days</summary>",
        "",
        "| Day | SAIDI known at its end (min) | SAIFI | as it ended: SAIDI | SAIFI | year so far: SAIDI | SAIFI |",
        "|---|---|---|---|---|---|---|",
    ]
    ended = {key: every[key].set_index(every[key]["day"].astype(str).str[:10])["value"] for key in _EACH}
    day = YEAR[0].date()
    while day < YEAR[1].date():
        end = midnight(day + timedelta(days=1), ZONE)
        own = figures(reader, end.astimezone(UTC), _EACH, start=midnight(day, ZONE), end=end)
        far = figures(reader, end.astimezone(UTC), _EACH, start=YEAR[0], end=end)
        known, so_far = ([frame[key]["value"].iloc[0] for key in _EACH] for frame in (own, far))
        last = [ended[key].get(day.isoformat(), 0.0) for key in _EACH]
        cells = (f"{value:.{n}f}" for pair in (known, last, so_far) for value, n in zip(pair, (2, 4), strict=True))
        lines.append(f"| {day} | {' | '.join(cells)} |")
        day += timedelta(days=1)
    return [*lines, "", "</details>"]


def _regions(reader: Any, outages: pd.DataFrame) -> list[str]:
    """By region: what it adds to the whole, long outages, estimates."""
    end = YEAR[1].astimezone(UTC)
    found = figures(reader, end, by=["county"], start=YEAR[0], end=YEAR[1])
    hours = found["customer_hours_lost"].set_index("county")["value"]
    interrupted = hours / (found["caidi"].set_index("county")["value"] / 60)
    lines = [
        "| Region | outages | over 4 h | customer-hours | adds to SAIDI (min) | adds to SAIFI | estimate kept | broken "
        "| not known |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for region in [*sorted(outages["county"].dropna().unique()), None]:
        own = outages if region is None else outages[outages["county"] == region]
        lost = hours.sum() if region is None else hours[region]
        many = interrupted.sum() if region is None else interrupted[region]
        over = own["lasted_h"] > LONG_H
        kept = own["kept"].value_counts()
        told = kept.get("kept", 0) + kept.get("broken", 0) + kept.get("not known", 0)
        shares = [f"{100 * kept.get(name, 0) / told:.1f} %" for name in ("kept", "broken", "not known")]
        lines.append(
            f"| {region or '**all**'} | {len(own):,} | {int(over.sum()):,} ({100 * over.mean():.1f} %) | {lost:,.0f} | "
            f"{60 * lost / SERVED:.1f} | {many / SERVED:.3f} | {' | '.join(shares)} |"
        )
    return lines


def judged(outages: pd.DataFrame) -> pd.DataFrame:
    """Outages of the year with their length, and whether the estimate that stood was kept.

    They ended between the last poll that listed them and the first that did not: an estimate between is not known.
    """
    first, end = (pd.Timestamp(t).tz_convert("UTC") for t in YEAR)
    inside = (outages["started_at"] >= first) & (outages["started_at"] < end)
    own = outages[inside & outages["restored_at"].notna()].copy()
    own["lasted_h"] = (own["restored_at"] - own["started_at"]).dt.total_seconds() / 3600
    fault = own["kind"] == "fault"
    kept = np.select(
        [
            own["estimate_at"].isna() | ~fault,
            own["restored_at"] <= own["estimate_at"],
            own["seen_until"] > own["estimate_at"],
        ],
        ["none", "kept", "broken"],
        "not known",
    )
    return own.assign(kept=kept)


def _traps(rows: pd.DataFrame, outages: pd.DataFrame, steps: pd.DataFrame, reader: Any, own: pd.DataFrame) -> list[str]:
    end = YEAR[1].astimezone(UTC)
    left = reader.frame(flaws(interruptions(reader)), end)
    named = ", ".join(f"{r['flaw']} {r['rows']}" for r in left.to_dict("records")) or "none"
    again = rows.groupby("id")["op"].apply(lambda op: (op == "add").sum() > 1).sum()
    revised = rows.groupby("id")["dateOff"].nunique().gt(1).sum()
    first = outages["first_estimate"]
    past, far = first < outages["first_seen"], first > outages["first_seen"] + pd.Timedelta(days=FAR_DAYS)
    slack = (own["restored_at"] - own["seen_until"]).dt.total_seconds() / 3600
    sure = float((slack * own["most"].fillna(0)).sum())
    flicker = float(steps["customers"].sum() - outages["most"].sum())
    return [
        "- The end of an outage is the first poll that lists it no more, so it is late by up to a gap. If all ended at "
        f"the last poll that listed them, the year's SAIDI would be about {60 * sure / SERVED:.1f} min less: these are "
        "upper ends.",
        f"- `dateOn` is the estimate once more and never the end. {int(past.sum()):,} first estimates lay in the past "
        f"already and {int(far.sum()):,} more than {FAR_DAYS} days ahead; they are judged as they stood last.",
        f"- {int(again):,} ids came back; with another start they are another outage. {int(revised):,} had their start "
        f"revised: the last one said counts. {int(outages['is_old'].sum()):,} starts lay more than a day before the "
        "first poll that lists them: these begin with that poll.",
        "- Customers are those at each poll: fewer are a step of restoration, more than ever before were off from the "
        f"start. Numbers that fell and rose again count as interrupted again: {flicker:,.0f} customers, "
        f"{flicker / SERVED:.3f} of the year's SAIFI.",
        "- One poll is empty (0 bytes) and is no empty list; it changes nothing. Others hold an empty list, after one "
        "of few outages: then nothing was out.",
        "- Crew status stands in the list from 2 October on only: nothing here rests on it.",
        f"- Customers served are not in the data: {SERVED:,} accounts are assumed for the whole company, and none by "
        "region. So a region has what it adds to the whole, and no index of its own.",
        "- First estimates within 15 min can not be judged: half of the polls come 17 min and more after another.",
        f"- Left out, by what is wrong: {named}. Planned work is in the list and in the figures; estimates are judged "
        "of faults only.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    rows, polls = listed(parser.parse_args().data)
    outages, steps = made(rows, polls)
    now = polls.iloc[-1].to_pydatetime()
    with tempfile.TemporaryDirectory() as folder:
        facts = facts_of(Path(folder), outages, steps, now)
        with facts.read(Scope.everything("bench")) as reader:
            own = judged(outages)
            every = figures(reader, YEAR[1].astimezone(UTC), start=YEAR[0], end=YEAR[1], by=["day"])
            daily = every["saidi"].rename(columns={"day": "bucket"}).dropna(subset=["bucket"])
            parts = [
                "# BC Hydro 2024: reliability from a polled list",
                "",
                "Written by `python -m bench.bchydro_reliability` from rows of `data/bchydro_2024` (not part of the "
                "product) with the definitions of the catalogue; do not edit. Days are those of Vancouver; an "
                "outage counts with its whole length on the day it began. Sustained: longer than 5 min.",
                "",
                "## So far and at the end",
                "",
                *_year(reader),
                "",
                "## The worst days",
                "",
                *_days(reader, daily),
                "",
                "## By region",
                "",
                *_regions(reader, own),
                "",
                "## What the list makes uncertain",
                "",
                *_traps(rows, outages, steps, reader, own),
                "",
                "## Each day",
                "",
                *_each_day(reader, every),
                "",
            ]
        facts.close()
    PAGE.write_text("\n".join(parts), encoding="utf-8")
    print("\n".join(parts))


if __name__ == "__main__":
    main()
