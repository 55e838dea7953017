"""[sources] of lightkeeper.toml: the databases that are read, and how their tables become canonical ones."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, field_validator, model_validator

from settings_channels import Frozen, Seconds
from store.facts import schema

TIME_OF_DAY: Final = r"([01]\d|2[0-3]):[0-5]\d"
CHANNEL: Final = r"[a-z_][a-z0-9_]{0,62}"
LISTENING: Final = r"postgresql(\+psycopg)?://"  # urls of the driver that can wait for a NOTIFY


def near(name: str, known: Iterable[str]) -> str:
    """The end of a sentence: what `name` may have meant."""
    found = get_close_matches(name, list(known), 1)
    return f"; did you mean {found[0]}?" if found else ""


def known_zone(value: str) -> str:
    """`value`. Errors: ValueError where there is no such time zone."""
    if value not in available_timezones():
        raise ValueError(f"no such time zone{near(value, available_timezones())}")
    return value


class FieldOf(Frozen):
    """How one canonical field is built from the columns of a source table. Exactly one way is named."""

    column: str | None = None  # copy this column
    const: str | int | float | bool | None = None  # the same value in every row
    first_of: tuple[str, ...] = ()  # the first of these columns that is not blank
    minutes_after: str | None = None  # with `column`: that many minutes after this time column
    codes: str | None = None  # translate through this code table of the source
    time_format: str | None = None  # strptime form, epoch_s or epoch_ms; else the table's
    otherwise: str | int | float | bool | None = None  # where the column is blank

    @model_validator(mode="after")
    def one_way(self) -> Self:
        ways = [self.column is not None, self.const is not None, bool(self.first_of)]
        if sum(ways) != 1:
            raise ValueError("name exactly one of column, const, first_of")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Source columns this field reads."""
        named = (self.column, self.minutes_after, *self.first_of)
        return tuple(c for c in named if c)


class Mapping(Frozen):
    """One source table (or view) read into one canonical table."""

    into: str
    table: str
    key: tuple[str, ...]
    changed_at: str | None = None  # column with the time of the last change; None: see `increasing`, `open_where`
    increasing: bool = False  # the key only grows, as a number or as text of one width: new rows are read by it
    time_format: str | None = None  # how times look where the driver gives text or numbers; None: native
    every_s: Seconds | None = None  # slower than the source's poll, e.g. for a tree of units
    fresh_s: Seconds | None = None  # a promise of its own, e.g. of an extract; None: the source's, after `every_s`
    where: dict[str, str | int] = Field(default_factory=dict)  # only rows with these values
    columns: dict[str, FieldOf] = Field(default_factory=dict)
    identity: tuple[str, ...] = ()  # source columns of account number, phone and address, in this order
    personal: dict[str, FieldOf] = Field(default_factory=dict)  # name, phone, address, text
    unknown_points: tuple[tuple[float, float], ...] = ()  # (lon, lat) of the source's default places
    vanished: str | None = None  # time field set when a row is no longer listed (whole-table reads only)
    open_where: dict[str, tuple[str | int, ...]] = Field(default_factory=dict)  # a row is open while it has such values
    open_while_empty: tuple[str, ...] = ()  # and while these columns are empty

    @property
    def cursor(self) -> str | None:
        """The column by which polls go on; None where they can not."""
        return self.changed_at or (self.key[0] if self.increasing else None)

    @property
    def tells_open(self) -> bool:
        """Whether open rows can be told from others in the source."""
        return bool(self.open_where or self.open_while_empty)

    @property
    def is_whole(self) -> bool:
        """Whether each poll reads the whole table: nothing tells what is new in it, nor what is open."""
        return self.cursor is None and not self.tells_open

    @field_validator("key", mode="before")
    @classmethod
    def one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("columns", "personal", mode="before")
    @classmethod
    def bare_name_is_a_column(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: {"column": v} if isinstance(v, str) else v for k, v in value.items()}
        return value

    @model_validator(mode="after")
    def identity_of_three(self) -> Self:
        if len(self.identity) > 3:
            raise ValueError("identity names more than account number, phone and address; leave the others out")
        if self.identity[2:] and "transformer_area" not in self.columns:
            raise ValueError(
                "identity names an address, which means one home only within its transformer area; map transformer_area"
            )
        return self

    @model_validator(mode="after")
    def one_way_to_go_on(self) -> Self:
        if self.increasing and self.changed_at:
            raise ValueError("changed_at is the better cursor; leave out increasing")
        if self.increasing and len(self.key) != 1:
            raise ValueError("increasing needs a key of one column, which grows")
        if self.vanished and not self.is_whole:
            raise ValueError(
                "vanished is for a table that is read whole; leave it out, or changed_at and what tells open rows"
            )
        return self

    @field_validator("into")
    @classmethod
    def known_table(cls, value: str) -> str:
        if value not in schema.TABLES:
            raise ValueError(f"no canonical table `{value}`{near(value, schema.TABLES)}")
        return value


