"""The scan from its formulas alone: loops, no cleverness, nothing of the product. Slow, for small tables."""

from collections.abc import Iterator
from math import log


def ratio(c: float, mu: float, total: float | None) -> float:
    if c <= mu:
        return 0.0
    if total is None:
        return c * log(c / mu) + mu - c
    outside = 0.0 if c == total else (total - c) * log((total - c) / (total - mu))
    return c * log(c / mu) + outside


def circles(at: dict[str, tuple[float, float]], radius: float, weight: dict[str, float]) -> Iterator[frozenset[str]]:
    """Every disc around every place up to `radius`, all places of one distance at once, at most half of the weight."""
    for x, y in at.values():
        distance = {p: round(((a - x) ** 2 + (b - y) ** 2) ** 0.5, 9) for p, (a, b) in at.items()}
        for reach in sorted(set(distance.values())):
            zone = frozenset(p for p, d in distance.items() if d <= reach)
            if reach <= radius and sum(weight[p] for p in zone) <= sum(weight.values()) / 2:
                yield zone


Row = tuple[str, int, str]  # place, time, stratum


def permutation(
    rows: list[Row], zones: list[frozenset[str]], spans: list[tuple[int, int]]
) -> list[tuple[float, frozenset[str], tuple[int, int], int, float]]:
    """(ratio, zone, window, observed, expected) of every zone and window."""
    out = []
    for zone in zones:
        for first, last in spans:
            observed = sum(1 for p, t, _ in rows if p in zone and first <= t <= last)
            expected = 0.0
            for stratum in {s for _, _, s in rows}:
                own = [(p, t) for p, t, s in rows if s == stratum]
                in_zone = sum(1 for p, _ in own if p in zone)
                in_window = sum(1 for _, t in own if first <= t <= last)
                expected += in_zone * in_window / len(own)
            out.append((ratio(observed, expected, len(rows)), zone, (first, last), observed, expected))
    return out


def against(
    rows: list[Row],
    zones: list[frozenset[str]],
    spans: list[tuple[int, int]],
    means: dict[tuple[str, int], float],
    total: float | None,
) -> list[tuple[float, frozenset[str], tuple[int, int], int, float]]:
    """As `permutation`, against a mean for each place and time."""
    out = []
    for zone in zones:
        for first, last in spans:
            observed = sum(1 for p, t, _ in rows if p in zone and first <= t <= last)
            expected = sum(m for (p, t), m in means.items() if p in zone and first <= t <= last)
            out.append((ratio(observed, expected, total), zone, (first, last), observed, expected))
    return out
