"""Which cluster of a look is which hotspot: by what they share, each at most once. Pure."""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from kpis.hotspots.life import Hotspot, Seen


def score(one: Seen, other: Seen) -> float:
    """0 to 1: 0.5 x cases of 7 days + 0.3 x units by expected count + 0.2 when one category holds the other.

    Of cases and units what is shared: the intersection over the union (Jaccard).
    """
    return (
        0.5 * _jaccard(one.cases, other.cases)
        + 0.3 * _weighted(one.weight, other.weight)
        + 0.2 * (one.node[: len(other.node)] == other.node or other.node[: len(one.node)] == one.node)
    )


def _jaccard(one: frozenset[Hashable], other: frozenset[Hashable]) -> float:
    union = len(one | other)
    return len(one & other) / union if union else 0.0


def _weighted(one: Mapping[Hashable, float], other: Mapping[Hashable, float]) -> float:
    units = [*one.keys(), *(u for u in other if u not in one)]
    both = np.array([[one.get(u, 0.0), other.get(u, 0.0)] for u in units]).reshape(-1, 2)
    shared = np.array([u in one and u in other for u in units])
    weight = both.max(axis=1, initial=0.0)
    total = float(weight.sum())
    return float(weight[shared].sum()) / total if total > 0 else float(shared.mean()) if units else 0.0


def matched(known: Sequence[Hotspot], seen: Sequence[Seen], match_from: float) -> tuple[dict[int, int], dict[int, int]]:
    """(pairs, merged): hotspot -> its cluster, and open hotspot -> the one it merges into, by position.

    One to one with the largest sum of scores. Open ones that want one cluster: the oldest gets it, the others merge
    into it. A hotspot that fits several clusters nobody else has keeps its number with the one of most cases.
    Merging needs a shared unit, so that a category alone merges nothing.
    """
    if not known or not seen:
        return {}, {}
    scores = np.array([[_score(one, s) for s in seen] for one in known])
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-np.where(scores >= match_from, scores, 0.0))
    pairs = {int(i): int(k) for i, k in zip(rows, columns, strict=True) if scores[i, k] >= match_from}
    merged: dict[int, int] = {}
    for i, one in enumerate(known):
        if one.lives and i not in pairs and scores[i].max() >= match_from:
            _merge_or_take(i, int(scores[i].argmax()), known, pairs, merged)
    for i in list(pairs):
        free = [k for k in range(len(seen)) if scores[i, k] >= match_from and k not in pairs.values()]
        best = max([pairs[i], *free], key=lambda k: (seen[k].observed, -k))
        pairs[i] = best
    return pairs, merged


def _score(one: Hotspot, seen: Seen) -> float:
    touches = bool(one.seen.weight.keys() & seen.weight.keys()) or bool(one.seen.cases & seen.cases)
    return score(one.seen, seen) if touches else 0.0


def _merge_or_take(
    i: int, cluster: int, known: Sequence[Hotspot], pairs: dict[int, int], merged: dict[int, int]
) -> None:
    holder = next((j for j, k in pairs.items() if k == cluster), None)
    if holder is None:
        pairs[i] = cluster
    elif not known[holder].lives or _age(known[i]) < _age(known[holder]):
        del pairs[holder]
        pairs[i] = cluster
        if known[holder].lives:
            merged[holder] = i
        for j, other in list(merged.items()):
            merged[j] = i if other == holder else other
    else:
        merged[i] = holder


def _age(one: Hotspot) -> int:
    return one.number if one.number is not None else 2**62
