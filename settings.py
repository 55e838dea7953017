"""lightkeeper.toml plus the environment -> one frozen `Settings`; all mistakes told at once, with place and cure."""

import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

import settings_channels
from settings_access import Access
from settings_channels import Channel, Delivery, Frozen, Language, Replies, Seconds
from settings_hotspots import Hotspots
from settings_sources import TIME_OF_DAY, FieldOf, Mapping, Source, known_zone, near
from store.facts import schema


class SettingsError(Exception):
    """The settings can not be used. `faults` has one sentence per mistake: place, what is wrong, cure."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


Preset = Literal["3m", "6m", "10m"]


class Tier(Frozen):
    """A tier of customers by contracted capacity and arrears."""

    tier: Literal["diamond", "platinum", "silver", "none"]
    capacity_kva: Annotated[float, Field(ge=0)]  # at least
    arrears_cny: Annotated[float, Field(ge=0)] | None = None  # at most; None: whatever is owed


class EventDays(Frozen):
    """Days of a storm or another major event: from `first` to `last`, both included."""

    name: Annotated[str, Field(min_length=1)]
    first: date
    last: date
    units: tuple[str, ...] = ()  # codes of cities, counties or stations; none: everywhere

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"{self.name} ends on {self.last}, before it begins on {self.first}; exchange them")
        return self


class Frequent(Frozen):
    """So many outages in so many days are a case of frequent outages (频繁停电)."""

    outages: Annotated[int, Field(ge=2)]
    days: Annotated[int, Field(ge=1, le=366)]


# The bands the field knows (domain: provincial weekly report, city wall project); a site may name others.
FREQUENT_OUTAGES: Final = tuple(Frequent(outages=n, days=d) for n, d in ((3, 60), (5, 60), (5, 365), (3, 30)))
# Words of complaints, opinions and enquiries about supply that is away; fault reports always are.
OUTAGE_TOPICS: Final = ("停送电投诉", "频繁停电", "停电", "停电咨询", "停电信息")


class Site(Frozen):
    """Whose service is watched."""

    name: str = "守灯人"
    name_en: str = "Lightkeeper"
    url: str | None = None  # where browsers find us, e.g. https://watch.example: links in messages begin with it
    zone: str = "Asia/Shanghai"
    language: Language = "zh"
    profile: Literal["state_grid", "china_southern"] = "state_grid"  # whose promises the shipped limits are
    boundaries: Path | None = None  # GeoJSON; a feature's property `code` is the unit's code
    map_level: Literal["county", "station"] = "county"
    key: SecretStr = SecretStr("")  # site key of identity HMACs
    critical_customers: Annotated[int, Field(ge=1)] = 1000  # an outage of more is critical: to be confirmed by the site
    crew_orders: int = 2  # open orders a crew can do at once: our choice, to be confirmed by the site
    tiers: tuple[Tier, ...] = ()  # of customers whose source names none; the first that fits
    event_days: tuple[EventDays, ...] = ()  # every figure is also told without them
    outage_topics: tuple[str, ...] = OUTAGE_TOPICS  # subcategories about outages: there the place is the matter
    frequent_outages: tuple[Frequent, ...] = FREQUENT_OUTAGES

    @field_validator("zone")
    @classmethod
    def known_zone(cls, value: str) -> str:
        return known_zone(value)

    @field_validator("crew_orders")
    @classmethod
    def a_crew_can_do_some(cls, value: int) -> int:
        if not 1 <= value <= 99:
            raise ValueError(f"{value} is no number of orders for a crew; write how many it can do at once, 1 to 99")
        return value

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class HeartbeatSettings(Frozen):
    """A receiver outside that raises the alarm when this node gives no sign of life."""

    url: SecretStr  # it names the check: a secret
    every_s: Seconds = 60.0
    method: Literal["GET", "POST"] = "GET"

    @field_validator("url")
    @classmethod
    def of_the_web(cls, value: SecretStr) -> SecretStr:
        if not re.match(r"https?://[^/]", value.get_secret_value()):
            raise ValueError("is no web address; write http://... or https://...")
        return value


class Node(Frozen):
    """Where this node listens and keeps what it writes."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8050
    var: Path = Path("var")
    tick_s: Seconds = 1.0
    ledger_url: SecretStr | None = None  # SQLite under `var` when absent
    heartbeat: HeartbeatSettings | None = None  # none is given when absent

    @property
    def facts_file(self) -> Path:
        return self.var / "facts.duckdb"

    @property
    def socket(self) -> Path:
        return self.var / "node.sock"

    @property
    def ledger(self) -> str:
        return self.ledger_url.get_secret_value() if self.ledger_url else f"sqlite:///{self.var / 'ledger.db'}"


