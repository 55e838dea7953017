"""The words that describe a cluster: from the texts of its demands against those of its category elsewhere."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np

from kpis.hotspots.life import Seen
from kpis.hotspots.words import Language, describing, tokens
from kpis.hotspots_facts.seeing import inside, members
from kpis.hotspots_facts.sight import Sight
from kpis.personal import texts_of
from kpis.types import Reader

ELSEWHERE: Final = 300  # texts, the latest
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")


def words_of(
    reader: Reader, sight: Sight, seen: Seen, start: datetime, names: Collection[str], now: datetime
) -> list[dict[str, Any]]:
    """At most five of {word, n, share, usual}: in how many texts here, their share, and the share elsewhere.

    `reader`: of a scope with personal data. `names`: of units, which say where and not what.
    """
    places = members(sight, seen.weight)
    here = inside(sight, places, seen.node, sight.hours_of(start), sight.hour)
    away = ~np.isin(sight.stream.place, places)
    alike, others = (np.flatnonzero(mask)[-ELSEWHERE:] for mask in (sight.of(seen.node) & away, away))
    chosen = sight.rows.iloc[np.unique(np.concatenate([here, alike, others]))]
    texts = texts_of(reader, list(zip(chosen["source"], chosen["source_key"], strict=True)), now)
    said = [texts.reindex(sight.rows["key"].iloc[rows]).dropna().tolist() for rows in (here, alike, others)]
    # A category whose texts are all alike has no word of its own place: then all other demands are the measure.
    return told(said[0], said[1], names) or told(said[0], said[2], names)


def told(ours: Sequence[str], theirs: Sequence[str], names: Collection[str]) -> list[dict[str, Any]]:
    language: Language = "zh" if any(_HAN.search(text) for text in ours) else "en"
    here, elsewhere = ([set(tokens(t, language, names)) for t in texts] for texts in (ours, theirs))
    found = describing([sorted(t) for t in here], [sorted(t) for t in elsewhere])
    return [{"word": w, **_shares(w, here, elsewhere)} for w in found]


def _shares(word: str, here: Sequence[set[str]], elsewhere: Sequence[set[str]]) -> dict[str, Any]:
    n = sum(word in t for t in here)
    usual = sum(word in t for t in elsewhere) / max(len(elsewhere), 1)
    return {"n": n, "share": round(n / max(len(here), 1), 3), "usual": round(usual, 3)}
