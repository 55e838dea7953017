"""The canonical rows: every table of the facts, its columns, their types and meaning, in one place.

DuckDB's tables, the Ibis schemas, the check of a mapping and `docs/facts.md` are all made from `TABLES`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

Kind = Literal["text", "time", "real", "int", "flag", "day", "hash"]

DUCKDB_TYPE: Final[dict[Kind, str]] = {
    "text": "VARCHAR",
    "time": "TIMESTAMPTZ",
    "real": "DOUBLE",
    "int": "BIGINT",
    "flag": "BOOLEAN",
    "day": "DATE",
    "hash": "UBIGINT",
}
IBIS_TYPE: Final[dict[Kind, str]] = {
    "text": "string",
    "time": "timestamp('UTC', 6)",
    "real": "float64",
    "int": "int64",
    "flag": "boolean",
    "day": "date",
    "hash": "uint64",
}


@dataclass(frozen=True)
class Column:
    """One column. `derived` ones are computed at merge by `kpis.derive`, never mapped from a source."""

    name: str
    kind: Kind
    doc: str
    derived: bool = False


@dataclass(frozen=True)
class Table:
    """One kind of row. Its key is always (source, source_key)."""

    name: str
    doc: str
    own: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        return KEY + self.own + COMMON

    @property
    def mappable(self) -> frozenset[str]:
        """What the settings may fill: the row's own columns without the derived ones."""
        return frozenset(c.name for c in self.own if not c.derived)

    @property
    def derived(self) -> tuple[Column, ...]:
        return tuple(c for c in self.own if c.derived)


def _text(name: str, doc: str) -> Column:
    return Column(name, "text", doc)


def _time(name: str, doc: str) -> Column:
    return Column(name, "time", doc)


def _flag(name: str, doc: str) -> Column:
    return Column(name, "flag", doc)


KEY: Final = (
    _text("source", "name of the source in the settings"),
    _text("source_key", "key of the row in its source, as text"),
)
COMMON: Final = (
    _time("changed_at", "when the source says the row last changed; null where it does not say"),
    _time("read_at", "when we read this version of the row (our clock)"),
    Column("row_hash", "hash", "hash of the mapped values: an equal hash is no update"),
    _time("gone_at", "when the row was first missing from its source; null while it is there"),
    Column(
        "faults", "text", "names of what is wrong with the row, comma separated; null when nothing is", derived=True
    ),
)
PLACE: Final = (
    _text("city", "code of the city company"),
    _text("county", "code of the county company"),
    _text("station", "code of the supply station"),
    _text("grid", "code of the service grid"),
    _text("transformer_area", "code of the transformer area (台区)"),
    _text("feeder", "code of the feeder (馈线)"),
    _text("area_class", "urban / rural / remote"),
    Column("lon", "real", "longitude, WGS-84 degrees; null when the place is unknown"),
    Column("lat", "real", "latitude, WGS-84 degrees; null when the place is unknown"),
)
# Dimensions of the site's own wall clock, so that no figure needs a time zone in its query.
SITE_TIME: Final = (
    Column("day", "day", "the site's calendar day on which the row counts", derived=True),
    Column("hour", "int", "the site's hour of that moment, 0 to 23", derived=True),
    Column("weekday", "int", "the site's weekday of that day, 1 Monday to 7 Sunday", derived=True),
    Column("event_day", "text", "name of the major event on that day there, by the settings; else null", derived=True),
)

# The clocks of an order and the lines each may have, the main one first (kpis.order_clocks; docs/clocks.md).
CLOCK_LINES: Final = {
    "dispatch": ("internal",),
    "receive": ("internal",),
    "arrival": ("promise", "internal", "regulatory"),
    "restoration": ("promise", "internal"),
    "contact": ("promise", "internal"),
    "answer": ("promise", "internal", "regulatory"),
    "reply": ("internal",),
    "revisit": ("internal",),
    "scheme": ("promise", "internal"),
    "install": ("promise", "internal"),
    "connection": ("promise", "internal"),
}


def due_column(clock: str, line: str) -> str:
    """The column with the deadline of a clock; that of its main line has the shorter name."""
    return f"{clock}_due_at" if line == CLOCK_LINES[clock][0] else f"{clock}_{line}_due_at"


DEADLINES: Final = tuple(
    Column(due_column(clock, line), "time", f"{line} limit of the {clock} clock; null where none applies", derived=True)
    for clock, own in CLOCK_LINES.items()
    for line in own
)
MINUTES: Final = tuple(
    Column(f"{clock}_min", "real", f"minutes of the {clock} clock without its stops, once it ended", derived=True)
    for clock in CLOCK_LINES
)

