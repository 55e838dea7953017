"""Arrow answers -> pandas frames whose columns can be computed with."""

from typing import Any

import pandas as pd
import pyarrow as pa


def frame_of(answer: Any) -> pd.DataFrame:
    """`answer` (pa.Table) as a frame.

    Sums are int64 (DuckDB's have 128 bits), days datetime64, flags with nulls the nullable `boolean`: of an object, `~`
    would be a number.
    """
    for i, field in enumerate(answer.schema):
        if pa.types.is_decimal(field.type):
            kind = pa.int64() if field.type.scale == 0 else pa.float64()
            answer = answer.set_column(i, field.name, answer.column(i).cast(kind))
    frame: pd.DataFrame = answer.to_pandas(date_as_object=False)
    for field in answer.schema:
        if pa.types.is_boolean(field.type) and frame[field.name].dtype == object:
            frame[field.name] = frame[field.name].astype("boolean")
    return frame
