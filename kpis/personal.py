"""The one module that reads personal data (docs/adr): texts of orders, for the words that describe many of them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import pandas as pd

from kpis.types import Reader


def texts_of(reader: Reader, orders: Collection[tuple[str, str]], now: datetime) -> pd.Series:
    """The free text of each of `orders` (source, source_key) that has one, by "source:source_key".

    Errors: StoreError unless the reader's scope allows personal data. What is made of them may name nobody.
    """
    if not orders:
        return pd.Series(dtype=object)
    t: Any = reader.table("personal")
    wanted = t.source_key.isin(sorted({key for _, key in orders}))
    t = t.filter(t.record == "work_order", wanted, t.text.notnull())
    rows = reader.frame(t.select("source", "source_key", "text"), now)
    named = rows["source"].astype(str) + ":" + rows["source_key"].astype(str)
    found = pd.Series(rows["text"].to_numpy(dtype=object), index=named)
    return found[found.index.isin([f"{source}:{key}" for source, key in orders])]


def person_of(reader: Reader, source: str, source_key: str, now: datetime) -> dict[str, str | None]:
    """Name, phone, address and text of one order, as its source has them; None where it has none.

    Errors: StoreError unless the reader's scope allows personal data. Whoever shows it notes who saw it, and why.
    """
    t: Any = reader.table("personal")
    t = t.filter(t.record == "work_order", t.source == source, t.source_key == source_key)
    names = ("name", "phone", "address", "text")
    rows = reader.frame(t.select(*names), now)
    row: Any = rows.iloc[0] if len(rows) else {}
    return {name: str(row[name]) if name in row and pd.notna(row[name]) else None for name in names}
