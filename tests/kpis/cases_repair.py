"""Fault reports, judged by hand at 14:32 on the Friday: dispatch, taking, arrival, restoration, reply."""

from typing import Final

from tests.kpis.judging import BAD, GOOD, OUT, Cases, course, exempt
from tests.kpis.stage import at, complaint, fault

DISPATCH: Cases = [  # 3 min
    (fault("dispatched in time", dispatched_at="08:02"), GOOD),
    (fault("dispatched exactly at the limit", dispatched_at="08:03"), GOOD),
    (fault("dispatched a minute late", dispatched_at="08:04"), BAD),
    (fault("open and past the limit", "14:28"), BAD),
    (fault("open exactly at the limit", "14:29"), OUT),
    (fault("open within the limit", "14:31"), OUT),
    (fault("a child", dispatched_at="08:10", parent_order_no="x"), OUT),
    (fault("cancelled", dispatched_at="08:10", status="cancelled"), OUT),
    (complaint("nobody set a limit for complaints", dispatched_at="09:00"), OUT),
    (fault("restored without a time of dispatch", restored_at="09:00", status="closed"), OUT),
    (fault("closed without any time", status="closed"), OUT),
    (fault("a dispatch in the future is not known", dispatched_at="15:00"), BAD),
    (exempt("dispatch", fault("late, but exempt", dispatched_at="08:10")), OUT),
    (exempt("dispatch", fault("exempt ones do not help either", dispatched_at="08:01")), OUT),
    (exempt("arrival", fault("exempt from another clock", dispatched_at="08:10")), BAD),
    (course(fault("paused and not resumed: no limit runs out"), ("suspended", at("08:01"))), OUT),
    (
        course(
            fault("paused 10 min, then exactly at the limit", dispatched_at="08:13"),
            ("suspended", at("08:01")),
            ("resumed", at("08:11")),
        ),
        GOOD,
    ),
    (
        course(
            fault("paused 10 min, a minute late", dispatched_at="08:14"),
            ("suspended", at("08:01")),
            ("resumed", at("08:11")),
        ),
        BAD,
    ),
    (
        course(
            fault("reopened: it was dispatched once", dispatched_at="08:02", restored_at="09:00"),
            ("reopened", at("10:00")),
        ),
        GOOD,
    ),
    (course(fault("reopened and never dispatched", restored_at="09:00"), ("reopened", at("10:00"))), BAD),
]
D = {"dispatched_at": "08:02"}  # to be taken by 08:07
RECEIVE: Cases = [
    (fault("taken exactly at the limit", **D, received_at="08:07"), GOOD),
    (fault("taken a minute late", **D, received_at="08:08"), BAD),
    (fault("not dispatched, so nothing to take"), OUT),
    (fault("open and past the limit", "14:20", dispatched_at="14:26"), BAD),
    (fault("open exactly at the limit", "14:20", dispatched_at="14:27"), OUT),
    (fault("dispatched in the future", dispatched_at="15:00", received_at="15:20"), OUT),
    (fault("taken in the future is not known", **D, received_at="15:00"), BAD),
    (fault("over without that time", **D, restored_at="09:00", status="closed"), OUT),
    (fault("a child", **D, received_at="09:00", parent_order_no="x"), OUT),
    (fault("cancelled", **D, received_at="09:00", status="cancelled"), OUT),
    (exempt("receive", fault("exempt", **D, received_at="09:00")), OUT),
    (course(fault("a transfer starts it anew", **D, received_at="09:04"), ("transferred", at("09:00"))), GOOD),
    (course(fault("a return too, but then late", **D, received_at="09:06"), ("returned", at("09:00"))), BAD),
    (course(fault("a transfer after the taking", **D, received_at="08:10"), ("transferred", at("09:00"))), BAD),
]
ARRIVAL: Cases = [  # 45 min
    (fault("arrived within 45 min is on time", arrived_at="08:30"), GOOD),
    (fault("arrived exactly at the limit is on time", arrived_at="08:45"), GOOD),
    (fault("arrived a minute after the limit is late", arrived_at="08:46"), BAD),
    (fault("open and past its limit is late at once", "13:46"), BAD),
    (fault("open exactly at its limit is not judged yet", "13:47"), OUT),
    (fault("open within its limit is not judged yet", "14:20"), OUT),
    (fault("arrived within the limit counts though the limit is still running", "14:20", arrived_at="14:30"), GOOD),
    (fault("merged into another order is left out", arrived_at="08:30", parent_order_no="x"), OUT),
    (fault("a late child is left out too", parent_order_no="x"), OUT),
    (fault("cancelled is left out", status="cancelled"), OUT),
    (fault("cancelled after a late arrival is left out", status="cancelled", arrived_at="09:30"), OUT),
    (fault("without an area class there is no limit", area_class=None, arrived_at="08:30"), OUT),
    (fault("a status nobody gave is open", "13:00", status=None), BAD),
    (fault("rural has 90 min", area_class="rural", arrived_at="09:20"), GOOD),
    (complaint("a complaint is no fault report", arrived_at="09:00"), OUT),
    (fault("settled without a visit before the limit had no visit due", archived_at="08:40", status="closed"), OUT),
    (fault("settled without a visit exactly at the limit", archived_at="08:45", status="closed"), OUT),
    (fault("settled without a visit after the limit is late", archived_at="08:50", status="closed"), BAD),
    (fault("supply back before anybody came, in time: no visit due", restored_at="08:40", restore_first=True), OUT),
    (fault("closed without any time is not judged", status="closed"), OUT),
    (fault("arrived before accepted is judged by its end", arrived_at="07:50"), GOOD),
    (fault("an arrival that lies in the future is not known", "08:00", arrived_at="15:00"), BAD),
    (fault("accepted in the future is not known", "15:00", arrived_at="15:10"), OUT),
    (fault("the customer's own installation still wants a visit", asset_ownership="customer", arrived_at="09:00"), BAD),
    (exempt("arrival", fault("late, but exempt", arrived_at="09:00")), OUT),
    (exempt("arrival", fault("open and late, but exempt", "13:00")), OUT),
    (exempt("restoration", fault("exempt from another clock", arrived_at="09:00")), BAD),
    (course(fault("paused and not resumed"), ("suspended", at("08:10"))), OUT),
    (
        course(fault("paused half an hour", arrived_at="09:15"), ("suspended", at("08:10")), ("resumed", at("08:40"))),
        GOOD,
    ),
    (
        course(
            fault("paused half an hour, still late", arrived_at="09:16"),
            ("suspended", at("08:10")),
            ("resumed", at("08:40")),
        ),
        BAD,
    ),
    (
        course(fault("settled by telephone in time, then reopened", archived_at="08:40"), ("reopened", at("10:00"))),
        BAD,
    ),
    (
        course(
            fault("arrived in time, reopened later", arrived_at="08:30", restored_at="09:00"), ("reopened", at("10:00"))
        ),
        GOOD,
    ),
]
ARRIVAL_INTERNAL: Cases = [  # 30 min
    (fault("exactly at the limit", arrived_at="08:30"), GOOD),
    (fault("a minute late, though within the promise", arrived_at="08:31"), BAD),
    (fault("open and past the limit", "14:01"), BAD),
    (fault("open exactly at the limit", "14:02"), OUT),
    (fault("settled without a visit before the limit", archived_at="08:29", status="closed"), OUT),
    (fault("settled without a visit after the limit", archived_at="08:31", status="closed"), BAD),
    (fault("a child", arrived_at="08:31", parent_order_no="x"), OUT),
    (exempt("arrival", fault("exempt", arrived_at="08:31")), OUT),
]
ARRIVAL_REGULATORY: Cases = [  # 60 min
    (fault("exactly at the limit, though past the promise", arrived_at="09:00"), GOOD),
    (fault("a minute late", arrived_at="09:01"), BAD),
    (fault("open and past the limit", "13:31"), BAD),
    (fault("open exactly at the limit", "13:32"), OUT),
    (fault("remote has 240 min", area_class="remote", arrived_at="12:00"), GOOD),
    (fault("cancelled", arrived_at="09:01", status="cancelled"), OUT),
    (exempt("arrival", fault("exempt", arrived_at="09:01")), OUT),
]
A = {"arrived_at": "08:20"}  # urban: due at 11:20
RESTORATION: Cases = [
    (fault("restored within 180 min of arrival is on time", **A, restored_at="11:00"), GOOD),
    (fault("restored exactly at the limit is on time", **A, restored_at="11:20"), GOOD),
    (fault("restored a minute after the limit is late", **A, restored_at="11:21"), BAD),
    (fault("open and past its limit is late at once", **A), BAD),
    (fault("open exactly at its limit is not judged yet", "11:00", arrived_at="11:32"), OUT),
    (fault("open within its limit is not judged yet", "12:00", arrived_at="12:30"), OUT),
    (fault("the clock does not start before arrival", "08:00"), OUT),
    (fault("archived stands in for restored", **A, archived_at="11:10", status="closed"), GOOD),
    (fault("archived too late stands in as well", **A, archived_at="11:30", status="closed"), BAD),
    (fault("restored counts before archived", **A, restored_at="11:10", archived_at="13:00", status="closed"), GOOD),
    (fault("closed without any time is not judged", **A, status="closed"), OUT),
    (fault("a child is left out", **A, restored_at="13:00", parent_order_no="x"), OUT),
    (fault("cancelled is left out", **A, restored_at="13:00", status="cancelled"), OUT),
    (fault("a customer's own installation is left out", **A, restored_at="13:00", asset_ownership="customer"), OUT),
    (fault("the utility's asset is not left out", **A, restored_at="13:00", asset_ownership="utility"), BAD),
    (fault("customer-internal by code is left out", **A, subcategory_1="customer_internal"), OUT),
    (fault("non-power by code is left out", **A, subcategory_1="non_power"), OUT),
    (fault("customer-internal by its Chinese label is left out", **A, subcategory_1="客户内部故障"), OUT),
    (fault("non-power by its Chinese label is left out", **A, subcategory_1="非电力故障"), OUT),
    (fault("another class is not left out", **A, subcategory_1="低压故障"), BAD),
    (fault("restored before arrival is judged by its end", **A, restored_at="08:10"), GOOD),
    (fault("no area class, no limit", **A, area_class=None, restored_at="13:00"), OUT),
    (fault("restored in the future is open now", **A, restored_at="15:00", status="closed"), BAD),
    (fault("arrived in the future has no clock yet", "14:00", arrived_at="14:40"), OUT),
    (exempt("restoration", fault("exempt", **A, restored_at="13:00")), OUT),
    (exempt("arrival", fault("exempt from another clock", **A, restored_at="13:00")), BAD),
    (course(fault("paused and not resumed", **A), ("suspended", at("09:00"))), OUT),
    (
        course(
            fault("paused half an hour", **A, restored_at="11:50"), ("suspended", at("09:00")), ("resumed", at("09:30"))
        ),
        GOOD,
    ),
    (course(fault("restored at 9, reopened at 10, open", **A, restored_at="09:00"), ("reopened", at("10:00"))), BAD),
    (
        course(
            fault("that hour does not count", **A, restored_at="12:20"),
            ("solved", at("09:00")),
            ("reopened", at("10:00")),
        ),
        GOOD,
    ),
    (
        course(
            fault("but no minute more", **A, restored_at="12:21"), ("solved", at("09:00")), ("reopened", at("10:00"))
        ),
        BAD,
    ),
]
RESTORATION_INTERNAL: Cases = [  # 120 min: due at 10:20
    (fault("exactly at the limit", **A, restored_at="10:20"), GOOD),
    (fault("a minute late, though within the promise", **A, restored_at="10:21"), BAD),
    (fault("open and past the limit", "12:00", arrived_at="12:31"), BAD),
    (fault("open exactly at the limit", "12:00", arrived_at="12:32"), OUT),
    (fault("the customer's own", **A, restored_at="10:21", asset_ownership="customer"), OUT),
    (exempt("restoration", fault("exempt", **A, restored_at="10:21")), OUT),
]
R = {**A, "restored_at": "09:00"}  # to be replied by 10:00
REPLY: Cases = [
    (fault("exactly at the limit", **R, replied_at="10:00"), GOOD),
    (fault("a minute late", **R, replied_at="10:01"), BAD),
    (fault("no reply, past the limit", **A, restored_at="13:31"), BAD),
    (fault("no reply, exactly at the limit", **A, restored_at="13:32"), OUT),
    (fault("not restored", **A), OUT),
    (fault("restored in the future", **A, restored_at="15:00"), OUT),
    (fault("replied in the future is not known", **R, replied_at="15:00"), BAD),
    (fault("archived without a reply", **R, archived_at="10:30", status="closed"), OUT),
    (fault("closed without a reply and without a time", **R, status="closed"), OUT),
    (fault("a child", **R, replied_at="10:01", parent_order_no="x"), OUT),
    (fault("cancelled", **R, replied_at="10:01", status="cancelled"), OUT),
    (exempt("reply", fault("exempt", **R, replied_at="10:01")), OUT),
    (course(fault("reopened: it was no solution to be replied", **R), ("reopened", at("09:30"))), OUT),
]
CASES: Final[dict[str, Cases]] = {
    "dispatch_on_time_rate": DISPATCH,
    "receive_on_time_rate": RECEIVE,
    "arrival_on_time_rate": ARRIVAL,
    "arrival_internal_on_time_rate": ARRIVAL_INTERNAL,
    "arrival_regulatory_on_time_rate": ARRIVAL_REGULATORY,
    "restoration_on_time_rate": RESTORATION,
    "restoration_internal_on_time_rate": RESTORATION_INTERNAL,
    "reply_on_time_rate": REPLY,
}
