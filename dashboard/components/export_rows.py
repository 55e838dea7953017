"""Rows of a list as columns of a file, in the reader's words: whole batches at once, never row by row.

It says of each row what order_cells says of it on the screen; a test holds them together.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dashboard.components import marks, terms
from dashboard.components.format import Translate
from dashboard.components.order_cells import REPEATED, Desk
from dashboard.components.sheet import Column

Times = npt.NDArray[np.datetime64]
NEVER: Final = np.datetime64("NaT", "us")
MINUTE: Final = np.timedelta64(60_000_000, "us")
STAGES: Final = (
    "archived",
    "restored",
    "replied",
    "arrived",
    "contacted",
    "received",
    "dispatched",
)  # the latest first


def order_columns(desk: Desk) -> list[Column]:
    """What `order_arrays` fills, in this order. Times name the zone that a workbook can not carry."""
    t = desk.view.t
    zone = f" ({desk.zone.key})"
    names = [t("level"), t("order no."), t("county##column"), t("station"), t("feeder"), t("category"), t("channel")]
    numbers = [
        t("arrival used, min"),
        t("arrival limit, min"),
        t("restoration used, min"),
        t("restoration limit, min"),
        t("left, min (negative: over)"),
        t("calls"),
    ]
    times = [
        *(t("accepted"), t("dispatched"), t("received##stage"), t("arrived##stage"), t("contacted"), t("replied")),
        *(t("restored"), t("archived"), t("arrival due"), t("restoration due")),
    ]
    return [
        *(Column(name) for name in [*names, t("stage"), t("outcome")]),
        *(Column(name, "number") for name in numbers),
        *(Column(name + zone, "time") for name in times),
        *(Column(name) for name in (t("merged into"), t("source"), t("key in its source"))),
    ]


def order_arrays(desk: Desk, rows: pa.RecordBatch) -> list[pa.Array]:
    """One batch of the list's rows (order_rows) as columns."""
    course = Course(desk, rows)
    t, units = desk.view.t, desk.units
    known = {name: rows.column(name) for name in rows.schema.names}
    zoned = pa.timestamp("us", desk.zone.key)
    numbers: list[Any] = [*course.used(), course.left()]
    return [
        _coded(course.level(), [marks.level_word(t, level) for level in marks.LEVELS]),
        pa.compute.coalesce(known["order_no"], known["source_key"]),
        _said(known["county"], units.name),
        _said(known["station"], units.name),
        _said(known["feeder"], units.name),
        _said(known["category"], lambda code: terms.category(t, code)),
        _said(known["channel"], lambda code: terms.channel(t, code)),
        _coded(course.stage(), stage_words(t)),
        _coded(course.outcome(), [t("repeated"), t("on time"), t("late")]),
        *(_minutes(length) for length in numbers),
        known["call_count"],
        *(known[f"{s}_at"].cast(zoned) for s in ("accepted", "dispatched", "received", "arrived", "contacted")),
        *(known[name].cast(zoned) for name in ("replied_at", "restored_at", "archived_at")),
        *(known[name].cast(zoned) for name in ("arrival_due_at", "restoration_due_at")),
        *(known[name] for name in ("parent_order_no", "source", "source_key")),
    ]


def stage_words(t: Translate) -> list[str]:
    """Words of `Course.stage` by its codes."""
    far = [t("archived"), t("restored"), t("replied"), t("on site"), t("contacted"), t("on the way"), t("dispatched")]
    return [t("merged"), t("cancelled"), t("closed"), *far, t("accepted")]


