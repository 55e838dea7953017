"""Categories as one family: every node of the tree is looked at, and their strengths are made comparable. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from kpis.hotspots.looks import Look, Plan, Stream, Watch, look, planned
from kpis.hotspots.tables import BadTable, Flags, Floats

LEAST_CASES: Final = 30  # of a leaf in the baseline, to be a node
EXCESS: Final = 0.7  # of the excess that the deepest name must hold
Path = tuple[str, ...]


@dataclass(frozen=True)
class Nodes:
    """Nodes of the category tree, () for all, parents first; `holds` (nodes, leaves): which leaf is in which."""

    paths: tuple[Path, ...]
    holds: Flags

    def within(self, node: int) -> list[int]:
        """The node and those below it, by position."""
        path = self.paths[node]
        return [i for i, p in enumerate(self.paths) if p[: len(path)] == path]


def nodes_of(leaves: Sequence[Path], cases: npt.ArrayLike, *, least: int = LEAST_CASES) -> Nodes:
    """All, each top category, and every deeper node with at least `least` cases. `cases` (leaves,): in the baseline.

    A path is a category with its subcategories, such as ("complaint", "voltage", "low").
    """
    counts = np.asarray(cases, dtype=np.int64)
    every = sorted({path[:n] for path in leaves for n in range(len(path) + 1)}, key=lambda p: (len(p), p))
    holds = np.array([[leaf[: len(path)] == path for leaf in leaves] for path in every], dtype=np.bool_)
    keep = [i for i, path in enumerate(every) if len(path) <= 1 or counts[holds[i]].sum() >= least]
    return Nodes(tuple(every[i] for i in keep), holds[keep])


@dataclass(frozen=True)
class Tail:
    """The upper tail of a null's maxima, that of a Gumbel: P(maximum >= x) = above exp(-(x - start) / scale).

    Below `start`, where nobody looks, it rises evenly to 1 at 0.
    """

    start: float
    above: float
    scale: float

    def rarity(self, statistic: npt.ArrayLike) -> Floats:
        """-ln P: 0 for what always happens, larger for what is rarer."""
        x = np.asarray(statistic, dtype=np.float64)
        base = -np.log(self.above)
        below = base * np.clip(x, 0, None) / self.start if self.start > 0 else np.zeros(x.shape)
        return np.where(x >= self.start, base + (x - self.start) / self.scale, below)

    def level(self, p: float) -> float:
        """The maximum that is reached with chance `p`."""
        base, wanted = -np.log(self.above), -np.log(p)
        return float(self.start + (wanted - base) * self.scale if wanted >= base else self.start * wanted / base)


def tail(maxima: npt.ArrayLike, *, share: float = 0.1) -> Tail:
    """Fitted to the largest `share` of `maxima` by their mean excess.

    Not by moments of all: a node with few cases has no cluster at all in most looks, and an atom at 0 spoils them; the
    tail of a Gumbel distribution is exponential. Errors: BadTable for fewer than 200 maxima.
    Source: Abrams, Kleinman, Kulldorff 2010 (Gumbel); Balkema and de Haan 1974 (excesses).
    """
    values = np.sort(np.asarray(maxima, dtype=np.float64))
    if values.size < 200:
        raise BadTable(f"a tail needs 200 maxima, not {values.size}: replay more")
    start = float(values[int(values.size * (1 - share))])
    excess = values[values > start] - start
    if excess.size < 10:  # hardly ever a cluster: take all there are
        start, excess = 0.0, values[values > 0]
    scale = float(excess.mean()) if excess.size else 1.0
    return Tail(start, max(float((values > start).mean()), 1 / values.size), max(scale, 1e-3))


@dataclass(frozen=True)
class Glance:
    """One look at all nodes: by node, and (nodes, chains) how rare each chain's best is in its node (-ln p)."""

    looks: tuple[Look, ...]
    rarity: Floats

    @property
    def most(self) -> float:
        """The rarity of the rarest: the minimum p over the nodes, before it is calibrated."""
        return float(self.rarity.max(initial=0.0))


@dataclass(frozen=True)
class Ready:
    """A stream split by node, with the plans of its looks: made once for many looks."""

    streams: tuple[Stream, ...]
    plans: tuple[Plan, ...]


def ready(stream: Stream, watch: Watch, nodes: Nodes, hours: npt.ArrayLike) -> Ready:
    parts = tuple(stream if holds.all() else stream.where(holds[stream.leaf]) for holds in nodes.holds)
    return Ready(parts, tuple(planned(part, watch, hours) for part in parts))


def looked(made: Ready, watch: Watch, k: int) -> tuple[Look, ...]:
    """The `k`-th look at every node."""
    return tuple(look(s, watch, p, k) for s, p in zip(made.streams, made.plans, strict=True))


def glance(looks: tuple[Look, ...], tails: Sequence[Tail]) -> Glance:
    """The strengths of `looks` made comparable by each node's own null."""
    rarity = np.stack([np.where(a.best > 0, t.rarity(a.best), 0.0) for a, t in zip(looks, tails, strict=True)])
    return Glance(looks, rarity)


def deepest(nodes: Nodes, excess: npt.ArrayLike, node: int) -> int:
    """The node that names a hotspot found at `node`: the deepest below it that holds 70 % of its excess.

    `excess` (nodes,): observed - expected of the hotspot's zone and window, by node.
    """
    more = np.asarray(excess, dtype=np.float64)
    fits = [i for i in nodes.within(node) if more[i] >= EXCESS * more[node]]
    return max(fits, key=lambda i: (len(nodes.paths[i]), more[i]), default=node)
