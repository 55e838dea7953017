"""What the buttons of an alert do, and what is said of it. Checked here and again by the ledger."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dashboard.components.alert_form import (
    ASSIGN,
    CLOSE,
    NOTED,
    QUIET_ALERT,
    QUIET_FEEDER,
    QUIET_STATION,
)
from dashboard.components.format import Translate, counted
from dashboard.components.given import count
from dashboard.house import House
from store.ledger import StoreError, answers, silences

Alert = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a person wrote. `until_min`: minutes until the expected end, 0 for none. `phone`: who confirmed by phone."""

    by: str
    note: str
    until_min: int | None = 0
    phone: str = ""
    to: str = ""
    quiet_h: int | None = None


@dataclass(frozen=True)
class Said:
    """What is shown under the form. `wrong`: nothing was stored."""

    text: str
    wrong: bool = False


Act = Callable[[House, Translate, Alert, Answer], str]


def _nameless(t: Translate) -> str:
    return t("Write your name: whoever takes an alert is named.")


def take(
    house: House,
    t: Translate,
    alert_id: int | None,
    answer: Answer,
    shown: Any,
    version_of: Callable[[int], int | None],
) -> str | None:
    """Acknowledges the opened alert as it was `shown`; what is wrong, or None."""
    if not answer.by.strip():
        return _nameless(t)
    if alert_id is None or version_of(alert_id) is None:
        return t("This alert is no longer open.")
    seen = seen_version(shown, alert_id)
    try:
        if seen is not None:
            _acknowledge(house, alert_id, answer, seen)
            return None
    except StoreError as error:
        if (standing := version_of(alert_id)) == seen:
            return t("Not stored: {error}").format(error=error)
        if standing is None:
            return t("This alert is no longer open.")
    return t("Not acknowledged: this alert has changed meanwhile. Look at it again.")


def seen_version(shown: Any, alert_id: int) -> int | None:
    """The version that the page showed, as it came back from the browser; None when it showed another alert."""
    return count(shown.get("version")) if isinstance(shown, dict) and shown.get("id") == alert_id else None


def _acknowledge(house: House, alert_id: int, answer: Answer, seen: int) -> None:
    now, phone = house.now(), answer.phone.strip()
    until = now + timedelta(minutes=answer.until_min) if answer.until_min else None
    via = {"via": "phone", "entered_by": answer.by} if phone else {}
    answers.acknowledge(
        house.ledger, alert_id, phone or answer.by, answer.note, now, until=until, seen_version=seen, **via
    )


def take_several(
    house: House,
    t: Translate,
    picked: Sequence[int],
    answer: Answer,
    versions: Any,
    seen: Mapping[int, Alert],
) -> Said:
    """Acknowledges the picked alerts as they were listed; those that changed meanwhile stay and are counted.

    `versions`: of the listed alerts by number, as they came back from the browser.
    """
    if not answer.by.strip():
        return Said(_nameless(t), True)
    listed = {id_: count(versions.get(str(id_))) for id_ in picked} if isinstance(versions, dict) else {}
    wanted = {id_: version for id_, version in listed.items() if id_ in seen and version is not None}
    if not wanted:
        return Said(t("None is picked: tick the alerts you take."), True)
    taken = 0
    for id_, version in wanted.items():
        try:
            _acknowledge(house, id_, answer, version)
            taken += 1
        except StoreError:
            continue  # it changed or ended: it is still listed, or gone
    said = counted(t, taken, "{n} alert acknowledged.", "{n} alerts acknowledged.")
    left = len(wanted) - taken
    if left:
        said += " " + counted(
            t, left, "{n} has changed meanwhile: look again.", "{n} have changed meanwhile: look again."
        )
    return Said(said, taken == 0)


def other(house: House, t: Translate, act: str, alert: Alert | None, answer: Answer) -> Said:
    """Notes, assigns, keeps quiet or closes the opened alert."""
    if not answer.by.strip():
        return Said(_nameless(t), True)
    if alert is None:
        return Said(t("This alert is no longer open."), True)
    try:
        return Said(_OTHERS[act](house, t, alert, answer))
    except StoreError as error:
        return Said(t("Not stored: {error}").format(error=error), True)


def _note(house: House, t: Translate, alert: Alert, answer: Answer) -> str:
    answers.annotate(house.ledger, alert["id"], answer.by, answer.note, house.now())
    return t("The note is stored.")


def _assign(house: House, t: Translate, alert: Alert, answer: Answer) -> str:
    answers.assign(house.ledger, alert["id"], answer.by, answer.to, answer.note, house.now())
    return t("Given to {to}.").format(to=answer.to.strip())


def _silence(matches: Callable[[Alert], dict[str, list[str]]]) -> Act:
    """Keeps quiet what `matches` says of the alert, with the note as reason."""

    def act(house: House, t: Translate, alert: Alert, answer: Answer) -> str:
        now, hours = house.now(), answer.quiet_h or 1
        ends = now + timedelta(hours=hours)
        number = silences.create(house.ledger, answer.by, answer.note, matches(alert), now, ends, now)
        return t("Silence {n} holds for {h} h; whoever would have been told is told when it ends.").format(
            n=number, h=hours
        )

    return act


def _this(alert: Alert) -> dict[str, list[str]]:
    return {"rule": [alert["rule"]], "subject": [alert["subject"]]}


def _at_station(alert: Alert) -> dict[str, list[str]]:
    if not alert["station"]:
        raise StoreError("silence: this alert is of no station; silence the alert itself")
    return {"rule": [alert["rule"]], "station": [alert["station"]]}


def _of_feeder(alert: Alert) -> dict[str, list[str]]:
    if not alert["feeder"]:
        raise StoreError("silence: this alert is of no feeder; silence the alert itself")
    return {"feeder": [alert["feeder"]]}


def _close(house: House, t: Translate, alert: Alert, answer: Answer) -> str:
    answers.close(house.ledger, alert["id"], answer.by, answer.note, house.now())
    return t("Closed.")


_OTHERS: dict[str, Act] = {
    NOTED: _note,
    ASSIGN: _assign,
    QUIET_ALERT: _silence(_this),
    QUIET_STATION: _silence(_at_station),
    QUIET_FEEDER: _silence(_of_feeder),
    CLOSE: _close,
}