class Course:
    """The times of a batch of orders, those that have not come by now left out."""

    def __init__(self, desk: Desk, rows: pa.RecordBatch) -> None:
        self._rows = rows
        self.now = np.datetime64(desk.now.replace(tzinfo=None), "us")
        self.at = {s: self._known(f"{s}_at") for s in (*STAGES, "accepted", "ended")}
        self.due = {name: _times(rows.column(f"{name}_at")) for name in ("due", "arrival_due", "restoration_due")}
        self.is_open = _flags(rows.column("is_open"))
        self.is_merged = rows.column("parent_order_no").is_valid().to_numpy(zero_copy_only=False)
        self.is_cancelled = self._is("status", "cancelled")

    def _known(self, name: str) -> Times:
        times = _times(self._rows.column(name))
        return np.where(times <= self.now, times, NEVER)

    def _is(self, name: str, value: str) -> npt.NDArray[np.bool_]:
        return _flags(pa.compute.equal(self._rows.column(name), value))

    def level(self) -> npt.NDArray[np.int8]:
        """Number of the level of the running clock; -1 for none."""
        start, due = _first(self.at["arrived"], self.at["accepted"]), self.due["due"]
        length, gone = due - start, self.now - start
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(length > np.timedelta64(0), gone / length, np.where(self.now > due, 2.0, 1.0))
        share = np.where(np.isnat(due) | np.isnat(start), np.nan, share)
        levels = np.select([share > 1, share >= 0.9, share >= 0.75, share >= 0.5], [3, 2, 1, 0], -1)
        return levels.astype(np.int8)

    def stage(self) -> npt.NDArray[np.int8]:
        come = [~np.isnat(self.at[name]) for name in STAGES]
        shut = ~self.is_open & ~(come[0] | come[1] | come[2])
        return np.select([self.is_merged, self.is_cancelled, shut, *come], range(10), 10).astype(np.int8)

    def used(self) -> list[npt.NDArray[np.timedelta64]]:
        """Time used and limit of arrival, then of restoration."""
        ended = _first(self.at["ended"], np.where(self.is_open, self.now, NEVER))
        arrived = self.at["arrived"]
        found = []
        for start, met, name in (
            (self.at["accepted"], arrived, "arrival"),
            (arrived, self.at["restored"], "restoration"),
        ):
            due = self.due[f"{name}_due"]
            end = np.where(np.isnat(due), NEVER, _first(met, ended))
            found += [end - start, due - start]
        return found

    def left(self) -> npt.NDArray[np.timedelta64]:
        """Of the running clock; below zero the lateness of it, or of an order that has ended."""
        late = self._lateness()
        over = np.where(late > np.timedelta64(0), -late, np.timedelta64("NaT"))
        return np.where(np.isnat(self.due["due"]), over, self.due["due"] - self.now)

    def _lateness(self) -> npt.NDArray[np.timedelta64]:
        """The largest of both clocks of an order that has ended, below zero when in time; NaT when none is known."""
        arrived, ended = self.at["arrived"], self.at["ended"]
        of_arrival = _first(arrived, ended) - self.due["arrival_due"]
        of_restoration = np.where(np.isnat(arrived), NEVER, ended) - self.due["restoration_due"]
        return np.fmax(of_arrival, of_restoration)

    def outcome(self) -> npt.NDArray[np.int8]:
        """0 repeated, 1 on time, 2 late, -1 nothing to say."""
        before = _times(self._rows.column("previous_complaint_at"))
        linked = self._is("category", "complaint") & ~np.isnat(before)
        repeated = linked & (before >= self.at["accepted"] - np.timedelta64(REPEATED))
        late = self._lateness()
        judged = ~linked & ~self.is_open & ~self.is_merged & ~self.is_cancelled & ~np.isnat(late)
        is_late = late > np.timedelta64(0)
        return np.select([repeated, judged & ~is_late, judged & is_late], [0, 1, 2], -1).astype(np.int8)


def survey_columns(desk: Desk) -> list[Column]:
    """What `survey_arrays` fills."""
    t = desk.view.t
    zone = f" ({desk.zone.key})"
    return [
        *(Column(t(name)) for name in ("survey no.", "order no.")),
        *(Column(name + zone, "time") for name in (t("asked"), t("answered"))),
        *(Column(name) for name in (t("county##column"), t("station"), t("category"), t("way"), t("answer"))),
        *(Column(name, "decimal") for name in (t("score"), t("lowest score"), t("highest score"))),
        *(Column(name) for name in (t("satisfied"), t("source"), t("key in its source"))),
    ]


def survey_arrays(desk: Desk, rows: pa.RecordBatch) -> list[pa.Array]:
    """One batch of revisits as columns."""
    t, known = desk.view.t, {name: rows.column(name) for name in rows.schema.names}
    zoned = pa.timestamp("us", desk.zone.key)
    satisfied = known["is_satisfied"].cast(pa.int8()).fill_null(-1).to_numpy(zero_copy_only=False)
    return [
        pa.compute.coalesce(known["survey_no"], known["source_key"]),
        known["order_no"],
        *(known[name].cast(zoned) for name in ("asked_at", "answered_at")),
        *(_said(known[name], desk.units.name) for name in ("county", "station")),
        _said(known["category"], lambda code: terms.category(t, code)),
        _said(known["channel"], lambda code: terms.channel(t, code)),
        _said(known["outcome"], lambda code: terms.answer(t, code)),
        *(known[name] for name in ("score", "scale_min", "scale_max")),
        _coded(satisfied, [t("no"), t("yes")]),
        *(known[name] for name in ("source", "source_key")),
    ]


def _said(codes: pa.Array, word: Callable[[Any], str]) -> pa.Array:
    """Each code in words; a word is looked for once per code, not once per row."""
    coded = codes.dictionary_encode()
    words = pa.array([word(code) for code in coded.dictionary.to_pylist()], pa.string())
    return pa.DictionaryArray.from_arrays(coded.indices, words).cast(pa.string())


def _coded(codes: npt.NDArray[np.int8], words: Sequence[str]) -> pa.Array:
    indices = pa.array(codes, mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string())).cast(pa.string())


def _minutes(lengths: npt.NDArray[np.timedelta64]) -> pa.Array:
    """Whole minutes towards zero, as durations are said."""
    unknown = np.isnat(lengths)
    minutes = np.where(unknown, np.timedelta64(0), lengths) / MINUTE
    return pa.array(np.trunc(minutes).astype(np.int64), mask=unknown)


def _times(column: pa.Array) -> Times:
    """Micro-seconds of UTC; NaT for null."""
    return column.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False).astype("datetime64[us]")


def _flags(column: pa.Array) -> npt.NDArray[np.bool_]:
    return column.fill_null(False).to_numpy(zero_copy_only=False).astype(bool)


def _first(one: Times, other: Times) -> Times:
    return np.where(np.isnat(one), other, one)


def moment(value: datetime, desk: Desk) -> str:
    """A time with its offset, for the lines about the file."""
    return value.astimezone(desk.zone).isoformat(sep=" ", timespec="seconds")
