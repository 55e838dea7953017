"""What the reader's role lets them do on a page, and under whose name they do it."""

from typing import Any, Final

from dash import dcc, html

from dashboard.access.gate import current_visitor
from dashboard.access.roles import may
from dashboard.components.format import Translate
from dashboard.components.given import text
from dashboard.guard import current_scope

ROLES: Final = {
    "duty": "duty##role", "manager": "manager##role", "leader": "leader##role", "administrator": "administrator##role",
    "wall": "Wall display",
}  # fmt: skip


def refusal(t: Translate, act: str) -> str | None:
    """What is said to a reader whose role may not; None where it may."""
    role = current_scope().role
    if may(role, act):
        return None
    return t("Your role ({role}) may not do this.").format(role=t(ROLES.get(role, role)))


def signed(by: Any) -> str:
    """Who does it: who is signed in, whatever a page sends; without sign-in the name that was written."""
    who = current_visitor()
    return who.name if who else text(by)


def signature(name: str, t: Translate) -> html.Label:
    """The field with the reader's name: theirs to write only where nobody signs in."""
    who = current_visitor()
    own: dict[str, Any] = (
        {"value": who.name, "disabled": True} if who else {"persistence": True, "autoComplete": "name"}
    )
    return html.Label([t("your name"), dcc.Input(id=name, type="text", maxLength=100, **own)])
