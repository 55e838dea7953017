"""Cards and tables of the page Sources."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from dash import html

from dashboard.components.alert_words import Reading, at
from dashboard.components.duty_tables import table
from dashboard.components.format import NONE, Translate, count, one_decimal

Told = Mapping[str, Any]
DIALECTS: Final = {
    "postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB", "sqlite": "SQLite", "oracle": "Oracle",
    "mssql": "SQL Server",
}  # fmt: skip


def source(reading: Reading, one: Told) -> html.Section:
    """How one source stands, in sentences and numbers, then its tables."""
    t = reading.view.t
    name = f"{one['name']} · {DIALECTS.get(one['dialect'], one['dialect'])}"
    rows = [
        (
            row["mapping"], _moment(reading, row["as_of"]) or t("not read yet"), _promise(reading, row),
            count(row["rows"]), count(row["gone"]), _way(reading, row),
        )
        for row in one["tables"]
    ]  # fmt: skip
    heads = [
        t("read from and into"),
        t("complete up to"),
        t("old, promised##table"),
        t("rows##source"),
        t("gone from the source"),
        t("beside the polls"),
    ]
    listed = table("", heads, rows, t("No table is read."))
    loads = [html.P(_load(reading, row), className="said") for row in one["tables"] if row["load"]]
    parts = [html.H2([name, " ", _mark(reading, one)]), *_wrong(reading, one), *loads, _numbers(reading, one)]
    return html.Section([*parts, *listed.children[1:]], className="card")


def _promise(reading: Reading, row: Told) -> html.Span:
    """How old a table is beside what is promised of it, with a mark where that is broken."""
    t = reading.view.t
    said = t("{age}, at most {most}").format(age=_age(reading, row), most=_length(reading, row["fresh_s"]))
    return html.Span([said, *([" ", html.Span(t("late##source"), className="flag stale")] if row["is_late"] else [])])


def _age(reading: Reading, row: Told) -> str:
    return NONE if row["age_s"] is None else _length(reading, max(0.0, row["age_s"]))


def _load(reading: Reading, row: Told) -> str:
    """How far a table is that is read for the first time, or caught up with."""
    t, load = reading.view.t, row["load"]
    rows, left, pace = load["rows"], load["left"], load["rows_per_s"]
    if left is None or pace is None:
        return t("{mapping} is being loaded: {rows} rows so far.").format(mapping=row["mapping"], rows=count(int(rows)))
    return t("{mapping} is being loaded: {rows} of about {all} rows, {pace} a second, about {time} to go.").format(
        mapping=row["mapping"], rows=count(int(rows)), all=count(int(rows + left)), pace=count(round(pace)),
        time=_length(reading, left / pace),
    )  # fmt: skip


def _mark(reading: Reading, one: Told) -> html.Span:
    t = reading.view.t
    if one["error"]:
        return html.Span(t("can not be read"), className="flag stale")
    if one["is_late"]:
        return html.Span(t("late##source"), className="flag stale")
    return html.Span(t("suspicious") if one["doubts"] else t("fresh"), className="flag")


def _wrong(reading: Reading, one: Told) -> list[Any]:
    t, found = reading.view.t, []
    if one["error"]:
        since = _moment(reading, one["error_at"]) or NONE
        found.append(html.P(t("Since {time}: {error}").format(time=since, error=one["error"]), className="said wrong"))
    if one["may_write"]:
        said = t("The account may write. Give it the right to read only; our session is read-only in any case.")
        found.append(html.P(said, className="said wrong"))
    for doubt in one["doubts"]:
        said = t("Doubt: {what}. Nothing is closed on it.").format(what=_doubt(reading, doubt))
        found.append(html.P(said, className="said wrong"))
    return found


def _doubt(reading: Reading, doubt: Told) -> str:
    """One doubt of kpis.doubts or of store.facts.suspicion in the reader's words."""
    t, about = reading.view.t, doubt["about"]
    forms = {
        "silent_source": t("no order from {start} to {stop}, usually {usual}"),
        "unusual_volume": t("{n} orders from {start} to {stop}, usually {usual}"),
        "column_fell_empty": t("{columns} of {table}: empty in all {n} rows of a day, and filled the week before"),
        "restored_at_the_estimate": t("{equal} of {n} outages were restored at the very second of the estimate"),
        "scale_moved": t("scores of {channel} come on other scales: {scales}"),
        "list_empty": t("{mapping}: the list is empty, {open} rows were open; reads that agree so far: {reads}"),
        "rows_missing": t("{mapping}: {many} of {open} open rows are gone at once; reads that agree so far: {reads}"),
        "old_copy": t("{mapping}: {back} of {listed} rows had left the list before, an old copy it seems; reads that "
                      "agree so far: {reads}"),
        "capped_page": t("{mapping}: the read stops at exactly {listed} rows, as if it were cut"),
        "clock_ahead": t("{mapping}: {column} lies {minutes} min in the source's future"),
        "zone_changed": t("{mapping}: the source's clock jumped by {minutes} min against ours"),
        "rows_astray": t("{mapping}: {rows} rows or more without a time of change or a key"),
        "shared_keys": t("{mapping}: {rows} of its keys ({key}, for one) are keys of rows of {other} too, and the one "
                         "overwrites the other; name more columns in key"),
    }  # fmt: skip
    said = {
        name: reading.view.t(", ").join(value) if isinstance(value, list) else _moment(reading, value)
        if name in ("start", "stop") else value
        for name, value in about.items()
    }  # fmt: skip
    return forms[doubt["what"]].format(**said)


