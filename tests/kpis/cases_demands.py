"""Complaints and other demands, judged by hand at 14:32 on the Friday: contact, answer, revisit, repeats, surveys."""

from datetime import timedelta
from typing import Final

from tests.kpis.judging import BAD, GOOD, OUT, Cases, course, demand, exempt
from tests.kpis.stage import at, complaint, fault, survey

Y = at("08:00", -1)  # to be contacted by 08:00 today
CONTACT: Cases = [
    (complaint("exactly at the limit", Y, contacted_at="08:00"), GOOD),
    (complaint("a minute late", Y, contacted_at="08:01"), BAD),
    (complaint("nobody called, past the limit", at("14:31", -1)), BAD),
    (complaint("nobody called, exactly at the limit", at("14:32", -1)), OUT),
    (complaint("contacted in the future is not known", Y, contacted_at="15:00"), BAD),
    (demand("report", "a report has the same limit", Y, contacted_at="08:01"), BAD),
    (demand("opinion", "an opinion has none", Y, contacted_at="08:01"), OUT),
    (fault("a fault report has none", Y, contacted_at="08:01"), OUT),
    (complaint("archived without that time", Y, archived_at="09:00", status="closed"), OUT),
    (complaint("archived in the future", Y, archived_at="15:00", status="closed"), BAD),
    (complaint("a child", Y, contacted_at="08:01", parent_order_no="x"), OUT),
    (complaint("cancelled", Y, contacted_at="08:01", status="cancelled"), OUT),
    (exempt("contact", complaint("exempt", Y, contacted_at="08:01")), OUT),
    (exempt("answer", complaint("exempt from another clock", Y, contacted_at="08:01")), BAD),
    (
        course(
            complaint("paused 2 h", Y, contacted_at="10:00"),
            ("suspended", at("09:00", -1)),
            ("resumed", at("11:00", -1)),
        ),
        GOOD,
    ),
    (course(complaint("paused and not resumed", Y), ("suspended", at("09:00", -1))), OUT),
]
# Accepted on Thursday the 12th, the fifth working day is Thursday the 19th; the fourth is the 18th.
T12, F13, T05 = at("08:00", -8), at("08:00", -7), at("08:00", -15)
ANSWER: Cases = [
    (complaint("in the last minute of the fifth day", T12, replied_at=at("23:59", -1)), GOOD),
    (complaint("at midnight after it", T12, replied_at=at("00:00")), BAD),
    (complaint("no answer, past the limit", T12), BAD),
    (complaint("no answer, the fifth day is today", F13), OUT),
    (complaint("answered on the fifth day, today", F13, replied_at="14:00"), GOOD),
    (complaint("answered in the future is not known", T12, replied_at="15:00"), BAD),
    (demand("report", "a report has 10 days", T12, replied_at="10:00"), GOOD),
    (demand("opinion", "an opinion has no promise", T12), OUT),
    (fault("a fault report has none", T12), OUT),
    (complaint("archived without an answer", T12, archived_at="09:00", status="closed"), OUT),
    (complaint("closed without any time", T12, status="closed"), OUT),
    (complaint("a child", T12, parent_order_no="x"), OUT),
    (complaint("cancelled", T12, status="cancelled"), OUT),
    (exempt("answer", complaint("exempt", T12)), OUT),
    # Solved on Monday the 16th and reopened on the 17th: both days do not count.
    (
        course(
            complaint("reopened: the fifth day is Monday the 23rd", T12, replied_at=at("09:00", -4)),
            ("reopened", at("10:00", -3)),
        ),
        OUT,
    ),
    (
        course(
            complaint("reopened: the fifth day was Wednesday the 18th", at("08:00", -11), replied_at=at("09:00", -4)),
            ("reopened", at("10:00", -3)),
        ),
        BAD,
    ),
    (course(complaint("paused and not resumed", T12), ("suspended", at("09:00", -7))), OUT),
]
ANSWER_INTERNAL: Cases = [
    (complaint("in the last minute of the fourth day", T12, replied_at=at("23:59", -2)), GOOD),
    (complaint("after it, though within the promise", T12, replied_at=at("00:00", -1)), BAD),
    (complaint("no answer, past the limit", T12), BAD),
    (complaint("no answer, the fourth day is today", at("08:00", -4)), OUT),
    (
        demand(
            "opinion", "an opinion, in the last hour of its ninth day", at("08:00", -14), replied_at=at("23:00", -1)
        ),
        GOOD,
    ),
    (demand("opinion", "an opinion after it", at("08:00", -14), replied_at="08:00"), BAD),
    (exempt("answer", complaint("exempt", T12)), OUT),
]
ANSWER_REGULATORY: Cases = [
    (complaint("in the last minute of the tenth day", T05, replied_at=at("23:59", -1)), GOOD),
    (complaint("at midnight after it", T05, replied_at=at("00:00")), BAD),
    (complaint("no answer, past the limit", T05), BAD),
    (complaint("no answer, the tenth day is today", at("08:00", -14)), OUT),
    (demand("report", "a report has no such limit", T05), OUT),
    (exempt("answer", complaint("exempt", T05)), OUT),
]
P = {"replied_at": Y}  # to be revisited by 08:00 today
D2 = at("08:00", -2)
REVISIT: Cases = [
    (complaint("exactly at the limit", D2, **P, revisited_at="08:00"), GOOD),
    (complaint("a minute late", D2, **P, revisited_at="08:01"), BAD),
    (complaint("no revisit, past the limit", D2, replied_at=at("14:31", -1)), BAD),
    (complaint("no revisit, exactly at the limit", D2, replied_at=at("14:32", -1)), OUT),
    (complaint("no reply yet", D2), OUT),
    (complaint("revisited in the future is not known", D2, **P, revisited_at="15:00"), BAD),
    (fault("a fault report is revisited too", D2, **P, revisited_at="08:01"), BAD),
    (demand("suggestion", "a suggestion has no limit", D2, **P), OUT),
    (complaint("archived without a revisit", D2, **P, archived_at="09:00", status="closed"), OUT),
    (complaint("archived in the future", D2, **P, archived_at="15:00", status="closed"), BAD),
    (complaint("a child", D2, **P, parent_order_no="x"), OUT),
    (complaint("cancelled", D2, **P, status="cancelled"), OUT),
    (exempt("revisit", complaint("exempt", D2, **P)), OUT),
    (
        course(
            complaint("reopened: the revisit was made", D2, **P, revisited_at="07:00"), ("reopened", at("10:00", -1))
        ),
        GOOD,
    ),
]
FOLLOWED: Cases = [
    (complaint("contacted", contacted_at="09:00"), GOOD),
    (complaint("contacted too late all the same", Y, contacted_at="09:00"), GOOD),
    (complaint("nobody called, past the limit", at("14:31", -1)), BAD),
    (complaint("nobody called, exactly at the limit", at("14:32", -1)), OUT),
    (complaint("answered without contact", replied_at="10:00"), BAD),
    (complaint("archived without contact", archived_at="10:00", status="closed"), BAD),
    (complaint("contacted in the future is not known", contacted_at="15:00"), OUT),
    (complaint("closed without any time, within the limit", status="closed"), OUT),
    (demand("report", "a report is no complaint", Y), OUT),
    (complaint("a child", Y, parent_order_no="x"), OUT),
    (complaint("cancelled", Y, status="cancelled"), OUT),
    (exempt("contact", complaint("exempt", Y)), OUT),
    (course(complaint("paused and not resumed", Y), ("suspended", at("09:00", -1))), OUT),
]
REVISITED: Cases = [
    (complaint("revisited", D2, **P, revisited_at="07:00"), GOOD),
    (complaint("revisited too late all the same", D2, **P, revisited_at="09:00"), GOOD),
    (complaint("no revisit, past the limit", D2, replied_at=at("14:31", -1)), BAD),
    (complaint("no revisit, exactly at the limit", D2, replied_at=at("14:32", -1)), OUT),
    (complaint("archived without a revisit", replied_at="09:00", archived_at="10:00", status="closed"), BAD),
    (complaint("not answered", D2), OUT),
    (complaint("archived without an answer", archived_at="10:00", status="closed"), OUT),
    (complaint("answered in the future", replied_at="15:00"), OUT),
    (complaint("revisited in the future is not known", replied_at="08:30", revisited_at="15:00"), OUT),
    (fault("a fault report is no complaint", D2, **P), OUT),
    (complaint("a child", D2, **P, parent_order_no="x"), OUT),
    (complaint("cancelled", D2, **P, status="cancelled"), OUT),
    (exempt("revisit", complaint("exempt", D2, **P)), OUT),
]
WITH = {"subcategory_1": "outage"}
FIRST = at("08:00", days=-40)
REPEATS: Cases = [
    (complaint("without account and telephone it counts as new"), BAD),
    (complaint("the first of a customer", FIRST, identity_key="a", **WITH), BAD),
    (complaint("exactly 30 days later it is a repeat", FIRST + timedelta(days=30), identity_key="a", **WITH), GOOD),
    (complaint("the first of another customer", FIRST, identity_key="b", **WITH), BAD),
    (complaint("a minute more is new", FIRST + timedelta(days=30, minutes=1), identity_key="b", **WITH), BAD),
    (complaint("another matter is new", FIRST + timedelta(days=1), identity_key="b", subcategory_1="bill"), BAD),
    (complaint("a merged child is left out", identity_key="c", **WITH, parent_order_no="x"), OUT),
    (complaint("a cancelled one is left out", identity_key="c", **WITH, status="cancelled"), OUT),
    (complaint("after a child and a cancelled one it is new", "12:00", identity_key="c", **WITH), BAD),
    (fault("a fault report is no complaint", identity_key="a", **WITH), OUT),
]
SATISFACTION: Cases = [
    (survey("satisfied", outcome="answered", is_satisfied=True), GOOD),
    (survey("dissatisfied", outcome="answered", is_satisfied=False), BAD),
    (survey("answered without a verdict is left out", outcome="answered"), OUT),
    (survey("unreachable is left out", outcome="unreachable"), OUT),
    (survey("refused is left out whatever its code says", outcome="refused", is_satisfied=False), OUT),
    (survey("still open is left out"), OUT),
    (survey("a source without outcomes is believed", is_satisfied=True), GOOD),
    (survey("answered in the future is not known", outcome="answered", is_satisfied=True, answered_at="15:00"), OUT),
]
STATED: Cases = [
    (fault("closed before the limit", given_due_at="10:00", archived_at="09:00"), GOOD),
    (fault("closed exactly at the limit", given_due_at="10:00", archived_at="10:00"), GOOD),
    (fault("closed after the limit", given_due_at="10:00", archived_at="10:01"), BAD),
    (fault("open and past the limit", given_due_at="14:31"), BAD),
    (fault("open and within the limit is on time so far", given_due_at="14:33"), GOOD),
    (fault("closed before it was opened is judged by its close", given_due_at="10:00", archived_at="07:59"), GOOD),
    (fault("without a limit it is on time", archived_at="23:00"), GOOD),
    (complaint("every category counts", given_due_at="10:00"), BAD),
    (fault("the source's verdict is no input", given_due_at="10:00", archived_at="09:00", source_verdict="LATE"), GOOD),
]
CASES: Final[dict[str, Cases]] = {
    "contact_on_time_rate": CONTACT,
    "answer_on_time_rate": ANSWER,
    "answer_internal_on_time_rate": ANSWER_INTERNAL,
    "answer_regulatory_on_time_rate": ANSWER_REGULATORY,
    "revisit_on_time_rate": REVISIT,
    "complaint_followed_rate": FOLLOWED,
    "complaint_revisited_rate": REVISITED,
    "complaint_repeat_rate": REPEATS,
    "satisfaction_rate": SATISFACTION,
    "stated_limit_on_time_rate": STATED,
}
