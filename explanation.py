"""`orders --explain NO`: the clocks of one order with their ledgers, as data for the door and as tables for people."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

import i18n
from dashboard.components import clock_words as words
from dashboard.components import order_ledger, terms
from dashboard.components.format import Language, Translate, duration
from kpis.calendar import Calendar
from kpis.derive import Rules
from kpis.explain import Account, Explained, Ledger, explained, moment
from kpis.explain_lines import Line
from kpis.types import Refusal

Json = dict[str, Any]
ABOUT: Final = ("source", "source_key", "order_no", "category", "area_class", "status", "parent_order_no")


def answer(reader: Any, number: str, rules: Rules, now: datetime) -> Json:
    """The clocks of the order of that number at `now`, in JSON's types; amounts in seconds or working days.

    Errors: Refusal with a sentence when there is no such order, or several.
    """
    found = order_ledger.keys(reader, number, now)
    if not found:
        raise Refusal(f"there is no order {number}; mend the number, or write its key as SOURCE:KEY")
    if len(found) > 1:
        named = " or ".join(str(key) for key in found[:5])
        raise Refusal(f"order {number} stands in {len(found)} rows; say which: --explain {named}")
    rows, beside = order_ledger.read(reader, found[0], now)
    one = next(explained(rows, beside, rules, now))
    row = rows.astype(object).where(rows.notna(), None).iloc[0]
    about = {name: row[name] for name in ABOUT} | {"accepted_at": _iso(row["accepted_at"])}
    return about | {"now": _iso(now), "zone": rules.calendar.zone.key, **_told(one)}


def _told(one: Explained) -> Json:
    clocks = [_account(account, one.calendar) for account in one.accounts]
    return {"without_clocks": one.why_none, "clocks": clocks, "without_limit": list(one.without)}


def _account(account: Account, calendar: Calendar) -> Json:
    return {
        "clock": account.clock,
        "start_at": _iso(account.start_at),
        "start_by": account.start_by,
        "end_at": _iso(account.end_at),
        "end_by": account.end_by or None,
        "stop_at": _iso(account.stop_at),
        "impossible": account.is_spoilt,
        "lines": [_ledger(ledger, calendar) for ledger in account.ledgers],
    }


def _ledger(ledger: Ledger, calendar: Calendar) -> Json:
    limit = ledger.limit
    years = [(year, calendar.years.get(year)) for year in ledger.years]
    return {
        "line": ledger.line,
        "limit": {
            "kind": limit.kind,
            "amount": _amount(limit.kind, limit.amount),
            "unit": "working_days" if limit.kind == "working_days" else "s",
            "where": {name: sorted(values) for name, values in limit.where},
            "pauses": "all" if limit.pauses is None else sorted(limit.pauses),
            "valid_from": limit.valid_from.isoformat(),
            "source": limit.source,
            "to_be_confirmed": limit.confirm,
        },
        "calendar": [
            {"year": y, "source": table.source if table else None, "official": bool(table and table.is_official)}
            for y, table in years
        ],
        "due_at": _iso(ledger.due_at),
        "provisional": ledger.is_provisional,
        "verdict": ledger.verdict,
        "left": _amount(limit.kind, ledger.left),
        "over_s": ledger.over.total_seconds() if ledger.over else None,
        "ledger": [_line(limit.kind, line) for line in ledger.lines],
    }


def _line(kind: str, line: Line) -> Json:
    return {
        "from": _iso(moment(line.start)),
        "to": _iso(moment(line.end)),
        "what": line.what,
        "why": [{"code": code, "words": said} for code, said in line.reasons],
        "counted": _amount(kind, line.counted),
        "total": _amount(kind, line.total),
        "left": _amount(kind, line.left),
        "ahead": line.is_ahead,
    }


def _amount(kind: str, value: int) -> float:
    return value if kind == "working_days" else value / 1_000_000


def _iso(at: datetime | None) -> str | None:
    return None if at is None or pd.isna(at) else at.isoformat()


class Teller:
    """Prints an answer in the site's language."""

    def __init__(self, doc: Mapping[str, Any], language: Language, console: Console) -> None:
        self.doc, self.language, self.console = doc, language, console
        self.t: Translate = i18n.translator(language)
        self.zone = ZoneInfo(doc["zone"])

    def tell(self) -> None:
        t, doc = self.t, self.doc
        number, now = doc["order_no"] or doc["source_key"], self.moment(doc["now"])
        category = terms.category(t, doc["category"])
        head = t("Order {order}, {category}, as of {time}") if category else t("Order {order}, as of {time}")
        self.say(head.format(order=number, category=category, time=now), "bold")
        if doc["without_clocks"] == "merged":
            into = t("It was merged into order {order} and has no clocks of its own.")
            self.say(into.format(order=doc["parent_order_no"]))
        elif doc["without_clocks"]:
            self.say(t("It is cancelled and has no clocks."))
        for clock in doc["clocks"]:
            for line in clock["lines"]:
                self.ledger(clock, line)
        if doc["without_limit"]:
            names = ("、" if self.language == "zh" else ", ").join(words.clock(t, k) for k in doc["without_limit"])
            self.say("")
            self.say(t("No limit fits it: {clocks}").format(clocks=names))

    def ledger(self, clock: Json, line: Json) -> None:
        """One limit: how it stands, from when to when, by which rule and calendar, and its time line by line."""
        t, limit = self.t, line["limit"]
        name, whose = words.clock(t, clock["clock"]), words.line(t, line["line"])
        allowed = words.allowed(t, self.language, limit["kind"], _micros(limit["kind"], limit["amount"]))
        head = t("{clock}, {line}: {limit}, {verdict}")
        said = head.format(clock=_upper(name), line=whose, limit=allowed, verdict=self.verdict(clock, line))
        self.say("")
        self.say(said, "bold")
        waits = line["verdict"] == "not_started"
        for sentence in ("" if waits else self.times(clock, line), *self.rule(line)):
            if sentence:
                self.say(sentence, indent=2)
        if clock["impossible"]:
            said = t("ended before it started, so it has no length; the deadline is judged all the same")
            self.say(_upper(said), indent=2)
        if line["ledger"] and not waits:
            self.console.print(self.table(line))

    def verdict(self, clock: Json, line: Json) -> str:
        now, due = datetime.fromisoformat(self.doc["now"]), line["due_at"]
        time = ""
        if line["over_s"]:
            time = duration(timedelta(seconds=line["over_s"]), self.language)
        elif line["verdict"] == "running" and due:
            time = duration(datetime.fromisoformat(due) - now, self.language)
        elif line["verdict"] == "stands":
            kind = line["limit"]["kind"]
            time = words.allowed(self.t, self.language, kind, _micros(kind, line["left"]))
        return words.verdict(self.t, clock["clock"], line["verdict"], time)

    def times(self, clock: Json, line: Json) -> str:
        t, said = self.t, []
        if clock["start_at"]:
            began = t("started {time} ({stage})")
            said.append(began.format(time=self.moment(clock["start_at"]), stage=words.began(t, clock["start_by"])))
        if line["due_at"]:
            said.append(t("due {time}").format(time=self.moment(line["due_at"])))
        if clock["end_at"]:
            said.append(t("ended {time}").format(time=self.moment(clock["end_at"])))
        if line["provisional"]:
            said.append(t("provisional: a year without an official table"))
        return _upper(("，" if self.language == "zh" else ", ").join(said))

    def rule(self, line: Json) -> tuple[str, str]:
        t, limit = self.t, line["limit"]
        said = t("Limit since {day}: {source}").format(day=limit["valid_from"], source=t(limit["source"]))
        if limit["to_be_confirmed"]:
            said += ("（{}）" if self.language == "zh" else " ({})").format(t("to be confirmed by the customer"))
        years = [
            f"{y['year']}: {t(y['source'])}" if y["official"] else
            t("{year}: none yet, Monday to Friday").format(year=y["year"])
            for y in line["calendar"]
        ]  # fmt: skip
        return said, t("Calendar {years}").format(years="; ".join(years)) if years else ""

    def table(self, line: Json) -> Table:
        t, kind = self.t, line["limit"]["kind"]
        table = Table(box=box.SIMPLE, show_edge=False, padding=(0, 1, 0, 1))
        for name in (t("from##ledger"), t("to##ledger"), t("time##ledger"), t("why##ledger")):
            table.add_column(_upper(name))
        for name in (t("counted##ledger"), t("total##ledger"), t("left##ledger")):
            table.add_column(_upper(name), justify="right")
        for one in line["ledger"]:
            first, last = (datetime.fromisoformat(one[end]).astimezone(self.zone) for end in ("from", "to"))
            what = words.what(t, one["what"])
            reasons = [(r["code"], r["words"]) for r in one["why"]]
            amounts = [words.amount(self.language, kind, _micros(kind, one[k])) for k in ("counted", "total", "left")]
            cells = [
                *words.bounds(self.language, kind, first, last),
                t("{what} (to come)").format(what=what) if one["ahead"] else what,
                words.why(t, self.language, one["what"], reasons),
                *amounts,
            ]
            table.add_row(*(Text(cell) for cell in cells), style="dim" if one["ahead"] else "")
        return table

    def moment(self, at: str) -> str:
        return words.moment(self.language, datetime.fromisoformat(at).astimezone(self.zone))

    def say(self, text: str, style: str = "", indent: int = 0) -> None:
        self.console.print(Padding(Text(text, style=style), (0, 0, 0, indent)))


def _micros(kind: str, value: float) -> int:
    return int(value) if kind == "working_days" else round(value * 1_000_000)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