def _numbers(reading: Reading, one: Told) -> html.Dl:
    """What was promised and what is, as pairs."""
    t, rows = reading.view.t, one["rows"]
    fresh = t("{age} old; promised: at most {most}").format(
        age=_age(reading, one), most=_length(reading, one["fresh_s"])
    )
    if one["table"]:
        fresh = t("{table}: {said}").format(table=one["table"], said=fresh)
    asked = t("every {pace}; zone {zone}").format(pace=_length(reading, one["poll_s"]), zone=one["zone"])
    read = t("{read} read, {changed} changed, {new} new, {vanished} gone, {rejected} values in quarantine").format(
        read=_n(rows["rows_read"]), changed=_n(rows["changed"]), new=_n(rows["new"]), vanished=_n(rows["vanished"]),
        rejected=_n(rows["rejected"]),
    )  # fmt: skip
    load = t("{n} statements, {s} s of the server; {skips} polls left out, {delays} put off").format(
        n=_n(one["queries"]), s=NONE if one["query_s"] is None else one_decimal(one["query_s"]),
        skips=_n(one["skips"]), delays=_n(one["delays"]),
    )  # fmt: skip
    faults = t("{kills} stopped, {errors} failed").format(kills=_n(one["kills"]), errors=_n(one["errors"]))
    pairs = [
        (t("data##source"), fresh),
        (t("asked##source"), asked),
        *([(t("bell##source"), _bell(reading, one["bell"]))] if one["bell"] else []),
        (t("clock against ours"), _offset(reading, one["offset_s"])),
        (t("rows since the start"), read),
        (t("load since the start"), load),
        (t("reads that failed"), faults),
        (t("found by comparing, 90 days"), _differences(reading, one)),
    ]
    return html.Dl([part for head, said in pairs for part in (html.Dt(head), html.Dd(said))], className="pairs")


def _bell(reading: Reading, bell: Told) -> str:
    t = reading.view.t
    if not bell["is_heard"]:
        return t("{channel}: not heard; the source is asked at its pace").format(channel=bell["channel"])
    return t("{channel}: heard; {n} rings since the start").format(channel=bell["channel"], n=_n(bell["rings"]))


def _length(reading: Reading, seconds: float) -> str:
    """Seconds as such up to ten minutes, longer ones in minutes and hours."""
    if seconds < 600:
        return reading.view.t("{s} s").format(s=f"{seconds:.3g}")
    return reading.length(timedelta(seconds=seconds))


def _way(reading: Reading, row: Told) -> str:
    """How edits and deletions of a table are found that its polls do not bring."""
    t = reading.view.t
    if row["is_whole"]:
        return t("read whole##table")
    return t("compared##table") if row["is_compared"] else t("not compared")


def _differences(reading: Reading, one: Told) -> str:
    """What comparing found; a source of which no table is compared has nothing to say here."""
    t, by_kind = reading.view.t, one["differences"]
    if not by_kind and not any(row["is_compared"] for row in one["tables"]):
        return t("not compared")
    names = kinds_of_difference(t)
    said = [f"{names[kind]} {count(int(n))}" for kind, n in by_kind.items()]
    return t(", ").join(said) or t("nothing, in the tables that are compared")


def kinds_of_difference(t: Translate) -> dict[str, str]:
    return {
        "late": t("came late##difference"), "edited": t("edited silently##difference"),
        "deleted": t("deleted##difference"), "returned": t("came back##difference"),
    }  # fmt: skip


def _offset(reading: Reading, offset_s: float | None) -> str:
    if offset_s is None:
        return NONE
    return reading.view.t("{s} s").format(s=f"{offset_s:+.1f}".replace("-", "−"))


def _n(value: float | None) -> str:
    return NONE if value is None else count(int(value))


def _moment(reading: Reading, value: Any) -> str:
    moment = at(value)
    return reading.clock(moment) if moment else ""


def quarantine(reading: Reading, told: Told) -> html.Section:
    """Values that can not be used, counted by field; a mended one leaves by itself."""
    t = reading.view.t
    rows = [(q["source"], q["mapping"], q["field"], count(q["n"]), q["reason"]) for q in told["quarantine"]]
    heads = [t("source"), t("read from and into"), t("field"), t("values"), t("first reason")]
    note = t("The row is kept with the field empty. When the source mends the value it leaves by itself.")
    return table(t("Quarantine"), heads, rows, t("No value waits."), note)


def found(reading: Reading, told: Told) -> list[Any]:
    """The latest rows that comparing found, for who sees every unit."""
    t = reading.view.t
    if not told["found"]:
        return []
    names = kinds_of_difference(t)
    rows = [
        (_moment(reading, one["found_at"]), one["source"], one["mapping"], one["source_key"], names[one["kind"]])
        for one in told["found"]
    ]
    heads = [t("found##difference"), t("source"), t("read from and into"), t("key"), t("what##difference")]
    note = t("Polls had not brought these rows: they were found by comparing checksums, and read or marked as gone.")
    return [table(t("Found by comparing, the latest first"), heads, rows, "", note)]


def listed(reading: Reading, told: Told) -> list[Any]:
    """The latest values, for who sees every unit."""
    t, found = reading.view.t, told["listed"]
    if not found:
        return []
    rows = [
        (q["source"], q["source_key"] or NONE, q["field"], html.Code(q["value"] or NONE), q["reason"]) for q in found
    ]
    heads = [t("source"), t("key"), t("field"), t("value"), t("reason##column")]
    shown = table(t("Values in quarantine, the latest first"), heads, rows, "")
    return [html.Details([html.Summary(t("Show the values")), shown])]
