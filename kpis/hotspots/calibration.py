"""The threshold from a budget in words, found by replaying histories with the times exchanged. Pure.

"One false hotspot in 30 days for the whole utility" is a rate of alarms, not a p: looks follow each other closely
and are alike, zones and categories overlap. So histories without any hotspot are made from the real one and played,
look by look, through the same rules of life, and the scale of rarity is set so that they raise as many alarms as the
budget allows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from kpis.hotspots.family import Nodes, Tail, looked, ready, tail
from kpis.hotspots.looks import Stream, Watch
from kpis.hotspots.strata import HOURS
from kpis.hotspots.tables import BadTable, Floats

BUDGET_30D: Final = 0.8  # local hotspots; wide rises have the other 0.2 of one false hotspot a month
REPLAY_DAYS: Final = 30
GUARD: Final = 0.3
FADE_D: Final = 3.0
BLOCKS_A_DAY: Final = 24 // HOURS
FADE_H: Final = 48
SEVERE_D: Final = 365.0


Exchange = Callable[[Stream, np.random.Generator], Stream]


@dataclass(frozen=True)
class Calibration:
    """What turns the strength of a cluster into "chance does this once in so many days".

    `tails`: of the looks' maxima by node; `daily`: of each day's largest rarity. `alert`: the rarity at which
    replays raised the budget of `budget_30d` false hotspots in 30 days. `measured_30d`: what replays through the
    whole life of hotspots raised with it, `low` and `high` its 95 % interval, over `days`; NaN until measured.
    """

    tails: tuple[Tail, ...]
    daily: Tail
    alert: float
    budget_30d: float
    histories: int
    days: int
    measured_30d: float = np.nan
    low: float = np.nan
    high: float = np.nan
    made_at: datetime | None = None

    @property
    def alert_d(self) -> float:
        """The recurrence from which a cluster is an alert: 37.5 d for a budget of 0.8 in 30 days."""
        return 30 / self.budget_30d

    @property
    def fade(self) -> float:
        """The rarity that every third day reaches."""
        return self.daily.level(1 / FADE_D)

    def recurrence_d(self, rarity: npt.ArrayLike) -> Floats:
        """Days from one false hotspot of at least this rarity to the next, in the whole utility.

        Below `fade` by days that reach it; from `alert` on by false hotspots, as the replays had them; evenly
        between in logarithms. A hotspot often lasts more than a day, so the two differ.
        """
        x = np.asarray(rarity, dtype=np.float64)
        tail_d = np.log(self.alert_d) + (x - self.alert) / self.daily.scale
        slope = np.log(self.alert_d / FADE_D) / max(self.alert - self.fade, 1e-9)
        between = np.log(FADE_D) + (x - self.fade) * slope
        low_d = np.minimum(self.daily.rarity(x), np.log(FADE_D))
        return np.asarray(np.exp(np.where(x >= self.alert, tail_d, np.where(x >= self.fade, between, low_d))))

    def level(self, recurrence_d: float) -> float:
        """The rarity of a recurrence, 3 d or more: `recurrence_d` the other way round."""
        wanted = np.log(recurrence_d)
        if recurrence_d >= self.alert_d:
            return float(self.alert + (wanted - np.log(self.alert_d)) * self.daily.scale)
        part = (wanted - np.log(FADE_D)) / np.log(self.alert_d / FADE_D)
        return float(self.fade + max(part, 0.0) * (self.alert - self.fade))


def exchanged(stream: Stream, rng: np.random.Generator) -> Stream:
    """`stream` with the times exchanged within strata: places, categories and customers stay together."""
    order = np.arange(len(stream.hour))
    for stratum in np.unique(stream.stratum):
        rows = np.flatnonzero(stream.stratum == stratum)
        order[rows] = rng.permutation(rows)
    return replace(stream, place=stream.place[order], leaf=stream.leaf[order], customer=stream.customer[order])


def exchanged_days(stream: Stream, rng: np.random.Generator) -> Stream:
    """`stream` with days exchanged within working and other days: what a place has on one day stays together.

    Complaints come in bursts within a unit's day. Exchanging them one by one would take the bursts apart, and a level
    learnt from that raises many times the budget. Hours of the day stay. Strata as `strata.blocks` numbers them. Where
    most units have a case on most days, blocks fall on each other, and the level gets stricter than it need be.
    """
    day, hour = np.divmod(stream.hour, 24)
    kind = stream.stratum // BLOCKS_A_DAY
    _, first, block = np.unique(stream.place * (day.max() + 2) + day, return_index=True, return_inverse=True)
    new_day = day[first]
    for one in np.unique(kind):
        rows = np.flatnonzero(kind[first] == one)
        new_day[rows] = new_day[rng.permutation(rows)]
    moved = new_day[block] * 24 + hour
    order = np.argsort(moved, kind="stable")
    return replace(stream, hour=moved).where(order)


def look_hours(stream: Stream, watch: Watch, *, days: int = REPLAY_DAYS, every_h: int = 1) -> npt.NDArray[np.int64]:
    """The hours of looks over the last `days` whole days of `stream` that have a full baseline before them.

    Errors: BadTable where the stream is shorter than baseline and a day.
    """
    end = int(stream.hour[-1]) + 1
    start = max(end - days * 24, int(stream.hour[0]) + watch.baseline_h)
    if end - start < 24:
        raise BadTable(f"{(end - int(stream.hour[0])) / 24:.0f} days are too few to replay a baseline and a day")
    return np.arange(start + every_h, start + (end - start) // 24 * 24 + 1, every_h, dtype=np.int64)


def nulls(
    stream: Stream, watch: Watch, nodes: Nodes, hours: npt.NDArray[np.int64], histories: int, seed: int,
    *, exchange: Exchange | None = None,
) -> Floats:  # fmt: skip
    """(histories, looks, nodes): the largest ratios, of histories exchanged by `exchange` (None: `exchanged`)."""
    out = np.zeros((histories, len(hours), len(nodes.paths)))
    for h in range(histories):
        made = ready((exchange or exchanged)(stream, np.random.default_rng([seed, h])), watch, nodes, hours)
        for k in range(len(hours)):
            out[h, k] = [a.best.max(initial=0.0) for a in looked(made, watch, k)]
    return out


def fitted(maxima: Floats, hours: npt.NDArray[np.int64], *, budget_30d: float = BUDGET_30D) -> Calibration:
    """The calibration of `nulls` looked at at `hours`; days are those of 24 h from the first look."""
    histories, _, count = maxima.shape
    tails = tuple(tail(maxima[:, :, n].ravel()) for n in range(count))
    rarity = np.stack([np.where(maxima[..., n] > 0, t.rarity(maxima[..., n]), 0.0) for n, t in enumerate(tails)])
    most = rarity.max(axis=0)
    day = (hours - hours[0]) // 24
    daily = np.stack([most[:, day == d].max(axis=1) for d in np.unique(day)], axis=1)
    start = tail(daily.ravel(), share=0.2)
    return settled(Calibration(tails, start, np.inf, budget_30d, histories, daily.size), most, hours)


def settled(made: Calibration, most: Floats, hours: npt.NDArray[np.int64]) -> Calibration:
    """`made` with the alert level at which the replays raise the budget; `most` (histories, looks): largest rarities.

    The largest of the utility stands for all places: of two false hotspots at once it counts one. A replay through
    `lives.step` counts them apart (`measured`).
    """
    low, high = made.fade, float(most.max()) + 1
    for _ in range(30):
        alert = (low + high) / 2
        rate = 30 * false_hotspots(replace(made, alert=alert), most, hours) / made.days
        low, high = (alert, high) if rate > made.budget_30d else (low, alert)
    return replace(made, alert=high)


def false_hotspots(made: Calibration, most: Floats, hours: npt.NDArray[np.int64]) -> int:
    """How many `most` raises: alert in two looks in a row, or 365 d at once; over after 48 h without reaching 3 d."""
    over = most >= made.alert
    opens = over.copy()
    opens[:, 1:] &= over[:, :-1]
    opens[:, 0] = False
    opens |= most >= made.level(SEVERE_D)
    count = 0
    for history in np.flatnonzero(opens.any(axis=1)):
        strong = hours[most[history] >= made.fade]
        number = np.concatenate([[0], np.cumsum(np.diff(strong) >= FADE_H)])
        count += len(np.unique(number[np.searchsorted(strong, hours[opens[history]])]))
    return count


def measured(made: Calibration, alarms: Sequence[int], days: float) -> Calibration:
    """`made` with the rate that was measured: `alarms` of each replayed history, over `days` in all.

    The interval is that of a Poisson count (Garwood 1936), 95 %.
    """
    n = int(np.sum(alarms))
    from scipy.stats import chi2

    low = float(chi2.ppf(0.025, 2 * n)) / 2 if n else 0.0
    high = float(chi2.ppf(0.975, 2 * (n + 1))) / 2
    return replace(made, measured_30d=30 * n / days, low=30 * low / days, high=30 * high / days)


def tuned(made: Calibration) -> Calibration:
    """`made` with the level moved so that what was measured meets the budget, to a third or three times at most.

    A rate falls with the level as the daily tail does; a measured rate of none moves as if half an alarm had come.
    """
    ratio = max(made.measured_30d, 15 / made.days) / made.budget_30d
    return replace(made, alert=made.alert + made.daily.scale * float(np.log(np.clip(ratio, 1 / 3, 3))))


def kept(last: Calibration | None, new: Calibration) -> tuple[Calibration, str | None]:
    """Which of the two holds this week, and why it is the last one; None when it is the new one.

    The new one is not taken when its alert level lies more than 30 % from the last one's: rather a night's replay went
    wrong, or the past is not what it was, than that chance changed so much.
    """
    if last is None or len(last.tails) != len(new.tails):
        return new, None
    a, b = last.alert, new.alert
    if abs(b - a) <= GUARD * a:
        return new, None
    return (
        last,
        f"the new alert level {b:.2f} lies {abs(b - a) / a:.0%} from the last one's {a:.2f}; the last one is kept",
    )