# How far links between demands look back and forward: the longest window of any figure.
REACH_DAYS: Final = 60
# What a customer wants done. Urging is a call about another order; praise and queries want nothing.
DEMANDS: Final = (*("complaint", "report", "opinion", "suggestion", "enquiry", "service_application", "fault_report"),)
# Same matter: of an outage the same place, of all else the same category and subcategory_1 (store.facts.repeats).
LINKS: Final = (
    Column("is_outage_topic", "flag", "about an outage, by its category, its outage or the site's words", derived=True),
    Column(
        "previous_demand_at",
        "time",
        "the last demand before it of the same identity on the same matter, within 60 days; else null",
        derived=True,
    ),
    Column("next_demand_at", "time", "the first such demand after it, within 60 days; else null", derived=True),
    Column(
        "matter_calls",
        "int",
        "calls of the identity on the matter in the 60 days up to it, its own included; null where it stands alone "
        "with one call",
        derived=True,
    ),
    Column(
        "escalated_from",
        "text",
        "95598 / 12345 / 12398: the highest level the matter had reached, where this one went higher; else null",
        derived=True,
    ),
)

WORK_ORDERS: Final = Table(
    "work_orders",
    "one demand of a customer (or of our own monitoring) with its course; counts on the day it was accepted",
    (
        _text("order_no", "number people use for the order"),
        _text("channel", "95598 / 12345 / 12398 / app / media / other"),
        _text(
            "category",
            "fault_report, complaint, report, opinion, suggestion, enquiry, service_application, urging, praise, "
            "query, proactive_repair, other",
        ),
        _text("subcategory_1", "first level below the category"),
        _text("subcategory_2", "second level"),
        _text("subcategory_3", "third level"),
        _text("grade", "general / important / major / special"),
        _text("urgency", "general / important / urgent"),
        _text("customer_no", "customer account number (户号)"),
        _text("customer_kind", "high_voltage / low_voltage_business / residential"),
        _text("given_tier", "diamond / platinum / silver / none, as the source says"),
        Column("capacity_kva", "real", "contracted capacity of the customer, kVA"),
        Column("arrears_cny", "real", "what the customer owes, yuan"),
        Column("tier", "text", "the source's tier, else that of the settings by capacity and arrears", derived=True),
        _flag("is_sensitive", "sensitive customer"),
        _flag("is_important_customer", "important customer by GB/T 29328"),
        _flag("is_anonymous", "customer wants to stay anonymous"),
        _flag("is_confidential", "content is confidential"),
        _flag("is_leapfrog", "complaint went past the normal level"),
        _text(
            "identity_key",
            "HMAC of the account number, else of the normalised phone, else of the normalised address with its "
            "transformer area; null when none is known",
        ),
        *PLACE,
        _flag("place_unknown", "the source's place is its default point or missing"),
        _text("crew", "repair crew"),
        _text("handler", "person code of the handler"),
        _text("manager", "person code of the manager of the transformer area (台区经理)"),
        _text("cause_1", "cause found"),
        _text("cause_2", "cause in detail"),
        _time("accepted_at", "受理"),
        _time("dispatched_at", "派单"),
        _time("received_at", "接单"),
        _time("arrived_at", "到达现场"),
        _time("surveyed_at", "勘察"),
        _time("restored_at", "复电 / 修复"),
        _time("contacted_at", "first contact with a complainant"),
        _time("replied_at", "回单"),
        _time("reviewed_at", "审核"),
        _time("revisited_at", "回访"),
        _time("archived_at", "归档"),
        _time("scheme_at", "supply scheme answered (供电方案答复), of a connection"),
        _time("inspected_at", "completion inspected (竣工检验), of a connection"),
        _time("connected_at", "meter installed and power on (装表接电), of a connection"),
        _text("status", "open / closed / cancelled"),
        _text("parent_order_no", "number of the order this one was merged into (子单)"),
        Column("call_count", "int", "calls for this matter, 1 or more"),
        _flag("restore_first", "先复电后抢修"),
        _text("asset_ownership", "utility / customer / other"),
        _flag("substantiated", "complaint found true"),
        _text("outage_no", "number of the outage the order belongs to"),
        _time("given_due_at", "a limit the source itself states"),
        _text("source_verdict", "the source's own judgement of timeliness: a dimension, never an input"),
        *SITE_TIME,
        *DEADLINES,
        *MINUTES,
        Column("standing", "text", "clocks that an open pause keeps without a deadline, comma separated", derived=True),
        Column(
            "provisional", "text", "clocks whose deadline lies beyond the known tables, comma separated", derived=True
        ),
        Column(
            "exempt", "text", "clocks with an approved exemption, between commas: `,arrival,`; else null", derived=True
        ),
        Column("reopened_at", "time", "the last reopening; null for none", derived=True),
        Column(
            "previous_complaint_at",
            "time",
            "for a complaint: the last complaint before it of the same identity and the same subcategory_1, within 60 "
            "days; else null",
            derived=True,
        ),
        *LINKS,
    ),
)
ORDER_EVENTS: Final = Table(
    "order_events",
    "what happened to an order beside its stages",
    (
        _text("order_no", "the order"),
        _text("kind", "suspended / resumed / solved / reopened / returned / transferred / merged / urged / supervised"),
        _time("at", "when"),
        _text("reason", "reason code or words of the source, without personal data"),
        _text("by", "unit or role that did it"),
    ),
)
PERSONAL: Final = Table(
    "personal",
    "name, phone, address and free text of orders and surveys: a table of its own, read by one module only",
    (
        _text("record", "work_order or survey"),
        _text("name", "contact"),
        _text("phone", "phone"),
        _text("address", "address"),
        _text("text", "free text of the demand"),
    ),
)
OUTAGES: Final = Table(
    "outages",
    "one interruption of supply; counts on the day it started, a plan not carried out on the day it was planned for",
    (
        _text("outage_no", "number people use for the outage"),
        _text("kind", "planned / temporary / fault"),
        *PLACE,
        _flag("place_unknown", "the source's place is missing"),
        Column("customers_out", "int", "customers out now, or at the most recent report while it ran"),
        Column("sensitive_out", "int", "sensitive customers among them"),
        Column("important_out", "int", "important customers among them"),
        _time("started_at", "start"),
        _time("restored_at", "all supply back; null while it runs"),
        _time("estimate_at", "estimated time of restoration as it stands now"),
        _time("planned_start_at", "planned start"),
        _time("planned_end_at", "planned end"),
        _time("announced_at", "notice given"),
        _text("cause_1", "cause"),
        _text("cause_2", "cause in detail"),
        _text("weather", "weather"),
        _text("crew_status", "assigned / on_the_way / on_site / ..., as the source says"),
        *SITE_TIME,
    ),
)
OUTAGE_AREAS: Final = Table(
    "outage_areas",
    "one transformer area in one switching step of an outage",
    (
        _text("outage_no", "the outage"),
        _text("transformer_area", "the area"),
        Column("customers", "int", "customers of the area"),
        _time("off_at", "switched off"),
        _time("on_at", "switched on; null while off"),
    ),
)
OUTAGE_EVENTS: Final = Table(
    "outage_events",
    "what was said about an outage",
    (
        _text("outage_no", "the outage"),
        _text("kind", "estimate_set / estimate_changed / crew_status / notice_sent"),
        _time("at", "when it was said"),
        _time("estimate_at", "the estimate, where the event is one"),
        _text("note", "status or notice in words"),
    ),
)
SURVEYS: Final = Table(
    "surveys",
    "one revisit (回访) with or without an answer; counts on the day it was asked",
    (
        _text("survey_no", "number of the survey"),
        _text("order_no", "the order it asks about"),
        _text("city", "code of the city company"),
        _text("county", "code of the county company"),
        _text("station", "code of the supply station"),
        _text("channel", "phone / sms / app / ..."),
        _text("category", "category of the order it asks about"),
        _text("customer_kind", "as in work_orders"),
        _time("asked_at", "when we asked"),
        _time("answered_at", "when the customer answered"),
        _text("outcome", "answered / unreachable / refused; null while open"),
        Column("score", "real", "the score as given"),
        Column("scale_min", "real", "lowest score of the scale"),
        Column("scale_max", "real", "highest score of the scale"),
        _flag("is_satisfied", "satisfied by the source's own code; null when not answered"),
        _text("reason_1", "reason"),
        _text("reason_2", "reason in detail"),
        *SITE_TIME,
    ),
)
CUSTOMERS: Final = Table(
    "customers",
    "served customers of a transformer area by kind and tier",
    (
        _text("transformer_area", "the area"),
        _text("feeder", "its feeder"),
        _text("city", "code of the city company"),
        _text("county", "code of the county company"),
        _text("station", "code of the supply station"),
        _text("customer_kind", "as in work_orders"),
        _text("tier", "as in work_orders"),
        Column("customers", "int", "how many"),
        Column("sensitive", "int", "sensitive ones among them"),
        Column("important", "int", "important ones among them"),
    ),
)
UNITS: Final = Table(
    "units",
    "the tree of units and the network's named parts",
    (
        _text("code", "code used in the rows"),
        _text("kind", "city / county / station / grid / feeder / transformer_area / crew"),
        _text("parent", "code of the unit above"),
        _text("name_zh", "Chinese name"),
        _text("name_en", "English name"),
        _text("boundary", "id of its feature in the boundary file"),
        _text("area_class", "urban / rural / remote"),
        Column("lon", "real", "a point inside it"),
        Column("lat", "real", "a point inside it"),
    ),
)
# Who somebody is for the alerts. Those of `people` and of the duty file; `handler` is whom an order itself names.
ROLES: Final = (
    "crew",
    "handler",
    "area_manager",
    "patch_manager",
    "account_manager",
    "station_head",
    "county_duty",
    "city_duty",
    "city_leader",
    "system_duty",
)
PEOPLE: Final = Table(
    "people",
    "who can be told: crew, area manager, station head, on duty, and the exits that reach them",
    (
        _text("person_code", "code of the person"),
        _text("role", "crew / area_manager / patch_manager / account_manager / station_head / county_duty / city_duty"),
        _text("unit", "code of the unit or crew the role is for"),
        _text("name", "name"),
        _text("phone", "phone"),
        _text("email", "mail address"),
        _text("language", "zh / en"),
    ),
)

