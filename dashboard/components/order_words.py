"""One order in words: clocks, stages, events, what can not be, and what it hangs together with."""

from dashboard.components.format import Translate, count


def stage(t: Translate, key: str) -> str:
    words = {
        "accepted": t("accepted"),
        "dispatched": t("dispatched"),
        "received": t("received##stage"),
        "contacted": t("contacted"),
        "surveyed": t("surveyed##stage"),
        "arrived": t("arrived##stage"),
        "restored": t("restored"),
        "replied": t("replied"),
        "reviewed": t("reviewed##stage"),
        "revisited": t("revisited##stage"),
        "archived": t("archived"),
    }
    return words.get(key, key)


def event(t: Translate, kind: str | None) -> str:
    words = {
        "suspended": t("suspended##event"),
        "resumed": t("resumed##event"),
        "solved": t("solved##event"),
        "returned": t("sent back##event"),
        "transferred": t("transferred##event"),
        "reopened": t("reopened##event"),
        "merged": t("merged"),
        "urged": t("urging call"),
        "supervised": t("supervised##event"),
    }
    return words.get(kind or "", kind or "")


def fault(t: Translate, name: str) -> str:
    """An impossible order of times, and what follows from it."""
    words = {
        "dispatched_before_accepted": t("dispatched before accepted"),
        "received_before_dispatched": t("received before dispatched"),
        "arrived_before_accepted": t("arrived before accepted: not counted in durations"),
        "restored_before_accepted": t("restored before accepted: not counted in durations"),
        "restored_before_arrived": t("restored before arrived: not counted in durations"),
        "replied_before_accepted": t("replied before accepted: not counted in durations"),
        "closed_before_opened": t("archived before accepted: not counted in durations"),
        "limit_before_accepted": t("the source's limit lies before acceptance"),
    }
    return words.get(name, name)


def uncounted(t: Translate, why: str | None) -> str:
    words = {
        "merged": t("Merged into another order: counts in no figure of its own."),
        "cancelled": t("Cancelled: counts in no figure."),
    }
    return words.get(why or "", "")


def area(t: Translate, code: str | None) -> str:
    words = {"urban": t("urban##area"), "rural": t("rural##area"), "remote": t("remote##area")}
    return words.get(code or "", code or "")


def outage_kind(t: Translate, code: str | None) -> str:
    words = {
        "planned": t("planned outage"),
        "temporary": t("temporary outage"),
        "fault": t("fault outage"),
    }
    return words.get(code or "", t("outage##one"))


def customer(t: Translate, kind: str | None) -> str:
    words = {
        "high_voltage": t("high voltage##customer"),
        "low_voltage_business": t("low-voltage business"),
        "residential": t("residential##customer"),
    }
    return words.get(kind or "", kind or "")


def tier(t: Translate, code: str | None) -> str:
    words = {"diamond": t("diamond##tier"), "platinum": t("platinum##tier"), "silver": t("silver##tier"), "none": ""}
    return words.get(code or "", code or "")


def out(t: Translate, customers: int | None) -> str:
    """How many are without supply; unknown is not none."""
    if customers is None:
        return t("customers out unknown##order")
    return t("{n} customers out##order").format(n=count(int(customers)))
