"""What is open now, and which fields are there, judged by hand at 14:32 on the Friday. A count has no bad rows."""

from typing import Final

from tests.kpis.judging import BAD, GOOD, OUT, Cases, connection, course, demand, exempt, fault_ended
from tests.kpis.stage import Row, at, complaint, fault, outage, survey

OPEN: Cases = [
    (fault("open"), GOOD),
    (complaint("every category"), GOOD),
    (fault("nobody gave a status", status=None), GOOD),
    (fault("restored, not archived", arrived_at="08:20", restored_at="09:00"), GOOD),
    (fault("archived", archived_at="09:00", status="closed"), OUT),
    (fault("archived in the future", archived_at="15:00", status="closed"), GOOD),
    (fault("closed without a time", status="closed"), OUT),
    (course(fault("archived and reopened", archived_at="09:00"), ("reopened", at("10:00"))), GOOD),
    (fault("a child", parent_order_no="x"), OUT),
    (fault("cancelled", status="cancelled"), OUT),
    (fault("accepted in the future", "15:00"), OUT),
]
A = {"arrived_at": "08:20"}  # urban: to be restored by 11:20
LATE: Cases = [
    (fault("nobody came, past the limit", "13:46"), GOOD),
    (fault("nobody came, exactly at the limit", "13:47"), OUT),
    (fault("somebody came late, and the next limit runs", arrived_at="13:00"), OUT),
    (fault("not restored, past the limit", **A), GOOD),
    (fault("restored late, not archived: nothing runs", **A, restored_at="13:00"), OUT),
    (fault("restored without a visit, not archived: no visit is due", restored_at="08:40"), OUT),
    (fault("the customer's own installation, seen", **A, asset_ownership="customer"), OUT),
    (fault("the customer's own installation, not seen", "13:00", asset_ownership="customer"), GOOD),
    (fault("arrived in the future", arrived_at="15:00"), GOOD),
    (fault("archived", archived_at="09:00", status="closed"), OUT),
    (fault("a child", parent_order_no="x"), OUT),
    (fault("cancelled", status="cancelled"), OUT),
    (exempt("arrival", fault("exempt")), OUT),
    (course(fault("paused and not resumed"), ("suspended", at("08:10"))), OUT),
    (course(fault("restored and reopened", **A, restored_at="09:00"), ("reopened", at("10:00"))), GOOD),
]
DEMANDS: Cases = [
    (complaint("nobody called, past the limit", at("14:31", -1)), GOOD),
    (complaint("nobody called, exactly at the limit", at("14:32", -1)), OUT),
    (complaint("late twice counts once", at("08:00", -8)), GOOD),
    (complaint("answered and contacted, not archived", at("08:00", -8), contacted_at="09:00", replied_at="10:00"), OUT),
    (connection("a connection", at("08:00", -8), scheme_at=at("09:00", -7), replied_at=at("09:00", -7)), GOOD),
    (demand("opinion", "an internal limit is no promise", at("08:00", -30)), OUT),
]
REPAIRS: Cases = [
    (fault("open"), GOOD),
    (fault("on site", **A), GOOD),
    (fault("restored", **A, restored_at="09:00"), OUT),
    (fault("restored in the future", **A, restored_at="15:00", status="closed"), GOOD),
    (fault("archived", archived_at="09:00", status="closed"), OUT),
    (fault("the customer's own, not seen", asset_ownership="customer"), GOOD),
    (fault("the customer's own, seen: nobody repairs it", **A, asset_ownership="customer"), OUT),
    (complaint("a complaint"), OUT),
    (fault("a child", parent_order_no="x"), OUT),
    (fault("cancelled", status="cancelled"), OUT),
    (course(fault("restored and reopened", **A, restored_at="09:00"), ("reopened", at("10:00"))), GOOD),
]
ARCHIVED = {"archived_at": "10:00", "status": "closed"}
PLANNED = {"kind": "planned", "planned_start_at": "12:00"}


