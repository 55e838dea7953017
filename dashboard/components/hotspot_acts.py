"""What a person may do with a hotspot: answer it, silence its alert, have a unit supervised; what is said of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from dash import html

from dashboard.components import alert_acts
from dashboard.components.alert_acts import Said
from dashboard.components.alert_form import LONGEST_H, QUIET_ALERT, entry, number
from dashboard.components.allowed import signature
from dashboard.components.format import Translate
from dashboard.components.hotspot_words import Hotspot
from dashboard.components.view import View
from dashboard.guard import current_scope
from dashboard.house import House
from store.ledger import StoreError, answers, supervision
from store.ledger.queries import open_alerts

FORM: Final = "hotspots-form"
BY: Final = "hotspots-by"
NOTE: Final = "hotspots-note"
TAKE: Final = "hotspots-acknowledged"
TAKEN_UP: Final = "hotspots-taken-up"
NONE: Final = "hotspots-none"
QUIET_H: Final = "hotspots-quiet-h"
QUIET: Final = "hotspots-quiet"
DEADLINE_H: Final = "hotspots-deadline-h"
SUPERVISE: Final = "hotspots-supervise"
ACTS: Final = (TAKE, TAKEN_UP, NONE, QUIET, SUPERVISE)
ANSWER: Final = {TAKE: "acknowledged", TAKEN_UP: "taken_up", NONE: "not_a_hotspot"}
USUAL_QUIET_H: Final = 8
USUAL_DEADLINE_H: Final = 24
LONGEST_DEADLINE_H: Final = 24 * 30


@dataclass(frozen=True)
class Wrote:
    """What stands in the form."""

    by: str
    note: str
    quiet_h: int | None = None
    deadline_h: int | None = None


def form(view: View) -> html.Div:
    """Stands still while what is shown round it changes."""
    t = view.t
    return html.Div(
        [
            signature(BY, t),
            entry(NOTE, t("note"), 500, placeholder=t("what you will do, or why it is none")),
            html.Div(
                [
                    _button(TAKE, t("Acknowledge"), "btn primary"),
                    _button(TAKEN_UP, t("Taken up##act")),
                    _button(NONE, t("Not a hotspot##act")),
                ],
                className="answers",
            ),
            _more(t),
        ],
        id=FORM,
        className="ack hotspot-form",
        hidden=True,
    )


def _more(t: Translate) -> html.Details:
    """What is needed seldom, behind one word."""
    hours = number(QUIET_H, t("silence its alert for hours"), LONGEST_H, placeholder=f"{USUAL_QUIET_H}")
    within = t("to be answered within hours")
    deadline = number(DEADLINE_H, within, LONGEST_DEADLINE_H, placeholder=f"{USUAL_DEADLINE_H}")
    return html.Details(
        [
            html.Summary(t("more##acts")),
            html.Div([hours, _button(QUIET, t("Silence"))], className="act"),
            html.Div([deadline, _button(SUPERVISE, t("Issue a supervision order"))], className="act"),
        ],
        className="acts",
    )


def _button(id_: str, text: str, kind: str = "btn") -> html.Button:
    return html.Button(text, id=id_, className=kind, n_clicks=0)


def act(house: House, t: Translate, which: str, one: Hotspot, wrote: Wrote, matter: str) -> Said:
    """Does what a button says. `matter`: the hotspot's headline, for a supervision order."""
    if not wrote.by.strip():
        return Said(t("Write your name: whoever answers a hotspot is named."), True)
    try:
        if which in ANSWER:
            return _answered(house, t, ANSWER[which], one, wrote)
        if which == QUIET:
            return _quiet(house, t, one, wrote)
        return _supervised(house, t, one, wrote, matter)
    except (StoreError, ValueError) as error:
        return Said(t("Not stored: {error}").format(error=error), True)


def _answered(house: House, t: Translate, answer: str, one: Hotspot, wrote: Wrote) -> Said:
    """Stores the answer. Whoever acknowledges a hotspot or takes it up has its alert too."""
    args = {"number": one["number"], "answer": answer, "by": wrote.by, "note": wrote.note}
    house.ask(current_scope(), "hotspot answer", args)
    said = {
        "acknowledged": t("Acknowledged."),
        "taken_up": t("Noted as taken up."),
        "not_a_hotspot": t("Noted: it is no hotspot. Its cases count as usual from now on."),
    }
    if _has_alert(house, answer, one, wrote):
        return Said(said[answer])
    return Said(f"{said[answer]} {t('Its alert has changed meanwhile: look at it.')}")


def _has_alert(house: House, answer: str, one: Hotspot, wrote: Wrote) -> bool:
    """Takes the alert with an answer that is stored; False where somebody was faster."""
    alert = _alert(house, one)
    if answer == "not_a_hotspot" or alert is None or alert["state"] != "raised":
        return True
    try:
        answers.acknowledge(house.ledger, alert["id"], wrote.by, wrote.note, house.now(), seen_version=alert["version"])
    except StoreError:
        return False
    return True


def _alert(house: House, one: Hotspot) -> dict[str, Any] | None:
    """The open alert about the hotspot."""
    return next((a for a in open_alerts(house.ledger) if a["id"] == one.get("alert_id")), None)


def _quiet(house: House, t: Translate, one: Hotspot, wrote: Wrote) -> Said:
    alert = _alert(house, one)
    if alert is None:
        return Said(t("No alert of it is open, so there is nothing to silence."), True)
    answer = alert_acts.Answer(wrote.by, wrote.note, quiet_h=wrote.quiet_h or USUAL_QUIET_H)
    return alert_acts.other(house, t, QUIET_ALERT, alert, answer)


def _supervised(house: House, t: Translate, one: Hotspot, wrote: Wrote, matter: str) -> Said:
    """An order to the station, else the county, of the hotspot."""
    unit = one.get("station") or one.get("county") or one.get("city")
    if not unit:
        return Said(t("Its places are of no one unit: nobody can be supervised for it."), True)
    now = house.now()
    about = f"{matter} ({wrote.note.strip()})" if wrote.note.strip() else matter
    due = now + timedelta(hours=wrote.deadline_h or USUAL_DEADLINE_H)
    n = supervision.issue(house.ledger, unit, about, due, wrote.by, now, one.get("alert_id"))
    return Said(t("Supervision order {n} is issued; it stands on the page Duty.").format(n=n))
