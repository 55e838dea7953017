"""The command line. Everything it does stands in `node` (the running thing) and `commands` (questions and answers)."""

import gc
import logging
import os
import signal
import sys
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn

import orjson
import typer
from rich.console import Console

import admitting
import alerting
import door
import exempting
from settings import Settings
from terminal import ConfigOption, FormatOption, fail, moment, question, said, settings_of, show

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Lightkeeper 守灯人", pretty_exceptions_enable=False)
app.add_typer(exempting.app, name="exempt")
app.add_typer(alerting.app, name="alerts")
app.add_typer(admitting.app, name="accounts")
app.add_typer(admitting.displays, name="displays")
app.command("audit")(admitting.log)
ORDER_COLUMNS = (
    "order_no", "category", "subcategory_1", "channel", "county", "station", "status", "accepted_at", "arrived_at",
    "restored_at", "is_success",
)  # fmt: skip
NARROW = 120  # columns of an explanation that goes into a file or a pipe
MANY = ("--by", "--where", "--option", "--set")  # these take several values after one flag


@app.command()
def run(
    config: ConfigOption,
    clock: Annotated[str | None, typer.Option(help="site time to start at, instead of now")] = None,
    speed: Annotated[float, typer.Option(min=0.01, help="how many times faster than real time")] = 1.0,
) -> None:
    """Start a node: collect, evaluate, judge, send and serve."""
    gc.disable()  # a start makes much and throws little away; node.serve turns it on again
    from collectors.collector import readers
    from site_clock import Clock

    settings = settings_of(config)
    site = Clock(moment(clock, settings.site.tz, "--clock"), speed)
    started = readers(settings, site.now)
    try:
        for reader in started.values():
            reader.start()  # they load what they need while we do
        import node

        node.serve(settings, site, started=started)
    finally:
        for reader in started.values():
            reader.stop()


@app.command()
def demo(
    speed: Annotated[float, typer.Option(min=0.01, help="how many times faster than real time")] = 1.0,
    seed: Annotated[int, typer.Option(help="the same seed makes the same city")] = 1,
    days: Annotated[int, typer.Option(min=1, help="days of history at the first start")] = 90,
) -> None:
    """Start the demonstration city with everything it needs."""
    import demonstration

    demonstration.run(speed, seed, days)


@app.command()
def check(
    config: ConfigOption,
    explain: Annotated[bool, typer.Option("--explain", help="where each field comes from, with sample values")] = False,
) -> None:
    """Validate the settings, reach every source and compare its columns with the mapping."""
    import inspection
    from collectors.check import check_source

    settings = settings_of(config)
    wrong = inspection.faults(settings)
    for fault in wrong:
        said.print(fault, markup=False)
    for remark in inspection.remarks(settings):
        said.print(remark, markup=False)
    if settings.access:
        from dashboard.access import ways

        wrong_ways = ways.faults(settings.access)
        for fault in wrong_ways:
            said.print(fault, markup=False)
        wrong = [*wrong, *wrong_ways]
    faults = len(wrong)
    for name, source in settings.sources.items():
        found = check_source(name, source)
        for note in found.notes:
            said.print(f"{name}: {note}", markup=False)
        for fault in found.faults:
            said.print(f"{name}: {fault}", markup=False)
        faults += len(found.faults)
        if explain and not found.faults:
            _explain(name, settings)
    said.print(f"{len(settings.sources)} sources checked, {faults} faults")
    raise typer.Exit(1 if faults else 0)


def _explain(name: str, settings: Settings) -> None:
    """Prints where each field of a source comes from."""
    from collectors.batch import SourceError
    from collectors.explain import explain

    key = settings.site.key.get_secret_value().encode()
    try:
        found = list(explain(name, settings.sources[name], key, datetime.now(UTC)))
    except SourceError as error:
        fail(str(error))
    rows = [{"mapping": f"{name}: {e.mapping}", "field": e.field, "from": e.origin, "samples": "\n".join(e.samples)}
            for e in found]  # fmt: skip
    show(rows, "table", ("mapping", "field", "from", "samples"))


@app.command()
def collect(
    config: ConfigOption, once: Annotated[bool, typer.Option("--once", help="one full catch-up, then stop")] = False
) -> None:
    """Catch up with all sources."""
    import catchup

    if not once:
        fail("collect needs --once; `run` collects for ever", 2)
    settings = settings_of(config)
    if (states := door.ask(settings.node.socket, "collect", {}, timeout_s=900)) is not None:
        for state in states:
            said.print(f"{state['name']}: complete up to {state['as_of']}, read by the running node", markup=False)
        faults = [f"{state['name']}: {state['error']}" for state in states if state["error"]]
    else:
        faults = catchup.catch_up(settings, said)
    if faults:
        fail("\n".join(faults))


