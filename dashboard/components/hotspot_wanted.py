"""What the address of the hotspots' lab asks to try, or a sentence about what of it can not be tried."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from dashboard.components import terms
from dashboard.components.query import FIRST_DAY, LAST_DAY
from dashboard.components.view import View

RUN: Final = "run"
REPEATED: Final = "repeated_fault_report"
DEMANDS: Final = ("complaint", "opinion", "report", "urging", REPEATED)
USUAL_N, USUAL_DAYS = 5, 3
LONGEST: Final = 40  # characters of a value that is told back
_PLUS: Final = re.compile(r"(?<=:\d\d) (?=\d\d:?\d\d$)")  # an offset's plus, which an address reads as a space


class BadLab(ValueError):
    """The sentence, in the reader's language, names what of the address can not be used."""


@dataclass(frozen=True)
class Wanted:
    """What the address asks. `at` has an offset; None: now. None elsewhere: the site's own setting."""

    at: datetime | None
    budget: float | None
    radius: float | None
    unit: str | None
    demands: tuple[str, ...]
    count: int
    days: int

    def args(self) -> dict[str, Any]:
        """As `ask hotspots lab` takes it."""
        found: dict[str, Any] = {"naive": {"count": self.count, "days": self.days}}
        named = {"budget_30d": self.budget, "radius_km": self.radius, "unit": self.unit}
        found |= {name: value for name, value in named.items() if value is not None}
        found |= {"categories": list(self.demands)} if self.demands else {}
        return found | ({"as_of": self.at.isoformat()} if self.at else {})


def units(view: View) -> dict[str, str]:
    """What may count as a place, by code."""
    return {unit: terms.place_kind(view.t, unit) for unit in ("feeder", "transformer_area", "grid")}


def demand(view: View, code: str) -> str:
    return view.t("repeated fault report") if code == REPEATED else terms.category(view.t, code)


def wanted(search: str, view: View, zone: ZoneInfo) -> Wanted | None:
    """What the address asks; None while nothing is asked. A time without an offset is the site's. Errors: BadLab."""
    pairs = parse_qsl(search.removeprefix("?"))
    args = dict(pairs)
    if args.get(RUN) != "1":
        return None
    demands = [_known(view, name, value, DEMANDS) for name, value in pairs if name == "demand"]
    return Wanted(
        _moment(view, args["at"], zone) if args.get("at") else None,
        _number(view, args, "budget", (0.01, 30)),
        _number(view, args, "radius", (0.1, 200)),
        _known(view, "by", args["by"], list(units(view))) if args.get("by") else None,
        tuple(dict.fromkeys(demands)),
        round(_number(view, args, "n", (1, 1000)) or USUAL_N),
        round(_number(view, args, "days", (1, 28)) or USUAL_DAYS),
    )


def _moment(view: View, text: str, zone: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(_PLUS.sub("+", text))
    except ValueError as error:
        raise _bad(view, "at", text, view.t("is no time; write it as {example}"), example="2026-11-20T14:00") from error
    if not FIRST_DAY <= at.date() <= LAST_DAY:
        said = view.t("is no time this can be asked for; write a year from 1900 on")
        raise _bad(view, "at", text, said)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _number(view: View, args: Mapping[str, str], name: str, limits: tuple[float, float]) -> float | None:
    if not args.get(name):
        return None
    try:
        value = float(args[name])
    except ValueError as error:
        raise _bad(view, name, args[name], view.t("is no number")) from error
    least, most = limits
    if not least <= value <= most:
        raise _bad(
            view, name, args[name], view.t("{least} to {most} can be tried"), least=f"{least:g}", most=f"{most:g}"
        )
    return value


def _known(view: View, name: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise _bad(view, name, value, view.t("is not known; there are {known}"), known=", ".join(known))
    return value


def _bad(view: View, name: str, value: str, said: str, **more: str) -> BadLab:
    short = value if len(value) <= LONGEST else f"{value[:LONGEST]}\N{HORIZONTAL ELLIPSIS}"
    sentence = said.format(**more)
    return BadLab(f"{name}={short}{'，' if view.language == 'zh' else ': '}{sentence}")
