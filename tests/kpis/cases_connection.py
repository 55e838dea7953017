"""Connections and planned outages, judged by hand at 14:32 on Friday the 20th."""

from typing import Any, Final

from tests.kpis.judging import BAD, GOOD, OUT, Cases, connection, course, exempt
from tests.kpis.stage import Row, at, complaint, outage

D2 = at("08:00", -2)  # the scheme is due at 08:00 today
SCHEME: Cases = [
    (connection("exactly at the limit", D2, scheme_at="08:00"), GOOD),
    (connection("a minute late", D2, scheme_at="08:01"), BAD),
    (connection("no scheme, past the limit", at("14:31", -2)), BAD),
    (connection("no scheme, exactly at the limit", at("14:32", -2)), OUT),
    (connection("a scheme in the future is not known", D2, scheme_at="15:00"), BAD),
    (connection("archived without a scheme", D2, archived_at="09:00", status="closed"), OUT),
    (connection("another application", D2, scheme_at="08:01", subcategory_1="meter_check"), OUT),
    (connection("a child", D2, parent_order_no="x"), OUT),
    (connection("cancelled", D2, status="cancelled"), OUT),
    (exempt("scheme", connection("exempt", D2)), OUT),
]
I = {"inspected_at": at("08:00", -1)}  # noqa: E741  power is due at 08:00 today
INSTALL: Cases = [
    (connection("exactly at the limit", D2, **I, connected_at="08:00"), GOOD),
    (connection("a minute late", D2, **I, connected_at="08:01"), BAD),
    (connection("no power, past the limit", D2, inspected_at=at("14:31", -1)), BAD),
    (connection("no power, exactly at the limit", D2, inspected_at=at("14:32", -1)), OUT),
    (connection("not inspected", D2), OUT),
    (connection("inspected in the future", D2, inspected_at="15:00", connected_at="15:10"), OUT),
    (connection("archived without power", D2, **I, archived_at="09:00", status="closed"), OUT),
    (connection("a child", D2, **I, parent_order_no="x"), OUT),
    (exempt("install", connection("exempt", D2, **I)), OUT),
]
T12 = at("08:00", -8)  # Thursday the 12th: the fifth working day is the 19th
CONNECTION: Cases = [
    (connection("in the last minute of the fifth day", T12, connected_at=at("23:59", -1)), GOOD),
    (connection("at midnight after it", T12, connected_at=at("00:00")), BAD),
    (connection("no power, past the limit", T12), BAD),
    (connection("no power, the fifth day is today", at("08:00", -7)), OUT),
    (connection("low-voltage business has 6 days", T12, customer_kind="low_voltage_business"), OUT),
    (connection("high voltage has 22", T12, customer_kind="high_voltage", connected_at="08:00"), GOOD),
    (connection("nobody said what customer", T12, customer_kind=None), OUT),
    (connection("archived without power", T12, archived_at="09:00", status="closed"), OUT),
    (connection("a child", T12, parent_order_no="x"), OUT),
    (connection("cancelled", T12, status="cancelled"), OUT),
    (exempt("connection", connection("exempt", T12)), OUT),
    (
        course(
            connection("the customer's two days do not count", T12, connected_at="08:00"),
            ("suspended", at("09:00", -4)),
            ("resumed", at("10:00", -3)),
        ),
        GOOD,
    ),
    (course(connection("paused and not resumed", T12), ("suspended", at("09:00", -4))), OUT),
]
# Scheme due on the 14th at 08:00, power on the 17th at 08:00, all of it on the 19th.
S: Row = {"scheme_at": at("08:00", -6), "inspected_at": at("08:00", -4), "connected_at": at("08:00", -3)}
END: Row = {"archived_at": at("08:00", -2), "status": "closed"}
STAGES: Cases = [
    (connection("every stage exactly at its limit", T12, **S, **END), GOOD),
    (connection("power a minute late", T12, **{**S, "connected_at": at("08:01", -3)}, **END), BAD),
    (connection("scheme a minute late", T12, **{**S, "scheme_at": at("08:01", -6)}, **END), BAD),
    (connection("without the time of the scheme", T12, **{**S, "scheme_at": None}, **END), BAD),
    (connection("never inspected, so that stage has no limit", T12, **{**S, "inspected_at": None}, **END), GOOD),
    (connection("not archived", T12, **S), OUT),
    (connection("archived in the future", T12, **S, archived_at="15:00", status="closed"), OUT),
    (connection("another application has no stage", T12, **S, **END, subcategory_1="meter_check"), OUT),
    (complaint("a complaint", T12, **END), OUT),
    (connection("a child", T12, **S, **END, parent_order_no="x"), OUT),
    (connection("cancelled", T12, **S, **{**END, "status": "cancelled"}), OUT),
    (exempt("connection", connection("exempt", T12, **{**S, "connected_at": at("08:01", -3)}, **END)), OUT),
]