@app.command()
def kpi(
    key: str,
    config: ConfigOption,
    by: Annotated[list[str] | None, typer.Option(help="dimensions")] = None,
    where: Annotated[list[str] | None, typer.Option(help="DIM=VALUE")] = None,
    start: Annotated[str | None, typer.Option("--from", help="first moment")] = None,
    end: Annotated[str | None, typer.Option("--to", help="moment after the last")] = None,
    at: Annotated[str | None, typer.Option("--at", "--clock", help="judge as of this moment")] = None,
    option: Annotated[list[str] | None, typer.Option(help="NAME=VALUE of the definition's options")] = None,
    period: Annotated[str | None, typer.Option(help="today, week, last_month ... instead of --from and --to")] = None,
    every: Annotated[str | None, typer.Option(help="also by day, week, month, quarter or year")] = None,
    compare: Annotated[bool, typer.Option("--compare", help="beside target, period before, year ago")] = False,
    history: Annotated[bool, typer.Option("--history", help="per day: as shown then, as known now")] = False,
    form: FormatOption = "table",
) -> None:
    """The values of one KPI."""
    if history and (by or at):
        fail("--history: is of the site, a county or a station, and known now; leave --by and --at away")
    settings = settings_of(config)
    args: dict[str, Any] = {"key": key, "by": _split(by), "where": where or [], "option": option or []}
    args |= {"period": period, "every": every, "compare": compare}
    show(question(settings, "history" if history else "kpi", args | _times(settings, start, end, at)), form)


@app.command()
def orders(
    config: ConfigOption,
    where: Annotated[list[str] | None, typer.Option(help="DIM=VALUE")] = None,
    key: Annotated[str | None, typer.Option("--kpi", help="the rows behind this KPI")] = None,
    outcome: Annotated[str | None, typer.Option(help="success or failure of --kpi")] = None,
    start: Annotated[str | None, typer.Option("--from")] = None,
    end: Annotated[str | None, typer.Option("--to")] = None,
    at: Annotated[str | None, typer.Option("--at", "--clock")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="at most so many rows; a table shows 100 otherwise")] = None,
    explain: Annotated[str | None, typer.Option(help="order number: its clocks, line by line")] = None,
    form: FormatOption = "table",
) -> None:
    """The rows behind a number."""
    settings = settings_of(config)
    if explain:
        explain_one(settings, {"order": explain} | _times(settings, None, None, at), form)
        return
    if limit is None and form == "table":
        limit = 100
    args = {"where": where or [], "key": key, "outcome": outcome, "limit": limit}
    found = question(settings, "orders", args | _times(settings, start, end, at))
    show(found["rows"], form, ORDER_COLUMNS)
    if found["total"] > len(found["rows"]):
        said.print(f"{len(found['rows']):,} of {found['total']:,} rows; --limit N gives more")


def explain_one(settings: Settings, args: dict[str, Any], form: str) -> None:
    """The clocks of one order: a table for people, or one JSON document."""
    from explanation import Teller

    if form not in ("table", "json"):
        fail(f"--explain --format {form}: there are table and json")
    found = question(settings, "explain", args)
    if form == "json":
        sys.stdout.write(orjson.dumps(found).decode() + "\n")
        return
    wide = None if sys.stdout.isatty() else NARROW
    Teller(found, settings.site.language, Console(width=wide, highlight=False)).tell()


@app.command()
def recomputations(
    config: ConfigOption,
    form: FormatOption = "table",
) -> None:
    """What changed in the rules, and which figures of the past it moved; the latest first."""
    found = question(settings_of(config), "recomputations", {})
    if form == "json":
        show(found, form)
        return
    nothing = [{"key": None}]
    rows = [
        {"at": one["at"], "changes": "; ".join(one["changes"]), **figure}
        for one in found
        for figure in one["figures"] or nothing
    ]
    show(rows, form)


@app.command()
def hotspots(
    config: ConfigOption,
    as_of: Annotated[str | None, typer.Option("--as-of")] = None,
    form: FormatOption = "table",
) -> None:
    """Where complaints gather: open hotspots and watches now, or what a look at a past moment sees."""
    settings = settings_of(config)
    at = moment(as_of, settings.site.tz, "--as-of")
    found = question(settings, "hotspots", {"as_of": at.isoformat() if at else None})
    if form == "json":
        sys.stdout.write(orjson.dumps(found).decode() + "\n")
        return
    said.print(hotspots_said(found), markup=False)
    show([hotspot_row(one) for one in found["hotspots"]], form)


