"""What no page of ours sends to a callback is refused in a sentence; what pages send is not; nothing fails or leaks."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from dashboard import net
from dashboard.components.given import count, number, text, total
from dashboard.guard import CALLBACKS
from dashboard.payloads import DEEPEST, LONGEST, MOST_BYTES, Place, Spec, Unfit, fitted, place_of
from tests.access import bent
from tests.access.town import OTHER, USERS, Town, town

SPECS: Final = {
    "said.children": Spec((Place("said", "children"),), True, (Place("send", "n_clicks"),), ()),
    "..a.b...c.d..": Spec(
        (Place("a", "b"), Place("c", "d")), False,
        (place_of('{"id":["ALL"],"type":"end"}', "n_clicks"), Place("at", "search")), (Place("kept", "data"),),
    ),
}  # fmt: skip
ENDED: Final = '{"id":"7","type":"end"}.n_clicks'


def one(**change: Any) -> dict[str, Any]:
    """A click on a button."""
    asked = {
        "output": "said.children", "outputs": {"id": "said", "property": "children"},
        "inputs": [{"id": "send", "property": "n_clicks", "value": 1}], "changedPropIds": ["send.n_clicks"],
    }  # fmt: skip
    return asked | change


def several(number: Any = "7", kept: Any = None, **change: Any) -> dict[str, Any]:
    """A click on one of several of a kind, with what a store holds."""
    asked = {
        "output": "..a.b...c.d..", "outputs": [{"id": "a", "property": "b"}, {"id": "c", "property": "d"}],
        "inputs": [
            [{"id": {"type": "end", "id": number}, "property": "n_clicks", "value": 1}],
            {"id": "at", "property": "search"},
        ],
        "state": [{"id": "kept", "property": "data", "value": kept}], "changedPropIds": [ENDED],
    }  # fmt: skip
    return asked | change


def click(value: Any) -> list[dict[str, Any]]:
    return [{"id": "send", "property": "n_clicks", "value": value}]


def deep(levels: int) -> Any:
    found: Any = 0
    for _ in range(levels):
        found = [found]
    return found


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(one(), id="a click"),
        pytest.param(one(inputs=click(None)), id="a button nobody clicked"),
        pytest.param(one(inputs=[{"id": "send", "property": "n_clicks"}]), id="a value that is undefined"),
        pytest.param(several(), id="one of several"),
        pytest.param(several(7, changedPropIds=['{"id":7,"type":"end"}.n_clicks']), id="its key is a number"),
        pytest.param(several(kept={"several": {"1": 2}}), id="a store may hold anything"),
        pytest.param(one(parsedChangedPropsIds=["send.n_clicks"]), id="what Dash adds"),
        pytest.param(one(changedPropIds=[]), id="when a page begins nothing changed"),
    ],
)
def test_what_a_page_sends_is_handed_on(asked: dict[str, Any]) -> None:
    given = fitted(asked, SPECS)
    assert given["output"] == asked["output"]
    assert given["changedPropIds"] == asked["changedPropIds"]
    assert set(given) == {"output", "outputs", "inputs", "state", "changedPropIds"}


def test_one_of_several_that_left_the_page_meanwhile_is_left_out_of_what_changed() -> None:
    assert fitted(several("8"), SPECS)["changedPropIds"] == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param([], "no JSON object", id="a list"),
        pytest.param(None, "no JSON object", id="null"),
        pytest.param(one(output="no.such"), "no such callback", id="an output that nothing gives"),
        pytest.param(one(output=["said.children"]), "no such callback", id="its name is a list"),
        pytest.param(one(outputs=[{"id": "said", "property": "children"}]), "outputs", id="one output in a list"),
        pytest.param(one(outputs={"id": "said", "property": "style"}), "outputs", id="another property"),
        pytest.param(one(inputs=[]), "takes 1", id="an input is missing"),
        pytest.param(one(inputs=click(1) * 2), "takes 1", id="an input too many"),
        pytest.param(one(inputs={"0": 1}), "takes 1", id="inputs are no list"),
        pytest.param(one(inputs=["send"]), "an object of", id="an input is a text"),
        pytest.param(one(inputs=[{**click(1)[0], "x": 1}]), "an object of", id="an input has more"),
        pytest.param(one(inputs=[{"id": "other", "property": "n_clicks", "value": 1}]), "ids and", id="another id"),
        pytest.param(one(inputs=[{"id": "send", "property": "value", "value": 1}]), "ids and", id="another input"),
        pytest.param(one(inputs=click("1")), "another kind", id="clicks in words"),
        pytest.param(one(inputs=click(True)), "another kind", id="clicks true"),
        pytest.param(one(inputs=click(-1)), "another kind", id="clicks below none"),
        pytest.param(one(inputs=click(2**64)), "another kind", id="more clicks than a browser counts"),
        pytest.param(one(state=click(1)), "state", id="a state that it does not take"),
        pytest.param(several(state=[]), "state", id="a state is missing"),
        pytest.param(several(inputs=[{}, {}]), "of several", id="several are no list"),
        pytest.param(several({"a": 1}), "ids and", id="a key that is no key"),
        pytest.param(several("x" * 201), "ids and", id="a long key"),
        pytest.param(several(deep(DEEPEST)), "nested", id="a nested key"),
        pytest.param(several(kept=deep(DEEPEST)), "nested", id="nested deep"),
        pytest.param(several(kept="x" * (LONGEST + 1)), "longer", id="a long text"),
        pytest.param(several(kept={"a\0": 1}), "NUL", id="a NUL in a name"),
        pytest.param(one(changedPropIds=None), "a list of names", id="nothing said of what changed"),
        pytest.param(one(changedPropIds=[1]), "a list of names", id="a number changed"),
        pytest.param(one(changedPropIds=["other.n_clicks"]), "of no input", id="something else changed"),
        pytest.param(several(changedPropIds=['{"id":"7","type":"x"}.n_clicks']), "of no input", id="another kind"),
        pytest.param(several(changedPropIds=["{" * 5000 + "}.n_clicks"]), "of no input", id="no JSON in the name"),
    ],
)
def test_what_no_page_sends_is_refused(asked: Any, said: str) -> None:
    with pytest.raises(Unfit, match=said):
        fitted(asked, SPECS)


def test_callbacks_that_are_not_read_here_stop_the_start() -> None:
    with pytest.raises(ValueError, match="use ALL"):
        place_of('{"id":["MATCH"],"type":"end"}', "n_clicks")


@pytest.mark.parametrize(
    ("value", "as_text", "as_number"),
    [
        ("words", "words", None), ("", "", None), (None, "", None), (True, "", None), (["a"], "", None),
        ({"a": 1}, "", None), (5, "", 5), (-1, "", None), (1.0, "", None), (2**63, "", None), ("12", "12", 12),
        ("9" * 5000, "9" * 5000, None), ("²", "²", None), ("٣", "٣", 3),
    ],
)  # fmt: skip
def test_what_a_callback_is_given_is_read_as_what_is_meant(value: Any, as_text: str, as_number: int | None) -> None:
    assert (text(value), number(value)) == (as_text, as_number)
    whole = as_number if isinstance(value, int) else None
    assert (count(value), total([value, 2, None])) == (whole, (whole or 0) + 2)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town")) as one:
        yield one


async def test_every_callback_takes_what_pages_send(there: Town) -> None:
    making = await bent.bender(there, 1)
    assert len(making.callbacks) > 8
    async with there.browser() as browser:
        with there.visit("root") as headers:
            for callback in making.callbacks * 3:
                said = await browser.post(CALLBACKS, json=making.true(callback), headers=headers)
                assert said.status_code in (200, 204), (callback["output"], said.text)


async def test_a_refusal_is_one_sentence(there: Town) -> None:
    async with there.browser() as browser:
        with there.visit("li") as headers:
            for body, status in ((b"{", 400), (b"[]", 400), (b"x" * (MOST_BYTES + 1), 413)):
                said = await browser.post(
                    CALLBACKS, content=body, headers={**headers, "content-type": "application/json"}
                )
                assert said.status_code == status
                assert said.headers["content-type"] == "text/plain; charset=utf-8"
                assert 20 < len(said.text) < 200
            said = await browser.post(CALLBACKS, content=b"{}", headers={**headers, "content-type": "text/plain"})
            assert (said.status_code, "application/json" in said.text) == (400, True)


@pytest.mark.parametrize("user", USERS)
async def test_bent_payloads_neither_fail_nor_leak(there: Town, user: str) -> None:
    """500 for each role; 10,000 of other seeds in `python -m bench.safety`."""
    found = bent.Findings()
    await bent.bend(there, user, 500, 10 + list(USERS).index(user), found)
    assert found.n == 500
    assert found.server_errors == []
    assert found.leaks == []
    assert found.statuses[200] > 150, "most of them never reached a callback"
    assert found.statuses[400] > 150, "most of them were a page's"


async def test_the_generator_bends_alike_for_the_same_seed(there: Town) -> None:
    one, other, third = [await bent.bender(there, seed) for seed in (5, 5, 6)]
    bodies = [[making.bent() for _ in range(50)] for making in (one, other, third)]
    assert bodies[0] == bodies[1] != bodies[2]


async def test_a_leak_would_be_seen(there: Town) -> None:
    """The signs that answers are looked through for, tried on what they are for."""
    found, theirs = bent.Findings(), frozenset(there.numbers(OTHER))
    for text_ in (
        'Traceback (most recent call last):\n File "/x.py", line 3', f"in {bent.HERE}/dashboard",
        "SELECT a FROM b WHERE c",
        "张三丰", "KeyError: 'id'", "$argon2id$v=19", f"order {next(iter(theirs))}",
    ):  # fmt: skip
        before = len(found.leaks)
        found.look("tried", httpx.Response(200, text=text_), theirs)
        assert len(found.leaks) > before, text_
    found.look("tried", httpx.Response(503, text="no"))
    assert len(found.server_errors) == 1


async def test_what_nobody_foresaw_is_one_sentence_and_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    secret = "the name of a customer"

    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise KeyError(secret)

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/orders", "query_string": b"q=" + secret.encode()}
    await net.Net(fails)(scope, random.random, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 500
    assert sent[1]["body"].decode() == net.SENTENCE
    assert "GET /orders failed: KeyError at " in caplog.text and secret not in caplog.text
    assert dict(sent[0]["headers"])[b"x-content-type-options"] == b"nosniff"


async def test_a_route_and_a_callback_that_fail_tell_the_log_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The facts are gone under a running node: nothing foresees that."""
    with town(tmp_path) as one:
        making = await bent.bender(one, 1)
        async with one.browser() as browser:
            with one.visit("root") as headers:
                callback = next(c for c in making.callbacks if c["output"].startswith("..alerts-tabs"))
                payload = json.dumps(making.true(callback)).encode()
                one.node.facts.close()
                for said in (
                    await browser.get("/answer/orders", headers=headers),
                    await browser.post(
                        CALLBACKS, content=payload, headers={**headers, "content-type": "application/json"}
                    ),
                ):
                    assert said.status_code == 500
                    found = bent.Findings()
                    found.look("failed", said)
                    assert found.leaks == []
    assert "GET /answer/orders failed: " in caplog.text and "a callback failed: " in caplog.text