class Source(Frozen):
    """One database of the utility."""

    url: SecretStr
    zone: str = "Asia/Shanghai"
    poll_s: Seconds = 1.0
    fresh_s: Seconds = 15.0  # promise: data older than this are stale
    limit_s: Seconds = 60.0  # a read that outlives this is killed
    overlap_s: Annotated[float, Field(ge=0)] = 5.0  # how far behind the watermark each poll reads again
    overlap_keys: Annotated[int, Field(ge=0)] = 1_000  # the same by an increasing key
    page: Annotated[int, Field(ge=100)] = 20_000
    look_back_s: Annotated[float, Field(ge=0)] = 86_400.0  # how far back rows are compared again and again; 0: never
    look_back_keys: Annotated[int, Field(ge=0)] = 100_000  # the same by an increasing key
    look_back_every_s: Seconds = 20.0  # pace of that: a change that commits late is seen so much later at the most
    reconcile_s: Seconds = 120.0  # pace at which open rows older than that are compared
    recent_days: Annotated[float, Field(ge=0)] = 7.0  # rows changed in these days are compared once a night
    nightly_at: str = "02:30"  # when that is, by the source's zone
    budget_s: Seconds = 20.0  # seconds of query time a minute; when it is spent, polls wait
    bell: str | None = None  # PostgreSQL: channel whose NOTIFY has the source polled at once
    coordinates: Literal["wgs84", "gcj02", "bd09"] = "wgs84"  # of its longitudes and latitudes; facts are WGS-84
    clock: str | None = None  # table.column whose newest value is the source's clock (a replayed source); else its own
    clock_format: str | None = None  # how that value looks; else as the times of the same table
    codes: dict[str, dict[str, str | int | float | bool]] = Field(default_factory=dict)
    tables: tuple[Mapping, ...]

    @field_validator("zone")
    @classmethod
    def known_zone(cls, value: str) -> str:
        return known_zone(value)

    @field_validator("bell")
    @classmethod
    def channel(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(CHANNEL, value):
            raise ValueError(f"{value} can not be a channel; use up to 63 small letters, digits and underscores")
        return value

    @model_validator(mode="after")
    def bell_of_postgresql(self) -> Self:
        if self.bell is not None and not re.match(LISTENING, self.url.get_secret_value()):
            raise ValueError(
                "only PostgreSQL has a bell (NOTIFY), read with a url like postgresql+psycopg://; "
                "remove bell: the source is polled at its pace"
            )
        return self

    @field_validator("nightly_at")
    @classmethod
    def time_of_day(cls, value: str) -> str:
        if not re.fullmatch(TIME_OF_DAY, value):
            raise ValueError(f'{value} is not a time of day; write hours and minutes, like "02:30"')
        return value


def mapping_id(mapping: Mapping, tables: Sequence[Mapping] = ()) -> str:
    """The stable name of a mapping within its source, which reads `tables`. Those of the same rows differ by key."""
    name = _rows_id(mapping)
    is_shared = any(_rows_id(other) == name and other.key != mapping.key for other in tables)
    return f"{name} by {', '.join(mapping.key)}" if is_shared else name


def _rows_id(mapping: Mapping) -> str:
    only = ", ".join(f"{column}={value!r}" for column, value in sorted(mapping.where.items()))
    return f"{mapping.table}->{mapping.into}" + (f" where {only}" if only else "")