class Retention(Frozen):
    """How long personal data are kept: name, phone, address and text of orders and surveys. The records themselves stay
    for good."""

    personal_days: Annotated[int, Field(ge=365, le=36_500)] = 400  # since an order was accepted, a survey was asked


class Route(Frozen):
    """Who is told of an alert, and by which escalation. A route without conditions is the fallback."""

    rule: tuple[str, ...] = ()  # rule keys; empty: all
    level: tuple[Literal["orange", "red"], ...] = ()  # empty: all
    unit: tuple[str, ...] = ()  # codes of cities, counties or stations; empty: all
    category: tuple[str, ...] = ()  # of the order; outage, kpi, hotspot or watch else; empty: all
    critical: bool | None = None  # only those that are, or are not; None: both
    hours: str | None = None  # 08:00-20:00 of the site, over midnight where the second is not later
    days: Literal["all", "working", "non_working"] = "all"
    to: tuple[str, ...] = ()  # channel:address, a role, roster:NAME or person:CODE
    policy: str | None = None  # an escalation of the duty file, instead of the rule's

    @field_validator("hours")
    @classmethod
    def two_times_of_day(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(rf"{TIME_OF_DAY}-{TIME_OF_DAY}", value):
            raise ValueError(f'{value} are no hours; write them like "08:00-20:00" or "20:00-08:00"')
        return value


# Farthest viewing distance of each preset, in metres from a 55-inch panel.
PRESETS: Final[tuple[tuple[Preset, float], ...]] = (("3m", 3.0), ("6m", 6.0), ("10m", 10.0))
PANEL_IN: Final = 55.0


class Wall(Frozen):
    """Profile of one wall display."""

    pages: Annotated[tuple[str, ...], Field(min_length=1)] = ("situation",)
    page_s: Seconds = 30.0  # how long each screen stands
    area: str | None = None  # unit code; None: everything
    distance_m: Seconds = 6.0  # from the eye to the panel
    diagonal_in: Seconds = PANEL_IN  # of one 16:9 panel, however many stand side by side
    language: Language | None = None
    theme: Literal["dark", "light"] = "dark"
    takeover_s: Seconds = 300.0  # how long a critical alert nobody acknowledges may hold the wall
    reload_at: str | None = None  # HH:MM of the site: the quiet minute at which the page is loaded anew each day
    speak: bool = False  # a tone and a sentence when a critical alert takes the wall
    token: SecretStr | None = None  # kept for signing walls in; never part of a page

    @field_validator("pages")
    @classmethod
    def each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({page for page in value if value.count(page) > 1})
        if twice:
            raise ValueError(f"names {', '.join(twice)} more than once; name each page once")
        return value

    @field_validator("reload_at")
    @classmethod
    def time_of_day(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            raise ValueError(f'{value} is not a time of day; write hours and minutes of the site, like "03:30"')
        return value

    @model_validator(mode="after")
    def near_enough(self) -> Self:
        farthest = PRESETS[-1][1]
        if self._distance_55_m > farthest:
            raise ValueError(
                f"{self.distance_m:g} m from a {self.diagonal_in:g}-inch panel is too far to read; "
                f"stand within {farthest * self.diagonal_in / PANEL_IN:.1f} m "
                f"or take a panel of at least {PANEL_IN * self.distance_m / farthest:.0f} inches"
            )
        return self

    @property
    def _distance_55_m(self) -> float:
        """The distance at which a 55-inch panel looks as large as this one."""
        return self.distance_m * PANEL_IN / self.diagonal_in

    @property
    def preset(self) -> Preset:
        """The smallest preset whose text can be read from there."""
        return next(name for name, farthest in PRESETS if self._distance_55_m <= farthest)


class KpiOptions(Frozen):
    """Options and target of one definition."""

    target: float | None = None
    no_limit: Literal["on_time", "excluded"] = "on_time"  # stated_limit_on_time_rate only
    sustained_min: Annotated[float, Field(ge=0)] = 5.0  # of the reliability figures; set at [reliability] for all


# Figures that ask which interruptions are sustained: [reliability] is for all of them.
SUSTAINED: Final = ("saidi", "saifi", "caidi", "maifi", "customer_hours_lost")


class Reliability(Frozen):
    """How interruptions are counted (IEEE 1366)."""

    sustained_min: Annotated[float, Field(ge=0)] = 5.0  # longer ones are sustained, the others momentary
    deviation: Literal["n-1", "n"] = "n-1"  # of the logarithms of daily SAIDI, for the days of major events
    worst_n: Annotated[int, Field(ge=1)] = 3  # CEMI-n: more than n sustained interruptions
    longest_h: Annotated[float, Field(gt=0)] = 8.0  # CELID: so long without supply


class Indicator(Frozen):
    """How one indicator of a station's risk counts. `fine` is else the site's own rate, and `poor` twice `fine`."""

    weight: Annotated[float, Field(ge=0)] | None = None  # None: the shipped one
    fine: Annotated[float, Field(ge=0)] | None = None  # no points up to here
    poor: Annotated[float, Field(gt=0)] | None = None  # all points from here

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.fine is not None and self.poor is not None and self.poor <= self.fine:
            raise ValueError(f"poor = {self.poor:g} must lie above fine = {self.fine:g}")
        return self


class Stations(Frozen):
    """The risk of supply stations: a weighted score from 0 to 100 (kpis.risk)."""

    yellow: Annotated[float, Field(ge=0, le=100)] = 20.0  # from this score on; our choice, to be confirmed by the site
    red: Annotated[float, Field(ge=0, le=100)] = 40.0
    indicators: dict[str, Indicator] = Field(default_factory=dict)
    # Complaint grades of the two classes of the service conduct rate: our reading, to be confirmed by the site.
    class_1: tuple[str, ...] = ("major", "special")
    class_2: tuple[str, ...] = ("general", "important")

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.red <= self.yellow:
            raise ValueError(f"red = {self.red:g} must lie above yellow = {self.yellow:g}")
        return self


class Settings(BaseSettings):
    """Everything a site may set. LIGHTKEEPER_SITE__KEY=... in the environment wins over the file."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="LIGHTKEEPER_", env_nested_delimiter="__")

    site: Site = Site()
    node: Node = Node()
    retention: Retention = Retention()
    sources: dict[str, Source]
    channels: dict[str, Channel] = Field(default_factory=dict)
    delivery: Delivery = Delivery()
    replies: Replies = Replies()
    routes: tuple[Route, ...] = ()
    walls: dict[str, Wall] = Field(default_factory=lambda: {"main": Wall()})
    kpis: dict[str, KpiOptions] = Field(default_factory=dict)
    limits: Path | None = None  # a limits file instead of the shipped one
    reliability: Reliability = Reliability()
    stations: Stations = Stations()
    hotspots: Hotspots = Hotspots()
    access: Access | None = None  # without it only this machine is served, as the demonstration's user
    calendars: Path | None = None  # years and hours that replace the shipped ones
    rules: Path | None = None  # a rules file instead of the shipped one
    duty: Path | None = None  # a duty file instead of the shipped one

    @model_validator(mode="before")
    @classmethod
    def one_threshold(cls, value: Any) -> Any:
        """`reliability.sustained_min` for every figure that asks it and does not say otherwise."""
        given = value.get("reliability") if isinstance(value, dict) else None
        chosen = given.get("sustained_min") if isinstance(given, dict) else None
        kpis = value.get("kpis", {}) if isinstance(value, dict) else None
        if not isinstance(chosen, int | float) or chosen < 0 or not isinstance(kpis, dict):
            return value  # what is wrong with it is told where it stands
        own = {key: kpis.get(key, {}) for key in SUSTAINED}
        told = {k: {"sustained_min": chosen, **o} if isinstance(o, dict) else o for k, o in own.items()}
        return {**value, "kpis": {**kpis, **told}}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


@dataclass(frozen=True)
class _Place:
    """Where the keys of a TOML file stand, for messages."""

    lines: dict[tuple[str | int, ...], int]

    def of(self, path: tuple[str | int, ...]) -> int:
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


_HEADER: Final = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(r"""^\s*("[^"]*"|'[^']*'|[\w.-]+)\s*=""")


def _parts(dotted: str) -> list[str]:
    return [p.strip().strip("\"'") for p in re.findall(r'"[^"]*"|\'[^\']*\'|[^.\s]+', dotted)]


def _places(text: str) -> _Place:
    """The line of each key, found without a second TOML parser: headers and `key =` are enough for a message."""
    lines: dict[tuple[str | int, ...], int] = {}
    counts: dict[tuple[str | int, ...], int] = {}
    here: tuple[str | int, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            path: tuple[str | int, ...] = ()
            parts = _parts(header.group(2))
            for i, part in enumerate(parts):
                path = (*path, part)
                if path in counts and not (header.group(1) == "[[" and i == len(parts) - 1):
                    path = (*path, counts[path])
            if header.group(1) == "[[":
                counts[path] = counts.get(path, -1) + 1
                path = (*path, counts[path])
            here = path
            lines.setdefault(here, number)
        elif key := _KEY.match(line):
            lines.setdefault((*here, *_parts(key.group(1))), number)
    return _Place(lines)


_CURE: Final[dict[str, str]] = {
    "missing": "add it",
    "extra_forbidden": "remove it or mend its spelling",
    "literal_error": "use one of the named values",
    "greater_than": "choose a larger value",
    "greater_than_equal": "choose a larger value",
    "less_than_equal": "choose a smaller value",
    "float_parsing": "write a number",
    "int_parsing": "write a whole number",
    "string_type": "write it in quotes",
    "too_short": "name at least one",
}


def _sentence(error: ErrorDetails, file: Path, places: _Place) -> str:
    path = _as_written(tuple(error["loc"]))
    where = ".".join(str(p) for p in path)
    what = error["msg"].removeprefix("Value error, ")
    cure = _CURE.get(error["type"], "")
    if error["type"] == "extra_forbidden":
        model_keys = _siblings(tuple(error["loc"]))
        what = "unknown setting"
        cure = near(str(path[-1]), model_keys).removeprefix("; ") or cure
    elif error["type"] == "missing":
        what = "is missing"
    line = places.of(path)
    return f"{file}:{line}: {where or 'settings'}: {what}{f'; {cure}' if cure else ''}"


def _as_written(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Pydantic names a channel's kind after its name; the file has no such table."""
    of_kind = len(path) > 2 and path[0] == "channels" and path[2] in settings_channels.KINDS
    return (*path[:2], *path[3:]) if of_kind else path


def _siblings(path: tuple[str | int, ...]) -> list[str]:
    """Names of settings that may stand where `path` ends."""
    by_first: dict[str, type[BaseModel]] = {
        "site": Site,
        "node": Node,
        "retention": Retention,
        "sources": Source,
        "delivery": Delivery,
        "replies": Replies,
        "routes": Route,
        "walls": Wall,
        "kpis": KpiOptions,
        "hotspots": Hotspots,
        "access": Access,
    }
    if len(path) == 1:
        return list(Settings.model_fields)
    if path[0] == "channels":
        return list(settings_channels.KINDS[str(path[2])].model_fields) if len(path) > 2 else []
    model = by_first.get(str(path[0]))
    if model is Source and "tables" in path:
        model = FieldOf if "columns" in path or "personal" in path else Mapping
    return list(model.model_fields) if model else []


def _tables(node: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The entries of an array of tables that are tables; pydantic tells of the others."""
    yield from ((i, entry) for i, entry in enumerate(node if isinstance(node, list) else []) if isinstance(entry, dict))


def _dict(node: Any, key: str) -> dict[str, Any]:
    found = node.get(key) if isinstance(node, dict) else None
    return found if isinstance(found, dict) else {}


FILES: Final = (
    ("site", "boundaries"), ("limits",), ("calendars",), ("rules",), ("duty",), ("access", "ldap", "ca"),
    ("access", "oidc", "ca"),
)  # fmt: skip


def _within(data: dict[str, Any], at: tuple[str, ...]) -> dict[str, Any]:
    """The table in which the last name of `at` stands."""
    for name in at[:-1]:
        data = _dict(data, name)
    return data


def _files(data: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Path]]:
    for at in FILES:
        file = _within(data, at).get(at[-1])
        if isinstance(file, str):
            yield at, Path(file)


def _anchored(data: dict[str, Any], folder: Path) -> None:
    """Files that the settings name lie beside them; what is written lies under the working directory."""
    for at, file in list(_files(data)):
        _within(data, at)[at[-1]] = str(folder / file)


_PEOPLE: Final = ("person", "roster")  # what stands in `to` beside channels; the duty file knows who is behind them
SHORTEST_KEY: Final = 16
_Fault = tuple[tuple[str | int, ...], str]


def _crossed(data: dict[str, Any]) -> Iterator[_Fault]:
    """What no single value can tell: names that point elsewhere in the file. Works on the raw data, so that another
    mistake in the same table hides nothing."""
    channels = _dict(data, "channels")
    for i, route in _tables(data.get("routes")):
        if not route.get("to") and not route.get("policy"):
            yield ("routes", i, "to"), 'tells nobody; give to = ["mail:duty@example.org"] or policy = "NAME"'
        for exit_ in route.get("to", []) if isinstance(route.get("to"), list) else []:
            name = str(exit_).partition(":")[0]
            if name not in channels and name not in _PEOPLE and exit_ not in schema.ROLES:
                yield ("routes", i, "to"), f"no channel `{name}`; add [channels.{name}] or mend the route"
    for name, source in _dict(data, "sources").items():
        codes = _dict(source, "codes")
        for i, mapping in _tables(source.get("tables") if isinstance(source, dict) else None):
            yield from _crossed_mapping(("sources", name, "tables", i), mapping, codes)
            yield from _crossed_promise(("sources", name, "tables", i), mapping, source)
    key = os.environ.get("LIGHTKEEPER_SITE__KEY") or _dict(data, "site").get("key", "")
    if len(str(key)) < SHORTEST_KEY and _names_identity(data):
        yield (
            ("site", "key"),
            f"is shorter than {SHORTEST_KEY} characters, so identities could be guessed; set LIGHTKEEPER_SITE__KEY",
        )
    for at, file in _files(data):
        if not file.is_file():
            yield at, f"no file {file}; mend the path (it is meant from the settings file's folder)"


def _names_identity(data: dict[str, Any]) -> bool:
    tables = [t for s in _dict(data, "sources").values() if isinstance(s, dict) for _, t in _tables(s.get("tables"))]
    return any(t.get("identity") for t in tables)


def _crossed_promise(at: tuple[str | int, ...], mapping: dict[str, Any], source: dict[str, Any]) -> Iterator[_Fault]:
    promised, pace = mapping.get("fresh_s"), mapping.get("every_s", source.get("poll_s", 1.0))
    if isinstance(promised, int | float) and isinstance(pace, int | float) and promised < pace:
        yield (
            (*at, "fresh_s"),
            f"table `{mapping.get('table')}` of source `{at[1]}` promises data of {promised:g} s and is read every "
            f"{pace:g} s, so it would be late before each read; promise {2 * pace:g}, or read it oftener (every_s)",
        )


def _crossed_mapping(at: tuple[str | int, ...], mapping: dict[str, Any], codes: dict[str, Any]) -> Iterator[_Fault]:
    table = schema.TABLES.get(str(mapping.get("into")))
    for part, known in (
        ("columns", table.mappable if table else None),
        ("personal", schema.TABLES["personal"].mappable - {"record"}),
    ):
        for name, field in _dict(mapping, part).items():
            if known is not None and name not in known:
                yield (*at, part, name), f"no field `{name}` in {table.name if table else part}{near(name, known)}"
            table_of_codes = field.get("codes") if isinstance(field, dict) else None
            if table_of_codes is not None and table_of_codes not in codes:
                hint = near(str(table_of_codes), codes) or f"; add [sources.{at[1]}.codes.{table_of_codes}]"
                yield (*at, part, name), f"no code table `{table_of_codes}`{hint}"
    vanished = mapping.get("vanished")
    if vanished and mapping.get("changed_at"):
        yield (*at, "vanished"), "only a table read whole shows what vanished; remove changed_at or vanished"
    if vanished and table and vanished not in table.mappable:
        yield (*at, "vanished"), f"no field `{vanished}` in {table.name}{near(str(vanished), table.mappable)}"


_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")


def _fill(value: Any, faults: list[str], where: str) -> Any:
    """Replaces ${NAME} by the environment's value, so that secrets need not stand in the file."""
    if isinstance(value, dict):
        return {k: _fill(v, faults, f"{where}.{k}" if where else k) for k, v in value.items()}
    if isinstance(value, list):
        return [_fill(v, faults, f"{where}[{i}]") for i, v in enumerate(value)]
    if isinstance(value, str):
        for name in _VARIABLE.findall(value):
            if name not in os.environ:
                faults.append(f"{where}: environment variable {name} is not set; set it or write the value")
        return _VARIABLE.sub(lambda m: os.environ.get(m.group(1), ""), value)
    return value


def load(file: Path) -> Settings:
    """The settings in `file`. Boundaries, limits, rules and duty are meant from its folder, what is written from ours.

    Errors: SettingsError with every mistake found, each as `file:line: place: what; cure`.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError([f"{file}: cannot be read ({error.strerror}); give the path of a settings file"]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{file}: is not UTF-8 at byte {error.start}; save it as UTF-8"]) from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"{file}: is not TOML: {error}; mend that line"]) from error
    unset: list[str] = []
    data = _fill(data, unset, "")
    _anchored(data, file.parent)
    settings_channels.anchored(data, file.parent)
    places = _places(text)
    faults = [f"{file}: {fault}" for fault in unset]
    secrets = list(settings_channels.filled(data, file.parent))
    faults += [f"{file}:{places.of(at)}: {'.'.join(map(str, at))}: {what}" for at, what in secrets]
    faults += [f"{file}:{places.of(at)}: {'.'.join(map(str, at))}: {what}" for at, what in _crossed(data)]
    try:
        settings = Settings(**data)
    except ValidationError as error:
        raise SettingsError(faults + [_sentence(e, file, places) for e in error.errors()]) from error
    if faults:
        raise SettingsError(faults)
    return _addressed(settings)


def _addressed(settings: Settings) -> Settings:
    """HOST and PORT override the address (a contract of the command line)."""
    host, port = os.environ.get("HOST"), os.environ.get("PORT")
    update: dict[str, Any] = {}
    if host:
        update["host"] = host
    if port:
        if not port.isdigit() or not 1 <= int(port) <= 65535:
            raise SettingsError([f"PORT={port}: is not a port; use 1 to 65535"])
        update["port"] = int(port)
    return settings.model_copy(update={"node": settings.node.model_copy(update=update)}) if update else settings
