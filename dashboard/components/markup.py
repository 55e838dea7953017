"""Parts of a page as HTML text: html components that no callback looks into, filled in by assets/desk-plain.js.

Every Dash component on a page is asked at every change of anything; a text is one attribute of one component.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

HTML: Final = "data-html"  # the property that holds the text
_NAMES: Final = {
    "className": "class", "htmlFor": "for", "tabIndex": "tabindex", "colSpan": "colspan", "rowSpan": "rowspan",
    "dateTime": "datetime", "srcSet": "srcset",
}  # fmt: skip
_VOID: Final = ("area", "br", "col", "hr", "img", "input", "wbr")
_LEFT_OUT: Final = ("children", "key", "n_clicks", "n_clicks_timestamp", "disable_n_clicks")


@dataclass(frozen=True)
class Element:
    """An element that Dash has no component for, as an entry; only for texts. `props` may hold `children`."""

    tag: str
    props: Mapping[str, Any] = field(default_factory=dict)

    def to_plotly_json(self) -> dict[str, Any]:
        return {"props": dict(self.props)}


def text(tree: Any) -> str:
    """HTML of components, texts and lists of them. Errors: TypeError for what is no html component or link."""
    return "".join(_written(tree))


def _written(node: Any) -> Iterator[str]:
    if node is None or isinstance(node, bool):
        return
    if isinstance(node, str | int | float):
        yield escape(str(node), quote=False)
        return
    if isinstance(node, list | tuple):
        for one in node:
            yield from _written(one)
        return
    tag = _tag(node)
    props = node.to_plotly_json()["props"]  # in no order of its own, and an equal text is not drawn again
    own = "".join(_attribute(name, value) for name, value in sorted(props.items()) if name not in _LEFT_OUT)
    mark = " data-link" if isinstance(node, dcc.Link) else ""  # the script follows it within the page
    yield f"<{tag}{mark}{own}>"
    if tag not in _VOID:
        yield from _written(props.get("children"))
        yield f"</{tag}>"


def _tag(node: Any) -> str:
    if isinstance(node, Element):
        return node.tag
    if isinstance(node, dcc.Link):
        return "a"
    if isinstance(node, Component) and type(node).__module__.startswith(html.__name__):
        return type(node).__name__.lower()
    raise TypeError(f"{type(node).__name__}: is no html component; leave what has callbacks out of the text")


def _attribute(name: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    named = _NAMES.get(name, name)
    if value is True and not named.startswith(("aria-", "data-")):
        return f" {named}"
    if isinstance(value, dict):
        value = ";".join(f"{_kebab(key)}:{said}" for key, said in value.items())
    said = str(value).lower() if isinstance(value, bool) else str(value)
    return f' {named}="{escape(said)}"'


def _kebab(name: str) -> str:
    return name if name.startswith("--") else "".join(f"-{c.lower()}" if c.isupper() else c for c in name)
