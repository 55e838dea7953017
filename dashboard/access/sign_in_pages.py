"""What is shown before anybody is known: signing in, changing a password, a display's refusal. No script, no asset."""

from html import escape
from pathlib import Path
from string import Template
from typing import Final
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from dashboard.access.gate import Gate, address_of, current_visitor
from dashboard.components.view import LANG_TAG, OTHER, View, view_of
from dashboard.house import House

NO_STORE: Final = {"cache-control": "no-store"}
TEMPLATE: Final = Template(Path(__file__).with_name("sign_in.html").read_text(encoding="utf-8"))


def view(house: House, request: Request) -> View:
    return view_of(dict(request.query_params), house.settings.site.language)


def _input(label: str, name: str, kind: str, more: str) -> str:
    return f'<label for="{name}">{escape(label)}</label><input id="{name}" name="{name}" type="{kind}" required {more}>'


def form(house: House, request: Request, goal: str, wrong: str = "", status: int = 200) -> Response:
    t, access = view(house, request).t, house.settings.access
    parts = []
    if access and (access.local or access.ldap):
        fields = _input(
            t("User"), "user", "text", 'autocomplete="username" autocapitalize="none" autofocus maxlength="100"'
        )
        fields += _input(t("Password"), "password", "password", 'autocomplete="current-password"')
        hidden = f'<input type="hidden" name="next" value="{escape(address_of(goal), quote=True)}">'
        parts.append(
            f'<form method="post" action="/sign-in">{fields}{hidden}<button>{escape(t("Sign in"))}</button></form>'
        )
    if access and access.oidc:
        way = escape(f"/sign-in/oidc?next={quote(address_of(goal))}", quote=True)
        parts.append(f'<a class="way" href="{way}">{escape(t("Sign in with the company account"))}</a>')
    return page(house, request, t("Sign in"), _wrong(wrong), "".join(parts), status)


def password(house: House, request: Request, wrong: str, status: int = 200) -> Response:
    t, who = view(house, request).t, current_visitor()
    fields = _input(t("Old password"), "old", "password", 'autocomplete="current-password" autofocus')
    fields += _input(t("New password, 10 characters at least"), "new", "password", 'autocomplete="new-password"')
    fields += _input(t("New password again"), "again", "password", 'autocomplete="new-password"')
    why = t("The password given to you must be changed first.") if who and who.must_change else ""
    said = _wrong(wrong) or (f"<p>{escape(why)}</p>" if why else "")
    form = f'<form method="post" action="/password">{fields}<button>{escape(t("Change the password"))}</button></form>'
    return page(house, request, t("Change the password"), said, form, status)


def page(house: House, request: Request, head: str, said: str, body: str, status: int) -> Response:
    look, site = view(house, request), house.settings.site
    other, name = OTHER[look.language]
    kept = {k: v for k, v in request.query_params.items() if k == "next"}
    switch = look.switched().href(request.url.path, kept) if request.url.path != "/sign-in/display" else ""
    foot = f'<a lang="{LANG_TAG[other]}" href="{escape(switch, quote=True)}">{name}</a>' if switch else ""
    values = {"lang": LANG_TAG[look.language], "title": escape(head), "head": escape(head)}
    values |= {"site": escape(site.name_en if look.language == "en" else site.name), "foot": foot}
    text = TEMPLATE.substitute(said=said, body=body, **values)
    return HTMLResponse(text, status_code=status, headers=NO_STORE)


def display_refused(house: House, request: Request, *, is_locked: bool) -> Response:
    t = view(house, request).t
    said = t("Too many failed tries from here.") if is_locked else t("This token opens no wall of this name.")
    cure = t("An administrator makes tokens for displays under Administration.")
    return page(house, request, t("Wall display"), _wrong(said), f"<p>{escape(cure)}</p>", 401)


def _wrong(said: str) -> str:
    return f'<p class="wrong" role="alert">{escape(said)}</p>' if said else ""


def entered(gate: Gate, token: str, goal: str) -> Response:
    return Response(status_code=303, headers={"location": goal, "set-cookie": gate.cookie_header(token), **NO_STORE})
