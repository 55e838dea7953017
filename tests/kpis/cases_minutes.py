"""How long it took, in minutes by hand; None where the row is left out. At 14:32 on the Friday."""

from collections.abc import Sequence
from typing import Any, Final

from tests.kpis.judging import connection, course, demand, exempt
from tests.kpis.stage import Row, at, complaint, fault

Minutes = Sequence[tuple[Row, float | None]]
A: Row = {"arrived_at": "08:20"}
PAUSED: Any = (("suspended", at("08:10")), ("resumed", at("08:20")))
D9 = at("08:00", -9)


def _left_out(clock: str, end: str, **before: Any) -> Minutes:
    """What is left out of every span that ends with the stage `end`."""
    whole = {**before, end: "10:00"}
    return [
        (fault("not ended", **before), None),
        (fault("ends in the future", **{**whole, end: "15:00"}), None),
        (fault("ends before it begins", **{**whole, end: "07:00"}), None),
        (fault("a child", **whole, parent_order_no="x"), None),
        (fault("cancelled", **whole, status="cancelled"), None),
        (exempt(clock, fault("exempt", **whole)), None),
    ]


CASES: Final[dict[str, Minutes]] = {
    "dispatch": [
        (fault("2", dispatched_at="08:02"), 2),
        (complaint("4, of any category", dispatched_at="08:04"), 4),
        (fault("9", dispatched_at="08:09"), 9),
        *_left_out("dispatch", "dispatched_at"),
    ],
    "arrival": [
        (fault("20", arrived_at="08:20"), 20),
        (course(fault("50 with a pause of 10", arrived_at="08:50"), *PAUSED), 40),
        (fault("90, no limit is needed", arrived_at="09:30", area_class=None), 90),
        (complaint("a complaint", arrived_at="09:00"), None),
        *_left_out("arrival", "arrived_at"),
    ],
    "restoration": [
        (fault("60", **A, restored_at="09:20"), 60),
        (fault("120, archived stands in", **A, archived_at="10:20", status="closed"), 120),
        (fault("270", **A, restored_at="12:50"), 270),
        (fault("nobody came", restored_at="09:00"), None),
        (fault("the customer's own", **A, restored_at="09:00", asset_ownership="customer"), None),
        (course(fault("reopened and open", **A, restored_at="09:00"), ("reopened", at("10:00"))), None),
        *_left_out("restoration", "restored_at", **A),
    ],
    "repair": [
        (course(fault("60, the pause is in it", **A, restored_at="09:00"), *PAUSED), 60),
        (fault("120, archived stands in", **A, archived_at="10:00", status="closed"), 120),
        (fault("270, supply back before anybody came", restored_at="12:30"), 270),
        (fault("settled by telephone: nothing was restored", archived_at="08:10", status="closed"), None),
        (fault("the customer's own", **A, restored_at="09:00", asset_ownership="customer"), None),
        (course(fault("reopened and open", **A, restored_at="09:00"), ("reopened", at("10:00"))), None),
        *_left_out("restoration", "restored_at", **A),
    ],
    "contact": [
        (complaint("20", contacted_at="08:20"), 20),
        (course(complaint("50 with a pause of 10", contacted_at="08:50"), *PAUSED), 40),
        (demand("report", "90", "08:00", contacted_at="09:30"), 90),
        (demand("opinion", "an opinion", "08:00", contacted_at="09:30"), None),
        (complaint("not yet"), None),
        (complaint("in the future", contacted_at="15:00"), None),
        (exempt("contact", complaint("exempt", contacted_at="09:00")), None),
    ],
    "answer": [
        (complaint("60", replied_at="09:00"), 60),
        (demand("suggestion", "120", "08:00", replied_at="10:00"), 120),
        (connection("270", "08:00", replied_at="12:30"), 270),
        (fault("a fault report", replied_at="09:00"), None),
        (demand("enquiry", "an enquiry", "08:00", replied_at="09:00"), None),
        (course(complaint("reopened and open", replied_at="09:00"), ("reopened", at("10:00"))), None),
        (exempt("answer", complaint("exempt", replied_at="09:00")), None),
    ],
    "connection": [
        (connection("2 days", D9, connected_at=at("08:00", -7)), 2 * 1440),
        (
            course(
                connection("5 days with a pause of one", D9, connected_at=at("08:00", -4)),
                ("suspended", at("12:00", -6)),
                ("resumed", at("12:00", -5)),
            ),
            4 * 1440,
        ),
        (connection("9 days", D9, connected_at="08:00"), 9 * 1440),
        (connection("no power yet", D9), None),
        (exempt("connection", connection("exempt", D9, connected_at="08:00")), None),
    ],
}
# Three spans in the proportion 2 : 4 : 9. By hand: their mean is 5, the median 4, the 90th percentile 4 + 0.8 * 5 = 8;
# the standard deviation is the root of (9 + 1 + 16) / 2 = 13, and half the interval 1.959964 * root(13 / 3) = 4.07999.
UNIT: Final = {
    "dispatch": 1, "arrival": 10, "restoration": 30, "repair": 30, "contact": 10, "answer": 30, "connection": 1440,
}  # fmt: skip
MEAN, MEDIAN, P90, HALF = 5.0, 4.0, 8.0, 4.07999