def hotspots_said(found: dict[str, Any]) -> str:
    """What the list rests on, in one line."""
    if found["state"] == "not_enough_history":
        lacking = found["missing"]
        return f"not enough history: {lacking['days']:g} days and {lacking['cases']} demands are missing"
    fitted = found["calibration"]
    rests = f"threshold from {fitted['histories']} replayed histories" if fitted else "no threshold yet"
    return f"{found['state']}; known until {found['until']}; {found['n_cases']:,} demands; {rests}"


def hotspot_row(one: dict[str, Any]) -> dict[str, Any]:
    """One hotspot as a line of a table."""
    zone = one["zone"]
    where = zone["code"] or f"{len(one['places'])} places within {zone['radius_km']} km"
    words = " ".join(word["word"] for word in one["words"])
    names = ("observed", "expected", "since", "recurrence_d", "outage_no")
    return {
        "number": one["number"], "state": one["state"], "grade": one["grade"],
        "category": " / ".join(one["category"]), "where": f"{zone['kind']} {where}",
        **{name: one[name] for name in names}, "words": words,
    }  # fmt: skip


@app.command()
def personal(config: ConfigOption, form: FormatOption = "table") -> None:
    """Personal data: the rule by which they are deleted, what is held, and the purges on record."""
    told = question(settings_of(config), "personal", {})
    if form == "json":
        show(told, form)
        return
    oldest = told["oldest"] or "-"
    said.print(f"kept for {told['personal_days']} days; {told['rows']:,} rows held, the oldest of {oldest}")
    said.print(f"past their time and not deleted yet: {told['past']:,}")
    show(told["purges"], form, ("at", "before", "work_order", "survey", "oldest", "newest", "sha256"))


@app.command()
def backtest(
    config: ConfigOption,
    rule: Annotated[str, typer.Option("--rule", help="key of the rule")],
    start: Annotated[str, typer.Option("--from")],
    end: Annotated[str, typer.Option("--to")],
    change: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=NUMBER@LEVEL, e.g. over_percent=80@red")
    ] = None,
    warn_min: Annotated[float | None, typer.Option(min=0, help="minutes of warning that are of use; 10")] = None,
    form: FormatOption = "table",
) -> None:
    """What a rule would have done, as it is and with other limits beside it."""
    import backtesting

    settings = settings_of(config)
    args = {"rule": rule, "set": change or [], "warn_min": warn_min}
    found = question(settings, "backtest", args | _times(settings, start, end, None))
    if form == "json":
        sys.stdout.write(orjson.dumps(found).decode() + "\n")
        return
    show(backtesting.lines(found), form)


def _times(settings: Settings, start: str | None, end: str | None, at: str | None) -> dict[str, str | None]:
    zone = settings.site.tz
    found = {"start": moment(start, zone, "--from"), "end": moment(end, zone, "--to"), "at": moment(at, zone, "--at")}
    return {name: value.isoformat() if value else None for name, value in found.items()}


def _split(values: list[str] | None) -> list[str]:
    return [part for value in values or [] for part in value.split(",") if part]


def spread(argv: list[str]) -> list[str]:
    """`--by a b` as `--by a --by b`: the contract writes several values after one flag, click wants one each.

    A value that stands before the command's own argument would be taken for it, so KEY comes first.
    """
    out: list[str] = []
    flag: str | None = None
    fresh = False
    for word in argv:
        if word.startswith("--"):
            flag, fresh = (word, True) if word in MANY else (None, False)
            out.append(word)
            continue
        if flag and not fresh:
            out.append(flag)
        fresh = False
        out.append(word)
    return out


def told(error: Exception) -> bool:
    """Whether `error` is one of ours, whose text says what is wrong and how to cure it."""
    return any(kind.__name__ in ("SettingsError", "StoreError", "CityError", "Refused") for kind in type(error).__mro__)


def _end(_signal: int, _frame: Any) -> NoReturn:
    """A service manager's stop: everything is closed as after Ctrl-C."""
    raise SystemExit(0)


def main() -> None:
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "WARNING"), stream=sys.stderr, format="%(asctime)s %(name)s %(message)s"
    )
    signal.signal(signal.SIGTERM, _end)
    try:
        app(args=spread(sys.argv[1:]))
    except Exception as error:
        if not told(error):
            raise
        sys.stderr.write(f"{error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