TABLES: Final[dict[str, Table]] = {
    t.name: t
    for t in (
        WORK_ORDERS,
        ORDER_EVENTS,
        PERSONAL,
        OUTAGES,
        OUTAGE_AREAS,
        OUTAGE_EVENTS,
        SURVEYS,
        CUSTOMERS,
        UNITS,
        PEOPLE,
    )
}

# The moment at which a row of a table counts; day, hour and weekday are of this moment.
COUNTED_AT: Final[dict[str, str]] = {"work_orders": "accepted_at", "surveys": "asked_at", "outages": "started_at"}

# In the order in which people are offered them.
CATEGORIES: Final = (
    "fault_report",
    "complaint",
    "report",
    "opinion",
    "suggestion",
    "enquiry",
    "service_application",
    "urging",
    "praise",
    "query",
    "proactive_repair",
    "other",
)
# What a value may be where a column is a code. Anything else goes to quarantine and the field stays empty.
ALLOWED: Final[dict[str, frozenset[str]]] = {
    "category": frozenset(CATEGORIES),
    "channel": frozenset(["95598", "12345", "12398", "app", "media", "other", "phone", "sms", "visit"]),
    "grade": frozenset(["general", "important", "major", "special"]),
    "urgency": frozenset(["general", "important", "urgent"]),
    "area_class": frozenset(["urban", "rural", "remote"]),
    "status": frozenset(["open", "closed", "cancelled"]),
    "kind@outages": frozenset(["planned", "temporary", "fault"]),
    "outcome": frozenset(["answered", "unreachable", "refused"]),
    "customer_kind": frozenset(["high_voltage", "low_voltage_business", "residential"]),
    "tier": frozenset(["diamond", "platinum", "silver", "none"]),
    "asset_ownership": frozenset(["utility", "customer", "other"]),
}