def _ended(field: str) -> Cases:
    """Of ended fault reports."""
    return [
        (fault_ended("it is there", **({"crew": "C1"} if field == "crew" else {})), GOOD),
        (fault_ended("it is not there", **{"archived_at": "09:30", field: None}), BAD),
        (fault("not ended", arrived_at="08:20"), OUT),
        (fault_ended("ends in the future", restored_at="15:00"), OUT),
        (complaint("a complaint", **ARCHIVED), OUT),
        (fault_ended("a child", **{"archived_at": "09:30", field: None}, parent_order_no="x"), OUT),
    ]


def _of_all(field: str, value: str) -> Cases:
    none: Row = {field: None}
    return [
        (fault("it is there", **{field: value}), GOOD),
        (fault("it is not there", **none), BAD),
        (fault("a child", **none, parent_order_no="x"), OUT),
        (fault("cancelled", **none, status="cancelled"), OUT),
    ]


CASES: Final[dict[str, Cases]] = {
    "open_orders": OPEN,
    "overdue_open_orders": [*LATE, *DEMANDS],
    "open_repairs": REPAIRS,
    "overdue_open_repairs": [*LATE, (complaint("a complaint", at("08:00", -8)), OUT)],
    "complete_station_rate": [*_of_all("station", "A1"), (complaint("of every category", station=None), BAD)],
    "complete_area_class_rate": [*_of_all("area_class", "urban"), (complaint("a complaint needs none"), OUT)],
    "complete_identity_key_rate": _of_all("identity_key", "somebody"),
    **{
        f"complete_{field}_rate": _ended(field)
        for field in ("dispatched_at", "received_at", "arrived_at", "restored_at", "crew")
    },
    "complete_contacted_at_rate": [
        (complaint("answered, with contact", contacted_at="09:00", replied_at="10:00"), GOOD),
        (complaint("answered, without", replied_at="10:00"), BAD),
        (complaint("archived, without", **ARCHIVED), BAD),
        (demand("report", "a report, without", "08:00", replied_at="10:00"), BAD),
        (complaint("not answered"), OUT),
        (complaint("answered in the future", replied_at="15:00"), OUT),
        (fault("a fault report", replied_at="10:00"), OUT),
    ],
    "complete_replied_at_rate": [
        (complaint("archived, with an answer", replied_at="09:00", **ARCHIVED), GOOD),
        (complaint("archived, without", **ARCHIVED), BAD),
        (complaint("closed without any time", status="closed"), BAD),
        (demand("report", "a report, without", "08:00", **ARCHIVED), BAD),
        (complaint("not archived"), OUT),
        (complaint("archived in the future", archived_at="15:00", status="closed"), OUT),
        (fault("a fault report", **ARCHIVED), OUT),
    ],
    "complete_revisited_at_rate": [
        (complaint("archived, with a revisit", revisited_at="09:00", **ARCHIVED), GOOD),
        (complaint("archived, without", **ARCHIVED), BAD),
        (demand("report", "a report", "08:00", **ARCHIVED), OUT),
        (complaint("not archived"), OUT),
    ],
    "complete_planned_start_at_rate": [
        (outage("it is there", **PLANNED), GOOD),
        (outage("it is not there", kind="planned"), BAD),
        (outage("nor of a temporary one", kind="temporary"), BAD),
        (outage("a fault has none"), OUT),
    ],
    "complete_announced_at_rate": [
        (outage("it is there", **PLANNED, announced_at="08:00"), GOOD),
        (outage("it is not there", **PLANNED), BAD),
        (outage("nor of a temporary one", kind="temporary"), BAD),
        (outage("a fault has none"), OUT),
    ],
    "complete_is_satisfied_rate": [
        (survey("satisfied", outcome="answered", is_satisfied=True), GOOD),
        (survey("not satisfied is an answer too", outcome="answered", is_satisfied=False), GOOD),
        (survey("answered without a verdict", outcome="answered"), BAD),
        (survey("unreachable", outcome="unreachable"), OUT),
        (survey("a source without outcomes", is_satisfied=True), OUT),
    ],
}
