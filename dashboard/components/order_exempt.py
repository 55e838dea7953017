"""The approved exemptions of one order: which clocks do not count, why, on what evidence, and who said so."""

from collections.abc import Mapping
from typing import Any

from dash import html

from dashboard.components import clock_words, terms
from dashboard.components.alert_words import at
from dashboard.components.order_clocks import Shown


def section(shown: Shown) -> html.Section | None:
    """A line each, withdrawn ones too; None without any."""
    if not shown.exemptions:
        return None
    t = shown.reading.view.t
    rows = [cell for one in shown.exemptions for cell in _row(shown, one)]
    note = t("Figures leave these clocks out; the same figures with them are told beside.")
    return html.Section(
        [html.H3(t("exemptions of this order")), html.Dl(rows, className="log"), html.P(note, className="qq")]
    )


def _row(shown: Shown, one: Mapping[str, Any]) -> list[Any]:
    t, clock = shown.reading.view.t, shown.reading.clock
    approved, withdrawn = at(one["approved_at"]), at(one["withdrawn_at"])
    by = t("approved by {name}").format(name=one["approved_by"])
    said = [terms.exemption_reason(t, one["reason"]), one["evidence"], by]
    if withdrawn:
        names = {"time": clock(withdrawn), "name": one["withdrawn_by"], "why": one["withdrawn_why"] or ""}
        said.append(t("withdrawn {time} by {name}: {why}").format(**names))
    when = clock(approved) if approved else ""
    text = [html.B(clock_words.clock(t, one["clock"])), " ", " · ".join(said)]
    return [html.Dt(when), html.Dd(html.S(text) if withdrawn else text)]