def allowed(table: str, column: str) -> frozenset[str] | None:
    """The codes `column` of `table` may hold, or None when it is free text."""
    return ALLOWED.get(f"{column}@{table}") or (ALLOWED.get(column) if column != "kind" else None)


# The instant that stands for "now" in an expression: replaced by a parameter after compiling (store.facts.read).
NOW_MARK: Final = datetime(1999, 9, 9, 9, 9, 9, tzinfo=UTC)

if TYPE_CHECKING:
    NOW: Any
else:

    def __getattr__(name: str) -> Any:
        """`NOW` on first use: the children that read sources need the names here, but not Ibis (0.7 s, 60 MB)."""
        if name != "NOW":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import ibis

        globals()["NOW"] = ibis.literal(NOW_MARK, type="timestamp('UTC', 6)")
        return globals()["NOW"]


def ibis_schema(table: Table) -> Any:
    """The Ibis schema of `table`, nullable columns in schema order."""
    import ibis

    return ibis.schema({c.name: IBIS_TYPE[c.kind] for c in table.columns})


def arrow_schema(table: Table, *, derived: bool) -> Any:
    """The Arrow schema of `table`'s columns in schema order, with or without the derived ones."""
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "time": pa.timestamp("us", tz="UTC"),
        "real": pa.float64(),
        "int": pa.int64(),
        "flag": pa.bool_(),
        "day": pa.date32(),
        "hash": pa.uint64(),
    }
    return pa.schema([(c.name, types[c.kind]) for c in table.columns if derived or not c.derived])
