"""Lists of this moment as files: they follow the unit of the address alone, and their times are the site's."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa

from dashboard.components.export_lists import Line, Listed, of_rows
from dashboard.components.matter_tables import Naming, every
from dashboard.components.order_answers import Asked
from dashboard.components.sheet import Column


def of_now(
    asked: Asked,
    naming: Naming,
    columns: list[Column],
    found: pd.DataFrame,
    row: Callable[[Any], tuple[Any, ...]],
) -> Listed:
    """A list that follows the unit of the address alone."""
    t, rows = asked.view.t, [row(one) for one in every(found)]
    zoned = pa.timestamp("us", asked.house.settings.site.zone)
    lines: tuple[Line, ...] = (
        (t("unit"), asked.question.units.name(asked.query.unit) or t("all")),
        (t("what it is of##line"), naming.said),
    )
    return Listed(naming.file, naming.name, columns, of_rows(columns, rows, zoned), len(rows), lines)


def times(asked: Asked, names: tuple[str, ...]) -> list[Column]:
    """Columns of times, each with the zone they are read in."""
    return [Column(f"{name} ({asked.house.settings.site.zone})", "time") for name in names]


def time_of(at: Any) -> Any:
    """A time of a row; None where it has none."""
    return None if pd.isna(at) else at.to_pydatetime()


def text_of(value: Any) -> str | None:
    """A text of a row; None where it has none."""
    return None if value is None or pd.isna(value) else str(value)


def number_of(value: Any) -> int | None:
    """A number of a row; None where nobody counted."""
    return None if pd.isna(value) else int(value)
