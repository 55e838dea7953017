"""Who came back: rows whose names say why they count, as seen at 14:32 on the Friday."""

from datetime import timedelta
from typing import Any, Final

from tests.kpis.judging import BAD, GOOD, OUT, Cases
from tests.kpis.stage import Row, at, complaint, fault

FIRST: Final = at("08:00", -58)


def _by(who: str, key: str, days: float, **fields: Any) -> Row:
    """An opinion of the identity, so many days after its first demand."""
    row = complaint(key, FIRST + timedelta(days=days), identity_key=who, category="opinion")
    return row | {"subcategory_1": "bill", "channel": "95598"} | fields


def _demands(days: int) -> Cases:
    near, far = (GOOD, BAD) if days >= 30 else (BAD, BAD)
    own, weekly = f"d{days}", GOOD
    return [
        (_by(own, f"{own}: the first", 0), BAD),
        (_by(own, f"{own}: another matter", 1, subcategory_1="meter"), BAD),
        (_by(own, f"{own}: another category", 1, category="enquiry"), BAD),
        (_by(own, f"{own}: within a week", 7), weekly),
        (_by(own, f"{own}: within a month", 7 + 30), near),
        (_by(own, f"{own}: a merged child", 38, parent_order_no="x"), OUT),
        (_by(own, f"{own}: cancelled", 39, status="cancelled"), OUT),
        (_by(own, f"{own}: urging is no demand", 40, category="urging"), OUT),
        (_by(own, f"{own}: of nobody known", 41, identity_key=None), BAD),
        (_by(f"{own}x", f"{own}: a month and more", 0), BAD),
        (_by(f"{own}x", f"{own}: a month and more after", 31), far if days < 60 else GOOD),
    ]


def _faults(days: int) -> Cases:
    who = f"f{days}"

    def report(key: str, back: float, area: str | None = "T1", **fields: Any) -> Row:
        moment = FIRST + timedelta(days=back)
        return fault(f"{who}: {key}", moment, identity_key=who, transformer_area=area, **fields)

    near = GOOD if days >= 30 else BAD
    return [
        (report("the first", 0), BAD),
        (report("of another area", 1, "T2"), BAD),
        (report("the same place within a week", 5, subcategory_1="whatever it is called"), GOOD),
        (report("the same place within a month", 25), near),
        (report("without an area its feeder is the place", 26, None), BAD),
        (report("and again", 27, None), GOOD),
        (report("a merged child", 28, parent_order_no="x"), OUT),
    ]


CASES: Final[dict[str, Cases]] = {
    **{f"demand_repeat_{days}d_rate": _demands(days) for days in (7, 30, 60)},
    **{f"fault_repeat_{days}d_rate": _faults(days) for days in (7, 30, 60)},
    **{
        f"complaint_repeat_{days}d_rate": [
            (_by(f"c{days}", f"c{days}: the first", 0, category="complaint"), BAD),
            (_by(f"c{days}", f"c{days}: a week later", 7, category="complaint"), GOOD),
            (_by(f"c{days}", f"c{days}: eight days later", 15, category="complaint"), GOOD if days > 7 else BAD),
        ]
        for days in (7, 60)
    },
    **{
        f"first_contact_resolution_{days}d_rate": [
            (_by(f"r{days}", f"r{days}: came back in a week", 0, archived_at=FIRST), BAD),
            (_by(f"r{days}", f"r{days}: came back later", 6, archived_at=FIRST), GOOD if days == 7 else BAD),
            (_by(f"r{days}", f"r{days}: and never again", 20, replied_at=at("09:00", -30)), GOOD),
            (_by(f"r{days}", f"r{days}: not closed", 21, subcategory_1="meter"), OUT),
            (_by(f"r{days}", f"r{days}: closed in the future", 22, subcategory_1="x", archived_at=at("15:00")), OUT),
        ]
        for days in (7, 30)
    },
    "third_call_rate": [
        (_by("t", "t: the first call", 0), BAD),
        (_by("t", "t: the second is merged, and called", 3, parent_order_no="x"), BAD),
        (_by("t", "t: the third", 5), GOOD),
        (_by("t", "t: the fourth", 6), BAD),
        (_by("t", "t: a cancelled one", 7, status="cancelled"), OUT),
        (_by("t", "t: praise", 7, category="praise"), OUT),
        (_by("u", "u: urged twice, three calls at once", 0, call_count=3), GOOD),
        (_by("v", "v: the first", -4), BAD),
        (_by("v", "v: the second", 0), BAD),
        (_by("v", "v: the third, but the first is too old", 57), BAD),
    ],
    "escalation_rate": [
        (_by("e", "e: begins at the hotline of the utility", 0), BAD),
        (_by("e", "e: by the App, which is no higher", 1, channel="app"), BAD),
        (_by("e", "e: to the city", 2, channel="12345"), GOOD),
        (_by("e", "e: to the city again", 3, channel="12345"), BAD),
        (_by("e", "e: to the regulator", 4, channel="12398"), GOOD),
        (_by("e", "e: back to the utility", 5), BAD),
        (_by("e", "e: to the regulator again is no higher", 6, channel="12398"), BAD),
        (_by("e", "e: to the media", 7, channel="media"), GOOD),
        (_by("e", "e: about something else", 8, channel="media", subcategory_1="meter"), BAD),
    ],
    "leapfrog_rate": [
        (_by("l", "l: straight to the regulator", 0, channel="12398"), GOOD),
        (_by("l", "l: and again", 1, channel="12398"), BAD),
        (_by("m", "m: marked by the source", 0, is_leapfrog=True), GOOD),
        (_by("n", "n: to the city first", 0, channel="12345"), BAD),
    ],
}