def plan(key: str, start: Any = "09:00", **fields: Any) -> Row:
    """A planned outage that began as planned."""
    return outage(key, **{"kind": "planned", "planned_start_at": start, "started_at": start, **fields})


def temporary(key: str, **fields: Any) -> Row:
    return plan(key, kind="temporary", **fields)


NOTICE: Cases = [
    (plan("exactly 7 days before", announced_at=at("09:00", -7)), GOOD),
    (plan("a minute less", announced_at=at("09:01", -7)), BAD),
    (plan("never announced"), BAD),
    (plan("never announced and never begun", started_at=None), BAD),
    (plan("announced in the future is not known", announced_at="15:00"), BAD),
    (plan("too late to be announced, but it counts on its day", at("09:00", 3), started_at=None), OUT),
    (plan("its start is still to come", "14:33", announced_at=at("09:00", -8), started_at=None), OUT),
    (plan("without a planned start", None, started_at="09:00"), OUT),
    (temporary("a temporary one", announced_at=at("09:01", -7)), OUT),
    (outage("a fault", planned_start_at="09:00"), OUT),
]
TEMPORARY: Cases = [
    (temporary("exactly 24 h before", announced_at=at("09:00", -1)), GOOD),
    (temporary("a minute less", announced_at=at("09:01", -1)), BAD),
    (temporary("never announced"), BAD),
    (temporary("its start is still to come", planned_start_at="14:33", started_at=None), OUT),
    (temporary("without a planned start", planned_start_at=None), OUT),
    (plan("a planned one", announced_at=at("09:01", -1)), OUT),
]
EXECUTION: Cases = [
    (plan("begun as planned"), GOOD),
    (plan("begun later", started_at="12:00"), GOOD),
    (plan("not begun", started_at=None), BAD),
    (plan("it should begin this minute", "14:32", started_at=None), BAD),
    (plan("it should begin in a minute", "14:33", started_at=None), OUT),
    (plan("begun in the future is not known", started_at="15:00"), BAD),
    (plan("without a planned start", None, started_at="09:00"), OUT),
    (temporary("a temporary one"), OUT),
]
START: Cases = [
    (plan("exactly at the planned start"), GOOD),
    (plan("later than planned", started_at="12:00"), GOOD),
    (plan("a minute early", started_at="08:59"), BAD),
    (plan("not begun", started_at=None), OUT),
    (plan("begun in the future is not known", started_at="15:00"), OUT),
    (temporary("a temporary one", started_at="08:59"), OUT),
]
E = {"planned_end_at": "13:00"}
FINISH: Cases = [
    (plan("back exactly at the planned end", **E, restored_at="13:00"), GOOD),
    (plan("back earlier", **E, restored_at="10:00"), GOOD),
    (plan("back a minute late", **E, restored_at="13:01"), BAD),
    (plan("running, past the planned end", planned_end_at="14:31"), BAD),
    (plan("running, exactly at the planned end", planned_end_at="14:32"), OUT),
    (plan("back in the future is not known", **E, restored_at="15:00"), BAD),
    (plan("not begun", **E, started_at=None), OUT),
    (plan("without a planned end", restored_at="13:00"), OUT),
    (temporary("a temporary one", **E, restored_at="13:01"), OUT),
]
CASES: Final[dict[str, Cases]] = {
    "scheme_on_time_rate": SCHEME,
    "install_on_time_rate": INSTALL,
    "connection_on_time_rate": CONNECTION,
    "connection_stages_on_time_rate": STAGES,
    "planned_notice_rate": NOTICE,
    "temporary_notice_rate": TEMPORARY,
    "plan_execution_rate": EXECUTION,
    "plan_start_kept_rate": START,
    "plan_end_kept_rate": FINISH,
}
