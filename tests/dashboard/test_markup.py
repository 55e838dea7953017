"""HTML text of components: what a browser would have been given by Dash, and nothing that was not meant."""

import pytest
from dash import dcc, html

from dashboard.components.markup import text


def test_names_styles_flags_and_children() -> None:
    tree = html.Div(
        [
            html.B("a"),
            None,
            [1, 2.5, "x"],
            dcc.Link("go", href="/orders?a=1&b=2", className="n", title="t"),
            html.Br(),
            html.Button("?", n_clicks=3, hidden=True, tabIndex=-1, **{"aria-expanded": "false", "data-k": "v"}),
        ],
        className="c",
        style={"--at": "3%", "marginLeft": "4px"},
    )
    assert text(tree) == (
        '<div class="c" style="--at:3%;margin-left:4px"><b>a</b>12.5x'
        '<a data-link class="n" href="/orders?a=1&amp;b=2" title="t">go</a><br>'
        '<button aria-expanded="false" data-k="v" hidden tabindex="-1">?</button></div>'
    )


def test_words_of_the_data_stay_words() -> None:
    evil = '<img src=x onerror="alert(1)">'
    assert text(html.P(evil, title=evil)) == (
        '<p title="&lt;img src=x onerror=&quot;alert(1)&quot;&gt;">&lt;img src=x onerror="alert(1)"&gt;</p>'
    )


def test_nothing_is_nothing() -> None:
    assert text(None) == text([]) == text([None, False]) == ""


def test_a_part_with_callbacks_is_refused() -> None:
    with pytest.raises(TypeError, match="Store"):
        text(html.Div(dcc.Store(id="x")))
