"""Small marks: level shapes, and a rate as a dot on its interval. Shape and word carry the meaning, colour helps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dash import html

from dashboard.components.format import Translate

NO_OTHERS: Final[Mapping[str, float]] = {}
LEVELS: Final = ("blue", "yellow", "orange", "red")


def level_word(t: Translate, level: str) -> str:
    """The level's own word."""
    words = {
        "blue": t("half used"),
        "yellow": t("due soon"),
        "orange": t("nearly due"),
        "red": t("overdue"),
    }
    return words[level]


def shape(t: Translate, level: str, word: str | None = None) -> html.Span:
    """Hollow diamond, triangle, square or octagon. `word` replaces the level's own where it means something else."""
    return html.Span(role="img", className=f"lv lv-{level}", **{"aria-label": word or level_word(t, level)})


def level_of(used: float | None) -> str | None:
    """Level of a running clock by the share of its time that is used; None below half or when nothing runs."""
    if used is None or used < 0.5:
        return None
    return "blue" if used < 0.75 else "yellow" if used < 0.9 else "orange" if used <= 1 else "red"


@dataclass(frozen=True)
class Scale:
    """A stretch of percent drawn from 0 to 100 % of the width."""

    low: float
    high: float

    def at(self, value: float) -> str:
        """CSS position of `value`; the end where it lies outside."""
        share = (value - self.low) / (self.high - self.low)
        return f"{100 * min(1.0, max(0.0, share)):.2f}%"

    def text_at(self, value: float) -> str:
        """CSS position of the middle of a short text under `value`, which stays within the scale."""
        return f"clamp(2.4em, {self.at(value)}, 100% - 2.4em)"


def scale_of(values: list[float], least: float = 4.0, most: float = 100.0) -> Scale:
    """A scale that holds all `values`, with air on both sides, at least `least` wide and within 0 to `most`."""
    low, high = min(values), max(values)
    air = max((least - (high - low)) / 2, (high - low) * 0.12)
    return Scale(max(0.0, low - air), min(most, high + air))


@dataclass(frozen=True)
class Rate:
    """A value and its interval, in percent."""

    value: float
    low: float
    high: float


def is_off(target: float | None, better: str | None, low: float | None, high: float | None) -> bool:
    """Whether the whole interval lies on the bad side of the target: less may be chance."""
    if target is None or better is None or low is None or high is None:
        return False
    return high < target if better == "higher" else low > target


def rail(
    scale: Scale, rate: Rate, target: float | None, *, bad: bool = False, others: Mapping[str, float] = NO_OTHERS
) -> html.Div:
    """The interval as a bar, the value as a dot, the target as a tick. The numbers stand beside it as text.

    `others`: values of other periods by the class of their mark.
    """
    ticks: list[Any] = [] if target is None else [html.I(className="goal", style={"left": scale.at(target)})]
    ticks += [html.I(className=kind, style={"left": scale.at(value)}) for kind, value in others.items()]
    width = f"calc({scale.at(rate.high)} - {scale.at(rate.low)})"
    return html.Div(
        [
            html.I(className="base"),
            html.I(className="span", style={"left": scale.at(rate.low), "width": width}),
            html.I(className="dot", style={"left": scale.at(rate.value)}),
            *ticks,
        ],
        className="rail bad" if bad else "rail",
        **{"aria-hidden": "true"},
    )
